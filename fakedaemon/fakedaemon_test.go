package fakedaemon_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// get returns the body of an answer to a good client of the first listener.
func get(t *testing.T, d *fakedaemon.Daemon, url string) string {
	t.Helper()
	resp, err := d.HTTPClient().Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestStart(t *testing.T) {
	t.Parallel()
	for mode, scheme := range map[modes.Daemon]string{"": "unix", modes.Unix: "unix", modes.TCP: "tcp", modes.TLS: "tcp", modes.TLSVerify: "tcp"} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode})
		for _, url := range []string{"http://docker/_ping", "https://docker:1/_ping"} {
			if got := get(t, d, url); got != "OK" {
				t.Errorf("%s: %s: %q", mode, url, got)
			}
		}
		if got, _, _ := strings.Cut(d.Host(), "://"); got != scheme {
			t.Errorf("%s: Host is %s", mode, d.Host())
		}
		hasTLS := mode == modes.TLS || mode == modes.TLSVerify
		if got := d.ClientTLS() != nil; got != hasTLS {
			t.Errorf("%s: ClientTLS is nil: %v", mode, !got)
		}
		if got, want := len(d.Handshakes()) > 0, hasTLS; got != want {
			t.Errorf("%s: handshakes: %v, want %v", mode, got, want)
		}
	}
	if got := get(t, fakedaemon.Start(t, nil), "http://docker/_ping"); got != "OK" {
		t.Errorf("no options: %q", got)
	}
}

// failingTest records how a test fails.
type failingTest struct {
	testing.TB
	fatal   string
	cleanup []func()
	errs    []string
}

func (f *failingTest) Helper()                           {}
func (f *failingTest) Fatalf(format string, args ...any) { f.fatal = fmt.Sprintf(format, args...) }
func (f *failingTest) Errorf(format string, args ...any) {
	f.errs = append(f.errs, fmt.Sprintf(format, args...))
}
func (f *failingTest) Cleanup(c func()) { f.cleanup = append(f.cleanup, c) }

