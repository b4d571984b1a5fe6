package transport

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// The commands that are let in are those of tls/matrix.json, section ssh, and of docker-py and docker-modem.
func TestJudgeCommand(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]*SSHRefusal{
		"docker system dial-stdio":                                nil,
		"docker --host unix:///run/docker.sock system dial-stdio": nil,
		"docker '--host=unix:///run/x y.sock' system dial-stdio":  nil,
		"docker -H unix:///run/docker.sock system dial-stdio":     nil,
		"docker --host unix:///run/x y.sock system dial-stdio":    {1, "docker: this account may run nothing but \"docker system dial-stdio\": it was asked for \"docker --host unix:///run/x y.sock system dial-stdio\"\n"},
		"docker --host=tcp://10.0.0.1:2375 system dial-stdio":     {1, "docker: this account reaches no daemon at \"tcp://10.0.0.1:2375\"\n"},
		"docker ps":                         {1, "docker: this account may run nothing but \"docker system dial-stdio\": it was asked for \"docker ps\"\n"},
		"docker --host":                     {1, "docker: this account may run nothing but \"docker system dial-stdio\": it was asked for \"docker --host\"\n"},
		"docker system dial-stdio; id":      {1, "docker: this account may run nothing but \"docker system dial-stdio\": it was asked for \"docker system dial-stdio; id\"\n"},
		"id":                                {127, "rbash: line 1: id: command not found\n"},
		"/usr/bin/docker system dial-stdio": {1, "rbash: line 1: /usr/bin/docker: restricted: cannot specify `/' in command names\n"},
		"docker 'system":                    {2, "rbash: -c: line 1: unexpected EOF while looking for matching `''\n"},
		"":                                  {},
	} {
		if diff := cmp.Diff(want, judgeCommand(line)); diff != "" {
			t.Errorf("%q:\n%s", line, diff)
		}
	}
}

// sshServer is a listener with what it knows.
type sshServer struct {
	addr   string
	keys   *certgen.SSH
	conns  *ConnSet
	ledger *SSHLedger
	client SSHClient
	log    chan string
	l      net.Listener
}

// close begins as a daemon that closes.
func (s *sshServer) close() {
	s.l.Close()
	s.conns.CloseIdle()
}

// listenSSH starts a listener whose sessions h serves.
func listenSSH(t *testing.T, h func(net.Conn)) *sshServer {
	t.Helper()
	return listenSSHOn(t, listenTCP(t), h, noFault)
}

func noFault(string, bool) *SSHRefusal { return nil }

func listenSSHOn(t *testing.T, raw net.Listener, h func(net.Conn), fault func(host string, opening bool) *SSHRefusal) *sshServer {
	t.Helper()
	keys, err := certgen.NewSSH(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &sshServer{addr: raw.Addr().String(), keys: keys, conns: new(ConnSet), ledger: new(SSHLedger), log: make(chan string, 100)}
	s.client = SSHClient{User: "me", Key: keys.User().Private(), HostKey: keys.Host().Public()}
	l, err := NewSSHListener(raw, Config{
		Host: "ssh://me@" + s.addr, Conns: s.conns, Dial: func(*Conn) bool { return true },
		Logf: func(format string, args ...any) { s.log <- fmt.Sprintf(format, args...) },
	}, SSHConfig{HostKey: keys.Host().Private(), User: "me", Key: keys.User().Public(), Ledger: s.ledger, Fault: fault})
	if err != nil {
		t.Fatal(err)
	}
	s.l = l
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go h(c)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		if err := l.Close(); err == nil {
			t.Error("a second Close says that it closed something")
		}
		s.conns.CloseAll()
		<-done
		awaitEmpty(t, s.conns)
	})
	return s
}

// accepted returns the next connection that is served, or fails when a session is refused.
func (s *sshServer) accepted(t *testing.T, conns <-chan net.Conn) net.Conn {
	t.Helper()
	for {
		select {
		case c := <-conns:
			return c
		default:
		}
		for _, row := range s.ledger.Rows() {
			for _, session := range row.Sessions {
				if session.Refused != "" {
					t.Fatalf("%q is refused: %s", session.Command, session.Refused)
				}
			}
		}
	}
}

