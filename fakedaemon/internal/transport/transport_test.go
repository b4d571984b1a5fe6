package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// listen starts a listener on a loopback address. Its connections go to the channel.
func listen(t *testing.T, c Config) (addr string, conns <-chan net.Conn) {
	t.Helper()
	return listenOn(t, listenTCP(t), c)
}

func listenTCP(t *testing.T) net.Listener {
	t.Helper()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func listenOn(t *testing.T, raw net.Listener, c Config) (addr string, conns <-chan net.Conn) {
	t.Helper()
	c.Host = "tcp://" + raw.Addr().String()
	if c.Conns == nil {
		c.Conns = new(ConnSet)
	}
	if c.Ledger == nil {
		c.Ledger = new(Ledger)
	}
	if c.Logf == nil {
		c.Logf = func(string, ...any) {}
	}
	if c.Dial == nil {
		c.Dial = func(*Conn) bool { return true }
	}
	if c.Hello == nil {
		c.Hello = func(string) Hello { return Hello{} }
	}
	l := NewListener(raw, c)
	ch := make(chan net.Conn)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			ch <- conn
		}
	}()
	t.Cleanup(func() {
		l.Close()
		if err := l.Close(); err == nil {
			t.Error("a second Close says that it closed something")
		}
		c.Conns.CloseAll()
		<-done
	})
	return raw.Addr().String(), ch
}

func serverTLS(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	b, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.ServerTLS(), b.ClientTLS()
}

func dialTCP(t *testing.T, addr string) net.Conn {
	t.Helper()
	checkHung(t)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return patient{c}
}

// hung is set once a client has waited in vain: those that come later do not try.
var hung atomic.Bool

func checkHung(t *testing.T) {
	t.Helper()
	if hung.Load() {
		t.Fatal("another client has waited in vain")
	}
}

// patient is the connection of a client that waits no longer than it has patience.
type patient struct{ net.Conn }

func (p patient) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		hung.Store(true)
	}
	return n, err
}

// next returns the connection of a client that reads to the end, or fails when that end comes first.
func next(t *testing.T, conns <-chan net.Conn, addr string, config *tls.Config) net.Conn {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		dial := net.Dial
		if config != nil {
			dial = func(network, addr string) (net.Conn, error) { return tls.Dial(network, addr, config) }
		}
		c, err := dial("tcp", addr)
		if err != nil {
			ended <- err
			return
		}
		_, err = io.ReadAll(c)
		ended <- fmt.Errorf("the daemon has ended the connection (%v)", err)
	}()
	select {
	case c := <-conns:
		return c
	case err := <-ended:
		t.Fatal(err)
		return nil
	}
}

// timed notes the deadlines of the connections that it accepts. When late, they are over at once.
type timed struct {
	net.Listener
	late      bool
	deadlines chan time.Time
}

func (l *timed) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &timedConn{c.(*net.TCPConn), l}, nil
}

type timedConn struct {
	*net.TCPConn
	l *timed
}

func (c *timedConn) SetDeadline(t time.Time) error {
	c.l.deadlines <- t
	if c.l.late {
		t = time.Unix(1, 0)
	}
	return c.TCPConn.SetDeadline(t)
}

func newTimed(t *testing.T) *timed {
	return &timed{Listener: listenTCP(t), deadlines: make(chan time.Time, 10)}
}

// check compares the deadlines: one that lies so far behind begun, and none from then on.
func (l *timed) check(t *testing.T, begun time.Time, want time.Duration) {
	t.Helper()
	if n := len(l.deadlines); n != 2 {
		t.Fatalf("%d deadlines are set, want 2", n)
	}
	if first := <-l.deadlines; first.Before(begun.Add(want)) || first.After(time.Now().Add(want)) {
		t.Errorf("the deadline lies %v ahead, want %v", first.Sub(begun), want)
	}
	if last := <-l.deadlines; !last.IsZero() {
		t.Errorf("the deadline stays: %v", last)
	}
}

// TestHandshakeDeadline: a client has its time for the handshake, and after it no deadline.
func TestHandshakeDeadline(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	raw := newTimed(t)
	begun := time.Now()
	addr, conns := listenOn(t, raw, Config{TLS: server})
	next(t, conns, addr, client)
	raw.check(t, begun, 5*time.Minute)

	raw, ledger := newTimed(t), new(Ledger)
	raw.late = true
	addr, _ = listenOn(t, raw, Config{TLS: server, Ledger: ledger})
	c := dialTCP(t, addr)
	<-raw.deadlines
	if b, err := io.ReadAll(c); err != nil || len(b) > 0 {
		t.Errorf("%q, %v", b, err)
	}
	if rows := ledger.Rows(); len(rows) != 1 || !errors.Is(rows[0].Err, os.ErrDeadlineExceeded) {
		t.Errorf("%+v", rows)
	}
}

// TestSlowHandshake: a client that does not speak delays nobody.
func TestSlowHandshake(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	addr, conns := listen(t, Config{TLS: server})
	for range 3 {
		io.WriteString(dialTCP(t, addr), "\x16")
	}
	if c := Of(next(t, conns, addr, client)); c.Handshake != 4 {
		t.Errorf("handshake %d is ready, want 4", c.Handshake)
	}
}

// TestDeliver: who has closed the listener gets nothing more.
func TestDeliver(t *testing.T) {
	t.Parallel()
	quit := make(chan struct{})
	close(quit)
	l, overSSH := listener{quit: quit}, sshListener{quit: quit}
	if l.deliver(accepted{}) || overSSH.deliver(accepted{}) {
		t.Error("it is delivered")
	}
}
