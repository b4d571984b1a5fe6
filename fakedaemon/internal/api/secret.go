package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/docker/docker/api/types/swarm"

	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

var secretOperations = []Operation{
	{ID: "SecretList", Method: http.MethodGet, Path: "/secrets", Tag: "Secret", serve: (*server).secretList},
	{ID: "SecretCreate", Method: http.MethodPost, Path: "/secrets/create", Tag: "Secret", serve: (*server).secretCreate},
	{ID: "SecretInspect", Method: http.MethodGet, Path: "/secrets/{id}", Tag: "Secret", serve: (*server).secretInspect},
	{ID: "SecretDelete", Method: http.MethodDelete, Path: "/secrets/{id}", Tag: "Secret", serve: (*server).secretDelete},
	{ID: "SecretUpdate", Method: http.MethodPost, Path: "/secrets/{id}/update", Tag: "Secret", serve: (*server).secretUpdate},
}

func (s *server) secretList(w http.ResponseWriter, r *request) error {
	all, err := s.objects(r, cluster.KindSecret)
	if err != nil {
		return err
	}
	list := make([]swarm.Secret, len(all))
	for i, o := range all {
		if list[i], err = secretResponse(o); err != nil {
			return err
		}
	}
	return s.write(w, r, list)
}

func secretResponse(o cluster.Object) (swarm.Secret, error) {
	resp := swarm.Secret{ID: o.ID, Meta: metaOf(o.Meta)}
	err := json.Unmarshal(o.Spec, &resp.Spec)
	return resp, err
}

func (s *server) secretInspect(w http.ResponseWriter, r *request) error {
	o, err := s.swarm.Object(cluster.KindSecret, r.vars["id"])
	if err != nil {
		return err
	}
	resp, err := secretResponse(o)
	if err != nil {
		return err
	}
	return s.write(w, r, resp)
}

// secretOf gives what is kept of a secret and what is shown of it: not its data.
func secretOf(spec swarm.SecretSpec) (o cluster.Object, shown swarm.SecretSpec) {
	o = cluster.Object{Name: spec.Name, Labels: spec.Labels, Data: spec.Data, External: spec.Driver != nil}
	spec.Labels, spec.Data = notNil(spec.Labels), nil
	return o, spec
}

func (s *server) secretCreate(w http.ResponseWriter, r *request) error {
	var spec swarm.SecretSpec
	if err := s.readBody(r, &spec); err != nil {
		return err
	}
	if spec.Templating != nil && r.below("1.37") {
		return invalid{fmt.Errorf("secret templating is not supported on the specified API version: %s", r.version)}
	}
	o, shown := secretOf(spec)
	return s.createObject(w, cluster.KindSecret, o, shown)
}

func (s *server) secretUpdate(w http.ResponseWriter, r *request) error {
	var spec swarm.SecretSpec
	if err := s.readBody(r, &spec); err != nil {
		return err
	}
	o, _ := secretOf(spec)
	return s.updateObject(r, cluster.KindSecret, o)
}

func (s *server) secretDelete(w http.ResponseWriter, r *request) error {
	return s.deleteObject(w, r, cluster.KindSecret)
}
