package api

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

// defaultDetachKeys are ctrl-p ctrl-q.
var defaultDetachKeys = []byte{16, 17}

// attachment is a client on a connection of its own and the process that it talks to (container/stream/attach.go).
type attachment struct {
	conn   net.Conn
	stream Stream
	output *stream.Reader
	// mux puts the output in frames.
	mux bool
	// input is nil when what the client sends is not read.
	input state.Input
	// tty: the process has a terminal, which keys, or else the default ones, are typed at.
	tty  bool
	keys []byte
	// endsInput: the end of what the client sends is that of the process's input; otherwise, and with a terminal, it ends the
	// attachment. inputOnly: then, too, as there is nothing to wait for.
	endsInput, inputOnly bool
	// settled waits until the process has come to rest, so that what it prints at once comes before the echo of what is typed; nil
	// where that is waited for elsewhere.
	settled func(context.Context)
	// left says that the end of what the client sends has ended the attachment. It belongs to copyInput until that has ended.
	left bool
}

// run copies until the process has ended or the client has left. Detached says that it has typed the keys.
func (a *attachment) run(ctx context.Context) (detached bool) {
	defer a.output.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if a.input == nil {
		a.stream.End(a.copyOutput(ctx))
		return false
	}
	over := make(chan struct{})
	done := make(chan bool, 1)
	go func() { done <- a.copyInput(ctx, over) }()
	ended := a.copyOutput(ctx)
	if ended == nil {
		close(over)
	}
	cancel()
	_ = a.conn.SetReadDeadline(time.Unix(1, 0)) // which ends a read that is under way
	detached = <-done
	_ = a.conn.SetReadDeadline(time.Time{})
	switch {
	case detached:
		ended = errDetached
	case ended == nil && a.left:
		ended = io.EOF
	}
	a.stream.End(ended)
	return detached
}

// copyOutput returns nil when all of it was sent.
func (a *attachment) copyOutput(ctx context.Context) error {
	for {
		var data []byte
		var err error
		if a.mux {
			data, err = a.output.NextFrames(ctx)
		} else {
			_, data, err = a.output.Next(ctx)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := a.conn.Write(data); err != nil {
			return err
		}
	}
}

var inputBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// copyInput copies until the client has no more to send, has left or has typed the keys, or the run is over.
func (a *attachment) copyInput(ctx context.Context, over <-chan struct{}) (detached bool) {
	buf := inputBuffers.Get().(*[32 << 10]byte)
	defer inputBuffers.Put(buf)
	filter := stream.NewDetachFilter(nil)
	if a.tty {
		keys := a.keys
		if len(keys) == 0 {
			keys = defaultDetachKeys
		}
		filter = stream.NewDetachFilter(keys)
	}
	if a.settled != nil {
		a.settled(ctx)
	}
	for {
		n, readErr := a.conn.Read(buf[:])
		var input []byte
		input, detached = filter.Filter(buf[:n])
		if len(input) > 0 {
			if _, err := a.input.Write(ctx, input); err != nil {
				// Nobody reads it any more, which dockerd does not notice: its pipe is full.
				<-ctx.Done()
			}
		}
		if detached || readErr != nil || ctx.Err() != nil {
			break
		}
	}
	select {
	case <-over: // what another run reads is not ended
		return detached
	default:
	}
	if a.endsInput && !a.tty {
		a.input.CloseWrite()
	}
	if !a.endsInput || a.tty || a.inputOnly {
		a.left = true
		a.output.Close()
	}
	return detached
}

// linger is how long at most a client may keep its half of a connection open once the daemon has ended its own.
const linger = time.Minute

// leave ends the daemon's half of a connection and waits for the client to end its own: closed with something unread, a
// connection is reset, which may cost the client what it has not read.
func leave(conn net.Conn) {
	defer conn.Close()
	if half, ok := conn.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		return
	}
	_ = conn.SetReadDeadline(time.Now().Add(linger))
	_, _ = io.Copy(io.Discard, conn)
}
