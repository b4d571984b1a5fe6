// The answers of a fakedaemon, held against the description of the Engine API.
module github.com/fakedockerd/fakedockerd/internal/openapi

go 1.25.0

require (
	github.com/docker/docker v28.5.2+incompatible
	github.com/fakedockerd/fakedockerd v0.0.0
	github.com/getkin/kin-openapi v0.152.0
	github.com/google/go-containerregistry v0.20.7
	github.com/oasdiff/yaml v0.1.1
)

require (
	github.com/Microsoft/go-winio v0.6.2 // indirect
	github.com/distribution/reference v0.6.0 // indirect
	github.com/docker/go-connections v0.8.2 // indirect
	github.com/docker/go-units v0.5.0 // indirect
	github.com/go-openapi/jsonpointer v0.22.5 // indirect
	github.com/go-openapi/swag/jsonname v0.25.5 // indirect
	github.com/moby/docker-image-spec v1.3.1 // indirect
	github.com/oasdiff/yaml3 v0.0.14 // indirect
	github.com/opencontainers/go-digest v1.0.0 // indirect
	github.com/opencontainers/image-spec v1.1.1 // indirect
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // indirect
	golang.org/x/crypto v0.48.0 // indirect
	golang.org/x/sys v0.42.0 // indirect
	golang.org/x/text v0.34.0 // indirect
	mvdan.cc/sh/v3 v3.13.1 // indirect
)

replace github.com/fakedockerd/fakedockerd => ../..
