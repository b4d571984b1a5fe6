package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/docker/docker/api/types/filters"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Secrets and configs are served by the same functions, with the kind in between: what they have in common.

// objectFilters are the keys that a list of secrets may be filtered by; configs do not have "names" (daemon/cluster/filters.go).
var objectFilters = map[string]bool{"id": true, "label": true, "name": true, "names": true}

func (s *server) objects(r *request, kind string) ([]state.SwarmObject, error) {
	accepted := objectFilters
	if kind == state.KindConfig {
		accepted = map[string]bool{"id": true, "label": true, "name": true}
	}
	args, err := s.swarmList(r, accepted)
	if err != nil {
		return nil, err
	}
	all, err := s.State.SwarmObjects(kind)
	return slices.DeleteFunc(all, func(o state.SwarmObject) bool { return !matchObject(args, o) }), err
}

func matchObject(args filters.Args, o state.SwarmObject) bool {
	return args.ExactMatch("names", o.Name) && matchPrefix(args, "name", o.Name) && matchPrefix(args, "id", o.ID) && args.MatchKVList("label", o.Labels)
}

// createObject stores an object with what is shown of it.
func (s *server) createObject(w http.ResponseWriter, kind string, o state.SwarmObject, shown any) error {
	var err error
	if o.Spec, err = json.Marshal(shown); err != nil {
		return err
	}
	id, err := s.State.CreateSwarmObject(kind, o)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, struct{ ID string }{id})
	return nil
}

// updateObject gives an object other labels: nothing else of what is shown can change.
func (s *server) updateObject(r *request, kind string, o state.SwarmObject) error {
	version, err := r.swarmVersion(kind)
	if err != nil {
		return err
	}
	have, err := s.State.SwarmObject(kind, r.vars["id"])
	if err != nil {
		return err
	}
	var shown map[string]any
	if err := json.Unmarshal(have.Spec, &shown); err != nil {
		return err
	}
	shown["Labels"] = notNil(o.Labels)
	if o.Spec, err = json.Marshal(shown); err != nil {
		return err
	}
	return s.State.UpdateSwarmObject(kind, have.ID, version, o)
}

func (s *server) deleteObject(w http.ResponseWriter, r *request, kind string) error {
	if err := s.State.RemoveSwarmObject(kind, r.vars["id"]); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
