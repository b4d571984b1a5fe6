package state

import (
	"fmt"
	"strconv"
	"strings"
)

// Rename gives a container another name, with or without a slash.
func (s *State) Rename(term, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "" {
		return Invalid{"Neither old nor new names may be empty"}
	}
	c, err := s.containerLocked(term)
	if err != nil {
		return err
	}
	name = strings.TrimPrefix(name, "/")
	if name == c.Name {
		return Invalid{"Renaming a container with the same name as its current name"}
	}
	if err := s.checkNameLocked(name, "/"+name); err != nil {
		return wrap(err, "Error when allocating new name")
	}
	old := c.Name
	s.index.rename(c, name)
	for network, e := range c.Endpoints {
		if n := s.networks.ofEndpoint(network, e); n != nil && c.State.Live() {
			s.networks.nameEndpoint(c, n, &e)
			c.Endpoints[network] = e
		}
	}
	s.emitContainerLocked(c, "rename", map[string]string{"oldName": "/" + old})
	return nil
}

// UpdateContainer changes what a container asks of its host. It stays as it is when change fails, with an error of this
// package; change must not call the State.
func (s *State) UpdateContainer(term string, change func(*Container) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return err
	}
	if c.State.Removing || c.State.Dead {
		return fmt.Errorf("Cannot update container %s: container is marked for removal and cannot be \"update\"", c.ID)
	}
	changed := c.clone()
	if err := change(&changed); err != nil {
		return wrap(err, "Cannot update container "+c.ID)
	}
	c.Host, c.HostConfigJSON = changed.Host, changed.HostConfigJSON
	s.emitContainerLocked(c, "update", nil)
	return nil
}

// ResizeContainer gives the terminal of a container another size.
func (s *State) ResizeContainer(term string, rows, cols uint16) error {
	s.awaken(term)
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return err
	}
	if !c.State.Running {
		return notRunning(c)
	}
	s.ioLocked(c).in.resize(rows, cols)
	s.touchLocked(s.life(c))
	s.emitContainerLocked(c, "resize", map[string]string{
		"height": strconv.FormatUint(uint64(rows), 10),
		"width":  strconv.FormatUint(uint64(cols), 10),
	})
	return nil
}

// ResizeExec gives the terminal of an exec another size, now or when it is started; the error is NotFound.
func (s *State) ResizeExec(id string, rows, cols uint16) error {
	s.mu.Lock()
	defer s.unlock()
	e := s.execs[id]
	if e == nil {
		return noExec(id)
	}
	s.execIOLocked(e).in.resize(rows, cols)
	if c := s.index.byID[e.ContainerID]; c != nil {
		s.touchLocked(s.life(c))
	}
	return nil
}
