package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/swarm"

	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

var serviceOperations = []Operation{
	{ID: "ServiceList", Method: http.MethodGet, Path: "/services", Tag: "Service", serve: (*server).serviceList},
	{ID: "ServiceCreate", Method: http.MethodPost, Path: "/services/create", Tag: "Service", serve: (*server).serviceCreate},
	{ID: "ServiceInspect", Method: http.MethodGet, Path: "/services/{id}", Tag: "Service", serve: (*server).serviceInspect},
	{ID: "ServiceDelete", Method: http.MethodDelete, Path: "/services/{id}", Tag: "Service", serve: (*server).serviceDelete},
	{ID: "ServiceUpdate", Method: http.MethodPost, Path: "/services/{id}/update", Tag: "Service", serve: (*server).serviceUpdate},
	{ID: "ServiceLogs", Method: http.MethodGet, Path: "/services/{id}/logs", Tag: "Service", serve: (*server).serviceLogs},
}

// serviceFilters are the keys that a list of services may be filtered by (daemon/cluster/services.go).
var serviceFilters = map[string]bool{"id": true, "label": true, "mode": true, "name": true, "runtime": true}

func (s *server) serviceList(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	status := false
	if value := r.URL.Query().Get("status"); value != "" && !r.below("1.41") {
		var err error
		if status, err = strconv.ParseBool(value); err != nil {
			return invalid{fmt.Errorf("invalid value for status: %s: %w", value, err)}
		}
	}
	args, err := s.swarmList(r, serviceFilters)
	if err != nil {
		return err
	}
	all, err := s.swarm.Services()
	if err != nil {
		return err
	}
	list := []swarm.Service{}
	for _, v := range all {
		if !matchPrefix(args, "id", v.ID) || !matchPrefix(args, "name", v.Name) || !args.MatchKVList("label", v.Labels) ||
			!args.ExactMatch("mode", v.Mode) || !args.ExactMatch("runtime", string(swarm.RuntimeContainer)) {
			continue
		}
		resp, err := serviceResponse(v, false)
		if err != nil {
			return err
		}
		if status {
			resp.ServiceStatus = &swarm.ServiceStatus{RunningTasks: v.Status.Running, DesiredTasks: v.Status.Desired, CompletedTasks: v.Status.Completed}
		}
		list = append(list, resp)
	}
	return s.write(w, r, list)
}

func (s *server) serviceInspect(w http.ResponseWriter, r *request) error {
	insertDefaults := false
	if value := r.URL.Query().Get("insertDefaults"); value != "" {
		var err error
		if insertDefaults, err = strconv.ParseBool(value); err != nil {
			return invalid{fmt.Errorf("invalid value for insertDefaults: %s: %w", value, err)}
		}
	}
	v, err := s.swarm.Service(r.vars["id"])
	if err != nil {
		return err
	}
	resp, err := serviceResponse(v, insertDefaults)
	if err != nil {
		return err
	}
	return s.write(w, r, resp)
}

func serviceResponse(v cluster.Service, insertDefaults bool) (swarm.Service, error) {
	resp := swarm.Service{ID: v.ID, Meta: metaOf(v.Meta)}
	if err := json.Unmarshal(v.JSON, &resp.Spec); err != nil {
		return resp, err
	}
	if insertDefaults {
		addServiceDefaults(&resp.Spec)
	}
	if v.Previous != nil {
		if err := json.Unmarshal(v.Previous.JSON, &resp.PreviousSpec); err != nil {
			return resp, err
		}
	}
	if len(v.Assigned)+len(v.VIPs) > 0 {
		if resp.Spec.EndpointSpec != nil {
			resp.Endpoint.Spec = *resp.Spec.EndpointSpec
		}
		for _, p := range v.Assigned {
			resp.Endpoint.Ports = append(resp.Endpoint.Ports, portResponse(p))
		}
		for _, id := range slices.Sorted(maps.Keys(v.VIPs)) {
			resp.Endpoint.VirtualIPs = append(resp.Endpoint.VirtualIPs, swarm.EndpointVirtualIP{NetworkID: id, Addr: v.VIPs[id]})
		}
	}
	if u := v.Update; u != nil {
		resp.UpdateStatus = &swarm.UpdateStatus{State: swarm.UpdateState(u.State), Message: u.Message}
		resp.UpdateStatus.StartedAt = &u.StartedAt
		if !u.CompletedAt.IsZero() {
			resp.UpdateStatus.CompletedAt = &u.CompletedAt
		}
	}
	if v.Job() {
		resp.JobStatus = &swarm.JobStatus{JobIteration: swarm.Version{Index: v.Iteration}, LastExecution: v.LastExecution}
	}
	return resp, nil
}