func TestStartFails(t *testing.T) {
	t.Parallel()
	f := &failingTest{TB: t}
	fakedaemon.Start(f, &fakedaemon.Options{Mode: "http"})
	if want := `fakedaemon: there is no mode "http": use unix, tcp, tls, tlsverify or ssh`; f.fatal != want {
		t.Errorf("Fatalf got %q, want %q", f.fatal, want)
	}
	if len(f.cleanup) > 0 {
		t.Error("there is something to clean up")
	}

	f = &failingTest{TB: t}
	d := fakedaemon.Start(f, nil)
	d.Inject(fakedaemon.HTTPFault{Times: -1})
	if want := "fakedaemon: Inject(fakedaemon.HTTPFault): Times is -1: use 0 or more"; f.fatal != want {
		t.Errorf("Fatalf got %q, want %q", f.fatal, want)
	}
	for _, c := range f.cleanup {
		c()
	}
	if _, err := os.Stat(strings.TrimPrefix(d.Host(), "unix://")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is there after the clean-up: %v", err)
	}
	if len(f.errs) > 0 {
		t.Errorf("Errorf got %q", f.errs)
	}
	// Nothing can be written any more.
	f.fatal = ""
	d.CertDir()
	if want := "fakedaemon: writing certificates: the daemon is closed"; f.fatal != want {
		t.Errorf("Fatalf got %q, want %q", f.fatal, want)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 200))
	missing := filepath.Join(t.TempDir(), "no", "docker.sock")
	dir := t.TempDir()
	for _, test := range []struct {
		o    fakedaemon.Options
		want string
	}{
		{fakedaemon.Options{Mode: "tlsverfy"}, `fakedaemon: there is no mode "tlsverfy": use unix, tcp, tls, tlsverify or ssh`},
		{fakedaemon.Options{Mode: modes.TCP, Listen: []fakedaemon.Listen{{}}}, `fakedaemon: Options.Mode is "tcp" beside Options.Listen: put it into a Listen entry`},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TCP, TLS: new(tls.Config)}}}, "fakedaemon: a Listen entry of mode tcp has a TLS config: use mode tls or tlsverify"},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.SSH, TLS: new(tls.Config)}}}, "fakedaemon: a Listen entry of mode ssh has a TLS config: use mode tls or tlsverify"},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.SSH, Addr: "a b@127.0.0.1:0"}}}, `fakedaemon: a Listen entry of mode ssh has the user "a b": use a name without blanks, ':', '/' and '@', or none for "docker-user"`},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.SSH, Addr: "me@" + taken.Addr().String()}}}, fmt.Sprintf("fakedaemon: cannot listen on ssh://me@%[1]s: listen tcp %[1]s: bind: address already in use", taken.Addr())},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TLS}, {Mode: modes.TCP, Addr: taken.Addr().String()}}}, fmt.Sprintf("fakedaemon: cannot listen on tcp://%[1]s: listen tcp %[1]s: bind: address already in use", taken.Addr())},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Addr: "127.0.0.1:0"}}}, `fakedaemon: a Listen entry of mode unix has the address "127.0.0.1:0", and Addr is a path there: for a port set Listen.Mode to tcp, tls, tlsverify or ssh; for a file of that name write "./127.0.0.1:0"`},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.Unix, Addr: "unix:///x.sock"}}}, `fakedaemon: a Listen entry of mode unix has the address "unix:///x.sock": Addr is a path, such as "/run/docker.sock"`},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.Unix, Addr: "tcp://127.0.0.1:0"}}}, `fakedaemon: a Listen entry of mode unix has the address "tcp://127.0.0.1:0": Addr is a path, such as "/run/docker.sock"`},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TCP, Addr: "tcp://127.0.0.1:0"}}}, `fakedaemon: a Listen entry of mode tcp has the address "tcp://127.0.0.1:0": Addr is host:port, such as "127.0.0.1:0"`},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.SSH, Addr: "ssh://127.0.0.1:0"}}}, `fakedaemon: a Listen entry of mode ssh has the address "ssh://127.0.0.1:0": Addr is [USER@]host:port, such as "127.0.0.1:0"`},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TCP, Addr: "127.0.0.1:99999"}}}, "fakedaemon: cannot listen on tcp://127.0.0.1:99999: listen tcp: address 99999: invalid port"},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Addr: long}}}, fmt.Sprintf("fakedaemon: cannot listen on unix://%[1]s: can't create unix socket %[1]s: the path has %d bytes and that of a unix socket at most 107: use a shorter one", long, len(long))},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Addr: missing}}}, fmt.Sprintf("fakedaemon: cannot listen on unix://%[1]s: can't create unix socket %[1]s: listen unix %[1]s: bind: no such file or directory", missing)},
		{fakedaemon.Options{Listen: []fakedaemon.Listen{{Addr: dir}}}, fmt.Sprintf("fakedaemon: cannot listen on unix://%[1]s: can't create unix socket %[1]s: unlink %[1]s: is a directory", dir)},
	} {
		if runtime.GOOS != "linux" && strings.Contains(test.want, "cannot listen") {
			continue // the texts are those of Linux
		}
		d, err := fakedaemon.New(&test.o)
		if err == nil {
			d.Close()
		}
		if err == nil || err.Error() != test.want {
			t.Errorf("New gave %v\nwant %s", err, test.want)
		}
	}
	_, err = fakedaemon.New(&fakedaemon.Options{Engine: "1.13"})
	if want := `fakedaemon: there is no engine "1.13": use `; err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), `"28"`) {
		t.Errorf("New gave %v, want %s... with the engines that there are", err, want)
	}
	_, err = fakedaemon.New(&fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TCP, Addr: taken.Addr().String()}}})
	var failed *fakedaemon.ListenError
	if !errors.As(err, &failed) || !errors.Is(err, syscall.EADDRINUSE) && runtime.GOOS != "windows" {
		t.Errorf("%#v is no ListenError of an address in use", err)
	}
}

