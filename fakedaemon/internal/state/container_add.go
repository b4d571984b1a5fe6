package state

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// firstPid is the first PID of the host that is given out. No process has one: it is above the highest pid_max of Linux, 1<<22
// (proc_sys_kernel(5)), also for what is reckoned from it. So a test that signals it as root kills nobody.
const firstPid = 4_200_000

// AddContainer adds a container in the state that it says. Endpoints, Ports and Mounts are kept when they are
// not nil; else they are made from Host and Config, with volumes as needed. The image must exist. One that is live has a
// process that runs until it is stopped, whatever its command line says.
func (s *State) AddContainer(c Container) (Container, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added, err := s.addContainerLocked(c, s.volumes.add, nil)
	if err != nil {
		return Container{}, err
	}
	return added.clone(), nil
}

// addContainerLocked is AddContainer without an event, unless a client asks and check is set: what it refuses, or what cannot be mounted,
// dockerd finds after it has registered the container, and tells that it is destroyed (daemon/create.go). Nothing stays behind when it
// fails. AddVolume makes the volumes that do not exist.
func (s *State) addContainerLocked(c Container, addVolume func(Volume) (*Volume, error), check func(*Container) error) (*Container, error) {
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
	var config image.Config
	if i := s.images.ids[c.ImageID]; i != nil {
		config = i.Config
	} else if c.ImageID != "" || c.Image != "" {
		return nil, NotFound{"No such image: " + c.Image}
	}
	c.Config = c.Config.Merge(config)
	if len(c.Config.Entrypoint)+len(c.Config.Cmd) == 0 {
		return nil, Invalid{"no command specified"}
	}
	if check != nil {
		if err := check(&c); err != nil {
			s.emitContainerLocked(&c, "destroy", nil)
			return nil, err
		}
	}
	if c.Created.IsZero() {
		c.Created = s.Now()
	}
	if c.Config.Hostname == "" {
		c.Config.Hostname = shortID(c.ID)
	}
	if c.State.Live() && c.State.Pid == 0 {
		c.State.Pid = s.pidLocked()
		if err := s.joinLocked(&c); err != nil {
			return nil, err
		}
	}
	if err := s.networkLocked(&c); err != nil {
		return nil, err
	}
	slices.Sort(c.Config.ExposedPorts)
	if c.Ports != nil {
		s.ports.keep(&c)
	} else if err := s.ports.publish(&c); err != nil {
		s.networks.disconnectAll(&c)
		return nil, err
	}
	if err := s.mountLocked(&c, addVolume); err != nil {
		s.ports.unpublish(&c)
		s.networks.disconnectAll(&c)
		if check != nil {
			s.emitContainerLocked(&c, "destroy", nil)
		}
		return nil, err
	}
	s.networks.keepEndpoints(&c)
	s.volumes.retain(&c)
	s.containers = append(s.containers, &c)
	s.index.add(&c)
	s.standOnLocked(&c, s.images.ids[c.ImageID])
	s.fillVolumesLocked(&c)
	if c.State.Live() {
		s.keepRunningLocked(&c)
	}
	return &c, nil
}

// pidLocked returns the next PID of the host.
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
	given := c.Name
	c.Name = strings.TrimPrefix(given, "/")
	return s.checkNameLocked(c.Name, given)
}

// checkNameLocked checks a name that a container is to have.
func (s *State) checkNameLocked(name, given string) error {
	if !restrictedName.MatchString(name) {
		return Invalid{fmt.Sprintf("Invalid container name (%s), only %s are allowed", given, restrictedNameChars)}
	}
	if have := s.containerByNameLocked(name); have != nil {
		return Conflict{fmt.Sprintf("Conflict. The container name %q is already in use by container %q. You have to remove (or rename) that container to be able to reuse that name.", "/"+name, have.ID)}
	}
	return nil
}

