package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// ContainerRoot are a container and its files, with all that is mounted in them to be seen, as the daemon itself opens them
// (daemon/containerfs_linux.go).
func (s *State) ContainerRoot(term string) (Container, *files.FS, error) {
	s.awaken(term)
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return Container{}, nil, err
	}
	return c.clone(), s.filesLocked(c), nil
}

// ContainerSize is what a container has written, in bytes; containerd's snapshots count blocks.
func (s *State) ContainerSize(term string) int64 {
	s.mu.Lock()
	c, err := s.containerLocked(term)
	if err != nil {
		s.mu.Unlock()
		return 0
	}
	root, unknown := s.rootLocked(c), c.SizeRw
	s.mu.Unlock()
	return s.size(root, unknown)
}

// size is that of files that were written and of what nobody has said what it is, in bytes.
func (s *State) size(root *files.FS, unknown int64) int64 {
	bytes, blocks := root.Written()
	switch {
	case !s.engine.StoresManifests:
		return unknown + bytes
	case unknown > 0 && blocks == 1:
		return unknown // which is all of it
	}
	return unknown + blocks*files.BlockSize
}

// Unwritable says why nothing can be put into a folder of a container: it is read-only (checkWritablePath of daemon/archive_unix.go).
func (c Container) Unwritable(dir string) error {
	mounts := slices.Clone(c.Mounts)
	slices.SortFunc(mounts, func(a, b Mount) int { return len(b.Destination) - len(a.Destination) })
	for _, m := range mounts {
		if dir != m.Destination && !strings.HasPrefix(dir, strings.TrimSuffix(m.Destination, "/")+"/") {
			continue
		}
		if m.RW {
			return nil
		}
		return Invalid{"mounted volume is marked read-only"}
	}
	if c.Host.ReadOnly {
		return Invalid{"container rootfs is marked read-only"}
	}
	return nil
}

// ArchiveOwner is who gets what is put into a container with its user's IDs; nil leaves the owners as they are (daemon/archive_tarcopyoptions_unix.go).
// Engines that unpack in a process of their own ask the host, which knows nobody but root.
func (s *State) ArchiveOwner(c Container, root *files.FS) (*files.Owner, error) {
	user, group, _ := strings.Cut(c.Config.User, ":")
	switch {
	case c.Config.User == "":
		return nil, nil
	case s.engine.UnpacksApart && (c.Config.User == "root" || c.Config.User == "0"):
		return &files.Owner{}, nil
	case s.engine.UnpacksApart:
		return nil, fmt.Errorf("getent unable to find entry %q in passwd database", c.Config.User)
	}
	if _, err := findAccount(root, user); err != nil {
		return nil, Invalid{fmt.Sprintf("failed to look up user %q in container: no matching entries in passwd file", user)}
	}
	a, err := findAccount(root, c.Config.User)
	if err != nil {
		return nil, Invalid{fmt.Sprintf("failed to look up group %q in container: no matching entries in group file", group)}
	}
	return &a.Owner, nil
}
