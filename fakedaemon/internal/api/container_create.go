//lint:file-ignore SA1019 what Docker calls deprecated is still part of its requests

package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

func (s *server) containerCreate(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if err := s.checkForJSON(r); err != nil {
		return err
	}
	req, err := s.decodeCreate(r.Body)
	if err != nil {
		return err
	}
	if req.Config == nil {
		return invalid{errors.New("config cannot be empty in order to create a container")}
	}
	bare := req.HostConfig == nil
	if bare {
		req.HostConfig = &container.HostConfig{}
	}
	if req.NetworkingConfig == nil {
		req.NetworkingConfig = &network.NetworkingConfig{}
	}
	if req.NetworkingConfig.EndpointsConfig == nil {
		req.NetworkingConfig.EndpointsConfig = make(map[string]*network.EndpointSettings)
	}
	s.defaultNetwork(req)
	warnings, err := s.adaptToVersion(r, req)
	if err != nil {
		return err
	}
	c, warned, err := s.newContainer(r, req, bare)
	if err != nil {
		return err
	}
	c.Name = r.Form.Get("name")
	if c, err = s.State.CreateContainer(c); err != nil {
		return err
	}
	if o := logOptions(s.hostConfig(&c).LogConfig); o != (stream.LogOptions{}) {
		if _, streams, err := s.State.ContainerIO(c.ID); err == nil { // otherwise it has been removed
			streams.Log.Configure(o)
		}
	}
	writeJSON(w, http.StatusCreated, container.CreateResponse{ID: c.ID, Warnings: append(append([]string{}, warned...), warnings...)})
	return nil
}

// decodeCreate reads the body, and checks what dockerd checks while it does (package runconfig).
func (s *server) decodeCreate(body io.Reader) (*container.CreateRequest, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	rest := json.NewDecoder(bytes.NewReader(raw))
	var first json.RawMessage
	if err := rest.Decode(&first); errors.Is(err, io.EOF) {
		return nil, invalid{errors.New("invalid JSON: got EOF while reading request body")}
	} else if err != nil {
		return nil, invalid{fmt.Errorf("invalid JSON: %w", err)}
	}
	if s.Engine.TypedAddresses {
		if err := checkNewTypes(first); err != nil {
			return nil, invalid{fmt.Errorf("invalid JSON: %w", err)}
		}
	}
	req := new(container.CreateRequest)
	if err := json.Unmarshal(first, req); err != nil {
		return nil, invalid{fmt.Errorf("invalid JSON: %w", err)}
	}
	if rest.More() && s.Engine.StrictJSON {
		return nil, invalid{errors.New("unexpected content after JSON")}
	}
	if req.Config == nil || req.HostConfig == nil {
		return req, nil
	}
	if err := s.checkDecoded(req.Config, req.HostConfig); err != nil {
		return nil, invalid{err}
	}
	return req, nil
}

// checkNewTypes refuses what the stricter types of engine 29 do not decode (package github.com/moby/moby/api).
func checkNewTypes(raw json.RawMessage) error {
	type Config struct {
		Cmd, Entrypoint []string
		ExposedPorts    map[string]struct{}
	}
	type CreateRequest struct {
		*Config
		HostConfig struct {
			PortBindings map[string]json.RawMessage
		}
	}
	var req CreateRequest
	if err := json.Unmarshal(raw, &req); err != nil {
		var t *json.UnmarshalTypeError
		if errors.As(err, &t) && (t.Field == "Config.Cmd" || t.Field == "Config.Entrypoint" || t.Field == "Cmd" || t.Field == "Entrypoint") {
			return err
		}
		return nil // the whole type says it better
	}
	var ports []string
	if req.Config != nil {
		ports = slices.Sorted(maps.Keys(req.ExposedPorts))
	}
	for _, port := range slices.Concat(ports, slices.Sorted(maps.Keys(req.HostConfig.PortBindings))) {
		if err := checkNewPort(port); err != nil {
			return err
		}
	}
	return nil
}

