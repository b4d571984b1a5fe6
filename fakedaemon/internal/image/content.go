package image

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Content is what an image consists of.
type Content struct {
	// Digest is what dockerd takes as the ID of an image: that of its config, or in containerd's image store that of its
	// index or manifest. Complete sets it.
	Digest  string
	Created time.Time
	// Comment, Author, Architecture ("amd64" unless given), Variant and OS ("linux" unless given) are those
	// of the image's config.
	Comment, Author, Architecture, Variant, OS string
	Config                                     Config
	// DockerVersion is that of the daemon that made it, as its config says; "" in containerd's image store.
	DockerVersion string
	// Container is the container that it was committed from, ContainerConfig the JSON of that one's config; both may be "".
	Container       string
	ContainerConfig []byte
	// ConfigJSON is Config in the API's own form, with what Config has no names for; made unless given.
	ConfigJSON []byte
	// Layers are from the bottom up; one layer unless given.
	Layers []Layer
	// History is from the bottom up; one entry for each layer unless given.
	History []History
	// ConfigBlob is what a registry has as its config, and Manifest what says so: in a manifest of OCI, which only
	// containerd's image store keeps. Both are made unless given. Index is the list of manifests that it was pulled by,
	// if there was one.
	ConfigBlob, Manifest, Index Blob
	// ContentSize is that of the blobs in containerd's image store, in bytes; made unless given.
	ContentSize int64
}

// History is one step in the making of an image.
type History struct {
	Created                    time.Time
	CreatedBy, Author, Comment string
	// EmptyLayer says that the step made no layer.
	EmptyLayer bool
}

// Size is the sum of the layers, in bytes.
func (c Content) Size() int64 {
	var n int64
	for _, l := range c.Layers {
		n += l.Size
	}
	return n
}

// Clone returns a copy that shares nothing that may change with c.
func (c Content) Clone() Content {
	c.Layers, c.History, c.Config = slices.Clone(c.Layers), slices.Clone(c.History), c.Config.Clone()
	return c
}

// Child is the content of an image that is made of another: its layers, history and platform.
func (c Content) Child() Content {
	return Content{OS: c.OS, Architecture: c.Architecture, Variant: c.Variant, Layers: slices.Clone(c.Layers), History: slices.Clone(c.History)}
}

// Platform is what the image runs on.
func (c Content) Platform() ocispec.Platform {
	return ocispec.Platform{OS: c.OS, Architecture: c.Architecture, Variant: c.Variant}
}

// RunsOn reports whether an image is for a platform.
func (c Content) RunsOn(p ocispec.Platform) bool { return platforms.Match(c.Platform(), p) }

// Choose finds the first of a list of manifests that is for a platform.
func Choose(manifests []ocispec.Descriptor, want ocispec.Platform) (d ocispec.Descriptor, ok bool) {
	for _, d := range manifests {
		if d.Platform != nil && platforms.Match(*d.Platform, want) {
			return d, true
		}
	}
	return ocispec.Descriptor{}, false
}

// Complete makes what an image does not bring: time and platform, layers, history, config and manifest; name draws the
// names of files in layers.
func (c *Content) Complete(e *engine.Engine, now time.Time, name func() string) error {
	made := c.ConfigBlob.Data == nil
	if made {
		if c.Created.IsZero() {
			c.Created = now
		}
		c.Architecture, c.OS = cmp.Or(c.Architecture, "amd64"), cmp.Or(c.OS, "linux")
		if len(c.Layers)+len(c.History) == 0 {
			c.Layers = []Layer{{}}
		}
	}
	for n := range c.Layers {
		l := &c.Layers[n]
		if l.Blob.Data == nil {
			data := EmptyFile(l.Size, name())
			if l.DiffID == "" {
				l.DiffID = digestOf(data)
			}
			l.Blob = NewBlob(ocispec.MediaTypeImageLayerGzip, storedGzip(data))
		}
	}
	if made && len(c.History) == 0 {
		for range c.Layers {
			c.History = append(c.History, History{Created: c.Created})
		}
		c.History[len(c.History)-1].Comment = c.Comment
		c.History[len(c.History)-1].Author = c.Author
	}
	if made {
		if c.DockerVersion == "" && !e.StoresManifests {
			c.DockerVersion = e.Version
		}
		config, err := c.marshalConfig(e)
		if err != nil {
			return err
		}
		c.ConfigBlob = NewBlob(ocispec.MediaTypeImageConfig, config)
	}
	if e.StoresManifests && c.Manifest.Data == nil {
		var err error
		if c.Manifest, err = c.manifest(ocispec.MediaTypeImageManifest); err != nil {
			return err
		}
	}
	if e.StoresManifests && c.ContentSize == 0 {
		c.ContentSize = int64(len(c.Manifest.Data) + len(c.ConfigBlob.Data) + len(c.Index.Data))
		for _, l := range c.Layers {
			c.ContentSize += int64(len(l.Blob.Data))
		}
	}
	chain := ""
	for n := range c.Layers {
		l := &c.Layers[n]
		if chain != "" {
			chain = digestOf([]byte(chain + " " + l.DiffID))
		} else {
			chain = l.DiffID
		}
		l.ChainID = chain
	}
	switch {
	case !e.StoresManifests:
		c.Digest = c.ConfigBlob.Digest
	case c.Index.Digest != "":
		c.Digest = c.Index.Digest
	default:
		c.Digest = c.Manifest.Digest
	}
	return nil
}

// newManifest is a manifest, of OCI or by another media type of Docker, without layers.
func newManifest(mediaType string, config Blob) ocispec.Manifest {
	return ocispec.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: mediaType, Config: config.Descriptor()}
}

func (c *Content) manifest(mediaType string) (Blob, error) {
	m := newManifest(mediaType, c.ConfigBlob)
	for _, l := range c.Layers {
		m.Layers = append(m.Layers, l.Blob.Descriptor())
	}
	data, err := json.Marshal(m)
	return NewBlob(mediaType, data), err
}

// PushManifest is what it is pushed as from a graph driver: a manifest of the time before OCI.
func (c *Content) PushManifest() (Blob, error) {
	m := struct {
		SchemaVersion int                `json:"schemaVersion"`
		MediaType     string             `json:"mediaType"`
		Config        dockerDescriptor   `json:"config"`
		Layers        []dockerDescriptor `json:"layers"`
	}{SchemaVersion: 2, MediaType: DockerManifest, Config: c.ConfigBlob.dockerDescriptor(DockerConfig)}
	for _, l := range c.Layers {
		m.Layers = append(m.Layers, l.Blob.dockerDescriptor(DockerLayer))
	}
	data, err := json.MarshalIndent(m, "", "   ")
	return NewBlob(DockerManifest, data), err
}

// Files are those of all layers.
func (c *Content) Files() (files.Tree, error) {
	all := make(files.Tree)
	for _, l := range c.Layers {
		r, err := Unpack(l.Blob.Data)
		if err != nil {
			return nil, err
		}
		if err := all.Apply(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}
