package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// debug logs a request as dockerd does with --debug (api/server/middleware/debug.go).
func (s *server) debug(next Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if s.LogDebug == nil || !s.settings().Debug {
			return next(w, r)
		}
		if !s.Engine.LogsRequestFields {
			s.LogDebug(nil, "Calling "+r.Method+" "+r.RequestURI)
			if form := s.formData(r); form != "" {
				s.LogDebug(nil, "form data: "+form)
			}
			return next(w, r)
		}
		req := requestOf(r)
		fields := map[string]string{"module": "api", "method": r.Method, "request-url": r.RequestURI, "vars": fmt.Sprint(req.vars)}
		if form := s.formData(r); form != "" {
			fields["form-data"] = form
		}
		s.LogDebug(maps.Clone(fields), "handling "+r.Method+" request")
		err := next(w, r)
		if err != nil {
			status, text := s.reword(req.operation.ID, statusOf(err), err.Error())
			fields["error-response"], fields["status"] = text, strconv.Itoa(status)
			s.LogDebug(fields, "error response for "+r.Method+" request")
		}
		return err
	}
}

// formData is the JSON object that a POST has for a body, without secrets; "" is none, or one that is too long to be shown. The
// body can still be read.
func (s *server) formData(r *http.Request) string {
	const longest = 4096
	if r.Method != http.MethodPost || r.ContentLength > longest || s.checkForJSON(requestOf(r)) != nil {
		return ""
	}
	body := bufio.NewReaderSize(r.Body, longest)
	r.Body = struct {
		io.Reader
		io.Closer
	}{body, r.Body}
	b, err := body.Peek(longest)
	var form map[string]any
	if err != io.EOF || json.Unmarshal(b, &form) != nil {
		return ""
	}
	maskSecrets(form)
	shown, err := json.Marshal(form)
	if err != nil {
		return ""
	}
	return string(shown)
}

// secretKeys are those whose values are not shown, in any case.
var secretKeys = []string{"data", "jointoken", "password", "secret", "signingcakey", "unlockkey"}

func maskSecrets(value any) {
	switch value := value.(type) {
	case []any:
		for _, one := range value {
			maskSecrets(one)
		}
	case map[string]any:
		for key, one := range value {
			if slices.Contains(secretKeys, strings.ToLower(key)) {
				value[key] = "*****"
				continue
			}
			maskSecrets(one)
		}
	}
}
