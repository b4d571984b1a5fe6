package fakedaemon

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
)

// ClientTLS returns a fresh config of a good client: it trusts only the daemon's CA and presents a certificate. It
// is nil when the first listener has no TLS, also over ssh.
func (d *Daemon) ClientTLS() *tls.Config {
	d.helper()
	if !d.hasTLS() {
		return nil
	}
	return d.Certs().ClientTLS()
}

// HTTPClient returns a good client whose requests all reach the first listener, whatever host and scheme their URL
// has: "http://docker/_ping" works in every mode. Its idle connections end with Close.
func (d *Daemon) HTTPClient() *http.Client {
	d.helper()
	config := d.ClientTLS()
	m := &d.material
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.transport == nil {
		if dialled := d.listeners[0].way().dialled; dialled != nil {
			m.transport = dialled(d)
		} else {
			m.transport = newTransport(d.Host(), config)
		}
	}
	return &http.Client{Transport: m.transport}
}

func newTransport(host string, config *tls.Config) *http.Transport {
	network, addr, _ := strings.Cut(host, "://")
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return transport.Dial(ctx, network, addr)
	}
	if config != nil {
		dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&tls.Dialer{Config: config}).DialContext(ctx, network, addr)
		}
	}
	return &http.Transport{DialContext: dial, DialTLSContext: dial}
}
