package conform

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestMain lets the test binary stand in for a client that never ends, see hang, and for one with a bad habit, see
// runToy.
func TestMain(m *testing.M) {
	if addr := os.Getenv("CONFORM_TEST_HANG"); addr != "" {
		hang(addr)
		return
	}
	if habit := os.Getenv("CONFORM_TEST_TOY"); habit != "" {
		runToy(habit)
		return
	}
	os.Exit(m.Run())
}

func runEntries(t *testing.T, o *Options) *Report {
	t.Helper()
	quick := *o
	quick.NoPreflight, quick.silent = true, time.Millisecond
	r, err := Run(t.Context(), &quick)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// part is one in n of the entries, where CI tries them all.
func part(t *testing.T, n int) Shard {
	t.Helper()
	if testtool.All() {
		return Shard{}
	}
	t.Logf("one in %d entries, %s=1 tries them all", n, testtool.AllEnv)
	return Shard{0, n}
}

// verdicts gives the verdict of each entry that a client was tried on, by ID.
func verdicts(r *Report, client string) map[string]Verdict {
	all := map[string]Verdict{}
	for _, e := range r.Entries {
		if v := e.Got[client].Verdict; v != Skipped {
			all[e.ID] = v
		}
	}
	return all
}

// testEntries puts a client in front of the entries of a shard. Those that start a docker CLI take a part of them each:
// the command runs them all.
func testEntries(t *testing.T, c Client, s Shard) {
	t.Helper()
	r := runEntries(t, &Options{Clients: []Client{c}, Shard: s})
	for _, d := range r.Deviations() {
		t.Error(d)
	}
	want := map[string]Verdict{}
	for _, e := range s.of(Entries()) {
		if _, ok := e.Want[c.Family()]; ok && unable(e) == "" {
			want[e.ID] = Ok
		}
	}
	if diff := cmp.Diff(want, verdicts(r, c.Name())); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

func TestGo(t *testing.T) {
	t.Parallel()
	testEntries(t, Go(), Shard{})
}

// someDockers is of how many entries a docker CLI is tried on one: each start of it takes long.
func someDockers() int {
	if testtool.All() {
		return 8
	}
	return 64
}

func TestDocker(t *testing.T) {
	t.Parallel()
	testEntries(t, Docker("docker", testtool.Need(t, "docker")), Shard{0, someDockers()})
}

// TestPinnedDocker runs the CLIs that the module pins, whatever is installed.
func TestPinnedDocker(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds docker CLIs")
	}
	for i, version := range dockercli.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			testEntries(t, Docker("docker", dockercli.Path(t, version)), Shard{1 + i, someDockers()})
		})
	}
}

func TestCurl(t *testing.T) {
	t.Parallel()
	testEntries(t, Curl("curl", testtool.Need(t, "curl")), part(t, 12))
}

// toy is a client of family go that changes the TLS config of the entry, and whose answer is that of get.
func toy(change func(e modes.Entry, c *tls.Config) *tls.Config, get func(ctx context.Context, host string, c *tls.Config) (string, error)) Client {
	return Func("toy", modes.FamilyGo, func(ctx context.Context, a Attempt) Result {
		config, err := a.Entry.GoTLS(a.CAPEM, a.CertPEM, a.KeyPEM)
		if err == nil && config != nil {
			config = change(a.Entry, config)
		}
		if err == nil {
			_, err = get(ctx, a.Host(), config)
		}
		return Result{Err: err}
	})
}

// unreadable are the flaws of a server that Go meets whether it verifies or not.
var unreadable = []certgen.Flaw{
	certgen.ProofOfPossession, certgen.InnerOuterSigalg, certgen.DuplicateExtension, certgen.TrailingBytes, certgen.NegativeSerial,
	certgen.SANRawUTF8, certgen.SANIP5Octets, certgen.CertThenCorrupt,
}

