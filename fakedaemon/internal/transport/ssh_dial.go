package transport

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// SSHClient is a good client of an ssh listener.
type SSHClient struct {
	User    string
	Key     ed25519.PrivateKey
	HostKey ed25519.PublicKey
}

// Dial connects to the daemon behind addr, with an ssh connection of its own, as the docker CLI does.
func (s SSHClient) Dial(ctx context.Context, addr string) (net.Conn, error) {
	signer, err := ssh.NewSignerFromSigner(s.Key)
	if err != nil {
		return nil, err
	}
	host, err := ssh.NewPublicKey(s.HostKey)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if t, ok := ctx.Deadline(); ok {
		raw.SetDeadline(t)
	}
	defer context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })()
	conn, channels, requests, err := ssh.NewClientConn(raw, addr, &ssh.ClientConfig{
		User: s.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(host),
	})
	if err != nil {
		raw.Close()
		return nil, err
	}
	client := ssh.NewClient(conn, channels, requests)
	ch, answers, err := client.OpenChannel("session", nil)
	if err == nil {
		go ssh.DiscardRequests(answers)
		var ok bool
		if ok, err = ch.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{"docker system dial-stdio"})); err == nil && !ok {
			err = errors.New("ssh: the command is refused")
		}
	}
	if err != nil {
		client.Close()
		return nil, err
	}
	raw.SetDeadline(time.Time{})
	return newSSHConn(ch, raw.LocalAddr(), raw.RemoteAddr(), func(*sshConn) { client.Close() }), nil
}
