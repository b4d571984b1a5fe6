package conform

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// The bad habits of toy clients.
const (
	goodHabits     = "none"
	skipsWithoutCA = "verifies nothing when there is no ca.pem"
	fallsBack      = "falls back to plaintext"
	ignoresCert    = "ignores the client certificate"
)

// askDaemon is a client that reads the environment as the docker CLI does and that has one habit.
func askDaemon(ctx context.Context, habit string, environ []string) error {
	env := map[string]string{}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	host := env["DOCKER_HOST"]
	protocol, _, ok := strings.Cut(host, "://")
	if !ok {
		protocol, host = "tcp", "tcp://"+host
	}
	switch protocol {
	case "unix":
	case "tcp":
		u, err := url.Parse(host)
		if err != nil {
			return err
		}
		name, port := u.Hostname(), u.Port()
		if name == "" {
			name = "localhost"
		}
		if port == "" {
			port = "2375"
		}
		host = "tcp://" + net.JoinHostPort(name, port)
	default:
		return errors.New("what protocol is " + protocol + "?")
	}
	verify := env["DOCKER_TLS_VERIFY"] != ""
	if !verify && env["DOCKER_TLS"] == "" {
		_, err := Get(ctx, host, nil)
		return err
	}
	dir := env["DOCKER_CERT_PATH"]
	if dir == "" {
		dir = env["DOCKER_CONFIG"]
	}
	if dir == "" {
		dir = filepath.Join(env["HOME"], ".docker")
	}
	config := &tls.Config{InsecureSkipVerify: !verify, RootCAs: x509.NewCertPool()}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	switch {
	case err != nil && habit == skipsWithoutCA:
		config.InsecureSkipVerify = true
	case err != nil:
		return err
	case !config.RootCAs.AppendCertsFromPEM(ca):
		return errors.New("ca.pem holds no certificate")
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	switch {
	case err == nil && habit != ignoresCert:
		config.Certificates = []tls.Certificate{pair}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if protocol == "unix" {
		config = nil
	}
	_, err = Get(ctx, host, config)
	if err != nil && habit == fallsBack {
		_, err = Get(ctx, host, nil)
	}
	return err
}

// runToy is the whole of a program with that habit.
func runToy(habit string) {
	if err := askDaemon(context.Background(), habit, os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func habitual(habit string) Client {
	return Func("toy", Unknown, func(ctx context.Context, a Attempt) Result {
		return Result{Err: askDaemon(ctx, habit, a.Env)}
	})
}

// told selects the entries that are told by the environment, but those over ssh, which a toy does not speak.
var told = regexp.MustCompile(`^env/|^(unix|tcp|tls|tlsverify)/.*(/env(/|$)|/home$)`)

func TestToyWithGoodHabits(t *testing.T) {
	t.Parallel()
	testtool.NeedAll(t, "TestToys has one entry of each kind")
	r := runEntries(t, &Options{Clients: []Client{habitual(goodHabits)}, Filter: told})
	if diff := cmp.Diff(map[string]string{}, whys(r)); diff != "" {
		t.Errorf("deviations (-want +got):\n%s", diff)
	}
	if n := r.Count()[Skipped]; n > 0 || len(r.Entries) < 100 {
		t.Errorf("%d of %d entries were skipped, want none of 100 or more", n, len(r.Entries))
	}
}

// whys says what is wrong in each entry. That Go refuses a negative serial number and the released docker CLI does not
// (certificates.md, ten facts 5) is left out.
func whys(r *Report) map[string]string {
	got := map[string]string{}
	for _, d := range r.Deviations() {
		if strings.HasSuffix(d.ID, ":negative-serial") {
			continue
		}
		got[d.ID] = string(d.Verdict) + ": " + d.Why
	}
	return got
}

func TestToySkipsWithoutCA(t *testing.T) {
	t.Parallel()
	testtool.NeedAll(t, "TestToys has one entry of each kind")
	r := runEntries(t, &Options{Clients: []Client{habitual(skipsWithoutCA)}, Filter: told})
	want := map[string]string{
		"env/verify1-noca": "insecure: DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH (no ca.pem): toy verified nothing and spoke to a stranger; " +
			"the docker CLI stops, because a file that it needs does not exist.",
		"env/tls1-certpath-stale": "differs: DOCKER_TLS=1 with DOCKER_CERT_PATH (a folder that does not exist): toy goes on and sends no certificate and is refused by the daemon; " +
			"the docker CLI stops, because a file that it needs does not exist.",
		"env/tls1-noca": "differs: DOCKER_TLS=1 with DOCKER_CERT_PATH (no ca.pem): toy spoke TLS; " +
			"the docker CLI stops, because a file that it needs does not exist.",
		"env/unix-verify1-nocerts": "differs: DOCKER_TLS_VERIFY=1 without DOCKER_CERT_PATH (no files), a unix socket: toy got an answer from the socket; " +
			"the docker CLI stops, because a file that it needs does not exist.",
	}
	// The daemon refuses a toy without a certificate; an impostor would not.
	for _, id := range []string{"env/certpath-missing", "env/certpath-stale-home"} {
		want[id] = "insecure: DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH (a folder that does not exist): toy verified nothing and spoke to a stranger; " +
			"the docker CLI stops, because a file that it needs does not exist."
	}
	for flaw, expected := range map[string]string{
		"all-missing":      "the docker CLI stops, because a file that it needs does not exist.",
		"ca-missing":       "the docker CLI stops, because a file that it needs does not exist.",
		"ca-dangling-link": "the docker CLI stops, because a file that it needs does not exist.",
		"ca-directory":     "the docker CLI stops, because a file holds no usable certificate or key.",
	} {
		want["tlsverify/mutual/env/client:"+flaw] = "insecure: DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH, client files of flaw " + flaw +
			": toy verified nothing and spoke to a stranger; " + expected
	}
	if diff := cmp.Diff(want, whys(r)); diff != "" {
		t.Errorf("deviations (-want +got):\n%s", diff)
	}
}

func TestToyFallsBack(t *testing.T) {
	t.Parallel()
	testtool.NeedAll(t, "TestToys has one entry of each kind")
	r := runEntries(t, &Options{Clients: []Client{habitual(fallsBack)}, Filter: told})
	got := whys(r)
	for _, e := range r.Entries {
		v := e.Got["toy"].Verdict
		if strings.HasSuffix(e.ID, ":negative-serial") {
			continue
		}
		// A file that it cannot use makes it stop before it dials.
		stops := e.Got["toy"].Want.StopsFirst()
		asks := e.Daemon != "unix" && e.Client != "plain" && !stops
		if asks != (v == Insecure) {
			t.Errorf("%s: verdict %s: %s", e.ID, v, got[e.ID])
		}
	}
	for id, want := range map[string]string{
		"env/verify1-home": "insecure: DOCKER_TLS_VERIFY=1 without DOCKER_CERT_PATH: toy spoke plaintext; the docker CLI uses ~/.docker.",
		"tlsverify/mutual/env/server:expired": "insecure: DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH, a server certificate of flaw expired: " +
			"toy spoke plaintext; the docker CLI refuses the server, whose certificate has expired.",
	} {
		if diff := cmp.Diff(want, got[id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

func TestToyIgnoresCertificate(t *testing.T) {
	t.Parallel()
	testtool.NeedAll(t, "TestToys has one entry of each kind")
	r := runEntries(t, &Options{Clients: []Client{habitual(ignoresCert)}, Filter: regexp.MustCompile(`^env/|^tls(verify)?/.*/env$`)})
	got := whys(r)
	var want []string
	for _, e := range r.Entries {
		if e.Daemon == "tlsverify" && e.Got["toy"].Want == "ok" {
			want = append(want, e.ID)
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(got))); diff != "" || len(want) < 10 {
		t.Errorf("deviations (-want +got):\n%s", diff)
	}
	why := "broken: DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH: toy sends no certificate and is refused by the daemon; " +
		"the docker CLI uses the files of DOCKER_CERT_PATH."
	if diff := cmp.Diff(why, got["env/ref-mtls"]); diff != "" {
		t.Errorf("env/ref-mtls (-want +got):\n%s", diff)
	}
}

// A command shows the same as a function.
func TestCommandToy(t *testing.T) {
	t.Setenv("CONFORM_TEST_TOY", skipsWithoutCA)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Command(Tool{Name: "toy", Command: []string{program}})
	if err != nil {
		t.Fatal(err)
	}
	filter := regexp.MustCompile(`^env/(verify1-noca|ref-mtls|certpath-only|wrongca|no-scheme)$|^tlsverify/mutual/(flags|home|context)$`)
	r := runEntries(t, &Options{Clients: []Client{c}, Filter: filter})
	want := map[string]Verdict{
		"env/verify1-noca": Insecure, "env/ref-mtls": Ok, "env/certpath-only": Ok, "env/wrongca": Ok, "env/no-scheme": Ok,
		"tlsverify/mutual/home": Ok,
	}
	if diff := cmp.Diff(want, verdicts(r, "toy")); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	for id, why := range map[string]string{
		"tlsverify/mutual/flags": "told by flags: --mode takes a command for each client mode", "tlsverify/mutual/context": "a context is for the docker CLI",
	} {
		i := slices.IndexFunc(r.Entries, func(e EntryReport) bool { return e.ID == id })
		if got := r.Entries[i].Got["toy"]; got.Verdict != Skipped || got.Text != why {
			t.Errorf("%s: %s, %q, want skipped, %q", id, got.Verdict, got.Text, why)
		}
	}
}

func TestToolPlaceholders(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("it needs echo")
	}
	c, err := Command(Tool{Modes: map[modes.Client][]string{"mutual": {"echo", "{host}", "{addr}", "{port}", "{ca}", "x{cert}", "{key}y", "{certdir}", "{none}"}}})
	if err != nil {
		t.Fatal(err)
	}
	a := Attempt{Home: t.TempDir()}
	a.Entry.Daemon, a.Entry.Client, a.Entry.Source = "tcp", "mutual", "flags"
	a.Paths.Host, a.Paths.CA, a.Paths.Cert, a.Paths.Key, a.Paths.CertDir = "127.0.0.1:2376", "/ca.pem", "/cert.pem", "/key.pem", "/certs"
	got := c.Do(t.Context(), a)
	if want := "tcp://127.0.0.1:2376 127.0.0.1:2376 2376 /ca.pem x/cert.pem /key.pemy /certs {none}\n"; got.Stdout != want {
		t.Errorf("got %q, want %q", got.Stdout, want)
	}
	if c.Name() != "echo" {
		t.Errorf("name: got %q, want echo", c.Name())
	}
}

func TestToolSkips(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	byFlags, err := Command(Tool{Command: []string{program, "--cacert", "{ca}", "https://{addr}"}})
	if err != nil {
		t.Fatal(err)
	}
	byPort, err := Command(Tool{Command: []string{program, "{port}"}})
	if err != nil {
		t.Fatal(err)
	}
	const (
		flags   = "told by flags: --mode has no command for client mode "
		noFlags = "told by flags: --mode takes a command for each client mode"
		env     = "there is no command that is told by the environment"
		socket  = "its command names a host and a port, and a unix socket has none"
		context = "a context is for the docker CLI"
	)
	for _, test := range []struct {
		daemon      modes.Daemon
		client      modes.Client
		source      modes.Source
		flags, port string
	}{
		{modes.TLS, modes.ClientMutual, modes.Flags, "", noFlags},
		{modes.TLS, modes.ClientTLS, modes.Flags, flags + "tls", noFlags},
		{modes.TLS, modes.ClientMutual, modes.Env, env, ""},
		{modes.TLS, modes.ClientMutual, modes.Home, env, ""},
		{modes.TLS, modes.ClientMutual, modes.Context, context, context},
		{modes.Unix, modes.ClientMutual, modes.Flags, socket, noFlags},
		{modes.Unix, modes.ClientPlain, modes.Env, env, socket},
	} {
		e := modes.Entry{Daemon: test.daemon, Client: test.client, Source: test.source}
		if got := [2]string{byFlags.Skip(e), byPort.Skip(e)}; got != [2]string{test.flags, test.port} {
			t.Errorf("%s/%s/%s: got %q, want %q and %q", test.daemon, test.client, test.source, got, test.flags, test.port)
		}
	}
}

func TestCommandRefuses(t *testing.T) {
	t.Parallel()
	for want, tool := range map[string]Tool{
		"there is no command to try":                                                      {},
		`exec: "no-such-program": executable file not found in $PATH`:                     {Command: []string{"no-such-program"}},
		`there is no client mode "mtls": there are [plain tls tls+cert tlsverify mutual]`: {Modes: map[modes.Client][]string{"mtls": {"x"}}},
		"the command for client mode plain is empty":                                      {Modes: map[modes.Client][]string{"plain": nil}},
	} {
		if _, err := Command(tool); err == nil || err.Error() != want {
			t.Errorf("error: got %v, want %s", err, want)
		}
	}
}

// TestCommandsOfATool: each once, in an order that does not change.
func TestCommandsOfATool(t *testing.T) {
	t.Parallel()
	c := &tool{command: []string{"c"}, modes: map[modes.Client][]string{
		modes.ClientPlain: {"e"}, modes.ClientTLS: {"d"}, modes.ClientTLSCert: {"b", "x"}, modes.ClientTLSVerify: {"b"}, modes.ClientMutual: {"e"},
	}}
	if diff := cmp.Diff([][]string{{"b"}, {"b", "x"}, {"c"}, {"d"}, {"e"}}, c.commands()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
