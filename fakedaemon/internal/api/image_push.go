package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/distribution/reference"
	registrytypes "github.com/docker/docker/api/types/registry"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// imagePush answers 200 whatever the registry says: what goes wrong is the last line.
func (s *server) imagePush(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	header := r.Header.Get(registrytypes.AuthHeader)
	auth := registryAuth(header)
	if header == "" && s.Engine.AuthInPushBody {
		if err := json.NewDecoder(r.Body).Decode(&auth); err != nil {
			return invalid{fmt.Errorf("Bad parameters and missing X-Registry-Auth: %w", err)}
		}
	}
	name, tag := r.vars["name"], r.Form.Get("tag")
	var ref reference.Named
	var err error
	if tag != "" {
		ref, err = repoTag(name, tag)
	} else if ref, err = reference.ParseNormalizedNamed(name); err != nil {
		err = invalid{err}
	}
	if err != nil {
		return err
	}
	if text := r.Form.Get("platform"); text != "" && !r.below("1.46") {
		if _, err := decodePlatform(text); err != nil {
			return err
		}
	}
	p := &push{server: s, ctx: r.Context(), auth: auth, out: s.newStream(w)}
	p.out.status("", "The push refers to repository [%s]", ref.Name())
	return p.out.finish(p.push(ref))
}

// push sends images to a registry for one request.
type push struct {
	*server
	ctx  context.Context
	auth registrytypes.AuthConfig
	out  *jsonStream
	repo *registry.Repository
	name reference.Named // of the repository
}

// push sends one tag, or without one all that the repository has here.
func (p *push) push(ref reference.Named) error {
	p.name = reference.TrimNamed(ref)
	names := p.State.RefsOf(ref.Name())
	refs := []string{ref.String()}
	_, tagged := ref.(reference.Tagged)
	_, digested := ref.(reference.Digested)
	missing := fmt.Errorf("An image does not exist locally with the tag: %s", reference.FamiliarName(ref))
	switch {
	case len(names) == 0 && (!p.Engine.StoresManifests || !tagged && !digested):
		return missing
	case !tagged && !digested:
		refs = slices.DeleteFunc(names, func(name string) bool { return strings.Contains(name, "@") })
	}
	domain := reference.Domain(ref)
	if p.Engine.StoresManifests {
		p.repo = registry.OpenContainerd(domain, reference.Path(ref), credentialsFor(p.auth, domain), true)
	} else {
		var err error
		if p.repo, err = registry.Open(p.ctx, domain, reference.Path(ref), credentials(p.auth), true); err != nil {
			return err
		}
	}
	if digested && !p.Engine.StoresManifests {
		return errors.New("cannot push a digest reference")
	}
	if len(refs) == 0 {
		return fmt.Errorf("no tags to push for %s", reference.FamiliarName(ref))
	}
	for _, name := range refs {
		if err := p.pushRef(name); err != nil {
			return p.pushError(err)
		}
	}
	if !p.Engine.StoresManifests {
		p.State.EmitImage(p.idOf(ref), reference.FamiliarString(ref), reference.FamiliarName(ref), "push")
	}
	return nil
}

// pushError words an error of the registry or of what was asked of it.
func (p *push) pushError(err error) error {
	var denied *registry.Denied
	var asked *url.Error
	switch {
	case errors.As(err, &denied):
		return fmt.Errorf("push access denied, repository does not exist or may require authorization: %w", denied)
	case errors.As(err, &asked) && registry.NoCredentials(err):
		return asked.Err
	case errors.As(err, &asked) && p.Engine.StoresManifests:
		return fmt.Errorf("failed to do request: %w", err)
	}
	return err
}

