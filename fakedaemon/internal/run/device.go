package run

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// ErrAgain is what a Device gives when there is nothing to read yet, or no room.
var ErrAgain = errors.New("try again")

// Device is what is behind a descriptor and is no file. Its methods never wait, are safe for use by many goroutines, and are called while the
// space is not locked. Whoever makes it give or take more calls Space.Wake: until then a process that was told ErrAgain counts as settled.
type Device interface {
	// Read gives what is there; io.EOF at the end, ErrAgain if nothing is there yet.
	Read(b []byte) (int, error)
	// Write takes what it has room for; with less than all of b it gives ErrAgain. EPIPE: nobody reads any more.
	Write(b []byte) (int, error)
	// Close is called when no process has it open any more.
	Close() error
}

// device is a Device as a file.
type device struct {
	d     Device
	opens int
	inode uint64
}

func (d *device) opened(int) { d.opens++ }

func (d *device) close(s *Space, _ *openFile) {
	if d.opens--; d.opens == 0 {
		s.unlocked(func() { d.d.Close() })
	}
}

func (d *device) read(p *Process, _ *openFile, b []byte) (n int, err error) {
	for {
		seen := p.s.wakes
		p.s.unlocked(func() { n, err = d.d.Read(b) })
		if n > 0 || err != ErrAgain {
			return n, err
		}
		ready := func() bool { return p.s.wakes != seen }
		if in, ok := d.d.(input); ok {
			ready = in.readable
		}
		if err := p.wait(ready); err != nil {
			return 0, err
		}
	}
}

func (d *device) write(p *Process, _ *openFile, b []byte) (n int, err error) {
	for {
		seen, more := p.s.wakes, 0
		p.s.unlocked(func() { more, err = d.d.Write(b[n:]) })
		if n += more; err != ErrAgain {
			return n, err
		}
		if err := p.wait(func() bool { return p.s.wakes != seen }); err != nil {
			return n, partly(n, err)
		}
	}
}

// partly is the error of a call that was interrupted when it had written n bytes: none, if that are some.
func partly(n int, err error) error {
	if n > 0 {
		return nil
	}
	return err
}

// Input is standard input from a client: a pipe, 64 KiB deep. Its zero value is ready for use.
type Input struct {
	mu     sync.Mutex
	s      *Space
	buffer buffer
	// ended: the client has closed its side; broken: the processes have closed theirs.
	ended, broken bool
	// room, unless nil, is closed when there is room.
	room chan struct{}
}

// Device is the side of the processes, for Spec.Stdin of one process.
func (i *Input) Device() Device { return input{i} }

// Write writes all of b, and waits for room. io.ErrClosedPipe: no process reads it any more, or it was ended.
func (i *Input) Write(ctx context.Context, b []byte) (n int, err error) {
	for {
		i.mu.Lock()
		if i.ended || i.broken {
			i.mu.Unlock()
			return n, io.ErrClosedPipe
		}
		n += i.buffer.put(b[n:])
		if n < len(b) && i.room == nil {
			i.room = make(chan struct{})
		}
		s, room := i.s, i.room
		i.mu.Unlock()
		s.wakeReaders()
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
	i.roomLocked()
	s := i.s
	i.mu.Unlock()
	s.wakeReaders()
}

func (i *Input) roomLocked() {
	if i.room != nil {
		close(i.room)
		i.room = nil
	}
}

// wakeReaders lets processes look whose wait is for what an Input or a TTY holds; s may be nil.
func (s *Space) wakeReaders() {
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changedLocked()
	}
}

// input is the processes' side of an Input.
type input struct{ *Input }

// attach is called with the space locked.
func (i input) attach(s *Space) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.s = s
}

func (i input) readable() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.ended || i.buffer.len() > 0
}

func (i input) Read(b []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch n := i.buffer.take(b); {
	case n > 0:
		i.roomLocked()
		return n, nil
	case i.ended:
		return 0, io.EOF
	}
	return 0, ErrAgain
}

func (i input) Write([]byte) (int, error) { return 0, files.EBADF }

func (i input) Close() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.broken = true
	i.roomLocked()
	return nil
}
