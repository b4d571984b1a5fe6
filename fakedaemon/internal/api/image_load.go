package api

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/distribution/reference"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// imageLoad answers 200 whatever is in the tar: what goes wrong is the last line.
func (s *server) imageLoad(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	l := &load{server: s, out: s.newStream(w), quiet: r.Form.Get("quiet") == "" || r.boolean("quiet")}
	if !r.below("1.48") {
		if all := r.Form["platform"]; len(all) > 1 {
			return invalid{errors.New("multiple platform parameters not supported")}
		} else if len(all) == 1 && all[0] != "" {
			var err error
			if l.platform, err = decodePlatform(all[0]); err != nil {
				return err
			}
		}
	}
	if err := l.load(r.Body); err != nil {
		l.out.fail(err)
	}
	return nil
}

// load takes images out of a tar.
type load struct {
	*server
	out      *stream
	quiet    bool
	platform *ocispec.Platform // nil means any
	files    map[string][]byte
}

func (l *load) load(body io.Reader) error {
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	unpacked, err := state.Unpack(data)
	if err != nil {
		return err
	}
	if err := l.read(unpacked); err != nil {
		if s := l.server; s.Engine.OldImageTexts {
			return fmt.Errorf("Error processing tar file(exit status 1): %w", err)
		}
		return err
	}
	if _, ok := l.files[ocispec.ImageIndexFile]; ok && l.Engine.StoresManifests {
		return l.loadIndex()
	}
	manifest, err := l.file("manifest.json")
	if err != nil {
		if l.Engine.StoresManifests {
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
		if err := l.one(m); err != nil {
			return err
		}
	}
	return nil
}

// read reads the tar. Links are followed within it: archives have them for layers that come twice.
func (l *load) read(r io.Reader) error {
	l.files = make(map[string][]byte)
	links := make(map[string]string)
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		name := path.Clean(h.Name)
		switch h.Typeflag {
		case tar.TypeReg:
			if l.files[name], err = io.ReadAll(t); err != nil {
				return err
			}
		case tar.TypeSymlink:
			links[name] = path.Join(path.Dir(name), h.Linkname)
		case tar.TypeLink:
			links[name] = path.Clean(h.Linkname)
		}
	}
	for name, to := range links {
		if data, ok := l.files[to]; ok {
			l.files[name] = data
		}
	}
	return nil
}

func (l *load) file(name string) ([]byte, error) {
	if data, ok := l.files[path.Clean(name)]; ok {
		return data, nil
	}
	return nil, &fs.PathError{Op: "open", Path: state.Root + "/tmp/docker-import-000000000/" + name, Err: errors.New("no such file or directory")}
}

// one loads an image of manifest.json.
func (l *load) one(m savedManifest) error {
	config, err := l.file(m.Config)
	if err != nil {
		return err
	}
	kind := ocispec.MediaTypeImageConfig
	if l.Engine.StoresManifests {
		kind = dockerConfig
	}
	img, err := state.ParseImageConfig(state.NewBlob(kind, config))
	if err != nil {
		return err
	}
	if img.OS != "" && img.OS != "linux" {
		return fmt.Errorf("cannot load %s image on linux", img.OS)
	}
	if l.platform != nil && !matchesPlatform(img, *l.platform) {
		if l.Engine.StoresManifests {
			return fmt.Errorf("image was loaded, but doesn't provide the requested platform (%s)", platforms.Format(*l.platform))
		}
		return nil
	}
	if want, got := len(m.Layers), len(img.Layers); want != got {
		return fmt.Errorf("invalid manifest, layers length mismatch: expected %d, got %d", want, got)
	}
	for n, name := range m.Layers {
		data, err := l.file(name)
		if err != nil {
			return err
		}
		want := img.Layers[n].DiffID
		if img.Layers[n], err = l.layer(data); err != nil {
			return err
		}
		if got := img.Layers[n].DiffID; want != got {
			return fmt.Errorf("invalid diffID for layer %d: expected %q, got %q", n, want, got)
		}
	}
	img.Parent = m.Parent
	if l.Engine.StoresManifests {
		img.Manifest, err = dockerManifestOf(img)
		if err != nil {
			return err
		}
	}
	var refs []string
	for _, tag := range m.RepoTags {
		named, err := reference.ParseNormalizedNamed(tag)
		if err != nil {
			return err
		}
		tagged, ok := named.(reference.NamedTagged)
		if !ok {
			return fmt.Errorf("invalid tag %q", tag)
		}
		refs = append(refs, tagged.String())
	}
	return l.store(img, refs)
}

// layer makes a layer of a file of the archive; with a graph driver it is packed as a push will need it.
func (l *load) layer(data []byte) (state.Layer, error) {
	if !l.Engine.StoresManifests {
		return l.packLayer(data)
	}
	kind := "application/vnd.docker.image.rootfs.diff.tar"
	if state.Compressed(data) {
		kind = dockerLayer
	}
	return l.State.NewLayer(state.NewBlob(kind, data))
}

