package state

import "slices"

// BuildStep is one instruction of a Dockerfile as an image.
type BuildStep struct {
	// Parent is the ID of the image before; "" means there is none.
	Parent string
	// CreatedBy is what the history says of it, Author who maintains it.
	CreatedBy, Author string
	// Config is that of the image, ContainerConfig the JSON of that of the container that it ran in, and Container its ID.
	Config          Config
	ContainerConfig []byte
	Container       string
	// Tar is the layer that it makes; nil means none.
	Tar []byte
	// TellsCreate says that the making of the image is told.
	TellsCreate bool
}

// AddBuildStep adds the image of a step. The error is NotFound or Invalid.
func (s *State) AddBuildStep(b BuildStep) (Image, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := Image{
		Parent: b.Parent, Created: s.Now(), Author: b.Author, Container: b.Container, ContainerConfig: b.ContainerConfig, Config: b.Config,
	}
	if b.Parent != "" {
		parent := s.imageLocked(b.Parent)
		if parent == nil {
			return Image{}, NotFound{"No such image: " + b.Parent}
		}
		i.OS, i.Architecture, i.Variant = parent.OS, parent.Architecture, parent.Variant
		i.Layers, i.History = slices.Clone(parent.Layers), slices.Clone(parent.History)
	}
	i.History = append(i.History, History{Created: i.Created, CreatedBy: b.CreatedBy, Author: b.Author, EmptyLayer: b.Tar == nil})
	if b.Tar != nil {
		l, err := s.PackLayer(b.Tar)
		if err != nil {
			return Image{}, err
		}
		i.Layers = append(i.Layers, l)
	}
	made, err := s.findOrAddLocked(i)
	if err != nil {
		return Image{}, err
	}
	if b.TellsCreate {
		s.emitImage(made, made.ID, made.ID, "create")
	}
	return s.copyImageLocked(made), nil
}

// FindBuilt finds the newest image that a step made of another before: the cache of the classic builder.
func (s *State) FindBuilt(parent, createdBy string) (Image, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if parent != "" && s.imageIndex.children[parent] == 0 {
		return Image{}, false
	}
	for _, i := range slices.Backward(s.images) {
		if n := len(i.History); i.Parent == parent && n > 0 && i.History[n-1].CreatedBy == createdBy {
			return s.copyImageLocked(i), true
		}
	}
	return Image{}, false
}
