package api

import "net/http"

var taskOperations = []Operation{
	{ID: "TaskList", Method: http.MethodGet, Path: "/tasks", Tag: "Task", Why: whySwarm},
	{ID: "TaskInspect", Method: http.MethodGet, Path: "/tasks/{id}", Tag: "Task", Why: whySwarm},
	{ID: "TaskLogs", Method: http.MethodGet, Path: "/tasks/{id}/logs", Tag: "Task", Why: whySwarm},
}
