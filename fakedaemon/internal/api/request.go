package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/versions"
)

// request is an HTTP request that a route has matched.
type request struct {
	*http.Request
	operation *Operation
	vars      map[string]string // the variables of Operation.Path
	version   string            // the API version to answer in
}

// below reports whether the request's API version is lower than v.
func (r *request) below(v string) bool { return versions.LessThan(r.version, v) }

// parseForm reads the query and, for a POST, the form. What is wrong with the media type of a body does not matter.
func (r *request) parseForm() error {
	if err := r.ParseForm(); err != nil && !strings.HasPrefix(err.Error(), "mime:") {
		return invalid{err}
	}
	return nil
}

// boolean reads a parameter as dockerd does: whatever is not clearly false is true (api/notes.md part 1).
func (r *request) boolean(key string) bool {
	switch strings.ToLower(strings.TrimSpace(r.FormValue(key))) {
	case "", "0", "no", "false", "none":
		return false
	}
	return true
}

// filters reads the filters of a list. Of what is no JSON, engine 20.10 gives the error as it is.
func (s *server) filters(r *request) (filters.Args, error) {
	text := r.Form.Get("filters")
	args, err := filters.FromJSON(text)
	if err != nil && s.Engine.RawParseErrors {
		err = json.Unmarshal([]byte(text), new(map[string]map[string]bool))
	}
	return args, err
}
