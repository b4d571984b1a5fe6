package run

import (
	"context"
	"io"
	"sync"
)

// TTY is a terminal. The client's side writes with Send what is typed; what is to be seen goes to a Device.
type TTY struct {
	out Device

	mu         sync.Mutex
	s          *Space
	foreground int
	rows, cols uint16
	in         buffer
	ended      bool
}

// NewTTY makes a terminal of a size, whose output goes to a device.
func NewTTY(rows, cols uint16, out Device) *TTY { return &TTY{out: out, rows: rows, cols: cols} }

func (t *TTY) attach(s *Space, group int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.s, t.foreground = s, group
}

// Send types b.
func (t *TTY) Send(ctx context.Context, b []byte) (int, error) {
	t.mu.Lock()
	n := t.in.put(b)
	s := t.s
	t.mu.Unlock()
	if s != nil {
		s.Wake()
	}
	return n, nil
}

// Hangup ends it.
func (t *TTY) Hangup() {
	t.mu.Lock()
	t.ended = true
	s := t.s
	t.mu.Unlock()
	if s != nil {
		s.Wake()
	}
}

// Resize changes its size and sends SIGWINCH to the foreground processes.
func (t *TTY) Resize(rows, cols uint16) {
	t.mu.Lock()
	changed := t.rows != rows || t.cols != cols
	t.rows, t.cols = rows, cols
	s, group := t.s, t.foreground
	t.mu.Unlock()
	if s == nil || !changed {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.processes {
		if p.group == group {
			p.signalLocked(SIGWINCH, true)
		}
	}
}

func (t *TTY) read(p *Process, o *openFile, b []byte) (int, error) {
	for {
		seen := p.s.wakes
		t.mu.Lock()
		n, ended := t.in.take(b), t.ended
		t.mu.Unlock()
		if n > 0 {
			return n, nil
		} else if ended {
			return 0, io.EOF
		}
		if err := p.wait(func() bool { return p.s.wakes != seen }); err != nil {
			return 0, err
		}
	}
}

func (t *TTY) write(p *Process, o *openFile, b []byte) (int, error) {
	return device{t.out}.write(p, o, b)
}

func (t *TTY) close(*Space, *openFile) {}

func (p *Process) terminalLocked(fd int) (*TTY, error) {
	f, err := p.openLocked(fd)
	if err != nil {
		return nil, err
	}
	if t, ok := f.file.(*TTY); ok {
		return t, nil
	}
	return nil, ENOTTY
}

// IsTerminal reports whether a descriptor is a terminal.
func (p *Process) IsTerminal(fd int) bool {
	p.enter()
	defer p.leave()
	_, err := p.terminalLocked(fd)
	return err == nil
}

// Size is the size of a terminal; ENOTTY if it is none.
func (p *Process) Size(fd int) (rows, cols uint16, err error) {
	p.enter()
	defer p.leave()
	t, err := p.terminalLocked(fd)
	if err != nil {
		return 0, 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows, t.cols, nil
}
