package state

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

// IO is the streams of a container, over all its runs, or of an exec.
type IO struct {
	// Hub is where the output goes; Log is what is kept of it, nil for an exec.
	Hub *stream.Hub
	Log *stream.Log
	// Stdin is nil unless it is open.
	Stdin Input
	// Tty says that there is a terminal, StdinOnce that the first client that leaves ends standard input.
	Tty, StdinOnce bool
	// Size is that of the terminal; nil without one.
	Size func() (rows, cols uint16)
	// DetachKeys are those that an exec was created with; nil means the daemon's own.
	DetachKeys []byte
}

// Input is standard input from the side of its clients.
type Input interface {
	// Write waits for room. It fails when no process reads any more.
	Write(ctx context.Context, b []byte) (int, error)
	// CloseWrite ends the input of the process that runs, which a terminal does not have an end of.
	CloseWrite()
}

// terminal is what a process reads from: a pipe or a terminal, another one for each run.
type terminal struct {
	tty, open bool        // immutable
	hub       *stream.Hub // of a terminal's output; immutable

	mu         sync.Mutex
	in         *run.Input // unless there is a terminal or nothing to read; protected by mu
	console    *run.TTY   // protected by mu
	rows, cols uint16     // protected by mu
}

// renew makes what the next run reads from.
func (t *terminal) renew() {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.tty:
		t.console = run.NewTTY(t.rows, t.cols, output{t.hub.Output(stream.Stdout)})
	case t.open:
		if t.in != nil {
			_ = t.in.Device().Close() // who writes to it is told
		}
		t.in = new(run.Input)
	}
}

func (t *terminal) now() (*run.Input, *run.TTY) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.in, t.console
}

// resize gives the terminal another size.
func (t *terminal) resize(rows, cols uint16) {
	t.mu.Lock()
	t.rows, t.cols = rows, cols
	console := t.console
	t.mu.Unlock()
	if console != nil {
		console.Resize(rows, cols)
	}
}

func (t *terminal) size() (rows, cols uint16) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows, t.cols
}

func (t *terminal) Write(ctx context.Context, b []byte) (int, error) {
	in, console := t.now()
	if console != nil {
		return console.Write(ctx, b)
	}
	return in.Write(ctx, b)
}

func (t *terminal) CloseWrite() {
	if in, _ := t.now(); in != nil {
		in.CloseWrite()
	}
}

// output is one of the outputs of a process.
type output struct{ stream.Output }

func (o output) Read([]byte) (int, error) { return 0, files.EBADF }

func (o output) Write(b []byte) (int, error) {
	n, ok := o.Output.Write(b)
	if !ok {
		return n, run.ErrAgain
	}
	return n, nil
}

func (o output) Close() error { return nil }

// probeOutput keeps the beginning of what a health check prints.
type probeOutput struct {
	mu        sync.Mutex
	text      bytes.Buffer // protected by mu
	truncated bool         // protected by mu
}

// maxProbeOutput is how much of it dockerd keeps, in bytes (daemon/health.go).
const maxProbeOutput = 4096

func (o *probeOutput) Read([]byte) (int, error) { return 0, files.EBADF }

func (o *probeOutput) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kept := b[:min(len(b), maxProbeOutput-o.text.Len())]
	o.text.Write(kept)
	o.truncated = o.truncated || len(kept) < len(b)
	return len(b), nil
}

func (o *probeOutput) Close() error { return nil }

func (o *probeOutput) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.truncated {
		return o.text.String() + "..."
	}
	return o.text.String()
}

// streams are the streams of a container or an exec, and what its processes have of them.
type streams struct {
	IO
	in *terminal
}

// newStreams makes streams; wake lets processes go on that wait for room.
func newStreams(log *stream.Log, now func() time.Time, tty, open bool, wake *waker) *streams {
	io := &streams{IO: IO{Hub: stream.NewHub(log, now, wake.wake), Log: log, Tty: tty}}
	io.in = &terminal{tty: tty, open: open, hub: io.Hub}
	io.in.renew()
	if open {
		io.Stdin = io.in
	}
	if tty {
		io.Size = io.in.size
	}
	return io
}

// attach gives them to a process.
func (io *streams) attach(spec *run.Spec) {
	in, console := io.in.now()
	if spec.TTY = console; console != nil {
		return
	}
	if in != nil {
		spec.Stdin = in.Device()
	}
	spec.Stdout, spec.Stderr = output{io.Hub.Output(stream.Stdout)}, output{io.Hub.Output(stream.Stderr)}
}

// end is the end of a run.
func (io *streams) end() {
	io.Hub.EndRun()
	io.in.renew()
}

// waker lets the processes of a container that run now go on.
type waker struct{ space atomic.Pointer[run.Space] }

func (w *waker) wake() {
	if space := w.space.Load(); space != nil {
		space.Wake()
	}
}

// ioLocked are the streams of a container.
func (s *State) ioLocked(c *Container) *streams {
	l := s.life(c)
	if l.io == nil {
		l.io = newStreams(stream.NewLog(stream.LogOptions{}), s.Now, c.Config.Tty, c.Config.OpenStdin, &l.waker)
		l.io.StdinOnce = c.Config.StdinOnce
	}
	return l.io
}

// ContainerIO returns a container and its streams, which are the same over all its runs.
func (s *State) ContainerIO(term string) (Container, *IO, error) {
	s.awaken(term)
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return Container{}, nil, err
	}
	return c.clone(), &s.ioLocked(c).IO, nil
}

// ExecIO returns the streams of an exec; the error is NotFound.
func (s *State) ExecIO(id string) (*IO, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.execs[id]
	if e == nil {
		return nil, noExec(id)
	}
	return &s.execIOLocked(e).IO, nil
}

func (s *State) execIOLocked(e *Exec) *streams {
	if e.io == nil {
		l := s.life(s.index.byID[e.ContainerID])
		e.io = newStreams(nil, s.Now, e.Tty, e.OpenStdin, &l.waker)
		e.io.DetachKeys = e.DetachKeys
	}
	return e.io
}
