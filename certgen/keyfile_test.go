package certgen_test

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// With the pass phrase, an encrypted key is the one of the certificate.
func TestEncryptedKeys(t *testing.T) {
	t.Parallel()
	openssl := testtool.Need(t, "openssl")
	for _, flaw := range []certgen.Flaw{certgen.KeyEncryptedLegacy, certgen.KeyEncryptedPKCS8} {
		for _, key := range someKeys {
			b := mustNew(t, &certgen.Options{Key: key, ClientFlaw: flaw})
			dir := t.TempDir()
			if err := b.WriteDir(dir); err != nil {
				t.Fatal(err)
			}
			public := func(args ...string) []byte {
				cmd := exec.Command(openssl, args...)
				cmd.Dir = dir
				out, err := cmd.Output()
				if err != nil {
					t.Errorf("%s %s: openssl %v: %v", flaw, key, args, err)
				}
				return out
			}
			got := public("pkey", "-in", "key.pem", "-pubout", "-passin", "pass:"+certgen.PassPhrase)
			want := public("x509", "-in", "cert.pem", "-noout", "-pubkey")
			if !bytes.Equal(got, want) {
				t.Errorf("%s %s: another key", flaw, key)
			}
		}
	}
}

// TestKeyForms: the PEM blocks of the forms in which a key is still that of the certificate, and of those that name it otherwise.
func TestKeyForms(t *testing.T) {
	t.Parallel()
	for flaw, want := range map[certgen.Flaw][3]string{ // of P-256, P-384 and Ed25519
		certgen.KeyTraditional: {"EC PRIVATE KEY", "EC PRIVATE KEY", "EC PRIVATE KEY"},
		certgen.KeyECParameters: {
			"EC PARAMETERS 06082a8648ce3d030107 EC PRIVATE KEY", "EC PARAMETERS 06052b81040022 EC PRIVATE KEY",
			"EC PARAMETERS 06082a8648ce3d030107 EC PRIVATE KEY",
		},
		certgen.KeyPKCS8:      {"PRIVATE KEY", "PRIVATE KEY", "PRIVATE KEY"},
		certgen.KeyFooLabel:   {"FOO PRIVATE KEY", "FOO PRIVATE KEY", "FOO PRIVATE KEY"},
		certgen.KeyPKCS8AsRSA: {"RSA PRIVATE KEY", "RSA PRIVATE KEY", "RSA PRIVATE KEY"},
	} {
		for i, key := range []certgen.KeyType{certgen.P256, certgen.P384, certgen.Ed25519} {
			p := mustNew(t, &certgen.Options{Key: key, ClientFlaw: flaw}).Client()
			var got []string
			for block, rest := pem.Decode(p.KeyPEM); block != nil; block, rest = pem.Decode(rest) {
				got = append(got, block.Type)
				if block.Type == "EC PARAMETERS" {
					got = append(got, hex.EncodeToString(block.Bytes))
				}
			}
			if got := strings.Join(got, " "); got != want[i] {
				t.Errorf("%s, %s: got %s, want %s", flaw, key, got, want[i])
			}
			if _, err := tls.X509KeyPair(p.CertPEM, p.KeyPEM); err != nil {
				t.Errorf("%s, %s: %v", flaw, key, err)
			}
		}
	}
}

// The configs of a side whose files cannot be read fail with the error of the files, whatever the
// other side asks for.
func TestUnreadableConfigs(t *testing.T) {
	t.Parallel()
	for flaw, want := range map[certgen.Flaw]string{
		certgen.KeyMissing:      "open the key's file: no such file or directory",
		certgen.KeyDanglingLink: "open the key's file: no such file or directory",
		certgen.CertMissing:     "open the certificate's file: no such file or directory",
		certgen.KeyDirectory:    "read the key's file: is a directory",
		certgen.KeyMismatch:     "tls: private key does not match public key",
		certgen.CertEmpty:       "tls: failed to find any PEM data in certificate input",
	} {
		b := mustNew(t, &certgen.Options{ServerFlaw: flaw})
		if s, c := testtool.Handshake(t, b.ServerTLS(), clientOf(b, "localhost")); fmt.Sprint(s) != want || c == nil {
			t.Errorf("%s: server %v, want %s; client %v", flaw, s, want, c)
		}
		b = mustNew(t, &certgen.Options{ClientFlaw: flaw})
		for _, auth := range []tls.ClientAuthType{tls.NoClientCert, tls.RequireAndVerifyClientCert} {
			server := b.ServerTLS()
			server.ClientAuth = auth
			if s, c := testtool.Handshake(t, server, clientOf(b, "localhost")); fmt.Sprint(c) != want || s == nil {
				t.Errorf("%s: client %v, want %s; server %v", flaw, c, want, s)
			}
		}
	}
	b := mustNew(t, &certgen.Options{ClientFlaw: certgen.AllMissing, ServerFlaw: certgen.DaemonCADanglingLink})
	if p := b.Client(); p.CertPEM != nil || p.KeyPEM != nil || b.ClientCAPEM() != nil || b.ServerCAPEM() != nil {
		t.Errorf("what is missing can be read: %+v", p)
	}
	server := mustNew(t, &certgen.Options{ServerFlaw: certgen.KeyMissing}).ServerTLS()
	if _, err := server.GetCertificate(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
}
