package api

import "net/http"

var volumeOperations = []Operation{
	{ID: "VolumeList", Method: http.MethodGet, Path: "/volumes", Tag: "Volume", Why: whyWrites},
	{ID: "VolumeCreate", Method: http.MethodPost, Path: "/volumes/create", Tag: "Volume", Why: whyWrites},
	{ID: "VolumeInspect", Method: http.MethodGet, Path: "/volumes/{name:.*}", Tag: "Volume", Why: whyWrites},
	{ID: "VolumeUpdate", Method: http.MethodPut, Path: "/volumes/{name:.*}", Tag: "Volume", Why: whyWrites},
	{ID: "VolumeDelete", Method: http.MethodDelete, Path: "/volumes/{name:.*}", Tag: "Volume", Why: whyWrites},
	{ID: "VolumePrune", Method: http.MethodPost, Path: "/volumes/prune", Tag: "Volume", Why: whyWrites},
}
