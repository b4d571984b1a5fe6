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
	EBADF  = files.Errno("bad file descriptor")
	ECHILD = files.Errno("no child processes")
	EAGAIN = files.Errno("resource temporarily unavailable")
	EPIPE  = files.Errno("broken pipe")
	ESRCH  = files.Errno("no such process")
	EPERM  = files.Errno("operation not permitted")
	EMFILE = files.Errno("too many open files")
	ENOTTY = files.Errno("inappropriate ioctl for device")
	ENXIO  = files.Errno("no such device or address")
	ESPIPE = files.Errno("illegal seek")
	EIO    = files.Errno("input/output error")
	EINVAL = files.EINVAL
)

func pathError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// How an open file is used: the access bits of os.O_... .
const (
	readOnly  = os.O_RDONLY
	writeOnly = os.O_WRONLY
	readWrite = os.O_RDWR
	access    = 3
)

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
	// close is called when the last descriptor of an open file is closed.
	close(s *Space, o *openFile)
}

func (p *Process) openLocked(fd int) (*openFile, error) {
	if fd < 0 || fd >= len(p.fds) || p.fds[fd].f == nil {
		return nil, EBADF
	}
	return p.fds[fd].f, nil
}

// installLocked gives an open file the lowest number that is free, from least on.
func (p *Process) installLocked(f *openFile, least int, closeOnExec bool) (int, error) {
	fd := least
	for fd < len(p.fds) && p.fds[fd].f != nil {
		fd++
	}
	if fd >= p.s.o.Limits.Descriptors {
		return -1, EMFILE
	}
	p.placeLocked(fd, descriptor{f, closeOnExec})
	return fd, nil
}

func (p *Process) placeLocked(fd int, d descriptor) {
	for fd >= len(p.fds) {
		p.fds = append(p.fds, descriptor{})
	}
	d.f.refs++
	p.fds[fd] = d
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
	if err != nil || f.flags&access == writeOnly {
		return 0, EBADF
	}
	if len(b) == 0 {
		return 0, nil
	}
	f.refs++
	defer p.s.releaseLocked(f)
	return f.file.read(p, f, b)
}

// Write writes all of b to a descriptor. EPIPE, after SIGPIPE: nobody reads any more.
func (p *Process) Write(fd int, b []byte) (int, error) {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(fd)
	if err != nil || f.flags&access == readOnly {
		return 0, EBADF
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
	if p.killed != 0 {
		exitNow()
	}
	return n, err
}

// Seek sets where a file is read and written next; ESPIPE if it is none.
func (p *Process) Seek(fd int, offset int64, whence int) (int64, error) {
	p.enter()
	defer p.leave()
	f, err := p.openLocked(fd)
	if err != nil {
		return 0, err
	}
	r, ok := f.file.(regular)
	if !ok {
		return 0, ESPIPE
	}
	switch whence {
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		info, err := r.h.Stat()
		if err != nil {
			return 0, err
		}
		offset += info.Size()
	}
	if offset < 0 {
		return 0, EINVAL
	}
	f.offset = offset
	return offset, nil
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
		return EBADF
	}
	if old == fd {
		return nil
	}
	before, _ := p.openLocked(fd)
	p.placeLocked(fd, descriptor{f: f})
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
	pipe := new(pipe)
	pipe.readers, pipe.writers = 1, 1
	in, out := &openFile{file: pipe, flags: readOnly}, &openFile{file: pipe, flags: writeOnly}
	if r, err = p.installLocked(in, 0, false); err != nil {
		return -1, -1, err
	}
	if w, err = p.installLocked(out, 0, false); err != nil {
		p.fds[r] = descriptor{}
		return -1, -1, err
	}
	return r, w, nil
}

// Open opens a file with flags of package os, its permissions less the umask if it is made.
func (p *Process) Open(name string, flag int, perm fs.FileMode) (int, error) {
	p.enter()
	defer p.leave()
	h, err := p.s.o.Files.Open(p.Abs(name), flag, perm&^fs.FileMode(p.umask), p.user)
	if err != nil {
		return -1, err
	}
	fd, err := p.installLocked(&openFile{file: regular{h}, flags: flag}, 0, false)
	if err != nil {
		return -1, pathError("open", name, err)
	}
	return fd, nil
}

// Stat tells of a file, behind symbolic links.
func (p *Process) Stat(name string) (fs.FileInfo, error) {
	p.Check()
	return p.s.o.Files.Stat(p.Abs(name))
}

// Lstat tells of a file, or of a symbolic link itself.
func (p *Process) Lstat(name string) (fs.FileInfo, error) {
	p.Check()
	return p.s.o.Files.Lstat(p.Abs(name))
}

// ReadDir lists a folder, sorted.
func (p *Process) ReadDir(name string) ([]fs.DirEntry, error) {
	p.Check()
	return p.s.o.Files.ReadDir(p.Abs(name))
}

// Readlink gives where a symbolic link leads.
func (p *Process) Readlink(name string) (string, error) {
	p.Check()
	return p.s.o.Files.Readlink(p.Abs(name))
}

// regular is a file of the file system.
type regular struct{ h *files.Handle }

func (r regular) read(p *Process, o *openFile, b []byte) (int, error) {
	n, err := r.h.ReadAt(b, o.offset)
	o.offset += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

func (r regular) write(p *Process, o *openFile, b []byte) (int, error) {
	if o.flags&os.O_APPEND != 0 {
		return r.h.Append(b)
	}
	n, err := r.h.WriteAt(b, o.offset)
	o.offset += int64(n)
	return n, err
}

func (r regular) close(*Space, *openFile) {}
