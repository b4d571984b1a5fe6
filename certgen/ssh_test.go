package certgen_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

func newSSH(t *testing.T, o *certgen.SSHOptions) *certgen.SSH {
	t.Helper()
	s, err := certgen.NewSSH(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSSHKey: golang.org/x/crypto/ssh reads what is written, and agrees about what is shown.
func TestSSHKey(t *testing.T) {
	t.Parallel()
	s := newSSH(t, nil)
	if s.Host().Line() == s.User().Line() {
		t.Error("server and user have the same key")
	}
	k := s.User()
	signer, err := ssh.ParsePrivateKey(k.PEM())
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(signer.PublicKey())), "\n") + " fakedockerd test only user"
	if k.Line() != want {
		t.Errorf("line %q, want %q", k.Line(), want)
	}
	if got, want := k.Fingerprint(), ssh.FingerprintSHA256(signer.PublicKey()); got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
	public, err := ssh.NewPublicKey(k.Public())
	if err != nil || !bytes.Equal(public.Marshal(), signer.PublicKey().Marshal()) {
		t.Errorf("another public key: %v", err)
	}
	own, err := ssh.NewSignerFromSigner(k.Private())
	if err != nil || !bytes.Equal(own.PublicKey().Marshal(), signer.PublicKey().Marshal()) {
		t.Errorf("another private key: %v", err)
	}
}

func TestSSHSeed(t *testing.T) {
	t.Parallel()
	a, b := newSSH(t, &certgen.SSHOptions{Seed: []byte("one")}), newSSH(t, &certgen.SSHOptions{Seed: []byte("one")})
	other, chance := newSSH(t, &certgen.SSHOptions{Seed: []byte("two")}), newSSH(t, nil)
	if !bytes.Equal(a.User().PEM(), b.User().PEM()) || !bytes.Equal(a.Host().PEM(), b.Host().PEM()) {
		t.Error("the same seed gives other keys")
	}
	if bytes.Equal(a.User().PEM(), other.User().PEM()) || bytes.Equal(a.User().PEM(), chance.User().PEM()) {
		t.Error("another seed gives the same key")
	}
}

// TestSSHHome: OpenSSH reads every file as it is meant.
func TestSSHHome(t *testing.T) {
	t.Parallel()
	s := newSSH(t, nil)
	home := filepath.Join(t.TempDir(), "a home")
	account := certgen.SSHAccount{User: "docker-user", Addr: "127.0.0.1:2222", Hosts: []string{"localhost", "127.0.0.1"}}
	for range 2 { // the second time the files are there
		if err := s.WriteHome(home, account, certgen.SSHAccount{Addr: "127.0.0.1:22"}); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(home, ".ssh")
	got := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = info.Mode().String()
	}
	want := map[string]string{"config": "-rw-------", "id_ed25519": "-rw-------", "id_ed25519.pub": "-rw-r--r--", "known_hosts": "-rw-------"}
	if diff := cmp.Diff(want, got); diff != "" && runtime.GOOS != "windows" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	known, err := os.ReadFile(filepath.Join(dir, "known_hosts"))
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Join(strings.Fields(s.Host().Line())[:2], " ")
	if want := "[127.0.0.1]:2222 " + key + "\n[localhost]:2222 " + key + "\n127.0.0.1 " + key + "\n"; string(known) != want {
		t.Errorf("known_hosts:\n%swant:\n%s", known, want)
	}

	output := func(program string, args ...string) string {
		t.Helper()
		cmd := exec.Command(testtool.Need(t, program), args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
		}
		return string(out)
	}
	if got, want := output("ssh-keygen", "-y", "-f", filepath.Join(dir, "id_ed25519")), s.User().Line()+"\n"; got != want {
		t.Errorf("ssh-keygen reads %q, want %q", got, want)
	}
	if got := output("ssh-keygen", "-lf", filepath.Join(dir, "id_ed25519.pub")); !strings.Contains(got, s.User().Fingerprint()) {
		t.Errorf("ssh-keygen shows %q, want %s", got, s.User().Fingerprint())
	}
	options := output("ssh", "-G", "-F", filepath.Join(dir, "config"), "localhost")
	for _, line := range []string{
		"port 2222", "user docker-user", "identityfile " + filepath.Join(dir, "id_ed25519"),
		"userknownhostsfile " + filepath.Join(dir, "known_hosts"), "stricthostkeychecking true", "batchmode yes",
	} {
		if !strings.Contains(options, line+"\n") {
			t.Errorf("ssh does not see %q:\n%s", line, options)
		}
	}
}

func TestSSHHomeErrors(t *testing.T) {
	t.Parallel()
	s := newSSH(t, nil)
	if err := s.WriteHome(t.TempDir()); err == nil || err.Error() != "certgen: there is no account on an ssh server" {
		t.Errorf("no account: %v", err)
	}
	if err := s.WriteHome(t.TempDir(), certgen.SSHAccount{Addr: "127.0.0.1"}); err == nil || !strings.Contains(err.Error(), "missing port") {
		t.Errorf("no port: %v", err)
	}
}
