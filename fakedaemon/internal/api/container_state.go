package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/docker/docker/api/types/container"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// noContent ends an operation that has nothing to say.
func noContent(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (s *server) containerStart(w http.ResponseWriter, r *request) error {
	// The shortest object that is not empty has seven bytes; -1 is a body of unknown length.
	if r.ContentLength > 7 || r.ContentLength == -1 {
		return invalid{errors.New("starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24")}
	}
	if err := r.parseForm(); err != nil {
		return err
	}
	if r.Form.Get("checkpoint") != "" {
		return invalid{errors.New("checkpoint is only supported in experimental mode")}
	}
	return noContent(w, s.State.Start(r.vars["id"]))
}

func (s *server) containerStop(w http.ResponseWriter, r *request) error {
	o, err := stopOptions(r)
	if err != nil {
		return err
	}
	return noContent(w, s.State.Stop(r.Context(), r.vars["id"], o))
}

func (s *server) containerRestart(w http.ResponseWriter, r *request) error {
	o, err := stopOptions(r)
	if err != nil {
		return err
	}
	return noContent(w, s.State.Restart(r.Context(), r.vars["id"], o))
}

// stopOptions reads how to stop a container.
func stopOptions(r *request) (state.StopOptions, error) {
	if err := r.parseForm(); err != nil {
		return state.StopOptions{}, err
	}
	var o state.StopOptions
	if !r.below("1.42") {
		o.Signal = r.Form.Get("signal")
	}
	if t := r.Form.Get("t"); t != "" {
		seconds, err := strconv.Atoi(t)
		if err != nil {
			return o, err
		}
		o.Timeout = &seconds
	}
	return o, nil
}

func (s *server) containerKill(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	name := r.vars["id"]
	err := s.State.Kill(name, r.Form.Get("signal"))
	if err != nil && !(errors.As(err, new(state.Conflict)) && r.below("1.20")) {
		return fmt.Errorf("cannot kill container: %s: %w", name, err)
	}
	return noContent(w, nil)
}

func (s *server) containerPause(w http.ResponseWriter, r *request) error {
	return noContent(w, s.State.Pause(r.vars["id"]))
}

func (s *server) containerUnpause(w http.ResponseWriter, r *request) error {
	return noContent(w, s.State.Unpause(r.vars["id"]))
}

func (s *server) containerRename(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	return noContent(w, s.State.Rename(r.vars["id"], r.Form.Get("name")))
}

func (s *server) containerResize(w http.ResponseWriter, r *request) error {
	height, width, err := s.size(r)
	if err != nil {
		return err
	}
	return s.State.ResizeContainer(r.vars["id"], uint16(height), uint16(width))
}

// size reads the size of a terminal.
func (s *server) size(r *request) (height, width uint32, err error) {
	if err := r.parseForm(); err != nil {
		return 0, 0, err
	}
	if height, err = s.dimension(r, "h", "height"); err != nil {
		return 0, 0, err
	}
	width, err = s.dimension(r, "w", "width")
	return height, width, err
}

// dimension reads a side of a terminal. Engine 20.10 gives what is wrong with it as it is.
func (s *server) dimension(r *request, key, what string) (uint32, error) {
	value := r.Form.Get(key)
	if s.Engine.RawParseErrors {
		n, err := strconv.Atoi(value)
		if err != nil {
			return 0, invalid{err}
		}
		return uint32(n), nil
	}
	n, err := strconv.ParseUint(value, 10, 32)
	var syntax *strconv.NumError
	if errors.As(err, &syntax) {
		return 0, invalid{fmt.Errorf("invalid resize %s %q: %w", what, value, syntax.Err)}
	}
	return uint32(n), nil
}

func (s *server) containerDelete(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	return noContent(w, s.State.Remove(r.vars["id"], state.RemoveOptions{
		Force:   r.boolean("force"),
		Volumes: r.boolean("v"),
		Link:    r.boolean("link"),
	}))
}

// containerPruneFilters are the keys that a prune of containers may be filtered by (daemon/prune.go).
var containerPruneFilters = map[string]bool{"label": true, "label!": true, "until": true}

func (s *server) containerPrune(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	if err := args.Validate(containerPruneFilters); err != nil {
		return err
	}
	until, err := s.pruneUntil(args)
	if err != nil {
		return invalid{err}
	}
	removed, reclaimed := s.State.PruneContainers(func(c state.Container) bool {
		return (until.IsZero() || !c.Created.After(until)) && matchPruneLabels(args, c.Config.Labels)
	})
	return s.write(w, r, container.PruneReport{ContainersDeleted: removed, SpaceReclaimed: uint64(reclaimed)})
}

// conditions are those of a wait that the API knows.
var conditions = map[string]state.WaitCondition{
	"":            state.NotRunning,
	"not-running": state.NotRunning,
	"next-exit":   state.NextExit,
	"removed":     state.Removed,
}

func (s *server) containerWait(w http.ResponseWriter, r *request) error {
	condition := state.NotRunning
	if !r.below("1.30") {
		if err := r.parseForm(); err != nil {
			return err
		}
		var known bool
		value := r.Form.Get("condition")
		if condition, known = conditions[value]; !known {
			if !s.Engine.AnyWaitCondition {
				return invalid{fmt.Errorf("invalid condition: %q", value)}
			}
			condition = state.NotRunning
		}
	}
	done, cancel, err := s.State.Wait(r.vars["id"], condition)
	if err != nil {
		return err
	}
	defer cancel()
	defer s.watchService(r, r.vars["id"])()
	w.Header().Set("Content-Type", "application/json")
	if !r.below("1.30") {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush() // a client that is gone is no error
	}
	select {
	case exited := <-done:
		return s.writeExit(w, exited)
	case <-r.Context().Done():
		return nil
	}
}

// watchService has it logged when a request waits for a command of a container that nobody knows, until stop is called.
func (s *server) watchService(r *request, container string) (stop func()) {
	if s.LogService == nil {
		return func() {}
	}
	return s.State.WatchService(container, func(command string) { s.LogService(r.Request, command) })
}

// writeExit writes the end of a wait. In engine 20.10 there is always an error.
func (s *server) writeExit(w http.ResponseWriter, exited state.Exited) error {
	var failure any
	if exited.Error != "" {
		failure = map[string]string{"Message": exited.Error}
	}
	if s.Engine.OldFieldShapes {
		_ = json.NewEncoder(w).Encode(map[string]any{"Error": failure, "StatusCode": exited.Code})
		return nil
	}
	_ = json.NewEncoder(w).Encode(struct {
		StatusCode int
		Error      any `json:",omitempty"`
	}{exited.Code, failure})
	return nil
}
