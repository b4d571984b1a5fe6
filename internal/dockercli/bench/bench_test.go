// Package bench measures how long it takes from nothing to a daemon's first answer over mutual TLS, certificates made
// and the daemon ended included.
package bench

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fsouza "github.com/fsouza/go-dockerclient/testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// peers are what is compared. The first is the measure of the others: httptest with the same keys does nothing but
// the handshake and HTTP.
var peers = []struct {
	name        string
	firstAnswer func(testing.TB)
}{
	{"httptest", withHTTPTest},
	{"fakedaemon", withFakedaemon},
	{"go-dockerclient", withGoDockerclient},
}

func withFakedaemon(tb testing.TB) {
	d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.TLSVerify})
	check(tb, err)
	ping(tb, d.HTTPClient(), "http://docker")
	check(tb, d.Close())
}

func withHTTPTest(tb testing.TB) {
	certs := bundle(tb)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "OK") }))
	s.TLS = certs.ServerTLS()
	s.StartTLS()
	ping(tb, client(certs), s.URL)
	s.Close()
}

// go-dockerclient's server takes its certificates from files only. It sets RootCAs where ClientCAs is meant, so that
// it verifies nobody: it does less.
func withGoDockerclient(tb testing.TB) {
	certs, dir := bundle(tb), tb.TempDir()
	check(tb, certs.WriteDir(dir))
	s, err := fsouza.NewTLSServer("127.0.0.1:0", nil, nil, fsouza.TLSConfig{
		CertPath:    filepath.Join(dir, "server-cert.pem"),
		CertKeyPath: filepath.Join(dir, "server-key.pem"),
		RootCAPath:  filepath.Join(dir, "ca.pem"),
	})
	check(tb, err)
	ping(tb, client(certs), strings.Replace(s.URL(), "http:", "https:", 1))
	s.Stop()
}

func bundle(tb testing.TB) *certgen.Bundle {
	certs, err := certgen.New(nil)
	check(tb, err)
	return certs
}

func client(certs *certgen.Bundle) *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: certs.ClientTLS()}}
}

func ping(tb testing.TB, c *http.Client, url string) {
	tb.Helper()
	resp, err := c.Get(url + "/_ping")
	check(tb, err)
	defer c.CloseIdleConnections()
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		tb.Fatalf("%s, %v", resp.Status, err)
	}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func TestFirstAnswer(t *testing.T) {
	t.Parallel()
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.firstAnswer(t)
		})
	}
}

// BenchmarkFirstAnswer takes the peers in turns, so that what else the machine does is shared by all, and gives the
// time of each and its ratio to httptest.
func BenchmarkFirstAnswer(b *testing.B) {
	spent := make([]time.Duration, len(peers))
	n := 0
	for b.Loop() {
		for i, p := range peers {
			start := time.Now()
			p.firstAnswer(b)
			spent[i] += time.Since(start)
		}
		n++
	}
	for i, p := range peers {
		b.ReportMetric(spent[i].Seconds()*1000/float64(n), p.name+"-ms")
		if i > 0 {
			b.ReportMetric(float64(spent[i])/float64(spent[0]), p.name+"/httptest")
		}
	}
}
