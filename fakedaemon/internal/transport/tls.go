package transport

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// HeaderTimeout is the ReadHeaderTimeout of dockerd's HTTP server (cmd/dockerd/daemon.go): how long a client may take
// for its handshake, and then for the header of a request.
const HeaderTimeout = 5 * time.Minute

// ErrInjected is the error of a handshake that a fault ended.
var ErrInjected = errors.New("handshake ended by a fault")

// errPlainHTTP has the text that net/http logs for it.
var errPlainHTTP = errors.New("client sent an HTTP request to an HTTPS server")

// Hello is what a fault does to a handshake when the client's hello is there. The zero value does nothing.
type Hello struct {
	Alert       tls.AlertError   // the fatal alert that answers the hello
	Close       bool             // ends the connection without an answer
	Certificate *tls.Certificate // what the daemon shows instead of its own
}

// handshake is the connection that crypto/tls reads and writes: it sees the handshake's bytes.
type handshake struct {
	*Conn
	ledger *Ledger
	done   atomic.Bool // the handshake is over: what is written passes unseen
	passed atomic.Bool // nobody waits for what is read either

	reading bool // waits for the client; protected by ledger.mu
	over    bool // its row says how it ended; protected by ledger.mu
	closed  bool // the connection was closed before that; protected by ledger.mu

	// Only for the goroutine of the handshake.
	sni      string
	requests bool           // the config in force demands or asks for a client certificate
	flight   bool           // the daemon's handshake messages are out
	in       records        // what the client has sent
	kept     []byte         // what is read of it, and crypto/tls has not got yet
	clear    bool           // the client has sent a handshake message behind the daemon's certificate, for all to read
	hidden   int            // how many sealed records it has sent there
	later    bool           // it has sent one behind the handshake
	alert    tls.AlertError // the plain alert that was sent
	sealed   bool           // something encrypted was sent after the last read
	muted    bool           // a fault has ended the handshake: crypto/tls's own alert is dropped
}

// NetConn is for Of.
func (h *handshake) NetConn() net.Conn { return h.Conn }

func (h *handshake) Read(b []byte) (int, error) {
	if len(h.kept) > 0 {
		return h.give(b), nil
	}
	if h.passed.Load() {
		return h.Conn.Read(b)
	}
	if h.done.Load() {
		return h.readFirst(b)
	}
	h.sealed = false
	h.ledger.reading(h, true)
	if awaitUnread(h.Conn.Conn) {
		// Before the bytes are taken: until then Ledger.Rows sees them.
		h.ledger.reading(h, false)
	} else {
		defer h.ledger.reading(h, false)
	}
	n, err := h.Conn.Read(b)
	if next := h.in.next(); h.flight && n > next {
		// crypto/tls gets a record at a time: what comes behind the handshake is then read behind it.
		h.kept = append(h.kept, b[next:n]...)
		n = next
	}
	h.in.read(b[:n], h.found)
	return n, err
}

// give returns what was kept, during the handshake no more than belongs to one record.
func (h *handshake) give(b []byte) int {
	if !h.done.Load() {
		b = b[:min(len(b), h.in.next())]
	}
	n := copy(b, h.kept)
	h.kept = h.kept[n:]
	if h.done.Load() {
		h.in.read(b[:n], h.foundLater)
	} else {
		h.in.read(b[:n], h.found)
	}
	return n
}

// readFirst reads what may be the first data of the client: until it is there, or the connection ends, Ledger.Rows sees whether
// the client has said something.
func (h *handshake) readFirst(b []byte) (int, error) {
	if h.later && h.in.whole() {
		// After an alert nobody would ask for more.
		h.ledger.received(h.Handshake)
		return h.Conn.Read(b)
	}
	h.ledger.reading(h, true)
	awaitUnread(h.Conn.Conn)
	h.ledger.reading(h, false)
	n, err := h.Conn.Read(b)
	h.in.read(b[:n], h.foundLater)
	if err != nil {
		h.ledger.settled(h)
	}
	return n, err
}

// Close closes the connection.
func (h *handshake) Close() error {
	h.ledger.settled(h)
	return h.Conn.Close()
}

// foundLater notes a record behind the handshake.
func (h *handshake) foundLater(kind byte, _ int) { h.later = h.later || kind == recordSealed }

