package api

import "net/http"

var pluginOperations = []Operation{
	{ID: "PluginList", Method: http.MethodGet, Path: "/plugins", Tag: "Plugin", Why: whyPlugins},
	{ID: "GetPluginPrivileges", Method: http.MethodGet, Path: "/plugins/privileges", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginPull", Method: http.MethodPost, Path: "/plugins/pull", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginInspect", Method: http.MethodGet, Path: "/plugins/{name:.*}/json", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginDelete", Method: http.MethodDelete, Path: "/plugins/{name:.*}", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginEnable", Method: http.MethodPost, Path: "/plugins/{name:.*}/enable", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginDisable", Method: http.MethodPost, Path: "/plugins/{name:.*}/disable", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginUpgrade", Method: http.MethodPost, Path: "/plugins/{name:.*}/upgrade", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginCreate", Method: http.MethodPost, Path: "/plugins/create", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginPush", Method: http.MethodPost, Path: "/plugins/{name:.*}/push", Tag: "Plugin", Why: whyPlugins},
	{ID: "PluginSet", Method: http.MethodPost, Path: "/plugins/{name:.*}/set", Tag: "Plugin", Why: whyPlugins},
}
