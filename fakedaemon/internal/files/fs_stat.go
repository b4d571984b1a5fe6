package files

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"time"
)

// info is what stat says of a file.
type info struct {
	name string
	node node
	sys  Info
}

func (i *info) Name() string       { return i.name }
func (i *info) Size() int64        { return i.node.length() }
func (i *info) Mode() fs.FileMode  { return i.node.mode }
func (i *info) ModTime() time.Time { return i.node.modified }
func (i *info) IsDir() bool        { return i.node.folder() }
func (i *info) Sys() any           { return &i.sys }

// infoLocked is nil if there is no such inode.
func (l *layer) infoLocked(ino uint64, name string) *info {
	n := l.nodeLocked(ino)
	if n == nil {
		return nil
	}
	c := *n
	if c.folder() {
		c.links = 2
		for _, child := range c.entries {
			if l.nodeLocked(child).folder() {
				c.links++
			}
		}
	}
	c.entries, c.data = nil, nil
	return &info{name, c, Info{c.uid, c.gid, c.links, ino, c.target}}
}

func (l *layer) info(ino uint64, name string) (fs.FileInfo, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if i := l.infoLocked(ino, name); i != nil {
		return i, nil
	}
	return nil, ENOENT
}

// Stat says what a name leads to.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return f.stat("stat", name, true) }

// Lstat is Stat that does not follow a symbolic link at the end.
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return f.stat("lstat", name, false) }

func (f *FS) stat(op, name string, follow bool) (fs.FileInfo, error) {
	p, err := f.find(name, follow, Owner{})
	if err != nil {
		return nil, failed(op, name, err)
	}
	i, err := p.layer.info(p.ino, path.Base(path.Clean("/"+name)))
	return i, failed(op, name, err)
}

// ReadDir lists a folder, sorted by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	p, err := f.find(name, true, Owner{})
	if err == nil && !p.node().folder() {
		err = ENOTDIR
	}
	if err != nil {
		return nil, failed("open", name, err)
	}
	children := p.layer.children(p.ino)
	f.mu.RLock()
	defer f.mu.RUnlock()
	list := make([]fs.DirEntry, len(children))
	for i, c := range children {
		list[i] = fs.FileInfoToDirEntry(c)
		if m, ok := f.mounts[path.Join(p.path, c.name)]; ok {
			if over, err := m.layer.info(m.ino, c.name); err == nil {
				list[i] = fs.FileInfoToDirEntry(over)
			}
		}
	}
	return list, nil
}

// children are what is in a folder, sorted by name.
func (l *layer) children(dir uint64) []*info {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n := l.nodeLocked(dir)
	if n == nil {
		return nil
	}
	list := make([]*info, 0, len(n.entries))
	for name, ino := range n.entries {
		list = append(list, l.infoLocked(ino, name))
	}
	slices.SortFunc(list, func(a, b *info) int { return cmp.Compare(a.name, b.name) })
	return list
}

// Readlink says where a symbolic link points.
func (f *FS) Readlink(name string) (string, error) {
	p, err := f.find(name, false, Owner{})
	n := node{}
	if err == nil {
		if n = p.node(); n.mode&fs.ModeSymlink == 0 {
			err = EINVAL
		}
	}
	return n.target, failed("readlink", name, err)
}

// Resolve is a name without symbolic links; the last part may be missing.
func (f *FS) Resolve(name string) (string, error) {
	p, err := f.lookup(name, true, Owner{})
	return p.path, failed("lstat", name, err)
}

// Follow is where a symbolic link leads, or another name, as far as there is something (github.com/moby/sys/symlink).
func (f *FS) Follow(name string) string {
	for range maxLinks {
		target, err := f.Readlink(name)
		if err != nil {
			break
		}
		if !path.IsAbs(target) {
			target = path.Join(f.canonical(path.Dir(name)), target)
		}
		name = target
	}
	return f.canonical(name)
}
