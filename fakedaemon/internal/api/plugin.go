package api

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

var pluginOperations = []Operation{
	{ID: "PluginList", Method: http.MethodGet, Path: "/plugins", Tag: "Plugin", serve: (*server).pluginList},
	{ID: "GetPluginPrivileges", Method: http.MethodGet, Path: "/plugins/privileges", Tag: "Plugin", serve: (*server).getPluginPrivileges},
	{ID: "PluginPull", Method: http.MethodPost, Path: "/plugins/pull", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginInspect", Method: http.MethodGet, Path: "/plugins/{name:.*}/json", Tag: "Plugin", serve: (*server).noSuchPlugin},
	{ID: "PluginDelete", Method: http.MethodDelete, Path: "/plugins/{name:.*}", Tag: "Plugin", serve: (*server).noSuchPlugin},
	{ID: "PluginEnable", Method: http.MethodPost, Path: "/plugins/{name:.*}/enable", Tag: "Plugin", serve: (*server).pluginEnable},
	{ID: "PluginDisable", Method: http.MethodPost, Path: "/plugins/{name:.*}/disable", Tag: "Plugin", serve: (*server).noSuchPlugin},
	{ID: "PluginUpgrade", Method: http.MethodPost, Path: "/plugins/{name:.*}/upgrade", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginCreate", Method: http.MethodPost, Path: "/plugins/create", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginPush", Method: http.MethodPost, Path: "/plugins/{name:.*}/push", Tag: "Plugin", serve: (*server).noSuchPlugin},
	{ID: "PluginSet", Method: http.MethodPost, Path: "/plugins/{name:.*}/set", Tag: "Plugin", serve: (*server).pluginSet},
}

// pluginFilters are the keys that a list of plugins may be filtered by (plugin/backend_linux.go).
var pluginFilters = map[string]bool{"capability": true, "enabled": true}

// pluginList lists nothing: no plugin can be installed.
func (s *server) pluginList(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	if err := args.Validate(pluginFilters); err != nil {
		return err
	}
	if _, err := args.GetBoolOrDefault("enabled", false); err != nil {
		return err
	}
	return s.write(w, r, types.PluginsListResponse{})
}

// getPluginPrivileges tells no privileges, as dockerd does of a plugin that it cannot fetch (plugin/backend_linux.go).
func (s *server) getPluginPrivileges(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if _, err := reference.ParseNormalizedNamed(r.FormValue("remote")); err != nil {
		return err
	}
	return s.write(w, r, types.PluginPrivileges{})
}

func (s *server) pluginEnable(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if _, err := strconv.Atoi(r.Form.Get("timeout")); err != nil {
		return err
	}
	return s.noSuchPlugin(w, r)
}

func (s *server) pluginSet(w http.ResponseWriter, r *request) error {
	if err := s.readBody(r, new([]string)); err != nil {
		return err
	}
	return s.noSuchPlugin(w, r)
}

// noSuchPlugin answers whatever is asked of a plugin (23-plugins-misc of the recordings).
func (s *server) noSuchPlugin(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	return state.NotFound{Message: fmt.Sprintf("plugin %q not found", r.vars["name"])}
}
