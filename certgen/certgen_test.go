package certgen_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// noon is the now of tests that compare bytes or texts with a time in them.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func mustNew(t testing.TB, o *certgen.Options) *certgen.Bundle {
	t.Helper()
	b, err := certgen.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse(t testing.TB, certPEM []byte) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode(certPEM)
	if block == nil || len(rest) != 0 || block.Type != "CERTIFICATE" {
		t.Fatalf("not one certificate: %q", certPEM)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// caKey returns the CA's private key, which a bundle gives away only as a file.
func caKey(t testing.TB, b *certgen.Bundle) crypto.Signer {
	t.Helper()
	dir := t.TempDir()
	if err := b.Write(dir, certgen.Layout{CAKey: "ca-key.pem"}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "ca-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return privateKey(t, data)
}

func privateKey(t testing.TB, keyPEM []byte) crypto.Signer {
	t.Helper()
	block, rest := pem.Decode(keyPEM)
	if block == nil || len(rest) != 0 || block.Type != "PRIVATE KEY" {
		t.Fatalf("not one PKCS#8 key: %q", keyPEM)
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return k.(crypto.Signer)
}

// quickKeys are the key types that cost no noticeable time.
var quickKeys = []certgen.KeyType{certgen.P256, certgen.P384, certgen.Ed25519}

// someKeys are those and one of RSA.
var someKeys = append([]certgen.KeyType{certgen.RSA2048}, quickKeys...)

// clientOf returns a config of the bundle's client for one host.
func clientOf(b *certgen.Bundle, host string) *tls.Config {
	c := b.ClientTLS()
	c.ServerName = host
	return c
}

func TestMutualTLS(t *testing.T) {
	t.Parallel()
	for _, key := range append([]certgen.KeyType{certgen.RSA4096}, someKeys...) {
		for _, shape := range []certgen.Shape{certgen.ShapeStrict, certgen.ShapeDocumented} {
			t.Run(fmt.Sprintf("%s/%s", key, shape), func(t *testing.T) {
				t.Parallel()
				if key == certgen.RSA4096 && shape == certgen.ShapeStrict {
					t.Skip("takes seconds, for nothing that RSA2048 does not show")
				} else if key == certgen.RSA4096 {
					testtool.NeedAll(t, "takes seconds, for little that RSA2048 does not show")
				}
				b := mustNew(t, &certgen.Options{Key: key, Shape: shape})
				for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
					for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
						client := clientOf(b, host)
						client.MaxVersion = version
						if s, c := testtool.Handshake(t, b.ServerTLS(), client); s != nil || c != nil {
							t.Errorf("%s of %s: server %v, client %v", tls.VersionName(version), host, s, c)
						}
					}
				}
			})
		}
	}
}

func TestServerDemandsCertificate(t *testing.T) {
	t.Parallel()
	b := mustNew(t, nil)
	client := clientOf(b, "localhost")
	client.Certificates = nil
	s, c := testtool.Handshake(t, b.ServerTLS(), client)
	if want := "tls: client didn't provide a certificate"; fmt.Sprint(s) != want {
		t.Errorf("server: %v, want %s", s, want)
	}
	if want := "remote error: tls: certificate required"; fmt.Sprint(c) != want {
		t.Errorf("client: %v, want %s", c, want)
	}
}

func TestMinimumVersion(t *testing.T) {
	t.Parallel()
	b := mustNew(t, nil)
	for name, configs := range map[string][2]*tls.Config{
		"server": {b.ServerTLS(), withVersions(clientOf(b, "localhost"), tls.VersionTLS10, tls.VersionTLS11)},
		"client": {withVersions(b.ServerTLS(), tls.VersionTLS10, tls.VersionTLS11), clientOf(b, "localhost")},
	} {
		if s, c := testtool.Handshake(t, configs[0], configs[1]); s == nil || c == nil {
			t.Errorf("the %s accepts TLS 1.1", name)
		}
	}
}

func withVersions(c *tls.Config, lowest, highest uint16) *tls.Config {
	c.MinVersion, c.MaxVersion = lowest, highest
	return c
}

func TestConfigsAreFresh(t *testing.T) {
	t.Parallel()
	b := mustNew(t, nil)
	for _, c := range []*tls.Config{b.ServerTLS(), b.ClientTLS()} {
		c.ClientCAs, c.RootCAs = x509.NewCertPool(), x509.NewCertPool()
		clear(c.Certificates[0].Certificate[0])
		c.Certificates[0] = tls.Certificate{}
	}
	clear(b.CA().Raw)
	clear(b.CAPEM())
	for _, p := range []certgen.Pair{b.Server(), b.Client()} {
		clear(p.CertPEM)
		clear(p.KeyPEM)
	}
	if s, c := testtool.Handshake(t, b.ServerTLS().Clone(), clientOf(b, "localhost").Clone()); s != nil || c != nil {
		t.Errorf("after changes to copies: server %v, client %v", s, c)
	}
	if _, err := b.Client().TLSCertificate(); err != nil {
		t.Error(err)
	}
}

// The configs of a bundle with a clock of its own tell the time by it.
func TestClock(t *testing.T) {
	t.Parallel()
	b := mustNew(t, &certgen.Options{Clock: func() time.Time { return time.Date(1999, 12, 31, 23, 59, 59, 7, time.FixedZone("", 3600)) }})
	for name, c := range map[string]*x509.Certificate{"ca": b.CA(), "server": parse(t, b.Server().CertPEM), "client": parse(t, b.Client().CertPEM)} {
		got := [2]time.Time{c.NotBefore, c.NotAfter}
		want := [2]time.Time{time.Date(1999, 12, 31, 21, 59, 59, 0, time.UTC), time.Date(2000, 1, 1, 22, 59, 59, 0, time.UTC)}
		if got != want {
			t.Errorf("%s: from %v to %v, want from %v to %v", name, got[0], got[1], want[0], want[1])
		}
	}
	if s, c := testtool.Handshake(t, b.ServerTLS(), clientOf(b, "localhost")); s != nil || c != nil {
		t.Errorf("server %v, client %v", s, c)
	}
}

func TestValidity(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		o    certgen.Options
		want time.Duration
	}{
		{certgen.Options{}, 24 * time.Hour},
		{certgen.Options{Shape: certgen.ShapeDocumented}, 365 * 24 * time.Hour},
		{certgen.Options{Validity: time.Minute}, time.Minute},
		{certgen.Options{Validity: 100 * 365 * 24 * time.Hour}, 100 * 365 * 24 * time.Hour},
	} {
		test.o.Clock = atNoon
		b := mustNew(t, &test.o)
		for _, c := range []*x509.Certificate{b.CA(), parse(t, b.Server().CertPEM), parse(t, b.Client().CertPEM)} {
			if !c.NotBefore.Equal(noon.Add(-time.Hour)) || !c.NotAfter.Equal(noon.Add(test.want)) {
				t.Errorf("%s: from %v to %v", test.want, c.NotBefore, c.NotAfter)
			}
		}
	}
}

