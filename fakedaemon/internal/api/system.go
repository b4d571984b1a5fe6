package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	registrytypes "github.com/docker/docker/api/types/registry"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
)

var systemOperations = []Operation{
	{ID: "SystemAuth", Method: http.MethodPost, Path: "/auth", Tag: "System", serve: (*server).systemAuth},
	{ID: "SystemInfo", Method: http.MethodGet, Path: "/info", Tag: "System", serve: (*server).systemInfo},
	{ID: "SystemVersion", Method: http.MethodGet, Path: "/version", Tag: "System", serve: (*server).systemVersion},
	{ID: "SystemPing", Method: http.MethodGet, Path: "/_ping", Tag: "System", serve: (*server).systemPing},
	{ID: "SystemPingHead", Method: http.MethodHead, Path: "/_ping", Tag: "System", serve: (*server).systemPingHead},
	{ID: "SystemEvents", Method: http.MethodGet, Path: "/events", Tag: "System", serve: (*server).systemEvents},
	{ID: "SystemDataUsage", Method: http.MethodGet, Path: "/system/df", Tag: "System", serve: (*server).systemDataUsage},
	{Method: http.MethodOptions, Path: "/{anyroute:.*}", Tag: "System", undescribed: true, serve: (*server).options},
	{Method: http.MethodGet, Path: "/debug/vars", Tag: "System", undescribed: true, Why: whyDebug},
	{Method: http.MethodGet, Path: "/debug/pprof/", Tag: "System", undescribed: true, Why: whyDebug},
	{Method: http.MethodGet, Path: "/debug/pprof/{name}", Tag: "System", undescribed: true, Why: whyDebug},
}

func (s *server) systemPing(w http.ResponseWriter, r *request) error {
	s.pingHeader(w.Header())
	_, err := w.Write([]byte("OK"))
	return err
}

func (s *server) systemPingHead(w http.ResponseWriter, r *request) error {
	s.pingHeader(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", "0")
	return nil
}

func (s *server) pingHeader(h http.Header) {
	h.Set("Cache-Control", "no-cache, no-store, must-revalidate")
	h.Set("Pragma", "no-cache")
	if !s.Engine.PingTellsFeatures {
		return
	}
	h.Set("Builder-Version", "2")
	h.Set("Swarm", "inactive")
	if s.swarm.Manager() == nil {
		h.Set("Swarm", "active/manager")
	}
}

// options answers OPTIONS for any path, as dockerd's system router does.
func (s *server) options(w http.ResponseWriter, r *request) error {
	w.WriteHeader(http.StatusOK)
	return nil
}

// systemAuth asks a registry whether it knows the client. Whatever is wrong is a 500 (13-pull-push-login of the
// recordings), but for what a server of tokens refuses (registry/auth.go).
func (s *server) systemAuth(w http.ResponseWriter, r *request) error {
	var auth registrytypes.AuthConfig
	dec := json.NewDecoder(r.Body)
	if err := dec.Decode(&auth); err != nil {
		if s.Engine.ChecksAuthJSON {
			return invalid{fmt.Errorf("invalid X-Registry-Auth header: invalid JSON: %w", err)}
		}
		return err
	}
	if s.Engine.ChecksAuthJSON && dec.More() {
		return invalid{errors.New("invalid X-Registry-Auth header: multiple JSON documents not allowed")}
	}
	host := "docker.io"
	if auth.ServerAddress != "" {
		address := auth.ServerAddress
		if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
			address = "https://" + address
		}
		u, err := url.Parse(address)
		if err != nil {
			return invalid{fmt.Errorf("unable to parse server address: %w", err)}
		}
		host = u.Host
	}
	err := registry.Login(r.Context(), host, credentials(auth))
	if of := (*registry.Error)(nil); errors.As(err, &of) && of.Code == "UNAUTHORIZED" {
		return unauthorized{err}
	}
	if err != nil {
		return err
	}
	return s.write(w, r, registrytypes.AuthenticateOKBody{Status: "Login Succeeded"})
}
