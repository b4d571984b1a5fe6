package api

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

// recordedInput is a process's input that takes everything, or fails with err.
type recordedInput struct {
	mu    sync.Mutex
	text  string
	ended bool
	err   error
	wrote chan struct{} // gets a value after each Write
}

func (i *recordedInput) Write(_ context.Context, b []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	defer func() { i.wrote <- struct{}{} }()
	if i.err != nil {
		return 0, i.err
	}
	i.text += string(b)
	return len(b), nil
}

func (i *recordedInput) CloseWrite() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended = true
}

// tcpPair returns the two ends of a connection.
func tcpPair(t *testing.T) (client, server *net.TCPConn) {
	t.Helper()
	l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, _ := l.Accept()
		accepted <- conn
	}()
	client = must[net.Conn](t)(net.Dial("tcp", l.Addr().String())).(*net.TCPConn)
	server = (<-accepted).(*net.TCPConn)
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return client, server
}

// TestAttachment has what the ends of either side do, as dockerd's CopyStreams does it (container/stream/attach.go, and asked of
// dockerd 20.10).
func TestAttachment(t *testing.T) {
	t.Parallel()
	type result struct {
		Got      string // by the client
		Input    string
		Ended    bool // the input
		Detached bool
	}
	const stdout, stderr = "\x01\x00\x00\x00\x00\x00\x00\x04out\n", "\x02\x00\x00\x00\x00\x00\x00\x04err\n"
	send := func(text string) func(*net.TCPConn, *recordedInput) {
		return func(c *net.TCPConn, in *recordedInput) {
			c.Write([]byte(text))
			if in != nil {
				<-in.wrote
			}
		}
	}
	closeWrite := func(c *net.TCPConn, _ *recordedInput) { c.CloseWrite() }
	for name, row := range map[string]struct {
		a      attachment
		noIn   bool
		inErr  error
		client []func(*net.TCPConn, *recordedInput)
		exits  bool // the process, after what the client does; otherwise the attachment ends by itself
		want   result
	}{
		"the process ends": {a: attachment{mux: true}, client: []func(*net.TCPConn, *recordedInput){send("hello\n")}, exits: true,
			want: result{Got: stdout + stderr, Input: "hello\n"}},
		"the end of a run leaves the input to the next": {a: attachment{mux: true, endsInput: true}, client: []func(*net.TCPConn, *recordedInput){send("hello\n")}, exits: true,
			want: result{Got: stdout + stderr, Input: "hello\n"}},
		"without input":  {a: attachment{mux: true}, noIn: true, exits: true, want: result{Got: stdout + stderr}},
		"without frames": {a: attachment{}, noIn: true, exits: true, want: result{Got: "out\nerr\n"}},
		"a half-close is no end without input": {a: attachment{mux: true}, noIn: true, exits: true,
			client: []func(*net.TCPConn, *recordedInput){closeWrite}, want: result{Got: stdout + stderr}},
		"a half-close ends the input": {a: attachment{mux: true, endsInput: true}, exits: true,
			client: []func(*net.TCPConn, *recordedInput){send("hello\n"), closeWrite}, want: result{Got: stdout + stderr, Input: "hello\n", Ended: true}},
		"a half-close ends the attachment": {a: attachment{mux: true},
			client: []func(*net.TCPConn, *recordedInput){send("hello\n"), closeWrite}, want: result{Got: stdout + stderr, Input: "hello\n"}},
		"a half-close ends the attachment to a terminal": {a: attachment{tty: true, endsInput: true},
			client: []func(*net.TCPConn, *recordedInput){closeWrite}, want: result{Got: "out\nerr\n"}},
		"a half-close ends input and attachment": {a: attachment{mux: true, endsInput: true, inputOnly: true},
			client: []func(*net.TCPConn, *recordedInput){closeWrite}, want: result{Got: stdout + stderr, Ended: true}},
		"the keys": {a: attachment{tty: true},
			client: []func(*net.TCPConn, *recordedInput){send("ls\x10\x11rest")}, want: result{Got: "out\nerr\n", Input: "ls", Detached: true}},
		"own keys": {a: attachment{tty: true, keys: []byte("ab")},
			client: []func(*net.TCPConn, *recordedInput){send("\x10\x11"), func(c *net.TCPConn, _ *recordedInput) { c.Write([]byte("ab")) }},
			want:   result{Got: "out\nerr\n", Input: "\x10\x11", Detached: true}},
		"the keys where there is no terminal": {a: attachment{mux: true}, exits: true,
			client: []func(*net.TCPConn, *recordedInput){send("\x10\x11")}, want: result{Got: stdout + stderr, Input: "\x10\x11"}},
		"nobody reads the input": {a: attachment{mux: true}, inErr: io.ErrClosedPipe, exits: true,
			client: []func(*net.TCPConn, *recordedInput){send("hello\n"), closeWrite}, want: result{Got: stdout + stderr}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server := tcpPair(t)
			in := &recordedInput{err: row.inErr, wrote: make(chan struct{}, 10)}
			hub := stream.NewHub(nil, time.Now, nil)
			a := row.a
			a.conn, a.stream, a.output = server, unheard{}, hub.Attach(true, true)
			if !row.noIn {
				a.input = in
			}
			hub.Write(stream.Stdout, []byte("out\n"))
			hub.Write(stream.Stderr, []byte("err\n"))
			var got result
			done := make(chan struct{})
			go func() {
				defer close(done)
				got.Detached = a.run(t.Context())
				leave(server)
			}()
			for _, act := range row.client {
				act(client, in)
			}
			if row.exits {
				select {
				case <-done:
					t.Error("it has ended before the process")
				default:
				}
				if row.want.Ended {
					waitFor(t, func() bool {
						in.mu.Lock()
						defer in.mu.Unlock()
						return in.ended
					})
				}
				hub.EndRun()
			}
			all, err := io.ReadAll(client)
			if err != nil {
				t.Error(err)
			}
			client.Close()
			<-done
			got.Got, got.Input, got.Ended = string(all), in.text, in.ended
			if d := cmp.Diff(row.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// waitFor waits for what another goroutine does soon.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(deadline) {
			t.Fatal("it has not come")
		}
		runtime.Gosched()
	}
}

// TestAttachmentClientGone: a client that is gone ends its attachment, and with it the input that it alone had.
func TestAttachmentClientGone(t *testing.T) {
	t.Parallel()
	client, server := tcpPair(t)
	in := &recordedInput{wrote: make(chan struct{}, 1)}
	hub := stream.NewHub(nil, time.Now, nil)
	a := attachment{stream: unheard{}, conn: server, output: hub.Attach(true, true), input: in, endsInput: true}
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.run(t.Context())
	}()
	client.SetLinger(0)
	client.Close()
	for end := false; !end; {
		select {
		case <-done:
			end = true
		default:
			hub.Write(stream.Stdout, []byte("out\n"))
		}
	}
	if !in.ended {
		t.Error("the input has no end")
	}
	if n, ok := hub.Write(stream.Stdout, make([]byte, 2*stream.MaxBehind)); !ok {
		t.Errorf("it still holds up the process after %d bytes", n)
	}
}

// TestAttachmentContext: the daemon's end ends it, whatever it waits for.
func TestAttachmentContext(t *testing.T) {
	t.Parallel()
	for _, in := range []*recordedInput{nil, {wrote: make(chan struct{}, 1)}, {wrote: make(chan struct{}, 1), err: errors.New("nobody reads")}} {
		client, server := tcpPair(t)
		hub := stream.NewHub(nil, time.Now, nil)
		a := attachment{stream: unheard{}, conn: server, output: hub.Attach(true, true)}
		if in != nil {
			a.input = in
			client.Write([]byte("x"))
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			a.run(ctx)
		}()
		if in != nil {
			<-in.wrote
		}
		cancel()
		<-done
	}
}
