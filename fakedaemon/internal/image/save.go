package image

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Saved is an image as it is saved.
type Saved struct {
	Content
	ID, Parent string
	// Refs are the full references that the archive has it under, all tags.
	Refs []string
	// Repositories are those that are known to have it, such as "127.0.0.1:5000/app".
	Repositories []string
}

// archive is what a tar of images holds.
type archive struct {
	files.Tree
	mode, blobMode int64
}

// Save makes an archive of images, as docker load and others take it.
func Save(e *engine.Engine, images []Saved) (files.Tree, error) {
	a := &archive{make(files.Tree), 0o644, 0o644}
	var err error
	dirMode := int64(0o755)
	switch {
	case e.StoresManifests:
		a.blobMode = 0o444
		err = a.addStored(images)
	case e.SavesLayerFolders:
		// The bits of the kind of file are in there too.
		a.mode, dirMode = 0o100644, 0o40755
		err = a.addFolders(images)
	default:
		err = a.addOCI(images)
	}
	for name := range maps.Clone(a.Tree) {
		for i, c := range name {
			if c == '/' {
				a.Tree[name[:i]] = files.File{Dir: true, Mode: dirMode}
			}
		}
	}
	return a.Tree, err
}

func (a *archive) add(name string, data []byte) {
	a.Tree[name] = files.File{Data: data, Mode: a.mode}
}

// blob adds a blob and returns its name.
func (a *archive) blob(b Blob) string {
	name := blobName(b.Digest)
	a.Tree[name] = files.File{Data: b.Data, Mode: a.blobMode}
	return name
}

func blobName(digest string) string { return "blobs/" + strings.ReplaceAll(digest, ":", "/") }

func (a *archive) json(name string, v any, end string) error {
	data, err := json.Marshal(v)
	a.add(name, append(data, end...))
	return err
}

// layout adds the file that says that it is an OCI layout.
func (a *archive) layout(text string) {
	a.Tree[ocispec.ImageLayoutFile] = files.File{Data: []byte(text), Mode: a.blobMode}
}

// savedManifest is an entry of manifest.json.
type savedManifest struct {
	Config       string
	RepoTags     []string
	Layers       []string
	Parent       string                      `json:",omitempty"`
	LayerSources map[string]dockerDescriptor `json:",omitempty"`
}

// dockerDescriptor is a descriptor with its fields in the order of github.com/docker/distribution, on which digests depend.
type dockerDescriptor struct {
	MediaType string        `json:"mediaType"`
	Size      int64         `json:"size"`
	Digest    digest.Digest `json:"digest"`
}

func (b Blob) dockerDescriptor(mediaType string) dockerDescriptor {
	return dockerDescriptor{mediaType, int64(len(b.Data)), digest.Digest(b.Digest)}
}

// addRefs lists an image in index.json, once for each tag.
func addRefs(x *ocispec.Index, d ocispec.Descriptor, refs []string) {
	annotations := d.Annotations
	for _, ref := range refs {
		d.Annotations = map[string]string{nameAnnotation: ref, ocispec.AnnotationRefName: ref[strings.LastIndex(ref, ":")+1:]}
		maps.Copy(d.Annotations, annotations)
		x.Manifests = append(x.Manifests, d)
	}
	if len(refs) == 0 {
		x.Manifests = append(x.Manifests, d)
	}
}

// nameAnnotation has the full reference of an image in an index.
const nameAnnotation = "io.containerd.image.name"

func newIndex() *ocispec.Index {
	return &ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex}
}

func familiarAll(refs []string) []string {
	var list []string
	for _, ref := range refs {
		list = append(list, FamiliarName(ref))
	}
	return list
}

// addStored writes what containerd's image store has: content as it is.
func (a *archive) addStored(images []Saved) error {
	x := newIndex()
	var manifests []savedManifest
	for _, img := range images {
		m := savedManifest{Config: a.blob(img.ConfigBlob), RepoTags: familiarAll(img.Refs)}
		for _, l := range img.Layers {
			m.Layers = append(m.Layers, a.blob(l.Blob))
		}
		manifests = append(manifests, m)
		target := img.Manifest
		a.blob(target)
		if img.Index.Data != nil {
			target = img.Index
			a.blob(target)
		}
		d := target.Descriptor()
		d.Annotations = img.sources()
		addRefs(x, d, img.Refs)
	}
	a.layout(`{"imageLayoutVersion":"1.0.0"}`)
	if err := a.json("manifest.json", manifests, ""); err != nil {
		return err
	}
	return a.json(ocispec.ImageIndexFile, x, "")
}

// addOCI writes what a graph driver has: unpacked layers, and a manifest that only the archive knows
// (image/tarexport/save.go).
func (a *archive) addOCI(images []Saved) error {
	x := newIndex()
	var manifests []savedManifest
	repositories := make(map[string]map[string]string)
	for _, img := range images {
		m := savedManifest{RepoTags: familiarAll(img.Refs), LayerSources: make(map[string]dockerDescriptor)}
		config := img.ConfigBlob
		config.MediaType = ocispec.MediaTypeImageConfig
		m.Config = a.blob(config)
		manifest := newManifest(ocispec.MediaTypeImageManifest, config)
		old, err := oldImages(img.Content)
		if err != nil {
			return err
		}
		for n, l := range img.Layers {
			b, err := l.unpacked()
			if err != nil {
				return err
			}
			m.Layers = append(m.Layers, a.blob(b))
			m.LayerSources[b.Digest] = b.dockerDescriptor(b.MediaType)
			manifest.Layers = append(manifest.Layers, b.Descriptor())
			a.blob(NewBlob("", old[n].json))
		}
		data, err := json.Marshal(manifest)
		if err != nil {
			return err
		}
		b := NewBlob(ocispec.MediaTypeImageManifest, data)
		a.blob(b)
		addRefs(x, b.Descriptor(), img.Refs)
		manifests = append(manifests, m)
		addRepositories(repositories, img, strings.TrimPrefix(img.Layers[len(img.Layers)-1].DiffID, "sha256:"))
	}
	setParents(manifests, images)
	a.layout(`{"imageLayoutVersion": "1.0.0"}`)
	if len(repositories) > 0 {
		if err := a.json("repositories", repositories, "\n"); err != nil {
			return err
		}
	}
	if err := a.json("manifest.json", manifests, "\n"); err != nil {
		return err
	}
	return a.json(ocispec.ImageIndexFile, x, "")
}

// setParents says which of the images of an archive were built on which.
func setParents(manifests []savedManifest, images []Saved) {
	for n, img := range images {
		if slices.ContainsFunc(images, func(other Saved) bool { return other.ID == img.Parent }) {
			manifests[n].Parent = img.Parent
		}
	}
}

func addRepositories(all map[string]map[string]string, img Saved, layer string) {
	for _, ref := range familiarAll(img.Refs) {
		at := strings.LastIndex(ref, ":")
		if all[ref[:at]] == nil {
			all[ref[:at]] = make(map[string]string)
		}
		all[ref[:at]][ref[at+1:]] = layer
	}
}

// sources are the annotations by which containerd knows where content has been: the repositories of each host.
func (i Saved) sources() map[string]string {
	found := make(map[string]string)
	for _, name := range i.Repositories {
		host, path, _ := strings.Cut(name, "/")
		host, _, _ = strings.Cut(host, ":")
		key := "containerd.io/distribution.source." + host
		switch have := found[key]; {
		case have == "":
			found[key] = path
		case !slices.Contains(strings.Split(have, ","), path):
			found[key] = have + "," + path
		}
	}
	return found
}
