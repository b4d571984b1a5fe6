package run

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

func pathError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// maxLinks is how many symbolic links a name may lead over, as on Linux.
const maxLinks = 40

// Abs gives a name from the root on. What is in it stays as it is written.
func (p *Process) Abs(name string) string {
	switch {
	case strings.HasPrefix(name, "/"):
		return name
	case p.dir == "/":
		return "/" + name
	}
	return p.dir + "/" + name
}

// resolveLocked gives the name that has no symbolic links and no dots in it, but for the last part unless follow. What is not there is as it is.
func (p *Process) resolveLocked(name string, follow bool) (string, error) {
	at, rest, links := "/", strings.Split(p.Abs(name), "/"), 0
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		last := !slices.ContainsFunc(rest, func(part string) bool { return part != "" })
		if last && !follow && len(rest) == 0 {
			return next, nil
		}
		link, ok := p.linkLocked(next)
		if !ok {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", files.ELOOP
		}
		if strings.HasPrefix(link, "/") {
			at = "/"
		}
		rest = append(strings.Split(link, "/"), rest...)
	}
	return at, nil
}

// linkLocked gives where a symbolic link leads. What is behind a descriptor is reached without its name.
func (p *Process) linkLocked(name string) (string, bool) {
	if n := p.nodeLocked(name); n != nil {
		return n.link, n.link != "" && n.behind == nil
	}
	info, err := p.s.o.Files.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return "", false
	}
	sys, ok := info.Sys().(*files.Info)
	return sys.Target, ok
}

// lookLocked gives what is at a name: a node of /dev or /proc, or else the name to ask the file system for.
func (p *Process) lookLocked(op, name string, follow bool) (*node, string, error) {
	if name == "" {
		return nil, "", pathError(op, name, files.ENOENT)
	}
	at, err := p.resolveLocked(name, follow)
	if err != nil {
		return nil, "", pathError(op, name, err)
	}
	n := p.nodeLocked(at)
	switch {
	case n == nil && strings.HasPrefix(at, "/proc/"):
		return nil, "", pathError(op, name, files.ENOENT)
	case n != nil && strings.HasSuffix(name, "/") && !n.mode.IsDir():
		return nil, "", pathError(op, name, files.ENOTDIR)
	case n == nil && strings.HasSuffix(name, "/"):
		at += "/"
	}
	return n, at, nil
}

// named gives an error the name that the caller knows.
func named(err error, name string) error {
	var e *fs.PathError
	if !errors.As(err, &e) {
		return err
	}
	for inner := e; errors.As(inner.Err, &inner); {
		e = inner
	}
	return pathError(e.Op, name, e.Err)
}

// Open opens a file with flags of package os; one that is made gets the permissions less the umask.
func (p *Process) Open(name string, flag int, perm fs.FileMode) (int, error) {
	p.enter()
	defer p.leave()
	n, at, err := p.lookLocked("open", name, flag&(os.O_CREATE|os.O_EXCL) != os.O_CREATE|os.O_EXCL)
	if err != nil {
		return -1, err
	}
	var f file
	if n != nil {
		if f, err = n.open(p, flag); err != nil {
			return -1, named(pathError("open", name, err), name)
		}
	} else if f, err = p.openFileLocked(at, flag, perm); err != nil {
		return -1, named(err, name)
	}
	fd, err := p.installLocked(newOpenFile(f, flag), 0, false)
	if err != nil {
		return -1, pathError("open", name, err)
	}
	return fd, nil
}

func (p *Process) openFileLocked(at string, flag int, perm fs.FileMode) (file, error) {
	h, err := p.s.o.Files.Open(at, flag, perm&^fs.FileMode(p.umask), p.user)
	if err != nil {
		return nil, err
	}
	return &regular{h: h, flags: flag}, nil
}

// Stat tells of a file, behind symbolic links.
func (p *Process) Stat(name string) (fs.FileInfo, error) {
	p.enter()
	defer p.leave()
	n, at, err := p.lookLocked("stat", name, true)
	switch {
	case err != nil:
		return nil, err
	case n != nil && n.behind != nil:
		info, err := n.behind.stat()
		return info, err
	case n != nil:
		return n.info(path.Base(name)), nil
	}
	info, err := p.s.o.Files.Stat(at)
	return info, named(err, name)
}