// all returns every byte that a bundle can give.
func all(t testing.TB, b *certgen.Bundle) []byte {
	t.Helper()
	dir := t.TempDir()
	l := certgen.LayoutDaemon()
	l.CAKey = "ca-key.pem"
	if err := b.Write(dir, l); err != nil {
		t.Fatal(err)
	}
	var data []byte
	for _, name := range []string{"ca.pem", "ca-key.pem", "server-cert.pem", "server-key.pem", "cert.pem", "key.pem"} {
		d, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, d...)
	}
	return data
}

// The bytes for a seed are a promise across versions of this package and of Go.
func TestSeed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		o    certgen.Options
		want string
	}{
		{certgen.Options{Key: certgen.P256}, "208a338534c5b03ba8980f16959d1a7a5c53fd8544e75c99d708cfdf70388111"},
		{certgen.Options{Key: certgen.P384}, "e48f818aa9779677abbe2ea250214da5dfd942bea4f83bb3ac3ee1a314e906b3"},
		{certgen.Options{Key: certgen.Ed25519}, "4a7b636b695d32ddcf9f502fcdb7fe1e91114c8bcab3b59b41a7b5ef07967b2e"},
		{certgen.Options{Shape: certgen.ShapeDocumented}, "b68d55d019d9b98dc852334ef91575c815f64e9b71beac2cd71a74f4db0fdb18"},
		{certgen.Options{ServerFlaw: certgen.OtherCA, ClientFlaw: certgen.OtherCASameSubject}, "e1214887665ef0c907953b18c4c6cf1f4c41fe9722a95a3d4ba56700d7f29d48"},
		{certgen.Options{ServerFlaw: certgen.KeyEncryptedPKCS8, ClientFlaw: certgen.KeyEncryptedLegacy}, "f4482f5fc8ad4f5801ccb4af1489d9e96f0c206f3fe61c198605a92ea121f823"},
		{certgen.Options{ServerFlaw: certgen.UnrelatedInChain, ClientFlaw: certgen.KeySecond}, "29f73099495678546b401304628f040bab91bff95f4a72d091458586871278c0"},
	} {
		for run := range 4 {
			t.Run(fmt.Sprintf("%s%s%s/%d", test.o.Key, test.o.Shape, test.o.ServerFlaw, run), func(t *testing.T) {
				t.Parallel()
				o := test.o
				o.Seed, o.Clock = []byte("a seed of this test"), atNoon
				sum := sha256.Sum256(all(t, mustNew(t, &o)))
				if got := hex.EncodeToString(sum[:]); got != test.want {
					t.Errorf("the bytes for a seed have changed: %+v: %s, want %s", test.o, got, test.want)
				}
			})
		}
	}
}

func TestSeedTellsApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, seed := range []string{"", "", "a", "b"} {
		b := mustNew(t, &certgen.Options{Seed: []byte(seed), Clock: atNoon})
		ca, server, client := b.CA(), parse(t, b.Server().CertPEM), parse(t, b.Client().CertPEM)
		for what, value := range map[string]string{
			"CA's name":       ca.Subject.String(),
			"CA's serial":     ca.SerialNumber.String(),
			"server's serial": server.SerialNumber.String(),
			"client's serial": client.SerialNumber.String(),
			"CA's key":        string(ca.RawSubjectPublicKeyInfo),
			"server's key":    string(server.RawSubjectPublicKeyInfo),
			"client's key":    string(client.RawSubjectPublicKeyInfo),
		} {
			if other := seen[value]; other != "" {
				t.Errorf("seed %q: the %s is also the %s", seed, what, other)
			}
			seen[value] = what + " of seed " + seed
		}
	}
}

// With a seed, the CA and the side without a flaw stay the same whatever is wrong with the other,
// so that bundles can be mixed; and the flawed side is the same each time.
func TestSeedKeepsRest(t *testing.T) {
	t.Parallel()
	o := certgen.Options{Seed: []byte("s"), Clock: atNoon}
	good := mustNew(t, &o)
	for _, f := range certgen.Flaws() {
		t.Run(string(f.Flaw), func(t *testing.T) {
			t.Parallel()
			switch f.Flaw {
			case certgen.KeyRSA4096, certgen.KeyRSA3072:
				t.Skip("takes seconds, for nothing that key-rsa2048 does not show")
			case certgen.KeyRSA2048, certgen.KeyRSA2047, certgen.KeyP521, certgen.MD5Sig, certgen.RSAPSS, certgen.KeyMismatchType:
				testtool.NeedAll(t, "its keys take a second, for little that key-rsa1024 does not show")
			}
			if f.Server {
				o := o
				o.ServerFlaw = f.Flaw
				b := mustNew(t, &o)
				if !bytes.Equal(b.CAPEM(), good.CAPEM()) || !bytes.Equal(b.Client().CertPEM, good.Client().CertPEM) || !bytes.Equal(b.Client().KeyPEM, good.Client().KeyPEM) {
					t.Error("server: another CA or client")
				}
				if f.Flaw != certgen.RSAPSS { // salted by chance
					again := mustNew(t, &o)
					if !bytes.Equal(b.Server().CertPEM, again.Server().CertPEM) || !bytes.Equal(b.Server().KeyPEM, again.Server().KeyPEM) || !bytes.Equal(b.ClientCAPEM(), again.ClientCAPEM()) {
						t.Error("server: another one for the same seed")
					}
				}
			}
			if f.Client {
				o := o
				o.ClientFlaw = f.Flaw
				b := mustNew(t, &o)
				if !bytes.Equal(b.CAPEM(), good.CAPEM()) || !bytes.Equal(b.Server().CertPEM, good.Server().CertPEM) || !bytes.Equal(b.Server().KeyPEM, good.Server().KeyPEM) {
					t.Error("client: another CA or server")
				}
				if f.Flaw != certgen.RSAPSS {
					again := mustNew(t, &o)
					if !bytes.Equal(b.Client().CertPEM, again.Client().CertPEM) || !bytes.Equal(b.Client().KeyPEM, again.Client().KeyPEM) || !bytes.Equal(b.ServerCAPEM(), again.ServerCAPEM()) {
						t.Error("client: another one for the same seed")
					}
				}
			}
		})
	}
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 60) + ".test"
	for _, test := range []struct {
		o    certgen.Options
		want string
	}{
		{certgen.Options{Key: "dsa"}, `certgen: Key: "dsa" is none of ["p256" "p384" "rsa2048" "rsa4096" "ed25519"]`},
		{certgen.Options{Key: certgen.RSA2048, Seed: []byte("s")}, `certgen: Key: "rsa2048" cannot be made from a seed: use p256, p384 or ed25519, or no seed`},
		{certgen.Options{Shape: "round"}, `certgen: Shape: "round" is none of ["strict" "documented"]`},
		{certgen.Options{ServerFlaw: "rust"}, `certgen: ServerFlaw: "rust" is no flaw: Flaws lists them all`},
		{certgen.Options{ClientFlaw: certgen.WrongHostname}, `certgen: ClientFlaw: "wrong-hostname" is a flaw of the other side alone: Flaws lists them all`},
		{certgen.Options{Validity: -time.Second}, `certgen: Validity: "-1s" is negative: for certificates that have ended there is the flaw expired`},
		{certgen.Options{Clock: func() time.Time { return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) }}, `certgen: Clock: "9999-12-31T00:00:00Z" with this validity is outside the years 1 to 9999 of a certificate`},
		{certgen.Options{Clock: func() time.Time { return time.Time{} }}, `certgen: Clock: "0001-01-01T00:00:00Z" with this validity is outside the years 1 to 9999 of a certificate`},
		{certgen.Options{ClientName: strings.Repeat("c", 65)}, `certgen: ClientName: "` + strings.Repeat("c", 65) + `" is longer than the 64 bytes of a common name`},
		{certgen.Options{ClientName: "a\nb"}, `certgen: ClientName: "a\nb" has control characters or is not UTF-8`},
		{certgen.Options{ClientName: "\xff"}, `certgen: ClientName: "\xff" has control characters or is not UTF-8`},
		{certgen.Options{Hosts: []string{long}}, `certgen: Hosts: "` + long + `" is longer than the 64 bytes of a common name`},
		{certgen.Options{Hosts: []string{"localhost", ""}}, `certgen: Hosts: "" is empty: leave it out`},
	} {
		b, err := certgen.New(&test.o)
		var option *certgen.OptionError
		if b != nil || !errors.As(err, &option) {
			t.Errorf("%+v: %v, %v", test.o, b, err)
			continue
		}
		if diff := cmp.Diff(test.want, err.Error()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestOptionsAreCopied(t *testing.T) {
	t.Parallel()
	o := &certgen.Options{Hosts: []string{"localhost"}, Seed: []byte("s"), Clock: atNoon}
	want := *o
	mustNew(t, o)
	if diff := cmp.Diff(want, *o, cmp.Comparer(func(a, b func() time.Time) bool { return (a == nil) == (b == nil) })); diff != "" {
		t.Error(diff)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		o                          certgen.Options
		wantCA, wantServer, client string
	}{
		{certgen.Options{}, "CN=fakedockerd test CA 5477bbd67b022c1b,O=fakedockerd test\\, never trust", "CN=localhost,O=fakedockerd test\\, never trust", "CN=client,O=fakedockerd test\\, never trust"},
		{certgen.Options{Hosts: []string{"10.0.0.1", "a.test"}, ClientName: "Jürgen"}, "CN=fakedockerd test CA 5477bbd67b022c1b,O=fakedockerd test\\, never trust", "CN=10.0.0.1,O=fakedockerd test\\, never trust", "CN=Jürgen,O=fakedockerd test\\, never trust"},
		{certgen.Options{Hosts: []string{"a.test"}, Shape: certgen.ShapeDocumented}, "CN=a.test,OU=CA 5477bbd67b022c1b,O=fakedockerd test\\, never trust,L=Nowhere,ST=Some-State,C=AU,1.2.840.113549.1.9.1=#0c186e657665722d7472757374406578616d706c652e74657374", "CN=a.test", "CN=client"},
	} {
		test.o.Seed = []byte("s")
		b := mustNew(t, &test.o)
		got := []string{b.CA().Subject.String(), parse(t, b.Server().CertPEM).Subject.String(), parse(t, b.Client().CertPEM).Subject.String()}
		if diff := cmp.Diff([]string{test.wantCA, test.wantServer, test.client}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}
