//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"
	imagetypes "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/storage"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

var imageOperations = []Operation{
	{ID: "ImageList", Method: http.MethodGet, Path: "/images/json", Tag: "Image", serve: (*server).imageList},
	{ID: "ImageBuild", Method: http.MethodPost, Path: "/build", Tag: "Image", serve: (*server).imageBuild},
	{ID: "BuildPrune", Method: http.MethodPost, Path: "/build/prune", Tag: "Image", serve: (*server).buildPrune},
	{ID: "ImageCreate", Method: http.MethodPost, Path: "/images/create", Tag: "Image", serve: (*server).imageCreate},
	{ID: "ImageInspect", Method: http.MethodGet, Path: "/images/{name:.*}/json", Tag: "Image", serve: (*server).imageInspect},
	{ID: "ImageHistory", Method: http.MethodGet, Path: "/images/{name:.*}/history", Tag: "Image", serve: (*server).imageHistory},
	{ID: "ImagePush", Method: http.MethodPost, Path: "/images/{name:.*}/push", Tag: "Image", serve: (*server).imagePush},
	{ID: "ImageTag", Method: http.MethodPost, Path: "/images/{name:.*}/tag", Tag: "Image", serve: (*server).imageTag},
	{ID: "ImageDelete", Method: http.MethodDelete, Path: "/images/{name:.*}", Tag: "Image", serve: (*server).imageDelete},
	{ID: "ImageSearch", Method: http.MethodGet, Path: "/images/search", Tag: "Image", serve: (*server).imageSearch},
	{ID: "ImagePrune", Method: http.MethodPost, Path: "/images/prune", Tag: "Image", serve: (*server).imagePrune},
	{ID: "ImageCommit", Method: http.MethodPost, Path: "/commit", Tag: "Image", serve: (*server).imageCommit},
	{ID: "ImageGet", Method: http.MethodGet, Path: "/images/{name:.*}/get", Tag: "Image", serve: (*server).imageGet},
	{ID: "ImageGetAll", Method: http.MethodGet, Path: "/images/get", Tag: "Image", serve: (*server).imageGetAll},
	{ID: "ImageLoad", Method: http.MethodPost, Path: "/images/load", Tag: "Image", serve: (*server).imageLoad},
	{ID: "ImageAttestations", Method: http.MethodGet, Path: "/images/{name:.*}/attestations", Tag: "Image", undescribed: true, serve: (*server).imageAttestations},
	{Method: http.MethodPost, Path: "/build/cancel", Tag: "Image", undescribed: true, serve: (*server).buildCancel},
}

// maxName is longer than any name of an image, in bytes: 255 and a tag or a digest.
const maxName = 4096

// ParseImage takes apart what a client calls an image: a name, a tag, a digest, an ID or the start of one. The
// error is a bad request.
func ParseImage(name string) (state.ImageName, error) {
	if len(name) > maxName {
		name = name[:maxName] // which is wrong in the same way, and read in less time
	}
	ref, err := reference.ParseAnyReference(name)
	if err != nil {
		return state.ImageName{}, invalid{err}
	}
	named, ok := ref.(reference.Named)
	if !ok {
		return state.ImageName{Given: ref.String(), Familiar: reference.FamiliarString(ref)}, nil
	}
	full := reference.TagNameOnly(named)
	familiar := reference.FamiliarString(full)
	if canonical, ok := named.(reference.Canonical); ok {
		// Of a tag and a digest only the digest counts.
		if full, err = reference.WithDigest(reference.TrimNamed(named), canonical.Digest()); err != nil {
			return state.ImageName{}, invalid{err}
		}
	}
	return state.ImageName{Ref: full.String(), Given: name, Familiar: familiar}, nil
}

// image finds an image by what a client calls it.
func (s *server) image(name string) (state.Image, error) {
	parsed, err := ParseImage(name)
	if err != nil {
		return state.Image{}, err
	}
	if s.Engine.StoresManifests {
		parsed = storedName(parsed)
	}
	return s.State.Image(parsed)
}

// familiarRefs splits an image's references into tags and digests, as short as the CLI shows them.
func familiarRefs(img state.Image) (tags, digests []string) {
	for _, full := range img.Refs {
		ref, err := reference.Parse(full)
		if err != nil {
			continue
		}
		switch ref.(type) {
		case reference.NamedTagged:
			tags = append(tags, reference.FamiliarString(ref))
		case reference.Canonical:
			digests = append(digests, reference.FamiliarString(ref))
		}
	}
	return tags, digests
}

