package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/docker/docker/api/types/filters"

	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

// Secrets and configs are served by the same functions, with the kind in between: what they have in common.

// objectFilters are the keys that a list of secrets may be filtered by; configs do not have "names" (daemon/cluster/filters.go).
var objectFilters = map[string]bool{"id": true, "label": true, "name": true, "names": true}

func (s *server) objects(r *request, kind string) ([]cluster.Object, error) {
	accepted := objectFilters
	if kind == cluster.KindConfig {
		accepted = map[string]bool{"id": true, "label": true, "name": true}
	}
	args, err := s.swarmList(r, accepted)
	if err != nil {
		return nil, err
	}
	all, err := s.swarm.Objects(kind)
	return slices.DeleteFunc(all, func(o cluster.Object) bool { return !matchObject(args, o) }), err
}

func matchObject(args filters.Args, o cluster.Object) bool {
	return args.ExactMatch("names", o.Name) && matchPrefix(args, "name", o.Name) && matchPrefix(args, "id", o.ID) && args.MatchKVList("label", o.Labels)
}

// createObject stores an object with what is shown of it.
func (s *server) createObject(w http.ResponseWriter, kind string, o cluster.Object, shown any) error {
	var err error
	if o.Spec, err = json.Marshal(shown); err != nil {
		return err
	}
	id, err := s.swarm.CreateObject(kind, o)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, struct{ ID string }{id})
	return nil
}

// updateObject gives an object other labels: nothing else of what is shown can change.
func (s *server) updateObject(r *request, kind string, o cluster.Object) error {
	version, err := r.swarmVersion(kind)
	if err != nil {
		return err
	}
	have, err := s.swarm.Object(kind, r.vars["id"])
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
	return s.swarm.UpdateObject(kind, have.ID, version, o)
}

func (s *server) deleteObject(w http.ResponseWriter, r *request, kind string) error {
	if err := s.swarm.RemoveObject(kind, r.vars["id"]); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
