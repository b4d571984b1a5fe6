package modes

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

func TestSpellings(t *testing.T) {
	t.Parallel()
	var does []string
	for _, s := range allSpellings() {
		if s.documented == "" {
			t.Errorf("%+v", s)
		}
		if typed := dockerLine.FindString(s.typed); typed != "" {
			does = append(does, s.does)
		}
	}
	// In the order of tls/notes.md, "Documentation against reality": 1, 1, 2, 1, 6, 3, 3, 3, 4, 8, 6, 10, then what
	// people type.
	want := []string{
		`does not start: it cannot read the CA "~/.docker/ca.pem" that clients must have a certificate of`,
		"mode tlsverify on tcp://127.0.0.1:2376",
		"mode tlsverify on tcp://127.0.0.1:2376, with the CAs of the system",
		"mode tls on tcp://127.0.0.1:2376",
		"mode tcp on tcp://127.0.0.1:2376",
		"stops: the CLI wants ca.pem and there is none",
		"client mode tls to tcp://127.0.0.1:2376",
		"stops: the CLI wants ca.pem and there is none",
		"client mode plain to tcp://127.0.0.1:2376",
		"client mode mutual to tcp://127.0.0.1:2375",
		"client mode plain to tcp://127.0.0.1:2376",
		"client mode plain to unix:///var/run/docker.sock",
		"stops: there is no flag -d",
		"mode tlsverify on tcp://localhost:2375",
		`does not start: it cannot read its certificate "server-cert" and key "server-key"`,
		"stops: the CLI wants ca and there is none",
		"stops: the CLI wants ca.pem and there is none",
		"client mode tlsverify to tcp://127.0.0.1:2376",
	}
	if diff := cmp.Diff(want, does); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

var dockerLine = regexp.MustCompile(`^(DOCKER_\w+=\S+ )?dockerd? `)

// spellingOf is the only spelling that begins with a text.
func spellingOf(t *testing.T, typed string) spelling {
	t.Helper()
	var found []spelling
	for _, s := range allSpellings() {
		if strings.HasPrefix(s.typed, typed) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spellings begin with %s", len(found), typed)
	}
	return found[0]
}

// shell types a line in a POSIX shell, in a folder, and returns what it says.
func shell(t *testing.T, dir, line string) string {
	t.Helper()
	cmd := exec.Command(testtool.Need(t, "sh"), "-c", line)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	return string(out)
}

// openssl3 skips a test where there is no OpenSSL 3.
func openssl3(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("files have other modes")
	}
	if out, err := exec.Command(testtool.Need(t, "openssl"), "version").Output(); err != nil || !strings.HasPrefix(string(out), "OpenSSL 3") {
		t.Skipf("openssl is %s", out)
	}
}

// TestSemicolons types what people type in the place of commas.
func TestSemicolons(t *testing.T) {
	t.Parallel()
	openssl3(t)
	s := spellingOf(t, "openssl x509 ")
	_, line, _ := strings.Cut(s.given, "`")
	line, _, _ = strings.Cut(line, "`")
	for _, test := range []struct{ given, want string }{
		{line, `the certificate is for one host, "localhost;IP:127.0.0.1", `},
		{strings.Replace(line, ";", ",", 1), `the certificate is for "localhost" and 127.0.0.1, `},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "extfile.cnf"), []byte(test.given+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		const keys = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		said := shell(t, dir, "openssl req -x509 "+keys+"-keyout ca-key.pem -subj /CN=ca -out ca.pem && "+
			"openssl req "+keys+"-keyout server-key.pem -subj /CN=localhost -out server.csr && "+s.typed)
		text, err := os.ReadFile(filepath.Join(dir, "server-cert.pem"))
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		block, _ := pem.Decode(text)
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("the certificate is for one host, %q, ", cert.DNSNames[0])
		if len(cert.IPAddresses) == 1 {
			got = fmt.Sprintf("the certificate is for %q and %s, ", cert.DNSNames[0], cert.IPAddresses[0])
		}
		if len(cert.DNSNames) != 1 || got != test.want {
			t.Errorf("%s: %v, %v: got %s, want %s", test.given, cert.DNSNames, cert.IPAddresses, got, test.want)
		}
		if test.given == line && !strings.HasPrefix(s.does, got) {
			t.Errorf("the row says %s", s.does)
		}
	}
}

// TestSemicolonInAShell: the line of some pages, typed as it stands, writes nothing to the file.
func TestSemicolonInAShell(t *testing.T) {
	t.Parallel()
	openssl3(t)
	dir := t.TempDir()
	said := shell(t, dir, spellingOf(t, "echo subjectAltName").typed)
	if !strings.HasPrefix(said, "subjectAltName = DNS:localhost\n") || !strings.Contains(said, "IP:127.0.0.1") {
		t.Errorf("the shell says %s", said)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "extfile.cnf")); err != nil || len(text) > 0 {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

// TestModesOfKeys: openssl keeps a new key from others.
func TestModesOfKeys(t *testing.T) {
	t.Parallel()
	openssl3(t)
	typed := strings.Replace(spellingOf(t, "openssl genrsa").typed, " 4096", " 1024", 1) // those of the documentation take seconds
	for _, umask := range []string{"0", "022", "077"} {
		for before, want := range map[string]os.FileMode{"true": 0o600, "touch key.pem && chmod 0644 key.pem": 0o644} {
			dir := t.TempDir()
			said := shell(t, dir, fmt.Sprintf("umask %s && %s && %s", umask, before, typed))
			info, err := os.Stat(filepath.Join(dir, "key.pem"))
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("umask %s, %s: mode %04o, want %04o", umask, before, got, want)
			}
		}
	}
}

// TestOldDaemonFlag: docker CLI 28 and 29 know no -d.
func TestOldDaemonFlag(t *testing.T) {
	t.Parallel()
	program := testtool.Need(t, "docker")
	out, err := exec.Command(program, strings.Fields(spellingOf(t, "docker -d").typed)[1:]...).CombinedOutput()
	if err == nil || !strings.HasPrefix(string(out), "unknown shorthand flag: 'd' in -d\n") {
		t.Errorf("%v: docker says %s", err, out)
	}
}
