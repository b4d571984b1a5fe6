package certgen_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// What verifiers say of a flaw. The times are those of a clock at noon, {ca} is the CA's common name.
type verdicts struct {
	goText   string // of crypto/x509
	openssl  string // "error N" of openssl verify
	alert    string // what a Go client sees when the server refuses it with TLS 1.3, certificate forced
	withheld bool   // a Go client left to itself sends none
}

const (
	ended    = "x509: certificate has expired or is not yet valid: current time 2026-11-22T12:00:00Z is after 2026-11-21T12:00:00Z"
	notBegun = "x509: certificate has expired or is not yet valid: current time 2026-11-22T12:00:00Z is before 2026-11-23T12:00:00Z"
	unknown  = "x509: certificate signed by unknown authority"
	sameName = unknown + ` (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "{ca}")`
)

// Of certificates.md 2a and 2b.
var serverVerdicts = map[certgen.Flaw]verdicts{
	certgen.Good:               {goText: "<nil>", openssl: "OK"},
	certgen.Expired:            {goText: ended, openssl: "error 10"},
	certgen.NotYetValid:        {goText: notBegun, openssl: "error 9"},
	certgen.OtherCA:            {goText: unknown, openssl: "error 20"},
	certgen.OtherCASameSubject: {goText: sameName, openssl: "error 7"},
	certgen.WrongHostname:      {goText: "x509: certificate is valid for other.example.test, not docker.example.test", openssl: "error 62"},
	certgen.WrongUsage:         {goText: "x509: certificate specifies an incompatible key usage", openssl: "error 26"},
	certgen.SelfSigned:         {goText: unknown, openssl: "error 18"},
	certgen.CNOnly:             {goText: "x509: certificate relies on legacy Common Name field, use SANs instead", openssl: "OK"},
	certgen.SANSemicolon:       {goText: "x509: certificate is valid for docker.example.test;IP:127.0.0.1, not docker.example.test", openssl: "error 62"},
}

var clientVerdicts = map[certgen.Flaw]verdicts{
	certgen.Good:               {goText: "<nil>", openssl: "OK", alert: "<nil>"},
	certgen.Expired:            {goText: ended, openssl: "error 10", alert: "expired certificate"},
	certgen.NotYetValid:        {goText: notBegun, openssl: "error 9", alert: "expired certificate"},
	certgen.OtherCA:            {goText: unknown, openssl: "error 20", alert: "unknown certificate authority", withheld: true},
	certgen.OtherCASameSubject: {goText: sameName, openssl: "error 7", alert: "unknown certificate authority"},
	certgen.WrongUsage:         {goText: "x509: certificate specifies an incompatible key usage", openssl: "error 26", alert: "bad certificate"},
	certgen.SelfSigned:         {goText: unknown, openssl: "error 18", alert: "unknown certificate authority", withheld: true},
}

// host is the name by which the servers of these tests are called.
const host = "docker.example.test"

var shapes = []certgen.Shape{certgen.ShapeStrict, certgen.ShapeDocumented}

// forEachFlaw runs a test for a bundle with each flaw on one side, in each shape.
func forEachFlaw(t *testing.T, table map[certgen.Flaw]verdicts, o certgen.Options, side func(*certgen.Options) *certgen.Flaw,
	test func(t *testing.T, b *certgen.Bundle, want verdicts)) {
	for flaw, want := range table {
		for _, shape := range shapes {
			t.Run(fmt.Sprintf("%s/%s", flaw, shape), func(t *testing.T) {
				t.Parallel()
				o, want := o, want
				o.Hosts, o.Shape = []string{host, "127.0.0.1"}, shape
				*side(&o) = flaw
				b := mustNew(t, &o)
				want.goText = strings.ReplaceAll(want.goText, "{ca}", b.CA().Subject.CommonName)
				test(t, b, want)
			})
		}
	}
}

func ofServer(o *certgen.Options) *certgen.Flaw { return &o.ServerFlaw }
func ofClient(o *certgen.Options) *certgen.Flaw { return &o.ClientFlaw }

func TestServerFlawsInGo(t *testing.T) {
	t.Parallel()
	forEachFlaw(t, serverVerdicts, certgen.Options{Clock: atNoon}, ofServer, func(t *testing.T, b *certgen.Bundle, want verdicts) {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			client := clientOf(b, host)
			client.MaxVersion = version
			serverErr, clientErr := testtool.Handshake(t, b.ServerTLS(), client)
			wantClient, wantServer := "tls: failed to verify certificate: "+want.goText, "remote error: tls: bad certificate"
			if want.goText == "<nil>" {
				wantClient, wantServer = "<nil>", "<nil>"
			}
			if diff := cmp.Diff(wantClient, fmt.Sprint(clientErr)); diff != "" {
				t.Errorf("client: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(wantServer, fmt.Sprint(serverErr)); diff != "" {
				t.Errorf("server: -want +got:\n%s", diff)
			}
		}
	})
}

