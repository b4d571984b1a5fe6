package api

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	imagetypes "github.com/docker/docker/api/types/image"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// storedChanges are the fields of answers that containerd's image store changes (the recordings of engine 29).
var storedChanges = []change{
	{operation: "SystemInfo", path: ".DriverStatus", value: [][]string{{"driver-type", "io.containerd.snapshotter.v1"}}},
	{operation: "ContainerInspect", below: "1.52", path: ".GraphDriver.Data", value: nil},
	{operation: "ContainerInspect", from: "1.52", path: ".Storage", after: "GraphDriver",
		value: map[string]any{"RootFS": map[string]any{"Snapshot": map[string]string{"Name": "overlayfs"}}}},
	{operation: "ContainerInspect", from: "1.52", path: ".GraphDriver", value: drop},
	{operation: "ImageInspect", from: "1.52", path: ".GraphDriver", value: drop},
}

// descriptor is what containerd's image store has as an image; nil without that store.
func (s *server) descriptor(img state.Image) *ocispec.Descriptor {
	if !s.Engine.StoresManifests {
		return nil
	}
	target := img.Manifest
	if img.Index.Data != nil {
		target = img.Index
	}
	d := target.Descriptor()
	d.Digest = digest.Digest(img.ID)
	if len(img.Refs) > 0 {
		d.Annotations = img.Annotations[img.Refs[0]]
	}
	return &d
}

// goneManifest is the size of the manifest of an image with one layer (12-images of the recordings), in bytes: what is
// said of an image that is gone.
const goneManifest = 405

// manifestDescriptor is what a container tells of its image, which may be gone.
func (s *server) manifestDescriptor(id string) *ocispec.Descriptor {
	img, err := s.State.Image(state.ImageName{Given: id})
	if err != nil {
		img = state.Image{ID: id, Content: image.Content{OS: "linux", Architecture: "amd64", Manifest: image.Blob{MediaType: ocispec.MediaTypeImageManifest, Data: make([]byte, goneManifest)}}}
	}
	d := s.descriptor(img)
	if d != nil {
		platform := img.Platform()
		d.Platform = &platform
	}
	return d
}

// listedSize is the size of an image in lists: containerd's image store keeps the packed layers too.
func (s *server) listedSize(img state.Image) int64 {
	if s.Engine.StoresManifests {
		return img.Size() + img.ContentSize
	}
	return img.Size()
}

// inspectedSize is the size of an image by itself: in containerd's image store that of the packed layers.
func (s *server) inspectedSize(img state.Image) int64 {
	if s.Engine.StoresManifests {
		return img.ContentSize
	}
	return img.Size()
}

// manifests are those of an image in containerd's image store: one, for its platform.
func (s *server) manifests(img state.Image) []imagetypes.ManifestSummary {
	d := s.descriptor(img)
	if d == nil {
		return nil
	}
	data := &imagetypes.ImageProperties{Platform: img.Platform()}
	data.Size.Unpacked = img.Size()
	all := s.State.Containers()
	slices.Reverse(all)
	for _, c := range all {
		if c.ImageID == img.ID {
			data.Containers = append(data.Containers, c.ID)
		}
	}
	sum := imagetypes.ManifestSummary{ID: img.ID, Descriptor: *d, Available: true, Kind: imagetypes.ManifestKindImage, ImageData: data}
	sum.Size.Content = img.ContentSize
	sum.Size.Total = img.ContentSize + img.Size()
	return []imagetypes.ManifestSummary{sum}
}

// storedDigests are the digests that containerd's image store gives an image, one for each name.
func storedDigests(img state.Image) []string {
	var digests []string
	for _, full := range img.Refs {
		ref, err := reference.ParseNamed(full)
		if err != nil {
			continue
		}
		digest := reference.FamiliarName(ref) + "@" + img.ID
		if !slices.Contains(digests, digest) {
			digests = append(digests, digest)
		}
	}
	return digests
}

// storedName changes what a client calls an image to how containerd's image store looks for it: a start of an ID has
// four digits or more, and of a name with a digest the digest finds it too (daemon/containerd/image.go).
func storedName(name state.ImageName) state.ImageName {
	if _, digest, ok := strings.Cut(name.Ref, "@"); ok {
		name.Given = digest
		return name
	}
	name.OnlyRef = !truncatedID.MatchString(name.Given)
	return name
}

var truncatedID = regexp.MustCompile(`^(sha256:)?[a-f0-9]{4,64}$`)

// imageAttestations answers what engine 29 has since API 1.55: an image that is no index has no attestations.
func (s *server) imageAttestations(w http.ResponseWriter, r *request) error {
	if r.below("1.55") {
		return invalid{errors.New("GET /images/{name:.*}/attestations requires minimum API version 1.55")}
	}
	if err := r.parseForm(); err != nil {
		return err
	}
	if platforms := r.Form["platform"]; len(platforms) > 1 {
		return invalid{errors.New("only one platform value is currently supported")}
	} else if len(platforms) == 1 && platforms[0] != "" {
		if _, err := decodePlatform(platforms[0]); err != nil {
			return err
		}
	}
	if _, err := s.image(r.vars["name"]); err != nil {
		return err
	}
	return s.write(w, r, []string{})
}