func TestSeveralListeners(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(shortDir(t), "d.sock")
	listen := []fakedaemon.Listen{{Mode: modes.TLSVerify}, {Mode: modes.Unix}, {Mode: modes.Unix, Addr: socket}, {Mode: modes.TCP, Addr: "localhost:0"}, {Mode: modes.TLS, Addr: "0.0.0.0:0"}}
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil {
		l.Close()
		listen = append(listen, fakedaemon.Listen{Mode: modes.TLSVerify, Addr: "[::1]:0"})
	}
	d := fakedaemon.Start(t, &fakedaemon.Options{Listen: listen})
	want := d.Hosts()
	if len(want) != len(listen) || want[0] != d.Host() || want[2] != "unix://"+socket || !strings.HasPrefix(want[4], "tcp://127.0.0.1:") {
		t.Errorf("Hosts are %q", want)
	}
	var got []string
	for i, host := range want {
		network, addr, _ := strings.Cut(host, "://")
		var c net.Conn
		var err error
		if m := listen[i].Mode; m == modes.TLS || m == modes.TLSVerify {
			c, err = tls.Dial(network, addr, d.ClientTLS())
		} else {
			c, err = net.Dial(network, addr)
		}
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		io.WriteString(c, "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
		if b, err := io.ReadAll(c); err != nil || !bytes.HasSuffix(b, []byte("\r\n\r\nOK")) {
			t.Errorf("%s: %q, %v", host, b, err)
		}
		c.Close()
	}
	for _, r := range d.Requests() {
		got = append(got, r.Listener)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("listeners of the requests (-want +got):\n%s", diff)
	}
}

// shortDir is a folder whose path leaves room for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(shortDir(t), "docker.sock")
	o := &fakedaemon.Options{Listen: []fakedaemon.Listen{{Addr: path}}}
	answers := func(when string) *fakedaemon.Daemon {
		t.Helper()
		d, err := fakedaemon.New(o)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if got := get(t, d, "http://docker/_ping"); got != "OK" {
			t.Errorf("%s: %q", when, got)
		}
		return d
	}

	d := answers("at a free path")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode(), os.ModeSocket|0o660; got != want && runtime.GOOS != "windows" {
		t.Errorf("mode is %v, want %v", got, want)
	}
	if _, err := fakedaemon.New(o); !errors.Is(err, fakedaemon.ErrInUse) {
		t.Errorf("a second daemon gave %v, want ErrInUse", err)
	}
	if got := get(t, d, "http://docker/_ping"); got != "OK" {
		t.Errorf("after a second daemon has tried: %q", got)
	}
	d.Close()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}

	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close()
	for { // a process that another test begins has the listener, too, until it is another program
		conn, err := net.Dial("unix", path)
		if err == nil {
			conn.Close()
		} else if !errors.Is(err, syscall.EAGAIN) { // which says that nobody has accepted those before
			break
		}
	}
	answers("at a stale socket").Close()

	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	answers("at a file, as dockerd does").Close()
}

// TestLongTempDir: the folders of tests are longer than the path of a socket may be. Not parallel: it sets TMPDIR.
func TestLongTempDir(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("TMPDIR is not used on Windows")
	}
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	d := fakedaemon.Start(t, nil)
	if got := get(t, d, "http://docker/_ping"); got != "OK" {
		t.Errorf("%q", got)
	}
}

func TestEnv(t *testing.T) {
	t.Parallel()
	for _, mode := range []modes.Daemon{modes.Unix, modes.TCP, modes.TLS, modes.TLSVerify} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode})
		want := []string{"DOCKER_HOST=" + d.Host()}
		if mode == modes.TLS || mode == modes.TLSVerify {
			want = append(want, "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH="+d.CertDir())
		}
		if diff := cmp.Diff(want, d.Env()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mode, diff)
		}
	}
}

// TestEnviron has the variables of a developer who works with another daemon.
func TestEnviron(t *testing.T) {
	t.Setenv("DOCKER_TLS_VERIFY", "1")
	t.Setenv("DOCKER_CERT_PATH", "/nosuch")
	t.Setenv("DOCKER_CONTEXT", "other")
	t.Setenv("FAKEDAEMON_TEST", "kept")
	d := fakedaemon.Start(t, nil)
	var docker []string
	kept := false
	for _, v := range d.Environ() {
		if strings.HasPrefix(v, "DOCKER_") {
			docker = append(docker, v)
		}
		kept = kept || v == "FAKEDAEMON_TEST=kept"
	}
	if diff := cmp.Diff(d.Env(), docker); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !kept {
		t.Error("a variable that is none of Docker's is missing")
	}
}

