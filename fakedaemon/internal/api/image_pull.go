package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/distribution/reference"
	registrytypes "github.com/docker/docker/api/types/registry"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// imageCreate pulls or imports.
func (s *server) imageCreate(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	var platform *ocispec.Platform
	if text := r.Form.Get("platform"); text != "" && !r.below("1.32") {
		var err error
		if platform, err = s.parsePlatform(text); err != nil {
			return err
		}
	}
	name := r.Form.Get("fromImage")
	if name == "" {
		return s.imageImport(w, r, platform)
	}
	ref, err := reference.ParseNormalizedNamed(strings.TrimSuffix(name, ":"))
	if err != nil {
		return invalid{err}
	}
	if tag := r.Form.Get("tag"); tag != "" {
		// The tag may be a digest.
		if d, err := digest.Parse(tag); err == nil {
			ref, err = reference.WithDigest(reference.TrimNamed(ref), d)
			if err != nil {
				return invalid{err}
			}
		} else if ref, err = reference.WithTag(ref, tag); err != nil {
			return invalid{err}
		}
	}
	if reference.FamiliarName(ref) == "scratch" {
		return state.Forbidden{Message: "'scratch' is a reserved name"}
	}
	p := &pull{server: s, ctx: r.Context(), auth: registryAuth(r.Header.Get(registrytypes.AuthHeader)), platform: platform, out: s.newStream(w), era: s.State.Era()}
	if s.Engine.StoresManifests {
		return p.out.finish(p.pullStored(ref))
	}
	return p.out.finish(p.pullNamed(ref))
}

// registryAuth decodes the header X-Registry-Auth. What makes no sense counts as nothing (13-pull-push-login of the recordings).
func registryAuth(header string) registrytypes.AuthConfig {
	if auth, err := registrytypes.DecodeAuthConfig(header); err == nil && auth != nil {
		return *auth
	}
	return registrytypes.AuthConfig{}
}

func credentials(a registrytypes.AuthConfig) registry.Auth {
	return registry.Auth{Username: a.Username, Password: a.Password, IdentityToken: a.IdentityToken, RegistryToken: a.RegistryToken}
}

// credentialsFor are those of containerd's client, which gives them to no other registry than theirs.
func credentialsFor(a registrytypes.AuthConfig, domain string) registry.Auth {
	host := strings.TrimPrefix(strings.TrimPrefix(a.ServerAddress, "https://"), "http://")
	if host, _, _ = strings.Cut(host, "/"); host == "index.docker.io" {
		host = "docker.io"
	}
	if host != "" && host != domain {
		return registry.Auth{}
	}
	return credentials(a)
}

// pull gets images from a registry for one request.
type pull struct {
	*server
	ctx      context.Context
	auth     registrytypes.AuthConfig
	platform *ocispec.Platform // nil means the daemon's
	out      *jsonStream
	era      int // in which it was begun
	repo     *registry.Repository
}

// pullNamed pulls as dockerd does for a graph driver: all tags if there is none (distribution/pull_v2.go).
func (p *pull) pullNamed(ref reference.Named) error {
	var err error
	p.repo, err = registry.Open(p.ctx, reference.Domain(ref), reference.Path(ref), credentials(p.auth), false)
	if err != nil {
		return err
	}
	refs := []reference.Named{ref}
	if reference.IsNameOnly(ref) {
		if refs, err = p.allTags(ref); err != nil {
			return pullError(err, ref)
		}
	}
	newer := false
	for _, tagged := range refs {
		changed, err := p.pullTag(tagged)
		if err != nil {
			return pullError(err, tagged)
		}
		newer = newer || changed
	}
	familiar := reference.FamiliarString(ref)
	p.writeStatus(familiar, newer)
	p.State.EmitImage(p.idOf(ref), familiar, reference.FamiliarName(ref), "pull")
	if img, err := p.State.Image(state.ImageName{Ref: ref.String(), OnlyRef: true}); err == nil && p.platform != nil && p.Engine.WarnsOfPlatform && !img.RunsOn(*p.platform) {
		p.out.status("", "WARNING: %s", platformMismatch(familiar, img, *p.platform))
	}
	return nil
}

// idOf is the ID of the image that has a reference; "" means none.
func (s *server) idOf(ref reference.Named) string {
	img, _ := s.State.Image(state.ImageName{Ref: ref.String(), OnlyRef: true})
	return img.ID
}

