package files

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Base is files that many FS stand on, such as those of an image. Nobody changes them. They are read when they are first
// asked for.
type Base struct {
	read  func() ([]*node, error)
	once  sync.Once
	nodes []*node // by inode number; protected by once
	err   error   // protected by once
}

// NewBase puts a layer, in which names may be whiteouts, on others; below may be nil. Load is called once, when somebody
// looks at the files.
func NewBase(below *Base, load func() (Tree, error)) *Base {
	b := new(Base)
	b.read = func() ([]*node, error) {
		nodes := []*node{nil, {mode: fs.ModeDir | 0o755, links: 2, modified: time.Unix(0, 0)}}
		if below != nil {
			if err := below.Err(); err != nil {
				return nil, err
			}
			nodes = slices.Clone(below.nodes)
		}
		t, err := load()
		if err != nil {
			return nil, err
		}
		a := applier{nodes, new(token)}
		a.apply(t)
		return a.nodes, nil
	}
	return b
}

// Err reads the files and says what is wrong with them. A Base that cannot be read has no files.
func (b *Base) Err() error {
	b.once.Do(func() {
		if b.nodes, b.err = b.read(); b.err != nil {
			b.nodes = []*node{nil, {mode: fs.ModeDir | 0o755, links: 2, modified: time.Unix(0, 0)}}
		}
		b.read = nil
	})
	return b.err
}

// root is the inode number of the topmost folder.
const root = 1

// token says who may change a node.
type token struct{ _ byte }

// node is an inode. Only who has its owner may change it.
type node struct {
	owner    *token
	mode     fs.FileMode
	uid, gid int
	modified time.Time
	links    int
	entries  map[string]uint64 // of a folder: inode numbers
	target   string            // of a symbolic link
	data     []byte            // followed by zeros up to size
	size     int64             // of a file, in bytes
	ownsData bool              // nobody else has data
	charged  int64             // what it counts against the limit of its layer, in bytes
}

func (n node) folder() bool { return n.mode.IsDir() }

// length is what stat says of the size.
func (n node) length() int64 {
	switch {
	case n.folder():
		return BlockSize // as ext4 says of a small one
	case n.mode&fs.ModeSymlink != 0:
		return int64(len(n.target))
	}
	return n.size
}

// File is the node as a tree has it.
func (n node) file() File {
	f := File{Mode: tarMode(n.mode), Dir: n.folder(), Link: n.target, UID: n.uid, GID: n.gid, Modified: n.modified}
	if n.mode.IsRegular() {
		f.Data, f.Zeros = n.data, n.size-int64(len(n.data))
	}
	return f
}

// newNode makes a node of a file of a tree.
func newNode(f File) *node {
	n := &node{mode: fileMode(f.Mode), uid: f.UID, gid: f.GID, modified: f.Modified, links: 1}
	switch {
	case f.Dir:
		n.mode |= fs.ModeDir
		n.links = 2
	case f.Link != "":
		n.mode = fs.ModeSymlink | 0o777 // which is all that Linux has
		n.target = f.Link
	default:
		n.data, n.size = slices.Clip(f.Data), f.size()
	}
	return n
}

var modeBits = map[int64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky}

// fileMode turns the bits of a tar into those of Go.
func fileMode(bits int64) fs.FileMode {
	m := fs.FileMode(bits & 0o777)
	for bit, flag := range modeBits {
		if bits&bit != 0 {
			m |= flag
		}
	}
	return m
}

// tarMode is the opposite of fileMode.
func tarMode(m fs.FileMode) int64 {
	bits := int64(m.Perm())
	for bit, flag := range modeBits {
		if m&flag != 0 {
			bits |= bit
		}
	}
	return bits
}

// applier puts layers on nodes that others have too.
type applier struct {
	nodes []*node
	owner *token
}

