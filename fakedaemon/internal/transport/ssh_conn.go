package transport

import (
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshConn is a channel of an ssh connection as a net.Conn with half-close.
type sshConn struct {
	ssh.Channel
	local, remote net.Addr // immutable
	// end begins to end the channel when its user closes it; immutable.
	end func(c *sshConn)

	writing sync.Mutex // a Channel must not be written to while its CloseWrite is called

	mu       sync.Mutex
	cond     sync.Cond   // of mu: something that Read or pump waits for has changed
	rest     []byte      // what was received and not read; protected by mu
	err      error       // what follows rest; protected by mu
	deadline time.Time   // of Read; protected by mu
	timer    *time.Timer // wakes Read at the deadline; protected by mu
	closed   bool        // protected by mu
	reset    bool        // protected by mu
}

func newSSHConn(ch ssh.Channel, local, remote net.Addr, end func(*sshConn)) *sshConn {
	c := &sshConn{Channel: ch, local: local, remote: remote, end: end}
	c.cond.L = &c.mu
	go c.pump()
	return c
}

// pump receives, because a Channel has no deadlines of its own. The next piece is taken off the channel when the last one
// is read, so that its window holds the peer back.
func (c *sshConn) pump() {
	b := make([]byte, 32<<10)
	for {
		n, err := c.Channel.Read(b)
		c.mu.Lock()
		c.rest, c.err = b[:n], err
		c.cond.Broadcast()
		for len(c.rest) > 0 && !c.closed {
			c.cond.Wait()
		}
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *sshConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, net.ErrClosed
		case !c.deadline.IsZero() && !time.Now().Before(c.deadline):
			return 0, os.ErrDeadlineExceeded
		case len(c.rest) > 0:
			n := copy(b, c.rest)
			c.rest = c.rest[n:]
			c.cond.Broadcast()
			return n, nil
		case c.err != nil:
			return 0, c.err
		case len(b) == 0:
			return 0, nil
		}
		c.cond.Wait()
	}
}

func (c *sshConn) Write(b []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.isClosed() {
		return 0, net.ErrClosed
	}
	return c.Channel.Write(b)
}

// CloseWrite ends the half that this side writes, after what is being written.
func (c *sshConn) CloseWrite() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.isClosed() {
		return net.ErrClosed
	}
	return c.Channel.CloseWrite()
}

// Close ends the channel.
func (c *sshConn) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return net.ErrClosed
	}
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.cond.Broadcast()
	c.mu.Unlock()
	c.end(c)
	return nil
}

// SetLinger makes Close cut the whole ssh connection, with a TCP reset: there is none on a channel.
func (c *sshConn) SetLinger(int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset = true
	return nil
}

func (c *sshConn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

func (c *sshConn) isReset() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reset
}

func (c *sshConn) LocalAddr() net.Addr  { return c.local }
func (c *sshConn) RemoteAddr() net.Addr { return c.remote }

func (c *sshConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

func (c *sshConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	c.deadline = t
	if !t.IsZero() {
		c.timer = time.AfterFunc(time.Until(t), func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.cond.Broadcast()
		})
	}
	c.cond.Broadcast()
	return nil
}

// SetWriteDeadline takes only the zero value: a write on a channel cannot be given up.
func (c *sshConn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		return nil
	}
	return os.ErrNoDeadline
}
