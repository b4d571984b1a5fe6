package build

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/bulk"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// copier gathers what ADD or COPY adds to an image.
type copier struct {
	*builder
	word string
	from files.Tree
	// root is the same, to follow links.
	root *files.FS
	// owner is whose files those are that come from elsewhere than an image.
	owner func(files.File) files.File
	// dest is where they go; into says that it is a folder, and exists that there is one.
	dest         string
	into, exists bool
	// layer are the files where they are to be, and picked where they were; kinds says of each source what it was.
	layer, picked files.Tree
	kinds         []string
}

// copy makes a layer of files of the context, of another stage or image, or of a server.
func (b *builder) copy(in *Instruction) error {
	chown, _, err := b.parser.Expand(in.flag("chown"), b.escape, b.lookup)
	if err != nil {
		return invalid{err}
	}
	if in.flag("chmod") != "" {
		return needsBuildKit("--chmod")
	}
	sources, dest := in.Args[:len(in.Args)-1], in.Args[len(in.Args)-1]
	c := &copier{builder: b, word: in.word.name, from: b.Context, layer: make(files.Tree), picked: make(files.Tree)}
	var who files.Owner
	var noOwner error // for steps that are not in the cache
	if chown != "" {
		who, noOwner = b.backend.Owner(b.image, chown)
	}
	c.owner = ownedBy(who)
	if name := in.flag("from"); name == "" {
		c.root = files.NewFS(time.Now, b.Context)
	} else {
		if c.root, err = b.filesOf(name); err != nil {
			return fmt.Errorf("invalid from flag value %s: %w", name, err)
		}
		c.from = c.root.Tree()
		if chown == "" {
			c.owner = func(f files.File) files.File { return f }
		}
	}
	c.place(dest)
	for _, source := range sources {
		if name, _, err := heredocName(source); !b.parser.Old && err == nil && name != "" {
			continue // which only BuildKit writes to a file
		}
		if err := c.source(source); err != nil {
			return fmt.Errorf("%s failed: %w", c.word, err)
		}
	}
	switch {
	case len(c.kinds) == 0:
		return fmt.Errorf("%s failed: no source files were specified", c.word)
	case len(c.kinds) > 1 && !strings.HasSuffix(dest, "/"):
		return fmt.Errorf("When using %s with more than one source file, the destination must be a directory and end with a /", c.word)
	}
	kind := "multi"
	if len(c.kinds) == 1 {
		kind = c.kinds[0]
	}
	if chown != "" {
		chown = "--chown=" + chown
		if !b.parser.Old {
			chown += " "
		}
	}
	cmd := b.nopCommand(fmt.Sprintf("%s %s%s:%s in %s ", c.word, chown, kind, hash(c.picked), dest))
	if b.cached(cmd) {
		return nil
	}
	if noOwner != nil {
		return fmt.Errorf("unable to convert uid/gid chown string to host mapping: %w", noOwner)
	}
	return b.commit(cmd, "", c.layer)
}

// place finds where files go in the image.
func (c *copier) place(dest string) {
	at := dest
	if !path.IsAbs(dest) {
		at = path.Join("/", c.WorkingDir, dest)
	}
	root := c.backend.Files(c.image)
	at = root.Follow(path.Clean(at))
	info, err := root.Stat(at)
	c.dest, c.exists = files.Clean(at), err == nil && info.IsDir()
	c.into = c.exists || strings.HasSuffix(dest, "/") || path.Base(dest) == "."
}

// Tar puts what a step adds into the files of the image, in the place of what is there, and returns the layer, nil if that changes nothing.
func (s Step) Tar(root *files.FS, now time.Time) ([]byte, error) {
	root.SetLimit(math.MaxInt64)
	added := maps.Clone(s.Layer)
	for name, f := range added {
		if f.Modified.IsZero() {
			f.Modified = now
			added[name] = f
		}
		if !f.Dir {
			_ = root.Remove(name, files.Owner{}) // Put tells of what stays
		}
	}
	if err := root.Put("/", added); err != nil {
		return nil, fmt.Errorf("failed to copy files: %w", err)
	}
	layer := root.Upper()
	if len(layer) == 0 {
		return nil, nil
	}
	return layer.Tar()
}