// defaultNetwork makes of the network "default" the one that it stands for. Engine 20.10 shows it as it was given.
func (s *server) defaultNetwork(req *container.CreateRequest) {
	mode := &req.HostConfig.NetworkMode
	if *mode != "" && !mode.IsDefault() {
		return
	}
	endpoints := req.NetworkingConfig.EndpointsConfig
	if e, ok := endpoints[network.NetworkDefault]; ok {
		delete(endpoints, network.NetworkDefault)
		endpoints[network.NetworkBridge] = e
	}
	*mode = network.NetworkBridge
	if s.Engine.ShowsDefaultNetwork {
		*mode = network.NetworkDefault
	}
}

// newContainer checks a request as dockerd's daemon does, in its order, and gives the container that it asks for. Bare
// says that there was no HostConfig.
func (s *server) newContainer(r *request, req *container.CreateRequest, bare bool) (_ state.Container, warnings []string, _ error) {
	fail := func(err error) (state.Container, []string, error) { return state.Container{}, nil, err }
	host := req.HostConfig
	if host.RestartPolicy.Name == "" && s.Engine.FillsHostConfig {
		host.RestartPolicy.Name = container.RestartPolicyDisabled
	}
	if err := checkConfig(req.Config); err != nil {
		return fail(invalid{err})
	}
	warnings, err := s.checkHostConfig(host)
	if err != nil {
		return fail(invalid{err})
	}
	if s.Engine.WarnsOfLinks && len(host.Links) > 0 && (host.NetworkMode.IsBridge() || host.NetworkMode.IsDefault()) {
		warnings = append(warnings, "Links on the default bridge network are deprecated and will be removed in a future release. Use a custom network instead.")
	}
	if host.Runtime == "" && (!bare || s.Engine.FillsHostConfig) {
		host.Runtime = defaultRuntime
	}
	img, warned, err := s.createImage(r, req.Config.Image)
	if err != nil {
		return fail(err)
	}
	warnings = append(warnings, warned...)
	if err := s.checkEndpoints(req.NetworkingConfig.EndpointsConfig); err != nil {
		return fail(invalid{err})
	}
	if err := s.checkNamespaces(host); err != nil {
		return fail(invalid{err})
	}
	s.adaptHostConfig(host)
	warnings = append(warnings, s.adaptPortBindings(host)...)
	if err := s.checkLogConfig(&host.LogConfig); err != nil {
		return fail(invalid{err})
	}
	if host.MaskedPaths == nil && !host.Privileged {
		host.MaskedPaths = slices.Clone(s.Engine.MaskedPaths)
	}
	if host.ReadonlyPaths == nil && !host.Privileged {
		host.ReadonlyPaths = readonlyPaths()
	}

	c := state.Container{Image: req.Config.Image, ImageID: img}
	if c.ConfigJSON, err = json.Marshal(req.Config); err != nil {
		return fail(err)
	}
	if c.HostConfigJSON, err = json.Marshal(host); err != nil {
		return fail(err)
	}
	if host.Runtime == "" {
		c.HostConfigJSON = append(c.HostConfigJSON[:len(c.HostConfigJSON)-1], `,"Runtime":""}`...) // not the default
	}
	fillConfig(&c.Config, *req.Config)
	fillHostConfig(&c.Host, *host)
	c.Host.Domainname = req.Domainname
	c.Endpoints = s.createEndpoints(host.NetworkMode, req.NetworkingConfig.EndpointsConfig)
	return c, warnings, nil
}

// createImage finds the ID of the image that a request names; "" means that it names none.
func (s *server) createImage(r *request, name string) (id string, warnings []string, _ error) {
	if name == "" {
		return "", nil, nil
	}
	img, err := s.image(name)
	if err != nil {
		return "", nil, err
	}
	text := r.Form.Get("platform")
	if text == "" || r.below("1.41") {
		if img.OS != "linux" || img.Architecture != platforms.Host().Architecture {
			warnings = append(warnings, fmt.Sprintf("The requested image's platform (%s) does not match the detected host platform (%s) and no specific platform was requested",
				platforms.Format(img.Platform()), platforms.Format(platforms.Host())))
		}
		return img.ID, warnings, nil
	}
	platform, err := s.parsePlatform(text)
	if err != nil {
		return "", nil, err
	}
	if !img.RunsOn(*platform) {
		return "", nil, platformMismatch(name, img, *platform)
	}
	return img.ID, nil, nil
}
