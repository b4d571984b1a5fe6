package command

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// activate makes systemd's sockets, such as "unix:/run/d.sock", "tcp:127.0.0.1:2375" and "udp:127.0.0.1:0", and passes
// them, with their names if there are any, to the process that is to be started.
func (p *process) activate(sockets []string, names string) {
	p.t.Helper()
	for _, s := range sockets {
		network, addr, _ := strings.Cut(s, ":")
		var (
			socket interface {
				File() (*os.File, error)
				Close() error
			}
			err error
		)
		switch network {
		case "udp":
			var a *net.UDPAddr
			if a, err = net.ResolveUDPAddr(network, addr); err == nil {
				socket, err = net.ListenUDP(network, a)
			}
		case "unix":
			var l *net.UnixListener
			if l, err = net.ListenUnix(network, &net.UnixAddr{Net: network, Name: addr}); err == nil {
				l.SetUnlinkOnClose(false)
				socket = l
			}
		default:
			var a *net.TCPAddr
			if a, err = net.ResolveTCPAddr(network, addr); err == nil {
				socket, err = net.ListenTCP(network, a)
			}
		}
		if err != nil {
			p.t.Fatal(err)
		}
		f, err := socket.File()
		if err != nil {
			p.t.Fatal(err)
		}
		socket.Close()
		p.t.Cleanup(func() { f.Close() })
		p.ExtraFiles = append(p.ExtraFiles, f)
	}
	p.Env = append(p.Env, fmt.Sprintf("LISTEN_FDS=%d", len(sockets)), "LISTEN_FDNAMES="+names)
	// Only the process itself knows the number that LISTEN_PID has to have.
	program := p.Path
	p.Cmd.Path = testtool.Need(p.t, "sh")
	p.Args = append([]string{"sh", "-c", `export LISTEN_PID=$$; exec "$0" "$@"`, program}, p.Args[1:]...)
}

// What dockerd 20.10.24 did when it was asked, and what its text and that of 28.5.2, which is the same, says that they do.
func TestActivation(t *testing.T) {
	t.Parallel()
	needPOSIX(t)
	const none = "failed to load listeners: no sockets found via socket activation: make sure the service was started by systemd"
	panics := func(text string) []string {
		return []string{"panic: runtime error: " + text, "goroutine 1 [running]:"}
	}
	nothing := panics("invalid memory address or nil pointer dereference")
	for _, c := range []struct {
		name    string
		sockets []string
		names   string
		hosts   []string
		tls     bool
		exit    int
		want    []string // of the log, or the addresses of the API
	}{
		{"names mean nothing", []string{"unix:{sock}"}, "docker.socket", []string{"fd://docker.socket"}, false, 1,
			[]string{"failed to load listeners: failed to parse systemd fd address: should be a number: docker.socket"}},
		{"a named socket", []string{"unix:{sock}", "tcp:{host}"}, "docker.socket:api", []string{"fd://4"}, false, 0, []string{"{host}"}},
		{"signed number", []string{"unix:{sock}"}, "", []string{"fd://+3"}, false, 0, []string{"{sock}"}},
		{"too small", []string{"unix:{sock}"}, "", []string{"fd://2"}, false, 2, panics("index out of range [-1]")},
		{"twice the same", []string{"unix:{sock}"}, "", []string{"fd://", "fd://"}, false, 0, []string{"{sock}"}},
		{"the first takes all", []string{"unix:{sock}", "tcp:{host}"}, "", []string{"fd://3", "fd://4"}, false, 1, []string{none}},
		{"no stream", []string{"udp:127.0.0.1:0", "unix:{sock}"}, "", []string{"fd://4"}, false, 0, []string{"{sock}"}},
		{"no stream by number", []string{"udp:127.0.0.1:0", "unix:{sock}"}, "", []string{"fd://3"}, false, 1,
			[]string{"failed to load listeners: failed to listen on systemd activated file: fd 3"}},
		{"no stream among all", []string{"udp:127.0.0.1:0", "unix:{sock}"}, "", []string{"fd://"}, false, 2, nothing},
		{"no stream with TLS", []string{"udp:127.0.0.1:0", "unix:{sock}"}, "", []string{"fd://4"}, true, 2, nothing},
		{"beside others", []string{"unix:{sock}"}, "", []string{"fd://", "tcp://{host}"}, true, 0, []string{"{sock}", "{host}"}},
	} {
		for _, engine := range []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28, fakedaemon.Engine29} {
			t.Run(c.name+" "+string(engine), func(t *testing.T) {
				t.Parallel()
				fill := strings.NewReplacer("{sock}", filepath.Join(workDir(t), "x.sock"), "{host}", "127.0.0.1:"+freePort(t)).Replace
				p := newProcess(t, "dockerd", "--engine="+string(engine))
				if c.tls {
					p.Args = append(p.Args, verifyFlags()...)
				}
				for _, h := range c.hosts {
					p.Args = append(p.Args, "-H", fill(h))
				}
				var sockets []string
				for _, s := range c.sockets {
					sockets = append(sockets, fill(s))
				}
				p.activate(sockets, c.names)
				p.start()
				if _, ok := p.reaches("API listen on"); ok {
					p.Process.Signal(os.Interrupt)
				}
				code := p.end()
				lines, api := p.said()
				if c.exit == 0 {
					lines = api
				}
				var want []string
				for _, w := range c.want {
					want = append(want, fill(w))
				}
				if diff := cmp.Diff(want, lines); diff != "" || code != c.exit {
					t.Errorf("exit code %d, want %d (-want +got)\n%s", code, c.exit, diff)
				}
			})
		}
	}
}

