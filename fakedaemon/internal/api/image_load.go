package api

import (
	"errors"
	"fmt"
	"net/http"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// imageLoad answers 200 whatever is in the tar: what goes wrong is the last line.
func (s *server) imageLoad(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	platform, err := archivePlatform(r)
	if err != nil {
		return err
	}
	out, era := s.newStream(w), s.State.Era()
	for i, err := range image.Load(s.Engine, r.Body, platform) {
		if err == nil {
			err = s.storeLoaded(out, era, state.Image{Content: i.Content, Parent: i.Parent, Refs: i.Refs, Annotations: i.Annotations})
		}
		if err != nil {
			out.fail(err)
			break
		}
	}
	return nil
}

// archivePlatform is the one platform for which to save or load; nil means any.
func archivePlatform(r *request) (*ocispec.Platform, error) {
	all := r.Form["platform"]
	switch {
	case r.below("1.48") || len(all) == 0:
		return nil, nil
	case len(all) > 1:
		return nil, invalid{errors.New("multiple platform parameters not supported")}
	case all[0] == "":
		return nil, nil
	}
	return decodePlatform(all[0])
}

// storeLoaded adds an image with its references, and says so.
func (s *server) storeLoaded(out *jsonStream, era int, img state.Image) error {
	for _, ref := range img.Refs {
		old, err := s.State.Image(state.ImageName{Ref: ref, OnlyRef: true})
		switch {
		case err != nil:
		case s.Engine.StoresManifests:
			s.State.KeepDangling(ref)
		case old.ConfigBlob.Digest != img.ConfigBlob.Digest:
			out.text(fmt.Sprintf("The image %s already exists, renaming the old one with ID %s to empty string\n", image.FamiliarName(ref), old.ID))
		}
	}
	if s.Engine.StoresManifests {
		img.Tagged = s.State.Now()
		if n := len(img.History); n > 0 {
			img.Comment = img.History[n-1].Comment
		}
	}
	stored, _, err := s.State.StoreImage(era, img)
	if err != nil {
		return err
	}
	tell := func() { s.State.EmitImage(stored.ID, stored.ID, stored.ID, "load") }
	for _, ref := range img.Refs {
		out.text("Loaded image: " + image.FamiliarName(ref) + "\n")
		if s.Engine.StoresManifests {
			tell()
		}
	}
	if len(img.Refs) == 0 {
		out.text("Loaded image ID: " + stored.ID + "\n")
	}
	if !s.Engine.StoresManifests || len(img.Refs) == 0 {
		tell()
	}
	return nil
}
