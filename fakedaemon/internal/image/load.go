package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"

	"github.com/distribution/reference"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Loaded is an image out of an archive.
type Loaded struct {
	Content
	Parent string
	// Refs are the full references that the archive has it under, and Annotations what it says of it under each.
	Refs        []string
	Annotations map[string]map[string]string
}

// Load takes images out of an archive, one after another; after an error there are none. A platform of nil means any.
func Load(e *engine.Engine, archive io.Reader, platform *ocispec.Platform) iter.Seq2[Loaded, error] {
	return func(yield func(Loaded, error) bool) {
		tree, err := ReadTar(archive)
		if err != nil && e.OldImageTexts {
			err = fmt.Errorf("Error processing tar file(exit status 1): %w", err)
		}
		if err == nil {
			l := loader{e, tree, platform}
			err = l.load(func(i Loaded) bool { return yield(i, nil) })
		}
		if err != nil {
			yield(Loaded{}, err)
		}
	}
}

type loader struct {
	*engine.Engine
	files.Tree
	platform *ocispec.Platform
}

// file reads a file. Links are followed within the archive, which has them for layers that come twice.
func (l *loader) file(name string) ([]byte, error) {
	at := files.Clean(name)
	if link := l.Tree[at].Link; link != "" {
		at = path.Join(path.Dir(at), link)
	}
	data, ok := l.Read(at)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: "/var/lib/docker/tmp/docker-import-000000000/" + name, Err: errors.New("no such file or directory")}
	}
	return data, nil
}

// load gives the images to yield until it wants no more.
func (l *loader) load(yield func(Loaded) bool) error {
	if index, err := l.file(ocispec.ImageIndexFile); err == nil && l.StoresManifests {
		return l.loadIndex(index, yield)
	}
	manifest, err := l.file("manifest.json")
	if err != nil {
		if l.StoresManifests {
			return errors.New("unrecognized image format")
		}
		_, err = l.file("repositories")
		return err
	}
	var list []savedManifest
	if err := json.Unmarshal(manifest, &list); err != nil {
		return err
	}
	for _, m := range list {
		switch i, err := l.one(m); {
		case err != nil:
			return err
		case i != nil && !yield(*i):
			return nil
		}
	}
	return nil
}

// one loads an image of manifest.json; nil is one for another platform, which a graph driver leaves out.
func (l *loader) one(m savedManifest) (*Loaded, error) {
	config, err := l.file(m.Config)
	if err != nil {
		return nil, err
	}
	kind := ocispec.MediaTypeImageConfig
	if l.StoresManifests {
		kind = DockerConfig
	}
	c, err := ParseConfig(NewBlob(kind, config))
	if err != nil {
		return nil, err
	}
	if c.OS != "" && c.OS != "linux" {
		return nil, fmt.Errorf("cannot load %s image on linux", c.OS)
	}
	if p := l.platform; p != nil && !c.RunsOn(*p) {
		if l.StoresManifests {
			return nil, fmt.Errorf("image was loaded, but doesn't provide the requested platform (%s)", platforms.Format(*p))
		}
		return nil, nil
	}
	if want, got := len(m.Layers), len(c.Layers); want != got {
		return nil, fmt.Errorf("invalid manifest, layers length mismatch: expected %d, got %d", want, got)
	}
	for n, name := range m.Layers {
		data, err := l.file(name)
		if err != nil {
			return nil, err
		}
		want := c.Layers[n].DiffID
		if c.Layers[n], err = l.layer(data); err != nil {
			return nil, err
		}
		if got := c.Layers[n].DiffID; want != got {
			return nil, fmt.Errorf("invalid diffID for layer %d: expected %q, got %q", n, want, got)
		}
	}
	if l.StoresManifests {
		if c.Manifest, err = c.manifest(DockerManifest); err != nil {
			return nil, err
		}
	}
	i := &Loaded{Content: c, Parent: m.Parent}
	for _, tag := range m.RepoTags {
		named, err := reference.ParseNormalizedNamed(tag)
		if err != nil {
			return nil, err
		}
		tagged, ok := named.(reference.NamedTagged)
		if !ok {
			return nil, fmt.Errorf("invalid tag %q", tag)
		}
		i.Refs = append(i.Refs, tagged.String())
	}
	return i, nil
}

// layer makes a layer of a file of the archive.
func (l *loader) layer(data []byte) (Layer, error) {
	if !l.StoresManifests {
		return MakeLayer(l.Engine, data)
	}
	kind := "application/vnd.docker.image.rootfs.diff.tar"
	if files.Compression(data) == "gzip" {
		kind = DockerLayer
	}
	return NewLayer(l.Engine, NewBlob(kind, data))
}

// loadIndex loads the images of an OCI layout, as containerd's image store does.
func (l *loader) loadIndex(index []byte, yield func(Loaded) bool) error {
	var list ocispec.Index
	if err := json.Unmarshal(index, &list); err != nil {
		return err
	}
	for n, d := range list.Manifests {
		same := func(other ocispec.Descriptor) bool { return other.Digest == d.Digest }
		if slices.ContainsFunc(list.Manifests[:n], same) {
			continue
		}
		c, err := l.fromIndex(d)
		if err != nil {
			return err
		}
		i := Loaded{Content: c, Annotations: make(map[string]map[string]string)}
		for _, other := range list.Manifests[n:] {
			named, err := reference.ParseNormalizedNamed(other.Annotations[nameAnnotation])
			if err != nil || !same(other) {
				continue
			}
			ref := reference.TagNameOnly(named).String()
			i.Refs = append(i.Refs, ref)
			i.Annotations[ref] = other.Annotations
		}
		if !yield(i) {
			break
		}
	}
	return nil
}

// blob finds what a descriptor names. containerd stores each file of an archive by its own digest, whatever it is called: so an
// index cannot name itself.
func (l *loader) blob(d ocispec.Descriptor) (Blob, error) {
	data, err := l.file(blobName(d.Digest.String()))
	b := NewBlob(d.MediaType, data)
	if err != nil || b.Digest != d.Digest.String() {
		return Blob{}, fmt.Errorf("content digest %s: not found", d.Digest)
	}
	return b, nil
}

// fromIndex reads the image behind a descriptor, of a list that for the platform.
func (l *loader) fromIndex(d ocispec.Descriptor) (Content, error) {
	b, err := l.blob(d)
	if err != nil {
		return Content{}, err
	}
	if d.MediaType == ocispec.MediaTypeImageIndex || d.MediaType == DockerList {
		var list ocispec.Index
		if err := json.Unmarshal(b.Data, &list); err != nil {
			return Content{}, err
		}
		want := platforms.Host()
		if l.platform != nil {
			want = *l.platform
		}
		child, ok := Choose(list.Manifests, want)
		if !ok {
			return Content{}, fmt.Errorf("requested platform (%s) not found", platforms.Format(want))
		}
		c, err := l.fromIndex(child)
		c.Index = b
		return c, err
	}
	var m ocispec.Manifest
	if err := json.Unmarshal(b.Data, &m); err != nil {
		return Content{}, err
	}
	config, err := l.blob(m.Config)
	if err != nil {
		return Content{}, err
	}
	c, err := ParseConfig(config)
	if err != nil {
		return Content{}, err
	}
	if len(c.Layers) != len(m.Layers) {
		return Content{}, errors.New("mismatched image rootfs and manifest layers")
	}
	for n, d := range m.Layers {
		b, err := l.blob(d)
		if err != nil {
			return Content{}, err
		}
		if c.Layers[n], err = NewLayer(l.Engine, b); err != nil {
			return Content{}, err
		}
	}
	c.Manifest = b
	return c, nil
}
