package state

import (
	"slices"
	"strings"
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
	// Configure makes the config of the image from the container; the error is that of CommitImage. The JSON is that of
	// the image's config and of the container's.
	Configure func(c Container) (config Config, image, container []byte, err error)
}

// CommitImage makes an image from a container (daemon/commit.go). The error is NotFound or Conflict, or of Configure.
func (s *State) CommitImage(o Commit) (Image, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(o.Container)
	switch {
	case err != nil:
		return Image{}, err
	case c.State.Dead:
		return Image{}, Conflict{"You cannot commit container " + c.ID + " which is Dead"}
	case c.State.Removing:
		return Image{}, Conflict{"You cannot commit container " + c.ID + " which is being removed"}
	}
	// Nothing comes between: it is as if it had been paused.
	if o.Pause && c.State.Live() && !c.State.Paused {
		s.emitContainerLocked(c, "pause", nil)
		defer s.emitContainerLocked(c, "unpause", nil)
	}
	parent := s.imageLocked(c.ImageID)
	switch {
	case c.ImageID == "":
		parent = &Image{}
	case parent == nil:
		return Image{}, NotFound{"No such image: " + c.ImageID}
	}
	config, image, container, err := o.Configure(c.clone())
	if err != nil {
		return Image{}, err
	}
	i := Image{
		Parent: parent.ID, Created: s.Now(), Author: o.Author, Comment: o.Comment, OS: parent.OS, Architecture: parent.Architecture,
		Variant: parent.Variant, Container: c.ID, ContainerConfig: container, Config: config, ConfigJSON: image,
		Layers: slices.Clone(parent.Layers),
	}
	step := History{Created: i.Created, CreatedBy: strings.Join(c.Config.Cmd, " "), Author: o.Author, Comment: o.Comment, EmptyLayer: c.SizeRw == 0}
	i.History = append(slices.Clone(parent.History), step)
	if c.SizeRw > 0 {
		l, err := s.PackLayer(emptyFile(c.SizeRw, s.ids.hex("layer")))
		if err != nil {
			return Image{}, err
		}
		i.Layers = append(i.Layers, l)
	}
	made, err := s.findOrAddLocked(i)
	if err != nil {
		return Image{}, err
	}
	if o.TellsCreate {
		s.emitImage(made, made.ID, made.ID, "create")
	}
	ref := ""
	if o.Ref != "" {
		ref = FamiliarName(o.Ref)
		made.Tagged = s.Now()
		s.setRefLocked(made, o.Ref)
		s.emitImage(made, made.ID, ref, "tag")
	}
	s.emitContainerLocked(c, "commit", map[string]string{"comment": o.Comment, "imageID": made.ID, "imageRef": ref})
	return s.copyImageLocked(made), nil
}

// Merge adds to a config what that of a container has and c does not say.
func (c Config) Merge(container Config) Config { return c.merge(container) }

// Clone returns a copy that shares nothing with c.
func (c Config) Clone() Config { return c.clone() }
