package fakedaemon

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
	"github.com/fakedockerd/fakedockerd/internal/shellwords"
	"github.com/fakedockerd/fakedockerd/modes"
)

// sshUser is the account when Listen.Addr names none: that of Docker's documentation ("Protect the Docker daemon socket").
const sshUser = "docker-user"

// account splits the address of mode SSH, [USER@]HOST:PORT.
func (l *Listen) account() (user, addr string) {
	if at := strings.LastIndex(l.Addr, "@"); at >= 0 {
		return l.Addr[:at], l.Addr[at+1:]
	}
	return sshUser, l.Addr
}

// overSSH is an account on a machine behind ssh, whose docker reaches the daemon.
var overSSH = &wayIn{
	modes: []modes.Daemon{modes.SSH}, form: `[USER@]host:port, such as "127.0.0.1:0"`, aside: true,
	check: (*Listen).checkUser, open: openSSH, serve: (*Daemon).serveSSH, env: (*Daemon).sshEnv, dialled: (*Daemon).sshTransport,
}

func (l *Listen) checkUser() error {
	if user, _ := l.account(); user == "" || strings.ContainsAny(user, ":/@ \t\n") {
		return fmt.Errorf("fakedaemon: a Listen entry of mode %s has the user %q: use a name without blanks, ':', '/' and '@', or none for %q", l.Mode, user, sshUser)
	}
	return nil
}

func openSSH(_ *Daemon, l Listen) (net.Listener, string, error) {
	user, addr := l.account()
	l.Addr = addr
	raw, host, err := l.openPort()
	return raw, "ssh://" + user + "@" + strings.TrimPrefix(host, "tcp://"), err
}

// serveSSH returns the listener of the sessions on raw's ssh connections.
func (d *Daemon) serveSSH(l Listen, raw net.Listener, c transport.Config) (net.Listener, error) {
	keys, err := d.sshKeys()
	if err == nil {
		user, _ := l.account()
		var sessions net.Listener
		sessions, err = transport.NewSSHListener(raw, c, transport.SSHConfig{
			HostKey: keys.Host().Private(), User: user, Key: keys.User().Public(), Ledger: &d.sshLedger, Fault: d.faults.session,
		})
		if err == nil {
			return sessions, nil
		}
	}
	raw.Close()
	return nil, err
}

// sshKeys returns the keys of both sides.
func (d *Daemon) sshKeys() (*certgen.SSH, error) {
	m := &d.material
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ssh == nil {
		keys, err := certgen.NewSSH(nil)
		if err != nil {
			return nil, fmt.Errorf("fakedaemon: making ssh keys: %w", err)
		}
		m.ssh = keys
	}
	return m.ssh, nil
}

// SSH returns the keys of the daemon's ssh server and of the user whom it lets in.
func (d *Daemon) SSH() *certgen.SSH {
	d.helper()
	keys, err := d.sshKeys()
	if err != nil {
		d.fail(err)
	}
	return keys
}

// SSHHome returns a folder with what a user has to get in over ssh, made on the first call and removed by Close. It can be
// the HOME of programs that look there, such as docker-py:
//
//	.ssh/config, .ssh/id_ed25519, .ssh/id_ed25519.pub, .ssh/known_hosts
//	bin/ssh      runs OpenSSH with -F .ssh/config: OpenSSH takes its home from the password file, whatever HOME says
//	agent.sock   an ssh agent with the user's key, for SSH_AUTH_SOCK
//
// Env has bin first in PATH and the agent in SSH_AUTH_SOCK. There is no bin/ssh where no ssh is in PATH, and neither is there
// one nor an agent on Windows. When the folder cannot be made, or no listener has mode SSH, SSHHome fails the test of Start, and panics for a
// daemon of New.
func (d *Daemon) SSHHome() string {
	d.helper()
	home, err := d.writeSSHHome()
	if err != nil {
		d.fail(fmt.Errorf("fakedaemon: writing the files of ssh: %w", err))
	}
	return home
}

func (d *Daemon) writeSSHHome() (string, error) {
	var accounts []certgen.SSHAccount
	for _, l := range d.listeners {
		if l.Mode == modes.SSH {
			user, addr := l.account()
			hosts := []string{"127.0.0.1", "localhost", "::1"}
			if name, _, err := net.SplitHostPort(addr); err == nil && name != "" && net.ParseIP(name) == nil && !slices.Contains(hosts, name) {
				hosts = append(hosts, name)
			}
			accounts = append(accounts, certgen.SSHAccount{User: user, Addr: sshAddr(l.host), Hosts: hosts})
		}
	}
	if accounts == nil {
		return "", fmt.Errorf("no listener has mode %s: the daemon has %q", modes.SSH, d.Hosts())
	}
	keys, err := d.sshKeys()
	if err != nil {
		return "", err
	}
	m := &d.material
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sshHome != "" {
		return m.sshHome, nil
	}
	root, err := m.tempDirLocked()
	if err != nil {
		return "", err
	}
	home := filepath.Join(root, "ssh")
	if err := keys.WriteHome(home, accounts...); err != nil {
		return "", err
	}
	if runtime.GOOS != "windows" {
		if err := writeSSHWrapper(home); err != nil {
			return "", err
		}
		if m.agent, err = startSSHAgent(filepath.Join(home, "agent.sock"), keys.User()); err != nil {
			return "", err
		}
	}
	m.sshHome = home
	return home, nil
}

// sshAddr is host:port of a listener of mode SSH.
func sshAddr(host string) string { return host[strings.LastIndex(host, "@")+1:] }

