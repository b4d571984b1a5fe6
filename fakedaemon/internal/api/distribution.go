package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/distribution/reference"
	registrytypes "github.com/docker/docker/api/types/registry"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

var distributionOperations = []Operation{
	{ID: "DistributionInspect", Method: http.MethodGet, Path: "/distribution/{name:.*}/json", Tag: "Distribution", serve: (*server).distributionInspect},
}

// distributionInspect asks a registry for what a name means there. Only of a manifest that is Docker's own, the config
// is asked for the platform (api/server/router/distribution).
func (s *server) distributionInspect(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	name := r.vars["name"]
	any, err := reference.ParseAnyReference(name)
	if err != nil {
		return invalid{err}
	}
	ref, ok := any.(reference.Named)
	if !ok {
		if _, digested := any.(reference.Digested); digested {
			return state.Forbidden{Message: fmt.Sprintf("unknown image reference format: %s", name)}
		}
		return invalid{fmt.Errorf("unknown image reference format: %s", name)}
	}
	auth := credentials(registryAuth(r.Header.Get(registrytypes.AuthHeader)))
	repo, err := registry.Open(r.Context(), reference.Domain(ref), reference.Path(ref), auth, false)
	if err != nil {
		return err
	}
	p := &pull{server: s, ctx: r.Context(), repo: repo}
	d, _, err := p.resolve(reference.TagNameOnly(ref))
	if err != nil {
		return registryStatus(err)
	}
	m, err := p.manifest(d)
	if err != nil {
		return registryStatus(err)
	}
	resp := registrytypes.DistributionInspect{Descriptor: ocispec.Descriptor{
		MediaType: m.blob.MediaType,
		Digest:    d.Digest,
		Size:      d.Size,
	}}
	if d.Size == 0 {
		resp.Descriptor.Size = int64(len(m.blob.Data))
	}
	switch m.blob.MediaType {
	case image.DockerList, ocispec.MediaTypeImageIndex:
		for _, of := range m.Manifests {
			if of.Platform != nil {
				resp.Platforms = append(resp.Platforms, *of.Platform)
			}
		}
	case image.DockerManifest:
		var platform ocispec.Platform
		config, err := repo.Blob(r.Context(), m.Config)
		if err == nil && json.Unmarshal(config, &platform) == nil && platform.OS+platform.Architecture != "" {
			resp.Platforms = append(resp.Platforms, platform)
		}
	}
	return s.write(w, r, resp)
}

// registryStatus answers an error of a registry with its own status, as dockerd's httpstatus.FromError does.
func registryStatus(err error) error {
	if of, ok := err.(*registry.Error); ok {
		switch of.Code {
		case "MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN":
			return state.NotFound{Message: err.Error()}
		case "UNAUTHORIZED":
			return unauthorized{err}
		case "DENIED":
			return state.Forbidden{Message: err.Error()}
		}
	}
	return err
}
