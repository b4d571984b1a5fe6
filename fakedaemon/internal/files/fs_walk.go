package files

import (
	"io/fs"
	"path"
	"strings"
)

// place is where a name leads.
type place struct {
	layer    *layer
	ino      uint64 // 0: there is nothing of that name in dir
	dir      uint64 // inode number of the folder that has it, in layer unless it is a mount
	name     string // in dir; "" for what has no name of its own, such as the root
	path     string // without symbolic links
	parent   *layer // the layer of dir
	mounted  bool
	readOnly bool
	folder   bool // a slash at the end asks for a folder
}

// node is what is there, without what is in it.
func (p place) node() node { return p.layer.stat(p.ino) }

// maxLinks is how many symbolic links are followed, and maxName how long a name may be, in bytes.
const (
	maxLinks = 40
	maxName  = 255
)

// find is walk for what must be there.
func (f *FS) find(name string, follow bool, who Owner) (place, error) {
	p, err := f.lookup(name, follow, who)
	if err == nil && p.ino == 0 {
		err = ENOENT
	}
	return p, err
}

// lookup is walk with the mounts of now.
func (f *FS) lookup(name string, follow bool, who Owner) (place, error) {
	f.settle()
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.walk(name, follow, who, f.mounts)
}

// walk finds where a name leads. The last part may be missing. Follow says that it may be a symbolic link to what is meant.
func (f *FS) walk(name string, follow bool, who Owner, mounts map[string]mount) (place, error) {
	start := place{layer: f.own, parent: f.own, ino: root, path: "/", readOnly: f.readOnly}
	if m, ok := mounts["/"]; ok {
		start.layer, start.parent, start.ino, start.readOnly, start.mounted = m.layer, m.layer, m.ino, m.readOnly, true
	}
	stack := []place{start}
	todo := parts(name)
	mustDir := strings.HasSuffix(name, "/")
	for links := 0; len(todo) > 0; {
		at, part, last := stack[len(stack)-1], todo[0], len(todo) == 1
		todo = todo[1:]
		switch n := at.node(); {
		case !n.folder():
			return place{}, ENOTDIR
		case !n.allows(who, 1):
			return place{}, EACCES
		case part == ".":
			continue
		case part == "..":
			stack = stack[:max(1, len(stack)-1)]
			continue
		case len(part) > maxName:
			return place{}, ENAMETOOLONG
		}
		next := place{
			layer: at.layer, parent: at.layer, ino: at.layer.entry(at.ino, part), dir: at.ino, name: part, path: path.Join(at.path, part),
			readOnly: at.readOnly, folder: mustDir && last,
		}
		switch {
		case next.ino == 0 && last:
			return next, nil
		case next.ino == 0:
			return place{}, ENOENT
		}
		if m, ok := mounts[next.path]; ok {
			next.layer, next.ino, next.readOnly, next.mounted = m.layer, m.ino, m.readOnly, true
		}
		if child := next.node(); child.mode&fs.ModeSymlink != 0 && (!last || follow || mustDir) {
			if links++; links > maxLinks {
				return place{}, ELOOP
			}
			if strings.HasPrefix(child.target, "/") {
				stack = stack[:1]
			}
			todo = append(parts(child.target), todo...)
			mustDir = mustDir || last && strings.HasSuffix(child.target, "/")
			continue
		}
		stack = append(stack, next)
	}
	found := stack[len(stack)-1]
	if mustDir && !found.node().folder() {
		return place{}, ENOTDIR
	}
	if endsInDots(name) {
		found.name = ""
	}
	found.folder = mustDir
	return found, nil
}

// parts are the names between slashes.
func parts(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
}

// endsInDots reports whether a name ends in . or .., which cannot be made or removed.
func endsInDots(name string) bool {
	name = strings.TrimRight(name, "/")
	return name == "." || name == ".." || strings.HasSuffix(name, "/.") || strings.HasSuffix(name, "/..")
}

// allows reports whether somebody may read (4), write (2) or use (1), or several of them.
func (n node) allows(who Owner, want fs.FileMode) bool {
	if who.UID == 0 {
		return want&1 == 0 || n.folder() || n.mode&0o111 != 0
	}
	have := n.mode.Perm()
	switch {
	case who.UID == n.uid:
		have >>= 6
	case who.GID == n.gid:
		have >>= 3
	}
	return have&want == want
}

// Access says whether somebody may read (4), write (2) or use (1) what a name leads to, or several of them; 0 asks whether it is there.
func (f *FS) Access(name string, want fs.FileMode, who Owner) error {
	p, err := f.find(name, true, who)
	switch {
	case err != nil:
	case want&2 != 0 && p.readOnly:
		err = EROFS
	case !p.node().allows(who, want):
		err = EACCES
	}
	return failed("access", name, err)
}
