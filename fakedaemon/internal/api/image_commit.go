package api

import (
	"encoding/json"
	"net/http"

	"github.com/docker/docker/api/types/container"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// imageCommit makes an image from a container.
func (s *server) imageCommit(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if err := s.checkForJSON(r); err != nil {
		return err
	}
	var given *container.Config
	if err := s.readJSON(r, &given); err != nil {
		return err
	}
	ref, refErr := repoTag(r.Form.Get("repo"), r.Form.Get("tag"))
	if refErr != nil && !s.Engine.NamesImageLast {
		return refErr
	}
	o := state.Commit{
		Container:   r.Form.Get("container"),
		Pause:       r.Form.Get("pause") == "" || r.boolean("pause"),
		Author:      r.Form.Get("author"),
		Comment:     r.Form.Get("comment"),
		TellsCreate: s.Engine.FullEvents,
		Configure: func(c state.Container) (image.Config, []byte, []byte, error) {
			if refErr != nil {
				return image.Config{}, nil, nil, refErr
			}
			return s.commitConfig(c, given, r.Form["changes"])
		},
	}
	if ref != nil {
		o.Ref = ref.String()
	}
	img, err := s.State.CommitImage(o)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, container.CommitResponse{ID: img.ID})
	return nil
}

// commitConfig makes the config of an image from that of a container, or from what a client gives, with changes.
func (s *server) commitConfig(c state.Container, given *container.Config, changes []string) (config image.Config, configJSON, of []byte, err error) {
	before := containerConfig(&c)
	if of, err = json.Marshal(before); err != nil {
		return config, nil, nil, err
	}
	start, full := c.Config, before
	if given != nil {
		start, full = image.Config{}, given
		fillConfig(&start, *given)
	}
	if config, err = s.dockerfiles().Change(start, changes); err != nil {
		return config, nil, nil, err
	}
	if given != nil {
		config = config.Merge(c.Config)
	}
	c.Config = config
	c.ConfigJSON, err = json.Marshal(full)
	if err != nil {
		return config, nil, nil, err
	}
	full = containerConfig(&c)
	full.OnBuild = config.OnBuild
	configJSON, err = json.Marshal(full)
	return config, configJSON, of, err
}
