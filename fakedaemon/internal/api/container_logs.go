package api

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-units"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

var errNoStream = errors.New("Bad parameters: you must choose at least one stream")

// unreadable refuses to read what a log driver does not keep.
type unreadable struct{}

func (unreadable) Error() string { return "configured logging driver does not support reading" }

// checkLogDriver refuses a container whose log cannot be read: other drivers keep a copy, unless they are told not to.
func (s *server) checkLogDriver(c *state.Container) error {
	config := s.hostConfig(c).LogConfig
	switch config.Type {
	case "json-file", "local", "journald":
		return nil
	case "none":
		return unreadable{}
	}
	if disabled, err := strconv.ParseBool(config.Config["cache-disabled"]); err == nil && disabled || err != nil && config.Config["cache-disabled"] != "" {
		return unreadable{}
	}
	return nil
}

// logOptions are what the driver of a container keeps. Those that keep nothing have a copy in the form of driver local.
func logOptions(config container.LogConfig) stream.LogOptions {
	o := stream.LogOptions{Format: stream.Local, MaxSize: 20_000_000, MaxFiles: 5}
	prefix := ""
	switch config.Type {
	case "json-file":
		o = stream.LogOptions{}
	case "local", "journald":
	default:
		prefix = "cache-"
	}
	if size, err := units.FromHumanSize(config.Config[prefix+"max-size"]); err == nil {
		o.MaxSize = size
	}
	if files, err := strconv.Atoi(config.Config[prefix+"max-file"]); err == nil {
		o.MaxFiles = files
	}
	return o
}

func (s *server) containerLogs(w http.ResponseWriter, r *request) error {
	var c state.Container
	var streams *state.IO
	times, err := s.checkLogs(r, invalid{errNoStream}, func() (err error) {
		if c, streams, err = s.State.ContainerIO(r.vars["id"]); err != nil {
			return err
		}
		if c.State.Removing || c.State.Dead {
			return state.Conflict{Message: "can not get logs from container which is dead or marked for removal"}
		}
		return s.checkLogDriver(&c)
	}, "since", "until")
	if err != nil {
		return err
	}
	o := stream.ReadOptions{Since: times["since"], Until: times["until"], Tail: -1, Follow: r.boolean("follow")}
	if r.Form.Get("until") == "0" {
		o.Until = time.Time{}
	}
	if tail, err := strconv.Atoi(r.Form.Get("tail")); err == nil {
		o.Tail = tail
	}
	lines := streams.Log.Read(o)
	s.unfollowEnded(lines, c.ID)
	if o.Follow {
		defer s.watchService(r, c.ID)()
	}
	out := s.newLogWriter(w, r, streams.Tty)
	if r.boolean("details") {
		out.details = []byte(s.logDetails(&c, nil) + " ")
	}
	if o.Follow {
		out.stream = s.Stream(r.Request, StreamInfo{Container: c.ID})
	}
	for {
		line, err := lines.Next(r.Context())
		if err == nil {
			err = out.write(line)
		}
		if err == io.EOF {
			out.stream.End(nil)
			return nil
		}
		if err != nil { // a client that is gone
			out.stream.End(err)
			return nil
		}
	}
}

// unfollowEnded lets nobody follow a container that does not run. It is asked when the cursor is there: a run that ends after that
// ends who follows it.
func (s *server) unfollowEnded(lines *stream.Cursor, id string) {
	if now, err := s.State.Container(id); err != nil || !now.State.Running || now.State.Restarting {
		lines.Unfollow()
	}
}

// checkLogs refuses a request for logs without a stream, for what find does not find, and with times that are none. An engine
// that names parameters looks at them first. It returns the times by name.
func (s *server) checkLogs(r *request, noStream error, find func() error, names ...string) (map[string]time.Time, error) {
	if err := r.parseForm(); err != nil {
		return nil, err
	}
	if !r.boolean("stdout") && !r.boolean("stderr") {
		if s.Engine.NamesParameters {
			return nil, invalid{errors.New("must specify at least one of 'stdout' or 'stderr'")}
		}
		return nil, noStream
	}
	times := make(map[string]time.Time)
	var timeErr error
	for _, name := range names {
		var err error
		if times[name], err = s.timestamp(r, name, strconv.Quote(name)); timeErr == nil {
			timeErr = err
		}
	}
	if timeErr != nil && s.Engine.NamesParameters {
		return nil, timeErr
	}
	if err := find(); err != nil {
		return nil, err
	}
	return times, timeErr
}