func (s *sshServer) dial(t *testing.T) net.Conn {
	t.Helper()
	checkHung(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := s.client.Dial(ctx, s.addr)
	if err != nil {
		hung.CompareAndSwap(false, ctx.Err() != nil)
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// patience is that of clients of every kind: a daemon that does not answer them fails a test and does not hold it up.
const patience = 20 * time.Second

// ssh returns a client with no session.
func (s *sshServer) ssh(t *testing.T, config *ssh.ClientConfig) (*ssh.Client, error) {
	t.Helper()
	signer, err := ssh.NewSignerFromSigner(s.keys.User().Private())
	if err != nil {
		t.Fatal(err)
	}
	if config == nil {
		config = &ssh.ClientConfig{User: "me", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}}
	}
	if config.HostKeyCallback == nil {
		config.HostKeyCallback = ssh.InsecureIgnoreHostKey()
	}
	raw := dialTCP(t, s.addr)
	raw.SetDeadline(time.Now().Add(patience))
	conn, channels, requests, err := ssh.NewClientConn(raw, s.addr, config)
	if err != nil {
		return nil, err
	}
	client := ssh.NewClient(conn, channels, requests)
	t.Cleanup(func() { client.Close() })
	return client, nil
}

// TestSSHHalfClose: either side can end its half and go on reading.
func TestSSHHalfClose(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	s := listenSSH(t, func(c net.Conn) {
		defer c.Close()
		io.WriteString(c, "from the daemon")
		c.(*Conn).CloseWrite()
		b, err := io.ReadAll(c)
		got <- fmt.Sprint(string(b), err)
	})
	c := s.dial(t)
	b, err := io.ReadAll(c)
	if string(b) != "from the daemon" || err != nil {
		t.Errorf("the client got %q, %v", b, err)
	}
	io.WriteString(c, "from the client")
	c.(interface{ CloseWrite() error }).CloseWrite()
	if s := <-got; s != "from the client<nil>" {
		t.Errorf("the daemon got %q", s)
	}
	if c.RemoteAddr().String() != s.addr {
		t.Errorf("the remote address is %s", c.RemoteAddr())
	}
}

// TestSSHBulk: what is larger than every buffer arrives whole.
func TestSSHBulk(t *testing.T) {
	t.Parallel()
	s := listenSSH(t, func(c net.Conn) {
		defer c.Close()
		io.Copy(c, c)
	})
	c := s.dial(t)
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
	go func() {
		c.Write(want)
		c.(interface{ CloseWrite() error }).CloseWrite()
	}()
	if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d: %v", len(got), len(want), err)
	}
}

// TestSSHLoginDeadline: a client has its time to log in, and after it no deadline.
func TestSSHLoginDeadline(t *testing.T) {
	t.Parallel()
	raw := newTimed(t)
	begun := time.Now()
	conns := make(chan net.Conn, 1)
	s := listenSSHOn(t, raw, func(c net.Conn) { conns <- c }, noFault)
	s.dial(t)
	s.accepted(t, conns)
	raw.check(t, begun, 2*time.Minute)

	raw = newTimed(t)
	raw.late = true
	s = listenSSHOn(t, raw, func(net.Conn) { t.Error("a connection is served") }, noFault)
	c := dialTCP(t, s.addr)
	<-raw.deadlines
	io.Copy(io.Discard, c)
	if line, want := <-s.log, "ssh: handshake error from "+c.LocalAddr().String()+": "; !strings.HasPrefix(line, want) || !strings.HasSuffix(line, "i/o timeout") {
		t.Errorf("logged %q", line)
	}
}

// TestSSHDeadline: net/http takes a connection from its background reader by a deadline.
func TestSSHDeadline(t *testing.T) {
	t.Parallel()
	conns := make(chan net.Conn, 1)
	s := listenSSH(t, func(c net.Conn) { conns <- c })
	client := s.dial(t)
	c := s.accepted(t, conns)
	reading := make(chan error)
	go func() {
		_, err := c.Read(make([]byte, 1))
		reading <- err
	}()
	c.SetReadDeadline(time.Unix(1, 0))
	if err := <-reading; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a read with a deadline that is over: %v", err)
	}
	io.WriteString(client, "later")
	c.SetReadDeadline(time.Now().Add(time.Hour))
	b := make([]byte, 5)
	if _, err := io.ReadFull(c, b); err != nil || string(b) != "later" {
		t.Errorf("a read after it: %q, %v", b, err)
	}
	c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := c.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a read until a deadline: %v", err)
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		t.Errorf("no deadline: %v", err)
	}
	if err := c.SetWriteDeadline(time.Now()); !errors.Is(err, os.ErrNoDeadline) {
		t.Errorf("a deadline for writes: %v", err)
	}
	go func() {
		_, err := c.Read(b)
		reading <- err
	}()
	c.Close()
	if err := <-reading; !errors.Is(err, net.ErrClosed) {
		t.Errorf("a read of a closed connection: %v", err)
	}
	if err := c.SetReadDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a deadline of a closed connection: %v", err)
	}
}