// found notes what a record of the client says of the daemon's certificate: who refuses it sends an alert or nothing.
func (h *handshake) found(kind byte, length int) {
	switch {
	case !h.flight:
	case kind == recordHandshake:
		h.clear = true
	case kind == recordSealed && length != sealedAlert:
		h.hidden++
	}
}

// wentOn reports whether the client has gone on past the daemon's certificate. What it has sealed alone can be an alert: some make
// theirs longer than it has to be.
func (h *handshake) wentOn(alert bool) bool {
	return h.clear || h.hidden > 1 || h.hidden == 1 && !alert
}

func (h *handshake) Write(b []byte) (int, error) {
	if h.done.Load() {
		return h.Conn.Write(b)
	}
	if h.muted {
		return len(b), nil
	}
	h.see(b)
	return h.Conn.Write(b)
}

// TLS record types and the length of a record's header (RFC 8446, 5.1).
const (
	recordFirst     = 20
	recordAlert     = 21
	recordHandshake = 22
	recordSealed    = 23
	recordHeader    = 5
	// sealedAlert is the length of an alert in TLS 1.3: level, description, the record's type and the tag (RFC 8446, 5.2).
	// Whatever else a client says in its handshake is longer.
	sealedAlert = 2 + 1 + 16
)

// records tells the records in a stream of bytes apart. The zero value is at the beginning of one.
type records struct {
	header []byte // what is there of the next one's
	rest   int    // how much of the last one's body is to come
}

// whole reports whether the stream is between two records.
func (r *records) whole() bool { return r.rest == 0 && len(r.header) == 0 }

// next is how many bytes are to come of the header or body that the stream is in.
func (r *records) next() int {
	if r.rest > 0 {
		return r.rest
	}
	return recordHeader - len(r.header)
}

// read calls found for each record that begins in b, with its type and the length of its body.
func (r *records) read(b []byte, found func(kind byte, length int)) {
	for len(b) > 0 {
		if n := min(r.rest, len(b)); n > 0 {
			r.rest -= n
			b = b[n:]
			continue
		}
		n := min(recordHeader-len(r.header), len(b))
		r.header = append(r.header, b[:n]...)
		b = b[n:]
		if len(r.header) == recordHeader {
			r.rest = int(r.header[3])<<8 | int(r.header[4])
			found(r.header[0], r.rest)
			r.header = r.header[:0]
		}
	}
}