// pushRef sends one image: layers, config, manifest.
func (p *push) pushRef(name string) error {
	img, err := p.State.Image(state.ImageName{Ref: name, OnlyRef: true})
	if err != nil {
		return fmt.Errorf("tag does not exist: %s", image.FamiliarName(name))
	}
	var layers []*image.Layer
	for n := range img.Layers {
		layers = append(layers, &img.Layers[n])
	}
	if !p.Engine.StoresManifests {
		// The top layer comes first.
		slices.Reverse(layers)
		for _, l := range layers {
			p.out.progress(shortDigest(l.DiffID), "Preparing", progressDetail{})
		}
		// Five layers go at once (daemon/config, max-concurrent-uploads).
		for _, l := range layers[min(5, len(layers)):] {
			p.out.progress(shortDigest(l.DiffID), "Waiting", progressDetail{})
		}
	}
	for n, l := range layers {
		if err := p.layer(l); err != nil {
			p.waiting(layers[n:])
			return err
		}
	}
	if err := p.blob(img.ConfigBlob); err != nil {
		return err
	}
	manifest, err := p.manifestOf(img)
	if err != nil {
		return err
	}
	tag := name[strings.LastIndex(name, ":")+1:]
	if img.Index.Data != nil && p.Engine.StoresManifests && complete(img) {
		if err := p.repo.PutManifest(p.ctx, img.Manifest.Digest, img.Manifest.MediaType, img.Manifest.Data); err != nil {
			return err
		}
		manifest = img.Index
	}
	if strings.Contains(name, "@") {
		tag = manifest.Digest
	}
	if err := p.repo.PutManifest(p.ctx, tag, manifest.MediaType, manifest.Data); err != nil {
		return err
	}
	p.State.AddRepository(img.ID, p.name.Name())
	if p.Engine.StoresManifests {
		p.notIndex(img, manifest)
		named, _, _ := strings.Cut(image.FamiliarName(name), "@")
		p.State.EmitImage(img.ID, image.FamiliarName(name), strings.TrimSuffix(named, ":"+tag), "push")
	}
	if !strings.Contains(name, "@") {
		p.out.status("", "%s: digest: %s size: %d", tag, manifest.Digest, len(manifest.Data))
	}
	if !p.Engine.StoresManifests {
		p.State.AddDigestRef(img.ID, strings.TrimSuffix(name, ":"+tag)+"@"+manifest.Digest)
		p.out.aux(pushResult{tag, manifest.Digest, len(manifest.Data)})
	}
	return nil
}

type pushResult struct {
	Tag    string
	Digest string
	Size   int
}

// waiting is what containerd's client says of layers that were not sent.
func (p *push) waiting(layers []*image.Layer) {
	if !p.Engine.StoresManifests {
		return
	}
	for _, l := range layers {
		p.out.progress(shortDigest(l.Blob.Digest), "Waiting", progressDetail{})
	}
}

// notIndex tells that a manifest was sent in place of a list whose other manifests are not here.
func (p *push) notIndex(img state.Image, sent image.Blob) {
	if img.Index.Data == nil || sent.Digest == img.Index.Digest {
		return
	}
	p.out.aux(struct {
		Instead  bool               `json:"manifestPushedInsteadOfIndex"`
		Index    ocispec.Descriptor `json:"originalIndex"`
		Selected ocispec.Descriptor `json:"selectedManifest"`
	}{true, img.Index.Descriptor(), sent.Descriptor()})
}

// layer sends a layer unless the repository has it. It is packed now, if it was not before.
func (p *push) layer(l *image.Layer) error {
	*l = l.Packed()
	id := shortDigest(l.DiffID)
	if p.Engine.StoresManifests {
		id = shortDigest(l.Blob.Digest)
	}
	have, err := p.repo.HasBlob(p.ctx, l.Blob.Digest)
	if err != nil {
		return err
	}
	if have {
		p.out.progress(id, "Layer already exists", progressDetail{})
		return nil
	}
	if from := p.mount(l); from != "" {
		p.out.progress(id, "Mounted from "+from, progressDetail{})
		return nil
	}
	if err := p.repo.PutBlob(p.ctx, l.Blob.Digest, l.Blob.Data); err != nil {
		return err
	}
	if !p.Engine.StoresManifests {
		if l.Size > chunk {
			p.out.progress(id, "Pushing", progressDetail{Current: chunk, Total: l.Size})
		}
		p.out.progress(id, "Pushing", progressDetail{Current: l.Size, Total: l.Size})
	}
	p.out.progress(id, "Pushed", progressDetail{})
	return nil
}

// mount asks the registry to take a layer from another repository of its own, and returns that one's path.
func (p *push) mount(l *image.Layer) (from string) {
	domain := reference.Domain(p.name)
	for _, name := range p.State.LayerRepositories(l.DiffID, domain) {
		from := strings.TrimPrefix(name, domain+"/")
		if name == p.name.Name() {
			continue
		}
		// What does not work is sent.
		if mounted, err := p.repo.MountBlob(p.ctx, l.Blob.Digest, from); err == nil && mounted {
			return from
		}
	}
	return ""
}

func (p *push) blob(b image.Blob) error {
	have, err := p.repo.HasBlob(p.ctx, b.Digest)
	if err != nil || have {
		return err
	}
	return p.repo.PutBlob(p.ctx, b.Digest, b.Data)
}

// manifestOf is what an image is sent as: with a graph driver a manifest that is made now.
func (p *push) manifestOf(img state.Image) (image.Blob, error) {
	if p.Engine.StoresManifests {
		return img.Manifest, nil
	}
	return img.PushManifest()
}
