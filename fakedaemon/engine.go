package fakedaemon

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Engine is a generation of the daemon being imitated.
type Engine string

const (
	// Engine20 imitates Debian's dockerd 20.10.24, API 1.12 to 1.41.
	Engine20 Engine = "20.10"
	// Engine28 imitates dockerd 28.5.2, API 1.24 to 1.51.
	Engine28 Engine = "28"
	// Engine29 imitates dockerd 29.7.2, API 1.40 to 1.55.
	Engine29 Engine = "29"
)

// imitated returns the engine's row.
func (e Engine) imitated() (*engine.Engine, error) {
	if row, ok := engine.ByName(string(e)); ok {
		return row, nil
	}
	var names []string
	for _, row := range engine.All() {
		names = append(names, row.Name)
	}
	return nil, fmt.Errorf("fakedaemon: there is no engine %q: use one of %q", e, names)
}

// row is the engine's row, or that of Engine28 for a name that New refuses.
func (e Engine) row() *engine.Engine {
	if row, err := e.imitated(); err == nil {
		return row
	}
	return engine.Default()
}

// ServerTLS returns a fresh config with the protocol versions, cipher suites, groups and application protocol of
// the engine's TCP listeners, and no certificate (section tls of the wire recordings). dockerd takes them from
// go-connections (tlsconfig.ServerDefault), sockets.NewTCPSocket and its Go: 1.19, 1.25 or 1.26. What of them
// crypto/tls cannot be told is as in the Go of this program.
func (e Engine) ServerTLS() *tls.Config {
	row := e.row()
	return &tls.Config{
		MinVersion:       tls.VersionTLS12,
		CipherSuites:     slices.Clone(row.CipherSuites),
		CurvePreferences: slices.Clone(row.Groups),
		NextProtos:       []string{"http/1.1"},
	}
}

// VerifyClients makes a config demand a client certificate that cas vouch for, nil meaning those of the system. A
// client that has none is told so as the engine tells it: 20.10 answers whatever is wrong with the alert
// bad_certificate, as Go did until 1.20 (section client_cert_alerts of the wire recordings).
func (e Engine) VerifyClients(c *tls.Config, cas *x509.CertPool) {
	c.ClientCAs = cas
	if !e.row().OneClientAlert {
		c.ClientAuth = tls.RequireAndVerifyClientCert
		return
	}
	c.ClientAuth = tls.RequestClientCert
	now := c.Time
	if now == nil {
		now = time.Now
	}
	c.VerifyConnection = func(s tls.ConnectionState) error { return verifyClient(s.PeerCertificates, cas, now()) }
}

// verifyClient checks a client certificate as crypto/tls does. Its error makes crypto/tls send bad_certificate.
func verifyClient(certs []*x509.Certificate, cas *x509.CertPool, now time.Time) error {
	if len(certs) == 0 {
		return clientCertError{errors.New("tls: client didn't provide a certificate")}
	}
	intermediates := x509.NewCertPool()
	for _, cert := range certs[1:] {
		intermediates.AddCert(cert)
	}
	_, err := certs[0].Verify(x509.VerifyOptions{
		Roots:         cas,
		CurrentTime:   now,
		Intermediates: intermediates,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err == nil {
		return nil
	}
	const override = "${0} (temporarily override with GODEBUG=x509sha1=1)"
	return clientCertError{errors.New("tls: failed to verify client certificate: " + sha1Refused.ReplaceAllString(err.Error(), override))}
}

var sha1Refused = regexp.MustCompile(`insecure algorithm [A-Z0-9-]*SHA1[A-Z0-9-]*`)

// clientCertError is why engine 20.10 refuses a client, in the words of its Go.
type clientCertError struct{ error }

// Alert is the alert that crypto/tls sends for it.
func (clientCertError) Alert() tls.AlertError { return badCertificate }

const badCertificate tls.AlertError = 42

// protocols are what the engine speaks without TLS; nil means HTTP/1 alone. Engine 29 takes HTTP/2 from clients that
// begin with it (section http2 of the wire recordings).
func (e Engine) protocols() *http.Protocols {
	if !e.row().HTTP2 {
		return nil
	}
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}
