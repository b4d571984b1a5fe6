package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/docker/docker/api/types/swarm"

	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

var configOperations = []Operation{
	{ID: "ConfigList", Method: http.MethodGet, Path: "/configs", Tag: "Config", serve: (*server).configList},
	{ID: "ConfigCreate", Method: http.MethodPost, Path: "/configs/create", Tag: "Config", serve: (*server).configCreate},
	{ID: "ConfigInspect", Method: http.MethodGet, Path: "/configs/{id}", Tag: "Config", serve: (*server).configInspect},
	{ID: "ConfigDelete", Method: http.MethodDelete, Path: "/configs/{id}", Tag: "Config", serve: (*server).configDelete},
	{ID: "ConfigUpdate", Method: http.MethodPost, Path: "/configs/{id}/update", Tag: "Config", serve: (*server).configUpdate},
}

func (s *server) configList(w http.ResponseWriter, r *request) error {
	all, err := s.objects(r, cluster.KindConfig)
	if err != nil {
		return err
	}
	list := make([]swarm.Config, len(all))
	for i, o := range all {
		if list[i], err = configResponse(o); err != nil {
			return err
		}
	}
	return s.write(w, r, list)
}

func configResponse(o cluster.Object) (swarm.Config, error) {
	resp := swarm.Config{ID: o.ID, Meta: metaOf(o.Meta)}
	err := json.Unmarshal(o.Spec, &resp.Spec)
	return resp, err
}

func (s *server) configInspect(w http.ResponseWriter, r *request) error {
	o, err := s.swarm.Object(cluster.KindConfig, r.vars["id"])
	if err != nil {
		return err
	}
	resp, err := configResponse(o)
	if err != nil {
		return err
	}
	return s.write(w, r, resp)
}

// configOf gives what is kept of a config and what is shown of it.
func configOf(spec swarm.ConfigSpec) (o cluster.Object, shown swarm.ConfigSpec) {
	o = cluster.Object{Name: spec.Name, Labels: spec.Labels, Data: spec.Data}
	spec.Labels = notNil(spec.Labels)
	return o, spec
}

func (s *server) configCreate(w http.ResponseWriter, r *request) error {
	var spec swarm.ConfigSpec
	if err := s.readBody(r, &spec); err != nil {
		return err
	}
	if spec.Templating != nil && r.below("1.37") {
		return invalid{fmt.Errorf("config templating is not supported on the specified API version: %s", r.version)}
	}
	o, shown := configOf(spec)
	return s.createObject(w, cluster.KindConfig, o, shown)
}

func (s *server) configUpdate(w http.ResponseWriter, r *request) error {
	var spec swarm.ConfigSpec
	if err := s.readBody(r, &spec); err != nil {
		return err
	}
	o, _ := configOf(spec)
	return s.updateObject(r, cluster.KindConfig, o)
}

func (s *server) configDelete(w http.ResponseWriter, r *request) error {
	return s.deleteObject(w, r, cluster.KindConfig)
}
