package command

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// skipWithoutSignals skips where a process cannot be told to end.
func skipWithoutSignals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent a signal on Windows")
	}
}

// plain returns a log without its time stamps, and without what depends on the machine.
func plain(lines []string) []string {
	var out []string
	for _, l := range lines {
		if !strings.Contains(l, "could not change group") {
			out = append(out, timestamp.ReplaceAllString(l, `time="{time}"`))
		}
	}
	return out
}

// contents lists a folder.
func contents(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestServeFromStartToEnd(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	for name, sig := range map[string]syscall.Signal{"terminated": syscall.SIGTERM, "interrupt": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, temp := workDir(t), workDir(t)
			p := newProcess(t, "dockerd", "-H", "unix:///"+dir+"/s.sock", "--pidfile", dir+"/p.pid", "--ready-file", dir+"/r.json", "--iptables=false", "--mtu", "1400")
			p.Env = append(p.Env, "TMPDIR="+temp)
			p.start()
			p.until("API listen on")
			if diff := cmp.Diff([]string{"p.pid", "r.json", "s.sock"}, contents(t, dir)); diff != "" {
				t.Errorf("files of a running daemon (-want +got):\n%s", diff)
			}
			pid, err := os.ReadFile(dir + "/p.pid")
			if want := fmt.Sprint(p.Process.Pid); string(pid) != want {
				t.Errorf("pidfile: %q, %v; want %q", pid, err, want)
			}
			p.Process.Signal(sig)
			if code := p.end(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			want := []string{
				`time="{time}" level=info msg="Starting up"`,
				`time="{time}" level=warning msg="Accepted and ignored, this is a fake daemon: --iptables, --mtu"`,
				`time="{time}" level=info msg="Docker daemon" commit=fakedockerd version=28.5.2`,
				`time="{time}" level=info msg="Daemon has completed initialization"`,
				`time="{time}" level=info msg="API listen on /` + dir + `/s.sock"`,
				`time="{time}" level=info msg="Processing signal '` + name + `'"`,
				`time="{time}" level=info msg="Daemon shutdown complete"`,
			}
			if diff := cmp.Diff(want, plain(p.lines)); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
			if left := append(contents(t, dir), contents(t, temp)...); len(left) > 0 {
				t.Errorf("left over: %q", left)
			}
		})
	}
}

func TestServeEndsAtOnceAfterTheFourthSignal(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	dir := workDir(t)
	p := newProcess(t, "dockerd", "-H", "unix://"+dir+"/s.sock")
	p.start()
	p.until("API listen on")
	// A request that is never complete keeps the first signal from ending the daemon.
	conn, err := net.Dial("unix", dir+"/s.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /auth HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("no request is being served: %q, %v", line, err)
	}
	for range 4 {
		p.Process.Signal(syscall.SIGTERM)
		p.until("Processing signal 'terminated'")
	}
	if code := p.end(); code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d", code)
	}
	want := `time="{time}" level=info msg="Forcing docker daemon shutdown without cleanup; 3 interrupts received"`
	if got := plain(p.lines); got[len(got)-1] != want {
		t.Errorf("last line %s\nwant %s", got[len(got)-1], want)
	}
}

func TestServeOnPortZero(t *testing.T) {
	t.Parallel()
	p := newProcess(t, "dockerd", "-H", "tcp://127.0.0.1:0", "-H", "tcp://localhost:0")
	p.start()
	api := p.until("API listen on")
	m := regexp.MustCompile(`"API listen on (127\.0\.0\.1:[1-9]\d*)"$`).FindStringSubmatch(api)
	if m == nil {
		t.Fatalf("the log names no port: %s", api)
	}
	if got := protocol("tcp", m[1]); got != "plain" {
		t.Errorf("%s speaks %s", m[1], got)
	}
	log := strings.Join(plain(p.lines), "\n")
	for _, want := range []string{
		`time="{time}" level=info msg="Port 0, which dockerd refuses, is a free port" host="tcp://127.0.0.1:0"`,
		`API is accessible on http://` + m[1] + ` without encryption`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %s:\n%s", want, log)
		}
	}
}