// logWriter writes a log, each line in a chunk of its own.
type logWriter struct {
	w              http.ResponseWriter
	stream         Stream
	control        *http.ResponseController
	stdout, stderr bool
	mux            bool
	timestamps     bool
	details        []byte // before each line
	buf            []byte
}

// newLogWriter answers before the first line.
func (s *server) newLogWriter(w http.ResponseWriter, r *request, tty bool) *logWriter {
	out := &logWriter{
		w: w, stream: unheard{}, control: http.NewResponseController(w), mux: !tty,
		stdout: r.boolean("stdout"), stderr: r.boolean("stderr"), timestamps: r.boolean("timestamps"),
	}
	if !s.Engine.UntypedLogs {
		w.Header().Set("Content-Type", r.streamMedia(tty))
	}
	w.WriteHeader(http.StatusOK)
	_ = out.control.Flush() // a client that is gone is no error
	return out
}

// logTime is how a line begins with its time: RFC 3339 with nine decimals.
const logTime = "2006-01-02T15:04:05.000000000Z07:00 "

// write writes a line that the client wants to see.
func (out *logWriter) write(line stream.Entry) error {
	if line.Kind == stream.Stdout && !out.stdout || line.Kind == stream.Stderr && !out.stderr {
		return nil
	}
	b := out.buf[:0]
	if out.mux {
		size := len(out.details) + len(line.Data)
		if out.timestamps {
			size += len(line.Time.UTC().AppendFormat(b, logTime))
		}
		b = stream.AppendHeader(b, line.Kind, size)
	}
	if out.timestamps {
		b = line.Time.UTC().AppendFormat(b, logTime)
	}
	b = append(append(b, out.details...), line.Data...)
	out.buf = b
	n, err := out.w.Write(b)
	if err != nil {
		return err
	}
	frames := 0
	if out.mux {
		frames = 1
	}
	if err := out.control.Flush(); err != nil {
		return err
	}
	out.stream.Sent(n, frames)
	return nil
}

// logDetails are what the options of a log driver have chosen of a container (daemon/logger/loginfo.go, ExtraAttributes), which
// driver json-file alone keeps with its lines, and more.
func (s *server) logDetails(c *state.Container, more map[string]string) string {
	attributes := make(map[string]string)
	if config := s.hostConfig(c).LogConfig; config.Type == "json-file" {
		env := make(map[string]string)
		for _, variable := range c.Config.Env {
			if name, value, ok := strings.Cut(variable, "="); ok {
				env[name] = value
			}
		}
		choose(attributes, c.Config.Labels, config, "labels")
		choose(attributes, env, config, "env")
		if tag := config.Config["tag"]; tag != "" {
			attributes["tag"] = logTag(tag, c)
		}
	}
	maps.Copy(attributes, more)
	pairs := make([]string, 0, len(attributes))
	for key, value := range attributes {
		pairs = append(pairs, url.QueryEscape(key)+"="+url.QueryEscape(value))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ",")
}

// choose takes what an option of the driver lists, and what the expression of its other form matches.
func choose(attributes, from map[string]string, config container.LogConfig, option string) {
	for _, name := range strings.Split(config.Config[option], ",") {
		if value, ok := from[name]; ok {
			attributes[name] = value
		}
	}
	if text := config.Config[option+"-regex"]; text != "" {
		if expr, err := regexp.Compile(text); err == nil {
			for name, value := range from {
				if expr.MatchString(name) {
					attributes[name] = value
				}
			}
		}
	}
}

// logTag fills in a tag, which is a template: its fields, and no functions.
func logTag(tag string, c *state.Container) string {
	short := func(id string) string {
		return strings.TrimPrefix(id, "sha256:")[:min(12, len(strings.TrimPrefix(id, "sha256:")))]
	}
	return strings.NewReplacer(
		"{{.ID}}", short(c.ID), "{{.FullID}}", c.ID, "{{.Name}}", c.Name, "{{.DaemonName}}", "docker",
		"{{.ImageName}}", c.Image, "{{.ImageID}}", short(c.ImageID), "{{.ImageFullID}}", c.ImageID,
	).Replace(tag)
}
