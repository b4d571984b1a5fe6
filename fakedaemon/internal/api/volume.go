package api

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/docker/docker/api/types/volume"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

var volumeOperations = []Operation{
	{ID: "VolumeList", Method: http.MethodGet, Path: "/volumes", Tag: "Volume", serve: (*server).volumeList},
	{ID: "VolumeCreate", Method: http.MethodPost, Path: "/volumes/create", Tag: "Volume", serve: (*server).volumeCreate},
	{ID: "VolumeInspect", Method: http.MethodGet, Path: "/volumes/{name:.*}", Tag: "Volume", serve: (*server).volumeInspect},
	{ID: "VolumeUpdate", Method: http.MethodPut, Path: "/volumes/{name:.*}", Tag: "Volume", serve: (*server).volumeUpdate},
	{ID: "VolumeDelete", Method: http.MethodDelete, Path: "/volumes/{name:.*}", Tag: "Volume", serve: (*server).volumeDelete},
	{ID: "VolumePrune", Method: http.MethodPost, Path: "/volumes/prune", Tag: "Volume", serve: (*server).volumePrune},
}

// volumeFilters are the keys that a list of volumes may be filtered by (volume/service/service.go).
var volumeFilters = map[string]bool{
	"dangling": true,
	"driver":   true,
	"label":    true,
	"name":     true,
}

func (s *server) volumeList(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	args, err := s.filters(r)
	if err != nil {
		return invalid{fmt.Errorf("error reading volume filters: %w", err)}
	}
	if err := args.Validate(volumeFilters); err != nil {
		return err
	}
	dangling, err := args.GetBoolOrDefault("dangling", false)
	if err != nil {
		return err
	}
	all := slices.DeleteFunc(s.State.Volumes(), func(v state.Volume) bool {
		return !args.ExactMatch("driver", v.Driver) ||
			!args.Match("name", v.Name) ||
			!args.MatchKVList("label", v.Labels) ||
			args.Contains("dangling") && dangling != (v.RefCount == 0)
	})
	list := volume.ListResponse{Volumes: make([]*volume.Volume, len(all))}
	for i, v := range all {
		list.Volumes[i] = volumeResponse(v)
	}
	return s.write(w, r, list)
}

func (s *server) volumeInspect(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	v, err := s.State.Volume(r.vars["name"])
	if err != nil {
		return err
	}
	return s.write(w, r, volumeResponse(v))
}

func volumeResponse(v state.Volume) *volume.Volume {
	return &volume.Volume{
		CreatedAt:  v.Created.Format(time.RFC3339),
		Driver:     v.Driver,
		Labels:     v.Labels,
		Mountpoint: v.Mountpoint(),
		Name:       v.Name,
		Options:    v.Options,
		Scope:      "local",
	}
}
