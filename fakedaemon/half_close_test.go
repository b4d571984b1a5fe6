package fakedaemon

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// startStreams starts a daemon with a container c1 that runs.
func startStreams(t testing.TB, mode modes.Daemon) *Daemon {
	t.Helper()
	return Start(t, &Options{Mode: mode, World: World{
		Images:     []Image{{Tags: []string{"busybox"}}},
		Containers: []Container{{Name: "c1", Image: "busybox", Cmd: []string{"sleep", "infinity"}}},
	}})
}

// post sends a POST of JSON and decodes the answer.
func post(t testing.TB, d *Daemon, path, body string, out any) {
	t.Helper()
	resp, err := d.HTTPClient().Post("http://docker"+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s: %d %s, %v", path, resp.StatusCode, all, err)
	}
	if out != nil {
		if err := json.Unmarshal(all, out); err != nil {
			t.Fatal(err)
		}
	}
}

// startExec starts an exec of a command on a connection of its own, and returns what follows the head of the answer.
func startExec(t testing.TB, d *Daemon, conn net.Conn, cmd ...string) (id string, r *bufio.Reader) {
	t.Helper()
	args, err := json.Marshal(cmd)
	if err != nil {
		t.Fatal(err)
	}
	var created struct{ ID string }
	post(t, d, "/containers/c1/exec", `{"AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Cmd":`+string(args)+`}`, &created)
	fmt.Fprintf(conn, "POST /exec/%s/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", created.ID)
	r = bufio.NewReaderSize(conn, 64<<10)
	for line := ""; line != "\r\n"; {
		if line, err = r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	return created.ID, r
}

type execState struct {
	Running  bool
	ExitCode *int
}

func inspectExec(t testing.TB, d *Daemon, id string) (e execState) {
	t.Helper()
	resp, err := d.HTTPClient().Get("http://docker/exec/" + id + "/json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
		t.Fatal(err)
	}
	return e
}

// exitOf waits for the end of an exec.
func exitOf(t testing.TB, d *Daemon, id string) int {
	t.Helper()
	select {
	case <-d.state.ExecEnded(id):
	case <-time.After(time.Minute):
		t.Fatal("the exec has not ended")
	}
	return *inspectExec(t, d, id).ExitCode
}

const helloFrame = "\x01\x00\x00\x00\x00\x00\x00\x06hello\n"

func halfClose(conn net.Conn) error { return conn.(interface{ CloseWrite() error }).CloseWrite() }

func finBelowTLS(conn net.Conn) error { return conn.(*tls.Conn).NetConn().(*net.TCPConn).CloseWrite() }

func alertAndFIN(conn net.Conn) error {
	return cmp.Or(conn.(*tls.Conn).CloseWrite(), finBelowTLS(conn))
}

func closeBelowTLS(conn net.Conn) error { return conn.(*tls.Conn).NetConn().Close() }

// halfCloses are the ends of streams: what is done, and what comes of it (measured at dockerd 20.10).
var halfCloses = []struct {
	does, who string
	overTLS   bool // and nowhere else
	come      func(t *testing.T, d *Daemon) string
	want      string
}{
	{"half-closes", "Go's `CloseWrite`, the docker CLI", false, endsFirst(halfClose, true), "exits, end"},
	{"sends FIN below TLS", "Python's `shutdown` of an `SSLSocket`", true, endsFirst(finBelowTLS, true), "exits, end"},
	{"sends close_notify and FIN", "the same, with an alert before it", true, endsFirst(alertAndFIN, true), "exits, end"},
	{"closes", "Go's `Close`", false, endsFirst(net.Conn.Close, false), "exits"},
	{"closes below TLS", "the death of a client", true, endsFirst(closeBelowTLS, false), "exits"},
	{"half-closes, and reads later", "a slow one", false, readsLater, "exits, answer, end"},
	{"half-closes; the process reads nothing", "`sleep`", false, endsUnread, "goes on"},
	{"sends on; the process ends first", "`head -n 1`", false, processEndsFirst, "exits, answer, end, takes the rest"},
}

// endsFirst ends the client's half after an answer of cat; reads says that the client can still read then.
func endsFirst(end func(net.Conn) error, reads bool) func(t *testing.T, d *Daemon) string {
	return func(t *testing.T, d *Daemon) string {
		conn := dial(t, d)
		id, r := startExec(t, d, conn, "cat")
		if _, err := conn.Write([]byte("hello\n")); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(helloFrame))
		if _, err := io.ReadFull(r, got); err != nil || string(got) != helloFrame {
			t.Fatalf("%q, %v", got, err)
		}
		if e := inspectExec(t, d, id); !e.Running {
			return "ends before the client"
		}
		if err := end(conn); err != nil {
			t.Fatal(err)
		}
		if !reads {
			return exits(t, d, id)
		}
		return exits(t, d, id) + ", " + rest(r)
	}
}

// exits says how an exec ends that is to end well.
func exits(t *testing.T, d *Daemon, id string) string {
	t.Helper()
	if code := exitOf(t, d, id); code != 0 {
		return fmt.Sprint("exits with ", code)
	}
	return "exits"
}

