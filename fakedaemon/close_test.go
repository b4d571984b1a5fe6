package fakedaemon

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
	"github.com/fakedockerd/fakedockerd/modes"
)

// short is the patience of Close where a test wants it to end.
const short = 50 * time.Millisecond

var everyMode = []modes.Daemon{modes.Unix, modes.TCP, modes.TLS, modes.TLSVerify, modes.SSH}

// connect connects to the first listener as a good client.
func connect(d *Daemon) (net.Conn, error) {
	if d.listeners[0].Mode == modes.SSH {
		return d.sshTransport().DialContext(context.Background(), "", "")
	}
	network, addr, _ := strings.Cut(d.Host(), "://")
	if config := d.ClientTLS(); config != nil {
		return tls.Dial(network, addr, config)
	}
	return net.Dial(network, addr)
}

// dial is connect for the length of a test.
func dial(t *testing.T, d *Daemon) net.Conn {
	t.Helper()
	c, err := connect(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// begin starts a daemon whose API is h, nil for its own.
func begin(t *testing.T, o *Options, patience time.Duration, h func(http.ResponseWriter, *http.Request)) *Daemon {
	t.Helper()
	var handler api.Handler
	if h != nil {
		handler = func(w http.ResponseWriter, r *http.Request) error {
			h(w, r)
			return nil
		}
	}
	d, err := start(o, handler, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// ended checks that the peer has closed.
func ended(t *testing.T, c net.Conn) {
	t.Helper()
	if b, err := io.ReadAll(c); err != nil || len(b) > 0 {
		t.Errorf("the connection gave %q, %v; want its end", b, err)
	}
}

func TestCloseEndsConnections(t *testing.T) {
	t.Parallel()
	for _, mode := range everyMode {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			left := make(chan error, 1)
			d := begin(t, &Options{Mode: mode}, time.Minute, func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/hijack":
					c, rw, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					rw.WriteString("HTTP/1.1 101 UPGRADED\r\n\r\nhello")
					rw.Flush()
					_, err = c.Read(make([]byte, 1))
					left <- err
				case "/stream":
					http.NewResponseController(w).Flush()
					<-r.Context().Done()
				}
			})
			silent := dial(t, d)
			idle := dial(t, d)
			fmt.Fprint(idle, "GET / HTTP/1.1\r\nHost: docker\r\n\r\n")
			idleBuf := bufio.NewReader(idle)
			if resp, err := http.ReadResponse(idleBuf, nil); err != nil || resp.StatusCode != 200 {
				t.Fatal(resp, err)
			}
			hijacked := dial(t, d)
			fmt.Fprint(hijacked, "POST /hijack HTTP/1.1\r\nHost: docker\r\n\r\n")
			const hello = "HTTP/1.1 101 UPGRADED\r\n\r\nhello"
			got := make([]byte, len(hello))
			if _, err := io.ReadFull(hijacked, got); err != nil || string(got) != hello {
				t.Fatalf("%q, %v", got, err)
			}
			streamed := dial(t, d)
			fmt.Fprint(streamed, "GET /stream HTTP/1.1\r\nHost: docker\r\n\r\n")
			streamBuf := bufio.NewReader(streamed)
			stream, err := http.ReadResponse(streamBuf, nil)
			if err != nil {
				t.Fatal(err)
			}

			d.Handshakes() // has read what silent ended its own with: a close that leaves it unread is a reset
			begun := time.Now()
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("Close took %v", took)
			}
			if err := d.Close(); err != nil {
				t.Errorf("second Close: %v", err)
			}
			for _, c := range []net.Conn{silent, idle, hijacked} {
				ended(t, c)
			}
			if err := <-left; err == nil {
				t.Error("the handler of the hijacked connection read a byte")
			}
			if b, err := io.ReadAll(stream.Body); err != nil || len(b) > 0 {
				t.Errorf("the stream gave %q, %v; want its proper end", b, err)
			}
			network, addr, _ := strings.Cut(d.Host(), "://")
			if c, err := net.Dial(network, addr); err == nil {
				c.Close()
				t.Errorf("something listens at %s after Close", d.Host())
			}
		})
	}
}

// TestCloseWaitsForAnswers: a request that is being served gets its whole answer.
func TestCloseWaitsForAnswers(t *testing.T) {
	t.Parallel()
	// The second size is what the HTTP server still holds when its handler has returned.
	for i := range 40 {
		mode, size := everyMode[i%len(everyMode)], []int{1 << 20, 1000}[i%2]
		closing := make(chan struct{})
		d := begin(t, &Options{Mode: mode}, time.Minute, func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done() // which Close does
			w.Write(make([]byte, size))
		})
		c := dial(t, d)
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: docker\r\n\r\n")
		for len(d.requests.serving()) == 0 {
			runtime.Gosched()
		}
		go func() {
			defer close(closing)
			if err := d.Close(); err != nil {
				t.Errorf("%s: %v", mode, err)
			}
		}()
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		if b, err := io.ReadAll(resp.Body); err != nil || len(b) != size {
			t.Errorf("%s: got %d bytes, %v; want %d", mode, len(b), err, size)
		}
		<-closing
	}
}

