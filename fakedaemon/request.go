package fakedaemon

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	maxBody     = 1 << 20  // bytes that are kept of one body
	maxBodies   = 64 << 20 // bytes that are kept of all bodies
	maxRequests = 10_000   // requests that are kept
)

// Request is what the daemon knows of one request.
type Request struct {
	// ID counts the requests from 1, in the order in which they came.
	ID int
	// Time is when the request came.
	Time time.Time
	// Handshake is the ID of the connection's Handshake; 0 means no TLS.
	Handshake int
	// SSH is the ID of the SSHConnection that carried it; 0 means no ssh.
	SSH int
	// Listener is the listener's address in DOCKER_HOST form.
	Listener string
	// Remote is the client's address; "" or "@" on a unix socket.
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
	// Body is as much of the body as the daemon has read, at most 1 MiB: BodyTruncated says that there was more.
	Body          []byte
	BodyTruncated bool
	// Status is that of the answer; 0 means that there is none (yet). It is here before the client has it.
	Status int
	// ClientName is the common name of the client's verified certificate; "" means none.
	ClientName string
}

// Requests are requests in the order in which they came.
type Requests []Request

// Requests returns every request, at most the last 10,000 and 64 MiB of bodies.
func (d *Daemon) Requests() Requests { return d.requests.all() }

// String gives a table with one line per request.
func (rs Requests) String() string {
	return table(len(rs), "ID\tREMOTE\tCLIENT\tREQUEST\tOPERATION\tBODY\tSTATUS", func(i int) string {
		r := &rs[i]
		target := r.Path
		if r.Query != "" {
			target += "?" + r.Query
		}
		body, status := fmt.Sprint(len(r.Body), " B"), "-"
		if r.BodyTruncated {
			body = "> " + body
		}
		if r.Status != 0 {
			status = fmt.Sprint(r.Status)
		}
		return fmt.Sprintf("%d\t%s\t%s\t%s %s\t%s\t%s\t%s", r.ID, dash(r.Remote), dash(r.ClientName), r.Method, target, dash(r.Operation), body, status)
	})
}

// requestLog is the requests that came, and those that are being served. The zero value is ready for use.
type requestLog struct {
	mu     sync.Mutex
	last   int              // ID of the newest row
	rows   []*loggedRequest // in the order of their IDs
	bodies int              // length of all bodies in rows
	now    []*loggedRequest // being served, oldest first
	quiet  chan struct{}    // closed when now becomes empty; nil when nobody waits
	change chan struct{}    // closed when a row comes or gets its status; nil when nobody waits
}

// loggedRequest is a row of a requestLog.
type loggedRequest struct {
	log     *requestLog // immutable
	r       Request     // protected by log.mu
	dropped bool        // no longer in log.rows; protected by log.mu
}

// begin adds a row.
func (l *requestLog) begin(r Request) *loggedRequest {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	r.ID = l.last
	row := &loggedRequest{log: l, r: r}
	l.rows = append(l.rows, row)
	l.trimLocked()
	l.now = append(l.now, row)
	l.changedLocked()
	return row
}

// changedLocked wakes those who wait for a change.
func (l *requestLog) changedLocked() {
	if l.change != nil {
		close(l.change)
		l.change = nil
	}
}

// watch returns all requests, and a channel that is closed when there are others.
func (l *requestLog) watch() (Requests, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.change == nil {
		l.change = make(chan struct{})
	}
	return l.allLocked(), l.change
}

// trimLocked drops the oldest rows beyond the limits.
func (l *requestLog) trimLocked() {
	n := 0
	for len(l.rows)-n > maxRequests || l.bodies > maxBodies && len(l.rows)-n > 1 {
		l.rows[n].dropped = true
		l.bodies -= len(l.rows[n].r.Body)
		n++
	}
	l.rows = slices.Delete(l.rows, 0, n)
}

// end says that the request is no longer served.
func (row *loggedRequest) end() {
	l := row.log
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = slices.DeleteFunc(l.now, func(other *loggedRequest) bool { return other == row })
	if len(l.now) == 0 && l.quiet != nil {
		close(l.quiet)
		l.quiet = nil
	}
}

// answered notes the status of the answer; the first one counts.
func (row *loggedRequest) answered(status int) {
	row.log.mu.Lock()
	defer row.log.mu.Unlock()
	if row.r.Status == 0 {
		row.r.Status = status
		row.log.changedLocked()
	}
}

// read notes bytes of the body.
func (row *loggedRequest) read(b []byte) {
	if len(b) == 0 {
		return
	}
	l := row.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if rest := maxBody - len(row.r.Body); len(b) > rest {
		b = b[:rest]
		row.r.BodyTruncated = true
	}
	row.r.Body = append(row.r.Body, b...)
	if !row.dropped {
		l.bodies += len(b)
		l.trimLocked()
	}
}

// id is the ID of the request.
func (row *loggedRequest) id() int {
	row.log.mu.Lock()
	defer row.log.mu.Unlock()
	return row.r.ID
}

// get returns the row as it is now.
func (row *loggedRequest) get() Request {
	row.log.mu.Lock()
	defer row.log.mu.Unlock()
	return row.r.clone()
}

func (r *Request) clone() Request {
	c := *r
	c.Header = r.Header.Clone()
	c.Body = bytes.Clone(r.Body)
	return c
}

func (l *requestLog) all() Requests {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.allLocked()
}

func (l *requestLog) allLocked() Requests {
	rs := make(Requests, len(l.rows))
	for i, row := range l.rows {
		rs[i] = row.r.clone()
	}
	return rs
}

// serving returns the requests that are being served, oldest first.
func (l *requestLog) serving() Requests {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rs Requests
	for _, row := range l.now {
		rs = append(rs, row.r.clone())
	}
	return rs
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
