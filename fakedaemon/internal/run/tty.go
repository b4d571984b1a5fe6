package run

import (
	"context"
	"io"
	"io/fs"
	"strconv"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// TTY is a terminal, for one process that Start starts and for those that come of it. The client's side writes what is typed and changes the
// size; what is to be seen goes to a Device. It does what Linux does with its default settings, as far as terminals of containers show it.
type TTY struct {
	out    Device
	number int // of /dev/pts; the lock of the space guards it and opens
	opens  int

	// mu may be taken with the space locked, and is held when out is written to.
	mu sync.Mutex
	s  *Space
	// foreground is the process group that keys send signals to and that may read.
	foreground int
	rows, cols uint16
	// over: its session has ended.
	over bool
	lineDiscipline
	// held is output that out has no room for yet.
	held []byte
	// room, unless nil, is closed when there is room for what is typed.
	room chan struct{}
}

// NewTTY makes a terminal of a size, whose output goes to a device.
func NewTTY(rows, cols uint16, out Device) *TTY {
	return &TTY{out: out, rows: rows, cols: cols, lineDiscipline: lineDiscipline{Termios: usual}}
}

// attachLocked makes it the terminal of a session.
func (t *TTY) attachLocked(s *Space, group int) {
	t.number = 0
	for t.number < len(s.terminals) && s.terminals[t.number] != nil {
		t.number++
	}
	if t.number == len(s.terminals) {
		s.terminals = append(s.terminals, nil)
	}
	s.terminals[t.number] = t
	if group == 1 {
		s.console = t
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.s, t.foreground = s, group
}

// Write types b. It waits while processes do not read what was typed before. io.ErrClosedPipe: its session is over.
func (t *TTY) Write(ctx context.Context, b []byte) (n int, err error) {
	for n < len(b) {
		t.mu.Lock()
		if t.over {
			t.mu.Unlock()
			return n, io.ErrClosedPipe
		}
		sig := 0
		for n < len(b) && sig == 0 && t.hasRoom() {
			sig = t.receive(b[n])
			n++
		}
		if echo := t.takeEcho(); len(t.held) < piece {
			t.held = append(t.held, echo...) // beyond, Linux drops it too
		}
		t.flushLocked()
		if n < len(b) && sig == 0 && t.room == nil {
			t.room = make(chan struct{})
		}
		s, group, room := t.s, t.foreground, t.room
		t.mu.Unlock()
		s.typed(group, sig)
		if n == len(b) || sig != 0 {
			continue
		}
		select {
		case <-room:
		case <-ctx.Done():
			return n, ctx.Err()
		}
	}
	return n, nil
}

// typed sends the signal that a key stands for, if any, and lets processes look; s may be nil.
func (s *Space) typed(group, sig int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sig != 0 {
		s.signalGroupLocked(group, sig, false)
	}
	s.changedLocked()
}

// Resize changes the size, and sends SIGWINCH to the foreground processes.
func (t *TTY) Resize(rows, cols uint16) {
	t.mu.Lock()
	sig := 0
	if t.rows != rows || t.cols != cols {
		sig = SIGWINCH
	}
	t.rows, t.cols = rows, cols
	s, group := t.s, t.foreground
	t.mu.Unlock()
	s.typed(group, sig)
}

// flush gives out what it had no room for.
func (t *TTY) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flushLocked()
}

func (t *TTY) flushLocked() (err error) {
	for len(t.held) > 0 && !t.stopped {
		n, err := t.out.Write(t.held)
		if t.held = t.held[n:]; err != nil {
			if err != ErrAgain {
				t.held = nil
			}
			return err
		}
	}
	return nil
}

func (t *TTY) roomLocked() {
	if t.room != nil {
		close(t.room)
		t.room = nil
	}
}

func (t *TTY) group() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.foreground
}

func (t *TTY) read(p *Process, _ *openFile, b []byte) (n int, err error) {
	readable := func() bool { return t.has(func() bool { return t.over || t.readable(len(b)) }) }
	for {
		if err := p.backgroundLocked(t, SIGTTIN); err != nil {
			return 0, err
		}
		background := func() bool { return p.tty == t && t.group() != p.group }
		if err := p.wait(func() bool { return background() || readable() }); err != nil {
			return 0, err
		} else if !background() {
			break
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return 0, io.EOF
	}
	n = t.take(b)
	t.roomLocked()
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// piece is how much of a write is made ready for the client at once.
const piece = 32 << 10

func (t *TTY) write(p *Process, _ *openFile, b []byte) (n int, err error) {
	if t.has(func() bool { return t.local(TOSTOP) }) {
		if err := p.backgroundLocked(t, SIGTTOU); err != nil {
			return 0, err
		}
	}
	// It is not done before the device has all: nobody would give it the rest after the last process.
	for waits := true; n < len(b) || waits; {
		seen := p.s.wakes
		p.s.unlocked(func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.over {
				err = files.EIO
				return
			}
			if err = t.flushLocked(); len(t.held) == 0 && err == nil && !t.stopped && n < len(b) {
				some := b[n:min(len(b), n+piece)]
				n += len(some)
				if t.plainOutput(some) {
					var done int
					if done, err = t.out.Write(some); err == ErrAgain {
						t.held = append(t.held, some[done:]...)
					}
				} else {
					t.held = t.output(t.held[:0], some)
					err = t.flushLocked()
				}
			}
			waits = len(t.held) > 0 || t.stopped
		})
		switch {
		case err != nil && err != ErrAgain:
			return n, err
		case !waits:
			continue
		}
		ready := func() bool {
			return t.has(func() bool { return t.over || !t.stopped && (len(t.held) == 0 || p.s.wakes != seen) })
		}
		if err := p.wait(ready); err != nil {
			return n, partly(n, err)
		}
	}
	return n, nil
}

// has asks with the terminal locked.
func (t *TTY) has(what func() bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return what()
}

func (t *TTY) opened(int) { t.opens++ }

func (t *TTY) close(s *Space, _ *openFile) {
	if t.opens--; t.opens > 0 {
		return
	}
	s.terminals[t.number] = nil
	s.unlocked(func() {
		t.mu.Lock()
		t.over = true
		t.roomLocked()
		t.mu.Unlock()
		t.out.Close()
	})
}

func (t *TTY) name() string { return "/dev/pts/" + strconv.Itoa(t.number) }

func (t *TTY) stat() (fs.FileInfo, error) { return t.node().info(strconv.Itoa(t.number)), nil }

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
	if err == nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		rows, cols = t.rows, t.cols
	}
	return rows, cols, err
}

// Termios gives the settings of a terminal; ENOTTY if it is none.
func (p *Process) Termios(fd int) (Termios, error) {
	p.enter()
	defer p.leave()
	t, err := p.terminalLocked(fd)
	if err != nil {
		return Termios{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.Termios, nil
}

// SetTermios changes the settings of a terminal. From the background, that is SIGTTOU.
func (p *Process) SetTermios(fd int, settings Termios) error {
	p.enter()
	defer p.leave()
	t, err := p.terminalLocked(fd)
	if err != nil {
		return err
	}
	if err := p.backgroundLocked(t, SIGTTOU); err != nil {
		return err
	}
	t.mu.Lock()
	t.set(settings)
	t.roomLocked()
	t.mu.Unlock()
	p.s.changedLocked()
	return nil
}
