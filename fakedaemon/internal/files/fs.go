package files

import (
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// FS is the file system of one container or volume, in memory. Names are absolute; others are of the root. Symbolic links
// never lead out of it. Every error is a *fs.PathError with an Errno. It is safe for concurrent use.
type FS struct {
	own *layer // immutable

	mu       sync.RWMutex
	mounts   map[string]mount // by path; protected by mu
	pending  []func(*FS)      // what is done before the next look at the files; protected by mu
	readOnly bool             // protected by mu
}

// mount is what is seen at a path in place of what is there.
type mount struct {
	layer    *layer
	ino      uint64
	readOnly bool
}

// layer is a Base and what was changed since.
type layer struct {
	base *Base            // immutable
	now  func() time.Time // immutable

	mu    sync.RWMutex
	owner *token           // protected by mu
	nodes map[uint64]*node // what differs from base; protected by mu
	next  uint64           // inode number, 0 until base has been read; protected by mu
	opens map[uint64]int   // how many handles there are; protected by mu
	used  int64            // bytes that count against limit; protected by mu
	limit int64            // protected by mu
	tmpfs bool             // protected by mu
}

// DefaultLimit is how many bytes may be written to an FS unless SetLimit says otherwise.
const DefaultLimit = 1 << 30

// nodeCost is what a file counts beside its bytes.
const nodeCost = 256

// Owner is who owns a file or asks for one. UID 0 may do everything.
type Owner struct{ UID, GID int }

// Info is what Sys of a file's fs.FileInfo points to.
type Info struct {
	UID, GID, Links int
	Inode           uint64
	// Target is where a symbolic link points.
	Target string
}

// NewFS makes a file system that stands on layers, the lowest first, in which names may be whiteouts. Nobody changes them any more.
func NewFS(now func() time.Time, layers ...Tree) *FS {
	var base *Base
	for _, t := range layers {
		base = NewBase(base, func() (Tree, error) { return t, nil })
	}
	return base.NewFS(now)
}

// NewFS makes a file system that stands on b, which may be nil.
func (b *Base) NewFS(now func() time.Time) *FS {
	if b == nil {
		b = NewBase(nil, func() (Tree, error) { return nil, nil })
	}
	return &FS{own: &layer{base: b, now: now, owner: new(token), limit: DefaultLimit}}
}

// SetLimit sets how many bytes may be written; more is ENOSPC.
func (f *FS) SetLimit(bytes int64) {
	f.own.mu.Lock()
	defer f.own.mu.Unlock()
	f.own.limit = bytes
}

// SetTmpfs says that this is a tmpfs, for Mounts.
func (f *FS) SetTmpfs() {
	f.own.mu.Lock()
	defer f.own.mu.Unlock()
	f.own.tmpfs = true
}

// SetReadOnly makes everything but the mounts read-only, or no longer.
func (f *FS) SetReadOnly(readOnly bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readOnly = readOnly
}

// Clone makes a copy without mounts, which costs as much as has been written.
func (f *FS) Clone() *FS {
	l := f.own
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owner = new(token) // what there is belongs to both
	c := &layer{base: l.base, now: l.now, owner: new(token), next: l.next, used: l.used, limit: l.limit, tmpfs: l.tmpfs, nodes: make(map[uint64]*node, len(l.nodes))}
	for ino, n := range l.nodes {
		if n.links > 0 {
			c.nodes[ino] = n
		}
	}
	return &FS{own: c}
}

// Defer has something done once, before somebody looks at the files for the next time. Do gets a view that has nothing to be done.
func (f *FS) Defer(do func(view *FS)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = append(f.pending, do)
}

// settle does what was put off.
func (f *FS) settle() {
	f.mu.RLock()
	done := len(f.pending) == 0
	f.mu.RUnlock()
	if done {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, do := range f.pending {
		if f.mounts == nil {
			f.mounts = make(map[string]mount)
		}
		do(&FS{own: f.own, mounts: f.mounts})
	}
	f.pending = nil
}

// Mount shows the root of m at a path, which MakeMountPoints makes if it is not there. A later mount hides an earlier one.
func (f *FS) Mount(at string, m *FS, readOnly bool) { f.MountFile(at, m, "/", readOnly) }

// MountFile shows one file or folder of m at a path; its root if there is no such file.
func (f *FS) MountFile(at string, m *FS, name string, readOnly bool) {
	f.Defer(func(view *FS) {
		shown := mount{layer: m.own, ino: root, readOnly: readOnly}
		if p, err := m.find(name, true, Owner{}); err == nil {
			shown.ino = p.ino
		}
		view.mounts[view.canonical(at)] = shown
	})
}

// Unmount takes the mount at a path away.
func (f *FS) Unmount(at string) {
	f.Defer(func(view *FS) { delete(view.mounts, view.canonical(at)) })
}

// canonical is a path without symbolic links, as far as there is something.
func (f *FS) canonical(name string) string {
	rest := ""
	for name = Clean(name); name != ""; {
		if p, err := f.find(name, true, Owner{}); err == nil {
			return path.Join(p.path, rest)
		}
		dir, base := path.Split(name)
		name, rest = strings.TrimSuffix(dir, "/"), path.Join(base, rest)
	}
	return path.Join("/", rest)
}

// Mounted is what /proc/mounts says of a mount.
type Mounted struct {
	At              string
	Tmpfs, ReadOnly bool
}

// Mounts returns what is mounted, by path.
func (f *FS) Mounts() []Mounted {
	f.settle()
	f.mu.RLock()
	defer f.mu.RUnlock()
	var all []Mounted
	for _, at := range slices.Sorted(maps.Keys(f.mounts)) {
		m := f.mounts[at]
		m.layer.mu.RLock()
		all = append(all, Mounted{at, m.layer.tmpfs, m.readOnly})
		m.layer.mu.RUnlock()
	}
	return all
}

// MakeMountPoints makes the folders and files that mounts need to be seen, as runc does. The error is the first one; all others are made.
func (f *FS) MakeMountPoints() error {
	rw := &FS{own: f.own, mounts: f.copyMounts()}
	var first error
	for _, at := range slices.Sorted(maps.Keys(rw.mounts)) {
		if err := rw.makeMountPoint(at); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (f *FS) makeMountPoint(at string) error {
	if _, err := f.find(at, false, Owner{}); err == nil {
		return nil
	}
	if err := f.MkdirAll(path.Dir(at), 0o755, Owner{}); err != nil {
		return err
	}
	if m := f.mounts[at]; m.layer.stat(m.ino).folder() {
		return f.Mkdir(at, 0o755, Owner{})
	}
	h, err := f.Open(at, os.O_CREATE, 0o755, Owner{})
	if err == nil {
		err = h.Close()
	}
	return err
}

func (f *FS) copyMounts() map[string]mount {
	f.settle()
	f.mu.RLock()
	defer f.mu.RUnlock()
	return maps.Clone(f.mounts)
}

// stat is an inode as it is now, without what is in it: nothing if there is none.
func (l *layer) stat(ino uint64) node {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if n := l.nodeLocked(ino); n != nil {
		c := *n
		c.entries, c.data = nil, nil
		return c
	}
	return node{}
}

// entry is the inode number of what is in a folder, 0 if it is not there.
func (l *layer) entry(dir uint64, name string) uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if n := l.nodeLocked(dir); n != nil {
		return n.entries[name]
	}
	return 0
}

func (l *layer) nodeLocked(ino uint64) *node {
	if n := l.nodes[ino]; n != nil {
		return n
	}
	_ = l.base.Err() // which has no files then
	if ino < uint64(len(l.base.nodes)) {
		return l.base.nodes[ino]
	}
	return nil
}

// mutableLocked is an inode that may be changed.
func (l *layer) mutableLocked(ino uint64) *node {
	l.beginLocked()
	n := l.nodeLocked(ino)
	if n.owner != l.owner {
		n = n.copyFor(l.owner)
		l.nodes[ino] = n
	}
	return n
}

// beginLocked prepares for the first change.
func (l *layer) beginLocked() {
	if l.next == 0 {
		_ = l.base.Err()
		l.next = uint64(len(l.base.nodes))
	}
	if l.nodes == nil {
		l.nodes = make(map[uint64]*node)
	}
	if l.opens == nil {
		l.opens = make(map[uint64]int)
	}
}

// chargeLocked counts the bytes of a file.
func (l *layer) chargeLocked(n *node, bytes int64) error {
	if delta := bytes - n.charged; delta > 0 && l.used+delta > l.limit {
		return ENOSPC
	}
	l.used += bytes - n.charged
	n.charged = bytes
	return nil
}

// releaseLocked forgets an inode that nothing refers to.
func (l *layer) releaseLocked(ino uint64) {
	n := l.nodes[ino]
	if n == nil || n.links > 0 || l.opens[ino] > 0 {
		return
	}
	if n.owner == l.owner {
		_ = l.chargeLocked(n, 0) // less always has room
		n.data = nil
		if ino >= uint64(len(l.base.nodes)) {
			delete(l.nodes, ino)
		}
		return
	}
	l.used -= n.charged
	delete(l.nodes, ino)
}
