package state

import (
	"fmt"
	"slices"
	"strings"
)

// RemoveOptions says how to remove a container.
type RemoveOptions struct {
	// Force kills the process of one that runs.
	Force bool
	// Volumes removes its anonymous volumes too.
	Volumes bool
	// Link removes a link by its name and not the container.
	Link bool
}

// Remove removes a container. The error is Conflict when it runs.
func (s *State) Remove(term string, o RemoveOptions) error {
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return err
	}
	if c.State.Removing {
		return Conflict{fmt.Sprintf("removal of container %s is already in progress", term)}
	}
	if o.Link {
		return s.unlinkLocked(term)
	}
	failed := func(why string) error { return Conflict{fmt.Sprintf("cannot remove container %q: %s", term, why)} }
	switch {
	case c.State.Running && !o.Force && s.engine.OldRemovalTexts:
		advice := "Stop the container before attempting removal or force remove"
		if c.State.Paused {
			advice = "Unpause and then " + strings.ToLower(advice[:1]) + advice[1:]
		}
		return Conflict{fmt.Sprintf("You cannot remove a %s container %s. %s", c.State.Status(), c.ID, advice)}
	case c.State.Paused && !o.Force:
		return failed("container is paused and must be unpaused first")
	case c.State.Running && !o.Force:
		return failed(fmt.Sprintf("container is %s: stop the container before removing or force remove", c.State.Status()))
	}
	s.removeLocked(c, o.Volumes)
	return nil
}

// removeLocked removes a container, whose process it kills.
func (s *State) removeLocked(c *Container, volumes bool) {
	c.State.Removing = true
	if c.State.Running {
		s.killLocked(c, sigkill)
	}
	l := s.life(c)
	l.next()
	s.volumes.release(c)
	if volumes {
		s.removeAnonymousLocked(c)
	}
	if at := slices.Index(s.containers, c); at >= 0 {
		s.containers = slices.Delete(s.containers, at, at+1)
	}
	s.index.remove(c)
	s.forgetExecsLocked(c)
	if l.io != nil {
		l.io.Hub.EndRun() // of who is attached and has seen no run
		l.io.Log.Remove()
	}
	c.State.Error = "" // what is told is whether the removal worked
	s.wakeLocked(c, true)
	delete(s.lives, c.ID)
	s.emitContainerLocked(c, "destroy", nil)
}

// removeAnonymousLocked removes the volumes that were made for a container and that no other mounts.
func (s *State) removeAnonymousLocked(c *Container) {
	for _, m := range c.Mounts {
		v := s.volumes.mounted(m)
		if v == nil || len(s.volumes.users[v.Name]) > 0 || !anonymous(v, c) {
			continue
		}
		s.volumes.drop(func(have *Volume) bool { return have == v })
		s.emitVolume(v, "destroy", nil)
	}
}

// anonymous reports whether a container has a volume that was given no name. One that it mounts by its name stays (daemon/mounts.go).
func anonymous(v *Volume, c *Container) bool {
	return hexID.MatchString(v.Name) &&
		!slices.ContainsFunc(c.Host.Binds, func(bind string) bool { return strings.HasPrefix(bind, v.Name+":") }) &&
		!slices.ContainsFunc(c.Host.Mounts, func(m MountRequest) bool { return m.Source == v.Name })
}

// PruneContainers removes the containers that do not run and that unused accepts, newest first. It returns their IDs, nil
// when there are none, and how many bytes they had written.
func (s *State) PruneContainers(unused func(Container) bool) (removed []string, reclaimed int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.containers)
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b *Container) int { return b.Created.Compare(a.Created) })
	for _, c := range all {
		if c.State.Running || c.State.Removing || !unused(c.clone()) {
			continue
		}
		reclaimed += s.size(s.rootLocked(c), c.SizeRw)
		s.removeLocked(c, false)
		removed = append(removed, c.ID)
	}
	s.emitPrune("container", reclaimed)
	return removed, reclaimed
}
