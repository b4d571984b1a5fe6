package api

import "net/http"

var execOperations = []Operation{
	{ID: "ContainerExec", Method: http.MethodPost, Path: "/containers/{id:.*}/exec", Tag: "Exec", Why: whyProcess},
	{ID: "ExecStart", Method: http.MethodPost, Path: "/exec/{id:.*}/start", Tag: "Exec", Why: whyProcess},
	{ID: "ExecResize", Method: http.MethodPost, Path: "/exec/{id:.*}/resize", Tag: "Exec", Why: whyProcess},
	{ID: "ExecInspect", Method: http.MethodGet, Path: "/exec/{id:.*}/json", Tag: "Exec", Why: whyProcess},
}
