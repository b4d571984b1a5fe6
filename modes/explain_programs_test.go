//go:build unix

package modes_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// A runner gives what a program says in scenes, in their order.
type runner func(t *testing.T, s *scenery, scenes []string) []string

// runners are the programs that say the messages of the table.
var runners = map[string]runner{
	"java":       probe("java", "Probe.java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"), // it runs once, for a second
	"ruby":       probe("ruby", "probe.rb"),
	"python":     probe("python3", "probe.py"),
	"node":       probe("node", "probe.js"),
	"docker-py":  dockerPy,
	"openssl":    each(openssl),
	"curl":       each(curl),
	"docker":     each(docker),
	"go":         each(goProgram),
	"ssh":        each(ssh),
	"nginx":      each(nginx),
	"dockerd":    each(realDockerd),
	"fakedaemon": each(daemonLog),
}

// TestProgramsSay: each message of the table is what the program says in its scene, and all that the program says there
// is explained.
func TestProgramsSay(t *testing.T) {
	t.Parallel()
	for name, run := range runners {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rows []message
			for _, m := range messages {
				if m.program == name && m.scene != "" {
					rows = append(rows, m)
				}
			}
			s := newScenery(t)
			scenes := make([]string, len(rows))
			for i, m := range rows {
				scenes[i] = m.scene
			}
			said := run(t, s, scenes)
			for i, m := range rows {
				got := normal(said[i])
				for tries := 0; !strings.Contains(got, m.text) && tries < 8 && reset.MatchString(got); tries++ {
					said[i] = run(t, s, scenes[i:i+1])[0]
					got = normal(said[i])
				}
				if !strings.Contains(got, m.text) {
					t.Errorf("%s: the program says\n%s\nand not\n%s", m.scene, got, m.text)
				}
				if side, outcome := first(modes.Explain(said[i])); side != m.side || outcome != m.outcome {
					t.Errorf("%s: got %s %s, want %s %s: %s", m.scene, side, outcome, m.side, m.outcome, said[i])
				}
			}
		})
	}
}

// reset is how a refusal with TLS 1.3 can reach a client that still writes.
var reset = regexp.MustCompile(`reset by peer|[Bb]roken pipe|not connected|EOF|readLoopPeekFailLocked`)

// replacements put one name for what differs from run to run and from version to version.
var replacements = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(127\.0\.0\.1|localhost):\d+`), "$1:2376"},
	{regexp.MustCompile(`(unix://)?/[^ '":]*/([a-z-]+\.(pem|sock|json))`), "$1/dir/$2"},
	{regexp.MustCompile(`_ssl\.c:\d+`), "_ssl.c:1"},
	{regexp.MustCompile(`\.c:\d+`), ".c:1"},
	{regexp.MustCompile(`[0-9A-F]{12,16}:error`), "0:error"},
	{regexp.MustCompile(`ssl/tls alert`), "sslv3 alert"}, // OpenSSL 3.2
	{regexp.MustCompile(`OpenSSL/[0-9.a-z]+`), "OpenSSL/3"},
	{regexp.MustCompile(`port \d+ after \d+ ms`), "port 2376 after 0 ms"},
	{regexp.MustCompile(`/v1\.\d+/`), "/v1.50/"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`), "NOW"},
	{regexp.MustCompile(`(Not(?:After|Before): ).*`), "${1}NOW"},
	{regexp.MustCompile(`(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`), "2026/01/01 00:00:00"},
	{regexp.MustCompile(`\d+#\d+: \*\d+`), "1#1: *1"},
}

func normal(said string) string {
	for _, r := range replacements {
		said = r.what.ReplaceAllString(said, r.with)
	}
	return said
}

// run runs a program without the variables of the caller and returns all that it says.
func run(t *testing.T, env []string, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	return say(t, cmd, env)
}

func say(t *testing.T, cmd *exec.Cmd, env []string) string {
	t.Helper()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LC_ALL=C"}, env...)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", cmd, err)
	}
	return strings.TrimSpace(string(out))
}

