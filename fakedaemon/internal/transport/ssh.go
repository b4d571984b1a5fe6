package transport

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// The kinds of an SSHSession.
const (
	SSHExec      = "exec"      // a command
	SSHShell     = "shell"     // a login shell
	SSHSubsystem = "subsystem" // such as sftp
	SSHForward   = "forward"   // an address that the server is to connect to, ssh -L
)

// SSHConfig says whom an ssh listener lets in.
type SSHConfig struct {
	HostKey ed25519.PrivateKey // the server's
	User    string             // the only account
	Key     ed25519.PublicKey  // by which its user gets in
	Ledger  *SSHLedger
	// Fault is asked about every session on host, when it is to be opened and again when it would reach the daemon; nil
	// means go on.
	Fault func(host string, opening bool) *SSHRefusal
}

// loginGrace is sshd's LoginGraceTime: how long a client may take to authenticate.
const loginGrace = 2 * time.Minute

// sshListener accepts the sessions of ssh connections.
type sshListener struct {
	net.Listener
	Config
	SSHConfig
	server *ssh.ServerConfig // the host key only: each connection has its own copy
	key    ssh.PublicKey

	ready chan accepted // sessions that reach the API
	quit  chan struct{} // closed by Close
	once  sync.Once     // of Close
}

// NewSSHListener returns a listener of the sessions on raw's ssh connections that ask for the daemon, each a connection with
// half-close. Of c it uses neither TLS, Ledger nor Hello.
func NewSSHListener(raw net.Listener, c Config, s SSHConfig) (net.Listener, error) {
	host, err := ssh.NewSignerFromSigner(s.HostKey)
	if err != nil {
		return nil, err
	}
	l := &sshListener{Listener: raw, Config: c, SSHConfig: s, server: &ssh.ServerConfig{}, ready: make(chan accepted), quit: make(chan struct{})}
	l.server.AddHostKey(host)
	if l.key, err = ssh.NewPublicKey(s.Key); err != nil {
		return nil, err
	}
	go l.loop()
	return l, nil
}

// Accept returns the next session that asks for the daemon.
func (l *sshListener) Accept() (net.Conn, error) {
	select {
	case a := <-l.ready:
		return a.conn, a.err
	case <-l.quit:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *sshListener) Close() error {
	err := net.ErrClosed
	l.once.Do(func() {
		close(l.quit)
		err = l.Listener.Close()
	})
	return err
}

func (l *sshListener) deliver(a accepted) bool {
	select {
	case l.ready <- a:
		return true
	case <-l.quit:
		return false
	}
}

func (l *sshListener) loop() {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			if !l.deliver(accepted{err: err}) {
				return
			}
			continue
		}
		c := l.Conns.conn(raw, l.Host)
		noted := &sshRaw{Conn: c}
		entry := l.SSHConfig.Ledger.begin(c, noted)
		l.Conns.add(c)
		if !l.Dial(c) {
			entry.shaken(func(r *SSHRow) { r.Err = ErrInjected })
			continue
		}
		go l.serve(c, noted, entry)
	}
}

// Errors of authentication; they are in the ledger and in the log, a client only sees that it is refused.
var (
	ErrSSHUser = errors.New("there is no such account")
	ErrSSHKey  = errors.New("the key is not that of the account")
)

// serve does the handshake of a connection and serves its sessions until it ends.
func (l *sshListener) serve(c *Conn, raw *sshRaw, entry *sshEntry) {
	defer c.Close()
	config := *l.server
	config.PublicKeyCallback = func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		return nil, l.authenticate(entry, meta, key)
	}
	c.SetDeadline(time.Now().Add(loginGrace))
	server, channels, requests, err := ssh.NewServerConn(raw, &config)
	if err != nil {
		entry.shaken(func(r *SSHRow) {
			switch {
			case r.Err != ErrUnfinished:
			case r.Key != "":
				r.Err = fmt.Errorf("the client does not prove that it has the key %s: %w", r.Key, err)
			case errors.As(err, new(*ssh.ServerAuthError)):
				r.Err = fmt.Errorf("the client offers no key: %w", err)
			default:
				r.Err = err
			}
			r.Key, err = "", r.Err
		})
		if !errors.Is(err, net.ErrClosed) {
			l.Logf("ssh: handshake error from %s: %v", c.RemoteAddr(), err)
		}
		return
	}
	c.SetDeadline(time.Time{})
	peer := &sshPeer{l: l, conn: c, entry: entry}
	entry.shaken(func(r *SSHRow) {
		peer.id = r.ID
		r.Err, r.Client, r.User = nil, string(server.ClientVersion()), server.User()
	})
	go ssh.DiscardRequests(requests)
	// It ends by itself when the daemon closes, after its sessions.
	l.Conns.State(c, http.StateActive)
	gone := make(chan struct{})
	defer close(gone)
	go func() {
		select {
		case <-l.quit:
			peer.count(0)
		case <-gone:
		}
	}()
	var serving sync.WaitGroup
	for channel := range channels {
		serving.Go(func() { peer.open(channel) })
	}
	serving.Wait()
}

