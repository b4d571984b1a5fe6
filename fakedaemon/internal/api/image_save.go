package api

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

func (s *server) imageGet(w http.ResponseWriter, r *request) error {
	return s.save(w, r, []string{r.vars["name"]})
}

func (s *server) imageGetAll(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	return s.save(w, r, r.Form["names"])
}

// saved is an image with the tags under which it is saved.
type saved struct {
	state.Image
	refs []string
}

// save writes a tar with images, as docker load and others take it.
func (s *server) save(w http.ResponseWriter, r *request, names []string) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	var platform *ocispec.Platform
	if !r.below("1.48") {
		if all := r.Form["platform"]; len(all) > 1 {
			return invalid{errors.New("multiple platform parameters not supported")}
		} else if len(all) == 1 && all[0] != "" {
			var err error
			if platform, err = decodePlatform(all[0]); err != nil {
				return err
			}
		}
	}
	images, err := s.imagesToSave(names)
	if err != nil {
		return err
	}
	for _, img := range images {
		if len(img.Layers) == 0 && !s.Engine.StoresManifests {
			return errors.New("empty export - not implemented")
		}
		if platform != nil && !matchesPlatform(img.Image, *platform) {
			return errors.New("no suitable export target found for platform " + platforms.Format(*platform))
		}
	}
	a := &archive{files: make(map[string][]byte), mode: 0o644, blobMode: 0o644, dirMode: 0o755}
	switch {
	case s.Engine.StoresManifests:
		a.blobMode = 0o444
		err = a.addStored(images)
	case s.Engine.SavesLayerFolders:
		// The bits of the kind of file are in there too.
		a.mode, a.dirMode = 0o100644, 0o40755
		err = a.addFolders(images)
	default:
		err = a.addOCI(images)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-tar")
	if err := a.write(w); err != nil {
		return nil // a client that is gone is no error
	}
	for _, img := range images {
		s.State.EmitImage(img.ID, img.ID, img.ID, "save")
	}
	return nil
}

// imagesToSave finds images by what a client calls them; a name without a tag is all tags of the repository.
func (s *server) imagesToSave(names []string) ([]*saved, error) {
	var list []*saved
	add := func(img state.Image, refs ...string) {
		at := slices.IndexFunc(list, func(have *saved) bool { return have.ID == img.ID })
		if at < 0 {
			at = len(list)
			list = append(list, &saved{Image: img})
		}
		for _, ref := range refs {
			if !strings.Contains(ref, "@") && !slices.Contains(list[at].refs, ref) {
				list[at].refs = append(list[at].refs, ref)
			}
		}
	}
	for _, name := range names {
		ref, err := reference.ParseAnyReference(name)
		if err != nil {
			return nil, invalid{err}
		}
		named, ok := ref.(reference.Named)
		all := []string{}
		if ok && reference.IsNameOnly(named) && !s.Engine.StoresManifests {
			all = s.State.RefsOf(named.Name())
		}
		for _, one := range all {
			img, err := s.State.Image(state.ImageName{Ref: one, OnlyRef: true})
			if err != nil {
				return nil, err
			}
			add(img, one)
		}
		if len(all) > 0 {
			continue
		}
		img, err := s.image(name)
		if err != nil && !s.Engine.StoresManifests && ok && !reference.IsNameOnly(named) {
			return nil, state.NotFound{Message: "reference does not exist"}
		}
		if err != nil {
			return nil, err
		}
		if ok {
			if full := reference.TagNameOnly(named).String(); slices.Contains(img.Refs, full) {
				add(img, full)
				continue
			}
		}
		add(img)
	}
	return list, nil
}

// archive is what a tar of images holds, by name.
type archive struct {
	files                   map[string][]byte
	mode, blobMode, dirMode int64
}

// write writes the tar: folders first, and as little as possible in each header.
func (a *archive) write(w io.Writer) error {
	t := tar.NewWriter(w)
	folders := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(a.files)) {
		var above []string
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			above = append(above, dir)
		}
		for _, dir := range slices.Backward(above) {
			if !folders[dir] {
				folders[dir] = true
				if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: a.dirMode, ModTime: time.Unix(0, 0)}); err != nil {
					return err
				}
			}
		}
		mode := a.mode
		if strings.HasPrefix(name, "blobs/") || name == ocispec.ImageLayoutFile {
			mode = a.blobMode
		}
		if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(a.files[name])), ModTime: time.Unix(0, 0)}); err != nil {
			return err
		}
		if _, err := t.Write(a.files[name]); err != nil {
			return err
		}
	}
	return t.Close()
}

func (a *archive) blob(b state.Blob) string {
	name := "blobs/" + strings.Replace(b.Digest, ":", "/", 1)
	a.files[name] = b.Data
	return name
}

func (a *archive) json(name string, v any, end string) error {
	data, err := json.Marshal(v)
	if err == nil {
		a.files[name] = append(data, end...)
	}
	return err
}

// savedManifest is an entry of manifest.json.
type savedManifest struct {
	Config       string
	RepoTags     []string
	Layers       []string
	Parent       string                     `json:",omitempty"`
	LayerSources map[string]savedDescriptor `json:",omitempty"`
}

