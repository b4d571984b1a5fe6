package command

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// runProgram runs the program in a process of its own and returns its exit code.
func runProgram(t *testing.T, args ...string) int {
	t.Helper()
	code, _ := newProcess(t, "dockerd", args...).run()
	return code
}

func serverCertificate(t *testing.T, addr string) []byte {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Raw
}

func TestRunGivesItsCommandAClient(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	for mode, want := range map[string]string{
		"unix":      "DOCKER_HOST",
		"tcp":       "DOCKER_HOST",
		"tls":       "DOCKER_CERT_PATH DOCKER_HOST DOCKER_TLS_VERIFY ca.pem cert.pem key.pem server-cert.pem server-key.pem",
		"tlsverify": "DOCKER_CERT_PATH DOCKER_HOST DOCKER_TLS_VERIFY ca.pem cert.pem key.pem server-cert.pem server-key.pem",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			temp := workDir(t)
			p := newProcess(t, "dockerd", "run", "--mode", mode, "--", "sh", "-c",
				`env | grep ^DOCKER_ | sed 's/=.*//' | sort; [ -z "$DOCKER_CERT_PATH" ] || ls "$DOCKER_CERT_PATH"; [ "$1" = "-H" ]`, "sh", "-H")
			p.Env = append(p.Env, "TMPDIR="+temp, "DOCKER_CONTEXT=other", "DOCKER_TLS_VERIFY=x")
			code, stdout := p.run()
			if got := strings.Join(strings.Fields(stdout), " "); code != 0 || got != want {
				t.Errorf("exit %d, %s\nwant 0, %s\n%q", code, got, want, p.lines)
			}
			if left := contents(t, temp); len(left) > 0 {
				t.Errorf("left over: %q", left)
			}
		})
	}
}

