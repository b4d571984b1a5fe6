package api

import "net/http"

var configOperations = []Operation{
	{ID: "ConfigList", Method: http.MethodGet, Path: "/configs", Tag: "Config", Why: whySwarm},
	{ID: "ConfigCreate", Method: http.MethodPost, Path: "/configs/create", Tag: "Config", Why: whySwarm},
	{ID: "ConfigInspect", Method: http.MethodGet, Path: "/configs/{id}", Tag: "Config", Why: whySwarm},
	{ID: "ConfigDelete", Method: http.MethodDelete, Path: "/configs/{id}", Tag: "Config", Why: whySwarm},
	{ID: "ConfigUpdate", Method: http.MethodPost, Path: "/configs/{id}/update", Tag: "Config", Why: whySwarm},
}
