package command

import (
	"bufio"
	"crypto/tls"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/hosts"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// startup is a recorded start of dockerd 28.5.2, and of the other engines, 29.7.0 and Debian's 20.10.24, what differs from it. In Log, three kinds of lines that
// come together are one: "unprotected HOST", "unsaid HOST" and "accessible HOW"; "usage" stands for usage.txt.
type startup struct {
	Case       string
	Args       []string
	Env        map[string]string
	File       *string // daemon.json
	At         string  // where it is when --config-file does not name it
	Before     string  // what there is already: "port" in use, a "regular" file, a "stale" or used socket ("inuse")
	Activation string  // sockets that systemd would hand over
	Exit       int
	Listens    []string
	Protocol   string // plain, tls or tlsverify; "" was not asked
	Log        []string
	API        []string
	Engine29   json.RawMessage `json:"29"`
	Engine20   json.RawMessage `json:"20.10"` // without the notices that it never writes

	engine fakedaemon.Engine
	own    bool // the engine's differs from that of the default
}

// startups returns the recorded starts of an engine.
func startups(t *testing.T, engine fakedaemon.Engine) []startup {
	t.Helper()
	var rows []startup
	if err := json.Unmarshal(startupsJSON, &rows); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		s := &rows[i]
		s.engine, s.own = engine, engine == fakedaemon.Engine28
		differs := map[fakedaemon.Engine]json.RawMessage{fakedaemon.Engine29: s.Engine29, fakedaemon.Engine20: s.Engine20}[engine]
		if differs == nil {
			continue
		}
		s.own = true
		if err := json.Unmarshal(differs, s); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

//go:embed testdata/startups.json
var startupsJSON []byte

//go:embed testdata/usage.txt
var usageText string

// deliberate says why a row is not to be repeated.
func (s startup) deliberate() string {
	switch {
	case s.At != "":
		return "a daemon.json that is not named is left alone"
	case s.Before == "inuse":
		return "a socket in use is not taken over"
	case slices.Contains(s.Args, "tcp://127.0.0.1:0"):
		return "port 0 is a free port"
	}
	return ""
}

// private says why a row needs a network of its own.
func (s startup) private() string {
	text := fmt.Sprint(s)
	if s.File != nil {
		text += *s.File
	}
	switch {
	case strings.Contains(text, "tcp *"):
		return "listens on every address"
	case strings.Contains(text, "example.test"), strings.Contains(text, "nonexistent"):
		return "needs its own names"
	}
	return ""
}

// defaults reports whether a row is about dockerd's default addresses.
func (s startup) defaults() bool {
	text := fmt.Sprint(s.Listens, s.API, s.Log)
	return strings.Contains(text, ":2375") || strings.Contains(text, ":2376") || strings.Contains(text, "/var/run/docker.sock")
}

// TestStartups repeats the recorded starts with other default addresses.
func TestStartups(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the recorded texts are those of Linux")
	}
	for engine := range generations {
		rows := startups(t, engine)
		var agreed, tried atomic.Int32
		t.Run(string(engine), func(t *testing.T) {
			var shared []int
			for i, s := range rows {
				if !s.own {
					shared = append(shared, i)
				}
			}
			shared = testtool.Sample(t, shared, len(shared)/8)
			for i, s := range rows {
				t.Run(fmt.Sprintf("%d %s", i, s.Case), func(t *testing.T) {
					if why := s.deliberate(); why != "" {
						t.Skip("differs on purpose: " + why)
					}
					if os.Getenv(inPrivate) != "" {
						// With dockerd's own default addresses: only one can have them.
						if !s.defaults() && s.private() == "" {
							testtool.NeedAll(t, "it is not about a default address, and runs outside")
						}
					} else if why := s.private(); why != "" {
						t.Skip("only in a private network: " + why)
					} else {
						t.Parallel()
					}
					if !s.own && !slices.Contains(shared, i) {
						testtool.NeedAll(t, "it is as with the default engine")
					}
					tried.Add(1)
					s.repeat(t)
					if !t.Failed() {
						agreed.Add(1)
					}
				})
			}
		})
		t.Logf("agreed %d of %d tried, %d rows of engine %s", agreed.Load(), tried.Load(), len(rows), engine)
	}
}

// TestStartupsPrivate repeats them with dockerd's default addresses where nothing else is.
func TestStartupsPrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root may have namespaces, on Linux")
	}
	if os.Getenv(inPrivate) != "" {
		t.Skip("is in one")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestStartups$", "-test.v")
	cmd.Env = append(os.Environ(), inPrivate+"=1")
	cmd.SysProcAttr = private()
	out, err := cmd.CombinedOutput()
	if os.IsPermission(err) {
		t.Skipf("namespaces are not permitted here: %v", err)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, summary := range regexp.MustCompile(`agreed .*`).FindAll(out, -1) {
		t.Logf("%s", summary)
	}
}

var timestamp = regexp.MustCompile(`^time="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d)"`)

// lookupError is the resolver's own: it names the server of the machine.
var lookupError = regexp.MustCompile(`error="lookup nonexistent\.invalid[^"]*"`)

func (s startup) repeat(t *testing.T) {
	work := workDir(t)
	m := material()
	// As recorded, not hosts.Docker: that is under test.
	addrs, program := hosts.Defaults{Socket: "/var/run/docker.sock", HTTPPort: "2375", TLSPort: "2376"}, "dockerd"
	if os.Getenv(inPrivate) == "" {
		addrs = hosts.Defaults{Socket: filepath.Join(work, "default.sock"), HTTPPort: freePort(t), TLSPort: freePort(t)}
		program = addrs.Socket + "," + addrs.HTTPPort + "," + addrs.TLSPort
	}
	port, port2 := freePort(t), freePort(t)
	if port > port2 {
		port, port2 = port2, port // hosts are sorted
	}
	// In this order: the first that matches wins.
	fill := strings.NewReplacer(
		"{host}", "127.0.0.1:"+port, "{port}", port, "{port2}", port2, "{dir}", m.dir, "{defdir}", m.defDir(), "{defhome}", m.defHome,
		"{pki}", m.pki, "{work}", work, "{unable}", "unable to configure the Docker daemon with file "+filepath.Join(work, "daemon.json")+": ", "{sock}", filepath.Join(work, "x.sock"), "{certs}", filepath.Join(m.emptyHome, ".docker"),
		"/var/run/docker.sock", addrs.Socket, ":2375", ":"+addrs.HTTPPort, "tcp/2375", "tcp/"+addrs.HTTPPort, ":2376", ":"+addrs.TLSPort,
	).Replace

	p := newProcess(t, program)
	p.Dir = work
	if s.engine != fakedaemon.Engine28 { // the default
		p.Args = append(p.Args, "--engine", string(s.engine))
	}
	for _, arg := range s.Args {
		p.Args = append(p.Args, fill(arg))
	}
	if s.File != nil {
		path := filepath.Join(work, "daemon.json")
		if err := os.WriteFile(path, []byte(fill(*s.File)), 0o600); err != nil {
			t.Fatal(err)
		}
		p.Args = append(p.Args, "--config-file", path)
	}
	for name, value := range s.Env {
		p.Env = append(p.Env, name+"="+fill(value))
	}
	s.prepare(t, fill)
	if s.Activation != "" {
		p.activate(strings.Split(fill(s.Activation), ","), "")
	}

	p.start()
	for range max(1, len(s.API)) {
		p.reaches("API listen on") // or fails, as recorded
	}
	if p.serving() {
		for _, l := range s.Listens {
			s.probe(t, p.Dir, fill(l))
		}
		p.Process.Signal(os.Interrupt)
	}
	code := p.end()
	if code != s.Exit {
		t.Errorf("exit code %d, want %d", code, s.Exit)
	}
	got, api := p.said()
	if diff := cmp.Diff(s.expected(fill), got); diff != "" {
		t.Errorf("log (-dockerd +fake):\n%s", diff)
	}
	var want []string
	for _, a := range s.API {
		want = append(want, fill(a))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, api); diff != "" {
		t.Errorf("API listen on (-dockerd +fake):\n%s", diff)
	}
	for _, l := range s.Listens {
		if path, ok := strings.CutPrefix(fill(l), "unix "); ok {
			if !filepath.IsAbs(path) {
				path = filepath.Join(p.Dir, path)
			}
			if _, err := os.Lstat(path); (err == nil) != (s.Activation != "") {
				t.Errorf("is %s left over? %v", path, err)
			}
		}
	}
}

// serving reports whether the log has come to the API.
func (p *process) serving() bool {
	return slices.ContainsFunc(p.lines, func(l string) bool { return strings.Contains(l, "API listen on") })
}

// said returns what the recordings keep of a log: warnings, errors and what is no log line, and apart, sorted, where the
// API is.
func (p *process) said() (lines, api []string) {
	for _, l := range p.lines {
		if l == "" || strings.Contains(l, "could not change group") || strings.Contains(l, "http: TLS handshake error") {
			continue // the second depends on the machine, the third is what probes leave
		}
		l = lookupError.ReplaceAllString(timestamp.ReplaceAllString(l, `time="{time}"`), `error="lookup"`)
		if addr, ok := strings.CutPrefix(l, `time="{time}" level=info msg="API listen on `); ok {
			api = append(api, strings.TrimSuffix(addr, `"`))
		} else if !strings.HasPrefix(l, `time="{time}" level=info`) {
			lines = append(lines, l)
		}
	}
	slices.Sort(api)
	return lines, api
}

// expected returns the recorded log.
func (s startup) expected(fill func(string) string) []string {
	const warning = `time="{time}" level=warning msg="`
	var lines []string
	for _, l := range s.Log {
		kind, rest, _ := strings.Cut(l, " ")
		var texts []string
		switch kind {
		case "unprotected":
			texts = []string{
				"Binding to IP address without --tlsverify is insecure and gives root access on this machine to everyone who has access to your network.",
				"Binding to an IP address, even on localhost, can also give access to scripts run in a browser. Be safe out there!",
				"[DEPRECATION NOTICE] In future versions this will be a hard failure preventing the daemon from starting! Learn more at: https://docs.docker.com/go/api-security/",
			}
			if s.engine == fakedaemon.Engine20 {
				texts = texts[:2]
			}
		case "unsaid":
			texts = []string{
				"Binding to an IP address without --tlsverify is deprecated. Startup is intentionally being slowed down to show this message",
				"Please consider generating tls certificates with client validation to prevent exposing unauthenticated root access to your network",
				"You can override this by explicitly specifying '--tls=false' or '--tlsverify=false'",
				"Support for listening on TCP without authentication or explicit intent to run without authentication will be removed in the next release",
			}
		case "accessible":
			if s.engine == fakedaemon.Engine20 {
				continue
			}
			lines = append(lines, warning+"[DEPRECATION NOTICE]: API is accessible on "+fill(rest)+`.\n         Access to the remote API is equivalent to root access on the host. Refer\n         to the 'Docker daemon attack surface' section in the documentation for\n         more information: https://docs.docker.com/go/attack-surface/\nIn future versions this will be a hard failure preventing the daemon from starting! Learn more at: https://docs.docker.com/go/api-security/"`)
		case "usage":
			text := usageText
			if len(s.Log) == 1 { // not a flag's error: pflag shows a list that is set with its empty default
				text = strings.Replace(text, "Daemon socket(s) to connect to\n", "Daemon socket(s) to connect\n"+strings.Repeat(" ", 46)+"to (default )\n", 1)
			}
			for line := range strings.Lines(fill(text)) {
				if line != "\n" {
					lines = append(lines, strings.TrimSuffix(line, "\n"))
				}
			}
		default:
			lines = append(lines, lookupError.ReplaceAllString(fill(l), `error="lookup"`))
		}
		for _, text := range texts {
			lines = append(lines, warning+text+`" host="`+fill(rest)+`"`)
		}
	}
	return lines
}

// prepare makes what there is before the start.
func (s startup) prepare(t *testing.T, fill func(string) string) {
	t.Helper()
	switch s.Before {
	case "port":
		l, err := net.Listen("tcp", fill("{host}"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
	case "regular":
		if err := os.WriteFile(fill("{work}/regular-file"), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	case "stale":
		staleSocket(t, fill("{sock}"))
	}
}

// staleSocket leaves a socket behind that nobody listens on.
func staleSocket(t *testing.T, path string) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
}

// probe asks a listener, without a certificate, what it speaks.
func (s startup) probe(t *testing.T, dir, listens string) {
	t.Helper()
	network, addr, _ := strings.Cut(listens, " ")
	want := s.Protocol
	if want == "tlsverify" && s.engine == fakedaemon.Engine20 {
		want = "tls: bad certificate" // its alert for every bad client
	}
	if network == "unix" {
		want = "plain"
		if !filepath.IsAbs(addr) {
			addr = filepath.Join(dir, addr)
		}
		if info, err := os.Stat(addr); err != nil {
			t.Error(err)
		} else if mode := info.Mode().String(); mode != "Srw-rw----" && s.Activation == "" {
			t.Errorf("mode of %s: %s", addr, mode)
		}
	}
	addr = strings.Replace(addr, "*", "127.0.0.1", 1)
	if got := protocol(network, addr); want != "" && got != want {
		t.Errorf("%s speaks %s, want %s", listens, got, want)
	} else if strings.HasPrefix(got, "none") {
		t.Errorf("%s: %s", listens, got)
	}
}

func protocol(network, addr string) string {
	conn, err := net.Dial(network, addr)
	if err != nil {
		return "none: " + err.Error()
	}
	defer conn.Close()
	if line := ping(conn); !strings.Contains(line, "400") {
		return map[bool]string{true: "plain", false: line}[line == "HTTP/1.0 200 OK"]
	}
	conn, err = tls.Dial(network, addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	switch line := ping(conn); {
	case line == "HTTP/1.0 200 OK":
		return "tls"
	case strings.Contains(line, "tls: certificate required"):
		return "tlsverify"
	default:
		if _, alert, ok := strings.Cut(line, "remote error: "); ok {
			return alert
		}
		return line
	}
}

// ping returns the status line of an answer, or the error in its place.
func ping(conn net.Conn) string {
	fmt.Fprint(conn, "GET /_ping HTTP/1.0\r\n\r\n")
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil && line == "" {
		return err.Error()
	}
	return strings.TrimSpace(line)
}

var ports struct {
	sync.Mutex
	given map[int]bool // protected by Mutex
}

// freePort returns a port below those that systems hand out by themselves, free on the loopback, and each only once. It
// asks by dialling: a socket that listened could live on for a moment in a process that is being forked.
func freePort(t *testing.T) string {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	if ports.given == nil {
		ports.given = map[int]bool{}
	}
	for range 1000 {
		port := 10000 + rand.IntN(20000)
		if ports.given[port] {
			continue
		}
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			continue
		}
		ports.given[port] = true
		return fmt.Sprint(port)
	}
	t.Fatal("there is no free port")
	return ""
}