func (a *applier) apply(t Tree) {
	names := slices.Sorted(maps.Keys(t))
	for _, name := range names {
		dir, base := path.Split(name)
		hidden, ok := strings.CutPrefix(base, whiteout)
		if !ok {
			continue
		}
		if ino, found := a.find(strings.TrimSuffix(dir, "/")); found {
			if base == opaque {
				a.mutable(ino).entries = nil
			} else if _, found := a.nodes[ino].entries[hidden]; found {
				delete(a.mutable(ino).entries, hidden)
			}
		}
	}
	shared := make(map[*byte]uint64) // hard links are files of the same bytes
	for _, name := range names {
		dir, base := path.Split(name)
		if strings.HasPrefix(base, whiteout) {
			continue
		}
		f := t[name]
		if name == "" {
			n := newNode(f)
			n.entries, n.owner = a.nodes[root].entries, nil
			a.nodes[root] = n
			continue
		}
		at := a.mkdirAll(strings.TrimSuffix(dir, "/"))
		n := newNode(f)
		n.owner = a.owner
		have, exists := a.nodes[at].entries[base]
		if exists && f.Dir && a.nodes[have].folder() {
			n.entries, n.links = a.nodes[have].entries, a.nodes[have].links
			n.owner = nil // the entries may be those of another layer
			a.nodes[have] = n
			continue
		}
		if len(f.Data) > 0 {
			if ino, ok := shared[&f.Data[0]]; ok && a.nodes[ino].same(n) {
				a.nodes[ino].links++
				a.mutable(at).set(base, ino)
				continue
			}
			shared[&f.Data[0]] = uint64(len(a.nodes))
		}
		if exists {
			a.mutable(have).links--
		}
		a.add(at, base, n)
	}
}

// same reports whether two files that have the same bytes may be one.
func (n *node) same(m *node) bool {
	return n.size == m.size && n.mode == m.mode && n.uid == m.uid && n.gid == m.gid && n.modified.Equal(m.modified)
}

func (a *applier) add(dir uint64, name string, n *node) uint64 {
	ino := uint64(len(a.nodes))
	a.nodes = append(a.nodes, n)
	a.mutable(dir).set(name, ino)
	return ino
}

func (n *node) set(name string, ino uint64) {
	if n.entries == nil {
		n.entries = make(map[string]uint64)
	}
	n.entries[name] = ino
}

// mutable makes a node of another layer one of this.
func (a *applier) mutable(ino uint64) *node {
	if n := a.nodes[ino]; n.owner != a.owner {
		a.nodes[ino] = n.copyFor(a.owner)
	}
	return a.nodes[ino]
}

func (n *node) copyFor(owner *token) *node {
	c := *n
	c.owner, c.ownsData, c.entries = owner, false, maps.Clone(n.entries)
	return &c
}

// find finds a folder by its name.
func (a *applier) find(name string) (ino uint64, ok bool) {
	ino = root
	if name == "" {
		return ino, true
	}
	for part := range strings.SplitSeq(name, "/") {
		if ino, ok = a.nodes[ino].entries[part]; !ok || !a.nodes[ino].folder() {
			return 0, false
		}
	}
	return ino, true
}

// mkdirAll finds a folder or makes it, in the place of what is no folder.
func (a *applier) mkdirAll(name string) uint64 {
	ino := uint64(root)
	if name == "" {
		return ino
	}
	for part := range strings.SplitSeq(name, "/") {
		next, ok := a.nodes[ino].entries[part]
		if !ok || !a.nodes[next].folder() {
			next = a.add(ino, part, &node{owner: a.owner, mode: fs.ModeDir | 0o755, links: 2, modified: time.Unix(0, 0)})
		}
		ino = next
	}
	return ino
}

// tree is the files below a folder.
func tree(get func(uint64) *node) Tree {
	t := make(Tree)
	var walk func(prefix string, ino uint64)
	walk = func(prefix string, ino uint64) {
		for name, child := range get(ino).entries {
			n := get(child)
			t[prefix+name] = n.file()
			if n.folder() {
				walk(prefix+name+"/", child)
			}
		}
	}
	walk("", root)
	return t
}

// Tree is all files. Those of them that have the same bytes may be one.
func (b *Base) Tree() (Tree, error) {
	if err := b.Err(); err != nil {
		return nil, err
	}
	return tree(func(ino uint64) *node { return b.nodes[ino] }), nil
}
