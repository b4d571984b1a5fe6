package fakedaemon

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	case <-time.After(10 * time.Second):
		t.Fatal("the exec has not ended")
	}
	return *inspectExec(t, d, id).ExitCode
}

const helloFrame = "\x01\x00\x00\x00\x00\x00\x00\x06hello\n"

// ends are the ways in which a client ends its half of a connection, and those over TLS alone.
var ends = map[string]func(conn net.Conn) error{
	"half-close": func(conn net.Conn) error { return conn.(interface{ CloseWrite() error }).CloseWrite() },
	"close":      func(conn net.Conn) error { return conn.Close() },
}

var tlsEnds = map[string]func(conn net.Conn) error{
	"FIN below TLS": func(conn net.Conn) error { return conn.(*tls.Conn).NetConn().(*net.TCPConn).CloseWrite() },
	"close_notify and FIN": func(conn net.Conn) error {
		if err := conn.(*tls.Conn).CloseWrite(); err != nil {
			return err
		}
		return conn.(*tls.Conn).NetConn().(*net.TCPConn).CloseWrite()
	},
	"close below TLS": func(conn net.Conn) error { return conn.(*tls.Conn).NetConn().Close() },
}

// TestHalfClose: whatever way a client ends its half of a connection, the process reads the end, what it answers comes, and the
// daemon ends its own half (measured at dockerd 20.10).
func TestHalfClose(t *testing.T) {
	t.Parallel()
	for _, mode := range everyMode {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d := startStreams(t, mode)
			cells := map[string]func(net.Conn) error{}
			for name, end := range ends {
				cells[name] = end
			}
			if mode.Encrypted() && mode != modes.SSH {
				for name, end := range tlsEnds {
					cells[name] = end
				}
			}
			for name, end := range cells {
				conn := dial(t, d)
				id, r := startExec(t, d, conn, "cat")
				if _, err := conn.Write([]byte("hello\n")); err != nil {
					t.Fatal(name, err)
				}
				got := make([]byte, len(helloFrame))
				if _, err := io.ReadFull(r, got); err != nil || string(got) != helloFrame {
					t.Fatalf("%s: %q, %v", name, got, err)
				}
				if e := inspectExec(t, d, id); !e.Running {
					t.Errorf("%s: it has ended before the client", name)
				}
				if err := end(conn); err != nil {
					t.Error(name, err)
				}
				if !strings.HasPrefix(name, "close") || name == "close_notify and FIN" {
					if rest, err := io.ReadAll(r); len(rest) != 0 || err != nil {
						t.Errorf("%s: the client read %q, %v", name, rest, err)
					}
				}
				if code := exitOf(t, d, id); code != 0 {
					t.Errorf("%s: it exited with %d", name, code)
				}
			}
		})
	}
}

// TestHalfCloseUnread: the answer is sent to a client that has ended its half, though it reads late, and what does not read goes on.
func TestHalfCloseUnread(t *testing.T) {
	t.Parallel()
	for _, mode := range everyMode {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d := startStreams(t, mode)
			conn := dial(t, d)
			id, r := startExec(t, d, conn, "cat")
			if _, err := conn.Write([]byte("hello\n")); err != nil {
				t.Fatal(err)
			}
			if err := ends["half-close"](conn); err != nil {
				t.Fatal(err)
			}
			if code := exitOf(t, d, id); code != 0 {
				t.Errorf("it exited with %d", code)
			}
			if all, err := io.ReadAll(r); string(all) != helloFrame || err != nil {
				t.Errorf("%q, %v", all, err)
			}
			conn = dial(t, d)
			id, _ = startExec(t, d, conn, "sleep", "infinity")
			for !inspectExec(t, d, id).Running { // the answer begins before the process
			}
			if err := ends["half-close"](conn); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(execState{Running: true}, inspectExec(t, d, id)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestProcessEndsFirst: the daemon ends its half behind the last byte, whatever the client has sent that nobody read, and takes
// what the client still sends.
func TestProcessEndsFirst(t *testing.T) {
	t.Parallel()
	for _, mode := range everyMode {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			d := startStreams(t, mode)
			conn := dial(t, d)
			_, r := startExec(t, d, conn, "head", "-n", "1")
			sent := make(chan error, 1)
			go func() {
				_, err := io.WriteString(conn, "hello\n"+strings.Repeat(strings.Repeat("x", 1000)+"\n", 1000))
				sent <- err
			}()
			if all, err := io.ReadAll(r); string(all) != helloFrame || err != nil {
				t.Errorf("%q, %v", all, err)
			}
			if err := <-sent; err != nil {
				t.Error(err)
			}
		})
	}
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
		began := time.Now()
		if err := d.Close(); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s: Close took %v", mode, took)
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