// TestSSHHTTP serves HTTP with a hijacked stream, and closes while a request is served: the connection stays for it alone.
func TestSSHHTTP(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	var set *ConnSet
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				close(entered)
				<-leave
				io.WriteString(w, "done")
				return
			}
			c, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			line, _ := rw.ReadString('\n')
			fmt.Fprintf(c, "echo %s", line)
			c.Close()
		}),
		ConnState: func(c net.Conn, state http.ConnState) { set.State(c, state) },
	}
	sessions := &handed{conns: make(chan net.Conn), done: make(chan struct{})}
	s := listenSSH(t, func(c net.Conn) { sessions.conns <- c })
	set = s.conns
	go server.Serve(sessions)
	t.Cleanup(func() { server.Close() })

	c := s.dial(t)
	io.WriteString(c, "POST /attach HTTP/1.1\r\nHost: docker\r\n\r\nhello\n")
	if b, err := io.ReadAll(c); string(b) != "echo hello\n" || err != nil {
		t.Errorf("the stream gave %q, %v", b, err)
	}

	idle, slow := s.dial(t), s.dial(t)
	io.WriteString(slow, "GET /slow HTTP/1.1\r\nHost: docker\r\n\r\n")
	<-entered
	s.close()
	if b, err := io.ReadAll(idle); len(b) > 0 || err != nil {
		t.Errorf("the idle one: %q, %v", b, err)
	}
	close(leave)
	resp, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(resp.Body); string(b) != "done" || err != nil {
		t.Errorf("the request being served: %q, %v", b, err)
	}
	awaitEmpty(t, s.conns)
}

