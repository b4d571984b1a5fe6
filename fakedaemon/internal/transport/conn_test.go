package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestOf(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	for name, config := range map[string]*tls.Config{"plain": nil, "TLS": server} {
		addr, conns := listen(t, Config{TLS: config})
		want, config := 0, client
		if name == "TLS" {
			want = 1
		} else {
			config = nil
		}
		got := Of(next(t, conns, addr, config))
		if got == nil || got.Host != "tcp://"+addr || got.Handshake != want {
			t.Errorf("%s: Of gave %+v", name, got)
		}
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if got := Of(a); got != nil {
		t.Errorf("Of gave %v for a foreign connection", got)
	}
}

// awaitEmpty waits until all connections are closed.
func awaitEmpty(t *testing.T, s *ConnSet) {
	t.Helper()
	checkHung(t)
	select {
	case <-s.Empty():
	case <-time.After(patience):
		hung.Store(true)
		t.Fatal("connections are left open")
	}
}

// TestCloseAll: it closes every connection, and the set has those that serve a request apart.
func TestCloseAll(t *testing.T) {
	t.Parallel()
	var s ConnSet
	var conns []*Conn
	for range 3 {
		a, b := net.Pipe()
		t.Cleanup(func() { b.Close() })
		c := s.conn(a, "")
		s.add(c)
		conns = append(conns, c)
	}
	s.State(conns[1], http.StateActive)
	if got := s.Active(); len(got) != 1 || got[0] != conns[1] {
		t.Errorf("Active gave %v", got)
	}
	s.CloseAll()
	for i, c := range conns {
		if err := c.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("connection %d was open", i)
		}
	}
	if got := s.Count(); got != (Count{Accepted: 3}) {
		t.Errorf("%+v", got)
	}
}

func TestConnSet(t *testing.T) {
	t.Parallel()
	var s ConnSet
	addr, conns := listen(t, Config{Conns: &s})
	var clients []net.Conn
	var served []net.Conn
	for range 4 {
		clients = append(clients, dialTCP(t, addr))
		served = append(served, <-conns)
	}
	const fresh, idle, active, hijacked = 0, 1, 2, 3
	s.State(served[idle], http.StateActive)
	s.State(served[idle], http.StateIdle)
	s.State(served[active], http.StateActive)
	s.State(served[hijacked], http.StateActive)
	s.State(served[hijacked], http.StateHijacked)
	if got := s.Active(); len(got) != 1 || got[0] != served[active] {
		t.Errorf("Active gave %v", got)
	}
	s.CloseIdle()
	for _, i := range []int{fresh, idle, hijacked} {
		if b, err := io.ReadAll(clients[i]); err != nil || len(b) > 0 {
			t.Fatalf("connection %d: %q, %v", i, b, err)
		}
	}
	empty := s.Empty()
	select {
	case <-empty:
		t.Error("the set is empty with an active connection")
	default:
	}
	// A late one is closed at once, the active one when it serves no more.
	if b, err := io.ReadAll(dialTCP(t, addr)); err != nil || len(b) > 0 {
		t.Errorf("a connection after CloseIdle: %q, %v", b, err)
	}
	<-conns
	s.State(served[active], http.StateIdle)
	awaitEmpty(t, &s)
	<-empty
	if err := served[active].Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Close of a closed connection gave %v", err)
	}
}

// farewellConn closes as crypto/tls does: it says something first, which a peer that does not read holds up.
type farewellConn struct{ *Conn }

func (f farewellConn) NetConn() net.Conn { return f.Conn }

func (f farewellConn) Close() error {
	f.Conn.Write([]byte("bye"))
	return f.Conn.Close()
}

// TestCloseIdleSays: a peer that reads hears how its connection ends.
func TestCloseIdleSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s ConnSet
		a, b := net.Pipe()
		defer b.Close()
		c := s.conn(a, "")
		s.add(c)
		s.State(farewellConn{c}, http.StateIdle)
		s.CloseIdle()
		if said, err := io.ReadAll(b); string(said) != "bye" || err != nil {
			t.Errorf("%q, %v", said, err)
		}
	})
}

// TestCloseIdleUnread: such a peer must not delay the end of its connection.
func TestCloseIdleUnread(t *testing.T) {
	t.Parallel()
	var s ConnSet
	a, b := net.Pipe()
	defer b.Close()
	c := s.conn(a, "")
	s.add(c)
	s.State(farewellConn{c}, http.StateIdle)
	s.CloseIdle()
	awaitEmpty(t, &s)
}

// TestClosingSet dials a daemon that closes: the connection is closed at once, and its row says when.
func TestClosingSet(t *testing.T) {
	t.Parallel()
	server, _ := serverTLS(t)
	set, ledger := new(ConnSet), new(Ledger)
	set.CloseIdle()
	addr, _ := listen(t, Config{TLS: server, Conns: set, Ledger: ledger})
	conn := dialTCP(t, addr)
	if b, err := io.ReadAll(conn); len(b) > 0 || err != nil {
		t.Fatalf("read %q, %v, want the end", b, err)
	}
	rows := ledger.Rows()
	if len(rows) != 1 || rows[0].Ended.IsZero() {
		t.Errorf("rows = %+v, want one with Ended set", rows)
	}
	awaitEmpty(t, set)
}

// TestCount: a connection is heard once, however often it is read, and plain unless it begins as TLS does.
func TestCount(t *testing.T) {
	t.Parallel()
	var s ConnSet
	for _, said := range []string{"", "GET", "\x16\x03"} {
		a, b := net.Pipe()
		c := s.conn(a, "")
		s.add(c)
		go func() {
			if said != "" {
				io.WriteString(b, said)
			}
			b.Close()
		}()
		one := make([]byte, 1)
		for range len(said) {
			if _, err := c.Read(one); err != nil {
				t.Error(err)
			}
		}
		if n, err := c.Read(one); n != 0 || err != io.EOF {
			t.Errorf("%q, %v behind %q", one[:n], err, said)
		}
	}
	if got, want := s.Count(), (Count{Accepted: 3, Heard: 2, Plaintext: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestEnds: a connection of TCP can end one half, and be reset; one that has no halves is closed instead.
func TestEnds(t *testing.T) {
	t.Parallel()
	var s ConnSet
	addr, conns := listen(t, Config{Conns: &s})
	client := dialTCP(t, addr)
	c := (<-conns).(*Conn)
	io.WriteString(client, "x")
	if err := c.CloseWrite(); err != nil {
		t.Error(err)
	}
	if b, err := io.ReadAll(client); len(b) > 0 || err != nil {
		t.Errorf("%q, %v from a half that is closed", b, err)
	}
	b := make([]byte, 1)
	if _, err := c.Read(b); err != nil || b[0] != 'x' {
		t.Errorf("%q, %v to the other half", b, err)
	}
	client = dialTCP(t, addr)
	if err := (<-conns).(*Conn).Reset(); err != nil {
		t.Error(err)
	}
	if _, err := client.Read(b); !errors.Is(err, syscall.ECONNRESET) && runtime.GOOS != "windows" {
		t.Errorf("%v after a reset", err)
	}
	for _, end := range []func(*Conn) error{(*Conn).CloseWrite, (*Conn).Reset} {
		local, remote := net.Pipe()
		c := s.conn(local, "")
		s.add(c)
		if err := end(c); err != nil {
			t.Error(err)
		}
		if _, err := remote.Read(b); err != io.EOF {
			t.Errorf("%v of a pipe that is closed", err)
		}
	}
	client.Close()
	c.Close()
	awaitEmpty(t, &s)
}
