package api

import "net/http"

var containerOperations = []Operation{
	{ID: "ContainerList", Method: http.MethodGet, Path: "/containers/json", Tag: "Container", Why: whyWrites},
	{ID: "ContainerCreate", Method: http.MethodPost, Path: "/containers/create", Tag: "Container", Why: whyWrites},
	{ID: "ContainerInspect", Method: http.MethodGet, Path: "/containers/{id:.*}/json", Tag: "Container", Why: whyWrites},
	{ID: "ContainerTop", Method: http.MethodGet, Path: "/containers/{id:.*}/top", Tag: "Container", Why: whyProcess},
	{ID: "ContainerLogs", Method: http.MethodGet, Path: "/containers/{id:.*}/logs", Tag: "Container", Why: whyStream},
	{ID: "ContainerChanges", Method: http.MethodGet, Path: "/containers/{id:.*}/changes", Tag: "Container", Why: whyFiles},
	{ID: "ContainerExport", Method: http.MethodGet, Path: "/containers/{id:.*}/export", Tag: "Container", Why: whyFiles},
	{ID: "ContainerStats", Method: http.MethodGet, Path: "/containers/{id:.*}/stats", Tag: "Container", Why: whyProcess},
	{ID: "ContainerResize", Method: http.MethodPost, Path: "/containers/{id:.*}/resize", Tag: "Container", Why: whyProcess},
	{ID: "ContainerStart", Method: http.MethodPost, Path: "/containers/{id:.*}/start", Tag: "Container", Why: whyWrites},
	{ID: "ContainerStop", Method: http.MethodPost, Path: "/containers/{id:.*}/stop", Tag: "Container", Why: whyWrites},
	{ID: "ContainerRestart", Method: http.MethodPost, Path: "/containers/{id:.*}/restart", Tag: "Container", Why: whyWrites},
	{ID: "ContainerKill", Method: http.MethodPost, Path: "/containers/{id:.*}/kill", Tag: "Container", Why: whyWrites},
	{ID: "ContainerUpdate", Method: http.MethodPost, Path: "/containers/{id:.*}/update", Tag: "Container", Why: whyWrites},
	{ID: "ContainerRename", Method: http.MethodPost, Path: "/containers/{id:.*}/rename", Tag: "Container", Why: whyWrites},
	{ID: "ContainerPause", Method: http.MethodPost, Path: "/containers/{id:.*}/pause", Tag: "Container", Why: whyWrites},
	{ID: "ContainerUnpause", Method: http.MethodPost, Path: "/containers/{id:.*}/unpause", Tag: "Container", Why: whyWrites},
	{ID: "ContainerAttach", Method: http.MethodPost, Path: "/containers/{id:.*}/attach", Tag: "Container", Why: whyStream},
	{ID: "ContainerAttachWebsocket", Method: http.MethodGet, Path: "/containers/{id:.*}/attach/ws", Tag: "Container", Why: whyStream},
	{ID: "ContainerWait", Method: http.MethodPost, Path: "/containers/{id:.*}/wait", Tag: "Container", Why: whyStream},
	{ID: "ContainerDelete", Method: http.MethodDelete, Path: "/containers/{id:.*}", Tag: "Container", Why: whyWrites},
	{ID: "ContainerArchiveInfo", Method: http.MethodHead, Path: "/containers/{id:.*}/archive", Tag: "Container", Why: whyFiles},
	{ID: "ContainerArchive", Method: http.MethodGet, Path: "/containers/{id:.*}/archive", Tag: "Container", Why: whyFiles},
	{ID: "PutContainerArchive", Method: http.MethodPut, Path: "/containers/{id:.*}/archive", Tag: "Container", Why: whyFiles},
	{ID: "ContainerPrune", Method: http.MethodPost, Path: "/containers/prune", Tag: "Container", Why: whyWrites},
}
