package run

import "io"

// pipeSize is how much a pipe holds, and atomic how much is written in one piece or not at all, as on Linux.
const (
	pipeSize = 64 << 10
	atomic   = 4096
)

// pipe is a pipe. The lock of its space guards it.
type pipe struct {
	buffer
	readers, writers int
}

func (b *pipe) read(p *Process, o *openFile, to []byte) (int, error) {
	if err := p.wait(func() bool { return b.len() > 0 || b.writers == 0 }); err != nil {
		return 0, err
	}
	n := b.take(to)
	if n == 0 {
		return 0, io.EOF
	}
	p.s.changedLocked()
	return n, nil
}

func (b *pipe) write(p *Process, o *openFile, from []byte) (n int, err error) {
	for n < len(from) {
		need := 1
		if len(from) <= atomic {
			need = len(from)
		}
		if err := p.wait(func() bool { return b.room() >= need || b.readers == 0 }); err != nil {
			if n > 0 {
				err = nil
			}
			return n, err
		}
		if b.readers == 0 {
			return n, EPIPE
		}
		n += b.put(from[n:])
		p.s.changedLocked()
	}
	return n, nil
}

func (b *pipe) close(s *Space, o *openFile) {
	if o.flags == readOnly {
		b.readers--
	} else {
		b.writers--
	}
}

// buffer is bytes on their way, at most pipeSize.
type buffer struct {
	data  []byte
	start int
}

func (b *buffer) len() int  { return len(b.data) - b.start }
func (b *buffer) room() int { return pipeSize - b.len() }

func (b *buffer) take(to []byte) int {
	n := copy(to, b.data[b.start:])
	if b.start += n; b.start == len(b.data) {
		b.data, b.start = b.data[:0], 0
	}
	return n
}

func (b *buffer) put(from []byte) int {
	from = from[:min(len(from), b.room())]
	if b.start > 0 && len(b.data)+len(from) > cap(b.data) {
		b.data, b.start = b.data[:copy(b.data, b.data[b.start:])], 0
	}
	b.data = append(b.data, from...)
	return len(from)
}
