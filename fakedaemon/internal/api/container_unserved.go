package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

func (s *server) experimental(http.ResponseWriter, *request) error { return experimentalDisabled{} }

// checkContainer refuses a container that does not exist.
func (s *server) checkContainer(r *request) error {
	_, err := s.State.Container(r.vars["id"])
	return err
}

// checkLogs refuses what ContainerLogs refuses before it writes (container_routes.go and daemon/logs.go).
func (s *server) checkLogs(r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if !r.boolean("stdout") && !r.boolean("stderr") {
		return invalid{errors.New("Bad parameters: you must choose at least one stream")}
	}
	if err := s.checkContainer(r); err != nil {
		return err
	}
	for _, name := range []string{"since", "until"} {
		text := r.Form.Get(name)
		if text == "" {
			continue
		}
		seconds, _, _ := strings.Cut(text, ".")
		if _, err := strconv.ParseInt(seconds, 10, 64); err != nil {
			return err
		}
	}
	return nil
}

// checkArchive refuses what the archive operations refuse before they look at files.
func (s *server) checkArchive(r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if r.Form.Get("path") == "" {
		return invalid{errors.New("bad parameter: pathcannot be empty")}
	}
	return s.checkContainer(r)
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
