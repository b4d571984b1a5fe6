package api

import "net/http"

var networkOperations = []Operation{
	{ID: "NetworkList", Method: http.MethodGet, Path: "/networks", Tag: "Network", Why: whyWrites},
	{ID: "NetworkInspect", Method: http.MethodGet, Path: "/networks/{id:.+}", Tag: "Network", Why: whyWrites},
	{ID: "NetworkDelete", Method: http.MethodDelete, Path: "/networks/{id:.*}", Tag: "Network", Why: whyWrites},
	{ID: "NetworkCreate", Method: http.MethodPost, Path: "/networks/create", Tag: "Network", Why: whyWrites},
	{ID: "NetworkConnect", Method: http.MethodPost, Path: "/networks/{id:.*}/connect", Tag: "Network", Why: whyWrites},
	{ID: "NetworkDisconnect", Method: http.MethodPost, Path: "/networks/{id:.*}/disconnect", Tag: "Network", Why: whyWrites},
	{ID: "NetworkPrune", Method: http.MethodPost, Path: "/networks/prune", Tag: "Network", Why: whyWrites},
}
