package fakedaemon_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// BenchmarkStart starts a daemon that demands client certificates, makes the certificates, gets a first answer and
// closes it. The limit, measured between the runs, is httptest with the same certificates, TLS config and answer;
// x-httptest is how often that fits.
func BenchmarkStart(b *testing.B) {
	ping := func(c *http.Client, url string) {
		resp, err := c.Get(url)
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.ReadAll(resp.Body); err != nil {
			b.Fatal(err)
		}
	}
	daemon := func() {
		d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.TLSVerify})
		if err != nil {
			b.Fatal(err)
		}
		ping(d.HTTPClient(), "https://docker/_ping")
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
	limit := func() {
		certs, err := certgen.New(nil)
		if err != nil {
			b.Fatal(err)
		}
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "OK") }))
		s.TLS = fakedaemon.Engine28.ServerTLS()
		own := certs.ServerTLS()
		s.TLS.Certificates, s.TLS.ClientCAs, s.TLS.ClientAuth = own.Certificates, own.ClientCAs, tls.RequireAndVerifyClientCert
		s.StartTLS()
		t := &http.Transport{TLSClientConfig: certs.ClientTLS()}
		ping(&http.Client{Transport: t}, s.URL+"/_ping")
		t.CloseIdleConnections()
		s.Close()
	}
	var ours, theirs time.Duration
	daemon()
	limit()
	for b.Loop() {
		start := time.Now()
		daemon()
		ours += time.Since(start)
		b.StopTimer()
		start = time.Now()
		limit()
		theirs += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-httptest")
}
