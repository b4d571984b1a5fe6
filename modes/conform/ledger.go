package conform

import (
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// read takes the ledger of a daemon whose client has ended. What the client has said is in it: Handshakes waits for
// that.
func (r *Result) read(d Daemon) error {
	r.Handshakes, r.Requests = d.Handshakes(), d.Requests()
	r.Connections = d.Connections()
	if r.Connections.Accepted == 0 {
		return r.confirm(d)
	}
	return nil
}

// confirm makes sure that nobody has dialled: a connection that was made before one of our own is accepted before it.
func (r *Result) confirm(d Daemon) error {
	way, addr, err := wayTo(d.Host())
	if err != nil {
		return err
	}
	network, at := way.network(addr)
	c, err := net.Dial(network, at)
	if err != nil {
		return nil // a daemon of somebody's own, which listens no more
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(c, "GET /_ping HTTP/1.0\r\n\r\n"); err != nil {
		return err
	}
	io.Copy(io.Discard, c)
	all := d.Connections()
	if all.Accepted <= 1 {
		return nil
	}
	r.Connections = fakedaemon.ConnectionCount{Accepted: all.Accepted - 1, Heard: max(0, all.Heard-1), Plaintext: max(0, all.Plaintext-1)}
	own := c.LocalAddr().String()
	r.Handshakes = slices.DeleteFunc(d.Handshakes(), func(h fakedaemon.Handshake) bool { return h.Remote == own })
	r.Requests = slices.DeleteFunc(d.Requests(), func(q fakedaemon.Request) bool { return q.Remote == own })
	return nil
}

// ledger prints what the daemons saw.
func (t *trial) ledger() string {
	text := ledger(t.first)
	if t.gotImpostor != "" {
		text += "\nof an impostor, which asks for no client certificate:\n" + ledger(t.impostor)
	}
	if t.gotPlain != "" {
		text += "\nof a plain daemon at the same address:\n" + ledger(t.plain)
	}
	if t.silent.Connections.Plaintext > 0 {
		text += "\nof a daemon that says nothing in TLS, at the same address:\n" + ledger(t.silent)
	}
	return text
}

// ledger prints the daemon's side of an attempt.
func ledger(r Result) string {
	var parts []string
	if len(r.Handshakes) > 0 {
		parts = append(parts, strings.TrimSpace(r.Handshakes.String()))
	}
	if len(r.Requests) > 0 {
		parts = append(parts, strings.TrimSpace(r.Requests.String()))
	}
	switch {
	case parts != nil:
		return strings.Join(parts, "\n")
	case r.Connections.Heard > 0:
		if r.Connections.Plaintext > 0 {
			return "saw plaintext that is no request"
		}
		return "saw a connection and no request"
	case r.Connections.Accepted > 0:
		return "saw a connection over which nothing was said"
	}
	return "saw no connection"
}
