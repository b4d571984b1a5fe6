package api

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// tree is files by their clean path, without a slash in front.
type tree map[string]treeFile

type treeFile struct {
	data []byte
	mode int64
	dir  bool
	link string // where a symbolic link points
}

// add puts the files of a tar below a folder; what whiteouts name goes.
func (t tree) add(r io.Reader, below string) error {
	reader := tar.NewReader(r)
	for {
		h, err := reader.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name := cleanPath(below + "/" + h.Name)
		if base, ok := strings.CutPrefix(path.Base(name), ".wh."); ok {
			t.remove(path.Join(path.Dir(name), base))
			continue
		}
		f := treeFile{mode: h.Mode & 0o7777}
		switch h.Typeflag {
		case tar.TypeDir:
			f.dir = true
		case tar.TypeSymlink:
			f.link = h.Linkname
		case tar.TypeLink:
			f = t[cleanPath(below+"/"+h.Linkname)]
		default:
			if h.Size > maxBuiltFile {
				return fmt.Errorf("%s: files above %d bytes are not imitated by fakedockerd", h.Name, int64(maxBuiltFile))
			}
			if f.data, err = io.ReadAll(reader); err != nil {
				return err
			}
		}
		if name != "" {
			t[name] = f
		}
	}
}

// maxBuiltFile is the size of the largest file that a build reads, in bytes: a made-up image has one of any size.
const maxBuiltFile = 1 << 30

func (t tree) remove(name string) {
	maps.DeleteFunc(t, func(have string, _ treeFile) bool { return have == name || strings.HasPrefix(have, name+"/") })
}

func cleanPath(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

func (t tree) read(name string) ([]byte, bool) {
	f, ok := t[cleanPath(name)]
	return f.data, ok && !f.dir
}

// isDir says whether there is a folder, with an entry of its own or not.
func (t tree) isDir(name string) bool {
	if f, ok := t[name]; ok {
		return f.dir
	}
	return name == "" || slices.ContainsFunc(slices.Collect(maps.Keys(t)), func(have string) bool { return strings.HasPrefix(have, name+"/") })
}

// glob finds what a source of COPY names, sorted. The error is that of dockerd when there is none.
func (t tree) glob(pattern, instruction string) ([]string, error) {
	name := cleanPath(pattern)
	if !strings.ContainsAny(pattern, "*?[\\") {
		if _, ok := t[name]; ok || t.isDir(name) {
			return []string{name}, nil
		}
		return nil, fmt.Errorf("%s failed: file not found in build context or excluded by .dockerignore: stat %s: file does not exist", instruction, name)
	}
	var found []string
	for have := range t {
		if ok, err := path.Match(name, have); err != nil {
			return nil, fmt.Errorf("%s failed: %w", instruction, err)
		} else if ok {
			found = append(found, have)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s failed: no source files were specified", instruction)
	}
	slices.Sort(found)
	return found, nil
}

// pick copies a file to a name, or what is in a folder below it.
func (t tree) pick(from, to string, into tree) {
	if !t.isDir(from) {
		into[to] = t[from]
		return
	}
	if to != "" {
		into[to] = treeFile{dir: true, mode: 0o755}
	}
	for name, f := range t {
		if rest, ok := strings.CutPrefix(name, from+"/"); ok || from == "" {
			if from == "" {
				rest = name
			}
			into[cleanPath(to+"/"+rest)] = f
		}
	}
}

// tar writes the files, sorted, and the folders above them.
func (t tree) tar() ([]byte, error) {
	all := maps.Clone(t)
	for name := range t {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, ok := all[dir]; !ok {
				all[dir] = treeFile{dir: true, mode: 0o755}
			}
		}
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f := all[name]
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: f.mode, Size: int64(len(f.data))}
		switch {
		case f.dir:
			h.Typeflag, h.Name = tar.TypeDir, name+"/"
		case f.link != "":
			h.Typeflag, h.Linkname = tar.TypeSymlink, f.link
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// hash tells files from others by their names, modes and content.
func (t tree) hash() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(t)) {
		f := t[name]
		fmt.Fprintf(h, "%q %o %t %q %x\n", name, f.mode, f.dir, f.link, sha256.Sum256(f.data))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// filesOf are the files of an image.
func filesOf(img state.Image) (tree, error) {
	files := make(tree)
	for _, l := range img.Layers {
		r, err := image.Unpack(l.Blob.Data)
		if err != nil {
			return nil, err
		}
		if err := files.add(r, ""); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// isTar says whether bytes are a tar, compressed or not.
func isTar(data []byte) bool {
	r, err := image.Unpack(data)
	if err != nil {
		return false
	}
	_, err = tar.NewReader(r).Next()
	return err == nil
}

// decodeHeader reads base64url JSON, of which nothing counts if it makes no sense.
func decodeHeader(header string, into any) {
	if data, err := base64.URLEncoding.DecodeString(header); err == nil {
		_ = json.Unmarshal(data, into) // as dockerd ignores it
	}
}
