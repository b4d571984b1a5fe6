// Package api answers HTTP requests as dockerd's Engine API does, from what package state holds.
package api

import (
	"net/http"
	"time"

	"github.com/docker/docker/api/types/versions"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Config says what New serves.
type Config struct {
	// State is what exists; nil means a fresh daemon.
	State *state.State
	// Engine is the daemon imitated; the zero value means that of EngineByName("").
	Engine Engine
	// Clock gives now; nil means time.Now.
	Clock func() time.Time
}

type server struct {
	state  *state.State // safe for concurrent use
	engine Engine       // immutable
	clock  func() time.Time
}

// request is an HTTP request that a route has matched.
type request struct {
	*http.Request
	vars    map[string]string // the variables of Operation.Path
	version string            // the API version to answer in
}

// New returns the handler of a daemon's API. It is safe for concurrent use.
func New(c Config) http.Handler {
	s := &server{state: c.State, engine: c.Engine, clock: c.Clock}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.state == nil {
		s.state = state.New(state.Options{Clock: s.clock})
	}
	if s.engine == (Engine{}) {
		s.engine, _ = EngineByName("")
	}
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if redirect(w, r.URL) {
		return
	}
	version, path := cutVersion(r.URL.Path)
	op, vars, ok := match(r.Method, path)
	if !ok {
		writeError(w, version, pageNotFound{})
		return
	}
	req := &request{Request: r, vars: vars, version: version}
	if err := s.serve(op, w, req); err != nil {
		writeError(w, version, err)
	}
}

// serve does what dockerd's version and experimental middlewares do, in their order, around the operation.
func (s *server) serve(op *Operation, w http.ResponseWriter, r *request) error {
	h := w.Header()
	h.Set("Server", "Docker/"+s.engine.Version+" (linux)")
	h.Set("Api-Version", s.engine.APIVersion)
	h.Set("Ostype", "linux")
	if r.version == "" {
		r.version = s.engine.APIVersion
	}
	if versions.LessThan(r.version, s.engine.MinAPIVersion) {
		return tooOld{version: r.version, min: s.engine.MinAPIVersion}
	}
	if versions.GreaterThan(r.version, s.engine.APIVersion) {
		return tooNew{version: r.version, max: s.engine.APIVersion}
	}
	h.Set("Docker-Experimental", "false")
	if op.serve == nil {
		return notImitated{op}
	}
	return op.serve(s, w, r)
}