func (p *pull) allTags(ref reference.Named) ([]reference.Named, error) {
	tags, err := p.repo.Tags(p.ctx)
	var refs []reference.Named
	for _, tag := range tags {
		tagged, err := reference.WithTag(ref, tag)
		if err != nil {
			return nil, err
		}
		refs = append(refs, tagged)
	}
	return refs, err
}

func (p *pull) writeStatus(familiar string, newer bool) {
	if newer {
		p.out.status("", "Status: Downloaded newer image for %s", familiar)
	} else {
		p.out.status("", "Status: Image is up to date for %s", familiar)
	}
}

// pullError says what a client that pulls makes of an error of the registry (distribution/errors.go).
func pullError(err error, ref reference.Named) error {
	var of *registry.Error
	if !errors.As(err, &of) || err != error(of) {
		return err
	}
	switch of.Code {
	case "DENIED":
		return state.NotFound{Message: fmt.Sprintf("pull access denied for %s, repository does not exist or may require 'docker login': %v", reference.FamiliarName(ref), err)}
	case "MANIFEST_UNKNOWN":
		return state.NotFound{Message: fmt.Sprintf("manifest for %s not found: %v", reference.FamiliarString(ref), err)}
	case "NAME_UNKNOWN":
		return state.NotFound{Message: fmt.Sprintf("repository %s not found: %v", reference.FamiliarName(ref), err)}
	}
	return err
}

// manifest is what dockerd reads of a manifest or of a list of them.
type manifest struct {
	Config    ocispec.Descriptor   `json:"config"`
	Layers    []ocispec.Descriptor `json:"layers"`
	Manifests []ocispec.Descriptor `json:"manifests"`

	blob image.Blob
	list image.Blob // the list that it was found in, if any
}

func (p *pull) manifest(d ocispec.Descriptor) (*manifest, error) {
	data, mediaType, err := p.repo.Manifest(p.ctx, d)
	if err != nil {
		return nil, err
	}
	m := &manifest{blob: image.NewBlob(mediaType, data)}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, err
	}
	return m, nil
}

// resolve gives the descriptor of the manifest that a reference means.
func (p *pull) resolve(ref reference.Named) (d ocispec.Descriptor, tagOrDigest string, err error) {
	if digested, ok := ref.(reference.Canonical); ok {
		return ocispec.Descriptor{Digest: digested.Digest()}, digested.String(), nil
	}
	tag := ref.(reference.Tagged).Tag()
	d, err = p.repo.Resolve(p.ctx, tag)
	return d, tag, err
}

// noMatch is the error of a list of manifests without one for the platform.
func (p *pull) noMatch() string {
	return fmt.Sprintf("no matching manifest for %s in the manifest list entries", platforms.Format(p.wanted()))
}

func (p *pull) wanted() ocispec.Platform {
	if p.platform != nil {
		return *p.platform
	}
	return platforms.Host()
}

// choose finds the manifest for the platform in a list, or gives back what is no list.
func (p *pull) choose(m *manifest) (*manifest, error) {
	if m.blob.MediaType != image.DockerList && m.blob.MediaType != ocispec.MediaTypeImageIndex {
		return m, nil
	}
	d, ok := image.Choose(m.Manifests, p.wanted())
	if !ok {
		return nil, state.NotFound{Message: p.noMatch()}
	}
	chosen, err := p.manifest(d)
	if err == nil {
		chosen.list = m.blob
	}
	return chosen, err
}

// pullTag pulls one image and reports whether the reference means another image than before.
func (p *pull) pullTag(ref reference.Named) (changed bool, err error) {
	d, tagOrDigest, err := p.resolve(ref)
	if err != nil {
		return false, err
	}
	m, err := p.manifest(d)
	if err != nil {
		return false, err
	}
	if kind := m.Config.MediaType; kind != "" && !imageConfigs[kind] {
		class := "unknown"
		if kind == "application/vnd.docker.plugin.v1+json" {
			class = "plugin"
		}
		return false, invalid{fmt.Errorf("Encountered remote %q(%s) when fetching", kind, class)}
	}
	p.out.status(tagOrDigest, "Pulling from %s", reference.Path(ref))
	if m, err = p.choose(m); err != nil {
		return false, err
	}
	img, err := p.State.Image(state.ImageName{Given: m.Config.Digest.String()})
	if err != nil {
		if img, err = p.download(m); err != nil {
			return false, err
		}
	}
	old := p.idOf(ref)
	pulled := m.blob.Digest
	if m.list.Digest != "" {
		pulled = m.list.Digest
	}
	p.out.status("", "Digest: %s", pulled)
	if _, ok := ref.(reference.Canonical); !ok && old != img.ID {
		p.State.SetRef(img.ID, ref.String())
	}
	p.State.AddDigestRef(img.ID, ref.Name()+"@"+pulled)
	p.State.AddRepository(img.ID, ref.Name())
	return old != img.ID, nil
}

