package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

func (s *server) imageGet(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	return s.save(w, r, []string{r.vars["name"]})
}

func (s *server) imageGetAll(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	return s.save(w, r, r.Form["names"])
}

// save writes a tar with images, as docker load and others take it.
func (s *server) save(w http.ResponseWriter, r *request, names []string) error {
	platform, err := archivePlatform(r)
	if err != nil {
		return err
	}
	images, err := s.imagesToSave(names)
	if err != nil {
		return err
	}
	for _, img := range images {
		if len(img.Layers) == 0 && !s.Engine.StoresManifests {
			return errors.New("empty export - not implemented")
		}
		if platform != nil && !img.RunsOn(*platform) {
			return errors.New("no suitable export target found for platform " + platforms.Format(*platform))
		}
	}
	archive, err := image.Save(s.Engine, images)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-tar")
	if err := archive.WriteTar(w); err != nil {
		return nil // a client that is gone is no error
	}
	for _, img := range images {
		s.State.EmitImage(img.ID, img.ID, img.ID, "save")
	}
	return nil
}

// imagesToSave finds images by what a client calls them; a name without a tag is all tags of the repository.
func (s *server) imagesToSave(names []string) ([]image.Saved, error) {
	var list []image.Saved
	add := func(img state.Image, refs ...string) {
		at := slices.IndexFunc(list, func(have image.Saved) bool { return have.ID == img.ID })
		if at < 0 {
			at = len(list)
			list = append(list, image.Saved{Content: img.Content, ID: img.ID, Parent: img.Parent, Repositories: img.Repositories})
		}
		for _, ref := range refs {
			if !strings.Contains(ref, "@") && !slices.Contains(list[at].Refs, ref) {
				list[at].Refs = append(list[at].Refs, ref)
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
