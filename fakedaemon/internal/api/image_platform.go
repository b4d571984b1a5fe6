package api

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/distribution/reference"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// parsePlatform reads a platform such as "linux/arm64/v8".
func (s *server) parsePlatform(text string) (*ocispec.Platform, error) {
	p, err := platforms.Parse(text, s.Engine)
	if err != nil {
		return nil, invalid{err}
	}
	return &p, nil
}

// decodePlatform reads the JSON of a platform (api/server/httputils/form.go).
func decodePlatform(text string) (*ocispec.Platform, error) {
	var p ocispec.Platform
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, invalid{fmt.Errorf("failed to parse platform: %w", err)}
	}
	if p.OS == "" && p.Architecture == "" && (p.Variant != "" || p.OSVersion != "" || len(p.OSFeatures) > 0) {
		return nil, invalid{errors.New("optional platform fields provided, but OS and Architecture are missing")}
	}
	if p.OS == "" || p.Architecture == "" {
		return nil, invalid{errors.New("both OS and Architecture must be provided")}
	}
	return &p, nil
}

// platformMismatch is the error of an image that is not for the platform that was asked for.
func platformMismatch(name string, img state.Image, p ocispec.Platform) error {
	if ref, err := reference.ParseNamed(name); err == nil {
		name = reference.FamiliarString(ref)
	}
	return state.NotFound{Message: fmt.Sprintf("image with reference %s was found but its platform (%s) does not match the specified platform (%s)",
		name, platforms.Format(img.Platform()), platforms.Format(p))}
}
