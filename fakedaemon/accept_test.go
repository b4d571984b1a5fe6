package fakedaemon_test

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/certgen/vectors"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// TestNoFalseAccepts sends every client certificate that a daemon has to refuse, whatever the daemon asks for, and wants
// no answer.
func TestNoFalseAccepts(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, flaw := range certgen.Flaws() {
		verdicts, _ := vectors.Of(flaw.Flaw)
		if verdicts.OfClient.Go == "" || flaw.Kind == certgen.KindFile {
			continue
		}
		b, err := certgen.New(&certgen.Options{ClientFlaw: flaw.Flaw})
		if err != nil {
			t.Fatalf("%s: %v", flaw.Flaw, err)
		}
		pair, err := b.Client().TLSCertificate()
		if err != nil && len(pair.Certificate) == 0 {
			continue // nobody can send it
		}
		for _, engine := range []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28, fakedaemon.Engine29} {
			d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify, Engine: engine, Certs: b})
			for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				if flaw.Flaw == certgen.KeyP224 && version == tls.VersionTLS12 {
					continue // dockerd takes it: only TLS 1.3 has no signature for it (certificates.md 2a)
				}
				tried++
				config := b.ClientTLS()
				config.MaxVersion = version
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
				transport := &http.Transport{TLSClientConfig: config}
				resp, err := (&http.Client{Transport: transport}).Get("https" + d.Host()[len("tcp"):] + "/_ping")
				if err == nil {
					resp.Body.Close()
					t.Errorf("%s, engine %s, %s: answered %s, want a refusal", flaw.Flaw, engine, tls.VersionName(version), resp.Status)
				}
				transport.CloseIdleConnections()
			}
			if rs := d.Requests(); len(rs) > 0 {
				t.Errorf("%s, engine %s: requests got in:\n%s", flaw.Flaw, engine, rs)
			}
			d.Close()
		}
	}
	if tried < 100 {
		t.Errorf("only %d tried", tried)
	}
	t.Logf("%d refused", tried)
}
