package files

import (
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Errno is an error of a file system, in the words of strerror.
type Errno string

// What can go wrong.
const (
	ENOENT    Errno = "no such file or directory"
	ENOTDIR   Errno = "not a directory"
	EISDIR    Errno = "is a directory"
	EEXIST    Errno = "file exists"
	EACCES    Errno = "permission denied"
	EROFS     Errno = "read-only file system"
	ENOTEMPTY Errno = "directory not empty"
	ELOOP     Errno = "too many levels of symbolic links"
	EINVAL    Errno = "invalid argument"
	EXDEV     Errno = "invalid cross-device link"
	ENOSPC    Errno = "no space left on device"
)

func (e Errno) Error() string { return string(e) }

// Is makes errors.Is(ENOENT, fs.ErrNotExist) and the like hold.
func (e Errno) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e == ENOENT
	case fs.ErrExist:
		return e == EEXIST || e == ENOTEMPTY
	case fs.ErrPermission:
		return e == EACCES
	}
	return false
}

// Owner is a user and a group.
type Owner struct{ UID, GID int }

// Info is what Sys of a FileInfo gives.
type Info struct {
	UID, GID, Links int
	Inode           uint64
}

// FS is the file system of one container or volume.
type FS struct {
	mu    sync.Mutex
	now   func() time.Time
	nodes map[string]*node
}

type node struct {
	mode  fs.FileMode
	data  []byte
	link  string
	mod   time.Time
	owner Owner
}

// NewFS makes a file system of layers, lowest first.
func NewFS(now func() time.Time, layers ...Tree) *FS {
	f := &FS{now: now, nodes: map[string]*node{"": {mode: fs.ModeDir | 0o755}}}
	for _, l := range layers {
		for name, file := range l.withFolders() {
			n := &node{mode: fs.FileMode(file.Mode).Perm(), link: file.Link, owner: Owner{file.UID, file.GID}, mod: file.Modified}
			if file.Dir {
				n.mode |= fs.ModeDir
			} else if file.Link != "" {
				n.mode |= fs.ModeSymlink
			}
			n.data = append(n.data, file.Data...)
			f.nodes[name] = n
		}
	}
	return f
}

// Handle is an open file.
type Handle struct {
	f    *FS
	n    *node
	name string
}

func (f *FS) fail(op, name string, e Errno) error { return &fs.PathError{Op: op, Path: name, Err: e} }

func (f *FS) find(name string) *node {
	for range 40 {
		n := f.nodes[Clean(name)]
		if n == nil || n.mode&fs.ModeSymlink == 0 {
			return n
		}
		if name = n.link; !path.IsAbs(name) {
			name = path.Join(path.Dir(name), n.link)
		}
	}
	return nil
}

// Open opens a file.
func (f *FS) Open(name string, flag int, perm fs.FileMode, who Owner) (*Handle, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.find(name)
	switch {
	case n == nil && flag&os.O_CREATE == 0:
		return nil, f.fail("open", name, ENOENT)
	case n == nil:
		parent := f.find(path.Dir("/" + Clean(name)))
		if parent == nil {
			return nil, f.fail("open", name, ENOENT)
		}
		n = &node{mode: perm.Perm(), mod: f.now(), owner: who}
		f.nodes[Clean(name)] = n
	case flag&(os.O_CREATE|os.O_EXCL) == os.O_CREATE|os.O_EXCL:
		return nil, f.fail("open", name, EEXIST)
	case n.mode.IsDir() && flag&(os.O_WRONLY|os.O_RDWR) != 0:
		return nil, f.fail("open", name, EISDIR)
	}
	if flag&os.O_TRUNC != 0 {
		n.data = nil
	}
	return &Handle{f, n, name}, nil
}

// ReadAt reads from an offset.
func (h *Handle) ReadAt(b []byte, off int64) (int, error) {
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	if off >= int64(len(h.n.data)) {
		return 0, io.EOF
	}
	n := copy(b, h.n.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes at an offset.
func (h *Handle) WriteAt(b []byte, off int64) (int, error) {
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	return h.writeAt(b, off), nil
}

func (h *Handle) writeAt(b []byte, off int64) int {
	if end := off + int64(len(b)); end > int64(len(h.n.data)) {
		h.n.data = append(h.n.data, make([]byte, end-int64(len(h.n.data)))...)
	}
	return copy(h.n.data[off:], b)
}

// Append writes at the end.
func (h *Handle) Append(b []byte) (int, error) {
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	return h.writeAt(b, int64(len(h.n.data))), nil
}

// Truncate sets the size.
func (h *Handle) Truncate(size int64) error {
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	h.n.data = append(make([]byte, 0, size), h.n.data[:min(size, int64(len(h.n.data)))]...)[:size]
	return nil
}

// Name is what the file was opened as.
func (h *Handle) Name() string { return h.name }

// Stat tells of the file.
func (h *Handle) Stat() (fs.FileInfo, error) {
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	return h.n.info(h.name), nil
}

type info struct {
	name string
	node node
	size int64
}

func (n *node) info(name string) info {
	return info{path.Base(name), node{mode: n.mode, mod: n.mod, owner: n.owner}, int64(len(n.data))}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.node.mode }
func (i info) ModTime() time.Time { return i.node.mod }
func (i info) IsDir() bool        { return i.node.mode.IsDir() }
func (i info) Sys() any           { return &Info{UID: i.node.owner.UID, GID: i.node.owner.GID, Links: 1} }

// Stat tells of what name leads to.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := f.find(name); n != nil {
		return n.info(name), nil
	}
	return nil, f.fail("stat", name, ENOENT)
}

// Lstat tells of name itself.
func (f *FS) Lstat(name string) (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := f.nodes[Clean(name)]; n != nil {
		return n.info(name), nil
	}
	return nil, f.fail("lstat", name, ENOENT)
}

// Readlink gives where a link leads.
func (f *FS) Readlink(name string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch n := f.nodes[Clean(name)]; {
	case n == nil:
		return "", f.fail("readlink", name, ENOENT)
	case n.mode&fs.ModeSymlink == 0:
		return "", f.fail("readlink", name, EINVAL)
	default:
		return n.link, nil
	}
}

// ReadDir lists a folder.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.find(name)
	if n == nil {
		return nil, f.fail("open", name, ENOENT)
	} else if !n.mode.IsDir() {
		return nil, f.fail("open", name, ENOTDIR)
	}
	var all []fs.DirEntry
	for child, n := range f.nodes {
		if child != "" && Clean(path.Dir("/"+child)) == Clean(name) {
			all = append(all, fs.FileInfoToDirEntry(n.info(child)))
		}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// Mkdir makes a folder.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.nodes[Clean(name)] != nil {
		return f.fail("mkdir", name, EEXIST)
	}
	f.nodes[Clean(name)] = &node{mode: fs.ModeDir | perm.Perm(), mod: f.now()}
	return nil
}

// Remove removes a file or an empty folder.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.nodes[Clean(name)] == nil {
		return f.fail("remove", name, ENOENT)
	}
	delete(f.nodes, Clean(name))
	return nil
}