// each asks a program scene by scene.
func each(one func(t *testing.T, s *scenery, scene string) string) runner {
	return func(t *testing.T, s *scenery, scenes []string) []string {
		t.Helper()
		said := make([]string, len(scenes))
		for i, name := range scenes {
			said[i] = one(t, s, name)
		}
		return said
	}
}

// probe asks an interpreter that is given all scenes at once: it takes long to start.
func probe(interpreter, script string, options ...string) runner {
	return func(t *testing.T, s *scenery, scenes []string) []string {
		t.Helper()
		return ask(t, testtool.Need(t, interpreter), script, scenes, s.of, options...)
	}
}

// ask runs a script that takes four arguments for each scene and ends each answer with "--".
func ask(t *testing.T, program, script string, scenes []string, of func(scene string) scene, options ...string) []string {
	t.Helper()
	args := append(slices.Clone(options), filepath.Join("testdata", "probe", script))
	for _, name := range scenes {
		c := of(name)
		args = append(args, c.host, c.ca, c.cert, c.key)
	}
	said := strings.Split("\n"+run(t, nil, program, args...), "\n--")
	if len(said) != len(scenes)+1 {
		t.Fatalf("%s: %d answers for %d scenes: %s", script, len(said)-1, len(scenes), said)
	}
	return said[:len(scenes)]
}

// pythonWithDocker is a Python that has docker-py, which Debian gives to its own, "" for none.
var pythonWithDocker = sync.OnceValue(func() string {
	for _, p := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(p, "-c", "import importlib.util, sys; sys.exit(not importlib.util.find_spec('docker'))").Run() == nil {
			return p
		}
	}
	return ""
})

func dockerPy(t *testing.T, s *scenery, scenes []string) []string {
	t.Helper()
	python := pythonWithDocker()
	if python == "" {
		testtool.Need(t, "python3 with docker-py")
	}
	return ask(t, python, "docker_py.py", scenes, func(name string) scene {
		c := s.of(name)
		switch {
		case strings.HasPrefix(c.host, "/"):
			return scene{host: "unix://" + c.host, ca: "-", cert: "-", key: "-"}
		case name == "plain to TLS":
			c.ca, c.cert, c.key = "-", "-", "-"
		}
		c.host = "tcp://" + c.host
		return c
	})
}

// asUser runs a program as somebody who may not open the socket of the scene "locked": root may open all.
func asUser(t *testing.T, scene, program string, args ...string) string {
	t.Helper()
	if scene != "locked" || os.Getuid() != 0 {
		return run(t, nil, program, args...)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}}
	cmd.Dir = "/"
	return say(t, cmd, nil)
}

func openssl(t *testing.T, s *scenery, name string) string {
	t.Helper()
	c := s.of(name)
	args := []string{"s_client", "-tls1_2", "-verify_return_error", "-CAfile", c.ca, "-connect", c.host}
	if host, _, _ := net.SplitHostPort(c.host); net.ParseIP(host) != nil {
		args = append(args, "-verify_ip", host)
	} else {
		args = append(args, "-verify_hostname", host)
	}
	if c.cert != "-" {
		args = append(args, "-cert", c.cert, "-key", c.key)
	}
	return run(t, nil, testtool.Need(t, "openssl"), args...)
}

func curl(t *testing.T, s *scenery, name string) string {
	t.Helper()
	c := s.of(name)
	// With TLS 1.2 the alert always arrives.
	args := []string{"-sS", "--tls-max", "1.2", "--cacert", c.ca}
	if c.cert != "-" {
		args = append(args, "--cert", c.cert, "--key", c.key)
	}
	url := "https://" + c.host + "/version"
	if name == "plain to TLS" || name == "alert" {
		url = "http://" + c.host + "/version"
	}
	return run(t, nil, testtool.Need(t, "curl"), append(args, url)...)
}

