// Package image is what images consist of: blobs, layers, configs and manifests, and archives with them. It knows of no
// daemon that has them, and of no lock.
package image

import (
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/bulk"
)

// Media types that Docker had before OCI.
const (
	DockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	DockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	DockerLayer    = "application/vnd.docker.image.rootfs.diff.tar.gzip"
	DockerConfig   = "application/vnd.docker.container.image.v1+json"
)

// Blob is bytes with their name. Nobody changes Data.
type Blob struct {
	// MediaType is as in a manifest.
	MediaType string
	// Digest is "sha256:" and 64 hex digits.
	Digest string
	Data   []byte
}

// NewBlob names bytes, which nobody may change afterwards.
func NewBlob(mediaType string, data []byte) Blob {
	return Blob{MediaType: mediaType, Digest: digestOf(data), Data: data}
}

func digestOf(data []byte) string {
	sum := bulk.Sum256(data)
	return digest.NewDigestFromBytes(digest.SHA256, sum[:]).String()
}

// Descriptor is how others name the blob.
func (b Blob) Descriptor() ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: b.MediaType, Digest: digest.Digest(b.Digest), Size: int64(len(b.Data))}
}

// FamiliarName is a full reference as short as the CLI shows it (github.com/distribution/reference).
func FamiliarName(ref string) string {
	name, ok := strings.CutPrefix(ref, "docker.io/")
	if official, cut := strings.CutPrefix(name, "library/"); ok && cut && !strings.Contains(official, "/") {
		return official
	}
	return name
}