// store adds an image with its references, and says so.
func (l *load) store(img state.Image, refs []string) error {
	for _, ref := range refs {
		old, err := l.State.Image(state.ImageName{Ref: ref, OnlyRef: true})
		switch {
		case err != nil:
		case l.Engine.StoresManifests:
			l.State.KeepDangling(ref)
		case old.ConfigBlob.Digest != img.ConfigBlob.Digest:
			l.out.text(fmt.Sprintf("The image %s already exists, renaming the old one with ID %s to empty string\n", state.FamiliarName(ref), old.ID))
		}
	}
	img.Refs = refs
	if l.Engine.StoresManifests {
		img.Tagged = l.State.Now()
		if n := len(img.History); n > 0 {
			img.Comment = img.History[n-1].Comment
		}
	}
	stored, _, err := l.State.StoreImage(img)
	if err != nil {
		return err
	}
	tell := func() { l.State.EmitImage(stored.ID, stored.ID, stored.ID, "load") }
	for _, ref := range refs {
		l.out.text("Loaded image: " + state.FamiliarName(ref) + "\n")
		if l.Engine.StoresManifests {
			tell()
		}
	}
	if len(refs) == 0 {
		l.out.text("Loaded image ID: " + stored.ID + "\n")
	}
	if !l.Engine.StoresManifests || len(refs) == 0 {
		tell()
	}
	return nil
}

// dockerManifestOf is the manifest that containerd makes for an archive that has none.
func dockerManifestOf(img state.Image) (state.Blob, error) {
	describe := func(b state.Blob) map[string]any {
		return map[string]any{"mediaType": b.MediaType, "digest": b.Digest, "size": len(b.Data)}
	}
	var layers []any
	for _, l := range img.Layers {
		layers = append(layers, describe(l.Blob))
	}
	data, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": dockerManifest, "config": describe(img.ConfigBlob), "layers": layers})
	return state.NewBlob(dockerManifest, data), err
}

// loadIndex loads the images of an OCI layout, as containerd's image store does.
func (l *load) loadIndex() error {
	var list ocispec.Index
	if err := json.Unmarshal(l.files[ocispec.ImageIndexFile], &list); err != nil {
		return err
	}
	refs := make(map[string][]string)
	var order []ocispec.Descriptor
	for _, d := range list.Manifests {
		if _, ok := refs[d.Digest.String()]; !ok {
			order = append(order, d)
			refs[d.Digest.String()] = nil
		}
		name := d.Annotations["io.containerd.image.name"]
		if named, err := reference.ParseNormalizedNamed(name); err == nil && name != "" {
			refs[d.Digest.String()] = append(refs[d.Digest.String()], reference.TagNameOnly(named).String())
		}
	}
	for _, d := range order {
		img, err := l.fromIndex(d)
		if err != nil {
			return err
		}
		img.Annotations = make(map[string]map[string]string)
		for _, same := range list.Manifests {
			if named, err := reference.ParseNormalizedNamed(same.Annotations["io.containerd.image.name"]); err == nil && same.Digest == d.Digest {
				img.Annotations[reference.TagNameOnly(named).String()] = same.Annotations
			}
		}
		if err := l.store(img, refs[d.Digest.String()]); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) blob(mediaType, digest string) (state.Blob, error) {
	data, ok := l.files["blobs/"+strings.Replace(digest, ":", "/", 1)]
	if !ok {
		return state.Blob{}, state.NotFound{Message: "content digest " + digest + ": not found"}
	}
	return state.NewBlob(mediaType, data), nil
}

// fromIndex reads the image behind a descriptor, of a list that for the platform.
func (l *load) fromIndex(d ocispec.Descriptor) (state.Image, error) {
	b, err := l.blob(d.MediaType, d.Digest.String())
	if err != nil {
		return state.Image{}, err
	}
	if d.MediaType == ocispec.MediaTypeImageIndex || d.MediaType == dockerList {
		var list ocispec.Index
		if err := json.Unmarshal(b.Data, &list); err != nil {
			return state.Image{}, err
		}
		want := ocispec.Platform{OS: "linux", Architecture: "amd64"}
		if l.platform != nil {
			want = *l.platform
		}
		for _, child := range list.Manifests {
			if p := child.Platform; p != nil && matchesPlatform(state.Image{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant}, want) {
				img, err := l.fromIndex(child)
				img.Index = b
				return img, err
			}
		}
		return state.Image{}, fmt.Errorf("requested platform (%s) not found", platforms.Format(want))
	}
	var m manifest
	if err := json.Unmarshal(b.Data, &m); err != nil {
		return state.Image{}, err
	}
	config, err := l.blob(m.Config.MediaType, m.Config.Digest)
	if err != nil {
		return state.Image{}, err
	}
	img, err := state.ParseImageConfig(config)
	if err != nil {
		return state.Image{}, err
	}
	if len(img.Layers) != len(m.Layers) {
		return state.Image{}, errors.New("mismatched image rootfs and manifest layers")
	}
	for n, d := range m.Layers {
		b, err := l.blob(d.MediaType, d.Digest)
		if err != nil {
			return state.Image{}, err
		}
		if img.Layers[n], err = l.State.NewLayer(b); err != nil {
			return state.Image{}, err
		}
	}
	img.Manifest = b
	return img, nil
}
