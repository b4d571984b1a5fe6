package state

import (
	"fmt"
	"slices"
	"strings"
)

// firstPid is the first PID given out; they mean nothing.
const firstPid = 1000

// AddContainer adds a container in the state that it says. Endpoints, Ports and Mounts are kept when they are
// not nil; else they are made from Host and Config, with volumes as needed. The image must exist. One that is live has a
// process that runs until it is stopped, whatever its command line says.
func (s *State) AddContainer(c Container) (Container, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added, err := s.addContainerLocked(c)
	if err != nil {
		return Container{}, err
	}
	return added.clone(), nil
}

// addContainerLocked is AddContainer without an event. Nothing stays behind when it fails.
func (s *State) addContainerLocked(c Container) (*Container, error) {
	c = c.clone()
	if c.ID == "" {
		c.ID = s.ids.hex("container")
	}
	if err := checkID(c.ID); err != nil {
		return nil, err
	}
	if err := s.nameLocked(&c); err != nil {
		return nil, err
	}
	image := s.imageLocked(c.ImageID)
	if image == nil {
		return nil, NotFound{"No such image: " + c.Image}
	}
	c.Config = c.Config.merge(image.Config)
	if len(c.Config.Entrypoint)+len(c.Config.Cmd) == 0 {
		return nil, Invalid{"no command specified"}
	}
	if c.Created.IsZero() {
		c.Created = s.Now()
	}
	if c.Config.Hostname == "" {
		c.Config.Hostname = shortID(c.ID)
	}
	if c.State.Live() && c.State.Pid == 0 {
		c.State.Pid = s.pidLocked()
	}
	if err := s.networkLocked(&c); err != nil {
		return nil, err
	}
	slices.Sort(c.Config.ExposedPorts)
	if c.Ports != nil {
		s.keepPortsLocked(&c)
	} else if err := s.publishLocked(&c); err != nil {
		return nil, err
	}
	if err := s.mountLocked(&c); err != nil {
		s.unpublishLocked(&c)
		return nil, err
	}
	s.containers = append(s.containers, &c)
	s.index.add(&c)
	return &c, nil
}

// pidLocked returns the next PID; they mean nothing.
func (s *State) pidLocked() int {
	s.lastPid++
	return firstPid + s.lastPid - 1
}

// nameLocked checks or makes up the name of a new container.
func (s *State) nameLocked(c *Container) error {
	if s.index.byID[c.ID] != nil {
		return Conflict{fmt.Sprintf("container %s exists", c.ID)}
	}
	if c.Name == "" {
		c.Name = s.ids.name()
		for n := 0; s.containerByNameLocked(c.Name) != nil; n++ {
			c.Name = fmt.Sprintf("%s%d", s.ids.name(), n)
		}
		return nil
	}
	c.Name = strings.TrimPrefix(c.Name, "/")
	if !restrictedName.MatchString(c.Name) {
		return Invalid{fmt.Sprintf("Invalid container name (%s), only %s are allowed", c.Name, restrictedNameChars)}
	}
	if have := s.containerByNameLocked(c.Name); have != nil {
		return Conflict{fmt.Sprintf("Conflict. The container name %q is already in use by container %q. You have to remove (or rename) that container to be able to reuse that name.", "/"+c.Name, have.ID)}
	}
	return nil
}

// networkLocked gives a new container its endpoint.
func (s *State) networkLocked(c *Container) error {
	name := c.Host.NetworkMode
	if name == "" || name == "default" {
		name = "bridge"
		c.Host.NetworkMode = name
		if s.legacy {
			c.Host.NetworkMode = "default"
		}
	}
	if c.Endpoints != nil || strings.HasPrefix(c.Host.NetworkMode, "container:") {
		return nil
	}
	n := s.networkByNameLocked(name)
	if n == nil {
		return NotFound{fmt.Sprintf("network %s not found", name)}
	}
	e := Endpoint{Aliases: c.Host.Aliases}
	if !Predefined(n.Name) {
		e.DNSNames = append(append([]string{c.Name}, e.Aliases...), shortID(c.ID))
	}
	if c.State.Live() {
		var err error
		if e, err = s.connectLocked(n, e); err != nil {
			return err
		}
		c.SandboxID = s.ids.hex("sandbox")
	} else if !c.State.StartedAt.IsZero() {
		e.NetworkID = n.ID
	}
	c.Endpoints = map[string]Endpoint{n.Name: e}
	return nil
}

// mountLocked gives a new container its mounts.
func (s *State) mountLocked(c *Container) error {
	if c.Mounts != nil {
		return nil
	}
	for _, bind := range c.Host.Binds {
		m, err := s.parseBindLocked(bind)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.Mounts, func(have Mount) bool { return have.Destination == m.Destination }) {
			return Invalid{"Duplicate mount point: " + m.Destination}
		}
		c.Mounts = append(c.Mounts, m)
	}
	for _, destination := range c.Config.Volumes {
		if slices.ContainsFunc(c.Mounts, func(have Mount) bool { return have.Destination == destination }) {
			continue
		}
		v, err := s.addVolumeLocked(Volume{})
		if err != nil {
			return err
		}
		c.Mounts = append(c.Mounts, Mount{Type: "volume", Name: v.Name, Source: v.Mountpoint(), Destination: destination, Driver: v.Driver, RW: true})
	}
	return nil
}

// parseBindLocked makes a mount of SOURCE:DESTINATION[:MODE], and the volume if there is none.
func (s *State) parseBindLocked(bind string) (Mount, error) {
	invalid := func(why string) error { return Invalid{fmt.Sprintf("invalid volume specification: '%s'%s", bind, why)} }
	parts := strings.Split(bind, ":")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" || parts[1] == "" {
		return Mount{}, invalid("")
	}
	m := Mount{Type: "volume", Name: parts[0], Destination: parts[1], Mode: "z", RW: true}
	if strings.HasPrefix(parts[0], "/") {
		m = Mount{Type: "bind", Source: parts[0], Destination: parts[1], RW: true, Propagation: "rprivate"}
	}
	if len(parts) == 3 {
		m.Mode = parts[2]
		m.RW = !slices.Contains(strings.Split(m.Mode, ","), "ro")
	}
	if !strings.HasPrefix(m.Destination, "/") {
		return Mount{}, invalid(fmt.Sprintf(": invalid mount config for type %q: invalid mount path: '%s' mount path must be absolute", m.Type, m.Destination))
	}
	if m.Type == "volume" {
		v, err := s.addVolumeLocked(Volume{Name: m.Name})
		if err != nil {
			return Mount{}, err
		}
		m.Source, m.Driver = v.Mountpoint(), v.Driver
	}
	return m, nil
}