func TestClientFlawsInGo(t *testing.T) {
	t.Parallel()
	forEachFlaw(t, clientVerdicts, certgen.Options{Clock: atNoon}, ofClient, func(t *testing.T, b *certgen.Bundle, want verdicts) {
		forced := clientOf(b, host)
		forced.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			c, err := b.Client().TLSCertificate()
			return &c, err
		}
		for name, client := range map[string]*tls.Config{"natural": clientOf(b, host), "forced": forced} {
			wantServer, wantClient := "tls: failed to verify certificate: "+want.goText, "remote error: tls: "+want.alert
			switch {
			case want.goText == "<nil>":
				wantServer, wantClient = "<nil>", "<nil>"
			case name == "natural" && want.withheld:
				wantServer, wantClient = "tls: client didn't provide a certificate", "remote error: tls: certificate required"
			}
			serverErr, clientErr := testtool.Handshake(t, b.ServerTLS(), client)
			if diff := cmp.Diff(wantServer, fmt.Sprint(serverErr)); diff != "" {
				t.Errorf("%s: server: -want +got:\n%s", name, diff)
			}
			if diff := cmp.Diff(wantClient, fmt.Sprint(clientErr)); diff != "" {
				t.Errorf("%s: client: -want +got:\n%s", name, diff)
			}
		}
	})
}

// some returns a sample of a table.
func some(t *testing.T, table map[certgen.Flaw]verdicts, n int) map[certgen.Flaw]verdicts {
	t.Helper()
	rows := make(map[certgen.Flaw]verdicts)
	for _, flaw := range testtool.Sample(t, slices.Sorted(maps.Keys(table)), n) {
		rows[flaw] = table[flaw]
	}
	return rows
}

var opensslError = regexp.MustCompile(`error \d+`)

// verify returns what openssl verify says of a file: its first error, or OK.
func verify(t *testing.T, openssl, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(openssl, append([]string{"verify", "-no-CApath", "-no-CAstore", "-CAfile", "ca.pem"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return "OK"
	}
	if code := opensslError.FindString(string(out)); code != "" {
		return code
	}
	t.Fatalf("openssl verify %v: %v\n%s", args, err, out)
	return ""
}

func TestFlawsInOpenSSL(t *testing.T) {
	t.Parallel()
	openssl := testtool.Need(t, "openssl")
	for _, key := range []certgen.KeyType{certgen.P256, certgen.RSA2048} {
		t.Run(string(key), func(t *testing.T) {
			ofServers, ofClients := serverVerdicts, clientVerdicts
			if key == certgen.RSA2048 { // three keys for each
				ofServers, ofClients = some(t, ofServers, 1), some(t, ofClients, 1)
			}
			o := certgen.Options{Key: key}
			forEachFlaw(t, ofServers, o, ofServer, func(t *testing.T, b *certgen.Bundle, want verdicts) {
				dir := t.TempDir()
				if err := b.WriteDir(dir); err != nil {
					t.Fatal(err)
				}
				if got := verify(t, openssl, dir, "-purpose", "sslserver", "-verify_hostname", host, "server-cert.pem"); got != want.openssl {
					t.Errorf("server: %s, want %s", got, want.openssl)
				}
				if got := verify(t, openssl, dir, "-purpose", "sslclient", "cert.pem"); got != "OK" {
					t.Errorf("client of a flawed server: %s", got)
				}
			})
			forEachFlaw(t, ofClients, o, ofClient, func(t *testing.T, b *certgen.Bundle, want verdicts) {
				dir := t.TempDir()
				if err := b.WriteDir(dir); err != nil {
					t.Fatal(err)
				}
				if got := verify(t, openssl, dir, "-purpose", "sslclient", "cert.pem"); got != want.openssl {
					t.Errorf("client: %s, want %s", got, want.openssl)
				}
				if got := verify(t, openssl, dir, "-purpose", "sslserver", "-verify_hostname", host, "server-cert.pem"); got != "OK" {
					t.Errorf("server of a flawed client: %s", got)
				}
			})
		})
	}
}

// A flawed certificate has its one flaw: at another time, for the other side, for its own host or
// under its own CA it is good.
func TestFlawsAreAlone(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	both := []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	for _, test := range []struct {
		flaw     certgen.Flaw
		at       time.Duration
		name     string
		ownRoots bool
	}{
		{certgen.Expired, -36 * time.Hour, host, false},
		{certgen.NotYetValid, 36 * time.Hour, host, false},
		{certgen.WrongHostname, 0, "other.example.test", false},
		{certgen.WrongHostname, 0, "10.10.10.20", false},
		{certgen.WrongUsage, 0, host, false},
		{certgen.SelfSigned, 0, host, true},
		{certgen.CNOnly, 0, "", false},
		{certgen.SANSemicolon, 0, "", false},
	} {
		for _, shape := range shapes {
			b := mustNew(t, &certgen.Options{Hosts: []string{host}, ServerFlaw: test.flaw, Shape: shape, Clock: atNoon, Validity: 2 * day})
			leaf := parse(t, b.Server().CertPEM)
			roots := x509.NewCertPool()
			roots.AddCert(b.CA())
			if test.ownRoots {
				roots.AddCert(leaf)
			}
			if test.at < 0 {
				// The CA begins after such a leaf has ended, and is checked as well.
				if err := leaf.CheckSignatureFrom(b.CA()); err != nil {
					t.Errorf("%s %s: %v", test.flaw, shape, err)
				}
				continue
			}
			_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: noon.Add(test.at), DNSName: test.name, KeyUsages: both})
			if err != nil {
				t.Errorf("%s %s: %v", test.flaw, shape, err)
			}
		}
	}
}

func TestFlawCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[certgen.Flaw]bool{certgen.Good: true}
	for _, f := range certgen.Flaws() {
		if f.Doc == "" || strings.Contains(f.Doc, "\n") || !(f.Server || f.Client) {
			t.Errorf("%+v", f)
		}
		if seen[f.Flaw] {
			t.Errorf("%s is there twice", f.Flaw)
		}
		seen[f.Flaw] = true
		if got, ok := f.Flaw.Info(); got != f || !ok {
			t.Errorf("%s: got %+v, %t", f.Flaw, got, ok)
		}
	}
	for _, f := range []certgen.Flaw{certgen.Good, "nonsense"} {
		if got, ok := f.Info(); got != (certgen.FlawInfo{}) || ok {
			t.Errorf("%q: got %+v", f, got)
		}
	}
	certgen.Flaws()[0] = certgen.FlawInfo{}
	if certgen.Flaws()[0].Flaw != certgen.Expired {
		t.Error("the catalogue can be changed")
	}
}

func TestBothSidesFlawed(t *testing.T) {
	t.Parallel()
	b := mustNew(t, &certgen.Options{ServerFlaw: certgen.OtherCA, ClientFlaw: certgen.OtherCA, Clock: atNoon})
	server, client := parse(t, b.Server().CertPEM), parse(t, b.Client().CertPEM)
	if string(server.AuthorityKeyId) == string(client.AuthorityKeyId) {
		t.Error("both sides have the same other CA")
	}
}

// TestSemicolonsAsInOpenSSL: openssl makes the same name of a subjectAltName that is joined with semicolons.
func TestSemicolonsAsInOpenSSL(t *testing.T) {
	t.Parallel()
	openssl := testtool.Need(t, "openssl")
	dir := t.TempDir()
	writeFile(t, dir, "extfile.cnf", "subjectAltName = DNS:docker.example.test;DNS:localhost;IP:127.0.0.1;IP:::1\n")
	for _, line := range []string{
		"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out server-key.pem",
		"req -subj /CN=docker.example.test -new -key server-key.pem -out server.csr",
		"x509 -req -in server.csr -signkey server-key.pem -extfile extfile.cnf -out server-cert.pem",
	} {
		cmd := exec.Command(openssl, strings.Fields(line)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", line, err, out)
		}
	}
	b := mustNew(t, &certgen.Options{Hosts: []string{"docker.example.test", "localhost", "127.0.0.1", "::1"}, ServerFlaw: certgen.SANSemicolon})
	want, got := parse(t, readFile(t, dir, "server-cert.pem")), parse(t, b.Server().CertPEM)
	if diff := cmp.Diff(want.DNSNames, got.DNSNames); diff != "" || len(got.DNSNames) != 1 || len(want.IPAddresses)+len(got.IPAddresses) != 0 {
		t.Errorf("-openssl +certgen:\n%s\naddresses: %v and %v", diff, want.IPAddresses, got.IPAddresses)
	}
}
