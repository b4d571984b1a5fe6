package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/distribution/reference"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/build"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// buildBackend is the daemon as a build sees it.
type buildBackend struct {
	*server
	options *buildOptions
	out     *jsonStream
	era     int // in which the build was begun
}

func (b *buildBackend) CheckPlatform(platform string) error {
	_, err := b.parsePlatform(platform)
	return err
}

// Image finds an image, or pulls it.
func (b *buildBackend) Image(ctx context.Context, name, platform string) (build.Image, error) {
	img, err := b.image(name)
	if err != nil && !errors.As(err, new(state.NotFound)) {
		return build.Image{}, err
	}
	if err != nil || b.options.pull {
		if err := b.pull(ctx, name, platform); err != nil {
			return build.Image{}, err
		}
		if img, err = b.image(name); err != nil {
			return build.Image{}, err
		}
	}
	return builtImage(img), nil
}

func (b *buildBackend) pull(ctx context.Context, name, platform string) error {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return invalid{err}
	}
	ref = reference.TagNameOnly(ref)
	p := &pull{server: b.server, ctx: ctx, auth: b.options.auths[reference.Domain(ref)], platform: b.options.platform, out: b.out, era: b.era}
	if platform != "" {
		if p.platform, err = b.parsePlatform(platform); err != nil {
			return err
		}
	}
	if b.Engine.StoresManifests {
		return p.pullStored(ref)
	}
	return p.pullNamed(ref)
}

func (b *buildBackend) Cached(parent, createdBy string) (build.Image, bool) {
	img, ok := b.State.FindBuilt(parent, createdBy)
	return builtImage(img), ok
}

func builtImage(img state.Image) build.Image {
	return build.Image{ID: img.ID, Config: img.Config}
}

func (b *buildBackend) Create(parent string, c image.Config) (string, error) {
	made, err := b.State.CreateContainer(state.Container{Image: parent, ImageID: parent, Config: c})
	return made.ID, err
}

func (b *buildBackend) Run(ctx context.Context, container string, stdout, stderr io.Writer) (code int, err error) {
	return b.State.RunStep(ctx, container, stdout, stderr)
}

func (b *buildBackend) Remove(container string) error {
	return b.State.Remove(container, state.RemoveOptions{Force: true, Volumes: true})
}

// Commit makes the image of a step. Of one without a container, engine 28 tells nothing.
func (b *buildBackend) Commit(step build.Step) (build.Image, error) {
	of := state.Container{Image: step.Parent, Config: step.Config.Clone()}
	of.Config.Cmd = step.Cmd
	config, err := json.Marshal(containerConfig(&of))
	if err != nil {
		return build.Image{}, err
	}
	s := state.BuildStep{
		Parent: step.Parent, CreatedBy: step.CreatedBy(), Author: step.Author, Config: step.Config, ContainerConfig: config, Container: step.Container,
		Era:         b.era,
		TellsCreate: b.Engine.StoresManifests || b.Engine.FullEvents && step.Container != "",
	}
	if step.Container == "" {
		s.Tar = func(root *files.FS) ([]byte, error) { return step.Tar(root, b.State.Now()) }
	}
	img, err := b.State.AddBuildStep(s)
	return builtImage(img), err
}

func (b *buildBackend) Files(image string) *files.FS { return b.State.ImageFiles(image) }

func (b *buildBackend) Owner(image, name string) (files.Owner, error) {
	return b.State.ImageOwner(image, name)
}

func (b *buildBackend) Download(ctx context.Context, url string) ([]byte, error) {
	return registry.Download(ctx, url)
}

// dockerfiles reads them as the engine does.
func (s *server) dockerfiles() build.Parser {
	return build.Parser{Old: s.Engine.OldBuilder, Signal: func(name string) error {
		_, err := state.ParseSignal(name)
		return err
	}}
}
