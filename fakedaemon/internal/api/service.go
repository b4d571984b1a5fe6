package api

import "net/http"

var serviceOperations = []Operation{
	{ID: "ServiceList", Method: http.MethodGet, Path: "/services", Tag: "Service", Why: whySwarm},
	{ID: "ServiceCreate", Method: http.MethodPost, Path: "/services/create", Tag: "Service", Why: whySwarm},
	{ID: "ServiceInspect", Method: http.MethodGet, Path: "/services/{id}", Tag: "Service", Why: whySwarm},
	{ID: "ServiceDelete", Method: http.MethodDelete, Path: "/services/{id}", Tag: "Service", Why: whySwarm},
	{ID: "ServiceUpdate", Method: http.MethodPost, Path: "/services/{id}/update", Tag: "Service", Why: whySwarm},
	{ID: "ServiceLogs", Method: http.MethodGet, Path: "/services/{id}/logs", Tag: "Service", Why: whySwarm},
}