// networkLocked gives a new container its endpoint.
func (s *State) networkLocked(c *Container) error {
	name := c.Host.NetworkMode
	if name == "" || name == "default" {
		name = "bridge"
		c.Host.NetworkMode = name
		if s.engine.ShowsDefaultNetwork {
			c.Host.NetworkMode = "default"
		}
	}
	if c.Endpoints != nil || strings.HasPrefix(c.Host.NetworkMode, "container:") {
		return nil
	}
	n := s.networks.named(name)
	if n == nil {
		return NotFound{fmt.Sprintf("network %s not found", name)}
	}
	e := Endpoint{Aliases: c.Host.Aliases}
	s.networks.nameEndpoint(c, n, &e)
	if c.State.Live() {
		var err error
		if e, err = s.networks.connect(c, n, e); err != nil {
			return err
		}
		c.SandboxID = s.ids.hex("sandbox")
	} else if !c.State.StartedAt.IsZero() {
		e.NetworkID = n.ID
	}
	c.Endpoints = map[string]Endpoint{n.Name: e}
	return nil
}

// CreateContainer does what a client asks: as AddContainer, for a container that has not started, and with events. The
// image is that of ImageID; "" means none.
func (s *State) CreateContainer(c Container) (Container, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added, err := s.addContainerLocked(c, s.createVolumeLocked, func(c *Container) error {
		if err := checkSecurityOpt(c.Host.SecurityOpt); err != nil {
			return err
		}
		for _, from := range c.Host.VolumesFrom {
			if err := s.mountFromLocked(&Container{}, from); err != nil {
				return err
			}
		}
		return s.checkLinksLocked(c)
	})
	if err != nil {
		return Container{}, err
	}
	s.emitContainerLocked(added, "create", nil)
	return added.clone(), nil
}

// checkLinksLocked refuses links to containers that do not exist (registerLinks of daemon/daemon_unix.go).
func (s *State) checkLinksLocked(c *Container) error {
	if custom := c.Host.NetworkMode; custom != "" && !Predefined(custom) && !strings.HasPrefix(custom, "container:") {
		return nil
	}
	c.Host.Links = slices.Clone(c.Host.Links)
	for n, link := range c.Host.Links {
		name, alias, err := parseLink(link)
		if err != nil {
			return err
		}
		child, err := s.containerLocked(name)
		for range s.containers { // those in each other's network have no end
			if err != nil || !strings.HasPrefix(child.Host.NetworkMode, "container:") {
				break
			}
			name = strings.TrimPrefix(child.Host.NetworkMode, "container:")
			child, err = s.containerLocked(name)
		}
		if err != nil {
			return Invalid{fmt.Sprintf("could not get container for %s: %s", name, err)}
		}
		if child.Host.NetworkMode == "host" {
			return Invalid{"conflicting options: host type networking can't be used with links. This would result in undefined behavior"}
		}
		c.Host.Links[n] = child.ID + ":" + alias // whatever he is called later
	}
	return nil
}

// parseLink reads NAME:ALIAS as opts.ParseLink does; its errors have no class.
func parseLink(link string) (name, alias string, err error) {
	parts := strings.Split(link, ":")
	switch {
	case link == "":
		return "", "", fmt.Errorf("empty string specified for links")
	case len(parts) > 2:
		return "", "", fmt.Errorf("bad format for links: %s", link)
	case len(parts) == 1:
		return link, link, nil
	case strings.HasPrefix(parts[0], "/"):
		return parts[0][1:], path.Base(parts[1]), nil
	}
	return parts[0], parts[1], nil
}

// checkSecurityOpt is parseSecurityOpt of daemon/daemon_unix.go; its errors have no class.
func checkSecurityOpt(options []string) error {
	for _, opt := range options {
		switch opt {
		case "no-new-privileges", "writable-cgroups", "disable":
			continue
		}
		key, value, ok := strings.Cut(opt, "=")
		if !ok {
			key, value, ok = strings.Cut(opt, ":")
		}
		if !ok {
			return fmt.Errorf("invalid --security-opt 1: %q", opt)
		}
		switch key {
		case "label", "apparmor", "seccomp":
			continue
		case "no-new-privileges", "writable-cgroups":
			if _, err := strconv.ParseBool(value); err == nil {
				continue
			}
		}
		return fmt.Errorf("invalid --security-opt 2: %q", opt)
	}
	return nil
}