// writeSSHWrapper writes home/bin/ssh.
func writeSSHWrapper(home string) error {
	bin := filepath.Join(home, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		return err
	}
	program, err := exec.LookPath("ssh")
	if err != nil {
		return nil // the client says so
	}
	if program, err = filepath.Abs(program); err != nil {
		return err
	}
	script := "#!/bin/sh\nexec " + shellwords.Quote(program) + " -F " + shellwords.Quote(filepath.Join(home, ".ssh", "config")) + " \"$@\"\n"
	return os.WriteFile(filepath.Join(bin, "ssh"), []byte(script), 0o700)
}

// sshEnv is what Env has for clients over ssh beside DOCKER_HOST.
func (d *Daemon) sshEnv() []string {
	d.helper()
	home := d.SSHHome()
	if runtime.GOOS == "windows" {
		return nil
	}
	path := filepath.Join(home, "bin")
	if outer := os.Getenv("PATH"); outer != "" {
		path += string(os.PathListSeparator) + outer
	}
	return []string{"PATH=" + path, "SSH_AUTH_SOCK=" + filepath.Join(home, "agent.sock")}
}

// sshTransport is that of HTTPClient for a first listener of mode SSH.
func (d *Daemon) sshTransport() *http.Transport {
	l, keys := d.listeners[0], d.material.ssh
	user, _ := l.account()
	client := transport.SSHClient{User: user, Key: keys.User().Private(), HostKey: keys.Host().Public()}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return client.Dial(ctx, sshAddr(l.host)) }
	return &http.Transport{DialContext: dial, DialTLSContext: dial}
}

// The kinds of an SSHSession.
const (
	SSHExec      = transport.SSHExec      // a command
	SSHShell     = transport.SSHShell     // a login shell
	SSHSubsystem = transport.SSHSubsystem // such as sftp
	SSHForward   = transport.SSHForward   // an address that the server is to connect to, ssh -L
)

// Errors of SSHConnection.Err.
var (
	ErrSSHUser = transport.ErrSSHUser // there is no account of that name
	ErrSSHKey  = transport.ErrSSHKey  // the key is not that of the account
)

// SSHConnection is what the daemon knows of one connection to a listener of mode SSH.
type SSHConnection struct {
	// ID counts the connections to ssh listeners from 1, in the order in which they were accepted.
	ID int
	// Time is when the connection was accepted.
	Time time.Time
	// Listener is the listener's address in DOCKER_HOST form.
	Listener string
	// Remote is the client's address; its requests have it too, and the ID.
	Remote string
	// Client is what the client calls itself, such as "SSH-2.0-OpenSSH_9.2p1"; "" as long as it has not tried to authenticate.
	Client string
	// User is the account that it asked for last.
	User string
	// Offered are the fingerprints of the public keys that it offered, in order, Key that of the one which the account has; ""
	// means that it offered none.
	Offered []string
	Key     string
	// Sessions are what it asked for, at most the last 10,000.
	Sessions []SSHSession
	// Err is why the client is not in: ErrSSHUser, ErrSSHKey or what ended the connection, such as io.EOF for a client that
	// does not trust the daemon's key. It is nil for one that is in or was, and ErrUnfinished as long as the client has to say something.
	Err error
}

// SSHSession is one thing that a client asked for on an ssh connection. The clients of the daemon run the command "docker system dial-stdio".
type SSHSession struct {
	// Time is when it was asked for.
	Time time.Time
	// Kind is SSHExec, SSHShell, SSHSubsystem, SSHForward or, for one that a fault did not open, "session".
	Kind string
	// Command is the command, the name of the subsystem, or the address.
	Command string
	// Refused is why the account does not do it; "" means that the session reached the daemon.
	Refused string
	// Open says that the session has not ended.
	Open bool
}

// SSHConnections are connections in the order in which they were accepted.
type SSHConnections []SSHConnection

// SSHConnections returns every connection to a listener of mode SSH: at most the last 10,000. What a client knows about its
// connection, SSHConnections knows too.
func (d *Daemon) SSHConnections() SSHConnections {
	rows := d.sshLedger.Rows()
	cs := make(SSHConnections, len(rows))
	for i, r := range rows {
		cs[i] = SSHConnection{r.ID, r.Time, r.Listener, r.Remote, r.Client, r.User, r.Offered, r.Key, make([]SSHSession, len(r.Sessions)), r.Err}
		for j, s := range r.Sessions {
			cs[i].Sessions[j] = SSHSession(s)
		}
	}
	return cs
}

// String gives a table with one line per connection, and one per session below it.
func (cs SSHConnections) String() string {
	type line struct {
		c *SSHConnection
		s *SSHSession
	}
	var lines []line
	for i := range cs {
		lines = append(lines, line{c: &cs[i]})
		for j := range cs[i].Sessions {
			lines = append(lines, line{s: &cs[i].Sessions[j]})
		}
	}
	return table(len(lines), "ID\tREMOTE\tCLIENT\tUSER\tKEY\tRESULT", func(i int) string {
		if s := lines[i].s; s != nil {
			result := "ok"
			if s.Refused != "" {
				result = "refused: " + s.Refused
			}
			return fmt.Sprintf("\t%s\t%s\t\t\t%s", s.Kind, dash(s.Command), result)
		}
		c, result := lines[i].c, "ok"
		if c.Err != nil {
			result = c.Err.Error()
		}
		return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s", c.ID, c.Remote, dash(c.Client), dash(c.User), dash(strings.Join(c.Offered, ",")), result)
	})
}
