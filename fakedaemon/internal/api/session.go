package api

import "net/http"

var sessionOperations = []Operation{
	{ID: "Session", Method: http.MethodPost, Path: "/session", Tag: "Session", Why: whyBuild},
}
