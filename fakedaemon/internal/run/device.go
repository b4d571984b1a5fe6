package run

import (
	"context"
	"errors"
	"io"
	"sync"
)

// ErrAgain is what a Device gives when there is nothing to read yet, or no room.
var ErrAgain = errors.New("try again")

// Device is what is behind a descriptor and is no file. Its methods never wait, are safe for use by many goroutines, and are called while the
// space is not locked. Whoever makes it give or take more calls Space.Wake.
type Device interface {
	// Read gives what is there; io.EOF at the end, ErrAgain if nothing is there yet.
	Read(b []byte) (int, error)
	// Write takes what it has room for; with less than all of b it gives ErrAgain. EPIPE: nobody reads any more.
	Write(b []byte) (int, error)
	// Close is called when no process has it open any more.
	Close() error
}

func deviceFile(d Device) file {
	if d == nil {
		return null{}
	}
	return device{d}
}

type device struct{ d Device }

func (d device) read(p *Process, o *openFile, b []byte) (n int, err error) {
	for {
		seen := p.s.wakes
		p.s.unlocked(func() { n, err = d.d.Read(b) })
		if err != ErrAgain || n > 0 {
			if n > 0 {
				err = nil
			}
			return n, err
		}
		if err := p.wait(func() bool { return p.s.wakes != seen }); err != nil {
			return 0, err
		}
	}
}

func (d device) write(p *Process, o *openFile, b []byte) (n int, err error) {
	for {
		seen := p.s.wakes
		var more int
		p.s.unlocked(func() { more, err = d.d.Write(b[n:]) })
		if n += more; err != ErrAgain {
			return n, err
		}
		if err := p.wait(func() bool { return p.s.wakes != seen }); err != nil {
			if n > 0 {
				err = nil
			}
			return n, err
		}
	}
}

func (d device) close(s *Space, o *openFile) { s.unlocked(func() { d.d.Close() }) }

// null is /dev/null.
type null struct{}

func (null) read(*Process, *openFile, []byte) (int, error)        { return 0, io.EOF }
func (null) write(_ *Process, _ *openFile, b []byte) (int, error) { return len(b), nil }
func (null) close(*Space, *openFile)                              {}

// Input is a Device for standard input: a pipe from a client, 64 KiB deep.
type Input struct {
	mu     sync.Mutex
	s      *Space
	buffer buffer
	// ended: the client has closed its side. broken: the processes have closed theirs.
	ended, broken bool
	// room is closed and made new when there is room.
	room chan struct{}
}

// NewInput makes an input that is open.
func NewInput() *Input { return &Input{room: make(chan struct{})} }

func (i *Input) attach(s *Space) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.s = s
}

// Send writes all of b, and waits for room. io.ErrClosedPipe: no process reads it any more, or it was ended.
func (i *Input) Send(ctx context.Context, b []byte) (n int, err error) {
	for {
		i.mu.Lock()
		if i.ended || i.broken {
			i.mu.Unlock()
			return n, io.ErrClosedPipe
		}
		more := i.buffer.put(b[n:])
		n += more
		s, room := i.s, i.room
		i.mu.Unlock()
		if more > 0 && s != nil {
			s.Wake()
		}
		if n == len(b) {
			return n, nil
		}
		select {
		case <-room:
		case <-ctx.Done():
			return n, ctx.Err()
		}
	}
}

// CloseWrite ends it: what reads it gets the rest, then the end.
func (i *Input) CloseWrite() {
	i.mu.Lock()
	i.ended = true
	s := i.s
	i.mu.Unlock()
	if s != nil {
		s.Wake()
	}
}

// Read implements Device.
func (i *Input) Read(b []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := i.buffer.take(b)
	switch {
	case n > 0:
		i.hasRoom()
	case i.ended:
		return 0, io.EOF
	default:
		return 0, ErrAgain
	}
	return n, nil
}

// Write implements Device: nothing can be written to it.
func (i *Input) Write([]byte) (int, error) { return 0, EBADF }

// Close implements Device.
func (i *Input) Close() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.broken = true
	i.hasRoom()
	return nil
}

func (i *Input) hasRoom() {
	close(i.room)
	i.room = make(chan struct{})
}