// download gets an image that is not here, and stores it without a reference.
func (p *pull) download(m *manifest) (state.Image, error) {
	data, err := p.repo.Blob(p.ctx, m.Config)
	if err != nil {
		return state.Image{}, err
	}
	img, err := image.ParseConfig(blobOf(m.Config, data))
	if err != nil {
		return state.Image{}, err
	}
	if len(img.Layers) != len(m.Layers) {
		return state.Image{}, invalid{fmt.Errorf("number of layers and diffIDs don't match: expected %d, got %d", len(img.Layers), len(m.Layers))}
	}
	diffIDs := make([]string, len(img.Layers))
	for n, l := range img.Layers {
		diffIDs[n] = l.DiffID
	}
	have := copy(img.Layers, p.State.FindLayers(diffIDs))
	for n, d := range m.Layers {
		if n < have {
			p.out.progress(shortDigest(d.Digest.String()), "Already exists", progressDetail{})
		} else {
			p.out.progress(shortDigest(d.Digest.String()), "Pulling fs layer", progressDetail{})
		}
	}
	// Three layers come at once (daemon/config, max-concurrent-downloads).
	for _, d := range m.Layers[min(have+3, len(m.Layers)):] {
		p.out.progress(shortDigest(d.Digest.String()), "Waiting", progressDetail{})
	}
	for n := have; n < len(m.Layers); n++ {
		if img.Layers[n], err = p.layer(m.Layers[n]); err != nil {
			return state.Image{}, err
		}
		if img.Layers[n].DiffID != diffIDs[n] {
			return state.Image{}, fmt.Errorf("failed to register layer: invalid diffID for layer %d: expected %q, got %q", n, diffIDs[n], img.Layers[n].DiffID)
		}
	}
	stored, _, err := p.State.StoreImage(p.era, state.Image{Content: img})
	return stored, err
}

// layer gets a layer and says how it goes.
func (p *pull) layer(d ocispec.Descriptor) (image.Layer, error) {
	id, total := shortDigest(d.Digest.String()), d.Size
	data, err := p.repo.Blob(p.ctx, d)
	if err != nil {
		return image.Layer{}, err
	}
	if total > chunk {
		p.out.progress(id, "Downloading", progressDetail{Current: chunk, Total: total})
	}
	p.out.progress(id, "Verifying Checksum", progressDetail{})
	p.out.progress(id, "Download complete", progressDetail{})
	l, err := image.NewLayer(p.Engine, blobOf(d, data))
	if err != nil {
		return image.Layer{}, fmt.Errorf("failed to register layer: %w", err)
	}
	p.out.progress(id, "Extracting", progressDetail{Current: min(chunk, total), Total: total})
	p.out.progress(id, "Extracting", progressDetail{Current: total, Total: total})
	p.out.progress(id, "Pull complete", progressDetail{})
	return l, nil
}

// blobOf is bytes that were verified when they came.
func blobOf(d ocispec.Descriptor, data []byte) image.Blob {
	return image.Blob{MediaType: d.MediaType, Digest: d.Digest.String(), Data: data}
}

// chunk is how much dockerd reads before it first says so, in bytes.
const chunk = 32 << 10

// shortDigest is at most twelve digits: a registry may say less (pkg/stringid, TruncateID).
func shortDigest(digest string) string {
	digits := strings.TrimPrefix(digest, "sha256:")
	return digits[:min(12, len(digits))]
}

var imageConfigs = map[string]bool{
	image.DockerConfig: true, ocispec.MediaTypeImageConfig: true, "application/octet-stream": true, "application/json": true, "text/html": true,
}
