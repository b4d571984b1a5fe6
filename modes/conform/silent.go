package conform

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/modes"
)

// showsPatience reports whether a client shows in an entry what it does when a TLS handshake takes too long: one entry
// for each way in which a client is told to use TLS is enough.
func showsPatience(e modes.Entry) bool {
	return e.ID == "env/ref-mtls" || e.ID == "tlsverify/mutual/flags"
}

// silence is how long a daemon says nothing in TLS before it hangs up.
func (o *Options) silence() time.Duration {
	if o.silent > 0 {
		return o.silent
	}
	return 3 * time.Second
}

// handshakeRecord is the type of the TLS record with which a client begins.
const handshakeRecord = 22

// A silentListener holds connections that begin with TLS, and says nothing over them until it hangs up. It accepts the
// others.
type silentListener struct {
	net.Listener
	hold   time.Duration
	next   chan net.Conn
	ctx    context.Context // done after Close
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// listenSilent listens at addr or, when that is taken, at another port.
func listenSilent(addr string, hold time.Duration) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, err
	}
	s := &silentListener{Listener: l, hold: hold, next: make(chan net.Conn)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.wg.Go(s.loop)
	return s, nil
}

func (s *silentListener) loop() {
	for {
		c, err := s.Listener.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() { s.hear(c.(*net.TCPConn)) })
	}
}

// hear waits for the first byte of a connection.
func (s *silentListener) hear(c *net.TCPConn) {
	stop := context.AfterFunc(s.ctx, func() { c.Close() })
	defer stop()
	first := make([]byte, 1)
	c.SetReadDeadline(time.Now().Add(s.hold))
	if n, _ := c.Read(first); n == 0 || first[0] == handshakeRecord {
		io.Copy(io.Discard, c) // until the client hangs up, or its time is up
		c.Close()
		return
	}
	c.SetReadDeadline(time.Time{})
	select {
	case s.next <- &replayed{TCPConn: c, first: first}:
	case <-s.ctx.Done():
	}
}

// Accept returns the next connection that does not begin with TLS.
func (s *silentListener) Accept() (net.Conn, error) {
	select {
	case c := <-s.next:
		return c, nil
	case <-s.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close hangs up.
func (s *silentListener) Close() error {
	err := s.Listener.Close()
	s.cancel()
	s.wg.Wait()
	return err
}

// replayed is a connection of which something was read.
type replayed struct {
	*net.TCPConn
	first []byte // only for the one who reads
}

func (r *replayed) Read(b []byte) (int, error) {
	if len(r.first) == 0 {
		return r.TCPConn.Read(b)
	}
	n := copy(b, r.first)
	r.first = r.first[n:]
	return n, nil
}