func TestRunExitCodes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	dir := workDir(t)
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		code   int
		stderr string
	}{
		"the command's":  {[]string{"--", "sh", "-c", "exit 3"}, 3, ""},
		"no --":          {[]string{"sh", "-c", "exit 4"}, 4, ""},
		"a signal":       {[]string{"--", "sh", "-c", "kill -9 $$"}, 137, ""},
		"not found":      {[]string{"--", "no-such-command"}, 127, `exec: "no-such-command": executable file not found in $PATH`},
		"no such file":   {[]string{"--", dir + "/nope"}, 127, "fork/exec " + dir + "/nope: no such file or directory"},
		"not executable": {[]string{"--", plain}, 126, "fork/exec " + plain + ": permission denied"},
		"no command":     {nil, 125, "run needs a command\nSee 'fakedockerd run --help'."},
		"unknown flag":   {[]string{"--nope"}, 125, "unknown flag: --nope\nSee 'fakedockerd run --help'."},
		"unknown mode":   {[]string{"--mode", "mtls", "--", "true"}, 125, `--mode mtls is unknown: use one of ["unix" "tcp" "tls" "tlsverify" "ssh"]`},
		"unknown engine": {[]string{"--engine", "1.13", "--", "true"}, 125, `--engine 1.13 is unknown: use one of ["20.10" "28" "29"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProcess(t, "dockerd", append([]string{"run"}, c.args...)...)
			code, _ := p.run()
			if got := strings.Join(p.lines, "\n"); code != c.code || got != c.stderr {
				t.Errorf("exit %d, %q\nwant %d, %q", code, got, c.code, c.stderr)
			}
		})
	}
}

// TestRunWithoutTempDir: a daemon that finds no place for its files is none.
func TestRunWithoutTempDir(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("has no TMPDIR")
	}
	missing := filepath.Join(workDir(t), "missing")
	for mode, prefix := range map[string]string{
		"unix":      "fakedaemon: no folder for a socket: ",
		"tcp":       "ran",
		"tls":       "fakedaemon: writing certificates: ",
		"tlsverify": "fakedaemon: writing certificates: ",
		"ssh":       "fakedaemon: writing the files of ssh: ",
	} {
		p := newProcess(t, "dockerd", "run", "--mode", mode, "--", "echo", "ran")
		p.Env = append(p.Env, "TMPDIR="+missing)
		code, stdout := p.run()
		got := fmt.Sprint(code, " ", stdout, strings.Join(p.lines, "\n"))
		want := "125 " + prefix + "stat " + missing + ": no such file or directory"
		if prefix == "ran" {
			want = "0 ran\n"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", mode, got, want)
		}
	}
}

// TestServeWithoutTempDir: the same of a daemon that is to tell its clients where their files are.
func TestServeWithoutTempDir(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("has no TMPDIR")
	}
	dir := workDir(t)
	missing, ready := filepath.Join(dir, "missing"), filepath.Join(dir, "ready")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--mode", "tls", "--ready-file", ready}, "fakedaemon: writing certificates: stat " + missing + ": no such file or directory"},
		{[]string{"--mode", "ssh", "--ready-file", ready}, "fakedaemon: writing the files of ssh: stat " + missing + ": no such file or directory"},
		{[]string{"--mode", "ssh"}, "fakedaemon: writing the files of ssh: stat " + missing + ": no such file or directory"},
	} {
		p := newProcess(t, "dockerd", tt.args...)
		p.Env = append(p.Env, "TMPDIR="+missing)
		code, _ := p.run()
		if got := p.lines[len(p.lines)-1]; code != 1 || got != tt.want {
			t.Errorf("%q: exit %d, %q\nwant 1, %q", tt.args, code, strings.Join(p.lines, "\n"), tt.want)
		}
	}
}

func TestRunPassesSignalsOn(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	p := newProcess(t, "dockerd", "run", "--", "sh", "-c", `trap 'exit 7' TERM; trap 'exit 8' HUP; echo ready >&2; while read x; do :; done`)
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(patience, func() { stdin.Close() }).Stop()
	p.start()
	p.until("ready")
	p.Process.Signal(syscall.SIGHUP)
	if code := p.end(); code != 8 {
		t.Errorf("exit code %d, want 8", code)
	}
}

func TestCerts(t *testing.T) {
	t.Parallel()
	all := []string{"ca.pem", "cert.pem", "key.pem", "server-cert.pem", "server-key.pem"}
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"daemon":         {nil, all},
		"with ca key":    {[]string{"--ca-key"}, []string{"ca-key.pem", "ca.pem", "cert.pem", "key.pem", "server-cert.pem", "server-key.pem"}},
		"client":         {[]string{"--layout", "client"}, []string{"ca.pem", "cert.pem", "key.pem"}},
		"public-private": {[]string{"--layout", "public-private"}, []string{"ca-public.pem", "certificate.pem", "client-certificate.pem", "client-key.pem", "server-key.pem"}},
		"dind":           {[]string{"--layout", "dind", "--ca-key"}, []string{"ca/cert.pem", "ca/key.pem", "client/ca.pem", "client/cert.pem", "client/key.pem", "server/ca.pem", "server/cert.pem", "server/key.pem"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "new", "folder")
			p, stdout, stderr := newBufferedProgram()
			if code := p.main(append([]string{"fakedockerd", "certs", dir}, c.args...), nil); code != 0 {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			var got []string
			filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					rel, _ := filepath.Rel(dir, path)
					got = append(got, filepath.ToSlash(rel))
					if !strings.Contains(stdout.String(), path+"\n") {
						t.Errorf("%s is not printed", path)
					}
				}
				return err
			})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCertsKeepsOthers: certs replaces its own files, and somebody else's when it is told to.
func TestCertsKeepsOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := filepath.Join(dir, "key.pem")
	certs := func(args ...string) string {
		p, _, stderr := newBufferedProgram()
		code := p.main(append([]string{"fakedockerd", "certs", dir}, args...), nil)
		return fmt.Sprint(code, " ", stderr)
	}
	if err := os.WriteFile(key, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "1 certs: not made by fakedockerd, and lost if they were replaced: " + key + "\nName another folder, or say --force to replace them.\n"
	if diff := cmp.Diff(want, certs()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if b, err := os.ReadFile(key); string(b) != "somebody's" {
		t.Errorf("%q, %v", b, err)
	}
	if got := certs("--force"); got != "0 " {
		t.Error(got)
	}
	if got := certs("--client-flaw", "expired"); got != "0 " {
		t.Error(got)
	}
}

func TestCertsOptions(t *testing.T) {
	t.Parallel()
	certificate := func(args ...string) *x509.Certificate {
		t.Helper()
		dir := t.TempDir()
		p, _, stderr := newBufferedProgram()
		if code := p.main(append([]string{"fakedockerd", "certs", dir}, args...), nil); code != 0 {
			t.Fatalf("%q: exit %d: %s", args, code, stderr)
		}
		b, err := os.ReadFile(dir + "/server-cert.pem")
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(b)
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := certificate("--host", "docker.example.test", "--host", "10.10.10.20", "--key-type", "ed25519", "--validity", "48h")
	if diff := cmp.Diff([]string{"docker.example.test"}, c.DNSNames); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if got := c.IPAddresses[0].String(); got != "10.10.10.20" || c.PublicKeyAlgorithm != x509.Ed25519 {
		t.Errorf("address %s, key %v", got, c.PublicKeyAlgorithm)
	}
	if left := time.Until(c.NotAfter); left < 47*time.Hour || left > 48*time.Hour {
		t.Errorf("it ends in %v", left)
	}
	if c := certificate("--server-flaw", "expired"); time.Until(c.NotAfter) > 0 {
		t.Errorf("the flawed certificate ends %v", c.NotAfter)
	}
	if c := certificate("--documented"); time.Until(c.NotAfter) < 364*24*time.Hour {
		t.Errorf("the documented certificate ends %v", c.NotAfter)
	}
	key := func() any { return certificate("--seed", "x").PublicKey }
	if diff := cmp.Diff(key(), key()); diff != "" {
		t.Errorf("the same seed gives other keys:\n%s", diff)
	}
}

func TestCertsListsFlaws(t *testing.T) {
	t.Parallel()
	p, stdout, stderr := newBufferedProgram()
	if code := p.main([]string{"fakedockerd", "certs", "--flaws"}, nil); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(stdout.String()) {
		if f := strings.Fields(line); len(f) > 2 {
			rows[f[0]+" "+f[1]] = true
		}
	}
	for _, f := range certgen.Flaws() {
		side := map[[2]bool]string{{true, true}: "both", {true, false}: "server", {false, true}: "client"}[[2]bool{f.Server, f.Client}]
		if want := string(f.Flaw) + " " + side; !rows[want] {
			t.Errorf("%s is not listed", want)
		}
	}
}

func TestBadInput(t *testing.T) {
	clearEnv(t)
	missing, file := filepath.Join(t.TempDir(), "nosuch"), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"certs"}, "certs needs one folder to write to, got []\nSee 'fakedockerd certs --help'.\n"},
		{[]string{"certs", "a", "b"}, "certs needs one folder to write to, got [\"a\" \"b\"]\nSee 'fakedockerd certs --help'.\n"},
		{[]string{"certs", "--nope", "a"}, "unknown flag: --nope\nSee 'fakedockerd certs --help'.\n"},
		{[]string{"certs", "--key-type", "x", t.TempDir()}, `--key-type: "x" is none of ["p256" "p384" "rsa2048" "rsa4096" "ed25519"]` + "\n"},
		{[]string{"certs", "--layout", "x", t.TempDir()}, `--layout: "x" is none of ["daemon" "client" "dind" "public-private"] and context:NAME` + "\n"},
		{[]string{"certs", "--client-flaw", "wrong-hostname", t.TempDir()}, "--client-flaw: \"wrong-hostname\" is no flaw that this side can have\nSee 'fakedockerd certs --flaws'.\n"},
		{[]string{"--mode", "mtls"}, `--mode mtls is unknown: use one of ["unix" "tcp" "tls" "tlsverify" "ssh"]` + "\n"},
		{[]string{"--mode", "tcp", "--ready-file", missing + "/ready.json"}, "--ready-file " + missing + "/ready.json: there is no folder " + missing + "\n"},
		{[]string{"--mode", "tcp", "--ready-file", file + "/ready.json"}, "--ready-file " + file + "/ready.json: " + file + " is no folder\n"},
		{[]string{"conform", "--baseline", missing}, "--baseline " + missing + ": there is no such file: --update-baseline makes it\n"},
		{[]string{"modes", "x"}, "modes accepts no arguments, got [\"x\"]\nSee 'fakedockerd modes --help'.\n"},
		{[]string{"modes", "--format", "x"}, "unknown format \"x\": it is text, markdown or json\n"},
		{[]string{"modes", "--filter", "("}, "--filter: error parsing regexp: missing closing ): `(`\n"},
		{[]string{"modes", "--filter", "nosuch"}, "no entry matches \"nosuch\"\n"},
	} {
		p, _, stderr := newBufferedProgram()
		code := p.main(append([]string{"fakedockerd"}, c.args...), nil)
		want := map[bool]int{true: exitSetup, false: 1}[c.args[0] == "conform"]
		if code != want || stderr.String() != c.want {
			t.Errorf("%q: exit %d, %q; want %d, %q", c.args, code, stderr, want, c.want)
		}
	}
}

// TestUnknownCommand: a first word that is no command is named, unless the program is called dockerd, which has none.
func TestUnknownCommand(t *testing.T) {
	clearEnv(t)
	const all = "the commands are certs, conform, explain, modes and run"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"fakedockerd", "conformm"}, `unknown command "conformm": did you mean "conform"?`},
		{[]string{"fakedockerd", "cert", "--host", "x"}, `unknown command "cert": did you mean "certs"?`},
		{[]string{"/a/fakedockerd", "frobnicate", "--engine", "1.13"}, `unknown command "frobnicate": ` + all},
		{[]string{"dockerd", "conformm"}, ""},
		{[]string{"/usr/bin/dockerd", "conformm"}, ""},
		{[]string{"fakedockerd", "--tlsverify", "true"}, ""}, // what dockerd says of a flag's value that stands apart
	} {
		p, _, stderr := newBufferedProgram()
		code := p.main(c.args, nil)
		want := c.want + "\nSee 'fakedockerd --help'.\n"
		if c.want == "" {
			want = "\n" + strings.ReplaceAll(usageText, "{certs}", filepath.Join(material().emptyHome, ".docker"))
		}
		if diff := cmp.Diff(want, stderr.String()); code != 1 || diff != "" {
			t.Errorf("%q: exit %d (-want +got):\n%s", c.args, code, diff)
		}
	}
	for _, args := range [][]string{{"help"}, {"help", "certs"}, {"completion", "bash"}, {"__complete", "con"}} {
		p, _, stderr := newBufferedProgram()
		if code := p.main(append([]string{"fakedockerd"}, args...), nil); code != 0 {
			t.Errorf("%q: exit %d, %s", args, code, stderr)
		}
	}
}

func TestHelp(t *testing.T) {
	clearEnv(t)
	p, stdout, _ := newBufferedProgram()
	if code := p.main([]string{"dockerd", "--help"}, nil); code != 0 {
		t.Errorf("exit %d", code)
	}
	// dockerd's own text first, unchanged.
	want := "\n" + strings.ReplaceAll(usageText, "{certs}", filepath.Join(material().emptyHome, ".docker"))
	own, rest, _ := strings.Cut(stdout.String(), "\nOptions that dockerd does not have:\n")
	if diff := cmp.Diff(want, own); diff != "" {
		t.Errorf("(-dockerd +fake):\n%s", diff)
	}
	for _, name := range []string{"--mode", "--engine", "--ready-file", "--real-waits", "certs", "conform", "modes", "run"} {
		if !strings.Contains(rest, "  "+name+" ") {
			t.Errorf("%s is not in the help", name)
		}
	}

	p, stdout, _ = newBufferedProgram()
	if code := p.main([]string{"dockerd", "--version"}, nil); code != 0 || stdout.String() != "Docker version 28.5.2, build fakedockerd\n" {
		t.Errorf("--version: exit %d, %q", code, stdout)
	}
}
