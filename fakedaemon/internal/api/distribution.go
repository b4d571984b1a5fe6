package api

import "net/http"

var distributionOperations = []Operation{
	{ID: "DistributionInspect", Method: http.MethodGet, Path: "/distribution/{name:.*}/json", Tag: "Distribution", Why: whyRegistry},
}
