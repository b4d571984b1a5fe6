package state

import (
	"maps"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// emitImage tells an event of an image: with a name, and with the labels of the image unless it is nil.
func (s *State) emitImage(i *Image, id, name, action string) {
	attributes := make(map[string]string)
	if i != nil {
		maps.Copy(attributes, i.Config.Labels)
	}
	attributes["name"] = name
	s.emit(Event{Type: "image", Action: action, ID: id, Attributes: attributes})
}

// EmitImage tells an event that concerns an image and changes nothing, such as "save": id is how the event names it, and
// name an attribute.
func (s *State) EmitImage(image, id, name, action string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.emitImage(s.images.ids[image], id, name, action)
}

// EmitPrune tells the event of a prune of containers, images, networks or the like.
func (s *State) EmitPrune(kind string, reclaimed int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.emitPrune(kind, reclaimed)
}

// StoreImage adds an image that comes from elsewhere, or finds the one that it is: old says that there was one. Of an
// image that has it, the references of i are set, Tagged is as i says if it does, and the repositories and the annotations
// are added. The error is NotFound if what stores it was begun in another era.
func (s *State) StoreImage(era int, i Image) (stored Image, old bool, err error) {
	if i, err = s.complete(i); err != nil {
		return Image{}, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.era != era {
		return Image{}, false, NotFound{"No such image: " + i.ID}
	}
	have, old, err := s.images.findOrAdd(i)
	if err != nil {
		return Image{}, false, err
	}
	if !old {
		return s.copyImageLocked(have), false, nil
	}
	for _, ref := range i.Refs {
		s.images.setRef(have, ref)
	}
	if !i.Tagged.IsZero() {
		have.Tagged = i.Tagged
	}
	if have.Annotations == nil {
		have.Annotations = make(map[string]map[string]string)
	}
	maps.Copy(have.Annotations, i.Annotations)
	have.PulledFrom, have.Repositories = union(have.PulledFrom, i.PulledFrom), union(have.Repositories, i.Repositories)
	return s.copyImageLocked(have), true, nil
}

// AddRepository remembers that a repository has an image.
func (s *State) AddRepository(id, repository string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.images.ids[id]; i != nil {
		i.Repositories = union(i.Repositories, []string{repository})
	}
}

// LayerRepositories returns the repositories of a registry that are known to have a layer, sorted.
func (s *State) LayerRepositories(diffID, registry string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.images.layerRepositories(diffID, registry)
}

// TagImage gives an image a reference, which another may lose, and tells of it. The error is NotFound.
func (s *State) TagImage(id, ref string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.images.ids[id]
	if i == nil {
		return NotFound{"No such image: " + id}
	}
	if s.images.refs[ref] != i {
		i.Dangling = false
	}
	if !s.engine.StoresManifests || s.images.refs[ref] != i {
		i.Tagged = s.Now()
	}
	s.images.setRef(i, ref)
	s.emitImage(i, i.ID, image.FamiliarName(ref), "tag")
	return nil
}

// SetRef gives an image a reference, which another may lose. Nothing is told.
func (s *State) SetRef(id, ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.images.ids[id]; i != nil {
		s.images.setRef(i, ref)
	}
}

// AddDigestRef remembers the digest under which a repository has an image, unless the repository is known to have
// another image under it. Nothing is told.
func (s *State) AddDigestRef(id, ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.images.ids[id]; i != nil && s.images.refs[ref] == nil {
		s.images.setRef(i, ref)
	}
}

// RefsOf returns the references that images have in a repository, sorted.
func (s *State) RefsOf(repository string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.images.refsOf(repository)
}

// KeepDangling gives what has a reference in containerd's image store the name of nameless images too, as dockerd does
// before it loads an image by that reference.
func (s *State) KeepDangling(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.images.refs[ref]; i != nil {
		i.Dangling = true
	}
}

// FindLayers returns the layers that an image here begins with as another does: the longest list that dockerd need not
// get again, of those with the given diff IDs.
func (s *State) FindLayers(diffIDs []string) []image.Layer {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.images.findLayers(diffIDs)
}