func TestServeTakesOverNoSocketInUse(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("sockets have no mode on Windows")
	}
	dir := workDir(t)
	path := dir + "/s.sock"
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ready := dir + "/r.json"
	if err := os.WriteFile(ready, []byte("of an earlier daemon"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProcess(t, "dockerd", "-H", "unix://"+path, "--ready-file", ready)
	if code, _ := p.run(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	want := "failed to load listeners: can't create unix socket " + path + ": something answers there, and unlike dockerd this fake never takes over a socket in use: name another one, or stop what listens there"
	if got := p.lines[len(p.lines)-1]; got != want {
		t.Errorf("last line %s\nwant %s", got, want)
	}
	if c, err := net.Dial("unix", path); err != nil {
		t.Errorf("the socket is gone: %v", err)
	} else {
		c.Close()
	}
	if _, err := os.Stat(ready); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the ready file of an earlier daemon is still there: %v", err)
	}
}

func TestServeRefusesARunningPid(t *testing.T) {
	t.Parallel()
	dir := workDir(t)
	pidfile := dir + "/p.pid"
	if err := os.WriteFile(pidfile, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o644); err != nil {
		t.Fatal(err)
	}
	p := newProcess(t, "dockerd", "-H", "unix://"+dir+"/s.sock", "--pidfile", pidfile)
	if code, _ := p.run(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	want := fmt.Sprintf("failed to start daemon, ensure docker is not running or delete %s: process with PID %d is still running", pidfile, os.Getpid())
	if got := p.lines[len(p.lines)-1]; got != want {
		t.Errorf("last line %s\nwant %s", got, want)
	}
	if diff := cmp.Diff([]string{"p.pid"}, contents(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestServeReadyFile(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string][]string{
		"unix":      {"DOCKER_HOST"},
		"tcp":       {"DOCKER_HOST"},
		"tls":       {"DOCKER_CERT_PATH", "DOCKER_HOST", "DOCKER_TLS_VERIFY"},
		"tlsverify": {"DOCKER_CERT_PATH", "DOCKER_HOST", "DOCKER_TLS_VERIFY"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(workDir(t), "ready.json")
			if err := os.WriteFile(file, []byte("of an earlier daemon"), 0o600); err != nil {
				t.Fatal(err)
			}
			p := newProcess(t, "dockerd", "--mode", mode, "--ready-file", file)
			p.start()
			p.until("API listen on")
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Hosts        []string
				Environment  map[string]string
				Certificates string
			}
			if err := json.Unmarshal(b, &got); err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			if diff := cmp.Diff([]string{got.Environment["DOCKER_HOST"]}, got.Hosts); diff != "" {
				t.Errorf("hosts (-DOCKER_HOST +got):\n%s", diff)
			}
			if got.Certificates != got.Environment["DOCKER_CERT_PATH"] {
				t.Errorf("certificates %q, DOCKER_CERT_PATH %q", got.Certificates, got.Environment["DOCKER_CERT_PATH"])
			}
			names := slices.Sorted(maps.Keys(got.Environment))
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
			network, addr, _ := strings.Cut(got.Hosts[0], "://")
			wantProtocol := strings.Replace(mode, "unix", "plain", 1)
			wantProtocol = strings.Replace(wantProtocol, "tcp", "plain", 1)
			if spoken := protocol(network, addr); spoken != wantProtocol {
				t.Errorf("it speaks %s, want %s", spoken, wantProtocol)
			}
			if got.Certificates != "" {
				wantFiles := []string{"ca.pem", "cert.pem", "key.pem", "server-cert.pem", "server-key.pem"}
				if diff := cmp.Diff(wantFiles, contents(t, got.Certificates)); diff != "" {
					t.Errorf("certificates (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestServeSaysThatTheReadyFileCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := workDir(t)
	// A folder that is not empty stays, and no file takes its place.
	if err := os.MkdirAll(dir+"/ready/x", 0o700); err != nil {
		t.Fatal(err)
	}
	p := newProcess(t, "dockerd", "-H", "unix://"+dir+"/s.sock", "--ready-file", dir+"/ready")
	if code, _ := p.run(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	want := "--ready-file " + dir + "/ready cannot be written: rename " + dir + "/.ready-"
	if got := p.lines[len(p.lines)-1]; !strings.HasPrefix(got, want) {
		t.Errorf("last line %s\nwant %s", got, want)
	}
	if diff := cmp.Diff([]string{"ready"}, contents(t, dir)); diff != "" {
		t.Errorf("left over (-want +got):\n%s", diff)
	}
}

func TestServeRefusesModeWithOtherListeners(t *testing.T) {
	clearEnv(t)
	key := func(json string) string {
		file := filepath.Join(t.TempDir(), "daemon.json")
		if err := os.WriteFile(file, []byte(json), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-H", "unix:///x"}, "host"},
		{[]string{"--tls"}, "tls"},
		{[]string{"--tls=false"}, "tls"},
		{[]string{"--tlsverify"}, "tlsverify"},
		{[]string{"--tlsverify=false"}, "tlsverify"},
		{[]string{"--tlscacert=/x"}, "tlscacert"},
		{[]string{"--tlscert=/x"}, "tlscert"},
		{[]string{"--tlskey=/x"}, "tlskey"},
		{[]string{"--config-file", key(`{"hosts": ["unix:///x"]}`)}, "host"},
		{[]string{"--config-file", key(`{"tls": false}`)}, "tls"},
		{[]string{"--config-file", key(`{"tlsverify": true}`)}, "tlsverify"},
		{[]string{"--config-file", key(`{"tlscacert": "/x"}`)}, "tlscacert"},
		{[]string{"--config-file", key(`{"tlscert": "/x"}`)}, "tlscert"},
		{[]string{"--config-file", key(`{"tlskey": "/x"}`)}, "tlskey"},
	} {
		p, _, stderr := newBufferedProgram()
		// There is no such folder: what is not refused ends there.
		code := p.main(append([]string{"dockerd", "--mode", "tls", "--ready-file", t.TempDir() + "/nosuch/ready"}, c.args...), nil)
		want := "--mode makes its own listener and certificates: it cannot be combined with --" + c.want + "\n"
		if code != 1 || stderr.String() != want {
			t.Errorf("%q: exit %d, %q; want 1, %q", c.args, code, stderr, want)
		}
	}
}

func TestServeLeavesTheDefaultFileAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "daemon.json")
	if err := os.WriteFile(file, []byte(`{"debug": true, "mtu": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	said := func(args ...string) string {
		t.Helper()
		p, _, stderr := newBufferedProgram()
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		o := newOptions(fs, environment{}, generations[fakedaemon.Engine28])
		o.configFile = file
		if err := fs.Parse(args); err != nil {
			t.Fatal(err)
		}
		c, err := o.load(hosts.Docker())
		if err != nil {
			t.Fatal(err)
		}
		(&service{program: p, options: o, config: c}).warnDifferences()
		return strings.Join(plain(strings.Split(stderr.String(), "\n")), "\n")
	}
	const (
		alone   = `time="{time}" level=info msg="The default configuration file is left alone: only one that --config-file names is read" config-file=`
		warning = `time="{time}" level=warning msg="THE DEFAULT CONFIGURATION FILE IS NOT READ, only one that --config-file names: nobody listens, verifies or authorizes as it says" config-file=`
	)
	if diff := cmp.Diff(alone+quote(file)+"\n", said()); diff != "" {
		t.Errorf("not named (-want +got):\n%s", diff)
	}
	if err := os.WriteFile(file, []byte(`{"tlsverify": tr`), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(warning+quote(file)+"\n", said()); diff != "" {
		t.Errorf("broken (-want +got):\n%s", diff)
	}
	if err := os.WriteFile(file, []byte(`{"tlsverify": true, "mtu": 1, "hosts": [], "authorization-plugins": ["a"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(warning+quote(file)+` without-effect="authorization-plugins, hosts, tlsverify"`+"\n", said()); diff != "" {
		t.Errorf("keys that matter (-want +got):\n%s", diff)
	}
	if err := os.WriteFile(file, []byte(`{"debug": true, "mtu": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	want := `time="{time}" level=warning msg="Accepted and ignored, this is a fake daemon: mtu"` + "\n"
	if diff := cmp.Diff(want, said("--config-file", file)); diff != "" {
		t.Errorf("named (-want +got):\n%s", diff)
	}
}

func TestServeDebug(t *testing.T) {
	t.Parallel()
	path := workDir(t) + "/s.sock"
	p := newProcess(t, "dockerd", "-H", "unix://"+path, "-D", "--log-level", "error")
	p.start()
	got := plain([]string{p.until("level=debug")})[0]
	// The level is --log-level's until dockerd has started up.
	want := `time="{time}" level=debug msg="Listener created for HTTP on unix (` + path + `)"`
	if got != want || strings.Contains(p.lines[0], "Starting up") {
		t.Errorf("%q\nwant %s, and no line of the start", p.lines, want)
	}
}

func TestServeLogsAsJSON(t *testing.T) {
	t.Parallel()
	p := newProcess(t, "dockerd", "-H", "tcp://127.0.0.1:0", "--log-format", "json")
	p.start()
	p.until("API listen on")
	var got map[string]string
	if err := json.Unmarshal([]byte(p.lines[1]), &got); err != nil {
		t.Fatalf("%v: %s", err, p.lines[1])
	}
	if !timestamp.MatchString(`time="` + got["time"] + `"`) {
		t.Errorf("time %q", got["time"])
	}
	delete(got, "time")
	want := map[string]string{
		"host":  "tcp://127.0.0.1:0",
		"level": "warning",
		"msg":   "Binding to IP address without --tlsverify is insecure and gives root access on this machine to everyone who has access to your network.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestServeWaitsOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	begin := time.Now()
	p := newProcess(t, "dockerd", "-H", "tcp://127.0.0.1:0", "--real-waits")
	p.start()
	p.until("API listen on")
	if waited := time.Since(begin); waited < unprotectedPause {
		t.Errorf("it waited %v, dockerd waits %v", waited, unprotectedPause)
	}
	// A signal ends a wait.
	p = newProcess(t, "dockerd", "-H", "tcp://192.0.2.1:1", "--real-waits")
	p.start()
	p.until("will be removed in the next release")
	begin = time.Now()
	p.Process.Signal(os.Interrupt)
	p.end()
	if waited := time.Since(begin); waited > unsaidPause/2 {
		t.Errorf("it waited %v after a signal", waited)
	}
}

func TestServeTellsItsFlags(t *testing.T) {
	t.Parallel()
	file := filepath.Join(workDir(t), "ready.json")
	p := newProcess(t, "dockerd", "--mode", "tcp", "--label", "a=b", "--label", "c=d", "--debug", "--ready-file", file)
	p.start()
	p.until("API listen on")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var ready struct{ Hosts []string }
	if err := json.Unmarshal(b, &ready); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(strings.Replace(ready.Hosts[0], "tcp:", "http:", 1) + "/info")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Labels []string
		Debug  bool
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := got
	want.Labels, want.Debug = []string{"a=b", "c=d"}, true
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("/info (-want +got):\n%s", diff)
	}
}
