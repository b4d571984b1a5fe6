package state

import (
	"context"
	"io"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

// BuildStep is one instruction of a Dockerfile as an image.
type BuildStep struct {
	// Parent is the ID of the image before; "" means there is none.
	Parent string
	// CreatedBy is what the history says of it, Author who maintains it.
	CreatedBy, Author string
	// Config is that of the image, ContainerConfig the JSON of that of the container that it ran in, and Container its ID.
	Config          image.Config
	ContainerConfig []byte
	Container       string
	// Tar makes the layer of a step without a container, which adds to the files of the image before, without a lock.
	Tar func(root *files.FS) ([]byte, error)
	// Era is that in which the build was begun.
	Era int
	// TellsCreate says that the making of the image is told.
	TellsCreate bool
}

// RunStep runs a container of a build to its end. A command that nobody knows ends at once.
func (s *State) RunStep(ctx context.Context, container string, stdout, stderr io.Writer) (code int, err error) {
	exited, output, err := s.startStep(container)
	if err != nil {
		return 0, err
	}
	defer output.Close()
	for {
		kind, data, err := output.Next(ctx)
		if err == io.EOF {
			return (<-exited).Code, nil
		}
		to := stdout
		if kind == stream.Stderr {
			to = stderr
		}
		if err == nil {
			_, err = to.Write(data)
		}
		if err != nil {
			return 0, err
		}
	}
}

func (s *State) startStep(container string) (<-chan Exited, *stream.Reader, error) {
	s.readFiles(container)
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(container)
	if err != nil {
		return nil, nil, err
	}
	s.life(c).finder.Ends = true
	wait, output := s.waitLocked(c, NextExit), s.ioLocked(c).Hub.Attach(true, true)
	s.emitContainerLocked(c, "attach", nil)
	if err := s.startLocked(c, true); err != nil {
		output.Close()
		wait.stop(s.life(c))
		return nil, nil, err
	}
	return wait.Done(), output, nil
}

// AddBuildStep adds the image of a step. The error is NotFound if the parent or the container is, or if the build was begun in
// another era.
func (s *State) AddBuildStep(b BuildStep) (Image, error) {
	parent, tar, err := s.stepParts(b)
	if err != nil {
		return Image{}, err
	}
	i := Image{Parent: b.Parent, Content: parent.Child()}
	i.Created, i.Author, i.Container, i.ContainerConfig, i.Config = s.Now(), b.Author, b.Container, b.ContainerConfig, b.Config
	i.History = append(i.History, image.History{Created: i.Created, CreatedBy: b.CreatedBy, Author: b.Author, EmptyLayer: tar == nil})
	if tar != nil {
		l, err := image.MakeLayer(s.engine, tar)
		if err != nil {
			return Image{}, err
		}
		i.Layers = append(i.Layers, l)
	}
	if i, err = s.complete(i); err != nil {
		return Image{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.era != b.Era {
		return Image{}, NotFound{"No such image: " + i.ID}
	}
	made, err := s.addChildLocked(i, b.TellsCreate)
	if err != nil && b.Container == "" {
		err = wrap(err, "failed to export image: failed to set parent "+b.Parent)
	}
	if err != nil {
		return Image{}, err
	}
	return s.copyImageLocked(made), nil
}

// stepParts are what an image is made of: its parent and the tar of its layer, nil if it has none.
func (s *State) stepParts(b BuildStep) (parent Image, tar []byte, err error) {
	var of Container
	var root *files.FS
	var below *files.Base
	s.mu.Lock()
	parent, err = s.parentLocked(b.Parent)
	switch {
	case err != nil:
	case b.Container != "":
		var c *Container
		if c, err = s.containerLocked(b.Container); err == nil {
			of, root = c.clone(), s.rootLocked(c)
		}
	default:
		below = s.imageBaseLocked(b.Parent)
	}
	s.mu.Unlock()
	switch {
	case err != nil:
	case root != nil:
		tar, err = s.written(of, root)
	case b.Tar != nil:
		tar, err = b.Tar(below.NewFS(s.Now))
	}
	return parent, tar, err
}

// imageBaseLocked are the files of an image; "" has none.
func (s *State) imageBaseLocked(id string) *files.Base {
	i := s.images.ids[id]
	if i == nil {
		return nil
	}
	return s.standLocked(i).image
}

// ImageFiles are the files of an image, in which whoever asks may write; "" has none.
func (s *State) ImageFiles(id string) *files.FS {
	s.mu.Lock()
	base := s.imageBaseLocked(id)
	s.mu.Unlock()
	return base.NewFS(s.Now)
}

// ImageOwner is who USER[:GROUP] means in an image, as COPY has it.
func (s *State) ImageOwner(id, name string) (files.Owner, error) {
	s.mu.Lock()
	var on stand
	if i := s.images.ids[id]; i != nil {
		on = s.standLocked(i)
	}
	s.mu.Unlock()
	return findOwner(on.image.NewFS(s.Now), name, on.services)
}

// parentLocked is the image that another is to be made of; "" means nothing. The error is NotFound.
func (s *State) parentLocked(id string) (Image, error) {
	parent := s.images.ids[id]
	switch {
	case id == "":
		return Image{}, nil
	case parent == nil:
		return Image{}, NotFound{"No such image: " + id}
	}
	return parent.clone(), nil
}

// addChildLocked adds an image that was made of another, unless there is one of the same content. Its parent may be gone by
// now: the image exists, but the error is NotFound with a graph driver (image/store.go, SetParent).
func (s *State) addChildLocked(i Image, tellsCreate bool) (*Image, error) {
	parent := i.Parent
	gone := parent != "" && s.images.ids[parent] == nil && !s.engine.StoresManifests
	if gone {
		i.Parent = ""
	}
	made, _, err := s.images.findOrAdd(i)
	switch {
	case err != nil:
		return nil, err
	case gone:
		return nil, NotFound{"unknown parent image ID " + parent}
	case tellsCreate:
		s.emitImage(made, made.ID, made.ID, "create")
	}
	return made, nil
}

// FindBuilt finds the newest image that a step made of another before: the cache of the classic builder.
func (s *State) FindBuilt(parent, createdBy string) (Image, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if i := s.images.findBuilt(parent, createdBy); i != nil {
		return s.copyImageLocked(i), true
	}
	return Image{}, false
}
