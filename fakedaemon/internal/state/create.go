package state

import (
	"fmt"
	"path"
	"strings"
)

// CreateContainer does what a client asks: as AddContainer, for a container that has not started, and with events. The
// image is that of ImageID; "" means none.
func (s *State) CreateContainer(c Container) (Container, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, from := range c.Host.VolumesFrom {
		if err := s.mountFromLocked(&Container{}, from); err != nil {
			return Container{}, err
		}
	}
	if err := s.checkLinksLocked(&c); err != nil {
		return Container{}, err
	}
	added, err := s.addContainerLocked(c, s.createVolumeLocked)
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
	for _, link := range c.Host.Links {
		name, _, err := parseLink(link)
		if err != nil {
			return err
		}
		child, err := s.containerLocked(name)
		for err == nil && strings.HasPrefix(child.Host.NetworkMode, "container:") {
			name = strings.TrimPrefix(child.Host.NetworkMode, "container:")
			child, err = s.containerLocked(name)
		}
		if err != nil {
			return Invalid{fmt.Sprintf("could not get container for %s: %s", name, err)}
		}
		if child.Host.NetworkMode == "host" {
			return Invalid{"conflicting options: host type networking can't be used with links. This would result in undefined behavior"}
		}
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
