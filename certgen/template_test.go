package certgen_test

import (
	"context"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// The DER is what crypto/x509 makes of the same content, byte for byte.
func TestSameDERAsX509(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf("host%d.example.test", i))
	}
	for name, o := range map[string]certgen.Options{
		"p256":            {},
		"p384":            {Key: certgen.P384},
		"rsa2048":         {Key: certgen.RSA2048},
		"ed25519":         {Key: certgen.Ed25519},
		"documented":      {Shape: certgen.ShapeDocumented},
		"documented p384": {Shape: certgen.ShapeDocumented, Key: certgen.P384},
		"documented rsa":  {Shape: certgen.ShapeDocumented, Key: certgen.RSA2048},
		"no SAN":          {ServerFlaw: certgen.CNOnly},
		"one host":        {Hosts: []string{"a.test"}},
		"eight hosts":     {Hosts: many[:8]},
		"many hosts":      {Hosts: many},
		"before UTCTime":  {Clock: func() time.Time { return time.Date(1950, 1, 1, 0, 59, 0, 0, time.UTC) }},
		"UTCTime":         {Clock: func() time.Time { return time.Date(1950, 1, 1, 1, 0, 0, 0, time.UTC) }},
		"after UTCTime":   {Clock: func() time.Time { return time.Date(2049, 12, 31, 0, 0, 0, 0, time.UTC) }},
		"year 5000":       {Clock: func() time.Time { return time.Date(5000, 1, 1, 0, 0, 0, 0, time.UTC) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mustNew(t, &o)
			ca, key := b.CA(), caKey(t, b)
			for _, c := range []*x509.Certificate{ca, parse(t, b.Server().CertPEM), parse(t, b.Client().CertPEM)} {
				want, err := x509.CreateCertificate(nil, &x509.Certificate{
					SerialNumber:       c.SerialNumber,
					RawSubject:         c.RawSubject,
					NotBefore:          c.NotBefore,
					NotAfter:           c.NotAfter,
					SignatureAlgorithm: c.SignatureAlgorithm,
					ExtraExtensions:    c.Extensions,
				}, ca, c.PublicKey, key)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, c.Raw); diff != "" {
					t.Errorf("%s: -crypto/x509 +certgen:\n%s", c.Subject, diff)
				}
				if o.Clock != nil && (!c.NotBefore.Equal(o.Clock().Add(-time.Hour)) || !c.NotAfter.Equal(o.Clock().Add(24*time.Hour))) {
					t.Errorf("%s: from %v to %v", c.Subject, c.NotBefore, c.NotAfter)
				}
			}
		})
	}
}

// A described certificate is one in words, without what differs from one certificate to the
// next of the same shape.
type described struct {
	Version      int
	SerialBytes  int
	Signature    x509.SignatureAlgorithm
	Issuer       []string
	Subject      []string
	Days         int
	Extensions   []string
	KeyID        string
	IssuersKeyID bool
}

func describe(t *testing.T, c, issuer *x509.Certificate) described {
	t.Helper()
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &info); err != nil {
		t.Fatal(err)
	}
	d := described{
		Version:      c.Version,
		SerialBytes:  len(c.SerialNumber.Bytes()),
		Signature:    c.SignatureAlgorithm,
		Issuer:       nameForm(t, c.RawIssuer),
		Subject:      nameForm(t, c.RawSubject),
		Days:         int(c.NotAfter.Sub(c.NotBefore).Hours() / 24),
		IssuersKeyID: string(c.AuthorityKeyId) == string(issuer.SubjectKeyId),
	}
	sha1ID, sha256ID := sha1.Sum(info.Key.Bytes), sha256.Sum256(info.Key.Bytes)
	switch string(c.SubjectKeyId) {
	case string(sha1ID[:]):
		d.KeyID = "SHA-1"
	case string(sha256ID[:20]):
		d.KeyID = "SHA-256"
	}
	for _, e := range c.Extensions {
		value := fmt.Sprintf("%x", e.Value)
		for _, id := range [][]byte{c.SubjectKeyId, issuer.SubjectKeyId} {
			value = strings.ReplaceAll(value, fmt.Sprintf("%x", id), "<key>")
		}
		d.Extensions = append(d.Extensions, fmt.Sprintf("%s %v %s", e.Id, e.Critical, value))
	}
	return d
}

// nameForm returns the attribute types of a Name with the tags of their strings.
func nameForm(t *testing.T, raw []byte) (form []string) {
	t.Helper()
	var sets []asn1.RawValue
	if _, err := asn1.Unmarshal(raw, &sets); err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		var a struct {
			Type  asn1.ObjectIdentifier
			Value asn1.RawValue
		}
		if _, err := asn1.Unmarshal(set.Bytes, &a); err != nil {
			t.Fatal(err)
		}
		form = append(form, fmt.Sprintf("%s tag %d", a.Type, a.Value.Tag))
	}
	return form
}

