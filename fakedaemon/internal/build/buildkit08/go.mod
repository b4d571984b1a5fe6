// The parser of Dockerfiles, held against that of BuildKit 0.8 which dockerd 20.10 has.
module github.com/fakedockerd/fakedockerd/fakedaemon/internal/build/buildkit08

go 1.25.0

require (
	github.com/fakedockerd/fakedockerd v0.0.0
	github.com/moby/buildkit v0.8.4-0.20221020190723-eeb7b65ab7d6
)

require (
	github.com/containerd/typeurl v1.0.1 // indirect
	github.com/distribution/reference v0.6.0 // indirect
	github.com/docker/docker v28.5.2+incompatible // indirect
	github.com/docker/go-connections v0.8.2 // indirect
	github.com/docker/go-units v0.5.0 // indirect
	github.com/gogo/protobuf v1.3.1 // indirect
	github.com/golang/protobuf v1.4.2 // indirect
	github.com/moby/docker-image-spec v1.3.1 // indirect
	github.com/opencontainers/go-digest v1.0.0 // indirect
	github.com/opencontainers/image-spec v1.1.1 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	google.golang.org/protobuf v1.24.0 // indirect
)

replace github.com/fakedockerd/fakedockerd => ../../../..
