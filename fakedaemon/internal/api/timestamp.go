package api

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	timetypes "github.com/docker/docker/api/types/time"
)

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
