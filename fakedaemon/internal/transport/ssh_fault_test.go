package transport

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// TestSSHFaults: a fault is asked when a session is to be opened, and again when it would reach the daemon; a forwarded socket is both.
func TestSSHFaults(t *testing.T) {
	t.Parallel()
	const command = "docker system dial-stdio"
	exec := func(c *ssh.Client) error {
		session, err := c.NewSession()
		if err != nil {
			return err
		}
		var stderr bytes.Buffer
		session.Stderr = &stderr
		var exit *ssh.ExitError
		if err := session.Run(command); !errors.As(err, &exit) || stderr.String() != "no\n" {
			return fmt.Errorf("%w, %q", err, stderr.String())
		}
		return fmt.Errorf("exit status %d", exit.ExitStatus())
	}
	forward := func(c *ssh.Client) error {
		_, err := c.Dial("unix", "/var/run/docker.sock")
		return err
	}
	for name, tt := range map[string]struct {
		opening bool // when the fault happens
		open    func(*ssh.Client) error
		want    string
		asked   []bool
		session SSHSession
	}{
		"session": {true, exec, "ssh: rejected: connect failed (open failed)", []bool{true}, SSHSession{Kind: "session", Refused: "handshake ended by a fault"}},
		"command": {false, exec, "exit status 7", []bool{true, false}, SSHSession{Kind: "exec", Command: command, Refused: `exit status 7: "no\n"`}},
		"socket": {true, forward, "ssh: rejected: connect failed (open failed)", []bool{true},
			SSHSession{Kind: "forward", Command: "/var/run/docker.sock", Refused: "handshake ended by a fault"}},
		"connection": {false, forward, "ssh: rejected: connect failed (open failed)", []bool{true, false},
			SSHSession{Kind: "forward", Command: "/var/run/docker.sock", Refused: "handshake ended by a fault"}},
	} {
		raw := listenTCP(t)
		asked := make(chan bool, 10)
		s := listenSSHOn(t, raw, func(c net.Conn) { c.Close() }, func(host string, opening bool) *SSHRefusal {
			if want := "ssh://me@" + raw.Addr().String(); host != want {
				t.Errorf("%s: asked about %s, want %s", name, host, want)
			}
			asked <- opening
			if opening == tt.opening {
				return &SSHRefusal{7, "no\n"}
			}
			return nil
		})
		client, err := s.ssh(t, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := tt.open(client); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
		var got []bool
		for len(asked) > 0 {
			got = append(got, <-asked)
		}
		if d := cmp.Diff(tt.asked, got); d != "" {
			t.Errorf("%s: asked (-want +got)\n%s", name, d)
		}
		sessions := s.ledger.Rows()[0].Sessions
		for i := range sessions {
			sessions[i].Time = tt.session.Time
		}
		if d := cmp.Diff([]SSHSession{tt.session}, sessions); d != "" {
			t.Errorf("%s: sessions (-want +got)\n%s", name, d)
		}
	}
}

// TestSSHDialRefused: a client that is refused, or refuses the server, says so and leaves nothing open.
func TestSSHDialRefused(t *testing.T) {
	t.Parallel()
	stranger, err := certgen.NewSSH(nil)
	if err != nil {
		t.Fatal(err)
	}
	faulty := listenSSHOn(t, listenTCP(t), func(net.Conn) {}, func(string, bool) *SSHRefusal { return &SSHRefusal{} })
	good := listenSSH(t, func(net.Conn) {})
	for _, tt := range []struct {
		server *sshServer
		change func(*SSHClient)
		want   string
	}{
		{good, func(c *SSHClient) { c.HostKey = stranger.Host().Public() }, "ssh: handshake failed: ssh: host key mismatch"},
		{good, func(c *SSHClient) { c.Key = stranger.User().Private() },
			"ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain"},
		{faulty, func(*SSHClient) {}, "ssh: rejected: connect failed (open failed)"},
	} {
		client := tt.server.client
		tt.change(&client)
		if _, err := client.Dial(t.Context(), tt.server.addr); err == nil || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
		awaitEmpty(t, tt.server.conns)
	}
}
