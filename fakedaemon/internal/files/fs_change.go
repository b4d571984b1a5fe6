package files

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// entry is lookup for what is to be made or removed: a symbolic link at the end is not followed, even with a slash behind it.
func (f *FS) entry(name string, who Owner) (place, error) {
	bare := strings.TrimRight(name, "/")
	p, err := f.lookup(bare, false, who)
	p.folder = len(bare) < len(name)
	return p, err
}

// misnamed reports whether a slash follows the name of what is no folder.
func (p place) misnamed() bool { return p.folder && p.ino != 0 && !p.node().folder() }

// within changes the folder that has a place.
func (p place) within(who Owner, change func(l *layer, dir *node) error) error {
	if p.readOnly {
		return EROFS
	}
	l := p.parent
	l.mu.Lock()
	defer l.mu.Unlock()
	switch n := l.nodeLocked(p.dir); {
	case n == nil || n.links == 0:
		return ENOENT
	case !n.allows(who, 3):
		return EACCES
	}
	dir := l.mutableLocked(p.dir)
	if err := change(l, dir); err != nil {
		return err
	}
	dir.modified = l.now()
	return nil
}

// add makes a node at a place where there is nothing.
func (p place) add(n *node, who Owner) (ino uint64, err error) {
	err = p.within(who, func(l *layer, dir *node) error {
		if dir.entries[p.name] != 0 {
			return EEXIST
		}
		if err := l.chargeLocked(n, nodeCost+n.size); err != nil {
			return err
		}
		n.owner, n.modified, n.uid, n.gid = l.owner, l.now(), who.UID, who.GID
		if dir.mode&fs.ModeSetgid != 0 {
			n.gid = dir.gid
			if n.folder() {
				n.mode |= fs.ModeSetgid
			}
		}
		ino = l.next
		l.next++
		l.nodes[ino] = n
		dir.set(p.name, ino)
		return nil
	})
	return ino, err
}

const permissions = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// Mkdir makes a folder.
func (f *FS) Mkdir(name string, perm fs.FileMode, who Owner) error {
	return f.make("mkdir", name, &node{mode: fs.ModeDir | perm&permissions, links: 2}, who)
}

// Symlink makes a symbolic link.
func (f *FS) Symlink(target, name string, who Owner) error {
	if target == "" {
		return failed("symlink", name, ENOENT)
	}
	return f.make("symlink", name, &node{mode: fs.ModeSymlink | 0o777, links: 1, target: target}, who)
}

func (f *FS) make(op, name string, n *node, who Owner) error {
	p, err := f.entry(name, who)
	switch {
	case err != nil:
	case p.ino != 0:
		err = EEXIST
	case p.folder && !n.folder():
		err = ENOENT
	default:
		_, err = p.add(n, who)
	}
	return failed(op, name, err)
}

// MkdirAll makes a folder and those above it. One that is there is no error.
func (f *FS) MkdirAll(name string, perm fs.FileMode, who Owner) error {
	at := "/"
	for _, part := range parts(name) {
		at = path.Join(at, part)
		if err := f.Mkdir(at, perm, who); err != nil {
			if p, found := f.find(at, true, who); found == nil && p.node().folder() {
				continue
			}
			return err
		}
	}
	return nil
}

// mayUnlink says why somebody may not take a file out of a folder.
func (l *layer) mayUnlinkLocked(dir, n *node, who Owner) error {
	if dir.mode&fs.ModeSticky != 0 && who.UID != 0 && who.UID != n.uid && who.UID != dir.uid {
		return EPERM
	}
	return nil
}

// unlinkLocked takes a file, or an empty folder, out of a folder.
func (l *layer) unlinkLocked(dir *node, name string) {
	ino := dir.entries[name]
	delete(dir.entries, name)
	n := l.mutableLocked(ino)
	if n.links--; n.folder() {
		n.links = 0
	}
	l.releaseLocked(ino)
}

// Remove removes a file or an empty folder.
func (f *FS) Remove(name string, who Owner) error {
	return failed("remove", name, f.remove(name, who))
}

func (f *FS) remove(name string, who Owner) error {
	p, err := f.entry(name, who)
	switch {
	case err != nil:
		return err
	case p.ino == 0:
		return ENOENT
	case p.misnamed():
		return ENOTDIR
	case p.name == "" && p.path != "/":
		return EINVAL
	case p.name == "" || p.mounted:
		return EBUSY
	}
	return p.within(who, func(l *layer, dir *node) error {
		ino := dir.entries[p.name]
		if ino == 0 {
			return ENOENT
		}
		n := l.nodeLocked(ino)
		if n.folder() && len(n.entries) > 0 {
			return ENOTEMPTY
		}
		if err := l.mayUnlinkLocked(dir, n, who); err != nil {
			return err
		}
		l.unlinkLocked(dir, p.name)
		return nil
	})
}

// RemoveAll removes what there is of a name, with what is in it. There may be nothing.
func (f *FS) RemoveAll(name string, who Owner) error {
	err := f.remove(name, who)
	switch err {
	case nil, ENOENT:
		return nil
	case ENOTEMPTY:
	default:
		return failed("remove", name, err)
	}
	list, err := f.ReadDir(name)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := f.RemoveAll(path.Join("/", name, e.Name()), who); err != nil {
			return err
		}
	}
	return f.Remove(name, who)
}

// Rename moves a file or folder, over what is there.
func (f *FS) Rename(from, to string, who Owner) error {
	return failed("rename", from, f.rename(from, to, who))
}

