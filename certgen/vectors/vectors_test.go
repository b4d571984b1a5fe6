package vectors_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/certgen/vectors"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

func TestVectors(t *testing.T) {
	t.Parallel()
	want := []string{"good"}
	for _, f := range certgen.Flaws() {
		if f.Server {
			want = append(want, "server:"+string(f.Flaw))
		}
		if f.Client {
			want = append(want, "client:"+string(f.Flaw))
		}
	}
	var got []string
	for v, err := range vectors.All(nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v.Name)
		if v.Server == v.Client && v.Name != "good" {
			t.Errorf("%s: server %v, client %v", v.Name, v.Server, v.Client)
		}
		if len(got) == 20 {
			break // the rest differs by its flaw alone
		}
	}
	if diff := cmp.Diff(want[:20], got); diff != "" {
		t.Errorf("-catalogue +vectors:\n%s", diff)
	}
	for _, err := range vectors.All(&certgen.Options{Key: "dsa"}) {
		if err == nil {
			t.Error("made a vector with a key type that there is not")
		}
	}
}

func TestVectorWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for v, err := range vectors.All(&certgen.Options{Seed: []byte("s"), Clock: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }}) {
		if err != nil {
			t.Fatal(err)
		}
		if v.Name != "client:expired" {
			continue
		}
		if err := v.Write(dir); err != nil {
			t.Fatal(err)
		}
		break
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"ca.pem", "cert.pem", "daemon-ca.pem", "key.pem", "server-cert.pem", "server-key.pem", "vector.json"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	const text = "x509: certificate has expired or is not yet valid: current time {now} is after {notAfter}"
	want := map[string]any{
		"name": "client:expired", "flaw": "expired", "kind": "certificate", "server": false, "client": true,
		"doc": "ended a day ago", "why": "the client's certificate has expired", "accepted": false,
		"of_client": map[string]any{
			"go": "tls: failed to verify certificate: " + text, "docker": "remote error: tls: expired certificate", "openssl": 10.0, "curl": 60.0,
		},
	}
	data, err := os.ReadFile(filepath.Join(dir, "vector.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What is odd and no flaw: certificates.md 2c, and what Go and curl take of 2e.
func TestAccepted(t *testing.T) {
	t.Parallel()
	want := map[certgen.Flaw]bool{}
	for _, f := range []certgen.Flaw{
		"eku-none", "eku-both", "eku-critical", "no-key-usage", "ca-true", "no-key-ids", "not-after-9999", "not-before-1950",
		"empty-subject", "no-cn", "dead-revocation-urls", "revoked", "must-staple",
		"ca-cert-as-client", "key-usage-key-encipherment", // of clients alone, whose daemon is of Go
		"no-ipv6-san", "upper-case-san", "underscore-san", "thousand-names",
		"key-rsa2047", "key-rsa2048", "key-rsa3072", "key-rsa4096", "key-p256", "key-p384", "key-p521", "key-ed25519",
		"sha384-sig", "sha512-sig", "rsa-pss", "serial-zero", "serial-24-octets",
		"inter-complete", "inter-complete-plus-root", "inter-with-chain", "inter-with-chain-and-root", "inter-trusted-as-root",
		"chain-reversed", "leaf-twice", "unrelated-in-chain", "expired-in-chain",
		"root-v1", "root-no-key-usage", "root-no-ski", "root-basic-constraints-not-critical", "root-pathlen-zero", "root-ed25519",
		"root-sha1-sig", "self-signed-trusted", "ca-is-leaf",
		"ca-bundle-two", "ca-bundle-same-name", "ca-bundle-garbage-plus-good", "ca-is-server-leaf", "ca-with-key",
		"daemonca-two", "daemonca-same-name", "daemonca-corrupt-plus-good",
		"cert-crlf", "cert-with-text", "cert-garbage-after", "cert-no-newline", "cert-trailing-blanks", "cert-long-line", "cert-link",
		"combined-cert-and-key", "key-traditional", "key-ec-parameters", "key-pkcs8", "key-crlf", "key-world-readable", "key-mode-777",
		"key-link", "ca-crlf",
	} {
		want[f] = true
	}
	got := map[certgen.Flaw]bool{}
	for _, f := range certgen.Flaws() {
		if i, _ := vectors.Of(f.Flaw); i.Accepted() {
			got[f.Flaw] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestWhy: what is told of a flaw counts before the clauses of the rule, which are those of flaws of one side.
func TestWhy(t *testing.T) {
	t.Parallel()
	for flaw, want := range map[certgen.Flaw]string{
		certgen.Wildcard:      "a wildcard stands for no address; the wildcard stands for the name",
		certgen.WrongHostname: "the server's certificate is for another host",
		certgen.UpperCaseSAN:  "",
		certgen.CAEmpty:       "",
		certgen.Expired:       "",
		certgen.EKUAny:        "OpenSSL does not take anyExtendedKeyUsage for the usage of TLS; Go does",
	} {
		if i, _ := vectors.Of(flaw); i.Why != want {
			t.Errorf("%s: got %q, want %q", flaw, i.Why, want)
		}
	}
}

// curl asks for revocation lists when it is told to, and only then: see TestServerVerdicts.
func TestRevokedForCurl(t *testing.T) {
	t.Parallel()
	curl := testtool.Need(t, "curl")
	for flaw, want := range map[certgen.Flaw]int{certgen.Good: 0, certgen.Revoked: 60} {
		b := mustNew(t, &certgen.Options{ServerFlaw: flaw})
		dir := t.TempDir()
		if err := b.WriteDir(dir); err != nil {
			t.Fatal(err)
		}
		crl, err := b.CRLPEM()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "ca.crl"), crl, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), curl, "-sS", "--cacert", "ca.pem", "--cert", "./cert.pem", "--key", "key.pem", "--crlfile", "ca.crl", "https://127.0.0.1:"+serve(t, b.ServerTLS())+"/version")
		cmd.Dir = dir
		if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != want {
			t.Errorf("%q: exit code %d, want %d\n%s", flaw, cmd.ProcessState.ExitCode(), want, out)
		}
	}
}
