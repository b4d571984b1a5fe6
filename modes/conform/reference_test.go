//go:build linux

package conform

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// referenceAllEnv makes TestReference start a dockerd for every flaw of a server, which takes minutes more.
const referenceAllEnv = "FAKEDOCKERD_REFERENCE_ALL"

// logLine is one of dockerd's log that stands for a part of the ledger. The HTTP server of 20.10 writes lines of its
// own.
var logLine = regexp.MustCompile(`(?:msg="|^[0-9-]+ [0-9:.]+ I \| )(Calling|http: TLS handshake error from|API listen on) (.*?)"?$`)

// A dockerd is a real one, with a socket beside the address of its mode.
type dockerd struct {
	turn sync.Mutex // held by the one attempt that it serves

	cmd    *exec.Cmd
	addr   string // host:port, "" for mode unix
	socket string
	dir    string

	mu    sync.Mutex
	more  *sync.Cond // on mu: there are more lines, or the end
	lines []string   // what Calling and the handshake errors say; protected by mu
	ended bool       // protected by mu
	log   []string   // everything; protected by mu
	marks int        // only of the one attempt
}

func startDockerd(path string, mode modes.Daemon, certs *certgen.Bundle) (*dockerd, error) {
	dir, err := os.MkdirTemp("", "conform-ref")
	if err != nil {
		return nil, err
	}
	d := &dockerd{dir: dir, socket: filepath.Join(dir, "docker.sock")}
	d.more = sync.NewCond(&d.mu)
	args := []string{
		"--debug", "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs", "--config-file=" + filepath.Join(dir, "none.json"),
		"--data-root=" + filepath.Join(dir, "data"), "--exec-root=" + filepath.Join(dir, "exec"), "--pidfile=" + filepath.Join(dir, "pid"),
		"--host=unix://" + d.socket,
	}
	if err := os.WriteFile(filepath.Join(dir, "none.json"), []byte("{}"), 0o600); err != nil {
		return nil, err
	}
	if mode != modes.Unix {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		d.addr = free.Addr().String()
		free.Close()
		if certs != nil {
			if err := certs.Write(dir, certgen.Layout{ServerCA: "ca.pem", ServerCert: "server-cert.pem", ServerKey: "server-key.pem"}); err != nil {
				return nil, err
			}
		}
		e := modes.Entry{Daemon: mode}
		args = append(args, e.DockerdArgs(modes.Paths{
			Host: d.addr, ServerCert: filepath.Join(dir, "server-cert.pem"), ServerKey: filepath.Join(dir, "server-key.pem"), ClientCA: filepath.Join(dir, "ca.pem"),
		})...)
	}
	d.cmd = exec.Command(path, args...)
	d.cmd.Env = append(environ(dir), fmt.Sprintf("PATH=%s:%s:%s", filepath.Dir(path), filepath.Join(filepath.Dir(path), "../bin"), os.Getenv("PATH")))
	log, err := d.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go d.read(log)
	if !d.await("API listen on " + d.socket) {
		d.stop()
		return nil, fmt.Errorf("dockerd does not start:\n%s", strings.Join(d.log, "\n"))
	}
	return d, nil
}

func (d *dockerd) read(log io.Reader) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		d.mu.Lock()
		d.log = append(d.log, lines.Text())
		if m := logLine.FindStringSubmatch(lines.Text()); m != nil {
			d.lines = append(d.lines, m[1]+" "+strings.ReplaceAll(m[2], `\"`, `"`))
		}
		d.more.Broadcast()
		d.mu.Unlock()
	}
	d.mu.Lock()
	d.ended = true
	d.more.Broadcast()
	d.mu.Unlock()
}

// await waits for a line. It returns false when dockerd ends before.
func (d *dockerd) await(line string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !slices.Contains(d.lines, line) {
		if d.ended {
			return false
		}
		d.more.Wait()
	}
	return true
}

// said returns what dockerd has logged since the last call, once it has logged all that has happened.
func (d *dockerd) said() ([]string, error) {
	d.marks++
	mark := fmt.Sprintf("/_ping?mark=%d", d.marks)
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.socket)
	}}}
	resp, err := c.Get("http://localhost" + mark)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	if !d.await("Calling GET " + mark) {
		return nil, errors.New("dockerd has ended")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := slices.DeleteFunc(d.lines, func(l string) bool { return strings.HasPrefix(l, "Calling GET /_ping?mark=") })
	d.lines = nil
	return lines, nil
}

func (d *dockerd) stop() error {
	d.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(30*time.Second, func() { d.cmd.Process.Kill() })
	d.mu.Lock()
	for !d.ended {
		d.more.Wait()
	}
	d.mu.Unlock()
	d.cmd.Wait()
	timer.Stop()
	return os.RemoveAll(d.dir)
}

