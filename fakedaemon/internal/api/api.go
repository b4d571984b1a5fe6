// Package api answers HTTP requests as dockerd's Engine API does, from what package state holds.
package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/versions"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Config says what New serves.
type Config struct {
	// State is what exists; nil means a fresh daemon.
	State *state.State
	// Engine is the daemon imitated; nil means engine.Default.
	Engine *engine.Engine
	// MinAPIVersion takes the place of the engine's own; "" means that.
	MinAPIVersion string
	// Clock gives now; nil means time.Now.
	Clock func() time.Time
	// Settings gives what dockerd's flags and daemon.json say now; nil means nothing.
	Settings func() Settings
	// Host is what the daemon tells of its machine; zero fields have defaults.
	Host Host
	// Listeners gives the addresses that the daemon listens on, which /info warns of; nil means none.
	Listeners func() []Listener
	// LogError is told what dockerd logs with level error: each request that is answered with a status of 500 or
	// more. Only engine 29 has fields. Nil drops it.
	LogError func(fields map[string]string, message string)
	// LogService is told once of a request that has waited for a second for a command that nobody knows, which is taken for a
	// service. Nil drops it.
	LogService func(r *http.Request, command string)
	// LogDebug is told what dockerd logs with level debug of a request, while Settings has Debug. Engine 20.10 has no fields. Nil
	// drops it.
	LogDebug func(fields map[string]string, message string)
	// Stream is told of each stream that begins: an attachment, an exec that is attached, who follows a log or the events. Nil drops it.
	Stream func(*http.Request, StreamInfo) Stream
	// Log, Strict, Fault and Authorize are links of the way of a request, in the places that road gives them. Each may ask
	// Asked. Nil means none.
	Log, Strict, Fault, Authorize Link
}

// Handler answers a request, or returns an error that is still to be written.
type Handler func(http.ResponseWriter, *http.Request) error

// Link is a step on the way of a request: it returns next with something before, after or in place of it.
type Link func(next Handler) Handler

type server struct {
	Config                                                                   // immutable
	match  func(method, path string) (op *Operation, vars map[string]string) // finds a route, once per request; immutable
	way    Handler                                                           // immutable
	swarm  *cluster.Cluster                                                  // immutable
}

// New returns the handler of a daemon's API. It is safe for concurrent use.
func New(c Config) http.Handler {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Engine == nil {
		c.Engine = engine.Default()
	}
	c.MinAPIVersion = cmp.Or(c.MinAPIVersion, c.Engine.MinAPIVersion)
	if c.State == nil {
		c.State = state.New(state.Options{Clock: c.Clock, Engine: c.Engine})
	}
	if c.Stream == nil {
		c.Stream = unwatched
	}
	c.Host = c.Host.withDefaults()
	s := &server{Config: c, match: match, swarm: cluster.New(c.State.SwarmBackend(), c.Host.Name)}
	s.way = s.road()
	return s
}

// ServeHTTP sends a request on its way, which returns no error.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) { _ = s.way(w, s.route(r)) }

// road is the way of a request, outermost link first. The operation was found at the entrance and is in its context.
func (s *server) road() Handler {
	h := s.operate
	for _, link := range slices.Backward([]Link{
		s.Log,       // ours: every request has a row, whoever answers it
		s.Strict,    // ours: a request is right or wrong whoever answers it
		s.answer,    // dockerd's makeHTTPHandler: what follows returns its errors
		s.Fault,     // ours: in place of all that dockerd does, so that no plugin is asked
		s.redirect,  // dockerd's router, before it looks for a route
		s.known,     // the same: middlewares are around routes, and around no unknown one
		s.debug,     // around the middlewares
		s.Authorize, // the outermost middleware (initMiddlewares): plugins are asked about versions that are refused, too
		s.versions,  // the middlewares of version and experimental
	}) {
		if link != nil {
			h = link(h)
		}
	}
	return h
}

// answer writes the error that comes back.
func (s *server) answer(next Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := next(w, r); err != nil {
			s.writeError(w, requestOf(r), err)
		}
		return nil
	}
}

// versions does what dockerd's version and experimental middlewares do, in their order.
func (s *server) versions(next Handler) Handler {
	return func(w http.ResponseWriter, hr *http.Request) error {
		s.setVersions(w.Header())
		r := requestOf(hr)
		if r.below(s.MinAPIVersion) {
			return tooOld{version: r.version, min: s.MinAPIVersion}
		}
		if versions.GreaterThan(r.version, s.Engine.APIVersion) {
			return tooNew{version: r.version, max: s.Engine.APIVersion}
		}
		w.Header().Set("Docker-Experimental", strconv.FormatBool(s.settings().Experimental))
		return next(w, hr)
	}
}

func (s *server) setVersions(h http.Header) {
	h.Set("Server", "Docker/"+s.Engine.Version+" (linux)")
	h.Set("Api-Version", s.Engine.APIVersion)
	h.Set("Ostype", "linux")
}

// operate is the end of the way.
func (s *server) operate(w http.ResponseWriter, hr *http.Request) error {
	r := requestOf(hr)
	if r.operation.serve != nil {
		return r.operation.serve(s, w, r)
	}
	return notImitated{r.operation}
}