func (f *FS) rename(from, to string, who Owner) error {
	old, err := f.entry(from, who)
	if err != nil {
		return err
	}
	p, err := f.entry(to, who)
	switch {
	case err != nil:
		return err
	case old.ino == 0:
		return ENOENT
	case (old.folder || p.folder) && !old.node().folder():
		return ENOTDIR
	case old.name == "" || p.name == "" || old.mounted || p.mounted:
		return EBUSY
	case old.parent != p.parent:
		return EXDEV
	case old.readOnly:
		return EROFS
	}
	return p.within(who, func(l *layer, dir *node) error {
		source := l.nodeLocked(old.dir)
		switch {
		case source.links == 0 || source.entries[old.name] == 0:
			return ENOENT
		case !source.allows(who, 3):
			return EACCES
		}
		ino, over := source.entries[old.name], dir.entries[p.name]
		n := l.nodeLocked(ino)
		switch {
		case ino == over:
			return nil
		case n.folder() && l.holdsLocked(ino, p.dir):
			return EINVAL
		}
		if err := l.mayUnlinkLocked(source, n, who); err != nil {
			return err
		}
		if over != 0 {
			switch there := l.nodeLocked(over); {
			case there.folder() && l.holdsLocked(over, old.dir):
				return ENOTEMPTY
			case n.folder() && !there.folder():
				return ENOTDIR
			case !n.folder() && there.folder():
				return EISDIR
			case len(there.entries) > 0:
				return ENOTEMPTY
			default:
				if err := l.mayUnlinkLocked(dir, there, who); err != nil {
					return err
				}
			}
			l.unlinkLocked(dir, p.name)
		}
		source = l.mutableLocked(old.dir)
		delete(source.entries, old.name)
		source.modified = l.now()
		dir.set(p.name, ino)
		return nil
	})
}

// holdsLocked reports whether a folder is another or has it somewhere below.
func (l *layer) holdsLocked(ino, other uint64) bool {
	if ino == other {
		return true
	}
	for _, child := range l.nodeLocked(ino).entries {
		if l.nodeLocked(child).folder() && l.holdsLocked(child, other) {
			return true
		}
	}
	return false
}

// Link gives a file one more name.
func (f *FS) Link(old, name string, who Owner) error {
	return failed("link", old, f.link(old, name, who))
}

func (f *FS) link(old, name string, who Owner) error {
	from, err := f.find(old, false, who)
	if err != nil {
		return err
	}
	p, err := f.entry(name, who)
	switch {
	case err != nil:
		return err
	case p.ino != 0:
		return EEXIST
	case p.folder:
		return ENOENT
	case from.node().folder():
		return EPERM
	case from.layer != p.layer:
		return EXDEV
	}
	return p.within(who, func(l *layer, dir *node) error {
		switch {
		case dir.entries[p.name] != 0:
			return EEXIST
		case l.nodeLocked(from.ino).links == 0:
			return ENOENT
		}
		l.mutableLocked(from.ino).links++
		dir.set(p.name, from.ino)
		return nil
	})
}

// alter changes what is known of a file beside its content.
func (f *FS) alter(op, name string, follow bool, who Owner, change func(n *node) error) error {
	p, err := f.find(name, follow, who)
	if err == nil {
		err = p.alter(who, change)
	}
	return failed(op, name, err)
}

func (p place) alter(who Owner, change func(n *node) error) error {
	if p.readOnly {
		return EROFS
	}
	p.layer.mu.Lock()
	defer p.layer.mu.Unlock()
	switch n := p.layer.nodeLocked(p.ino); {
	case n == nil:
		return ENOENT
	case who.UID != 0 && who.UID != n.uid:
		return EPERM
	}
	return change(p.layer.mutableLocked(p.ino))
}

// Chmod sets the permissions.
func (f *FS) Chmod(name string, mode fs.FileMode, who Owner) error {
	return f.alter("chmod", name, true, who, func(n *node) error {
		n.mode = n.mode&^permissions | mode&permissions
		return nil
	})
}

// Chown sets the owner; -1 leaves it.
func (f *FS) Chown(name string, uid, gid int, who Owner) error {
	return f.alter("chown", name, true, who, func(n *node) error { return n.chown(uid, gid, who) })
}

// Lchown is Chown that does not follow a symbolic link at the end.
func (f *FS) Lchown(name string, uid, gid int, who Owner) error {
	return f.alter("lchown", name, false, who, func(n *node) error { return n.chown(uid, gid, who) })
}

func (n *node) chown(uid, gid int, who Owner) error {
	if uid == -1 {
		uid = n.uid
	}
	if gid == -1 {
		gid = n.gid
	}
	if who.UID != 0 && (uid != n.uid || gid != n.gid && gid != who.GID) {
		return EPERM
	}
	n.uid, n.gid = uid, gid
	return nil
}

// Chtimes sets when the content was last changed.
func (f *FS) Chtimes(name string, modified time.Time, who Owner) error {
	return f.alter("chtimes", name, true, who, func(n *node) error {
		n.modified = modified
		return nil
	})
}

// Put adds the files of a tree below a folder, with their owners and times, which folders that are there get, too.
func (f *FS) Put(dir string, t Tree) error {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		at := path.Join("/", dir, name)
		if err := f.MkdirAll(path.Dir(at), 0o755, Owner{}); err != nil {
			return err
		}
		file := t[name]
		if err := f.make("put", at, newNode(file), Owner{}); errors.Is(err, EEXIST) && file.Dir {
			continue
		} else if err != nil {
			return err
		}
	}
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(t))) { // folders after what is in them
		file := t[name]
		if err := f.alter("put", path.Join("/", dir, name), false, Owner{}, func(n *node) error {
			n.uid, n.gid, n.modified = file.UID, file.GID, file.Modified
			if n.folder() {
				n.mode = n.mode&^permissions | fileMode(file.Mode)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