// A recorder is a proxy in front of a dockerd, for one attempt: the dockerd's log and it are the ledger.
type recorder struct {
	dockerd *dockerd
	mode    modes.Daemon
	host    string
	l       net.Listener
	dir     string // of its socket

	mu    sync.Mutex
	conns []*recorded // protected by mu
	wg    sync.WaitGroup

	once       sync.Once
	handshakes fakedaemon.Handshakes
	requests   fakedaemon.Requests
	err        error
}

// recorded is one connection.
type recorded struct {
	client, server net.Conn
	first          byte // that the client sent
	heard          bool
}

func record(d *dockerd, mode modes.Daemon, addr string) (*recorder, error) {
	r := &recorder{dockerd: d, mode: mode}
	var err error
	if mode == modes.Unix {
		if r.dir, err = os.MkdirTemp("", "conform-ref"); err != nil {
			return nil, err
		}
		r.l, err = net.Listen("unix", filepath.Join(r.dir, "docker.sock"))
	} else {
		if addr == "" {
			addr = "127.0.0.1:0"
		}
		r.l, err = net.Listen("tcp", addr)
	}
	if err != nil {
		return nil, &fakedaemon.ListenError{Host: addr, Err: err}
	}
	r.host = r.l.Addr().Network() + "://" + r.l.Addr().String()
	d.turn.Lock()
	if _, err := d.said(); err != nil {
		d.turn.Unlock()
		return nil, errors.Join(err, r.l.Close())
	}
	r.wg.Go(r.accept)
	return r, nil
}

func (r *recorder) accept() {
	for {
		client, err := r.l.Accept()
		if err != nil {
			return
		}
		network, addr := "unix", r.dockerd.socket
		if r.mode != modes.Unix {
			network, addr = "tcp", r.dockerd.addr
		}
		server, err := net.Dial(network, addr)
		if err != nil {
			client.Close()
			continue
		}
		c := &recorded{client: client, server: server}
		r.mu.Lock()
		r.conns = append(r.conns, c)
		r.mu.Unlock()
		r.wg.Go(c.forward)
	}
}

func (c *recorded) forward() {
	var answers sync.WaitGroup
	answers.Go(func() {
		io.Copy(c.client, c.server)
		closeWrite(c.client)
	})
	first := make([]byte, 1)
	if n, _ := c.client.Read(first); n == 1 {
		c.first, c.heard = first[0], true
		c.server.Write(first)
		io.Copy(c.server, c.client)
	}
	closeWrite(c.server)
	answers.Wait()
	c.client.Close()
	c.server.Close()
}

func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
}

func (r *recorder) Host() string                      { return r.host }
func (r *recorder) Handshakes() fakedaemon.Handshakes { r.once.Do(r.settle); return r.handshakes }
func (r *recorder) Requests() fakedaemon.Requests     { r.once.Do(r.settle); return r.requests }

func (r *recorder) Connections() fakedaemon.ConnectionCount {
	r.once.Do(r.settle)
	count := fakedaemon.ConnectionCount{Accepted: len(r.conns)}
	for _, c := range r.conns {
		if c.heard {
			count.Heard++
			if c.first != handshakeRecord {
				count.Plaintext++
			}
		}
	}
	return count
}

// Close ends the attempt.
func (r *recorder) Close() error {
	r.once.Do(r.settle)
	r.dockerd.turn.Unlock()
	return errors.Join(r.err, os.RemoveAll(r.dir))
}

// settle ends what the client has left open, and reads what dockerd has made of it.
func (r *recorder) settle() {
	r.l.Close()
	r.mu.Lock()
	for _, c := range r.conns {
		c.client.SetReadDeadline(time.Now())
	}
	r.mu.Unlock()
	r.wg.Wait()
	lines, err := r.dockerd.said()
	r.err = err
	refused := map[string]string{} // by what dockerd sees of the connection
	for _, line := range lines {
		kind, rest, _ := strings.Cut(line, " ")
		if kind == "Calling" {
			method, target, _ := strings.Cut(rest, " ")
			request := fakedaemon.Request{ID: len(r.requests) + 1, Method: method, Path: target}
			if r.mode == modes.TLS || r.mode == modes.TLSVerify {
				request.Handshake = 1
			}
			r.requests = append(r.requests, request)
			continue
		}
		remote, cause, _ := strings.Cut(strings.TrimPrefix(line, "http: TLS handshake error from "), ": ")
		refused[remote] = cause
	}
	if r.mode != modes.TLS && r.mode != modes.TLSVerify {
		return
	}
	for i, c := range r.conns {
		h := fakedaemon.Handshake{ID: i + 1, Remote: c.client.RemoteAddr().String(), Plaintext: c.first != handshakeRecord && c.first != 0}
		cause := refused[c.server.LocalAddr().String()]
		switch {
		case cause != "":
			h.Err = errors.New(cause)
			if alert, ok := strings.CutPrefix(cause, "remote error: "); ok {
				h.AlertReceived = alert
			}
		case h.Plaintext:
			h.Err = errors.New("client sent an HTTP request to an HTTPS server")
		}
		r.handshakes = append(r.handshakes, h)
	}
}

