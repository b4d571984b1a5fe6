package state

import (
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/bulk"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// Commit is what a client asks of an image that is made from a container.
type Commit struct {
	// Container is its name or ID.
	Container string
	// Pause says that the container is to be paused meanwhile.
	Pause           bool
	Author, Comment string
	// Ref is the full reference that the image gets; "" means none.
	Ref string
	// TellsCreate says that the making of the image is told; dockerd does since version 25.
	TellsCreate bool
	// Configure makes the config of the image from the container, without a lock; the error is that of CommitImage. The JSON is that of
	// the image's config and of the container's.
	Configure func(c Container) (config image.Config, image, container []byte, err error)
}

// CommitImage makes an image from a container (daemon/commit.go). The error is NotFound or Conflict, or of Configure.
func (s *State) CommitImage(o Commit) (Image, error) {
	s.mu.Lock()
	c, err := s.containerLocked(o.Container)
	switch {
	case err != nil:
	case c.State.Dead:
		err = Conflict{"You cannot commit container " + c.ID + " which is Dead"}
	case c.State.Removing:
		err = Conflict{"You cannot commit container " + c.ID + " which is being removed"}
	}
	if err != nil {
		s.mu.Unlock()
		return Image{}, err
	}
	if o.Pause && c.State.Live() && !c.State.Paused {
		s.pauseLocked(c)
		s.life(c).commits++
		defer s.unpauseAgain(c)
	}
	of, root, era := c.clone(), s.rootLocked(c), s.era
	parent, err := s.parentLocked(of.ImageID)
	s.mu.Unlock()
	if err != nil {
		return Image{}, err
	}

	i := Image{Parent: parent.ID, Content: parent.Child()}
	i.Created, i.Author, i.Comment, i.Container = s.Now(), o.Author, o.Comment, of.ID
	if i.Config, i.ConfigJSON, i.ContainerConfig, err = o.Configure(of); err != nil {
		return Image{}, err
	}
	written, err := s.written(of, root)
	if err != nil {
		return Image{}, err
	}
	i.History = append(i.History, image.History{
		Created: i.Created, CreatedBy: strings.Join(of.Config.Cmd, " "), Author: o.Author, Comment: o.Comment, EmptyLayer: written == nil,
	})
	if written != nil {
		l, err := image.MakeLayer(s.engine, written)
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
	if s.era != era {
		return Image{}, NotFound{"No such container: " + of.ID}
	}
	made, err := s.addChildLocked(i, o.TellsCreate)
	if err != nil {
		return Image{}, err
	}
	ref := ""
	if o.Ref != "" {
		ref = image.FamiliarName(o.Ref)
		made.Tagged = s.Now()
		s.images.setRef(made, o.Ref)
		s.emitImage(made, made.ID, ref, "tag")
	}
	s.emitContainerLocked(c, "commit", map[string]string{"comment": o.Comment, "imageID": made.ID, "imageRef": ref})
	return s.copyImageLocked(made), nil
}

// written is what a container has written as the tar of a layer, nil if that is nothing: also the bytes of which nobody has said what
// they are.
func (s *State) written(c Container, root *files.FS) ([]byte, error) {
	upper := root.Upper()
	var unknown []byte
	if c.SizeRw > 0 {
		unknown = image.EmptyFile(c.SizeRw, s.layerName())
	}
	if len(upper) == 0 {
		return unknown, nil
	}
	var tar bulk.Buffer
	if unknown != nil {
		_, _ = tar.Write(image.WithoutEnd(unknown)) // a buffer takes everything
	}
	err := upper.WriteTar(&tar)
	return tar.Bytes(), err
}

// unpauseAgain lets a container go on that was paused for a while, unless something else has happened to it.
func (s *State) unpauseAgain(c *Container) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index.byID[c.ID] != c {
		return
	}
	s.life(c).commits--
	if c.State.Paused {
		s.unpauseLocked(c)
	}
}
