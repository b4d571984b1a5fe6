package api

import (
	"net/http"

	"github.com/docker/docker/api/types"
)

var systemOperations = []Operation{
	{ID: "SystemAuth", Method: http.MethodPost, Path: "/auth", Tag: "System", Why: whyStream},
	{ID: "SystemInfo", Method: http.MethodGet, Path: "/info", Tag: "System", Why: whyStream},
	{ID: "SystemVersion", Method: http.MethodGet, Path: "/version", Tag: "System", serve: (*server).systemVersion},
	{ID: "SystemPing", Method: http.MethodGet, Path: "/_ping", Tag: "System", serve: (*server).systemPing},
	{ID: "SystemPingHead", Method: http.MethodHead, Path: "/_ping", Tag: "System", serve: (*server).systemPingHead},
	{ID: "SystemEvents", Method: http.MethodGet, Path: "/events", Tag: "System", Why: whyStream},
	{ID: "SystemDataUsage", Method: http.MethodGet, Path: "/system/df", Tag: "System", Why: whyStream},
}

func (s *server) systemPing(w http.ResponseWriter, r *request) error {
	pingHeader(w.Header())
	_, err := w.Write([]byte("OK"))
	return err
}

func (s *server) systemPingHead(w http.ResponseWriter, r *request) error {
	pingHeader(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", "0")
	return nil
}

func pingHeader(h http.Header) {
	h.Set("Cache-Control", "no-cache, no-store, must-revalidate")
	h.Set("Pragma", "no-cache")
	h.Set("Builder-Version", "2")
	h.Set("Swarm", "inactive")
}

func (s *server) systemVersion(w http.ResponseWriter, r *request) error {
	return writeJSON(w, http.StatusOK, types.Version{
		Version:       s.engine.Version,
		APIVersion:    s.engine.APIVersion,
		MinAPIVersion: s.engine.MinAPIVersion,
		Os:            "linux",
	})
}

// options answers OPTIONS for any path, as dockerd's system router does.
func (s *server) options(w http.ResponseWriter, r *request) error {
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *server) experimental(http.ResponseWriter, *request) error { return experimentalDisabled{} }
