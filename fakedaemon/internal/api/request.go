package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/versions"
)

// request is an HTTP request and what it asks for.
type request struct {
	*http.Request
	operation *Operation        // without a method where there is no route
	vars      map[string]string // the variables of dockerd's route: those of Operation.Path, and "version" if the path has one
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

// readJSON decodes the body of a request as dockerd's httputils.ReadJSON does; without a body out stays as it is.
// Engine 20.10 does not say what is invalid, and does not look behind the value.
func (s *server) readJSON(r *request, out any) error {
	if err := s.checkForJSON(r); err != nil || r.ContentLength == 0 {
		return err
	}
	prefix := ""
	if s.Engine.StrictJSON {
		prefix = "invalid JSON: "
	}
	dec := json.NewDecoder(r.Body)
	if err := dec.Decode(out); errors.Is(err, io.EOF) {
		return invalid{errors.New(prefix + "got EOF while reading request body")}
	} else if err != nil {
		return invalid{fmt.Errorf("%s%w", prefix, err)}
	}
	if dec.More() && s.Engine.StrictJSON {
		return invalid{errors.New("unexpected content after JSON")}
	}
	return nil
}

// checkForJSON refuses a body that does not say it is JSON.
func (s *server) checkForJSON(r *request) error {
	contentType := r.Header.Get("Content-Type")
	if contentType == "" && r.ContentLength == 0 {
		return nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	switch {
	case media == "application/json" && err == nil:
		return nil
	case !s.Engine.StrictJSON:
		return invalid{fmt.Errorf("Content-Type specified (%s) must be 'application/json'", contentType)}
	case err != nil:
		return invalid{fmt.Errorf("malformed Content-Type header (%s): %w", contentType, err)}
	}
	return invalid{fmt.Errorf("unsupported Content-Type header (%s): must be 'application/json'", contentType)}
}