// old is docker CLI 20.10.
type old struct{ Client }

func (old) Family() modes.Family { return modes.FamilyDocker20 }

// major is the first number of a docker CLI's version, "" where there is none.
func major(t *testing.T, path string) string {
	said, err := output(t.Context(), path, "--version")
	number := dockerVersion.FindStringSubmatch(said)
	if err != nil || number == nil {
		return ""
	}
	first, _, _ := strings.Cut(number[1], ".")
	return first
}

// needsLoadable skips what a dockerd cannot load: the fake presents it all the same.
func needsLoadable(t *testing.T, path string, e modes.Entry, certs *certCache) {
	t.Helper()
	made, err := certs.of(e)
	if err != nil {
		t.Fatal(err)
	}
	d, err := startDockerd(path, e.Daemon, made)
	if err != nil {
		t.Skip(err)
	}
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
}

// TestReference puts the clients in front of a real dockerd, in every entry of the matrix but, without referenceAllEnv,
// those of the rarer flaws of a server: what is declared for its version is what happens.
func TestReference(t *testing.T) {
	path := os.Getenv(testtool.ReferenceEnv)
	if path == "" {
		t.Skipf("%s names no dockerd", testtool.ReferenceEnv)
	}
	version, err := output(t.Context(), path, "--version")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(version)
	number := dockerVersion.FindStringSubmatch(version)
	if number == nil {
		t.Fatalf("%s is not a dockerd", path)
	}
	clients := []Client{
		Go(), Docker("docker", testtool.Need(t, "docker")), Curl("curl", testtool.Need(t, "curl")),
	}
	// The CLI of the same package.
	if cli := filepath.Join(filepath.Dir(path), "../bin/docker"); major(t, cli) == "20" {
		clients = append(clients, old{Docker("docker-20.10", cli)})
	}
	// Entries with the same files of the daemon can have the same daemon.
	certs := &certCache{seed: []byte(rand.Text()), now: time.Now()}
	groups := map[string][]modes.Entry{}
	for _, e := range modes.Entries() {
		if e.Daemon == modes.SSH {
			continue // there is no sshd in front of it
		}
		e = e.With(number[1])
		made, err := certs.of(e)
		if err != nil {
			t.Fatal(err)
		}
		files := string(made.Server().CertPEM) + string(made.Server().KeyPEM) + string(made.ServerCAPEM())
		groups[files] = append(groups[files], e)
	}
	plain, err := startDockerd(path, modes.TCP, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.stop()
	tried := 0
	for _, entries := range groups {
		rare := len(entries) < 2
		if rare && os.Getenv(referenceAllEnv) == "" {
			continue
		}
		t.Run(entries[0].ID, func(t *testing.T) {
			if rare && slices.Contains(unreadable, entries[0].Material.Server) {
				needsLoadable(t, path, entries[0], certs)
			}
			tried += tryReference(t, path, plain, entries, clients, certs)
		})
	}
	t.Logf("%d attempts", tried)
}

// tryReference tries entries that can have the same daemons, and returns how many attempts were made.
func tryReference(t *testing.T, path string, plain *dockerd, entries []modes.Entry, clients []Client, certs *certCache) (tried int) {
	var mu sync.Mutex // protects daemons and tried
	daemons := map[modes.Daemon]*dockerd{modes.TCP: plain, modes.Unix: plain}
	defer func() {
		for _, d := range daemons {
			if d != plain {
				d.stop()
			}
		}
	}()
	o := &Options{certs: certs, NewDaemon: func(o *fakedaemon.Options) (Daemon, error) {
		mode, addr := o.Mode, ""
		if len(o.Listen) > 0 {
			mode, addr = o.Listen[0].Mode, o.Listen[0].Addr
		}
		mu.Lock()
		d := daemons[mode]
		if d == nil {
			var err error
			if d, err = startDockerd(path, mode, o.Certs); err != nil {
				mu.Unlock()
				return nil, err
			}
			daemons[mode] = d
		}
		mu.Unlock()
		return record(d, mode, addr)
	}}
	err := each(t.Context(), len(entries)*len(clients), 2, func(ctx context.Context, i int) error {
		e, c := entries[i/len(clients)], clients[i%len(clients)]
		got, err := Try(ctx, c, e, o)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if got.Verdict != Skipped {
			tried++
		}
		if got.deviates() {
			t.Error(Deviation{e.ID, e.Why, c.Name(), got})
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return tried
}