func portResponse(p cluster.ServicePort) swarm.PortConfig {
	return swarm.PortConfig{
		Name:          p.Name,
		Protocol:      swarm.PortConfigProtocol(p.Protocol),
		PublishMode:   swarm.PortConfigPublishMode(p.PublishMode),
		TargetPort:    p.TargetPort,
		PublishedPort: p.PublishedPort,
	}
}

// digestWarning is what a client of API 1.29 and lower is told, for which dockerd asks the registry (daemon/cluster/services.go).
func digestWarning(image string) string {
	return fmt.Sprintf("image %s could not be accessed on a registry to record\nits digest. Each node will access %s independently,\npossibly leading to different nodes running different\nversions of the image.\n", image, image)
}

func (s *server) serviceCreate(w http.ResponseWriter, r *request) error {
	var spec swarm.ServiceSpec
	if err := s.readBody(r, &spec); err != nil {
		return err
	}
	if err := s.swarm.Manager(); err != nil {
		return err
	}
	sp, err := s.serviceSpec(r, spec)
	if err != nil {
		return err
	}
	id, err := s.swarm.CreateService(sp)
	if err != nil {
		return err
	}
	resp := swarm.ServiceCreateResponse{ID: id}
	if r.below("1.30") {
		resp.Warnings = []string{digestWarning(sp.Image)}
	}
	if s.Engine.OldFieldShapes && resp.Warnings == nil {
		writeJSON(w, http.StatusCreated, struct{ ID string }{id})
		return nil
	}
	writeJSON(w, http.StatusCreated, resp)
	return nil
}

func (s *server) serviceUpdate(w http.ResponseWriter, r *request) error {
	var spec swarm.ServiceSpec
	if err := s.readBody(r, &spec); err != nil {
		return err
	}
	version, err := r.swarmVersion("service")
	if err != nil {
		return err
	}
	if err := s.swarm.Manager(); err != nil {
		return err
	}
	sp, err := s.serviceSpec(r, spec)
	if err != nil {
		return err
	}
	v, err := s.swarm.Service(r.vars["id"])
	if err != nil {
		return err
	}
	query := r.URL.Query()
	switch from := query.Get("registryAuthFrom"); {
	case r.Header.Get("X-Registry-Auth") != "" || from == "" || from == swarm.RegistryAuthFromSpec:
	case from == swarm.RegistryAuthFromPreviousSpec && v.Previous == nil:
		return errors.New("service does not have a previous spec")
	case from != swarm.RegistryAuthFromPreviousSpec:
		return errors.New("unsupported registryAuthFrom value")
	}
	rollback := query.Get("rollback")
	if rollback != "" && rollback != "none" && rollback != "previous" {
		return fmt.Errorf("unrecognized rollback option %s", rollback)
	}
	if err := s.swarm.UpdateService(v.ID, version, sp, rollback == "previous"); err != nil {
		return err
	}
	var resp swarm.ServiceUpdateResponse
	if r.below("1.30") {
		resp.Warnings = []string{digestWarning(sp.Image)}
	}
	return s.write(w, r, resp)
}

func (s *server) serviceDelete(w http.ResponseWriter, r *request) error {
	return s.swarm.RemoveService(r.vars["id"])
}

// checkSwarmLogs refuses what the logs of services and tasks refuse before they write (api/server/router/swarm/helpers.go
// and daemon/cluster/services.go); find refuses what has no logs. Errors have no class but engine 29's.
func (s *server) checkSwarmLogs(r *request, find func() error) (map[string]time.Time, error) {
	found := false
	times, err := s.checkLogs(r, errNoStream, func() error {
		if err := find(); err != nil {
			return err
		}
		found = true
		if tail := r.Form.Get("tail"); tail != "" && tail != "all" {
			n, err := strconv.Atoi(tail)
			if err != nil {
				return errors.New(`tail value must be a positive integer or "all"`)
			}
			if n < 0 {
				return errors.New("negative tail values not supported")
			}
		}
		return nil
	}, "since")
	if number := (*strconv.NumError)(nil); found && errors.As(err, &number) {
		return nil, fmt.Errorf("could not parse since timestamp: %w", err)
	}
	return times, err
}
