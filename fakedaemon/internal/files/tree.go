// Package files is files in memory: trees, as layers, build contexts and archives have them, and the file systems of containers.
package files

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/bulk"
)

// Tree is files by their clean path, without a slash in front. A folder may be there by what is in it only.
type Tree map[string]File

// File is a file, a folder or a symbolic link. Nobody changes Data.
type File struct {
	Data []byte
	// Zeros is how many bytes of zero follow Data.
	Zeros int64
	// Mode is the permissions with the bits for set-uid, set-gid and sticky, as a tar has them.
	Mode int64
	Dir  bool
	// Link is where a symbolic link points.
	Link     string
	UID, GID int
	Modified time.Time
}

// maxFile is the size of the largest file, and of all files of the largest archive that is read, in bytes: a sparse file of any size
// takes no room in a tar, and a made-up image has one.
const maxFile = 1 << 30

// Untar adds the files of a tar below a folder.
func (t Tree) Untar(r io.Reader, below string) error { return t.untar(r, below, false) }

// Apply adds the files of a layer and removes what its whiteouts name (opencontainers/image-spec, layer.md).
func (t Tree) Apply(layer io.Reader) error { return t.untar(layer, "", true) }

func (t Tree) untar(r io.Reader, below string, whiteouts bool) error {
	mine := make(map[string]bool)
	folders := make(map[string]bool) // those that are there by what is in them
	hold := func(name string) {
		for dir := path.Dir(name); dir != "." && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for name := range t {
		hold(name)
	}
	links := make(map[string]string) // hard links that come before their target
	room := int64(maxFile)
	for reader := tar.NewReader(r); ; {
		h, err := reader.Next()
		if err == io.EOF {
			for name, target := range links {
				if f, ok := t[target]; ok {
					t[name] = f
				}
			}
			return nil
		}
		if err != nil {
			return err
		}
		name := Clean(below + "/" + h.Name)
		dir, base := path.Split(name)
		if hidden, ok := strings.CutPrefix(base, whiteout); ok && whiteouts {
			if t.Remove(dir + hidden); base == opaque {
				maps.DeleteFunc(t, func(have string, _ File) bool { return strings.HasPrefix(have, dir) && !mine[have] })
			}
			continue
		}
		delete(links, name)
		f := File{Mode: h.Mode & 0o7777, UID: h.Uid, GID: h.Gid, Modified: h.ModTime}
		switch h.Typeflag {
		case tar.TypeDir:
			f.Dir = true
		case tar.TypeSymlink:
			f.Link = h.Linkname
		case tar.TypeLink:
			target := Clean(below + "/" + h.Linkname)
			if _, ok := t[target]; !ok {
				links[name] = target
			}
			f = t[target]
		default:
			if room -= h.Size; room < 0 {
				return fmt.Errorf("%s: archives with more than %d bytes of files are not imitated by fakedockerd", h.Name, int64(maxFile))
			}
			if f.Data, f.Zeros, err = readFile(reader, h); err != nil {
				return err
			}
		}
		if name == "" {
			continue
		}
		if !f.Dir && (t[name].Dir || folders[name]) {
			t.Remove(name)
		}
		hold(name)
		t[name], mine[name] = f, true
	}
}

// readFile reads what is in a file. The zeros at the end of a sparse one take no room.
func readFile(r io.Reader, h *tar.Header) (data []byte, zeros int64, err error) {
	if h.Typeflag != tar.TypeGNUSparse && h.PAXRecords["GNU.sparse.major"] == "" {
		data, err = bulk.ReadAll(r, h.Size)
		return data, 0, err
	}
	buffer, empty := make([]byte, 32<<10), make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 && bytes.Equal(buffer[:n], empty[:n]) {
			zeros += int64(n)
		} else if n > 0 {
			data, zeros = append(append(data, make([]byte, zeros)...), buffer[:n]...), 0
		}
		if err == io.EOF {
			return data, zeros, nil
		}
		if err != nil {
			return nil, 0, err
		}
	}
}

// size is in bytes.
func (f File) size() int64 { return int64(len(f.Data)) + f.Zeros }

// whiteout stands before the name of what a layer hides; opaque hides all that the layers below have in its folder.
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// WriteTar writes the files, sorted, and the folders above them.
func (t Tree) WriteTar(w io.Writer) error {
	all := t.withFolders()
	out := tar.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f := all[name]
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: name, Mode: f.Mode, Size: f.size(), Uid: f.UID, Gid: f.GID, ModTime: f.Modified,
		}
		switch {
		case f.Dir:
			h.Typeflag, h.Name = tar.TypeDir, name+"/"
		case f.Link != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, f.Link
		}
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		if err := bulk.Write(out, f.Data); err != nil {
			return err
		}
		if _, err := io.CopyN(out, zeros{}, f.Zeros); err != nil {
			return err
		}
	}
	return out.Close()
}

// Tar is what WriteTar writes.
func (t Tree) Tar() ([]byte, error) {
	b := bulk.Buffer{Size: 1024}
	for _, f := range t.withFolders() {
		b.Size += 1024 + int64(len(f.Data)) // with its header and what fills its last block
	}
	err := t.WriteTar(&b)
	return b.Bytes(), err
}

// withFolders returns the tree with an entry for each folder.
func (t Tree) withFolders() Tree {
	all := maps.Clone(t)
	for name := range t {
		for i, c := range name {
			if _, ok := all[name[:i]]; c == '/' && !ok {
				all[name[:i]] = File{Dir: true, Mode: 0o755}
			}
		}
	}
	return all
}

// Remove removes a file, or a folder with what is in it.
func (t Tree) Remove(name string) {
	maps.DeleteFunc(t, func(have string, _ File) bool { return have == name || strings.HasPrefix(have, name+"/") })
}

// Clean is a path as a Tree has it; "" is the root.
func Clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// Read returns what is in a file that is no folder.
func (t Tree) Read(name string) ([]byte, bool) {
	f, ok := t[Clean(name)]
	if f.Zeros > 0 {
		return append(slices.Clip(f.Data), make([]byte, f.Zeros)...), true
	}
	return f.Data, ok && !f.Dir
}

// IsDir reports whether there is a folder, with an entry of its own or not.
func (t Tree) IsDir(name string) bool {
	if f, ok := t[name]; ok {
		return f.Dir
	}
	for have := range t {
		if strings.HasPrefix(have, name+"/") {
			return true
		}
	}
	return name == ""
}
