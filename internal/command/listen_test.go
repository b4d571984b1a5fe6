package command

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// The texts are dockerd 28.5.2's for the same hosts.
func TestPortsOfTwoHosts(t *testing.T) {
	t.Parallel()
	const taken = "failed to allocate daemon listening port 99 (err: Bind for %s:99 failed: port is already allocated)"
	for _, c := range []struct {
		hosts []string
		want  string // the address that is taken; "" none is
	}{
		{[]string{"tcp://0.0.0.0:99", "tcp://127.0.0.1:99"}, "0.0.0.0"},
		{[]string{"tcp://[::1]:99", "tcp://[::]:99"}, "::1"},
		{[]string{"tcp://127.0.0.1:99", "tcp://[::]:99"}, ""},
		{[]string{"tcp://127.0.0.1:99", "tcp://127.0.0.1:98"}, ""},
		{[]string{"tcp://127.0.0.1:99", "tcp://127.0.0.2:99"}, ""},
		{[]string{"tcp://127.0.0.1:0", "tcp://127.0.0.1:0"}, ""},
	} {
		off := false
		config := &Config{CommonConfig: CommonConfig{Hosts: c.hosts, TLS: &off}}
		want := "<nil>"
		if c.want != "" {
			want = fmt.Sprintf(taken, c.want)
		}
		if _, err := config.ways(generations[fakedaemon.Engine28], hosts.Docker(), nil); fmt.Sprint(err) != want {
			t.Errorf("%q: %v, want %s", c.hosts, err, want)
		}
	}
}

// TestFamilies: an address listens on its own family, every address on both, and a name, as Go's net has it, on IPv4 where
// it has that. Clients that verify it find each.
func TestFamilies(t *testing.T) {
	t.Parallel()
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skipf("no IPv6 here: %v", err)
	} else {
		l.Close()
	}
	for _, c := range []struct {
		host string
		want map[string]bool // which names find it
	}{
		{"tcp://127.0.0.1:{port}", map[string]bool{"127.0.0.1": true, "::1": false, "localhost": true}},
		{"tcp://[::1]:{port}", map[string]bool{"127.0.0.1": false, "::1": true}}, // localhost, where it is both
		{"tcp://localhost:{port}", map[string]bool{"127.0.0.1": true, "::1": false, "localhost": true}},
		{"tcp://[::]:{port}", map[string]bool{"127.0.0.1": true, "::1": true, "localhost": true}},
	} {
		t.Run(c.host, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			p := newProcess(t, "dockerd", append(verifyFlags(), "-H", strings.ReplaceAll(c.host, "{port}", port))...)
			p.start()
			p.until("API listen on")
			got := map[string]bool{}
			for name := range c.want {
				conn, err := tls.Dial("tcp", net.JoinHostPort(name, port), goodClient(t))
				got[name] = err == nil
				if err == nil {
					if line := ping(conn); line != "HTTP/1.0 200 OK" {
						t.Errorf("%s: %s", name, line)
					}
					conn.Close()
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("found (-want +got)\n%s", diff)
			}
		})
	}
}

// goodClient returns the config of a client that verifies the daemon of verifyFlags and is let in.
func goodClient(t *testing.T) *tls.Config {
	t.Helper()
	dir := material().dir
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: x509.NewCertPool()}
	c.RootCAs.AppendCertsFromPEM(ca)
	return c
}
