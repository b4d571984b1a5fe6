package api

import "net/http"

var secretOperations = []Operation{
	{ID: "SecretList", Method: http.MethodGet, Path: "/secrets", Tag: "Secret", Why: whySwarm},
	{ID: "SecretCreate", Method: http.MethodPost, Path: "/secrets/create", Tag: "Secret", Why: whySwarm},
	{ID: "SecretInspect", Method: http.MethodGet, Path: "/secrets/{id}", Tag: "Secret", Why: whySwarm},
	{ID: "SecretDelete", Method: http.MethodDelete, Path: "/secrets/{id}", Tag: "Secret", Why: whySwarm},
	{ID: "SecretUpdate", Method: http.MethodPost, Path: "/secrets/{id}/update", Tag: "Secret", Why: whySwarm},
}
