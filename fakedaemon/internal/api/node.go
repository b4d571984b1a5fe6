package api

import "net/http"

var nodeOperations = []Operation{
	{ID: "NodeList", Method: http.MethodGet, Path: "/nodes", Tag: "Node", Why: whySwarm},
	{ID: "NodeInspect", Method: http.MethodGet, Path: "/nodes/{id}", Tag: "Node", Why: whySwarm},
	{ID: "NodeDelete", Method: http.MethodDelete, Path: "/nodes/{id}", Tag: "Node", Why: whySwarm},
	{ID: "NodeUpdate", Method: http.MethodPost, Path: "/nodes/{id}/update", Tag: "Node", Why: whySwarm},
}
