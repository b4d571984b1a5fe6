package run

import (
	"io"
	"io/fs"
	"os"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// What calls give, beside the errors of files.
const (
	EINTR  = files.Errno("interrupted system call")
	ECHILD = files.Errno("no child processes")
	EAGAIN = files.Errno("resource temporarily unavailable")
	EPIPE  = files.Errno("broken pipe")
	ESRCH  = files.Errno("no such process")
	EMFILE = files.Errno("too many open files")
	ENOTTY = files.Errno("inappropriate ioctl for device")
	ENXIO  = files.Errno("no such device or address")
	ESPIPE = files.Errno("illegal seek")
)

// access are the bits of os.O_... that say whether it is read or written.
const access = os.O_RDONLY | os.O_WRONLY | os.O_RDWR

// descriptor is a row of a process's table.
type descriptor struct {
	f           *openFile
	closeOnExec bool
}

// openFile is what descriptors share that were made of each other.
type openFile struct {
	file   file
	flags  int
	offset int64
	refs   int
}

// file is what can be behind a descriptor. Its methods are called with the space locked and wait by p.wait.
type file interface {
	read(p *Process, o *openFile, b []byte) (int, error)
	write(p *Process, o *openFile, b []byte) (int, error)
	// opened is called for each open file made of it, close when the last descriptor of one is closed.
	opened(flags int)
	close(s *Space, o *openFile)
	// name is where /proc/self/fd says that it leads.
	name() string
	stat() (fs.FileInfo, error)
}

func newOpenFile(f file, flags int) *openFile {
	f.opened(flags)
	return &openFile{file: f, flags: flags}
}

func (p *Process) openLocked(fd int) (*openFile, error) {
	if fd < 0 || fd >= len(p.fds) || p.fds[fd].f == nil {
		return nil, files.EBADF
	}
	return p.fds[fd].f, nil
}

// installLocked gives an open file the lowest number that is free, from least on. It takes the file over: it is closed if there is none.
func (p *Process) installLocked(f *openFile, least int, closeOnExec bool) (int, error) {
	fd := max(least, 0)
	for fd < len(p.fds) && p.fds[fd].f != nil {
		fd++
	}
	f.refs++
	if fd >= p.s.o.Limits.Descriptors {
		p.s.releaseLocked(f)
		return -1, EMFILE
	}
	for fd >= len(p.fds) {
		p.fds = append(p.fds, descriptor{})
	}
	p.fds[fd] = descriptor{f, closeOnExec}
	return fd, nil
}

func (s *Space) releaseLocked(f *openFile) {
	if f.refs--; f.refs == 0 {
		f.file.close(s, f)
		s.changedLocked()
	}
}

// closeAllLocked closes all descriptors, or those that are to close on exec.
func (p *Process) closeAllLocked(exec bool) {
	for fd, d := range p.fds {
		if d.f != nil && (!exec || d.closeOnExec) {
			p.fds[fd] = descriptor{}
			p.s.releaseLocked(d.f)
		}
	}
}

// Read reads from a descriptor; io.EOF at the end.
func (p *Process) Read(fd int, b []byte) (int, error) {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(fd)
	if err != nil || f.flags&access == os.O_WRONLY {
		return 0, files.EBADF
	} else if len(b) == 0 {
		return 0, nil
	}
	f.refs++
	defer p.s.releaseLocked(f)
	return f.file.read(p, f, b)
}

// Write writes all of b to a descriptor. EPIPE, if the process outlives SIGPIPE: nobody reads any more.
func (p *Process) Write(fd int, b []byte) (int, error) {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(fd)
	if err != nil || f.flags&access == os.O_RDONLY {
		return 0, files.EBADF
	} else if len(b) == 0 {
		return 0, nil
	}
	f.refs++
	defer p.s.releaseLocked(f)
	n, err := f.file.write(p, f, b)
	if p.output += int64(n); p.output > p.s.o.Limits.Output {
		p.killLocked(SIGXFSZ)
	}
	if err == EPIPE {
		p.signalLocked(SIGPIPE, false)
	}
	p.diesLocked()
	return n, err
}

// Seek sets where a file is read and written next; ESPIPE if it has no such place.
func (p *Process) Seek(fd int, offset int64, whence int) (int64, error) {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(fd)
	if err != nil {
		return 0, err
	}
	switch f.file.(type) {
	case *regular, text:
	default:
		return 0, ESPIPE
	}
	switch whence {
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		info, err := f.file.stat()
		if err != nil {
			return 0, err
		}
		offset += info.Size()
	}
	if offset < 0 {
		return 0, files.EINVAL
	}
	f.offset = offset
	return offset, nil
}

// Fstat tells of what is behind a descriptor.
func (p *Process) Fstat(fd int) (fs.FileInfo, error) {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(fd)
	if err != nil {
		return nil, err
	}
	return f.file.stat()
}

// Truncate sets the size of an open file.
func (p *Process) Truncate(fd int, size int64) error {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(fd)
	if err != nil {
		return err
	}
	r, ok := f.file.(*regular)
	if !ok || f.flags&access == os.O_RDONLY || size < 0 {
		return files.EINVAL
	}
	return bare(r.h.Truncate(size))
}

// Close closes a descriptor.
func (p *Process) Close(fd int) error {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(fd)
	if err == nil {
		p.fds[fd] = descriptor{}
		p.s.releaseLocked(f)
	}
	return err
}

// Dup2 makes a descriptor what another is, and closes what it was.
func (p *Process) Dup2(old, fd int) error {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(old)
	if err != nil || fd < 0 || fd >= p.s.o.Limits.Descriptors {
		return files.EBADF
	} else if old == fd {
		return nil
	}
	before, _ := p.openLocked(fd)
	if before != nil {
		p.fds[fd] = descriptor{}
	}
	for fd >= len(p.fds) {
		p.fds = append(p.fds, descriptor{})
	}
	f.refs++
	p.fds[fd] = descriptor{f: f}
	if before != nil {
		p.s.releaseLocked(before)
	}
	return nil
}

// Dup makes one more descriptor of another, the lowest that is free from least on.
func (p *Process) Dup(old, least int, closeOnExec bool) (int, error) {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(old)
	if err != nil {
		return -1, err
	}
	return p.installLocked(f, least, closeOnExec)
}

// CloseOnExec says whether Exec closes a descriptor.
func (p *Process) CloseOnExec(fd int, on bool) error {
	p.enter()
	defer p.leave()
	_, err := p.openLocked(fd)
	if err == nil {
		p.fds[fd].closeOnExec = on
	}
	return err
}

// Pipe makes a pipe.
func (p *Process) Pipe() (r, w int, err error) {
	p.enter()
	defer p.leave()
	pipe := &pipe{inode: p.s.inodeLocked()}
	in, out := newOpenFile(pipe, os.O_RDONLY), newOpenFile(pipe, os.O_WRONLY)
	if r, err = p.installLocked(in, 0, false); err != nil {
		return -1, -1, err
	}
	if w, err = p.installLocked(out, 0, false); err != nil {
		p.fds[r] = descriptor{}
		p.s.releaseLocked(in)
		return -1, -1, err
	}
	return r, w, nil
}

// regular is a file of the file system.
type regular struct {
	h            *files.Handle
	flags, opens int
}

func (r *regular) read(_ *Process, o *openFile, b []byte) (int, error) {
	n, err := r.h.ReadAt(b, o.offset)
	o.offset += int64(n)
	return n, bare(partly(n, err))
}

func (r *regular) write(_ *Process, o *openFile, b []byte) (n int, err error) {
	if o.flags&os.O_APPEND != 0 {
		n, err = r.h.Append(b)
	} else {
		n, err = r.h.WriteAt(b, o.offset)
	}
	o.offset += int64(n)
	return n, bare(err)
}

// bare is an error without the name of the file, which a descriptor does not know.
func bare(err error) error {
	if e, ok := err.(*fs.PathError); ok {
		return e.Err
	}
	return err
}

func (r *regular) opened(int) { r.opens++ }

func (r *regular) close(*Space, *openFile) {
	if r.opens--; r.opens == 0 {
		r.h.Close()
	}
}

func (r *regular) name() string               { return r.h.Name() }
func (r *regular) stat() (fs.FileInfo, error) { return r.h.Stat() }
