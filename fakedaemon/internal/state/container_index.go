package state

import (
	"slices"
	"strings"
)

// containerIndex finds containers without a walk over all of them. The zero value is ready for use.
type containerIndex struct {
	byID, byName map[string]*Container
	ids          []string       // sorted
	images       map[string]int // how many containers an image has, by its ID
}

func (x *containerIndex) add(c *Container) {
	if x.byID == nil {
		x.byID, x.byName, x.images = make(map[string]*Container), make(map[string]*Container), make(map[string]int)
	}
	x.byID[c.ID], x.byName[c.Name] = c, c
	x.images[c.ImageID]++
	at, _ := slices.BinarySearch(x.ids, c.ID)
	x.ids = slices.Insert(x.ids, at, c.ID)
}

func (x *containerIndex) remove(c *Container) {
	delete(x.byID, c.ID)
	delete(x.byName, c.Name)
	if x.images[c.ImageID]--; x.images[c.ImageID] == 0 {
		delete(x.images, c.ImageID)
	}
	if at, ok := slices.BinarySearch(x.ids, c.ID); ok {
		x.ids = slices.Delete(x.ids, at, at+1)
	}
}

// rename gives a container a name that nobody has.
func (x *containerIndex) rename(c *Container, name string) {
	delete(x.byName, c.Name)
	c.Name = name
	x.byName[name] = c
}

// prefixed returns the only container whose ID begins so; more says that there are several.
func (x *containerIndex) prefixed(prefix string) (found *Container, more bool) {
	at, _ := slices.BinarySearch(x.ids, prefix)
	if at == len(x.ids) || !strings.HasPrefix(x.ids[at], prefix) {
		return nil, false
	}
	if at+1 < len(x.ids) && strings.HasPrefix(x.ids[at+1], prefix) {
		return nil, true
	}
	return x.byID[x.ids[at]], false
}

// Container finds a container: by full ID, by name with or without a slash, or by a prefix of the ID that
// only one has (api/notes.md part 2). The error is NotFound or Ambiguous.
func (s *State) Container(term string) (Container, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return Container{}, err
	}
	return c.clone(), nil
}

func (s *State) containerLocked(term string) (*Container, error) {
	if c := s.linkedLocked(strings.TrimPrefix(term, "/")); c != nil {
		return c, nil
	}
	return s.namedContainerLocked(term)
}

// namedContainerLocked finds a container by what is its own, which no link is.
func (s *State) namedContainerLocked(term string) (*Container, error) {
	if c := s.index.byID[term]; c != nil {
		return c, nil
	}
	if c := s.containerByNameLocked(strings.TrimPrefix(term, "/")); c != nil {
		return c, nil
	}
	c, more := s.index.prefixed(term)
	switch {
	case more:
		return nil, Ambiguous{"multiple IDs found with provided prefix: " + term}
	case c == nil:
		return nil, NotFound{"No such container: " + term}
	}
	return c, nil
}

func (s *State) containerByNameLocked(name string) *Container { return s.index.byName[name] }

// Containers returns all containers in order of creation.
func (s *State) Containers() []Container {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Container, len(s.containers))
	for i, c := range s.containers {
		list[i] = c.clone()
	}
	return list
}
