package run

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// pipeSize is how much a pipe holds, and atomicSize how much is written in one piece or not yet, as on Linux.
const (
	pipeSize   = 64 << 10
	atomicSize = 4096
)

// pipe is a pipe. The lock of its space guards it.
type pipe struct {
	buffer
	readers, writers int
	inode            uint64
}

func (b *pipe) opened(flags int) { b.count(flags, 1) }

func (b *pipe) close(_ *Space, o *openFile) { b.count(o.flags, -1) }

func (b *pipe) count(flags, n int) {
	if flags&access != os.O_WRONLY {
		b.readers += n
	}
	if flags&access != os.O_RDONLY {
		b.writers += n
	}
}

func (b *pipe) read(p *Process, _ *openFile, to []byte) (int, error) {
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

func (b *pipe) write(p *Process, _ *openFile, from []byte) (n int, err error) {
	need := 1
	if len(from) <= atomicSize {
		need = len(from)
	}
	for n < len(from) {
		if err := p.wait(func() bool { return b.room() >= need || b.readers == 0 }); err != nil {
			return n, partly(n, err)
		} else if b.readers == 0 {
			return n, EPIPE
		}
		n += b.put(from[n:])
		p.s.changedLocked()
	}
	return n, nil
}

func (b *pipe) name() string { return fmt.Sprintf("pipe:[%d]", b.inode) }

func (b *pipe) stat() (fs.FileInfo, error) {
	return &info{name: b.name(), mode: fs.ModeNamedPipe | 0o600, inode: b.inode}, nil
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
