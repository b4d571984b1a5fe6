package command

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// printed is what the subcommand modes prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	p, stdout, stderr := newBufferedProgram()
	if code := p.main(append([]string{"fakedockerd", "modes"}, args...), nil); code != 0 {
		t.Fatalf("%q: exit %d: %s", args, code, stderr)
	}
	return stdout.String()
}

// ids are the entries that the subcommand prints as JSON.
func ids(t *testing.T, args ...string) []string {
	t.Helper()
	var matrix struct{ Entries []struct{ ID string } }
	if err := json.Unmarshal([]byte(printed(t, append(args, "--format", "json")...)), &matrix); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range matrix.Entries {
		all = append(all, e.ID)
	}
	return all
}

func TestModes(t *testing.T) {
	t.Parallel()
	var whole []string
	for _, e := range conform.Entries() {
		whole = append(whole, e.ID)
	}
	if diff := cmp.Diff(whole, ids(t)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	text := printed(t, "--all")
	for _, id := range whole {
		if !strings.Contains(text, "\n"+id+" ") {
			t.Errorf("%s is not in the text", id)
		}
	}
	var screen, markdown bytes.Buffer
	if err := modes.WriteScreen(&screen); err != nil {
		t.Fatal(err)
	}
	if err := modes.WriteMarkdown(&markdown, modes.Entries()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, screen.String()},
		{[]string{"--format", "text"}, screen.String()},
		{[]string{"--format", "markdown"}, markdown.String()},
		{[]string{"--format", "markdown", "--all"}, markdown.String()},
		{[]string{"--format", "markdown", "--filter", "^env/ref-mtls$"},
			"| entry | outcome | why |\n|---|---|---|\n| `env/ref-mtls` | ok | The client trusts the server's certificate; the daemon trusts the client's. |\n"},
	} {
		if diff := cmp.Diff(test.want, printed(t, test.args...)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.args, diff)
		}
	}
}