func TestCertDir(t *testing.T) {
	t.Parallel()
	certs, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TCP, Certs: certs})
	if d.Certs() != certs {
		t.Error("Certs are not those of Options")
	}
	dir := d.CertDir()
	if again := d.CertDir(); again != dir {
		t.Errorf("CertDir is %s and then %s", dir, again)
	}
	got := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(b)
	}
	want := map[string]string{
		"ca.pem":          string(certs.CAPEM()),
		"cert.pem":        string(certs.Client().CertPEM),
		"key.pem":         string(certs.Client().KeyPEM),
		"server-cert.pem": string(certs.Server().CertPEM),
		"server-key.pem":  string(certs.Server().KeyPEM),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestDockerCLI runs the docker CLI with the environment and with a context.
func TestDockerCLI(t *testing.T) {
	t.Parallel()
	testtool.Need(t, "docker")
	for _, mode := range []modes.Daemon{modes.Unix, modes.TCP, modes.TLS, modes.TLSVerify} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode})
		const want = "28.5.2\n"
		version := []string{"version", "--format", "{{.Server.Version}}"}
		if got, code := run(t, d.Env(), "docker", version...); got != want || code != 0 {
			t.Errorf("%s: environment: exit code %d, %q", mode, code, got)
		}
		dir := t.TempDir()
		if err := d.WriteContext(dir, "fake"); err != nil {
			t.Fatal(err)
		}
		if got, code := run(t, nil, "docker", append([]string{"--config", dir, "--context", "fake"}, version...)...); got != want || code != 0 {
			t.Errorf("%s: context: exit code %d, %q", mode, code, got)
		}
		if _, code := run(t, nil, "docker", "--config", dir, "context", "rm", "fake"); code != 0 {
			t.Errorf("%s: context rm: exit code %d", mode, code)
		}
	}
}

func TestWriteContext(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
	dir := t.TempDir()
	if err := d.WriteContext(dir, "fake"); err != nil {
		t.Fatal(err)
	}
	const id = "b5d54c39e66671c9731b9f471e585d8262cd4f54963f0c93082d8dcf334d4c78" // sha256 of "fake"
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		got[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"contexts/meta/" + id + "/meta.json":      `{"Name":"fake","Metadata":{},"Endpoints":{"docker":{"Host":"` + d.Host() + `","SkipTLSVerify":false}}}`,
		"contexts/tls/" + id + "/docker/ca.pem":   string(d.Certs().CAPEM()),
		"contexts/tls/" + id + "/docker/cert.pem": string(d.Certs().Client().CertPEM),
		"contexts/tls/" + id + "/docker/key.pem":  string(d.Certs().Client().KeyPEM),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		"fake":    "file already exists",
		"default": `not a name that docker accepts: ^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$, and not "default"`,
		"a/b":     `not a name that docker accepts: ^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$, and not "default"`,
	} {
		want := fmt.Sprintf("fakedaemon: writing context %q to %s: %s", name, dir, want)
		if err := d.WriteContext(dir, name); err == nil || err.Error() != want {
			t.Errorf("WriteContext gave %v, want %s", err, want)
		}
	}
}

// TestCertsClock: certificates of another time are checked by their own clock.
func TestCertsClock(t *testing.T) {
	t.Parallel()
	certs, err := certgen.New(&certgen.Options{Clock: func() time.Time { return time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify, Certs: certs})
	if got := get(t, d, "https://docker/_ping"); got != "OK" {
		t.Errorf("%q", got)
	}
}

// TestCertHosts: a certificate made on the spot is good for the names that the daemon listens on.
func TestCertHosts(t *testing.T) {
	t.Parallel()
	if l, err := net.Listen("tcp", "127.0.0.2:0"); err != nil {
		t.Skipf("there is only one loopback address: %v", err)
	} else {
		l.Close()
	}
	d := fakedaemon.Start(t, &fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TLS, Addr: "127.0.0.2:0"}}})
	if got := get(t, d, "https://docker/_ping"); got != "OK" {
		t.Errorf("%q", got)
	}
	for _, name := range []string{"127.0.0.1", "localhost", "127.0.0.2"} {
		config := d.ClientTLS()
		config.ServerName = name
		c, err := (&tls.Dialer{Config: config}).DialContext(context.Background(), "tcp", addr(d))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.Close()
	}
}