func TestBadClients(t *testing.T) {
	t.Parallel()
	same := func(_ modes.Entry, c *tls.Config) *tls.Config { return c }
	for _, test := range []struct {
		name   string
		client Client
		want   func(e modes.Entry, want outcome.Class) Verdict
	}{{
		name: "does not verify",
		client: toy(func(_ modes.Entry, c *tls.Config) *tls.Config {
			c.InsecureSkipVerify = true
			return c
		}, Get),
		want: func(e modes.Entry, want outcome.Class) Verdict {
			switch {
			case !want.RefusesServer(), slices.Contains(unreadable, e.Material.Server):
				return Ok
			case e.Daemon == modes.TLSVerify && !e.Client.Presents():
				return Differs
			}
			return Insecure
		},
	}, {
		name: "falls back to plaintext",
		client: toy(same, func(ctx context.Context, host string, c *tls.Config) (string, error) {
			body, err := Get(ctx, host, c)
			if err != nil && c != nil {
				body, err = Get(ctx, host, nil)
			}
			return body, err
		}),
		want: func(e modes.Entry, want outcome.Class) Verdict {
			switch {
			case e.Client == modes.ClientPlain, want.StopsFirst():
				return Ok
			case e.Daemon == modes.Unix:
				return Differs
			}
			return Insecure
		},
	}, {
		name: "sends no client certificate",
		client: toy(func(_ modes.Entry, c *tls.Config) *tls.Config {
			c.Certificates = nil
			return c
		}, Get),
		want: func(e modes.Entry, want outcome.Class) Verdict {
			switch {
			case e.Daemon != modes.TLSVerify, want == outcome.RejectsNoClientCert, want == outcome.HTTPToHTTPS, want == outcome.TLSHandshakeFailure, want.StopsFirst():
				return Ok
			case want.RefusesServer():
				return Ok
			case want == outcome.OK:
				return Broken
			}
			return Differs
		},
	}, {
		name: "refuses the answer",
		client: toy(same, func(ctx context.Context, host string, c *tls.Config) (string, error) {
			if body, err := Get(ctx, host, c); err != nil {
				return body, err
			}
			return "", errors.New("toy: not a daemon that I know")
		}),
		want: func(_ modes.Entry, want outcome.Class) Verdict {
			if want == outcome.OK {
				return Broken
			}
			return Ok
		},
	}, {
		name: "asks nobody",
		client: toy(same, func(context.Context, string, *tls.Config) (string, error) {
			return "", nil
		}),
		want: func(_ modes.Entry, want outcome.Class) Verdict {
			switch {
			case want == outcome.OK:
				return Broken
			case want.StopsFirst():
				return Ok
			}
			return Differs
		},
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := part(t, 12)
			r := runEntries(t, &Options{Clients: []Client{test.client}, Shard: s})
			want := map[string]Verdict{}
			for _, e := range s.of(Entries()) {
				if o, ok := e.Want[modes.FamilyGo]; ok {
					want[e.ID] = test.want(e, o)
				}
			}
			if diff := cmp.Diff(want, verdicts(r, "toy")); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			if len(r.Deviations()) == 0 {
				t.Error("a bad client has no deviation")
			}
		})
	}
}

// wrongDaemon is a daemon that verifies no client, as when RootCAs is set where ClientCAs was meant.
func wrongDaemon(o *fakedaemon.Options) (Daemon, error) {
	if o.Mode == modes.TLSVerify {
		config := o.Certs.ServerTLS()
		config.RootCAs, config.ClientCAs, config.ClientAuth = config.ClientCAs, nil, tls.RequestClientCert
		o = &fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: o.Mode, TLS: config}}, Certs: o.Certs}
	}
	return fakedaemon.New(o)
}

func TestWrongDaemon(t *testing.T) {
	t.Parallel()
	s := part(t, 4)
	r := runEntries(t, &Options{Clients: []Client{Go()}, NewDaemon: wrongDaemon, Shard: s})
	var want, got []string
	for _, e := range s.of(Entries()) {
		// Nobody can read one of the certificates of cert-then-corrupt.
		if e.Want[modes.FamilyGo].RefusesClient() && e.Material.Client != "cert-then-corrupt" {
			want = append(want, e.ID+" insecure")
		}
	}
	for _, d := range r.Deviations() {
		got = append(got, fmt.Sprintf("%s %s", d.ID, d.Verdict))
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Errorf("deviations (-want +got):\n%s", diff)
	}
}

// hang connects to addr, starts a process that does the same, and waits. Its connections end when it does.
func hang(addr string) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		panic(err)
	}
	if os.Getenv("CONFORM_TEST_CHILD") == "" {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "CONFORM_TEST_CHILD=1")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
	}
	c.Read(make([]byte, 1))
}