// handed is a listener of connections that are handed to it.
type handed struct {
	net.Listener
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

func (h *handed) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

func (h *handed) Addr() net.Addr { return &net.TCPAddr{} }

// impostor signs with the key that it has for one that it has not.
type impostor struct {
	ssh.Signer
	claims ssh.PublicKey
}

func (i impostor) PublicKey() ssh.PublicKey { return i.claims }

// TestSSHRefuses: who is not let in, and what the account does not do.
func TestSSHRefuses(t *testing.T) {
	t.Parallel()
	s := listenSSH(t, func(c net.Conn) { c.Close() })
	stranger, err := certgen.NewSSH(nil)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := ssh.NewSignerFromSigner(stranger.User().Private())
	if err != nil {
		t.Fatal(err)
	}
	good, err := ssh.NewSignerFromSigner(s.keys.User().Private())
	if err != nil {
		t.Fatal(err)
	}
	hostKey := errors.New("that is not its key")
	mine, others := s.keys.User().Fingerprint(), stranger.User().Fingerprint()
	for i, test := range []struct {
		config  *ssh.ClientConfig
		err     string // in the ledger; it begins so where it ends with a blank
		offered []string
	}{
		{&ssh.ClientConfig{User: "me", Auth: []ssh.AuthMethod{ssh.PublicKeys(wrong)}}, "the key is not that of the account: " + others, []string{others}},
		{&ssh.ClientConfig{User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(good)}}, `there is no such account: "root"`, []string{mine}},
		{&ssh.ClientConfig{User: "me", Auth: []ssh.AuthMethod{ssh.PublicKeys(wrong, good)}}, "", []string{others, mine}},
		{&ssh.ClientConfig{User: "me", Auth: []ssh.AuthMethod{ssh.Password("secret")}}, "the client offers no key: [ssh: no auth passed yet]", nil},
		{&ssh.ClientConfig{User: "me", HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error { return hostKey }}, " ", nil}, // as its connection ends
		{&ssh.ClientConfig{User: "me", Auth: []ssh.AuthMethod{ssh.PublicKeys(impostor{wrong, good.PublicKey()})}},
			"the client does not prove that it has the key " + mine + ": ", []string{mine}},
	} {
		client, err := s.ssh(t, test.config)
		if (err == nil) != (test.err == "") {
			t.Fatalf("client %d: %v, want %s", i, err, test.err) // who is let in is not logged
		}
		if err == nil {
			one, err := client.NewSession() // by then the daemon knows, too
			if err != nil {
				t.Fatal(err)
			}
			one.Close()
		}
		row := s.ledger.Rows()[i]
		got := ""
		if row.Err != nil {
			got = row.Err.Error()
		}
		begins, open := strings.CutSuffix(test.err, " ")
		if got != test.err && !(open && strings.HasPrefix(got, begins) && row.Err != ErrUnfinished) {
			t.Errorf("client %d: the ledger has %q, want %q", i, got, test.err)
		}
		if diff := cmp.Diff(test.offered, row.Offered); diff != "" {
			t.Errorf("client %d offered:\n%s", i, diff)
		}
		if test.err == "" {
			if row.Key != s.keys.User().Fingerprint() || row.User != "me" || row.Client != "SSH-2.0-Go" {
				t.Errorf("the good client's row: %+v", row)
			}
		} else if line, want := <-s.log, "ssh: handshake error from "+row.Remote+": "+got; line != want || row.Key != "" {
			t.Errorf("client %d: log %q, want %q; key %s", i, line, want, row.Key)
		}
	}

	client, err := s.ssh(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	session := func() *ssh.Session {
		one, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		return one
	}
	one := session()
	var stderr bytes.Buffer
	one.Stderr = &stderr
	var exit *ssh.ExitError
	if err := one.Run("ls -l"); !errors.As(err, &exit) || exit.ExitStatus() != 127 || stderr.String() != "rbash: line 1: ls: command not found\n" {
		t.Errorf("ls: %v, %q", err, stderr.String())
	}
	one = session()
	stderr.Reset()
	one.Stderr = &stderr
	if err := one.Shell(); err != nil {
		t.Error(err)
	}
	if err := one.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 1 || stderr.String() != "This account is currently not available.\n" {
		t.Errorf("a shell: %v, %q", err, stderr.String())
	}
	one = session()
	if err := one.RequestSubsystem("sftp"); err == nil {
		t.Error("there is an sftp")
	}
	if err := one.Start("ls"); err == nil {
		t.Error("a session does two things")
	}
	one.Close()
	if err := session().RequestPty("xterm", 1, 1, nil); err == nil {
		t.Error("there is a terminal")
	}
	if err := session().Setenv("A", "b"); err == nil {
		t.Error("there are variables")
	}
	if ok, err := session().SendRequest("auth-agent-req@openssh.com", true, nil); !ok || err != nil {
		t.Errorf("forwarding an agent: %v, %v", ok, err)
	}
	if ok, err := session().SendRequest("exec", true, []byte("no text")); ok || err != nil {
		t.Errorf("a command that is none: %v, %v", ok, err)
	}
	if _, err := client.Dial("tcp", "127.0.0.1:80"); err == nil || err.Error() != "ssh: rejected: administratively prohibited (open failed)" {
		t.Errorf("TCP is forwarded: %v", err)
	}
	if _, err := client.Listen("tcp", "127.0.0.1:0"); err == nil {
		t.Error("TCP is forwarded from the server")
	}
	for kind, want := range map[string]string{
		"x11":                            "ssh: rejected: unknown channel type (unsupported channel type)",
		"direct-streamlocal@openssh.com": "ssh: rejected: connect failed (open failed)", // without a path
	} {
		if _, _, err := client.OpenChannel(kind, nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", kind, err, want)
		}
	}
	var got [][3]string
	rows := s.ledger.Rows()
	for _, r := range rows[len(rows)-1].Sessions {
		got = append(got, [3]string{r.Kind, r.Command, r.Refused})
		if r.Open {
			t.Errorf("%s %s is open", r.Kind, r.Command)
		}
	}
	want := [][3]string{
		{"exec", "ls -l", `exit status 127: "rbash: line 1: ls: command not found\n"`},
		{"shell", "", "This account is currently not available."},
		{"subsystem", "sftp", "the account has no subsystems"},
		{"forward", "127.0.0.1:80", "only unix sockets are forwarded"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}

// TestSSHForward: a socket that is forwarded is the daemon's, whatever its path.
func TestSSHForward(t *testing.T) {
	t.Parallel()
	s := listenSSH(t, func(c net.Conn) {
		defer c.Close()
		io.Copy(c, c)
	})
	client, err := s.ssh(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.Dial("unix", "/var/run/docker.sock")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "hello")
	c.(interface{ CloseWrite() error }).CloseWrite()
	if b, err := io.ReadAll(c); string(b) != "hello" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	if got := s.ledger.Rows()[0].Sessions[0]; got.Kind != SSHForward || got.Command != "/var/run/docker.sock" || got.Refused != "" {
		t.Errorf("the ledger has %+v", got)
	}
}

// TestSSHSessions: a session is open until it ends, also when the ledger has dropped others.
func TestSSHSessions(t *testing.T) {
	t.Parallel()
	var l SSHLedger
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	entry := l.begin(new(ConnSet).conn(a, ""), &sshRaw{Conn: a})
	entry.session(SSHSession{Kind: SSHShell, Refused: "no"})
	ends := []func(){entry.session(SSHSession{Kind: SSHExec, Command: "1"}), entry.session(SSHSession{Kind: SSHExec, Command: "2"})}
	open := func() string {
		sessions := l.Rows()[0].Sessions
		text := fmt.Sprint(len(sessions))
		for _, s := range sessions {
			if s.Open {
				text += " " + s.Command
			}
		}
		return text
	}
	got := []string{open()}
	ends[1]()
	got = append(got, open())
	for range maxRows - 2 {
		entry.session(SSHSession{Refused: "no"})
	}
	last := entry.session(SSHSession{Kind: SSHExec, Command: "3"})
	got = append(got, open())
	ends[0]()
	last()
	got = append(got, open())
	if d := cmp.Diff([]string{"3 1 2", "3 1", "10000 3", "10000"}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestSSHLedgerLimit: the oldest rows go.
func TestSSHLedgerLimit(t *testing.T) {
	t.Parallel()
	var l SSHLedger
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	c := new(ConnSet).conn(a, "ssh://me@host")
	for n := range maxRows + 2 {
		l.begin(c, &sshRaw{Conn: a}).shaken(func(*SSHRow) {})
		if got := len(l.rows); got != min(n+1, maxRows) {
			t.Fatalf("%d rows of %d", got, n+1)
		}
	}
	rows := l.Rows()
	if first, last := rows[0], rows[maxRows-1]; first.ID != 3 || last.ID != maxRows+2 || last.Listener != "ssh://me@host" || last.Remote != "pipe" || last.Err != ErrUnfinished {
		t.Errorf("%+v to %+v", first, last)
	}
}
