package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
)

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