func TestHangingCommand(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("CONFORM_TEST_HANG", l.Addr().String())
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan Result)
	go func() { result <- run(ctx, Attempt{Home: t.TempDir(), Env: os.Environ()}, program) }()
	var conns []net.Conn // of the command and of its child
	for range 2 {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns = append(conns, c)
	}
	cancel()
	if r := <-result; r.ExitCode != -1 {
		t.Errorf("exit code of a killed command: got %d, want -1", r.ExitCode)
	}
	for _, c := range conns {
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("a process lives on after its command was killed")
		}
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	stuck := func(before func(ctx context.Context, a Attempt)) Client {
		return Func("stuck", modes.FamilyGo, func(ctx context.Context, a Attempt) Result {
			before(ctx, a)
			<-ctx.Done()
			return Result{}
		})
	}
	ask := func(ctx context.Context, a Attempt) { Get(context.WithoutCancel(ctx), a.Host(), nil) }
	for _, test := range []struct {
		id             string
		client         Client
		outcome, plain outcome.Class
		verdict        Verdict
		did            Did
		why            string
	}{
		{
			"tlsverify/mutual/flags", stuck(func(context.Context, Attempt) {}), TimedOut, TimedOut, Broken, DidNotEnd,
			"flags for client mode mutual: stuck does not end in time; a client of family go gets an answer.",
		}, {
			"tcp/mutual/flags", stuck(ask), FailsAfterAnswer, "", Insecure, SentPlaintext,
			"flags for client mode mutual: stuck spoke plaintext; a client of family go speaks TLS and gets no answer in TLS.",
		}, {
			"tlsverify/mutual/flags", stuck(ask), outcome.HTTPToHTTPS, FailsAfterAnswer, Insecure, SentPlaintext,
			"flags for client mode mutual: stuck spoke plaintext; a client of family go gets an answer.",
		},
	} {
		t.Run(test.id+"/"+string(test.outcome), func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(modes.Entries(), func(e modes.Entry) bool { return e.ID == test.id })
			got, err := Try(t.Context(), test.client, modes.Entries()[i], &Options{Timeout: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			want := Got{
				Outcome: test.outcome, Verdict: test.verdict, Did: test.did, Text: "stopped: its time was up", Plain: test.plain, Why: test.why,
				Want: modes.Entries()[i].Want[modes.FamilyGo], Reason: got.Reason, Ledger: got.Ledger, Elapsed: got.Elapsed,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("got (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFilesOfEveryTry: a client that is tried again finds its files as they were, whatever it has made of them.
func TestFilesOfEveryTry(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]int{"tls/tlsverify/env": 2, "tlsverify/mutual/env/server:expired": 3} { // with a plain daemon; with an impostor too
		i := slices.IndexFunc(Entries(), func(e modes.Entry) bool { return e.ID == id })
		var found []string
		client := Func("toy", modes.FamilyDockerPy, func(_ context.Context, a Attempt) Result {
			var names []string
			root := filepath.Dir(a.Home)
			filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					names = append(names, strings.TrimPrefix(path, root))
				}
				return err
			})
			found = append(found, strings.Join(names, " "))
			os.RemoveAll(filepath.Dir(a.Paths.CA))
			os.RemoveAll(a.Paths.CertDir)
			if err := os.WriteFile(filepath.Join(a.Home, "mark"), nil, 0o600); err != nil {
				t.Error(err)
			}
			return Result{ExitCode: 1}
		})
		if _, err := Try(t.Context(), client, Entries()[i], nil); err != nil {
			t.Fatal(err)
		}
		if len(found) != want || !strings.Contains(found[0], "ca.pem") || len(slices.Compact(found)) != 1 {
			t.Errorf("%s: the tries found the files %q, want the same %d times", id, found, want)
		}
	}
}

func TestRunLeavesNoFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	runEntries(t, &Options{Clients: []Client{Go()}, Filter: regexp.MustCompile(`/flags$`)})
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("files left in the temporary folder: %v", left)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	failing := func(*fakedaemon.Options) (Daemon, error) { return nil, errors.New("no daemon today") }
	for _, test := range []struct {
		name string
		o    *Options
		want string
	}{
		{"no entry", &Options{Filter: regexp.MustCompile("^nothing$")}, `no entry matches "^nothing$"`},
		{"one name twice", &Options{Clients: []Client{Go(), Go()}}, `two clients are named "go"`},
		{
			"no daemon", &Options{Clients: []Client{Go()}, Filter: regexp.MustCompile("^unix/plain/flags$"), NewDaemon: failing, NoPreflight: true},
			"unix/plain/flags with go: no daemon today",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Run(t.Context(), test.o)
			if err == nil || err.Error() != test.want {
				t.Errorf("error: got %v, want %s", err, test.want)
			}
		})
	}
}

func TestEnviron(t *testing.T) {
	for _, name := range []string{
		"DOCKER_HOST", "DOCKER_TLS_VERIFY", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"NODE_EXTRA_CA_CERTS", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "GODEBUG", "XDG_CONFIG_HOME",
		"BUILDX_BUILDER", "COMPOSE_FILE", "GIT_SSL_CAINFO", "OPENSSL_CONF", "SSLKEYLOGFILE", "NODE_OPTIONS", "NODE_TLS_REJECT_UNAUTHORIZED",
		"PYTHONHTTPSVERIFY", "RUBYOPT", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CURL_HOME",
	} {
		t.Setenv(name, "set")
	}
	t.Setenv("CONFORM_TEST_KEPT", "kept")
	for _, v := range environ("/the/home") {
		if strings.HasSuffix(v, "=set") {
			t.Errorf("%s is passed on", v)
		}
	}
	t.Setenv("HOME", "/mine")
	t.Setenv("USERPROFILE", "/mine")
	var got []string
	for _, v := range environ("/the/home") {
		if name, _, _ := strings.Cut(v, "="); slices.Contains([]string{"HOME", "USERPROFILE", "CONFORM_TEST_KEPT"}, name) {
			got = append(got, v)
		}
	}
	if diff := cmp.Diff([]string{"CONFORM_TEST_KEPT=kept", "HOME=/the/home", "USERPROFILE=/the/home"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