// rest says what a client reads to the end.
func rest(r io.Reader) string {
	switch all, err := io.ReadAll(r); {
	case err != nil:
		return err.Error()
	case string(all) == helloFrame:
		return "answer, end"
	case len(all) > 0:
		return strconv.Quote(string(all))
	}
	return "end"
}

// readsLater reads the answer when the process is over.
func readsLater(t *testing.T, d *Daemon) string {
	conn := dial(t, d)
	id, r := startExec(t, d, conn, "cat")
	if _, err := conn.Write([]byte("hello\n")); err != nil {
		t.Fatal(err)
	}
	if err := halfClose(conn); err != nil {
		t.Fatal(err)
	}
	return exits(t, d, id) + ", " + rest(r)
}

func endsUnread(t *testing.T, d *Daemon) string {
	conn := dial(t, d)
	id, _ := startExec(t, d, conn, "sleep", "infinity")
	for !inspectExec(t, d, id).Running { // the answer begins before the process
	}
	if err := halfClose(conn); err != nil {
		t.Fatal(err)
	}
	if e := inspectExec(t, d, id); !e.Running || e.ExitCode != nil {
		return "ends"
	}
	return "goes on"
}

// processEndsFirst is a process that ends with input that nobody has read, of a client that is still sending.
func processEndsFirst(t *testing.T, d *Daemon) string {
	conn := dial(t, d)
	id, r := startExec(t, d, conn, "head", "-n", "1")
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(conn, "hello\n"+strings.Repeat(strings.Repeat("x", 1000)+"\n", 1000))
		sent <- err
	}()
	came := rest(r)
	if err := <-sent; err != nil {
		return came + ", " + err.Error()
	}
	return exits(t, d, id) + ", " + came + ", takes the rest"
}

// TestHalfClose: whatever way a client ends its half of a connection, the process reads the end, what it answers comes, and the
// daemon ends its own half; a process that ends first does the same to the client.
func TestHalfClose(t *testing.T) {
	t.Parallel()
	for _, mode := range everyMode {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d := startStreams(t, mode)
			for _, tt := range halfCloses {
				if tt.overTLS && !mode.Encrypted() {
					continue
				}
				if got := tt.come(t, d); got != tt.want {
					t.Errorf("the client %s: %s, want %s", tt.does, got, tt.want)
				}
			}
		})
	}
}

// TestHalfClosePage holds the table of docs/streams.md against what TestHalfClose wants.
func TestHalfClosePage(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	head, line := "| the client | such as |", "|---|---|"
	for _, mode := range everyMode {
		head, line = head+" "+string(mode)+" |", line+"---|"
	}
	fmt.Fprintf(&b, "%s\n%s\n", head, line)
	for _, row := range halfCloses {
		fmt.Fprintf(&b, "| %s | %s |", row.does, row.who)
		for _, mode := range everyMode {
			if row.overTLS && !mode.Encrypted() {
				b.WriteString(" |")
			} else {
				fmt.Fprintf(&b, " %s |", row.want)
			}
		}
		b.WriteString("\n")
	}
	testtool.Generated(t, "../docs/streams.md", "half-close", b.String())
}

// TestStreamEndsWithDaemon: Close ends whoever is attached, on every transport.
func TestStreamEndsWithDaemon(t *testing.T) {
	t.Parallel()
	for _, mode := range everyMode {
		d := startStreams(t, mode)
		conn := dial(t, d)
		_, r := startExec(t, d, conn, "cat")
		follower, err := d.HTTPClient().Get("http://docker/containers/c1/logs?follow=1&stdout=1")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		if all, _ := io.ReadAll(r); len(all) != 0 {
			t.Errorf("%s: %q", mode, all)
		}
		follower.Body.Close()
	}
}

// BenchmarkAttach compares 1 GiB from a process over mutual TLS with a bare copy over TLS.
func BenchmarkAttach(b *testing.B) {
	const size = 256 << 20
	b.Run("bare", func(b *testing.B) {
		d := Start(b, &Options{Mode: modes.TLSVerify})
		config := d.Certs().ServerTLS()
		l, err := tls.Listen("tcp", "127.0.0.1:0", config)
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		b.SetBytes(size)
		for b.Loop() {
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				buf := make([]byte, 128<<10)
				for range size / len(buf) {
					conn.Write(buf)
				}
			}()
			conn, err := tls.Dial("tcp", l.Addr().String(), d.ClientTLS())
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{conn}, make([]byte, 64<<10)); n != size || err != nil {
				b.Fatal(n, err)
			}
			conn.Close()
		}
	})
	b.Run("exec", func(b *testing.B) {
		d := startStreams(b, modes.TLSVerify)
		d.SetProgram("flood", Program{Run: func(p *Process) int {
			buf := make([]byte, 64<<10)
			for range size / len(buf) {
				if _, err := p.Stdout().Write(buf); err != nil {
					return 1
				}
			}
			return 0
		}})
		b.SetBytes(size)
		for b.Loop() {
			conn, err := tls.Dial("tcp", strings.TrimPrefix(d.Host(), "tcp://"), d.ClientTLS())
			if err != nil {
				b.Fatal(err)
			}
			_, r := startExec(b, d, conn, "flood")
			if n, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{r}, make([]byte, 64<<10)); n < size || err != nil {
				b.Fatal(n, err)
			}
			conn.Close()
		}
	})
}
