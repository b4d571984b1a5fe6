package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/docker/docker/api/types"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// pageNotFound is dockerd's answer to an unknown route and to a wrong method.
type pageNotFound struct{}

func (pageNotFound) Error() string { return "page not found" }

// tooOld refuses a version below the minimum.
type tooOld struct{ version, min string }

func (e tooOld) Error() string {
	return fmt.Sprintf("client version %s is too old. Minimum supported API version is %s, please upgrade your client to a newer version", e.version, e.min)
}

func (tooOld) InvalidParameter() {}

// tooNew refuses a version above the maximum.
type tooNew struct{ version, max string }

func (e tooNew) Error() string {
	return fmt.Sprintf("client version %s is too new. Maximum supported API version is %s", e.version, e.max)
}

func (tooNew) InvalidParameter() {}

// notImitated refuses an operation that this daemon does not imitate.
type notImitated struct{ op *Operation }

func (e notImitated) Error() string {
	name := e.op.ID
	if name == "" {
		name = e.op.Method + " " + e.op.Path
	}
	return name + " is not imitated by fakedockerd: " + e.op.Why
}

// experimentalDisabled refuses a route that needs an experimental daemon.
type experimentalDisabled struct{}

func (experimentalDisabled) Error() string {
	return "This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it."
}

// Fault is what a Link returns for an error in place of the operation's own.
type Fault struct {
	Status  int
	Message string // in the words of engine 28
}

// Error implements error.
func (f Fault) Error() string { return f.Message }

// invalid makes a bad request of an error.
type invalid struct{ error }

func (e invalid) Unwrap() error   { return e.error }
func (invalid) InvalidParameter() {}

// unauthorized says that a registry does not know the client.
type unauthorized struct{ error }

func (e unauthorized) Unwrap() error { return e.error }

// statusOf gives the status of an error by its class, as dockerd's httpstatus.FromError does; what has none is 500.
func statusOf(err error) int {
	switch {
	case errors.As(err, new(pageNotFound)), errors.As(err, new(state.NotFound)):
		return http.StatusNotFound
	case errors.As(err, new(interface{ InvalidParameter() })), errors.As(err, new(state.Invalid)), errors.As(err, new(state.Ambiguous)):
		return http.StatusBadRequest
	case errors.As(err, new(state.Conflict)):
		return http.StatusConflict
	case errors.As(err, new(interface{ Forbidden() })), errors.As(err, new(state.Forbidden)):
		return http.StatusForbidden
	case errors.As(err, new(unauthorized)):
		return http.StatusUnauthorized
	case errors.As(err, new(state.NotModified)):
		return http.StatusNotModified
	case errors.As(err, new(state.Unavailable)):
		return http.StatusServiceUnavailable
	case errors.As(err, new(notImitated)), errors.As(err, new(experimentalDisabled)), errors.As(err, new(unreadable)):
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}

// writeError writes an error in dockerd's form: JSON, or plain text for a request below API 1.24
// (api/server/server.go); for an unknown route only engine 20.10 looks at the version.
func (s *server) writeError(w http.ResponseWriter, r *request, err error) {
	status, text := s.reword(r.operation.ID, statusOf(err), err.Error())
	if fault := (Fault{}); errors.As(err, &fault) {
		status = fault.Status
		if s.has(r.operation) {
			s.setVersions(w.Header())
			w.Header().Set("Docker-Experimental", strconv.FormatBool(s.settings().Experimental))
		}
	}
	if s.LogError != nil && status >= http.StatusInternalServerError {
		s.LogError(s.failure(r, status, text))
	}
	if r.below("1.24") && (s.Engine.PlainPageNotFound || !errors.As(err, new(pageNotFound))) {
		http.Error(w, text, status)
		return
	}
	writeJSON(w, status, types.ErrorResponse{Message: text})
}

// failure is what an engine logs of a request that it answers with an error of its own (section http of the wire
// recordings; api/server/server.go).
func (s *server) failure(r *request, status int, text string) (fields map[string]string, message string) {
	if !s.Engine.LogsErrorFields {
		return nil, fmt.Sprintf("Handler for %s %s returned error: %s", r.Method, r.URL.Path, text)
	}
	return map[string]string{
		"error-response": text,
		"method":         r.Method,
		"module":         "api",
		"request-url":    r.RequestURI,
		"status":         strconv.Itoa(status),
		"vars":           fmt.Sprint(r.vars),
	}, fmt.Sprintf("Handler for %s %s returned error", r.Method, r.operation.Path)
}

// writeJSON writes a JSON body and a line feed.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a client that is gone is no error
}
