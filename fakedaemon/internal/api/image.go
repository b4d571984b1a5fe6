package api

import "net/http"

var imageOperations = []Operation{
	{ID: "ImageList", Method: http.MethodGet, Path: "/images/json", Tag: "Image", Why: whyWrites},
	{ID: "ImageBuild", Method: http.MethodPost, Path: "/build", Tag: "Image", Why: whyBuild},
	{ID: "BuildPrune", Method: http.MethodPost, Path: "/build/prune", Tag: "Image", Why: whyBuild},
	{ID: "ImageCreate", Method: http.MethodPost, Path: "/images/create", Tag: "Image", Why: whyRegistry},
	{ID: "ImageInspect", Method: http.MethodGet, Path: "/images/{name:.*}/json", Tag: "Image", Why: whyWrites},
	{ID: "ImageHistory", Method: http.MethodGet, Path: "/images/{name:.*}/history", Tag: "Image", Why: whyFiles},
	{ID: "ImagePush", Method: http.MethodPost, Path: "/images/{name:.*}/push", Tag: "Image", Why: whyRegistry},
	{ID: "ImageTag", Method: http.MethodPost, Path: "/images/{name:.*}/tag", Tag: "Image", Why: whyWrites},
	{ID: "ImageDelete", Method: http.MethodDelete, Path: "/images/{name:.*}", Tag: "Image", Why: whyWrites},
	{ID: "ImageSearch", Method: http.MethodGet, Path: "/images/search", Tag: "Image", Why: whyRegistry},
	{ID: "ImagePrune", Method: http.MethodPost, Path: "/images/prune", Tag: "Image", Why: whyWrites},
	{ID: "ImageCommit", Method: http.MethodPost, Path: "/commit", Tag: "Image", Why: whyWrites},
	{ID: "ImageGet", Method: http.MethodGet, Path: "/images/{name:.*}/get", Tag: "Image", Why: whyFiles},
	{ID: "ImageGetAll", Method: http.MethodGet, Path: "/images/get", Tag: "Image", Why: whyFiles},
	{ID: "ImageLoad", Method: http.MethodPost, Path: "/images/load", Tag: "Image", Why: whyFiles},
}