func TestStrictShape(t *testing.T) {
	t.Parallel()
	const (
		keyID        = "2.5.29.14 false 0414<key>"
		issuerKeyID  = "2.5.29.35 false 30168014<key>"
		organization = "2.5.4.10 tag 12"
		commonName   = "2.5.4.3 tag 12"
	)
	name := []string{organization, commonName}
	for key, want := range map[certgen.KeyType]struct {
		signature x509.SignatureAlgorithm
		usage     string
	}{
		certgen.P256:    {x509.ECDSAWithSHA256, "03020780"},
		certgen.P384:    {x509.ECDSAWithSHA384, "03020780"},
		certgen.Ed25519: {x509.PureEd25519, "03020780"},
		certgen.RSA2048: {x509.SHA256WithRSA, "030205a0"},
	} {
		t.Run(string(key), func(t *testing.T) {
			t.Parallel()
			b := mustNew(t, &certgen.Options{Hosts: []string{"a.test"}, Key: key})
			got := []described{
				describe(t, b.CA(), b.CA()),
				describe(t, parse(t, b.Server().CertPEM), b.CA()),
				describe(t, parse(t, b.Client().CertPEM), b.CA()),
			}
			good := described{3, 20, want.signature, name, name, 1, nil, "SHA-256", true}
			ca, server, client := good, good, good
			ca.Extensions = []string{keyID, issuerKeyID, "2.5.29.19 true 30030101ff", "2.5.29.15 true 03020106"}
			server.Extensions = []string{"2.5.29.15 true " + want.usage, "2.5.29.17 false 30088206612e74657374", "2.5.29.37 false 300a06082b06010505070301", keyID, issuerKeyID}
			client.Extensions = []string{"2.5.29.15 true " + want.usage, "2.5.29.37 false 300a06082b06010505070302", keyID, issuerKeyID}
			if diff := cmp.Diff([]described{ca, server, client}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The documented shape is what the documented commands (D10 to D14) give, except for the keys:
// those of the documentation take seconds.
func TestDocumentedShape(t *testing.T) {
	t.Parallel()
	openssl := testtool.Need(t, "openssl")
	for key, genpkey := range map[certgen.KeyType]string{
		certgen.P256:    "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
		certgen.P384:    "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
		certgen.RSA2048: "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
	} {
		t.Run(string(key), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeFile(t, dir, "extfile.cnf", "subjectAltName = DNS:docker.example.test,IP:10.10.10.20,IP:127.0.0.1\nextendedKeyUsage = serverAuth\n")
			writeFile(t, dir, "extfile-client.cnf", "extendedKeyUsage = clientAuth\n")
			for _, line := range []string{
				genpkey + " -out ca-key.pem",
				"req -new -x509 -days 365 -key ca-key.pem -sha256 -out ca.pem -subj /C=AU/ST=Some-State/L=Nowhere/O=Test/OU=CA/CN=docker.example.test/emailAddress=a@example.test",
				genpkey + " -out server-key.pem",
				"req -subj /CN=docker.example.test -sha256 -new -key server-key.pem -out server.csr",
				"x509 -req -days 365 -sha256 -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -out server-cert.pem -extfile extfile.cnf",
				genpkey + " -out key.pem",
				"req -subj /CN=client -new -key key.pem -out client.csr",
				"x509 -req -days 365 -sha256 -in client.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -out cert.pem -extfile extfile-client.cnf",
			} {
				cmd := exec.Command(openssl, strings.Fields(line)...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("openssl %s: %v\n%s", line, err, out)
				}
			}
			read := func(name string) *x509.Certificate { return parse(t, readFile(t, dir, name)) }
			ca, server, client := read("ca.pem"), read("server-cert.pem"), read("cert.pem")
			want := []described{describe(t, ca, ca), describe(t, server, ca), describe(t, client, ca)}
			for i := range want {
				want[i].SerialBytes = 20 // openssl draws 159 bits: now and then they begin with eight zeros
			}

			b := mustNew(t, &certgen.Options{
				Hosts: []string{"docker.example.test", "10.10.10.20", "127.0.0.1"},
				Key:   key,
				Shape: certgen.ShapeDocumented,
			})
			ourServer, ourClient := parse(t, b.Server().CertPEM), parse(t, b.Client().CertPEM)
			got := []described{describe(t, b.CA(), b.CA()), describe(t, ourServer, b.CA()), describe(t, ourClient, b.CA())}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-openssl +certgen:\n%s", diff)
			}
			for who, pair := range map[string][2]*x509.Certificate{"openssl": {server, client}, "certgen": {ourServer, ourClient}} {
				step := pair[1].SerialNumber.Sub(pair[1].SerialNumber, pair[0].SerialNumber)
				if step.Int64() != 1 {
					t.Errorf("%s: the client's serial is the server's and %v", who, step)
				}
			}
			if got, want := ourServer.Subject.String(), server.Subject.String(); got != want {
				t.Errorf("server: subject %s, want %s", got, want)
			}
			if got, want := ourClient.Subject.String(), client.Subject.String(); got != want {
				t.Errorf("client: subject %s, want %s", got, want)
			}
			theirs, _ := pem.Decode(readFile(t, dir, "key.pem"))
			ours, _ := pem.Decode(b.Client().KeyPEM)
			if ours.Type != theirs.Type {
				t.Errorf("key: %s, want %s", ours.Type, theirs.Type)
			}
		})
	}
}

func writeFile(t *testing.T, dir, name, data string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestOpenSSLStrict(t *testing.T) {
	t.Parallel()
	openssl := testtool.Need(t, "openssl")
	for _, key := range someKeys {
		t.Run(string(key), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := mustNew(t, &certgen.Options{Key: key}).WriteDir(dir); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{
				{"-purpose", "sslserver", "-verify_hostname", "localhost", "server-cert.pem"},
				{"-purpose", "sslserver", "-verify_ip", "127.0.0.1", "server-cert.pem"},
				{"-purpose", "sslserver", "-verify_ip", "::1", "server-cert.pem"},
				{"-purpose", "sslclient", "cert.pem"},
				{"ca.pem"},
			} {
				cmd := exec.Command(openssl, append([]string{"verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", "ca.pem"}, args...)...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v: %v\n%s", args, err, out)
				}
			}
		})
	}
}

// pythonClient connects as Python 3.13 does by default, which older versions do when asked.
const pythonClient = `
import socket, ssl, sys
host, port, where = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=where + "/ca.pem")
context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
context.load_cert_chain(where + "/cert.pem", where + "/key.pem")
with socket.create_connection(("127.0.0.1", port)) as raw:
    with context.wrap_socket(raw, server_hostname=host) as conn:
        print(conn.recv(100).decode())
`

func TestPythonStrict(t *testing.T) {
	t.Parallel()
	python := testtool.Need(t, "python3")
	for _, test := range []struct {
		o    certgen.Options
		want string
	}{
		{certgen.Options{}, "hello\n"},
		{certgen.Options{Key: certgen.RSA2048}, "hello\n"},
		{certgen.Options{Key: certgen.Ed25519}, "hello\n"},
		// Why the strict shape is the default.
		{certgen.Options{Shape: certgen.ShapeDocumented}, "CA cert does not include key usage extension"},
	} {
		t.Run(fmt.Sprint(test.o.Key, test.o.Shape), func(t *testing.T) {
			t.Parallel()
			b := mustNew(t, &test.o)
			dir := t.TempDir()
			if err := b.WriteDir(dir); err != nil {
				t.Fatal(err)
			}
			port := serveHello(t, b.ServerTLS())
			for _, host := range []string{"localhost", "127.0.0.1"} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				out, err := exec.CommandContext(ctx, python, "-c", pythonClient, host, port, dir).CombinedOutput()
				if !strings.Contains(string(out), test.want) {
					t.Errorf("%s: %v\n%s", host, err, out)
				}
			}
		})
	}
}

// serveHello says hello to each TLS client, and returns its port.
func serveHello(t *testing.T, c *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "hello")
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestKeysMatch(t *testing.T) {
	t.Parallel()
	type publicKey interface{ Equal(crypto.PublicKey) bool }
	for _, key := range quickKeys {
		b := mustNew(t, &certgen.Options{Key: key, ServerFlaw: certgen.SelfSigned, ClientFlaw: certgen.OtherCA})
		for name, pair := range map[string][2]any{
			"ca":     {b.CA().PublicKey, caKey(t, b).Public()},
			"server": {parse(t, b.Server().CertPEM).PublicKey, privateKey(t, b.Server().KeyPEM).Public()},
			"client": {parse(t, b.Client().CertPEM).PublicKey, privateKey(t, b.Client().KeyPEM).Public()},
		} {
			if !pair[0].(publicKey).Equal(pair[1]) {
				t.Errorf("%s %s: the certificate is not of the key", key, name)
			}
		}
	}
}
