package api

import (
	"errors"
	"fmt"
	"net/http"
)

var sessionOperations = []Operation{
	{ID: "Session", Method: http.MethodPost, Path: "/session", Tag: "Session", serve: (*server).session},
	{Method: http.MethodPost, Path: "/grpc", Tag: "Session", undescribed: true, serve: (*server).grpc},
}

// session refuses a session that asks for no protocol, and says of any other that there is no BuildKit to have it with.
func (s *server) session(w http.ResponseWriter, r *request) error {
	if err := builderUpgrade(r); err != nil {
		return invalid{err}
	}
	return notImitated{&Operation{ID: "Session", Why: whyBuildKit}}
}

// grpc is the same for BuildKit's own API, but that dockerd has no class for the refusal.
func (s *server) grpc(w http.ResponseWriter, r *request) error {
	if err := builderUpgrade(r); err != nil {
		return err
	}
	return notImitated{&Operation{Method: http.MethodPost, Path: "/grpc", Why: whyBuildKit}}
}

// builderUpgrade checks what a client wants to speak (api/server/router/grpc; moby/buildkit, session/manager.go).
func builderUpgrade(r *request) error {
	switch proto := r.Header.Get("Upgrade"); proto {
	case "":
		return errors.New("no upgrade proto in request")
	case "h2c":
		return nil
	default:
		return fmt.Errorf("protocol %s not supported", proto)
	}
}