func docker(t *testing.T, s *scenery, name string) string {
	t.Helper()
	program := testtool.Need(t, "docker")
	if args, ok := strings.CutPrefix(name, "docker "); ok {
		return run(t, nil, program, strings.Fields(args)...)
	}
	c := s.of(name)
	args := []string{"-H", "tcp://" + c.host, "--tlsverify", "--tlscacert", c.ca, "--tlscert", c.cert, "--tlskey", c.key}
	switch {
	case strings.HasPrefix(c.host, "/"):
		args = []string{"-H", "unix://" + c.host}
	case slices.Contains([]string{"plain to TLS", "alert", "with plugin"}, name):
		args = args[:2]
	case c.cert == "-":
		args = args[:5]
	}
	return asUser(t, name, program, append(args, "ps")...)
}

func goProgram(t *testing.T, s *scenery, name string) string {
	t.Helper()
	c := s.of(name)
	ca, err := os.ReadFile(c.ca)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientTLS(ca, c)
	if err != nil {
		return err.Error()
	}
	transport := &http.Transport{TLSClientConfig: config}
	if name == "silent" {
		transport.TLSHandshakeTimeout = time.Millisecond
	}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get("https://" + c.host + "/version")
	if err != nil {
		return err.Error()
	}
	response.Body.Close()
	return response.Status
}

// daemonLog is the last line that the fake daemon logs for a Go client.
func daemonLog(t *testing.T, s *scenery, name string) string {
	t.Helper()
	c := s.of(name)
	goProgram(t, s, name)
	if name == "plain to TLS" {
		if response, err := http.Get("http://" + c.host + "/version"); err == nil {
			response.Body.Close()
		}
	}
	return c.log.wait(t)
}

func ssh(t *testing.T, s *scenery, name string) string {
	t.Helper()
	program := testtool.Need(t, "ssh")
	keys, err := certgen.NewSSH(nil)
	if err != nil {
		t.Fatal(err)
	}
	home, stranger := t.TempDir(), t.TempDir()
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.SSH, SSH: keys})
	host := d.Host()
	account := certgen.SSHAccount{User: "docker-user", Addr: strings.TrimPrefix(host, "ssh://docker-user@")}
	other, err := certgen.NewSSH(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(keys.WriteHome(home, account), other.WriteHome(stranger, account)); err != nil {
		t.Fatal(err)
	}
	identity, known := home, home
	command := []string{"docker", "system", "dial-stdio"}
	switch name {
	case "key of nobody":
		identity = stranger
	case "unknown machine":
		known = stranger
	case "nobody there":
		host = "ssh://docker-user@" + s.of("refused").host
	}
	return run(t, nil, program, append([]string{
		"-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "IdentityFile=" + filepath.Join(identity, ".ssh", "id_ed25519"), "-o", "UserKnownHostsFile=" + filepath.Join(known, ".ssh", "known_hosts"),
		"-o", "GlobalKnownHostsFile=none", host,
	}, command...)...)
}

// realDockerd starts a dockerd that does not come up.
func realDockerd(t *testing.T, _ *scenery, name string) string {
	t.Helper()
	path := os.Getenv(testtool.ReferenceEnv)
	if path == "" {
		t.Skipf("%s names no dockerd", testtool.ReferenceEnv)
	}
	certs, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config, args, _ := strings.Cut(strings.ReplaceAll(name, "{dir}", dir), " dockerd ")
	file := filepath.Join(dir, "daemon.json")
	if err := errors.Join(certs.WriteDir(dir), os.WriteFile(file, []byte(config), 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { exec.Command("umount", filepath.Join(dir, "data")).Run() }) // it mounts its data on itself
	return run(t, nil, path, append([]string{
		"--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs", "--config-file=" + file,
		"--data-root=" + filepath.Join(dir, "data"), "--exec-root=" + filepath.Join(dir, "exec"), "--pidfile=" + filepath.Join(dir, "pid"),
	}, strings.Fields(args)...)...)
}