func (l *sshListener) authenticate(entry *sshEntry, meta ssh.ConnMetadata, key ssh.PublicKey) (err error) {
	fingerprint := ssh.FingerprintSHA256(key)
	switch {
	case meta.User() != l.User:
		err = fmt.Errorf("%w: %q", ErrSSHUser, meta.User())
	case !bytes.Equal(key.Marshal(), l.key.Marshal()):
		err = fmt.Errorf("%w: %s", ErrSSHKey, fingerprint)
	}
	// Before the client is told. It asks about a key before it signs with it.
	entry.update(func(r *SSHRow) {
		r.Client, r.User = string(meta.ClientVersion()), meta.User()
		if n := len(r.Offered); n == 0 || r.Offered[n-1] != fingerprint {
			r.Offered = append(r.Offered, fingerprint)
		}
		if r.Err, r.Key = err, ""; err == nil {
			r.Err, r.Key = ErrUnfinished, fingerprint
		}
	})
	return err
}

// sshPeer is an authenticated connection.
type sshPeer struct {
	l     *sshListener // immutable
	conn  *Conn        // immutable
	entry *sshEntry    // immutable
	id    int          // of the entry's row; immutable

	mu       sync.Mutex
	sessions int // that reach the API; protected by mu
}

// open answers a client that asks for a channel.
func (p *sshPeer) open(channel ssh.NewChannel) {
	switch kind := channel.ChannelType(); kind {
	case "session":
		if p.l.Fault(p.l.Host, true) != nil {
			p.entry.session(SSHSession{Kind: kind, Refused: ErrInjected.Error()})
			channel.Reject(ssh.ConnectionFailed, "open failed")
			return
		}
		ch, requests, err := channel.Accept()
		if err != nil {
			return
		}
		p.session(ch, requests)
	case "direct-streamlocal@openssh.com":
		p.forward(channel)
	case "direct-tcpip":
		var to struct {
			Host       string
			Port       uint32
			FromHost   string
			FromPort   uint32
			Unexpected []byte `ssh:"rest"`
		}
		ssh.Unmarshal(channel.ExtraData(), &to)
		p.entry.session(SSHSession{Kind: SSHForward, Command: fmt.Sprintf("%s:%d", to.Host, to.Port), Refused: "only unix sockets are forwarded"})
		channel.Reject(ssh.Prohibited, "open failed")
	default:
		channel.Reject(ssh.UnknownChannelType, "unsupported channel type")
	}
}

// forward connects a client that names a socket (ssh -L SOCKET:/var/run/docker.sock). Whatever the path, this daemon is behind it.
func (p *sshPeer) forward(channel ssh.NewChannel) {
	var to struct {
		Path   string
		Unused []byte `ssh:"rest"`
	}
	if err := ssh.Unmarshal(channel.ExtraData(), &to); err != nil {
		channel.Reject(ssh.ConnectionFailed, "open failed")
		return
	}
	if p.l.Fault(p.l.Host, true) != nil || p.l.Fault(p.l.Host, false) != nil {
		p.entry.session(SSHSession{Kind: SSHForward, Command: to.Path, Refused: ErrInjected.Error()})
		channel.Reject(ssh.ConnectionFailed, "open failed")
		return
	}
	ch, requests, err := channel.Accept()
	if err != nil {
		return
	}
	end := p.entry.session(SSHSession{Kind: SSHForward, Command: to.Path})
	defer end()
	p.connect(ch, false)
	ssh.DiscardRequests(requests)
}

