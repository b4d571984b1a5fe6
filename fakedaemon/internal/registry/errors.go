package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Error is the first error that a registry gave.
type Error struct {
	// Code is like "MANIFEST_UNKNOWN".
	Code, Message string
	// Status is that of the answer.
	Status int
}

func (e *Error) Error() string {
	return strings.ToLower(strings.ReplaceAll(e.Code, "_", " ")) + ": " + e.Message
}

// responseError is what dockerd's client makes of a status that is no success (docker/distribution,
// registry/client/errors.go).
func responseError(resp *http.Response) error {
	if resp.StatusCode < 400 || resp.StatusCode >= 500 {
		return fmt.Errorf("received unexpected HTTP status: %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	for _, c := range parseChallenges(resp.Header) {
		switch {
		case c.scheme == "bearer" && c.parameters["error"] == "invalid_token":
			return &Error{"UNAUTHORIZED", "authentication required", resp.StatusCode}
		case c.scheme == "bearer" && c.parameters["error"] == "insufficient_scope":
			return &Error{"DENIED", "requested access to the resource is denied", resp.StatusCode}
		}
	}
	if len(body) == 0 {
		return statusError(resp.StatusCode, "")
	}
	var answer struct {
		Details string `json:"details"`
		Errors  []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	switch err := json.Unmarshal(body, &answer); {
	case err == nil && answer.Details != "":
		return statusError(resp.StatusCode, answer.Details)
	case err == nil && len(answer.Errors) > 0:
		e := answer.Errors[0]
		if e.Message == "" {
			e.Message = strings.ToLower(strings.ReplaceAll(e.Code, "_", " "))
		}
		return &Error{e.Code, e.Message, resp.StatusCode}
	case resp.StatusCode == http.StatusUnauthorized:
		return statusError(resp.StatusCode, "")
	case err == nil:
		return fmt.Errorf("error parsing HTTP %d response body: no error details found in HTTP response body: %q", resp.StatusCode, body)
	default:
		return fmt.Errorf("error parsing HTTP %d response body: %w: %q", resp.StatusCode, err, body)
	}
}

func statusError(status int, details string) error {
	code, message := "UNKNOWN", "unknown error"
	switch status {
	case http.StatusUnauthorized:
		code, message = "UNAUTHORIZED", "authentication required"
	case http.StatusForbidden:
		code, message = "DENIED", "requested access to the resource is denied"
	case http.StatusTooManyRequests:
		code, message = "TOOMANYREQUESTS", "too many requests"
	}
	if details != "" {
		message = details
	}
	return &Error{code, message, status}
}
