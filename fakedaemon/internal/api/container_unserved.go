package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	timetypes "github.com/docker/docker/api/types/time"
)

func (s *server) experimental(http.ResponseWriter, *request) error { return experimentalDisabled{} }

// checkContainer refuses a container that does not exist.
func (s *server) checkContainer(r *request) error {
	_, err := s.State.Container(r.vars["id"])
	return err
}

// checkContainerLogs refuses what ContainerLogs refuses before it writes (container_routes.go and daemon/logs.go).
func (s *server) checkContainerLogs(r *request) error {
	return s.checkLogs(r, invalid{errNoStream}, func() error { return s.checkContainer(r) }, "since", "until")
}

var errNoStream = errors.New("Bad parameters: you must choose at least one stream")

// checkLogs refuses a request for logs without a stream, for what find does not find, and with times that are none. An engine
// that names parameters looks at them first.
func (s *server) checkLogs(r *request, noStream error, find func() error, times ...string) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if !r.boolean("stdout") && !r.boolean("stderr") {
		if s.Engine.NamesParameters {
			return invalid{errors.New("must specify at least one of 'stdout' or 'stderr'")}
		}
		return noStream
	}
	var timeErr error
	for _, name := range times {
		if _, err := s.timestamp(r, name, strconv.Quote(name)); timeErr == nil {
			timeErr = err
		}
	}
	if timeErr != nil && s.Engine.NamesParameters {
		return timeErr
	}
	if err := find(); err != nil {
		return err
	}
	return timeErr
}

// timestamp reads a parameter that is seconds and a fraction of one; the zero time is none. Engines that name parameters call it
// what quoted says.
func (s *server) timestamp(r *request, name, quoted string) (time.Time, error) {
	value := r.Form.Get(name)
	if !s.Engine.NamesParameters {
		seconds, nanoseconds, err := timetypes.ParseTimestamps(value, -1)
		if err != nil || seconds == -1 {
			return time.Time{}, err
		}
		return time.Unix(seconds, nanoseconds), nil
	}
	if value == "" {
		return time.Time{}, nil
	}
	t, err := parseTimestamp(value)
	if err != nil {
		return time.Time{}, invalid{fmt.Errorf("invalid value for %s: invalid timestamp %q: %w", quoted, value, err)}
	}
	return t, nil
}

// parseTimestamp reads SECONDS or SECONDS.FRACTION as engine 29 does (daemon/internal/timestamp).
func parseTimestamp(value string) (time.Time, error) {
	const longest = 20
	whole, fraction, _ := strings.Cut(value, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("invalid seconds %q: %w", whole, errors.Unwrap(err))
	}
	if len(fraction) > longest {
		return time.Time{}, fmt.Errorf("invalid nanoseconds: length %d exceeds maximum %d", len(fraction), longest)
	}
	if i := strings.IndexFunc(fraction, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		return time.Time{}, fmt.Errorf("invalid nanoseconds: invalid character %q at position %d", fraction[i], i)
	}
	nanoseconds, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	return time.Unix(seconds, nanoseconds), err
}

// notWebsocket refuses a request that asks for no websocket. As golang.org/x/net/websocket does, it is answered with nothing but
// its text.
type notWebsocket struct{}

func (notWebsocket) Error() string     { return "not websocket protocol" }
func (notWebsocket) InvalidParameter() {}

// checkWebsocket refuses what ContainerAttachWebsocket refuses before it attaches.
func (s *server) checkWebsocket(r *request) error {
	if err := s.checkContainer(r); err != nil {
		return err
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return notWebsocket{}
	}
	return nil
}