func TestModesFilter(t *testing.T) {
	t.Parallel()
	const reported = "tlsverify/mutual/env/server:daemonca-leaf-client-cert"
	if diff := cmp.Diff([]string{reported}, ids(t, "--filter", "^"+reported+"$")); diff != "" {
		t.Errorf("entries of a report (-want +got):\n%s", diff)
	}
	want := []string{"tls/plain/flags", "tls/plain/env", "tls/plain/home", "tls/plain/context"}
	if diff := cmp.Diff(want, ids(t, "--filter", "^tls/plain/")); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	_, text, ok := strings.Cut(printed(t, "--filter", "^tls/plain/(flags|env)$", "--all"), "\nENTRY ")
	const why = "  http-to-https. The client sends plain HTTP to a listener that expects TLS.\n"
	if diff := cmp.Diff("           OUTCOME AND WHY\ntls/plain/flags"+why+"tls/plain/env  "+why, text); !ok || diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// A screen is what a reader finds on it.
type screen struct {
	daemons []screenLine
	clients []screenLine
	seen    []string // by number, from 1
}

// A screenLine is what is typed for a mode and, for that of a daemon, what each client gets.
type screenLine struct {
	mode  string
	typed []string
	gets  []string
}

// readScreen takes the screen apart.
func readScreen(t *testing.T) screen {
	t.Helper()
	lines := strings.Split(printed(t), "\n")
	s := screen{seen: []string{""}}
	_, pair, _ := strings.Cut(lines[1], "CERT: ")
	certs := strings.Fields(pair)[:2]
	for _, l := range lines[2:7] {
		words := strings.Fields(l)
		cells := len(words) - 5
		typed := strings.Split(strings.Replace(strings.Join(words[1:cells], " "), "CERT", strings.Join(certs, " "), 1), " ")
		s.daemons = append(s.daemons, screenLine{words[0], typed, words[cells:]})
	}
	for i, l := range lines[7:12] {
		words := strings.Fields(l)
		if i == 0 {
			words = words[:2] // the rest is what all have in common
		}
		s.clients = append(s.clients, screenLine{mode: words[1], typed: words[2:]})
	}
	for _, l := range lines[14:23] {
		if got, want := l[:2], strconv.Itoa(len(s.seen))+" "; got != want {
			t.Fatalf("line %q, want number %s", l, want)
		}
		s.seen = append(s.seen, l[len("9 dockerd: --tlsverify=false "):])
	}
	return s
}

// late is what a docker CLI says that learns from a reset that it was refused, as with TLS 1.3 it may.
var late = regexp.MustCompile(`reset by peer|broken pipe|readLoopPeekFailLocked`)

// said runs a docker CLI in a folder with an empty home and returns what it says; "" is an answer. It runs it again while it learns
// too late what it has to say.
func said(t *testing.T, docker, dir, host string, args ...string) string {
	t.Helper()
	home := t.TempDir()
	var text string
	for range 20 {
		cmd := exec.Command(docker, append(args, "-H="+host, "version")...)
		cmd.Dir = dir
		cmd.Env = append(clientEnv(os.Environ(), nil), "HOME="+home, "USERPROFILE="+home)
		out, err := cmd.CombinedOutput()
		if err == nil {
			return ""
		}
		if text = strings.ReplaceAll(strings.ReplaceAll(string(out), home, "~"), `\`, "/"); !late.MatchString(text) {
			break
		}
	}
	return text
}

var listensOn = regexp.MustCompile(`API listen on ([^"]+)`)

// TestScreenGrid types the lines of the screen, with other addresses, and compares what the CLIs get.
func TestScreenGrid(t *testing.T) {
	t.Parallel()
	s := readScreen(t)
	for _, version := range testtool.Sample(t, dockercli.Versions(), 1) {
		docker := dockercli.Path(t, version)
		for _, daemon := range s.daemons[:4] { // ssh has its own tests
			dir := workDir(t)
			typed := strings.NewReplacer("unix:///var/run", "unix://"+filepath.ToSlash(dir), "HOST:2375", "127.0.0.1:0", "HOST:2376", "127.0.0.1:0")
			var args []string
			for _, arg := range daemon.typed {
				args = append(args, typed.Replace(arg))
			}
			p := newProcess(t, "dockerd", args...)
			p.Dir = material().dir
			p.start()
			listens := listensOn.FindStringSubmatch(p.until("API listen on"))
			if listens == nil {
				t.Fatalf("dockerd %q: %q", args, p.lines)
			}
			host := "tcp://" + listens[1]
			if daemon.mode == string(modes.Unix) {
				host = "unix://" + listens[1]
			}
			for i, client := range s.clients {
				got := said(t, docker, material().dir, host, client.typed...)
				n, err := strconv.Atoi(daemon.gets[i])
				if want := daemon.gets[i] == "ok"; want != (got == "") || !want && (err != nil || !strings.Contains(got, withoutOld(s.seen[n]))) {
					t.Errorf("docker %s, mode %s, in front of mode %s: the screen has %s; it says %s", version, client.mode, daemon.mode, daemon.gets[i], got)
				}
			}
		}
	}
}

// withoutOld is what docker says in front of dockerd 28 and 29.
func withoutOld(seen string) string {
	seen, _, _ = strings.Cut(seen, " (20.10: ")
	return seen
}

// TestScreenForgotten forgets what the screen says and compares what docker and dockerd then say.
func TestScreenForgotten(t *testing.T) {
	var dockers []string
	for _, version := range dockercli.Versions() {
		dockers = append(dockers, dockercli.Path(t, version))
	}
	clearEnv(t) // the home holds the CLIs
	s := readScreen(t)
	mutual := s.clients[4].typed
	start := func(o fakedaemon.Options) *fakedaemon.Daemon {
		o.Mode = modes.TLSVerify
		return fakedaemon.Start(t, &o)
	}
	flawed := func(flaw certgen.Flaw) *fakedaemon.Daemon {
		b, err := certgen.New(&certgen.Options{ServerFlaw: flaw})
		if err != nil {
			t.Fatal(err)
		}
		return start(fakedaemon.Options{Certs: b})
	}
	good, byName := start(fakedaemon.Options{}), strings.NewReplacer("127.0.0.1", "localhost")
	cnOnly, otherHost, old := flawed(certgen.CNOnly), flawed(certgen.WrongHostname), start(fakedaemon.Options{Engine: fakedaemon.Engine20})
	names := strings.NewReplacer("OTHER", "other.example.test", "HOST", "localhost")
	other := func(name string) string { return filepath.Join(material().dir, name) }
	for _, test := range []struct {
		seen int
		d    *fakedaemon.Daemon
		host string
		args []string
	}{
		{3, good, good.Host(), []string{"--tlsverify", "--tlscacert=ca.pem", "--tlscert=" + other("cert.pem"), "--tlskey=" + other("key.pem")}},
		{3, good, good.Host(), []string{"--tlsverify", "--tlscacert=ca.pem", "--tlscert=cert.pem"}},
		{4, good, good.Host(), []string{"--tlsverify", "--tlscert=cert.pem", "--tlskey=key.pem"}},
		{5, good, good.Host(), []string{"--tlsverify", "--tlscacert=" + other("ca.pem"), "--tlscert=cert.pem", "--tlskey=key.pem"}},
		{6, good, "tcp://127.5.23.76", mutual},
		{7, cnOnly, byName.Replace(cnOnly.Host()), mutual},
		{8, otherHost, byName.Replace(otherHost.Host()), mutual},
	} {
		if test.seen == 6 && runtime.GOOS != "linux" {
			continue // there is no other loopback address
		}
		for _, docker := range dockers {
			got := said(t, docker, test.d.CertDir(), test.host, test.args...)
			if want := withoutOld(names.Replace(s.seen[test.seen])); !strings.Contains(got, want) {
				t.Errorf("%d: %s %q says %swant %s", test.seen, docker, test.args, got, want)
			}
			if test.seen == 6 && !strings.Contains(got, "at tcp://127.5.23.76:2375. ") {
				t.Errorf("6: %s says %s", docker, got)
			}
		}
	}
	_, want, _ := strings.Cut(strings.TrimSuffix(s.seen[3], ")"), "20.10: ")
	if got := said(t, dockers[0], old.CertDir(), old.Host(), s.clients[3].typed...); want == "" || !strings.Contains(got, "remote error: tls: "+want) {
		t.Errorf("3: in front of dockerd 20.10 docker says %swant %s", got, want)
	}
	// The text of the real one is in testdata/startups.json.
	p, _, stderr := newBufferedProgram()
	p.main([]string{"dockerd", "--tls", "--tlscert=" + other("server-cert.pem"), "--tlskey=" + other("server-key.pem"), "-H=tcp://127.0.0.1:0"}, nil)
	if got := strings.ReplaceAll(stderr.String(), material().emptyHome, "~"); !strings.Contains(got, s.seen[9]) {
		t.Errorf("9: dockerd says %swant %s", got, s.seen[9])
	}
}
