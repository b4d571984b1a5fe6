package files

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// snapshot is a copy with copies of all that is mounted.
func (f *FS) snapshot() *FS {
	c := f.Clone()
	layers := map[*layer]*layer{f.own: c.own}
	c.mounts = f.copyMounts()
	for at, m := range c.mounts {
		if layers[m.layer] == nil {
			layers[m.layer] = (&FS{own: m.layer}).Clone().own
		}
		m.layer = layers[m.layer]
		c.mounts[at] = m
	}
	return c
}

// WriteTar writes a file, or a folder and what is in it, as moby's archive package does: under the name as, with what is mounted, and
// with hard links. A symbolic link at the end is written as such, unless a slash follows it.
func (f *FS) WriteTar(w io.Writer, name, as string) error {
	c := f.snapshot()
	p, err := c.find(name, false, Owner{})
	if err != nil {
		return failed("lstat", name, err)
	}
	t := tarWriter{fs: c, Writer: tar.NewWriter(w), seen: make(map[place]string)}
	if err := t.write(p, as); err != nil {
		return err
	}
	return t.Close()
}

// Export writes all files but what is mounted, as docker export does.
func (f *FS) Export(w io.Writer) error {
	f.settle()
	c := f.Clone()
	t := tarWriter{fs: c, Writer: tar.NewWriter(w), seen: make(map[place]string)}
	if err := t.children(place{layer: c.own, ino: root, path: "/"}, ""); err != nil {
		return err
	}
	return t.Close()
}

type tarWriter struct {
	*tar.Writer
	fs   *FS              // nobody changes it
	seen map[place]string // names of files by layer and inode number
}

func (t *tarWriter) write(p place, name string) error {
	n := p.layer.nodeLocked(p.ino)
	h := &tar.Header{
		Format: tar.FormatPAX, Typeflag: tar.TypeReg, Name: name, Mode: tarMode(n.mode), Uid: n.uid, Gid: n.gid, Size: n.size,
		ModTime: n.modified.Truncate(time.Second), Linkname: n.target,
	}
	switch {
	case n.folder():
		h.Typeflag = tar.TypeDir
		if !strings.HasSuffix(name, "/") {
			h.Name += "/"
		}
	case n.mode&fs.ModeSymlink != 0:
		h.Typeflag = tar.TypeSymlink
	case n.mode&fs.ModeNamedPipe != 0:
		h.Typeflag = tar.TypeFifo
	}
	if !n.folder() && n.links > 1 {
		file := place{layer: p.layer, ino: p.ino}
		if first, ok := t.seen[file]; ok {
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, first, 0
		} else {
			t.seen[file] = name
		}
	}
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	if n.folder() {
		return t.children(p, strings.TrimSuffix(name, "/")+"/")
	}
	if h.Size == 0 {
		return nil
	}
	if _, err := t.Write(n.data); err != nil {
		return err
	}
	_, err := io.CopyN(t, zeros{}, n.size-int64(len(n.data)))
	return err
}

func (t *tarWriter) children(p place, prefix string) error {
	for _, i := range p.layer.children(p.ino) {
		child := place{layer: p.layer, ino: i.sys.Inode, path: path.Join(p.path, i.name)}
		if m, ok := t.fs.mounts[child.path]; ok {
			child.layer, child.ino = m.layer, m.ino
		}
		if err := t.write(child, prefix+i.name); err != nil {
			return err
		}
	}
	return nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// UntarOptions say how an archive is put somewhere.
type UntarOptions struct {
	// NoOverwriteDirNonDir refuses to put a file in the place of a folder, and the other way round.
	NoOverwriteDirNonDir bool
	// Owner, when not nil, owns everything.
	Owner *Owner
}

// Untar puts the files of a tar into a folder, as moby's archive package does. What was put there stays when an error follows.
func (f *FS) Untar(r io.Reader, dir string, o UntarOptions) error {
	u := untarrer{FS: f, dir: path.Clean("/" + dir), UntarOptions: o}
	var folders []*tar.Header
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		h.Name = path.Clean(h.Name)
		done, err := u.put(h, t)
		if err != nil {
			return err
		}
		if done && h.Typeflag == tar.TypeDir {
			folders = append(folders, h)
		}
	}
	for _, h := range folders {
		if err := f.Chtimes(path.Join(u.dir, h.Name), h.ModTime, Owner{}); err != nil {
			return err
		}
	}
	return nil
}

type untarrer struct {
	*FS
	dir string
	UntarOptions
}