func TestCloseSaysWhoBlocks(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	var logged []string
	o := &Options{Mode: modes.TCP, Logf: func(format string, args ...any) {
		logged = append(logged, fmt.Sprintf(format, args...))
	}}
	d := begin(t, o, short, func(w http.ResponseWriter, r *http.Request) { <-release })
	a, b := dial(t, d), dial(t, d)
	fmt.Fprint(a, "GET /containers/json?all=1 HTTP/1.1\r\nHost: docker\r\n\r\n")
	for len(d.requests.serving()) < 1 {
		runtime.Gosched()
	}
	fmt.Fprint(b, "POST /v1.51/containers/x/wait HTTP/1.1\r\nHost: docker\r\n\r\n")
	for len(d.requests.serving()) < 2 {
		runtime.Gosched()
	}
	err := d.Close()
	want := fmt.Sprintf("fakedaemon: Close waited %v, blocked by: GET /containers/json from %v, POST /v1.51/containers/x/wait from %v", short, a.LocalAddr(), b.LocalAddr())
	if err == nil || err.Error() != want {
		t.Errorf("Close gave %v, want %s", err, want)
	}
	if diff := cmp.Diff([]string{want}, logged); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	ended(t, a)
	ended(t, b)
	if again := d.Close(); again != err {
		t.Errorf("second Close gave %v", again)
	}
	d.log.printf("late")
	if len(logged) != 1 {
		t.Errorf("logged after Close: %q", logged)
	}
}

// TestCloseUnreadAnswer: a client that does not take its answer blocks too.
func TestCloseUnreadAnswer(t *testing.T) {
	t.Parallel()
	for _, mode := range []modes.Daemon{modes.TCP, modes.TLS} {
		writing := make(chan struct{})
		d := begin(t, &Options{Mode: mode}, short, func(w http.ResponseWriter, r *http.Request) {
			close(writing)
			for {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		})
		c := dial(t, d)
		fmt.Fprint(c, "GET /events HTTP/1.1\r\nHost: docker\r\n\r\n")
		<-writing
		want := fmt.Sprintf("fakedaemon: Close waited %v, blocked by: GET /events from %v", short, c.LocalAddr())
		if err := d.Close(); err == nil || err.Error() != want {
			t.Errorf("Close gave %v, want %s", err, want)
		}
		if n := len(d.requests.serving()); n != 0 {
			t.Errorf("%d requests are served after Close", n)
		}
	}
}

// TestCloseDuringHandshake: neither a silent client nor half a hello delays Close.
func TestCloseDuringHandshake(t *testing.T) {
	t.Parallel()
	var logged []string
	logf := func(format string, args ...any) { logged = append(logged, fmt.Sprintf(format, args...)) }
	d := begin(t, &Options{Mode: modes.TLSVerify, Logf: logf}, time.Minute, nil)
	_, addr, _ := strings.Cut(d.Host(), "://")
	var conns []net.Conn
	for _, first := range []string{"", "\x16\x03\x01\x02"} {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, first)
		conns = append(conns, c)
	}
	for len(d.Handshakes()) < len(conns) {
		runtime.Gosched()
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range conns {
		// It ends, by a reset where the daemon has not read everything.
		io.ReadAll(c)
	}
	if len(logged) > 0 {
		t.Errorf("logged %q", logged)
	}
	for _, h := range d.Handshakes() {
		if h.Err == nil || h.Err == ErrUnfinished {
			t.Errorf("Err is %v after Close", h.Err)
		}
	}
}

// TestCloseHearsRefusals: a client that has refused the daemon, and has gone, is logged though the daemon ends at once.
func TestCloseHearsRefusals(t *testing.T) {
	t.Parallel()
	for range 20 {
		var logged []string
		logf := func(format string, args ...any) { logged = append(logged, fmt.Sprintf(format, args...)) }
		d := begin(t, &Options{Mode: modes.TLS, Logf: logf}, time.Minute, nil)
		_, addr, _ := strings.Cut(d.Host(), "://")
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if err := tls.Client(c, &tls.Config{ServerName: "localhost"}).Handshake(); err == nil {
			t.Fatal("an unknown authority is trusted")
		}
		c.Close()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		want := []string{fmt.Sprintf("http: TLS handshake error from %v: remote error: tls: bad certificate", c.LocalAddr())}
		if diff := cmp.Diff(want, logged); diff != "" {
			t.Fatalf("log (-want +got)\n%s", diff)
		}
	}
}

// TestCloseLeavesNothing counts goroutines and files. It does not run in parallel: goroutines of other tests would count.
func TestCloseLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	plugins := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(plugins, "p.sock"))
	if err != nil {
		t.Fatal(err)
	}
	plugin := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"Implements":["authz"],"Allow":true}`)
	})}
	defer plugin.Close()
	go plugin.Serve(l)
	before := runtime.NumGoroutine()
	for range 3 {
		var listen []Listen
		for _, m := range everyMode {
			listen = append(listen, Listen{Mode: m}, Listen{Mode: m})
		}
		d, err := New(&Options{Listen: listen, PluginDir: plugins, AuthorizationPlugins: []string{"p"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range d.Hosts() {
			network, addr, _ := strings.Cut(host, "://")
			if network == "ssh" {
				network, addr = "tcp", sshAddr(host)
			}
			c, err := net.Dial(network, addr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		}
		resp, err := d.HTTPClient().Get("http://docker/_ping")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		d.CertDir()
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for runtime.NumGoroutine() > before {
		if deadline.Err() != nil {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
	}
	left, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
}

// TestLogfAfterClose: a test's Logf must not be called when the test is over.
func TestLogfAfterClose(t *testing.T) {
	t.Parallel()
	var l logger
	var got []string
	l.f = func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	io.WriteString(&l, "one\n")
	l.stop()
	l.printf("two")
	if diff := cmp.Diff([]string{"one"}, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
