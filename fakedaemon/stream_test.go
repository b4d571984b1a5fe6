package fakedaemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
)

// endedStream waits for the end of the newest stream of a container, or of none, and returns it without what is made up.
func endedStream(t *testing.T, d *Daemon, n int) Stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := d.WaitStream(ctx, func(Stream) bool { ss := d.Streams(); return len(ss) == n && ss[n-1].End != "" }); err != nil {
		t.Fatal(err)
	}
	s := d.Streams()[n-1]
	s.Request = 0
	if s.Exec != "" {
		s.Exec = "exec"
	}
	return s
}

// TestStreams: what is known of each kind of stream and of each end.
func TestStreams(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, mode := range []modes.Daemon{modes.TCP, modes.TLSVerify, modes.Unix} {
		d := startStreams(t, mode)
		d.SetProgram("three", Program{Stdout: "1\n", Steps: []Step{{Stdout: "2\n"}, {Stdout: "3\n"}}, Runs: true})
		c1 := d.state.Containers()[0].ID
		n := 0
		check := func(want Stream) {
			t.Helper()
			n++
			if diff := cmp.Diff(want, endedStream(t, d, n)); diff != "" {
				t.Errorf("%s: %s", mode, diff)
			}
		}
		conn := dial(t, d)
		_, r := startExec(t, d, conn, "cat")
		fmt.Fprint(conn, "hello\n")
		if err := halfClose(conn); err != nil {
			t.Error(err)
		}
		if _, err := io.ReadAll(r); err != nil {
			t.Error(err)
		}
		check(Stream{Operation: "ExecStart", Container: c1, Exec: "exec", Sent: 14, Received: 6, Frames: 1, ClientEOF: true, End: StreamDone})

		post(t, d, "/containers/create?name=c2", `{"Image":"busybox","Cmd":["three"],"Tty":true,"OpenStdin":true}`, nil)
		post(t, d, "/containers/c2/start", "", nil)
		c2 := d.state.Containers()[1].ID
		follow := func(path string) (cancel func()) {
			ctx, cancel := context.WithCancel(t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := d.HTTPClient().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { resp.Body.Close() })
			return cancel
		}
		leave := follow("/containers/c2/logs?follow=1&stdout=1")
		if _, err := d.WaitStream(ctx, func(s Stream) bool { return s.Operation == "ContainerLogs" && s.Sent == 9 }); err != nil {
			t.Fatal(err)
		}
		leave()
		check(Stream{Operation: "ContainerLogs", Container: c2, Sent: 9, End: StreamClosed})

		conn = dial(t, d)
		fmt.Fprint(conn, "POST /containers/c2/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: docker\r\n\r\n")
		post(t, d, "/containers/c2/resize?h=24&w=80", "", nil)
		if _, err := d.WaitStream(ctx, func(s Stream) bool { return s.Rows == 24 && s.Cols == 80 }); err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, "\x10\x11")
		check(Stream{Operation: "ContainerAttach", Container: c2, Received: 2, Rows: 24, Cols: 80, End: StreamDetached})

		remove := d.Inject(StreamFault{Operation: "ExecStart", After: 10})
		conn = dial(t, d)
		startExec(t, d, conn, "echo", "hello")
		check(Stream{Operation: "ExecStart", Container: c1, Exec: "exec", Sent: 10, End: StreamCut})
		remove()

		if mode == modes.TCP {
			conn = dial(t, d)
			startExec(t, d, conn, "cat")
			if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
				t.Fatal(err)
			}
			conn.Close()
			check(Stream{Operation: "ExecStart", Container: c1, Exec: "exec", End: StreamReset})
		}

		follow("/events")
		if _, err := d.WaitStream(ctx, func(s Stream) bool { return s.Operation == "SystemEvents" }); err != nil {
			t.Fatal(err)
		}
		d.Close()
		n++
		last := endedStream(t, d, n)
		last.Sent, last.Frames = 0, 0 // of what was cut or reset, the end may come late
		if diff := cmp.Diff(Stream{Operation: "SystemEvents", End: StreamDaemon}, last); diff != "" {
			t.Errorf("%s: %s", mode, diff)
		}
		_, err := d.WaitStream(ctx, func(s Stream) bool { return s.Operation == "nosuch" })
		if !errors.Is(err, ErrClosed) || strings.Count(err.Error(), "\n") != n+2 {
			t.Errorf("%v", err)
		}
	}
}