func (s *server) imageInspect(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	manifests := !r.below("1.48") && r.boolean("manifests")
	var platform *ocispec.Platform
	if text := r.Form.Get("platform"); text != "" && !r.below("1.49") {
		var err error
		if platform, err = decodePlatform(text); err != nil {
			return err
		}
	}
	if manifests && platform != nil {
		return invalid{errors.New("conflicting options: manifests and platform options cannot both be set")}
	}
	img, err := s.image(r.vars["name"])
	if err != nil && s.Engine.OldImageTexts {
		return fmt.Errorf("no such image: %s: %w", r.vars["name"], err)
	}
	if err != nil {
		return err
	}
	if platform != nil && !img.RunsOn(*platform) {
		return platformMismatch(r.vars["name"], img, *platform)
	}
	resp := s.imageResponse(img)
	if !r.below("1.48") {
		resp.Descriptor = s.descriptor(img)
		if parsed, err := ParseImage(r.vars["name"]); err == nil && resp.Descriptor != nil && slices.Contains(img.Refs, parsed.Ref) {
			resp.Descriptor.Annotations = img.Annotations[parsed.Ref]
		}
		if manifests {
			resp.Manifests = s.manifests(img)
		}
	}
	if !r.below("1.52") {
		more := emptyImageFields(resp)
		if from := pulledFrom(img); from != nil {
			more = append(more, change{from: "1.53", path: ".Identity", value: map[string]any{"Pull": from}})
		}
		return s.write(w, r, resp, more...)
	}
	fields := imageConfigFields
	if r.below("1.44") {
		resp.VirtualSize = resp.Size
	}
	if r.below("1.45") {
		resp.ContainerConfig = &container.Config{}
	}
	if r.below("1.50") {
		fields = imageConfigFields149
	}
	return s.write(w, r, imageInspectResponse{resp, fields}, s.oldImageFields(img)...)
}

// oldImageFields are what engine 20.10 tells of an image that later ones do not: what its config says word by word.
func (s *server) oldImageFields(img state.Image) []change {
	var config struct {
		Config          json.RawMessage `json:"config"`
		ContainerConfig json.RawMessage `json:"container_config"`
	}
	if !s.Engine.ShowsImageConfig || json.Unmarshal(img.ConfigBlob.Data, &config) != nil {
		return nil
	}
	fields := []change{{path: ".Container", value: img.Container, after: "Created"}}
	if config.Config != nil {
		fields = append(fields, change{path: ".Config", value: config.Config})
	}
	if config.ContainerConfig != nil {
		fields = append(fields, change{path: ".ContainerConfig", value: config.ContainerConfig})
	}
	return fields
}

// imageResponse is an image as GET /images/{name}/json has it.
func (s *server) imageResponse(img state.Image) *imagetypes.InspectResponse {
	tags, digests := familiarRefs(img)
	if s.Engine.StoresManifests {
		digests = storedDigests(img)
	}
	resp := &imagetypes.InspectResponse{
		ID:            img.ID,
		RepoTags:      append([]string{}, tags...),
		RepoDigests:   append([]string{}, digests...),
		Parent:        img.Parent,
		Comment:       img.Comment,
		Created:       timeText(img.Created),
		DockerVersion: s.Engine.Version,
		Author:        img.Author,
		Config:        imageConfig(img.Config),
		Architecture:  img.Architecture,
		Variant:       img.Variant,
		Os:            img.OS,
		Size:          s.inspectedSize(img),
		GraphDriver:   storage.DriverData{Name: s.Engine.StorageDriver},
		RootFS:        imagetypes.RootFS{Type: "layers"},
		Metadata:      imagetypes.Metadata{LastTagTime: img.Tagged},
	}
	for _, l := range img.Layers {
		resp.RootFS.Layers = append(resp.RootFS.Layers, l.DiffID)
	}
	return resp
}

// emptyImageFields drops what API 1.52 and higher leave out.
func emptyImageFields(resp *imagetypes.InspectResponse) []change {
	var drops []change
	for path, value := range map[string]string{".Parent": resp.Parent, ".Comment": resp.Comment, ".Author": resp.Author} {
		if value == "" {
			drops = append(drops, change{path: path, value: drop})
		}
	}
	return drops
}

func imageConfig(c image.Config) *dockerspec.DockerOCIImageConfig {
	config := &dockerspec.DockerOCIImageConfig{ImageConfig: ocispec.ImageConfig{
		User:         c.User,
		ExposedPorts: set[string](c.ExposedPorts),
		Env:          c.Env,
		Entrypoint:   c.Entrypoint,
		Cmd:          c.Cmd,
		Volumes:      set[string](c.Volumes),
		WorkingDir:   c.WorkingDir,
		Labels:       c.Labels,
		StopSignal:   c.StopSignal,
	}}
	config.OnBuild, config.Shell = c.OnBuild, c.Shell
	if h := c.Healthcheck; h != nil {
		config.Healthcheck = &dockerspec.HealthcheckConfig{
			Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries,
		}
	}
	return config
}

// Fields of an image's config that answers have even if the image does not: before API 1.50 also those that
// only containers use (api/server/router/image/inspect_response.go).
var (
	imageConfigFields = map[string]any{
		"Cmd": nil, "Entrypoint": nil, "Env": nil, "Labels": nil, "OnBuild": nil, "User": "", "Volumes": nil, "WorkingDir": "",
	}
	imageConfigFields149 = map[string]any{
		"AttachStderr": false, "AttachStdin": false, "AttachStdout": false, "Cmd": nil, "Domainname": "",
		"Entrypoint": nil, "Env": nil, "Hostname": "", "Image": "", "Labels": nil, "OnBuild": nil, "OpenStdin": false,
		"StdinOnce": false, "Tty": false, "User": "", "Volumes": nil, "WorkingDir": "",
	}
)

// imageInspectResponse is an image whose config has all of fields.
type imageInspectResponse struct {
	*imagetypes.InspectResponse
	fields map[string]any
}

func (r imageInspectResponse) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(r.InspectResponse.Config)
	if err != nil {
		return nil, err
	}
	config := maps.Clone(r.fields)
	if err := json.Unmarshal(b, &config); err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		*imagetypes.InspectResponse
		Config map[string]any
	}{r.InspectResponse, config})
}
