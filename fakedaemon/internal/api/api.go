// Package api answers HTTP requests as dockerd's Engine API does, from what package state holds.
package api

import (
	"net/http"
	"time"

	"github.com/docker/docker/api/types/versions"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Config says what New serves.
type Config struct {
	// State is what exists; nil means a fresh daemon.
	State *state.State
	// Engine is the daemon imitated; nil means engine.Default.
	Engine *engine.Engine
	// Clock gives now; nil means time.Now.
	Clock func() time.Time
	// Host is what the daemon tells of its machine and of its own flags; zero fields have defaults.
	Host Host
	// Listeners gives the addresses that the daemon listens on, which /info warns of; nil means none.
	Listeners func() []Listener
	// LogError is told what dockerd logs with level error: each request that is answered with a status of 500 or
	// more. Only engine 29 has fields. Nil drops it.
	LogError func(fields map[string]string, message string)
	// Middleware is the outermost one around every route, and around no unknown one, as dockerd's authorization plugins
	// are (cmd/dockerd/daemon.go, initMiddlewares): it calls serve or returns an error to answer with. Nil means none.
	Middleware func(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request) error) error
}

type server struct {
	Config // immutable
}

// New returns the handler of a daemon's API. It is safe for concurrent use.
func New(c Config) http.Handler {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Engine == nil {
		c.Engine = engine.Default()
	}
	if c.Middleware == nil {
		c.Middleware = func(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request) error) error {
			return serve(w, r)
		}
	}
	if c.State == nil {
		c.State = state.New(state.Options{Clock: c.Clock, Engine: c.Engine})
	}
	c.Host = c.Host.withDefaults()
	return &server{c}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if redirect(w, r.URL) {
		return
	}
	version, path := cutVersion(r.URL.Path)
	op, vars, ok := match(r.Method, path)
	if !ok || !s.has(op) {
		s.writeError(w, &request{Request: r, version: version, operation: &Operation{}}, pageNotFound{})
		return
	}
	req := &request{Request: r, operation: op, vars: vars, version: version}
	err := s.Middleware(w, r, func(w http.ResponseWriter, r *http.Request) error {
		req.Request = r
		return s.serve(w, req)
	})
	if err != nil {
		s.writeError(w, req, err)
	}
}

// serve does what dockerd's version and experimental middlewares do, in their order, around the operation.
func (s *server) serve(w http.ResponseWriter, r *request) error {
	h := w.Header()
	h.Set("Server", "Docker/"+s.Engine.Version+" (linux)")
	h.Set("Api-Version", s.Engine.APIVersion)
	h.Set("Ostype", "linux")
	if r.version == "" {
		r.version = s.Engine.APIVersion
	}
	if r.below(s.Engine.MinAPIVersion) {
		return tooOld{version: r.version, min: s.Engine.MinAPIVersion}
	}
	if versions.GreaterThan(r.version, s.Engine.APIVersion) {
		return tooNew{version: r.version, max: s.Engine.APIVersion}
	}
	h.Set("Docker-Experimental", "false")
	if r.operation.serve == nil {
		if r.operation.check != nil {
			if err := r.operation.check(s, r); err != nil {
				return err
			}
		}
		return notImitated{r.operation}
	}
	return r.operation.serve(s, w, r)
}
