package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/volume"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
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

func (s *server) volumeCreate(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	var req volume.CreateOptions
	if err := s.readBody(r, &req); err != nil {
		return err
	}
	if req.ClusterVolumeSpec != nil && !r.below("1.42") {
		return s.clusterVolume()
	}
	v, err := s.State.CreateVolume(state.Volume{Name: req.Name, Driver: req.Driver, Labels: req.Labels, Options: req.DriverOpts})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, volumeResponse(v))
	return nil
}

// clusterVolume refuses a volume of the swarm: no node here has a plugin for one.
func (s *server) clusterVolume() error {
	if err := s.swarm.Manager(); err != nil {
		return err
	}
	return cluster.InvalidArgument("driver must be specified")
}

func (s *server) volumeUpdate(w http.ResponseWriter, r *request) error {
	if s.swarm.Manager() != nil {
		return state.Unavailable{Message: "volume update only valid for cluster volumes, but swarm is unavailable"}
	}
	if err := r.parseForm(); err != nil {
		return err
	}
	if _, err := r.swarmVersion("swarm object"); err != nil {
		return err
	}
	if err := s.readJSON(r, new(volume.UpdateOptions)); err != nil {
		return err
	}
	return state.NotFound{Message: fmt.Sprintf("volume %s not found", r.vars["name"])}
}

func (s *server) volumeDelete(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if err := s.State.RemoveVolume(r.vars["name"], r.boolean("force")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// volumePruneFilters are the keys that a prune of volumes may be filtered by (volume/service/service.go).
var volumePruneFilters = map[string]bool{"all": true, "label": true, "label!": true}

func (s *server) volumePrune(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	accepted := volumePruneFilters
	if !s.Engine.MarksAnonymousVolumes {
		accepted = map[string]bool{"label": true, "label!": true}
	} else if err := anonymousOnly(r, args); err != nil {
		return err
	}
	if err := args.Validate(accepted); err != nil {
		return err
	}
	removed, reclaimed := s.State.PruneVolumes(func(v state.Volume) bool { return matchPruneLabels(args, v.Labels) })
	writeJSON(w, http.StatusOK, volume.PruneReport{VolumesDeleted: removed, SpaceReclaimed: uint64(reclaimed)})
	return nil
}

// anonymousOnly makes the filters find anonymous volumes only, as API 1.42 and higher do unless a client wants all.
func anonymousOnly(r *request, args filters.Args) error {
	if r.below("1.42") {
		args.Add("all", "true")
	}
	values := args.Get("all")
	if len(values) > 1 {
		return invalid{fmt.Errorf("invalid filter 'all=%s': only one value is expected", values)}
	}
	if len(values) == 1 {
		all, err := strconv.ParseBool(values[0])
		if err != nil {
			return invalid{fmt.Errorf("invalid filter 'all': %w", err)}
		}
		if all {
			return nil
		}
	}
	args.Add("label", state.AnonymousLabel)
	return nil
}