// session serves a session until its channel is closed. It may do one thing.
func (p *sshPeer) session(ch ssh.Channel, requests <-chan *ssh.Request) {
	begun := false
	end := func() {}
	defer func() { end() }()
	for r := range requests {
		kind := r.Type
		if kind == "auth-agent-req@openssh.com" {
			// sshd has it by default, and docker-modem gives up without; nothing here asks the agent.
			r.Reply(true, nil)
			continue
		}
		if begun || kind != SSHExec && kind != SSHShell && kind != SSHSubsystem {
			// A terminal and variables: the account has none of them.
			r.Reply(false, nil)
			continue
		}
		begun = true
		var line struct {
			Text string
		}
		if kind != SSHShell && ssh.Unmarshal(r.Payload, &line) != nil {
			r.Reply(false, nil)
			continue
		}
		switch kind {
		case SSHSubsystem:
			p.entry.session(SSHSession{Kind: kind, Command: line.Text, Refused: "the account has no subsystems"})
			r.Reply(false, nil)
		case SSHShell:
			text := "This account is currently not available.\n" // as nologin(8)
			p.entry.session(SSHSession{Kind: kind, Refused: text[:len(text)-1]})
			r.Reply(true, nil)
			p.refuse(ch, &SSHRefusal{1, text})
		default:
			refused := judgeCommand(line.Text)
			if refused == nil {
				refused = p.l.Fault(p.l.Host, false)
			}
			if refused != nil {
				p.entry.session(SSHSession{Kind: kind, Command: line.Text, Refused: fmt.Sprintf("exit status %d: %q", refused.Status, refused.Stderr)})
				r.Reply(true, nil)
				p.refuse(ch, refused)
				continue
			}
			end = p.entry.session(SSHSession{Kind: kind, Command: line.Text})
			r.Reply(true, nil)
			p.connect(ch, true)
		}
	}
}

// refuse ends a session as a shell that does not run its command.
func (p *sshPeer) refuse(ch ssh.Channel, a *SSHRefusal) {
	ch.Stderr().Write([]byte(a.Stderr))
	exit(ch, a.Status)
}

func exit(ch ssh.Channel, status uint32) {
	ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
	ch.Close()
}

// connect hands a channel to whoever accepts; process says that the client waits for an exit status.
func (p *sshPeer) connect(ch ssh.Channel, process bool) {
	p.count(1)
	s := newSSHConn(ch, p.conn.LocalAddr(), p.conn.RemoteAddr(), func(c *sshConn) {
		if c.isReset() {
			p.conn.Reset() // there is none on a channel
			p.count(-1)
			return
		}
		go p.end(c, process)
	})
	conn := p.l.Conns.conn(s, p.l.Host)
	conn.SSH = p.id
	p.l.Conns.add(conn)
	if !p.l.deliver(accepted{conn: conn}) {
		conn.Close()
	}
}

// sshFarewell is how long a client may take to read what the daemon has for it, once the daemon closes.
const sshFarewell = 2 * time.Second

// end ends a session of which the daemon's end is closed: its client has yet to read what was written.
func (p *sshPeer) end(c *sshConn, process bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if process {
			exit(c.Channel, 0)
		} else {
			c.Channel.Close()
		}
	}()
	select {
	case <-done:
	case <-p.l.quit:
		t := time.AfterFunc(sshFarewell, func() { p.conn.Close() })
		defer t.Stop()
		<-done
	}
	p.count(-1)
}

// count counts the sessions that reach the API. When the daemon closes, the connection ends with the last of them: the daemon's half,
// and by that the client's. If the socket were closed while the client sends something, a reset would take from the client what it has not read.
func (p *sshPeer) count(n int) {
	p.mu.Lock()
	p.sessions += n
	last := p.sessions == 0
	p.mu.Unlock()
	select {
	case <-p.l.quit:
	default:
		return
	}
	if last {
		p.conn.CloseWrite()
		time.AfterFunc(sshFarewell, func() { p.conn.Close() })
	}
}