// helloRetry is the random of a ServerHello that only asks for another hello (RFC 8446, 4.1.3).
var helloRetry, _ = hex.DecodeString("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

// see notes what the record at the start of b says.
func (h *handshake) see(b []byte) {
	if len(b) <= recordHeader {
		return
	}
	switch body := b[recordHeader:]; b[0] {
	case recordAlert:
		if len(body) == 2 {
			h.alert = tls.AlertError(body[1])
		} else {
			h.sealed = true
		}
	case recordHandshake:
		const random = 4 + 2 // after the message's header and version
		if len(body) < random || !bytes.HasPrefix(body[random:], helloRetry) {
			h.flight = true
		}
	case recordSealed:
		h.sealed = true
	}
}

// shake does the handshake of a connection and completes its row.
func (l *listener) shake(h *handshake) (net.Conn, error) {
	h.SetDeadline(time.Now().Add(HeaderTimeout))
	tc := tls.Server(h, l.tls)
	err := tc.Handshake()
	if err != nil {
		l.refused(h, tc, err)
		return nil, err
	}
	h.done.Store(true)
	h.SetDeadline(time.Time{})
	l.Ledger.end(h, true, func(r *Row) { h.fill(r, tc.ConnectionState()) })
	return tc, nil
}

// refused ends a connection whose handshake failed, as net/http does.
func (l *listener) refused(h *handshake, tc *tls.Conn, err error) {
	reason := err
	var re tls.RecordHeaderError
	plain := errors.As(err, &re) && re.Conn != nil
	isHTTP := plain && looksLikeHTTP(re.RecordHeader)
	if isHTTP {
		reason = errPlainHTTP
	}
	// Before the row is complete: who has seen it may end the daemon, after which nothing is logged.
	if !errors.Is(err, net.ErrClosed) && !(isHTTP && l.SilentHTTP) {
		l.Logf("http: TLS handshake error from %s: %v", h.RemoteAddr(), reason)
	}
	state := tc.ConnectionState()
	l.Ledger.end(h, false, func(r *Row) {
		h.fill(r, state)
		r.Err = reason
		r.Plaintext = plain && !looksLikeTLS(re.RecordHeader)
		var verify *tls.CertificateVerificationError
		if errors.As(err, &verify) {
			r.Certificates = verify.UnverifiedCertificates
		}
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "remote error" {
			r.AlertReceived = op.Err.Error()
		}
		r.ServerAccepted = h.wentOn(r.AlertReceived != "")
		r.AlertSent = h.alertSent(err, state.Version)
	})
	if isHTTP {
		io.WriteString(h.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
	}
	tc.Close()
}

func (h *handshake) fill(r *Row, s tls.ConnectionState) {
	r.SNI = h.sni
	r.Version = s.Version
	r.CipherSuite = s.CipherSuite
	r.ALPN = s.NegotiatedProtocol
	r.CertificateRequested = h.requests && h.flight && !s.DidResume
	r.Certificates = s.PeerCertificates
	r.ServerAccepted = true
	r.Err = nil
}

// alertSent gives the alert that answered err: crypto/tls tells it only to the peer, and encrypted once keys are there.
func (h *handshake) alertSent(err error, version uint16) string {
	if h.alert != 0 {
		return h.alert.Error()
	}
	if !h.sealed {
		return ""
	}
	var op *net.OpError
	if errors.As(err, &op) {
		if op.Op == "local error" {
			return op.Err.Error()
		}
		return ""
	}
	return alertFor(err).Error()
}

// Alerts (RFC 8446, 6.2).
const (
	alertUnexpectedMessage   tls.AlertError = 10
	alertBadCertificate      tls.AlertError = 42
	alertCertificateExpired  tls.AlertError = 45
	alertIllegalParameter    tls.AlertError = 47
	alertUnknownCA           tls.AlertError = 48
	alertDecodeError         tls.AlertError = 50
	alertDecryptError        tls.AlertError = 51
	alertCertificateRequired tls.AlertError = 116
)

// alertFor says which alert crypto/tls sends for an error that it finds in the encrypted part of a handshake.
func alertFor(err error) tls.AlertError {
	var own interface{ Alert() tls.AlertError }
	if errors.As(err, &own) {
		return own.Alert()
	}
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return alertUnknownCA
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return alertCertificateExpired
	}
	for _, t := range [...]struct {
		text  string
		alert tls.AlertError
	}{
		{"tls: client didn't provide a certificate", alertCertificateRequired},
		{"tls: failed to parse client certificate", alertDecodeError},
		{"tls: invalid signature by the client certificate", alertDecryptError},
		{"tls: invalid client finished hash", alertDecryptError},
		{"tls: client certificate used with invalid signature algorithm", alertIllegalParameter},
		{"tls: received unexpected handshake message", alertUnexpectedMessage},
	} {
		if strings.HasPrefix(err.Error(), t.text) {
			return t.alert
		}
	}
	return alertBadCertificate
}

// hello runs when the client's hello is there: it notes what it says and lets a fault act.
func (l *listener) hello(info *tls.ClientHelloInfo) (*tls.Config, error) {
	h := info.Conn.(*handshake)
	h.sni = info.ServerName
	var config *tls.Config
	if l.TLS.GetConfigForClient != nil {
		var err error
		if config, err = l.TLS.GetConfigForClient(info); err != nil {
			return nil, err
		}
	}
	inForce := l.TLS
	if config != nil {
		inForce = config
	}
	h.requests = inForce.ClientAuth != tls.NoClientCert
	fault := l.Hello(h.Host)
	switch {
	case fault.Close:
		h.muted = true
		return nil, ErrInjected
	case fault.Alert != 0:
		record := []byte{recordAlert, 3, 3, 0, 2, 2, byte(fault.Alert)}
		h.Write(record)
		h.muted = true
		return nil, ErrInjected
	case fault.Certificate != nil:
		config = inForce.Clone()
		config.Certificates = []tls.Certificate{*fault.Certificate}
		config.GetCertificate = nil
	}
	return config, nil
}

// looksLikeHTTP is net/http's test of the first five bytes.
func looksLikeHTTP(b [5]byte) bool {
	switch string(b[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO":
		return true
	}
	return false
}

// looksLikeTLS reports whether the first five bytes are the header of a TLS record.
func looksLikeTLS(b [5]byte) bool {
	return b[0] >= recordFirst && b[0] <= recordSealed && b[1] == 3
}
