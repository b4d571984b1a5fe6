package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/swarm"

	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

var taskOperations = []Operation{
	{ID: "TaskList", Method: http.MethodGet, Path: "/tasks", Tag: "Task", serve: (*server).taskList},
	{ID: "TaskInspect", Method: http.MethodGet, Path: "/tasks/{id}", Tag: "Task", serve: (*server).taskInspect},
	{ID: "TaskLogs", Method: http.MethodGet, Path: "/tasks/{id}/logs", Tag: "Task", serve: (*server).taskLogs},
}

// taskFilters are the keys that a list of tasks may be filtered by (daemon/cluster/filters.go).
var taskFilters = map[string]bool{
	"_up-to-date":   true,
	"desired-state": true,
	"id":            true,
	"label":         true,
	"name":          true,
	"node":          true,
	"runtime":       true,
	"service":       true,
}

// taskStates are all states of tasks.
var taskStates = []string{
	"new", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running", "complete", "shutdown", "failed", "rejected", "remove", "orphaned",
}

func (s *server) taskList(w http.ResponseWriter, r *request) error {
	args, err := s.swarmList(r, taskFilters)
	if err != nil {
		return err
	}
	services, err := s.serviceIDs(args)
	if err != nil {
		return err
	}
	for _, term := range args.Get("node") {
		if _, err := s.swarm.Node(term); err != nil {
			return err
		}
	}
	if err := checkWords(args, "desired-state", taskStates...); err != nil {
		return err
	}
	all, err := s.swarm.Tasks()
	if err != nil {
		return err
	}
	list := []swarm.Task{}
	for _, t := range all {
		if !matchWord(args, "desired-state", t.DesiredState) || services != nil && !services[t.ServiceID] || !matchPrefix(args, "id", t.ID) || !matchPrefix(args, "name", t.ServiceName) ||
			args.Contains("_up-to-date") && !t.UpToDate || args.Contains("label") && !args.MatchKVList("label", t.ServiceLabels) ||
			args.Contains("node") && t.NodeID == "" {
			continue
		}
		resp, err := taskResponse(t)
		if err != nil {
			return err
		}
		list = append(list, resp)
	}
	return s.write(w, r, list)
}

// serviceIDs are the services that a filter names, nil without such a filter.
func (s *server) serviceIDs(args filters.Args) (map[string]bool, error) {
	if !args.Contains("service") {
		return nil, nil
	}
	ids := make(map[string]bool)
	for _, term := range args.Get("service") {
		v, err := s.swarm.Service(term)
		if err != nil {
			return nil, err
		}
		ids[v.ID] = true
	}
	return ids, nil
}

func (s *server) taskInspect(w http.ResponseWriter, r *request) error {
	t, err := s.swarm.Task(r.vars["id"])
	if err != nil {
		return err
	}
	resp, err := taskResponse(t)
	if err != nil {
		return err
	}
	return s.write(w, r, resp)
}

func taskResponse(t cluster.Task) (swarm.Task, error) {
	resp := swarm.Task{
		ID:           t.ID,
		Meta:         metaOf(t.Meta),
		Annotations:  swarm.Annotations{Labels: map[string]string{}},
		ServiceID:    t.ServiceID,
		Slot:         t.Slot,
		NodeID:       t.NodeID,
		Status:       swarm.TaskStatus{Timestamp: t.Timestamp, State: swarm.TaskState(t.State), Message: t.Message, Err: t.Err},
		DesiredState: swarm.TaskState(strings.ToLower(t.DesiredState)),
	}
	if t.ContainerID != "" {
		resp.Status.ContainerStatus = &swarm.ContainerStatus{ContainerID: t.ContainerID, PID: t.Pid, ExitCode: t.ExitCode}
	}
	if t.Job {
		resp.JobIteration = &swarm.Version{Index: t.Iteration}
	}
	return resp, json.Unmarshal(t.Spec, &resp.Spec)
}

func (s *server) taskLogs(w http.ResponseWriter, r *request) error {
	return s.swarmLogs(w, r, func() ([]cluster.Task, error) {
		t, err := s.swarm.Task(r.vars["id"])
		return []cluster.Task{t}, err
	})
}
