package transport

import (
	"context"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// TestSSHReset: a fault that resets a session cuts the connection with all its sessions.
func TestSSHReset(t *testing.T) {
	t.Parallel()
	conns := make(chan net.Conn, 2)
	s := listenSSH(t, func(c net.Conn) { conns <- c })
	client, err := s.ssh(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	var sessions []*ssh.Session
	for range 2 {
		one, err := client.NewSession()
		if err == nil {
			err = one.Start("docker system dial-stdio")
		}
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, one)
	}
	Of(s.accepted(t, conns)).Reset()
	for _, one := range sessions {
		if err := one.Wait(); err == nil {
			t.Error("a session ended well")
		}
	}
	second := s.accepted(t, conns)
	if _, err := second.Read(make([]byte, 1)); err == nil {
		t.Error("the other session goes on")
	}
	second.Close()
	awaitEmpty(t, s.conns)
}

// TestSSHExitStatus: a command that the daemon has served ends well; a socket that is forwarded ends without any status.
func TestSSHExitStatus(t *testing.T) {
	t.Parallel()
	s := listenSSH(t, func(c net.Conn) { c.Close() })
	client, err := s.ssh(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Run("docker system dial-stdio"); err != nil {
		t.Error(err)
	}
	socket := ssh.Marshal(struct {
		Path, Reserved string
		Port           uint32
	}{Path: "/var/run/docker.sock"})
	_, requests, err := client.OpenChannel("direct-streamlocal@openssh.com", socket)
	if err != nil {
		t.Fatal(err)
	}
	for r := range requests {
		t.Errorf("the socket is sent %s", r.Type)
	}
}

// TestSSHSlowClose: an answer that is on its way arrives whole, however slowly it is read.
func TestSSHSlowClose(t *testing.T) {
	t.Parallel()
	const size = 3 << 20 // more than a channel's window
	written := make(chan struct{})
	s := listenSSH(t, func(c net.Conn) {
		go func() {
			c.Write(make([]byte, size))
			c.Close()
			close(written)
		}()
	})
	c := s.dial(t)
	n, err := io.CopyN(io.Discard, c, size/2)
	if err != nil {
		t.Fatal(n, err)
	}
	runtime.Gosched()
	rest, err := io.ReadAll(c)
	if err != nil || len(rest) != size/2 {
		t.Errorf("then %d bytes, %v", len(rest), err)
	}
	<-written
	s.close()
	awaitEmpty(t, s.conns)
}

// TestSSHFrozenClose: a client that does not even read its socket holds Close up for a moment, and no longer.
func TestSSHFrozenClose(t *testing.T) {
	t.Parallel()
	conns := make(chan net.Conn, 1)
	s := listenSSH(t, func(c net.Conn) { conns <- c })
	raw, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	frozen := &gate{Conn: raw, shut: make(chan struct{}), end: make(chan struct{})}
	defer close(frozen.end)
	signer, err := ssh.NewSignerFromSigner(s.keys.User().Private())
	if err != nil {
		t.Fatal(err)
	}
	conn, channels, requests, err := ssh.NewClientConn(frozen, s.addr, &ssh.ClientConfig{
		User: "me", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	client := ssh.NewClient(conn, channels, requests)
	session, err := client.NewSession()
	if err == nil {
		err = session.Start("docker system dial-stdio")
	}
	if err != nil {
		t.Fatal(err)
	}
	c := s.accepted(t, conns)
	close(frozen.shut)
	begun := time.Now()
	s.close()
	awaitEmpty(t, s.conns)
	if took := time.Since(begun); took < sshFarewell/2 || took > 5*sshFarewell {
		t.Errorf("it took %v, want about %v", took, sshFarewell)
	}
	c.Close()
}

// gate is a connection from which nothing is read once it is shut.
type gate struct {
	net.Conn
	shut chan struct{}
	end  chan struct{} // of the test
}

func (g *gate) Read(b []byte) (int, error) {
	n, err := g.Conn.Read(b)
	select {
	case <-g.shut:
		<-g.end
		return 0, net.ErrClosed
	default:
		return n, err
	}
}

// TestSSHUnreadClose: a client that reads nothing does not hold Close up.
func TestSSHUnreadClose(t *testing.T) {
	t.Parallel()
	writing := make(chan struct{})
	ended := make(chan error)
	s := listenSSH(t, func(c net.Conn) {
		go func() {
			close(writing)
			b := make([]byte, 1<<20)
			for {
				if _, err := c.Write(b); err != nil {
					ended <- err
					return
				}
			}
		}()
	})
	s.dial(t)
	<-writing
	s.close()
	if err := <-ended; err == nil {
		t.Error("no error")
	}
	awaitEmpty(t, s.conns)
}

// TestSSHDialEnds: a server that says nothing does not hold a client up that has lost its patience.
func TestSSHDialEnds(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	keys, err := certgen.NewSSH(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := SSHClient{User: "me", Key: keys.User().Private(), HostKey: keys.Host().Public()}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		c, err := l.Accept()
		if err == nil {
			defer c.Close()
			io.ReadFull(c, make([]byte, 4))
		}
		cancel()
		l.Accept()
	}()
	if _, err := client.Dial(ctx, l.Addr().String()); err == nil {
		t.Error("no error")
	}
}
