//go:build unix

package transport

import (
	"io"
	"net"
	"testing"
)

// TestUnread: what has arrived can be seen without reading it, but on a connection that is no socket.
func TestUnread(t *testing.T) {
	t.Parallel()
	addr, conns := listen(t, Config{})
	client := dialTCP(t, addr)
	c := (<-conns).(*Conn).Conn
	check := func(what string, c net.Conn, wantPending, wantKnown bool) {
		t.Helper()
		if pending, known := unread(c); pending != wantPending || known != wantKnown {
			t.Errorf("%s: pending %t, known %t", what, pending, known)
		}
	}
	check("nothing", c, false, true)
	io.WriteString(client, "x")
	for range 2 {
		if !awaitUnread(c) {
			t.Error("it is not known when something comes")
		}
		check("a byte", c, true, true)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	check("nothing more", c, false, true)
	client.Close()
	awaitUnread(c)
	check("the end", c, true, true)
	c.Close()
	check("an error", c, true, true)
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	check("a pipe", a, false, false)
	if awaitUnread(a) {
		t.Error("it is known when a pipe has something")
	}
}