type savedDescriptor struct {
	MediaType string `json:"mediaType"`
	Size      int    `json:"size"`
	Digest    string `json:"digest"`
}

// index is index.json: one entry for each tag.
type index struct {
	SchemaVersion int             `json:"schemaVersion"`
	MediaType     string          `json:"mediaType"`
	Manifests     []indexManifest `json:"manifests"`
}

type indexManifest struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

func (x *index) add(b state.Blob, refs []string, annotations map[string]string) {
	d := indexManifest{MediaType: b.MediaType, Digest: b.Digest, Size: len(b.Data), Annotations: annotations}
	for _, ref := range refs {
		d.Annotations = map[string]string{"io.containerd.image.name": ref, ocispec.AnnotationRefName: ref[strings.LastIndex(ref, ":")+1:]}
		maps.Copy(d.Annotations, annotations)
		x.Manifests = append(x.Manifests, d)
	}
	if len(refs) == 0 {
		x.Manifests = append(x.Manifests, d)
	}
}

func familiarAll(refs []string) []string {
	var list []string
	for _, ref := range refs {
		list = append(list, state.FamiliarName(ref))
	}
	return list
}

// addStored writes what containerd's image store has: content as it is.
func (a *archive) addStored(images []*saved) error {
	x := index{SchemaVersion: 2, MediaType: ocispec.MediaTypeImageIndex}
	var manifests []savedManifest
	for _, img := range images {
		m := savedManifest{Config: a.blob(img.ConfigBlob), RepoTags: familiarAll(img.refs)}
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
		x.add(target, img.refs, sources(img.Image))
	}
	a.files[ocispec.ImageLayoutFile] = []byte(`{"imageLayoutVersion":"1.0.0"}`)
	if err := a.json("manifest.json", manifests, ""); err != nil {
		return err
	}
	return a.json(ocispec.ImageIndexFile, x, "")
}

// unpackedLayer is a layer as an archive of a graph driver has it.
func unpackedLayer(l state.Layer) (state.Blob, error) {
	r, err := state.Unpack(l.Blob.Data)
	if err != nil {
		return state.Blob{}, err
	}
	data, err := io.ReadAll(r)
	return state.Blob{MediaType: state.OCILayer, Digest: l.DiffID, Data: data}, err
}

// addOCI writes what a graph driver has: unpacked layers, and a manifest that only the archive knows
// (image/tarexport/save.go).
func (a *archive) addOCI(images []*saved) error {
	x := index{SchemaVersion: 2, MediaType: ocispec.MediaTypeImageIndex}
	var manifests []savedManifest
	repositories := make(map[string]map[string]string)
	for _, img := range images {
		m := savedManifest{RepoTags: familiarAll(img.refs), LayerSources: make(map[string]savedDescriptor)}
		config := img.ConfigBlob
		config.MediaType = ocispec.MediaTypeImageConfig
		m.Config = a.blob(config)
		manifest := index{SchemaVersion: 2, MediaType: ocispec.MediaTypeImageManifest}
		old, err := oldImages(img.Image)
		if err != nil {
			return err
		}
		for n, l := range img.Layers {
			b, err := unpackedLayer(l)
			if err != nil {
				return err
			}
			m.Layers = append(m.Layers, a.blob(b))
			m.LayerSources[b.Digest] = savedDescriptor{MediaType: b.MediaType, Size: len(b.Data), Digest: b.Digest}
			manifest.Manifests = append(manifest.Manifests, indexManifest{MediaType: b.MediaType, Digest: b.Digest, Size: len(b.Data)})
			a.blob(state.NewBlob("", old[n].json))
		}
		data, err := json.Marshal(struct {
			SchemaVersion int             `json:"schemaVersion"`
			MediaType     string          `json:"mediaType"`
			Config        indexManifest   `json:"config"`
			Layers        []indexManifest `json:"layers"`
		}{2, manifest.MediaType, indexManifest{MediaType: config.MediaType, Digest: config.Digest, Size: len(config.Data)}, manifest.Manifests})
		if err != nil {
			return err
		}
		b := state.NewBlob(ocispec.MediaTypeImageManifest, data)
		a.blob(b)
		x.add(b, img.refs, nil)
		manifests = append(manifests, m)
		addRepositories(repositories, img, strings.TrimPrefix(img.Layers[len(img.Layers)-1].DiffID, "sha256:"))
	}
	setParents(manifests, images)
	a.files[ocispec.ImageLayoutFile] = []byte(`{"imageLayoutVersion": "1.0.0"}`)
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
func setParents(manifests []savedManifest, images []*saved) {
	for n, img := range images {
		if slices.ContainsFunc(images, func(other *saved) bool { return other.ID == img.Parent }) {
			manifests[n].Parent = img.Parent
		}
	}
}

func addRepositories(all map[string]map[string]string, img *saved, layer string) {
	for _, ref := range familiarAll(img.refs) {
		at := strings.LastIndex(ref, ":")
		if all[ref[:at]] == nil {
			all[ref[:at]] = make(map[string]string)
		}
		all[ref[:at]][ref[at+1:]] = layer
	}
}
