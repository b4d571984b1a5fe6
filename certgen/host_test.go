package certgen_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	type sans struct{ DNS, IP, URI, Email []string }
	longest := strings.Repeat("a.", 124) + "longe" // 253 bytes
	for _, test := range []struct {
		hosts []string
		want  sans
	}{
		{nil, sans{DNS: []string{"localhost"}, IP: []string{"127.0.0.1", "::1"}}},
		{[]string{}, sans{DNS: []string{"localhost"}, IP: []string{"127.0.0.1", "::1"}}},
		{[]string{"10.10.10.20", "Docker.Example.test", "*.example.test", "2001:DB8::1", "my_host", "xn--bcher-kva.test"},
			sans{DNS: []string{"Docker.Example.test", "*.example.test", "my_host", "xn--bcher-kva.test"}, IP: []string{"10.10.10.20", "2001:db8::1"}}},
		{[]string{"a.test", "b.test", "a.test"}, sans{DNS: []string{"a.test", "b.test"}}},
		{[]string{"::ffff:10.0.0.1"}, sans{IP: []string{"10.0.0.1"}}},
		{[]string{"a.test", longest}, sans{DNS: []string{"a.test", longest}}},
		{[]string{"a.test", "spiffe://example.test/docker", "root@example.test"},
			sans{DNS: []string{"a.test"}, URI: []string{"spiffe://example.test/docker"}, Email: []string{"root@example.test"}}},
	} {
		c := parse(t, mustNew(t, &certgen.Options{Hosts: test.hosts}).Server().CertPEM)
		got := sans{DNS: c.DNSNames, Email: c.EmailAddresses}
		for _, ip := range c.IPAddresses {
			got.IP = append(got.IP, ip.String())
		}
		for _, u := range c.URIs {
			got.URI = append(got.URI, u.String())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: -want +got:\n%s", test.hosts, diff)
		}
	}
}

// An IPv4 address has four octets in a certificate, also when it is written as IPv6: OpenSSL
// does not take the long form.
func TestIPv4Octets(t *testing.T) {
	t.Parallel()
	c := parse(t, mustNew(t, &certgen.Options{Hosts: []string{"::ffff:10.0.0.1", "10.0.0.2"}}).Server().CertPEM)
	got := [][]byte{c.IPAddresses[0], c.IPAddresses[1]} // as net.IP both forms are equal
	if diff := cmp.Diff([][]byte{{10, 0, 0, 1}, {10, 0, 0, 2}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBadHosts(t *testing.T) {
	t.Parallel()
	const (
		blank   = "has blanks or characters that are not ASCII: write an international name in its xn-- form"
		neither = "is no DNS name and no IP address: give it without port and brackets"
		garbage = "is no DNS name and no IP address: a wildcard is a whole first label, as in *.example.test"
		number  = "is no IP address, and a DNS name does not end in a number"
		dots    = "has an empty label: write a DNS name without a dot at either end"
	)
	for host, want := range map[string]string{
		"":                        "is empty: leave it out",
		" ":                       blank,
		"a b":                     blank,
		"a\x00b":                  blank,
		"bücher.test":             blank,
		"localhost:2376":          neither,
		"[::1]":                   neither,
		"[::1]:2376":              neither,
		"1:2":                     neither,
		"fe80::1%eth0":            "has a zone: a certificate holds the address alone",
		"127.0.0":                 number,
		"127.0.0.256":             number,
		"127.0.0.0.1":             number,
		"2376":                    number,
		"localhost.":              dots,
		".localhost":              dots,
		"a..b":                    dots,
		".":                       dots,
		"*.":                      dots,
		"*":                       garbage,
		"loc*":                    garbage,
		"a.*.test":                garbage,
		"*.*.test":                garbage,
		"a/b":                     garbage,
		"a,b":                     garbage,
		"-a.test":                 "has a label that begins or ends with a hyphen",
		"a-.test":                 "has a label that begins or ends with a hyphen",
		strings.Repeat("a", 64):   "has a label of more than 63 bytes",
		strings.Repeat("a.", 127): "is longer than the 253 bytes of a DNS name",
		"tcp://127.0.0.1:2376":    "is the address of a daemon: give the host name or IP address alone",
		"unix:///var/run/x.sock":  "is the address of a daemon: give the host name or IP address alone",
		"ssh://me@host":           "is the address of a daemon: give the host name or IP address alone",
		"https://":                "is no URI with a host",
		"https://a..b":            "is no URI with a host",
		"https://a b":             blank,
		"://a":                    "is no URI with a host",
		"@a.test":                 "is no mailbox of the form user@host",
		"a@":                      "is no mailbox of the form user@host",
		"a@b@c":                   "is no mailbox of the form user@host",
	} {
		_, err := certgen.New(&certgen.Options{Hosts: []string{"good.test", host}})
		if diff := cmp.Diff(error(&certgen.OptionError{Option: "Hosts", Value: host, Reason: want}), err); diff != "" {
			t.Errorf("%q: -want +got:\n%s", host, diff)
		}
	}
}

// Whatever is accepted as a host makes a certificate that loads and is valid for it.
func FuzzHosts(f *testing.F) {
	for _, seed := range []string{"localhost", "::1", "127.0.0.1", "*.example.test", "https://a.test/", "a@b.test", "a_b", "1.2.3", "http://[::1]:80/", "x://%41"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		b, err := certgen.New(&certgen.Options{Hosts: []string{"localhost", host}, Key: certgen.Ed25519})
		if err != nil {
			return
		}
		roots := x509.NewCertPool()
		roots.AddCert(b.CA())
		c := parse(t, b.Server().CertPEM)
		if _, err := c.Verify(x509.VerifyOptions{Roots: roots}); err != nil {
			t.Error(err)
		}
		if strings.Contains(host, "://") || strings.Contains(host, "@") {
			return
		}
		if err := c.VerifyHostname(strings.ReplaceAll(host, "*", "any")); err != nil {
			t.Error(err)
		}
	})
}
