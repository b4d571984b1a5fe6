package fakedaemon

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
)

type connKey struct{}

// withConn is the http.Server.ConnContext hook by which handlers find their connection.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, transport.Of(c))
}

// logged is the link that makes a request's row and the answer that the others write to.
func (d *Daemon) logged(next api.Handler) api.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		conn := r.Context().Value(connKey{}).(*transport.Conn)
		op, version := api.Asked(r)
		row := d.requests.begin(Request{
			Time:       time.Now(),
			Handshake:  conn.Handshake,
			SSH:        conn.SSH,
			Listener:   conn.Host,
			Remote:     r.RemoteAddr,
			Method:     r.Method,
			Path:       r.URL.Path,
			Query:      r.URL.RawQuery,
			Version:    version,
			Operation:  op.ID,
			Header:     r.Header.Clone(),
			ClientName: d.clientName(r.TLS),
		})
		defer row.end()
		a := &answer{ResponseWriter: w, row: row, conn: conn}
		// A copy: the HTTP server looks at the request's own body again.
		r = r.WithContext(context.WithValue(r.Context(), answerKey{}, a))
		if r.Body != http.NoBody {
			r.Body = &loggedBody{ReadCloser: r.Body, row: row}
		}
		err := next(a, r)
		if !a.hijacked {
			readRest(r)
			a.finish()
		}
		return err
	}
}

type answerKey struct{}

// answerOf returns the answer that logged made for a request.
func answerOf(r *http.Request) *answer { return r.Context().Value(answerKey{}).(*answer) }

// clientName is the name in a verified certificate. Of what Engine20 verifies, crypto/tls knows no chains.
func (d *Daemon) clientName(s *tls.ConnectionState) string {
	if s == nil || len(s.PeerCertificates) == 0 || len(s.VerifiedChains) == 0 && !d.engine.OneClientAlert {
		return ""
	}
	return s.PeerCertificates[0].Subject.CommonName
}

// loggedBody is a request's body whose bytes are copied to the row.
type loggedBody struct {
	io.ReadCloser
	row *loggedRequest
}

func (b *loggedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.row.read(p[:n])
	return n, err
}

// readRest reads what a handler has left of a body, for the log, where net/http would read it too: before an answer
// that fits its buffers, up to 256 KiB, and not on a connection that it is about to close.
func readRest(r *http.Request) {
	const limit = 256 << 10
	if r.Body == http.NoBody || r.Close || r.ContentLength >= limit || r.Header.Get("Expect") != "" {
		return
	}
	io.CopyN(io.Discard, r.Body, limit)
}

// answer is a ResponseWriter that notes the status before it is sent and lets a StreamFault act.
type answer struct {
	http.ResponseWriter
	row      *loggedRequest
	conn     *transport.Conn
	cut      *cut // nil: none
	hijacked bool
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		a.row.answered(status)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.row.answered(http.StatusOK)
	return a.cut.write(b, 0, a.pass, a.flush)
}

// pass writes b; nothing to write leaves the header to what comes after.
func (a *answer) pass(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	return a.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (a *answer) Flush() {
	a.row.answered(http.StatusOK)
	a.flush()
	a.cut.write(nil, 0, a.pass, a.flush)
}

func (a *answer) flush() { http.NewResponseController(a.ResponseWriter).Flush() }

// finish does what is left when the handler has returned.
func (a *answer) finish() {
	a.row.answered(http.StatusOK)
	a.cut.write(nil, 0, a.pass, a.flush)
}

// Hijack implements http.Hijacker.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	a.hijacked = true
	h := &hijacked{Conn: c, answer: a}
	return h, bufio.NewReadWriter(rw.Reader, bufio.NewWriter(h)), nil
}

// hijacked is a connection on which a handler writes the answer itself.
type hijacked struct {
	net.Conn
	answer *answer

	mu  sync.Mutex
	end int // how much of headEnd was seen; protected by mu
}

// NetConn returns the connection below.
func (h *hijacked) NetConn() net.Conn { return h.Conn }

// CloseWrite ends the daemon's half of the connection.
func (h *hijacked) CloseWrite() error {
	if c, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return h.Close()
}

func (h *hijacked) Write(b []byte) (int, error) {
	h.mu.Lock()
	if h.end == 0 {
		if status, ok := statusLine(b); ok {
			h.answer.row.answered(status)
		}
	}
	head := len(b) - len(h.bodyLocked(b))
	inHead := h.end < len(headEnd)
	h.mu.Unlock()
	if inHead {
		return h.Conn.Write(b)
	}
	return h.answer.cut.write(b, head, h.Conn.Write, func() {})
}

// headEnd ends the header of an answer.
const headEnd = "\r\n\r\n"

// bodyLocked returns what of b comes after the header of the answer.
func (h *hijacked) bodyLocked(b []byte) []byte {
	for h.end < len(headEnd) {
		if len(b) == 0 {
			return nil
		}
		switch b[0] {
		case headEnd[h.end]:
			h.end++
		case headEnd[0]:
			h.end = 1
		default:
			h.end = 0
		}
		b = b[1:]
	}
	return b
}

// statusLine reads the status of an answer that begins with b.
func statusLine(b []byte) (status int, ok bool) {
	const form = "HTTP/1.1 200"
	if len(b) < len(form) || string(b[:5]) != form[:5] {
		return 0, false
	}
	status, err := strconv.Atoi(string(b[9:12]))
	return status, err == nil
}
