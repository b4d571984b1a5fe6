package fakedaemon_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// opened returns a listener that is open already.
func opened(t *testing.T, network, addr string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestOpenListeners(t *testing.T) {
	t.Parallel()
	certs, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []modes.Daemon{"", modes.TCP, modes.TLS, modes.TLSVerify, modes.SSH} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			l := opened(t, "tcp", "127.0.0.1:0")
			want := "tcp://" + l.Addr().String()
			if mode == modes.SSH {
				want = "ssh://docker-user@" + l.Addr().String()
			}
			d := fakedaemon.Start(t, &fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: mode, Listener: l}}, Certs: certs})
			if d.Host() != want {
				t.Errorf("host %s, want %s", d.Host(), want)
			}
			getOK(t, d.HTTPClient(), "http://docker/_ping")
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("after Close the listener says %v", err)
			}
		})
	}
}

// dockerd knows nothing of the address of a socket from systemd, and warns of none.
func TestOpenListenerIsNotWarnedOf(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Listen: []fakedaemon.Listen{
		{Listener: opened(t, "tcp", "127.0.0.1:0")},
		{Mode: modes.TCP},
	}})
	resp, err := d.HTTPClient().Get("http://docker/info")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var info struct{ Warnings []string }
	if err := json.NewDecoder(resp.Body).Decode(&info); err != nil {
		t.Fatal(err)
	}
	addr := strings.TrimPrefix(d.Hosts()[1], "tcp://")
	if len(info.Warnings) != 1 || !strings.Contains(info.Warnings[0], "http://"+addr+" without encryption") {
		t.Errorf("warnings %q, want one, of %s", info.Warnings, addr)
	}
}

func TestOpenUnixSocket(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "fd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "d.sock")
	l := opened(t, "unix", path)
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as that of a file from systemd
	d := fakedaemon.Start(t, &fakedaemon.Options{Listen: []fakedaemon.Listen{{Listener: l}}})
	if want := "unix://" + path; d.Host() != want {
		t.Errorf("host %s, want %s", d.Host(), want)
	}
	getOK(t, d.HTTPClient(), "http://docker/_ping")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("a socket that somebody else made is removed: %v", err)
	}
}

// pipeListener is a listener of a network that package net does not have.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l pipeListener) Close() error   { close(l.closed); return nil }
func (l pipeListener) Addr() net.Addr { return memAddr{} }

type memAddr struct{}

func (memAddr) Network() string { return "mem" }
func (memAddr) String() string  { return "here" }

func TestOpenListenerInMemory(t *testing.T) {
	t.Parallel()
	l := pipeListener{make(chan net.Conn), make(chan struct{})}
	d := fakedaemon.Start(t, &fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TLSVerify, Listener: l}}})
	if want := "mem://here"; d.Host() != want {
		t.Errorf("host %s, want %s", d.Host(), want)
	}
	config := d.ClientTLS()
	config.ServerName = "localhost"
	c := &http.Client{Transport: &http.Transport{DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		l.conns <- theirs
		return tls.Client(ours, config), nil
	}}}
	getOK(t, c, "https://docker/_ping")
	c.CloseIdleConnections()
	if h := d.Handshakes(); len(h) != 1 || len(h[0].Certificates) != 1 || h[0].Listener != "mem://here" {
		t.Errorf("handshakes:\n%s", h)
	}
}

func getOK(t *testing.T, c *http.Client, url string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("GET %s: %s", url, resp.Status)
	}
}

func TestOpenListenerRefusals(t *testing.T) {
	t.Parallel()
	tcp := opened(t, "tcp", "127.0.0.1:0")
	unix := opened(t, "unix", filepath.Join(t.TempDir(), "s"))
	for _, c := range []struct {
		listen fakedaemon.Listen
		want   string
	}{
		{fakedaemon.Listen{Addr: "127.0.0.1:0", Listener: tcp},
			`fakedaemon: a Listen entry has both the address "127.0.0.1:0" and an open listener at ` + tcp.Addr().String() + `: give one of them`},
		{fakedaemon.Listen{Mode: modes.TLS, Listener: unix},
			`fakedaemon: a Listen entry of mode tls has an open listener at the unix socket ` + unix.Addr().String() + `: a unix socket is of mode unix`},
		{fakedaemon.Listen{Mode: modes.Unix, Listener: tcp},
			`fakedaemon: a Listen entry of mode unix has an open TCP listener at ` + tcp.Addr().String() + `: use mode tcp, tls or tlsverify`},
	} {
		_, err := fakedaemon.New(&fakedaemon.Options{Listen: []fakedaemon.Listen{c.listen}})
		if err == nil {
			t.Errorf("%+v is accepted", c.listen)
			continue
		}
		if diff := cmp.Diff(c.want, err.Error()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if err := c.listen.Listener.Close(); err == nil {
			t.Errorf("%+v is open after New has failed", c.listen)
		}
	}
}

// Only Windows has named pipes. The text is dockerd's.
func TestNamedPipeElsewhere(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("here they are")
	}
	const pipe = "npipe:////./pipe/docker_engine"
	_, err := fakedaemon.New(&fakedaemon.Options{Listen: []fakedaemon.Listen{{Addr: pipe}}})
	want := "fakedaemon: cannot listen on " + pipe + `: invalid protocol format: "npipe"`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// A host name listens as Go's net does, on one family; an address on its own.
func TestBothFamilies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ addr, dials string }{
		{"127.0.0.1:0", "127.0.0.1"},
		{"[::1]:0", "::1"},
		{"localhost:0", "127.0.0.1"},
		{"[::]:0", "127.0.0.1"}, // both
	} {
		for _, mode := range []modes.Daemon{modes.TCP, modes.TLSVerify} {
			t.Run(c.addr+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				needIPv6(t, c.addr)
				d := fakedaemon.Start(t, &fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: mode, Addr: c.addr}}})
				host, port, err := net.SplitHostPort(strings.TrimPrefix(d.Host(), "tcp://"))
				if err != nil || host != c.dials {
					t.Fatalf("host %s, %v, want one at %s", d.Host(), err, c.dials)
				}
				getOK(t, d.HTTPClient(), "http://docker/_ping")
				if c.addr != "[::]:0" {
					return
				}
				scheme := "http"
				if mode == modes.TLSVerify {
					scheme = "https"
				}
				six := &http.Client{Transport: &http.Transport{TLSClientConfig: d.ClientTLS()}}
				getOK(t, six, scheme+"://[::1]:"+port+"/_ping")
				six.CloseIdleConnections()
			})
		}
	}
}

func needIPv6(t *testing.T, addr string) {
	t.Helper()
	if !strings.HasPrefix(addr, "[") {
		return
	}
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	l.Close()
}
