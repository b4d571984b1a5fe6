package fakedaemon

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
)

// maxBody is how many bytes of a request's body are kept.
const maxBody = 1 << 20

// maxRequests is how many requests are kept.
const maxRequests = 10_000

// Request is what the daemon knows of one request.
type Request struct {
	// ID counts the requests from 1, in the order in which they came.
	ID int
	// Time is when the request came.
	Time time.Time
	// Handshake is the ID of the connection's Handshake; 0 means no TLS.
	Handshake int
	// Listener is the listener's address in DOCKER_HOST form.
	Listener string
	// Remote is the client's address.
	Remote string
	// Method, Path and Query are those of the request; Query has no "?".
	Method, Path, Query string
	// Version is the API version that the path begins with; "" means none.
	Version string
	// Operation is the operationId of the API description, for instance "ContainerList"; "" means that no operation
	// has this path and method.
	Operation string
	// Header is the request's header.
	Header http.Header
	// Body is as much of the body as was read, at most 1 MiB.
	Body []byte
	// Status is that of the answer; 0 means that there is none yet.
	Status int
	// ClientName is the common name of the client's verified certificate; "" means none.
	ClientName string
}

// Requests are requests in the order in which they came.
type Requests []Request

// Requests returns every request: at most the last 10,000.
func (d *Daemon) Requests() Requests {
	l := &d.requests
	l.mu.Lock()
	defer l.mu.Unlock()
	rs := make(Requests, len(l.rows))
	for i, r := range l.rows {
		rs[i] = *r
		rs[i].Header = r.Header.Clone()
		rs[i].Body = bytes.Clone(r.Body)
	}
	return rs
}

// String gives a table with one line per request.
func (rs Requests) String() string {
	return table(len(rs), "ID\tREMOTE\tCLIENT\tREQUEST\tOPERATION\tBODY\tSTATUS", func(i int) string {
		r := &rs[i]
		target := r.Path
		if r.Query != "" {
			target += "?" + r.Query
		}
		status := "-"
		if r.Status != 0 {
			status = fmt.Sprint(r.Status)
		}
		return fmt.Sprintf("%d\t%s\t%s\t%s %s\t%s\t%d B\t%s", r.ID, dash(r.Remote), dash(r.ClientName), r.Method, target, dash(r.Operation), len(r.Body), status)
	})
}

// requestLog is the requests that came, and those that are being served. The zero value is ready for use.
type requestLog struct {
	mu    sync.Mutex
	last  int                   // ID of the newest row
	rows  []*Request            // the values too are protected by mu
	now   map[*Request]struct{} // being served
	quiet chan struct{}         // closed when now becomes empty; nil when nobody waits
}

func (l *requestLog) begin(r *Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	r.ID = l.last
	l.rows = append(l.rows, r)
	if n := len(l.rows) - maxRequests; n > 0 {
		l.rows = slices.Delete(l.rows, 0, n)
	}
	if l.now == nil {
		l.now = make(map[*Request]struct{})
	}
	l.now[r] = struct{}{}
}

func (l *requestLog) end(r *Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.now, r)
	if len(l.now) == 0 && l.quiet != nil {
		close(l.quiet)
		l.quiet = nil
	}
}

func (l *requestLog) update(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// idle returns a channel that is closed once no request is served.
func (l *requestLog) idle() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.now) == 0 {
		c := make(chan struct{})
		close(c)
		return c
	}
	if l.quiet == nil {
		l.quiet = make(chan struct{})
	}
	return l.quiet
}

// serving returns copies of the requests that are being served, oldest first.
func (l *requestLog) serving() Requests {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rs Requests
	for r := range l.now {
		rs = append(rs, *r)
	}
	slices.SortFunc(rs, func(a, b Request) int { return a.ID - b.ID })
	return rs
}

type connKey struct{}

// withConn is the http.Server.ConnContext hook by which handlers find their connection.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, transport.Of(c))
}

func connOf(r *http.Request) *transport.Conn {
	return r.Context().Value(connKey{}).(*transport.Conn)
}

// record wraps a handler with the request log.
func (d *Daemon) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := connOf(r)
		op, version, _ := api.Match(r.Method, r.URL.Path)
		row := &Request{
			Time:       time.Now(),
			Handshake:  c.Handshake,
			Listener:   c.Host,
			Remote:     r.RemoteAddr,
			Method:     r.Method,
			Path:       r.URL.Path,
			Query:      r.URL.RawQuery,
			Version:    version,
			Operation:  op.ID,
			Header:     r.Header.Clone(),
			ClientName: clientName(r.TLS),
		}
		d.requests.begin(row)
		defer d.requests.end(row)
		body := &bodyRecorder{ReadCloser: r.Body, log: &d.requests, row: row}
		r.Body = body
		next.ServeHTTP(&statusRecorder{ResponseWriter: w, log: &d.requests, row: row}, r)
	})
}

func clientName(s *tls.ConnectionState) string {
	if s == nil || len(s.VerifiedChains) == 0 {
		return ""
	}
	return s.PeerCertificates[0].Subject.CommonName
}

// bodyRecorder copies what is read of a body.
type bodyRecorder struct {
	io.ReadCloser
	log *requestLog
	row *Request
}

func (b *bodyRecorder) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.log.update(func() {
			b.row.Body = append(b.row.Body, p[:min(n, maxBody-len(b.row.Body))]...)
		})
	}
	return n, err
}

// statusRecorder notes the status of an answer before it is sent.
type statusRecorder struct {
	http.ResponseWriter
	log *requestLog
	row *Request
}

// Unwrap is for http.ResponseController.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *statusRecorder) WriteHeader(code int) {
	s.set(code)
	s.ResponseWriter.WriteHeader(code)
}

func (s *statusRecorder) Write(b []byte) (int, error) {
	s.set(http.StatusOK)
	return s.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (s *statusRecorder) Flush() {
	s.set(http.StatusOK)
	s.ResponseWriter.(http.Flusher).Flush()
}

// Hijack implements http.Hijacker.
func (s *statusRecorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	s.set(http.StatusSwitchingProtocols)
	return s.ResponseWriter.(http.Hijacker).Hijack()
}

// set notes the first status that is not informational.
func (s *statusRecorder) set(code int) {
	s.log.update(func() {
		if s.row.Status == 0 && (code >= 200 || code == http.StatusSwitchingProtocols) {
			s.row.Status = code
		}
	})
}
