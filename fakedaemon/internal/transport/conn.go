package transport

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Conn is an accepted connection. It is open until its Close is called, also when a handler has hijacked it.
type Conn struct {
	net.Conn

	// Host is the listener's address in DOCKER_HOST form.
	Host string // immutable
	// Handshake is the ID of the connection's row in the Ledger, 0 without TLS.
	Handshake int // immutable
	// SSH is the ID of the row in the SSHLedger of the connection that carries this one, 0 without ssh.
	SSH int // immutable

	set    *ConnSet    // immutable
	ledger *Ledger     // which has its row, nil without TLS; immutable
	begun  atomic.Bool // the client has said something
	once   sync.Once

	outer  net.Conn // what the HTTP server knows it by: this, or the *tls.Conn around it; protected by set.mu
	active bool     // a request is being served; protected by set.mu
	spoke  bool     // the HTTP server has read something of it; protected by set.mu
}

// Close closes the connection.
func (c *Conn) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		err = c.Conn.Close()
		c.set.remove(c)
		if c.ledger != nil {
			c.ledger.ended(c.Handshake)
		}
	})
	return err
}

// Read notes what the client begins with.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && !c.begun.Swap(true) {
		c.set.hear(b[0])
	}
	return n, err
}

// Reset closes the connection with a TCP reset; it is Close on a unix socket, which has none.
func (c *Conn) Reset() error {
	if l, ok := c.Conn.(interface{ SetLinger(sec int) error }); ok {
		l.SetLinger(0)
	}
	return c.Close()
}

// CloseWrite ends the daemon's half of the connection.
func (c *Conn) CloseWrite() error {
	if h, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return c.Close()
}

// Of returns the Conn below a connection of an HTTP server, nil if there is none.
func Of(c net.Conn) *Conn {
	for {
		switch t := c.(type) {
		case *Conn:
			return t
		case interface{ NetConn() net.Conn }:
			c = t.NetConn()
		default:
			return nil
		}
	}
}

// Count is of connections.
type Count struct {
	Accepted  int
	Heard     int // those over which the client said anything
	Plaintext int // those of which that did not begin as TLS does
}

// ConnSet is every open connection of a daemon. The zero value is ready for use.
type ConnSet struct {
	mu      sync.Mutex
	closing bool
	count   Count
	conns   map[*Conn]struct{}
	empty   chan struct{} // closed when conns becomes empty; nil when nobody waits
}

// conn returns a connection for add.
func (s *ConnSet) conn(raw net.Conn, host string) *Conn {
	c := &Conn{Conn: raw, Host: host, set: s}
	c.outer = c
	return c
}

// add takes a connection in whose exported fields and ledger are set: from now on others may close it.
func (s *ConnSet) add(c *Conn) {
	s.mu.Lock()
	if s.conns == nil {
		s.conns = make(map[*Conn]struct{})
	}
	s.conns[c] = struct{}{}
	s.count.Accepted++
	closing := s.closing
	s.mu.Unlock()
	if closing {
		c.Close()
	}
}

// Count counts the connections that there have been.
func (s *ConnSet) Count() Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// hear notes the first byte of a connection.
func (s *ConnSet) hear(first byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Heard++
	if first < recordFirst || first > recordSealed {
		s.count.Plaintext++
	}
}

func (s *ConnSet) remove(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if len(s.conns) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// State is the http.Server.ConnState hook that keeps the set informed.
func (s *ConnSet) State(nc net.Conn, state http.ConnState) {
	c := Of(nc)
	if c == nil {
		return
	}
	s.mu.Lock()
	c.outer = nc
	c.active = state == http.StateActive
	first := c.active && !c.spoke && c.ledger != nil
	c.spoke = c.spoke || c.active
	end := s.closing && !c.active
	s.mu.Unlock()
	if first {
		c.ledger.received(c.Handshake)
	}
	if end {
		c.end(nc)
	}
}

// CloseIdle closes every connection that serves no request, hijacked ones included, and from now on every other
// one as soon as it serves none.
func (s *ConnSet) CloseIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for c := range s.conns {
		if !c.active {
			go c.end(c.outer)
		}
	}
}

// farewell is how long a peer may take to make room for the alert that ends a TLS connection.
const farewell = 100 * time.Millisecond

// end closes a connection, with TLS's closing alert if its peer lets it.
func (c *Conn) end(outer net.Conn) {
	t := time.AfterFunc(farewell, func() { c.Close() })
	defer t.Stop()
	outer.Close()
}

// CloseAll closes every connection at once.
func (s *ConnSet) CloseAll() {
	for _, c := range s.list(func(*Conn) bool { return true }) {
		c.Close()
	}
}

// Active returns the connections that serve a request.
func (s *ConnSet) Active() []*Conn {
	return s.list(func(c *Conn) bool { return c.active })
}

func (s *ConnSet) list(which func(*Conn) bool) []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*Conn
	for c := range s.conns {
		if which(c) {
			list = append(list, c)
		}
	}
	return list
}

// Empty returns a channel that is closed once no connection is open.
func (s *ConnSet) Empty() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) == 0 {
		c := make(chan struct{})
		close(c)
		return c
	}
	if s.empty == nil {
		s.empty = make(chan struct{})
	}
	return s.empty
}
