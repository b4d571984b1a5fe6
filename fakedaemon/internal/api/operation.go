package api

import (
	"net/http"
	"slices"
)

// Operation is one row of the table of the Engine API.
type Operation struct {
	// ID is the operationId of the API description (api/swagger.yaml), for instance "ContainerList".
	ID string
	// Method is the HTTP method.
	Method string
	// Path is the path of the API description, without a version. As in dockerd's own routes, a variable
	// written {x:.*} may hold slashes, {x:.+} may hold slashes but not be empty, and {x} is one segment.
	Path string
	// Tag is the tag of the API description: the file of this package that holds the row.
	Tag string
	// Why says why the operation is not imitated; "" means it is.
	Why string

	serve func(*server, http.ResponseWriter, *request) error
	// check refuses what dockerd refuses of an operation that is not imitated; nil refuses nothing.
	check func(*server, *request) error
}

// Reasons in Operation.Why.
const (
	whyBuildKit = "there is no BuildKit"
	whyDebug    = "dockerd's own internals are not imitated"
	whyFiles    = "containers and images hold no files"
	whyPlugins  = "there are no plugins"
	whyProcess  = "containers run no processes"
	whyStream   = "streams are not imitated"
)

var operations = slices.Concat(
	containerOperations,
	imageOperations,
	systemOperations,
	volumeOperations,
	execOperations,
	sessionOperations,
	swarmOperations,
	serviceOperations,
	nodeOperations,
	taskOperations,
	secretOperations,
	configOperations,
	pluginOperations,
	distributionOperations,
	networkOperations,
)

// Operations returns every operation of the API description, in the order of dockerd's routers.
func Operations() []Operation { return slices.Clone(operations) }

// undocumented are the routes of dockerd that the API description of engine 28 does not have, with the ID of the operation
// where they are a second way to one. They come first: the
// checkpoint routes would be taken by ContainerDelete otherwise (cmd/dockerd/daemon.go, buildRouters).
var undocumented = []Operation{
	{Method: http.MethodGet, Path: "/containers/{name:.*}/checkpoints", serve: (*server).experimental},
	{Method: http.MethodPost, Path: "/containers/{name:.*}/checkpoints", serve: (*server).experimental},
	{Method: http.MethodDelete, Path: "/containers/{name}/checkpoints/{checkpoint}", serve: (*server).experimental},
	{ID: "NetworkList", Method: http.MethodGet, Path: "/networks/", Tag: "Network", serve: (*server).networkList},
	{ID: "ImageAttestations", Method: http.MethodGet, Path: "/images/{name:.*}/attestations", Tag: "Image", serve: (*server).imageAttestations},
	{Method: http.MethodOptions, Path: "/{anyroute:.*}", serve: (*server).options},
	{Method: http.MethodPost, Path: "/build/cancel", serve: (*server).buildCancel},
	{Method: http.MethodPost, Path: "/grpc", serve: (*server).grpc},
	{Method: http.MethodGet, Path: "/debug/vars", Why: whyDebug},
	{Method: http.MethodGet, Path: "/debug/pprof/", Why: whyDebug},
	{Method: http.MethodGet, Path: "/debug/pprof/{name}", Why: whyDebug},
}