// put makes one file; done is false if nothing was to be done.
func (u *untarrer) put(h *tar.Header, r io.Reader) (done bool, err error) {
	if _, err := u.Lstat(path.Join(u.dir, path.Dir(h.Name))); errors.Is(err, fs.ErrNotExist) {
		if err := u.MkdirAll(path.Join(u.dir, path.Dir(h.Name)), 0o755, Owner{}); err != nil {
			return false, err
		}
	}
	at := path.Join(u.dir, h.Name)
	if strings.HasPrefix(h.Name, "../") && at != u.dir && !strings.HasPrefix(at, strings.TrimSuffix(u.dir, "/")+"/") {
		return false, fmt.Errorf("%q is outside of %q", h.Name, u.dir)
	}
	if i, err := u.Lstat(at); err == nil {
		switch folder := h.Typeflag == tar.TypeDir; {
		case u.NoOverwriteDirNonDir && i.IsDir() && !folder:
			return false, fmt.Errorf("cannot overwrite directory %q with non-directory %q", at, u.dir)
		case u.NoOverwriteDirNonDir && !i.IsDir() && folder:
			return false, fmt.Errorf("cannot overwrite non-directory %q with directory %q", at, u.dir)
		case i.IsDir() && h.Name == ".":
			return false, nil
		case !i.IsDir() || !folder:
			if err := u.RemoveAll(at, Owner{}); err != nil {
				return false, renamed(err, "unlinkat", at)
			}
		}
	}
	return true, u.create(h, at, r)
}

// create makes a file where there is none, or a folder.
func (u *untarrer) create(h *tar.Header, at string, r io.Reader) error {
	mode, who := h.FileInfo().Mode(), Owner{}
	switch h.Typeflag {
	case tar.TypeDir:
		if i, err := u.Lstat(at); err != nil || !i.IsDir() {
			if err := u.Mkdir(at, mode, who); err != nil {
				return err
			}
		}
	case tar.TypeReg, tar.TypeGNUSparse:
		if err := u.write(at, mode, r); err != nil {
			return err
		}
	case tar.TypeFifo:
		if err := u.make("mknod", at, &node{mode: fs.ModeNamedPipe | mode.Perm(), links: 1}, who); err != nil {
			return err
		}
	case tar.TypeBlock, tar.TypeChar:
		return fmt.Errorf("%s: device nodes are not imitated by fakedockerd", h.Name)
	case tar.TypeLink:
		target := path.Join(u.dir, h.Linkname)
		if !strings.HasPrefix(target, u.dir) {
			return fmt.Errorf("invalid hardlink %q -> %q", target, h.Linkname)
		}
		if err := u.Link(target, at, who); err != nil {
			return renamed(err, "link", target+" "+at) // as os.LinkError has it
		}
	case tar.TypeSymlink:
		if target := path.Join(path.Dir(at), h.Linkname); !strings.HasPrefix(target, u.dir) {
			return fmt.Errorf("invalid symlink %q -> %q", at, h.Linkname)
		}
		if err := u.Symlink(h.Linkname, at, who); err != nil {
			return err
		}
	default:
		return fmt.Errorf("unhandled tar header type %d", h.Typeflag)
	}
	owner := Owner{h.Uid, h.Gid}
	if u.Owner != nil {
		owner = *u.Owner
	}
	return u.alter("lchown", at, false, who, func(n *node) error {
		n.uid, n.gid = owner.UID, owner.GID
		if n.mode&fs.ModeSymlink == 0 {
			n.mode = n.mode&^permissions | mode&permissions
		}
		if h.Typeflag != tar.TypeLink {
			n.modified = h.ModTime
		}
		return nil
	})
}

// renamed is an error of an FS as that of another operation.
func renamed(err error, op, name string) error {
	if e := new(fs.PathError); errors.As(err, &e) {
		return failed(op, name, e.Err)
	}
	return err
}

// write makes a file of what there is to read; zeros take no room at its end.
func (u *untarrer) write(name string, mode fs.FileMode, r io.Reader) error {
	h, err := u.Open(name, os.O_CREATE|os.O_WRONLY, mode, Owner{})
	if err != nil {
		return err
	}
	defer h.Close()
	buffer, empty := make([]byte, 32<<10), make([]byte, 32<<10)
	for off := int64(0); ; {
		n, err := r.Read(buffer)
		if n > 0 && !bytes.Equal(buffer[:n], empty[:n]) {
			if _, err := h.WriteAt(buffer[:n], off); err != nil {
				return err
			}
		}
		off += int64(n)
		switch {
		case err == io.EOF:
			return h.Truncate(off)
		case err != nil:
			return err
		case off > maxFile:
			return failed("write", name, EFBIG)
		}
	}
}
