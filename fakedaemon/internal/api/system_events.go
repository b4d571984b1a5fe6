//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

func (s *server) systemEvents(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	since, err := s.timestamp(r, "since", "'since'")
	if err != nil {
		return err
	}
	until, err := s.timestamp(r, "until", "'until'")
	if err != nil {
		return err
	}
	if !until.IsZero() && until.Before(since) {
		return invalid{fmt.Errorf("`since` time (%s) cannot be after `until` time (%s)", r.Form.Get("since"), r.Form.Get("until"))}
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	past, sub := s.State.Subscribe()
	defer sub.Close()
	out := s.newEventWriter(w, r, args)
	var end error
	defer func() { out.stream.End(end) }()
	for _, e := range between(past, since, until) {
		out.write(e)
	}
	var timeout <-chan time.Time
	if now := s.Clock(); !until.IsZero() {
		if until.Before(now) {
			return nil
		}
		timer := time.NewTimer(until.Sub(now))
		defer timer.Stop()
		timeout = timer.C
	}
	for {
		select {
		case <-sub.Ready():
			for _, e := range sub.Take() {
				out.write(e)
			}
		case <-timeout:
			return nil
		case <-r.Context().Done():
			end = r.Context().Err()
			return nil
		}
	}
}

// between are the remembered events of a span of time: all of those since the newest that is older. Without a span there
// are none (daemon/events/events.go).
func between(past []state.Event, since, until time.Time) []state.Event {
	if since.IsZero() && until.IsZero() {
		return nil
	}
	for i, e := range slices.Backward(past) {
		if !since.IsZero() && e.Time.Before(since) {
			past = past[i+1:]
			break
		}
	}
	if until.IsZero() {
		return past
	}
	return slices.DeleteFunc(past, func(e state.Event) bool { return e.Time.After(until) })
}

// eventWriter writes events as they come.
type eventWriter struct {
	w       http.ResponseWriter
	stream  Stream
	args    filters.Args
	request *request
	old     bool // the fields status, id and from
	rewrite bool // through a map
	prefix  string
}

// newEventWriter answers before the first event. From API 1.52 on a client may choose among media types of lines, and the
// fields of old have gone; for clients of old engine 29 takes events apart and puts them together again.
func (s *server) newEventWriter(w http.ResponseWriter, r *request, args filters.Args) *eventWriter {
	out := &eventWriter{w: w, args: args, request: r, old: r.below("1.52"), rewrite: r.below("1.52") && s.Engine.RebuildsOldEvents}
	media := "application/json"
	if !r.below("1.52") {
		media = eventMedia(r.Header.Values("Accept"))
	}
	if media == jsonSeq {
		out.prefix = "\x1e"
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(http.StatusOK)
	out.flush()
	out.stream = s.Stream(r.Request, StreamInfo{})
	return out
}

const jsonSeq = "application/json-seq"

// eventMedia is the first media type of lines that a client accepts.
func eventMedia(accept []string) string {
	for _, list := range accept {
		for _, media := range strings.Split(list, ",") {
			media, _, _ = strings.Cut(media, ";")
			switch media = strings.TrimSpace(media); media {
			case jsonSeq, "application/jsonl", "application/x-ndjson":
				return media
			}
		}
	}
	return "application/jsonl"
}

func (out *eventWriter) flush() { _ = http.NewResponseController(out.w).Flush() } // a client that is gone is no error

// write writes an event that the client wants to know of. Those of new images came with API 1.46.
func (out *eventWriter) write(e state.Event) {
	if e.Type == "image" && e.Action == "create" && out.request.below("1.46") || !includeEvent(out.args, e) {
		return
	}
	line, err := json.Marshal(out.message(e))
	if err != nil {
		return
	}
	sent := 0
	if out.prefix != "" {
		sent, _ = out.w.Write([]byte(out.prefix))
		out.flush()
	}
	n, _ := out.w.Write(append(line, '\n'))
	out.flush()
	out.stream.Sent(sent+n, 1)
}

// message is an event as the API has it. One that engine 29 has put together again has its fields in the order of the
// alphabet, and its nanoseconds are those of a float64 (daemon/internal/compat).
func (out *eventWriter) message(e state.Event) any {
	attributes := e.Attributes
	if attributes == nil {
		attributes = make(map[string]string)
	}
	m := events.Message{
		Type:     events.Type(e.Type),
		Action:   events.Action(e.Action),
		Actor:    events.Actor{ID: e.ID, Attributes: attributes},
		Scope:    e.Scope,
		Time:     e.Time.Unix(),
		TimeNano: e.Time.UnixNano(),
	}
	if !out.old || e.Type != "container" && e.Type != "image" {
		return m
	}
	m.Status, m.ID = e.Action, e.ID
	if e.Type == "container" {
		m.From = attributes["image"]
	}
	if !out.rewrite {
		return m
	}
	var rewritten map[string]any
	if raw, err := json.Marshal(m); err != nil || json.Unmarshal(raw, &rewritten) != nil {
		return m
	}
	return rewritten
}

// includeEvent reports whether filters let an event through: unknown ones do (daemon/events/filter.go).
func includeEvent(args filters.Args, e state.Event) bool {
	match := args.ExactMatch
	if slices.ContainsFunc(args.Get("event"), func(v string) bool { return v == "health_status" || v == "exec_create" || v == "exec_start" }) {
		match = args.FuzzyMatch
	}
	if !match("event", e.Action) || !args.ExactMatch("type", e.Type) || !args.ExactMatch("scope", e.Scope) || !args.MatchKVList("label", e.Attributes) {
		return false
	}
	for _, kind := range []string{"daemon", "container", "plugin", "volume", "network", "node", "service", "secret", "config"} {
		if !args.FuzzyMatch(kind, e.ID) && !args.FuzzyMatch(kind, e.Attributes["name"]) {
			return false
		}
	}
	image := e.Attributes["image"]
	if e.Type == "image" {
		image = e.Attributes["name"]
	}
	return slices.ContainsFunc([]string{e.ID, image, stripTag(e.ID), stripTag(image)}, func(name string) bool { return args.ExactMatch("image", name) })
}

// stripTag is the name of an image without its tag.
func stripTag(name string) string {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return name
	}
	return reference.FamiliarName(ref)
}
