package files

import (
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"
)

// Handle is an open file. It stays usable when the file is removed. It is safe for concurrent use.
type Handle struct {
	name        string // immutable
	layer       *layer // immutable
	ino         uint64 // immutable
	read, write bool   // immutable

	closed atomic.Bool
}

// Open opens a file by the flags of os; one that O_CREATE makes belongs to who. Folders can be opened to be read from, which fails.
func (f *FS) Open(name string, flag int, perm fs.FileMode, who Owner) (*Handle, error) {
	h, err := f.open(name, flag, perm, who)
	if err != nil {
		return nil, failed("open", name, err)
	}
	return h, nil
}

func (f *FS) open(name string, flag int, perm fs.FileMode, who Owner) (*Handle, error) {
	access := flag & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
	h := &Handle{name: name, read: access != os.O_WRONLY, write: access != os.O_RDONLY}
	if bare := strings.TrimRight(name, "/"); flag&os.O_CREATE != 0 && bare != name {
		if _, err := f.lookup(bare, false, who); err != nil {
			return nil, err
		}
		return nil, EISDIR
	}
	for {
		p, err := f.lookup(name, flag&(os.O_CREATE|os.O_EXCL) != os.O_CREATE|os.O_EXCL, who)
		if err != nil {
			return nil, err
		}
		if p.ino == 0 {
			if flag&os.O_CREATE == 0 {
				return nil, ENOENT
			}
			if p.ino, err = p.add(&node{mode: perm & permissions, links: 1}, who); err == EEXIST {
				continue // somebody else was faster
			}
			if err != nil {
				return nil, err
			}
			if h.layer, h.ino = p.layer, p.ino; h.hold() {
				return h, nil
			}
			continue
		}
		n, want := p.node(), fs.FileMode(0)
		if h.read {
			want |= 4
		}
		if h.write || flag&os.O_TRUNC != 0 {
			want |= 2
		}
		switch {
		case flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
			return nil, EEXIST
		case n.folder() && (want&2 != 0 || flag&os.O_CREATE != 0):
			return nil, EISDIR
		case want&2 != 0 && p.readOnly:
			return nil, EROFS
		case !n.allows(who, want):
			return nil, EACCES
		}
		h.layer, h.ino = p.layer, p.ino
		if !h.hold() {
			continue
		}
		if flag&os.O_TRUNC != 0 && n.mode.IsRegular() {
			err = h.truncate(0)
		}
		return h, err
	}
}

// hold counts the handle, unless the file was removed meanwhile.
func (h *Handle) hold() bool {
	l := h.layer
	l.mu.Lock()
	defer l.mu.Unlock()
	l.beginLocked()
	if n := l.nodeLocked(h.ino); n == nil || n.links == 0 {
		return false
	}
	l.opens[h.ino]++
	return true
}

// Name is what the file was opened by.
func (h *Handle) Name() string { return h.name }

// Close lets go of the file.
func (h *Handle) Close() error {
	if h.closed.Swap(true) {
		return failed("close", h.name, EBADF)
	}
	l := h.layer
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opens[h.ino]--; l.opens[h.ino] <= 0 {
		delete(l.opens, h.ino)
		l.releaseLocked(h.ino)
	}
	return nil
}

// Stat says what the file is now.
func (h *Handle) Stat() (fs.FileInfo, error) {
	if h.closed.Load() {
		return nil, failed("stat", h.name, EBADF)
	}
	i, err := h.layer.info(h.ino, path.Base(h.name))
	return i, failed("stat", h.name, err)
}

// ReadAt is that of io.ReaderAt.
func (h *Handle) ReadAt(b []byte, off int64) (int, error) {
	l := h.layer
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !h.read || h.closed.Load() {
		return 0, failed("read", h.name, EBADF)
	}
	n := l.nodeLocked(h.ino)
	switch {
	case n.folder():
		return 0, failed("read", h.name, EISDIR)
	case off < 0:
		return 0, failed("read", h.name, EINVAL)
	case off >= n.size:
		return 0, io.EOF
	}
	got := int(min(int64(len(b)), n.size-off))
	done := 0
	if off < int64(len(n.data)) {
		done = copy(b[:got], n.data[off:])
	}
	clear(b[done:got])
	if got < len(b) {
		return got, io.EOF
	}
	return got, nil
}

// WriteAt is that of io.WriterAt.
func (h *Handle) WriteAt(b []byte, off int64) (int, error) {
	l := h.layer
	l.mu.Lock()
	defer l.mu.Unlock()
	if off < 0 {
		return 0, failed("write", h.name, EINVAL)
	}
	done, err := h.writeLocked(b, off)
	return done, failed("write", h.name, err)
}

// Append writes at the end.
func (h *Handle) Append(b []byte) (int, error) {
	l := h.layer
	l.mu.Lock()
	defer l.mu.Unlock()
	done, err := h.writeLocked(b, -1)
	return done, failed("write", h.name, err)
}

// writeLocked writes at an offset; a negative one is the end.
func (h *Handle) writeLocked(b []byte, off int64) (int, error) {
	if !h.write || h.closed.Load() {
		return 0, EBADF
	}
	if len(b) == 0 {
		return 0, nil
	}
	l := h.layer
	n := l.mutableLocked(h.ino)
	if off < 0 {
		off = n.size
	}
	if off > maxFile-int64(len(b)) {
		return 0, EFBIG
	}
	var short error
	if err := l.chargeLocked(n, nodeCost+max(n.size, off+int64(len(b)))); err != nil {
		room := l.limit - l.used + n.charged - nodeCost - off
		if room <= 0 {
			return 0, err
		}
		b, short = b[:min(room, int64(len(b)))], err
		if err := l.chargeLocked(n, nodeCost+max(n.size, off+int64(len(b)))); err != nil {
			return 0, err
		}
	}
	end := off + int64(len(b))
	if !n.ownsData {
		n.data, n.ownsData = append(make([]byte, 0, max(end, int64(len(n.data)))), n.data...), true
	}
	if missing := end - int64(len(n.data)); missing > 0 {
		n.data = append(n.data, make([]byte, missing)...)
	}
	copy(n.data[off:], b)
	n.size, n.modified = max(n.size, end), l.now()
	return len(b), short
}

// Truncate sets the size, in bytes. What is added is zeros.
func (h *Handle) Truncate(size int64) error {
	if !h.write {
		return failed("truncate", h.name, EINVAL)
	}
	return failed("truncate", h.name, h.truncate(size))
}

func (h *Handle) truncate(size int64) error {
	switch {
	case size < 0:
		return EINVAL
	case size > maxFile:
		return EFBIG
	}
	l := h.layer
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.closed.Load() {
		return EBADF
	}
	n := l.mutableLocked(h.ino)
	if err := l.chargeLocked(n, nodeCost+size); err != nil {
		return err
	}
	if size < int64(len(n.data)) {
		n.data = n.data[:size]
	}
	if size == 0 {
		n.data = nil
	}
	n.size, n.modified = size, l.now()
	return nil
}
