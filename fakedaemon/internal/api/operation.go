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

	// undescribed says that dockerd has the route and the API description of engine 28 does not. It has an ID where it is a
	// second way to an operation, or where a later description has it.
	undescribed bool

	serve func(*server, http.ResponseWriter, *request) error
}

// Reasons in Operation.Why.
const (
	whyBuildKit = "there is no BuildKit"
	whyDebug    = "dockerd's own internals are not imitated"
	whyPlugins  = "there are no plugins"
)

// routes are all rows in the order of dockerd's routers: the first that matches wins.
var routes = slices.Concat(
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
func Operations() []Operation {
	return slices.DeleteFunc(slices.Clone(routes), func(op Operation) bool { return op.undescribed })
}
