package fakedaemon

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
)

// ErrUnfinished is the error of a handshake that is still going on.
var ErrUnfinished = transport.ErrUnfinished

// ErrInjected is the error of a handshake that a TLSFault ended.
var ErrInjected = transport.ErrInjected

// Handshake is what the daemon knows of one connection to a TLS listener.
type Handshake struct {
	// ID counts the connections to TLS listeners from 1, in the order in which they were accepted.
	ID int
	// Time is when the connection was accepted.
	Time time.Time
	// Listener is the listener's address in DOCKER_HOST form.
	Listener string
	// Remote is the client's address.
	Remote string
	// SNI is the server name that the client asked for; "" means none, as for an IP address.
	SNI string
	// Version and CipherSuite are those of crypto/tls; 0 when it did not come to a choice.
	Version     uint16
	CipherSuite uint16
	// ALPN is the application protocol that was agreed on; "" means none.
	ALPN string
	// CertificateRequested says that the daemon asked for a client certificate.
	CertificateRequested bool
	// Certificates are what the client presented, leaf first, also when they were refused. It is empty when the
	// client presented none, and when a certificate could not be parsed.
	Certificates []*x509.Certificate
	// Err is why the handshake failed: the error that dockerd logs behind "http: TLS handshake error from ADDR: ".
	// It is nil after a good handshake and ErrUnfinished as long as the client has to say something.
	Err error
	// AlertSent and AlertReceived are the texts of the fatal alerts, as tls.AlertError gives them; "" means none.
	AlertSent, AlertReceived string
	// Plaintext says that the client's first bytes were not those of TLS.
	Plaintext bool
	// ServerAccepted reports whether the client went on past the daemon's certificate: it sent what comes after it in a
	// handshake, where a client that refuses it sends an alert or hangs up. It is true as well when the daemon then
	// refused the client, and for every client that verifies nothing.
	//
	// A few clients finish the handshake before they look at a name or a chain (curl at the name, Node at both). They have gone
	// on; that they refused then shows in DataReceived.
	ServerAccepted bool
	// DataReceived reports whether the client sent something over the connection once the handshake was done.
	DataReceived bool
	// Ended is when the connection was closed, by whichever side; zero while it is open.
	Ended time.Time
}

// Handshakes are handshakes in the order in which the connections were accepted.
type Handshakes []Handshake

// Handshakes returns every connection to a TLS listener: at most the last 10,000. What a client knows about the
// end of its handshake, and what it has said right after, Handshakes knows too: it waits for connections that do not wait for
// their client.
func (d *Daemon) Handshakes() Handshakes {
	rows := d.ledger.Rows()
	hs := make(Handshakes, len(rows))
	for i, r := range rows {
		hs[i] = Handshake(r)
	}
	return hs
}

// ConnectionCount counts connections, whatever became of them.
type ConnectionCount struct {
	// Accepted is how many the daemon has accepted on all its listeners. An ssh connection counts, and so does each session on it that
	// reached the API.
	Accepted int
	// Heard is over how many of them the client said anything.
	Heard int
	// Plaintext is over how many of these it did not begin as TLS does, on whatever listener.
	Plaintext int
}

// Connections counts the daemon's connections.
func (d *Daemon) Connections() ConnectionCount { return ConnectionCount(d.conns.Count()) }

// String gives a table with one line per handshake.
func (hs Handshakes) String() string {
	return table(len(hs), "ID\tREMOTE\tSNI\tVERSION\tCIPHER\tALPN\tSERVER CERTIFICATE\tCLIENT CERTIFICATE\tRESULT", func(i int) string {
		h := &hs[i]
		version, cipher := "-", "-"
		if h.Version != 0 {
			version = tls.VersionName(h.Version)
		}
		if h.CipherSuite != 0 {
			cipher = tls.CipherSuiteName(h.CipherSuite)
		}
		return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", h.ID, h.Remote, dash(h.SNI), version, cipher, dash(h.ALPN), h.server(), h.certificate(), h.result())
	})
}

func (h *Handshake) server() string {
	switch {
	case h.ServerAccepted:
		return "accepted"
	case h.Version != 0:
		return "not accepted"
	}
	return "-"
}

func (h *Handshake) certificate() string {
	switch {
	case len(h.Certificates) > 0:
		return h.Certificates[0].Subject.String()
	case h.CertificateRequested:
		return "none"
	default:
		return "not asked for"
	}
}

func (h *Handshake) result() string {
	if h.Err == nil {
		return "ok"
	}
	s := h.Err.Error()
	if h.AlertSent != "" {
		s += " (sent alert: " + h.AlertSent + ")"
	}
	if h.AlertReceived != "" {
		s += " (received alert: " + h.AlertReceived + ")"
	}
	return s
}

// table prints n rows below a header, both with tabs between columns.
func table(n int, header string, row func(i int) string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, header)
	for i := range n {
		fmt.Fprintln(w, row(i))
	}
	w.Flush()
	return b.String()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