func ownedBy(who files.Owner) func(files.File) files.File {
	return func(f files.File) files.File {
		f.UID, f.GID = who.UID, who.GID
		return f
	}
}

// filesOf are those of an earlier stage, by its name or number, or of an image.
func (b *builder) filesOf(name string) (*files.FS, error) {
	img, ok := b.stage(name)
	if n, err := strconv.Atoi(name); !ok && err == nil {
		switch {
		case n == len(b.stages):
			return nil, errors.New("refers to current build stage")
		case n < 0 || n > len(b.stages):
			return nil, errors.New("index out of bounds")
		}
		img, ok = b.stages[n].image, true
	}
	if !ok {
		var err error
		if img, err = b.backend.Image(b.ctx, name, ""); err != nil {
			return nil, err
		}
	}
	return b.backend.Files(img.ID), nil
}

// source adds what a source names.
func (c *copier) source(source string) error {
	if strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://") {
		if c.word == "COPY" {
			return errors.New("source can't be a URL for COPY")
		}
		data, err := c.backend.Download(c.ctx, source)
		if err != nil {
			return err
		}
		c.file(path.Base(source), files.File{Data: data, Mode: 0o600})
		return nil
	}
	names, err := c.find(source)
	if err != nil {
		return err
	}
	for _, name := range names {
		called := name // which may be a link
		name = files.Clean(c.root.Follow("/" + name))
		f := c.from[name]
		if c.from.IsDir(name) {
			c.kinds = append(c.kinds, "dir")
			c.pick(name, c.dest, c.layer)
			if c.exists {
				delete(c.layer, c.dest) // which stays as it is
			}
			c.pick(name, name, c.picked)
			continue
		}
		if c.word != "ADD" || f.Link != "" || !isTar(f.Data) {
			c.file(called, f)
			continue
		}
		unpacked, err := image.Unpack(f.Data)
		if err == nil {
			err = c.layer.Untar(unpacked, c.dest)
		}
		if err != nil {
			return err
		}
		c.kinds = append(c.kinds, "file")
		c.picked[name] = f
	}
	return nil
}

func (c *copier) file(name string, f files.File) {
	f = c.owner(f)
	c.kinds = append(c.kinds, "file")
	c.picked[name] = f
	if c.into {
		c.layer[path.Join(c.dest, path.Base(name))] = f
	} else {
		c.layer[c.dest] = f
	}
}

// find finds what a source names, sorted.
func (c *copier) find(source string) (found []string, err error) {
	name := files.Clean(source)
	if !strings.ContainsAny(source, `*?[\`) {
		at := files.Clean(c.root.Follow("/" + name))
		if _, ok := c.from[at]; ok || c.from.IsDir(at) {
			return []string{name}, nil
		}
		return nil, fmt.Errorf("file not found in build context or excluded by .dockerignore: stat %s: %w", name, os.ErrNotExist)
	}
	for have := range c.from {
		// A folder may be there by what is in it only.
		for ; have != "."; have = path.Dir(have) {
			if ok, _ := path.Match(name, have); ok {
				found = append(found, have)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// pick copies what is in a folder below another.
func (c *copier) pick(from, to string, into files.Tree) {
	if to != "" {
		into[to] = c.owner(files.File{Dir: true, Mode: 0o755})
	}
	for name, f := range c.from {
		if rest, ok := strings.CutPrefix("/"+name, strings.TrimSuffix("/"+from, "/")+"/"); ok {
			into[files.Clean(to+"/"+rest)] = c.owner(f)
		}
	}
}

// isTar reports whether bytes are a tar, compressed or not.
func isTar(data []byte) bool {
	r, err := image.Unpack(data)
	if err != nil {
		return false
	}
	_, err = tar.NewReader(r).Next()
	return err == nil
}

// hash tells files from others by their names, modes and content.
func hash(t files.Tree) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(t)) {
		f := t[name]
		fmt.Fprintf(h, "%q %o %t %q %x\n", name, f.Mode, f.Dir, f.Link, bulk.Sum256(f.Data))
		if f.Zeros > 0 {
			fmt.Fprintln(h, f.Zeros)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
