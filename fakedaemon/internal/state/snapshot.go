package state

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// Snapshot is what existed at one moment. Nobody changes it.
type Snapshot struct {
	ids        map[string]uint64
	lastPid    int
	nextPool   int
	lastPorts  map[string]int
	images     []Image
	networks   []Network
	volumes    []Volume
	containers []Container
	programs   map[programKey]Program
	past       []Event
	// files are those of containers by ID, volumeFiles those of volumes by name, hostFiles what containers see of the host.
	files, volumeFiles map[string]*files.FS
	hostFiles          *files.FS
}

// Snapshot returns what exists. The error is Conflict for a daemon in a swarm, which it cannot keep.
func (s *State) Snapshot() (*Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.swarm != nil {
		return nil, Conflict{"a swarm cannot be kept: leave it first"}
	}
	past, sub := s.Subscribe()
	sub.Close()
	snap := &Snapshot{
		ids:       maps.Clone(s.ids.count),
		lastPid:   s.lastPid,
		nextPool:  s.networks.space.next,
		lastPorts: maps.Clone(s.ports.last),
		programs:  s.programs.clone(),
		past:      past,
	}
	snap.files = make(map[string]*files.FS)
	for id, l := range s.lives {
		if l.files != nil {
			snap.files[id] = l.files.Clone()
		}
	}
	snap.volumeFiles = cloneFiles(s.volumes.files)
	if s.host != nil {
		snap.hostFiles = s.host.Clone()
	}
	for _, i := range s.images.list {
		snap.images = append(snap.images, i.clone())
	}
	for _, n := range s.networks.list {
		snap.networks = append(snap.networks, n.clone())
	}
	for _, v := range s.volumes.list {
		snap.volumes = append(snap.volumes, *v)
	}
	for _, c := range s.containers {
		kept := c.clone()
		kept.State.Paused = c.State.Paused && s.life(c).commits == 0
		snap.containers = append(snap.containers, kept)
	}
	return snap, nil
}

func cloneFiles(all map[string]*files.FS) map[string]*files.FS {
	clones := make(map[string]*files.FS, len(all))
	for name, fs := range all {
		clones[name] = fs.Clone()
	}
	return clones
}

// Era is what Restore changes: what was begun in another adds nothing.
func (s *State) Era() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.era
}

// Restore makes exist what existed then, and nothing else. It tells no events: those of the past are the snapshot's. Who
// waits for a container is told of its removal. A process that ran runs again, until it is stopped; execs are forgotten.
func (s *State) Restore(snap *Snapshot) error {
	s.mu.Lock()
	defer s.unlock()
	s.era++
	for _, c := range s.containers {
		l := s.life(c)
		l.next()
		s.endProcessesLocked(l)
		for _, e := range slices.Clone(l.execs) {
			s.dropExecLocked(l, e, 128+sigkill)
		}
		if l.io != nil {
			l.io.end()
			l.io.Log.Remove()
		}
		s.wakeLocked(c, true)
	}
	s.containers, s.index, s.ports, s.lives, s.execs = nil, containerIndex{}, hostPorts{}, nil, nil
	s.images = images{}
	s.networks.clear()
	s.volumes.list, s.volumes.byName, s.volumes.users = nil, nil, nil
	s.volumes.files, s.host = cloneFiles(snap.volumeFiles), nil
	if snap.hostFiles != nil {
		s.host = snap.hostFiles.Clone()
	}
	s.swarm = nil
	s.programs.restore(snap.programs)
	for _, i := range snap.images {
		if _, err := s.images.add(i.clone()); err != nil {
			return fmt.Errorf("image %s: %w", i.ID, err)
		}
	}
	for _, n := range snap.networks {
		n := n.clone()
		var own pools
		if !n.ConfigOnly {
			var err error
			if own, err = s.networks.space.allocate(&n); err != nil {
				return fmt.Errorf("network %s: %w", n.Name, err)
			}
		}
		s.networks.store(&n, own)
	}
	for _, v := range snap.volumes {
		if _, err := s.volumes.add(v); err != nil {
			return fmt.Errorf("volume %s: %w", v.Name, err)
		}
	}
	for _, c := range snap.containers {
		if c.Mounts == nil {
			c.Mounts = []Mount{}
		}
		if c.Ports == nil {
			c.Ports = map[string][]PortBinding{}
		}
		added, err := s.addContainerLocked(c, s.volumes.add, nil)
		if err != nil {
			return fmt.Errorf("container %s: %w", c.Name, err)
		}
		if kept := snap.files[c.ID]; kept != nil {
			l := s.life(added)
			l.files = kept.Clone()
			s.mountFilesLocked(added, l)
		}
	}
	s.lastPid, s.networks.space.next = snap.lastPid, snap.nextPool
	s.ids.count, s.ports.last = maps.Clone(snap.ids), maps.Clone(snap.lastPorts)
	s.events.mu.Lock()
	defer s.events.mu.Unlock()
	s.events.past = cloneEvents(snap.past)
	return nil
}
