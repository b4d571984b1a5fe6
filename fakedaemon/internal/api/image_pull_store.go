package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/distribution/reference"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// pullStored pulls as containerd does for its image store; only the tags of a repository are asked for as dockerd does
// (daemon/containerd/image_pull.go).
func (p *pull) pullStored(ref reference.Named) error {
	if !reference.IsNameOnly(ref) {
		return p.pullStoredTag(ref)
	}
	var err error
	p.repo, err = registry.Open(p.ctx, reference.Domain(ref), reference.Path(ref), credentials(p.auth), false)
	if err != nil {
		return err
	}
	refs, err := p.allTags(ref)
	if err != nil {
		return err
	}
	for _, tagged := range refs {
		if err := p.pullStoredTag(tagged); err != nil {
			return fmt.Errorf("error pulling %s: %w", tagged, err)
		}
	}
	return nil
}

func (p *pull) pullStoredTag(ref reference.Named) error {
	domain, familiar := reference.Domain(ref), reference.FamiliarString(ref)
	p.repo = registry.OpenContainerd(domain, reference.Path(ref), credentialsFor(p.auth, domain), false)
	wanted := ""
	if digested, ok := ref.(reference.Canonical); ok {
		wanted = digested.Digest().String()
	} else {
		wanted = ref.(reference.Tagged).Tag()
	}
	d, err := p.repo.Resolve(p.ctx, wanted)
	if err != nil {
		return resolveError(err, ref, http.MethodHead)
	}
	m, err := p.manifest(d)
	if err != nil {
		return resolveError(err, ref, http.MethodGet)
	}
	if m, err = p.choose(m); err != nil {
		return state.NotFound{Message: p.noMatch() + ": no match for platform in manifest: not found"}
	}
	tagOrDigest := ref.String()
	if tagged, ok := ref.(reference.Tagged); ok {
		tagOrDigest = tagged.Tag()
	}
	p.out.status(tagOrDigest, "Pulling from %s", reference.Path(ref))
	pulled := m.blob.Digest
	if m.list.Digest != "" {
		pulled = m.list.Digest
	}
	old := p.idOf(ref)
	img, err := p.State.Image(state.ImageName{Given: pulled})
	if err != nil {
		if img, err = p.downloadStored(m); err != nil {
			return err
		}
	}
	img.Refs, img.PulledFrom, img.Repositories = []string{ref.String()}, []string{ref.Name()}, []string{ref.Name()}
	if old != img.ID {
		img.Tagged = p.State.Now()
	}
	if img, _, err = p.State.StoreImage(p.era, img); err != nil {
		return err
	}
	p.State.EmitImage(img.ID, familiar, reference.FamiliarName(ref), "pull")
	p.out.status("", "Digest: %s", pulled)
	p.writeStatus(familiar, old != img.ID)
	return nil
}

// downloadStored gets an image whose manifest is not here.
func (p *pull) downloadStored(m *manifest) (state.Image, error) {
	for _, d := range m.Layers {
		p.out.progress(shortDigest(d.Digest.String()), "Pulling fs layer", progressDetail{})
	}
	data, err := p.repo.Blob(p.ctx, m.Config)
	if err != nil {
		return state.Image{}, err
	}
	img, err := image.ParseConfig(blobOf(m.Config, data))
	if err != nil {
		return state.Image{}, err
	}
	if len(img.Layers) != len(m.Layers) {
		return state.Image{}, fmt.Errorf("mismatched image rootfs and manifest layers")
	}
	known := make(map[string]image.Layer)
	for _, have := range p.State.Images() {
		for _, l := range have.Layers {
			known[l.Blob.Digest] = l
		}
	}
	for n, d := range m.Layers {
		id := shortDigest(d.Digest.String())
		have, ok := known[d.Digest.String()]
		if ok {
			img.Layers[n] = have
			p.out.progress(id, "Already exists", progressDetail{HideCounts: true})
			continue
		}
		blob, err := p.repo.Blob(p.ctx, d)
		if err != nil {
			return state.Image{}, err
		}
		p.out.progress(id, "Download complete", progressDetail{HideCounts: true})
		diffID := img.Layers[n].DiffID
		if img.Layers[n], err = image.NewLayer(p.Engine, blobOf(d, blob)); err != nil {
			return state.Image{}, fmt.Errorf("failed to extract layer (application/vnd.oci.image.layer.v1.tar+gzip %s) to overlayfs as %q: %w", d.Digest, id, err)
		}
		if got := img.Layers[n].DiffID; got != diffID {
			return state.Image{}, fmt.Errorf("wrong diff id %q calculated on extraction %q", diffID, got)
		}
		p.out.progress(id, "Pull complete", progressDetail{HideCounts: true})
	}
	img.Manifest, img.Index = m.blob, m.list
	if n := len(img.History); n > 0 {
		img.Comment = img.History[n-1].Comment
	}
	return state.Image{Content: img}, nil
}

// resolveError words what goes wrong before anything is known of an image (containerd, core/remotes/docker).
func resolveError(err error, ref reference.Named, method string) error {
	prefix := fmt.Sprintf("failed to resolve reference %q: ", ref)
	var status *registry.Status
	var denied *registry.Denied
	switch {
	case errors.As(err, &status) && status.Code == http.StatusNotFound:
		return state.NotFound{Message: prefix + ref.String() + ": not found"}
	case errors.As(err, &status):
		return fmt.Errorf("unknown: %s%w", prefix, err)
	case errors.As(err, &denied):
		return fmt.Errorf("%spull access denied, repository does not exist or may require authorization: %w", prefix, denied)
	}
	return fmt.Errorf("%sfailed to do request: %w", prefix, err)
}

// complete reports whether all manifests of an image are here.
func complete(img state.Image) bool {
	if img.Index.Data == nil {
		return true
	}
	var index ocispec.Index
	if err := json.Unmarshal(img.Index.Data, &index); err != nil {
		return false
	}
	return !slices.ContainsFunc(index.Manifests, func(d ocispec.Descriptor) bool { return d.Digest.String() != img.Manifest.Digest })
}

// pulledFrom are the repositories of an image as engine 29 tells them since API 1.53: without ports.
func pulledFrom(img state.Image) []map[string]string {
	var list []map[string]string
	seen := make(map[string]bool)
	for _, name := range img.PulledFrom {
		host, path, _ := strings.Cut(name, "/")
		host, _, _ = strings.Cut(host, ":")
		if name = host + "/" + path; !seen[name] {
			seen[name] = true
			list = append(list, map[string]string{"Repository": name})
		}
	}
	return list
}