// Lstat tells of a file, or of a symbolic link itself.
func (p *Process) Lstat(name string) (fs.FileInfo, error) {
	p.enter()
	defer p.leave()
	n, at, err := p.lookLocked("lstat", name, false)
	switch {
	case err != nil:
		return nil, err
	case n != nil:
		return n.info(path.Base(name)), nil
	}
	info, err := p.s.o.Files.Lstat(at)
	return info, named(err, name)
}

// Readlink gives where a symbolic link leads.
func (p *Process) Readlink(name string) (string, error) {
	p.enter()
	defer p.leave()
	n, at, err := p.lookLocked("readlink", name, false)
	switch {
	case err != nil:
		return "", err
	case n != nil && n.link == "":
		return "", pathError("readlink", name, files.EINVAL)
	case n != nil:
		return n.link, nil
	}
	link, err := p.s.o.Files.Readlink(at)
	return link, named(err, name)
}

// ReadDir lists a folder, sorted.
func (p *Process) ReadDir(name string) ([]fs.DirEntry, error) {
	p.enter()
	defer p.leave()
	n, at, err := p.lookLocked("open", name, true)
	switch {
	case err != nil:
		return nil, err
	case n != nil && !n.mode.IsDir():
		return nil, pathError("open", name, files.ENOTDIR)
	}
	var all []fs.DirEntry
	if n == nil || n.merged {
		if all, err = p.s.o.Files.ReadDir(at); err != nil && n == nil {
			return nil, named(err, name)
		}
	}
	if n == nil {
		return all, nil
	}
	all = slices.DeleteFunc(all, func(e fs.DirEntry) bool { return slices.Contains(n.entries, e.Name()) })
	for _, e := range n.entries {
		if child := p.nodeLocked(path.Join(at, e)); child != nil {
			all = append(all, fs.FileInfoToDirEntry(child.info(e)))
		}
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// Mkdir makes a folder that has the permissions less the umask.
func (p *Process) Mkdir(name string, perm fs.FileMode) error {
	p.enter()
	defer p.leave()
	bare := strings.TrimRight(name, "/")
	if bare == "" && name != "" {
		bare = "/"
	}
	n, at, err := p.lookLocked("mkdir", bare, false)
	switch {
	case err != nil:
		return named(err, name)
	case n != nil:
		return pathError("mkdir", name, files.EEXIST)
	}
	return named(p.s.o.Files.Mkdir(at, perm&^fs.FileMode(p.umask), p.user), name)
}

// Access says whether the process may read (4), write (2) or use (1) a file, or several of them; 0 asks whether it is there.
func (p *Process) Access(name string, want fs.FileMode) error {
	p.enter()
	defer p.leave()
	n, at, err := p.lookLocked("access", name, true)
	switch {
	case err != nil:
		return err
	case n == nil:
		return named(p.s.o.Files.Access(at, want, p.user), name)
	}
	have := n.mode.Perm()
	switch {
	case p.user.UID == 0:
		have |= 6
	case p.user.UID == n.owner.UID:
		have >>= 6
	}
	if have&want != want {
		return pathError("access", name, files.EACCES)
	}
	return nil
}

// Chdir changes the working directory.
func (p *Process) Chdir(name string) error {
	info, err := p.Stat(name)
	if err != nil {
		return err
	} else if !info.IsDir() {
		return pathError("chdir", name, files.ENOTDIR)
	}
	p.enter()
	defer p.leave()
	at, err := p.resolveLocked(name, true)
	if err != nil {
		return pathError("chdir", name, err)
	}
	p.dir = at
	return nil
}

// info is a fs.FileInfo of what is not in the file system.
type info struct {
	name         string
	mode         fs.FileMode
	size         int64
	modified     time.Time
	owner        files.Owner
	inode        uint64
	major, minor int
}

func (i *info) Name() string       { return i.name }
func (i *info) Size() int64        { return i.size }
func (i *info) Mode() fs.FileMode  { return i.mode }
func (i *info) ModTime() time.Time { return i.modified }
func (i *info) IsDir() bool        { return i.mode.IsDir() }
func (i *info) Sys() any {
	return &files.Info{UID: i.owner.UID, GID: i.owner.GID, Links: 1, Inode: i.inode}
}

// DeviceNumber gives the numbers of a device of which Stat has told.
func DeviceNumber(i fs.FileInfo) (major, minor int, ok bool) {
	d, ok := i.(*info)
	if !ok || d.mode&fs.ModeDevice == 0 {
		return 0, 0, false
	}
	return d.major, d.minor, true
}