// verifyFlags are those of a daemon that verifies its clients.
func verifyFlags() []string {
	dir := material().dir
	return []string{"--tlsverify", "--tlscacert=" + filepath.Join(dir, "ca.pem"),
		"--tlscert=" + filepath.Join(dir, "server-cert.pem"), "--tlskey=" + filepath.Join(dir, "server-key.pem")}
}

// Sockets that were passed to another process are not ours.
func TestActivationOfAnotherProcess(t *testing.T) {
	t.Parallel()
	needPOSIX(t)
	p := newProcess(t, "dockerd", "-H", "fd://")
	p.Env = append(p.Env, "LISTEN_FDS=1", "LISTEN_PID=1")
	code, _ := p.run()
	lines, _ := p.said()
	want := []string{"failed to load listeners: no sockets found via socket activation: make sure the service was started by systemd"}
	if diff := cmp.Diff(want, lines); diff != "" || code != 1 {
		t.Errorf("exit code %d (-want +got)\n%s", code, diff)
	}
}

// What dockerd 20.10.24 did when it was asked: a socket from systemd has no application protocol of its own, but one
// TLS config with the ports. Those of 28 and 29 have one each.
func TestActivationALPN(t *testing.T) {
	t.Parallel()
	needPOSIX(t)
	const refused = "tls: no application protocol"
	alone := []string{"", "", "", ""}
	for engine, beside := range map[fakedaemon.Engine][]string{
		fakedaemon.Engine20: {refused, "http/1.1", "http/1.1", ""},
		fakedaemon.Engine28: alone,
		fakedaemon.Engine29: alone,
	} {
		for _, port := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s beside a port %t", engine, port), func(t *testing.T) {
				t.Parallel()
				addr, want := "127.0.0.1:"+freePort(t), alone
				p := newProcess(t, "dockerd", append(verifyFlags(), "--engine="+string(engine), "-H", "fd://")...)
				if port {
					p.Args = append(p.Args, "-H", "tcp://127.0.0.1:"+freePort(t))
					want = beside
				}
				p.activate([]string{"tcp:" + addr}, "")
				p.start()
				p.until("API listen on " + addr)
				var got []string
				for _, offered := range [][]string{{"h2"}, {"http/1.1"}, {"h2", "http/1.1"}, nil} {
					got = append(got, negotiated(t, addr, offered))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-dockerd +fake)\n%s", diff)
				}
			})
		}
	}
}

// negotiated returns the application protocol that a server at addr chooses, or the alert by which it refuses.
func negotiated(t *testing.T, addr string, offered []string) string {
	t.Helper()
	config := goodClient(t)
	config.NextProtos = offered
	c, err := tls.Dial("tcp", addr, config)
	if err != nil {
		if _, alert, ok := strings.Cut(err.Error(), "remote error: "); ok {
			return alert
		}
		return err.Error()
	}
	defer c.Close()
	return c.ConnectionState().NegotiatedProtocol
}

func needPOSIX(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no socket activation on Windows")
	}
}

func TestNotify(t *testing.T) {
	t.Parallel()
	needPOSIX(t)
	dir := workDir(t)
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: filepath.Join(dir, "notify")})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	read := func() string {
		b := make([]byte, 100)
		systemd.SetReadDeadline(time.Now().Add(patience))
		n, err := systemd.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	sock := filepath.Join(dir, "d.sock")
	p := newProcess(t, "dockerd", "-H", "unix://"+sock)
	p.Env = append(p.Env, "NOTIFY_SOCKET="+systemd.LocalAddr().String())
	p.start()
	if got := read(); got != "READY=1" {
		t.Errorf("systemd reads %q", got)
	}
	if got := protocol("unix", sock); got != "plain" {
		t.Errorf("it is ready and speaks %s", got)
	}
	p.Process.Signal(os.Interrupt)
	if got := read(); got != "STOPPING=1" {
		t.Errorf("systemd reads %q", got)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
