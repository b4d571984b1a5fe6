package state

import (
	"maps"
	"slices"
	"strings"
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
	s.emitImage(s.imageLocked(image), id, name, action)
}

// EmitPrune tells the event of a prune of containers, images, networks or the like.
func (s *State) EmitPrune(kind string, reclaimed int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.emitPrune(kind, reclaimed)
}

// StoreImage adds an image that comes from elsewhere, or finds the one that it is: old says that there was one. Of an
// image that has it, the references of i are set, Tagged is as i says if it does, and the repositories and the annotations
// are added.
func (s *State) StoreImage(i Image) (stored Image, old bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fillContent(&i); err != nil {
		return Image{}, false, err
	}
	have := s.imageLocked(s.contentID(&i))
	if have == nil {
		if have, err = s.addImageLocked(i); err != nil {
			return Image{}, false, err
		}
		return s.copyImageLocked(have), false, nil
	}
	for _, ref := range i.Refs {
		s.setRefLocked(have, ref)
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

// findOrAddLocked adds an image unless there is one of the same content.
func (s *State) findOrAddLocked(i Image) (*Image, error) {
	if err := s.fillContent(&i); err != nil {
		return nil, err
	}
	if have := s.imageLocked(s.contentID(&i)); have != nil {
		return have, nil
	}
	return s.addImageLocked(i)
}

// union adds to a list what it does not have.
func union(list, more []string) []string {
	for _, v := range more {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// AddRepository remembers that a repository has an image.
func (s *State) AddRepository(id, repository string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.imageLocked(id); i != nil {
		i.Repositories = union(i.Repositories, []string{repository})
	}
}

// LayerRepositories returns the repositories of a registry that are known to have a layer, sorted.
func (s *State) LayerRepositories(diffID, registry string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []string
	for _, i := range s.images {
		if slices.ContainsFunc(i.Layers, func(l Layer) bool { return l.DiffID == diffID }) {
			list = union(list, i.Repositories)
		}
	}
	list = slices.DeleteFunc(list, func(name string) bool { return !strings.HasPrefix(name, registry+"/") })
	slices.Sort(list)
	return list
}

// TagImage gives an image a reference, which another may lose, and tells of it. The error is NotFound.
func (s *State) TagImage(id, ref string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.imageLocked(id)
	if i == nil {
		return NotFound{"No such image: " + id}
	}
	if s.imageIndex.refs[ref] != i {
		i.Dangling = false
	}
	if !s.engine.StoresManifests || s.imageIndex.refs[ref] != i {
		i.Tagged = s.Now()
	}
	s.setRefLocked(i, ref)
	s.emitImage(i, i.ID, FamiliarName(ref), "tag")
	return nil
}

// SetRef gives an image a reference, which another may lose. Nothing is told.
func (s *State) SetRef(id, ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.imageLocked(id); i != nil {
		s.setRefLocked(i, ref)
	}
}

// AddDigestRef remembers the digest under which a repository has an image, unless the repository is known to have
// another image under it. Nothing is told.
func (s *State) AddDigestRef(id, ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.imageLocked(id); i != nil && s.imageIndex.refs[ref] == nil {
		s.setRefLocked(i, ref)
	}
}

// RefsOf returns the references that images have in a repository, sorted.
func (s *State) RefsOf(repository string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []string
	for ref := range s.imageIndex.refs {
		if name, _, _ := cutReference(ref); name == repository {
			list = append(list, ref)
		}
	}
	slices.Sort(list)
	return list
}

// KeepDangling gives what has a reference in containerd's image store the name of nameless images too, as dockerd does
// before it loads an image by that reference.
func (s *State) KeepDangling(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.imageIndex.refs[ref]; i != nil {
		i.Dangling = true
	}
}

// FindLayers returns the layers that an image here begins with as another does: the longest list that dockerd need not
// get again, of those with the given diff IDs.
func (s *State) FindLayers(diffIDs []string) []Layer {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var best []Layer
	for _, i := range s.images {
		n := 0
		for n < len(diffIDs) && n < len(i.Layers) && i.Layers[n].DiffID == diffIDs[n] {
			n++
		}
		if n > len(best) {
			best = i.Layers[:n]
		}
	}
	return slices.Clone(best)
}
