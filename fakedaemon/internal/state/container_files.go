package state

import (
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/program"
)

// MadeUp reports whether nobody has said what files an image has: its lowest layer was made up for its size.
func (i *Image) MadeUp() bool { return len(i.Layers) > 0 && i.Layers[0].MadeUp() }

// worlds are the images whose files are known although nobody has said what they are; the first one is that of all others.
var worlds = []string{"", "busybox", "alpine", "debian", "ubuntu", "hello-world"}

// worldLocked is the world of an image that is made up: that of its own name or, as it is built on another, of that one's.
func (s *State) worldLocked(i *Image) string {
	for ; i != nil; i = s.images.ids[i.Parent] {
		for _, ref := range slices.Concat(i.Refs, i.PulledFrom) {
			name, _, _ := cutReference(ref)
			if name = path.Base(name); slices.Contains(worlds, name) {
				return name
			}
		}
	}
	return worlds[0]
}

// stand is what containers of an image stand on.
type stand struct {
	image *files.Base // the files of the image; nil is none
	base  *files.Base // what dockerd has in every container, above them
	// services says that nobody has said what programs there are.
	services bool
	// found is where programs were found in base.
	found *sync.Map
}

// standOnLocked gives a new container the files of its image, nil without one. They are read when somebody looks.
func (s *State) standOnLocked(c *Container, i *Image) {
	on := stand{base: bare, found: new(sync.Map)}
	if i != nil {
		on = s.standLocked(i)
	}
	l := s.life(c)
	l.base, l.found = on.base, on.found
	l.finder.Services = on.services
	if c.Config.StopSignal != "" {
		l.finder.StopSignal = c.stopSignal()
	}
}

// readFiles reads what is in the image of a container before somebody needs it who holds s.mu. The error is for those who look.
func (s *State) readFiles(term string) {
	s.mu.RLock()
	var base *files.Base
	if c, err := s.containerLocked(term); err == nil && s.lives[c.ID] != nil {
		base = s.lives[c.ID].base
	}
	s.mu.RUnlock()
	if base != nil {
		_ = base.Err()
	}
}

func (s *State) standLocked(i *Image) stand {
	x := &s.images
	if on, ok := x.stands[i.ID]; ok {
		return on
	}
	on := stand{base: bare}
	var below *files.Base
	if i.MadeUp() {
		name := s.worldLocked(i)
		on = stand{base: worldStands[name], services: name == worlds[0]}
		below = worldBases[name]
	}
	real := false
	for _, l := range i.Layers {
		if !l.MadeUp() {
			below, real = x.baseOf(l, below), true
		}
	}
	if real {
		on.base = files.NewBase(below, initial)
	}
	on.image, on.found = below, new(sync.Map)
	if x.stands == nil {
		x.stands = make(map[string]stand)
	}
	x.stands[i.ID] = on
	return on
}

// baseOf are the files of a layer above others.
func (x *images) baseOf(l image.Layer, below *files.Base) *files.Base {
	if x.bases == nil {
		x.bases = make(map[string]*files.Base)
	}
	if x.bases[l.ChainID] == nil {
		load := l.Files
		if below == nil {
			load = func() (files.Tree, error) {
				tree, err := l.Files()
				return program.Complete(tree), err
			}
		}
		x.bases[l.ChainID] = files.NewBase(below, load)
	}
	return x.bases[l.ChainID]
}

// worldBases are the files of worlds, worldStands what their containers stand on, bare what one without an image does.
var (
	worldBases, worldStands = makeWorlds()
	bare                    = files.NewBase(nil, initial)
)

func makeWorlds() (bases, stands map[string]*files.Base) {
	bases, stands = make(map[string]*files.Base), make(map[string]*files.Base)
	for _, name := range worlds {
		bases[name] = files.NewBase(nil, func() (files.Tree, error) { return program.Base(name), nil })
		stands[name] = files.NewBase(bases[name], initial)
	}
	return bases, stands
}

// initial are what dockerd puts into every container (daemon/initlayer/setup_unix.go).
func initial() (files.Tree, error) {
	return files.Tree{
		".dockerenv": {Mode: 0o755}, "dev": {Dir: true, Mode: 0o755}, "dev/pts": {Dir: true, Mode: 0o755}, "dev/shm": {Dir: true, Mode: 0o755},
		"dev/console": {Mode: 0o755}, "proc": {Dir: true, Mode: 0o755}, "sys": {Dir: true, Mode: 0o755}, "etc/hostname": {Mode: 0o755},
		"etc/hosts": {Mode: 0o755}, "etc/resolv.conf": {Mode: 0o755}, "etc/mtab": {Link: "/proc/mounts", Mode: 0o777},
	}, nil
}

// filesLocked are the files of a container as its processes see them: what is mounted has a place.
func (s *State) filesLocked(c *Container) *files.FS {
	root := s.rootLocked(c)
	if len(c.Mounts)+len(c.Host.Tmpfs) > 0 {
		root.Defer(func(view *files.FS) { _ = view.MakeMountPoints() }) // a mount that has no place is not seen
	}
	return root
}

// rootLocked are the files of a container, whether it has ever been started or not.
func (s *State) rootLocked(c *Container) *files.FS {
	l := s.life(c)
	if l.files == nil {
		l.files = l.base.NewFS(s.Now)
		if dir := c.Config.WorkingDir; dir != "" {
			// A process that cannot begin there tells.
			l.files.Defer(func(view *files.FS) { _ = view.MkdirAll(dir, 0o755, files.Owner{}) })
		}
		s.mountFilesLocked(c, l)
	}
	return l.files
}

// mountFilesLocked shows in the files of a container what is mounted there. Nothing of the host is: what a bind has of it is empty
// at first.
func (s *State) mountFilesLocked(c *Container, l *lifecycle) {
	for _, m := range c.Mounts {
		switch v := s.volumes.mounted(m); {
		case v != nil:
			l.files.Mount(m.Destination, s.volumes.filesOf(v.Name), !m.RW)
		case m.Type == "bind":
			s.bindFilesLocked(m, l)
		default:
			l.files.Mount(m.Destination, s.newTmpfs(), !m.RW)
		}
	}
	for _, at := range c.Host.Tmpfs {
		l.files.Mount(at, s.newTmpfs(), false)
	}
	l.files.SetReadOnly(c.Host.ReadOnly)
}

func (s *State) newTmpfs() *files.FS {
	t := files.NewFS(s.Now, files.Tree{"": {Dir: true, Mode: 0o1777}})
	t.SetTmpfs()
	return t
}

// bindFilesLocked shows a file or folder of the host that is imagined: dockerd makes a folder if there is nothing. Here it is a
// file where the image has one, and a socket where the name is that of one.
func (s *State) bindFilesLocked(m Mount, l *lifecycle) {
	if s.host == nil {
		s.host = files.NewFS(s.Now)
	}
	host := s.host
	l.files.Defer(func(view *files.FS) {
		if _, err := host.Stat(m.Source); err == nil {
			return
		}
		file := strings.HasSuffix(m.Source, ".sock")
		if info, err := view.Stat(m.Destination); err == nil {
			file = file || info.Mode().IsRegular()
		}
		if !file {
			_ = host.MkdirAll(m.Source, 0o755, files.Owner{}) // under a file, there is nothing to be seen
			return
		}
		_ = host.MkdirAll(path.Dir(m.Source), 0o755, files.Owner{})
		if h, err := host.Open(m.Source, os.O_CREATE, 0o660, files.Owner{}); err == nil {
			h.Close()
		}
	})
	l.files.MountFile(m.Destination, host, m.Source, !m.RW)
}

// fillVolumesLocked puts what an image has where a new container mounts volumes into those that are empty then (populateVolumes of
// daemon/create_unix.go).
func (s *State) fillVolumesLocked(c *Container) {
	base := s.life(c).base
	for _, m := range c.Mounts {
		v := s.volumes.mounted(m)
		if v == nil || !c.copies(m) {
			continue
		}
		s.volumes.filesOf(v.Name).Defer(func(volume *files.FS) {
			if have, err := volume.ReadDir("/"); err != nil || len(have) > 0 {
				return
			}
			root := base.NewFS(s.Now)
			from, err := root.Resolve(m.Destination)
			if err != nil {
				return
			}
			info, err := root.Stat(from)
			if err != nil || !info.IsDir() {
				return
			}
			tree := root.Tree()
			top := tree[files.Clean(from)]
			tree = tree.Sub(from)
			tree[""] = top
			_ = volume.Put("/", tree) // as far as there is room
		})
	}
}

// copies reports whether what the image has where a volume is mounted is put into it: not if it is another container's, or the
// client does not want that.
func (c *Container) copies(m Mount) bool {
	for _, bind := range c.Host.Binds {
		if req, err := parseBind(bind, c.Host.VolumeDriver); err == nil && req.Target == m.Destination {
			return !req.NoCopy
		}
	}
	for _, req := range c.Host.Mounts {
		if req.Target == m.Destination {
			return !req.NoCopy
		}
	}
	return slices.ContainsFunc(c.Config.Volumes, func(target string) bool { return path.Clean(target) == m.Destination })
}

// ContainerFiles are the files of a container, from its creation on.
func (s *State) ContainerFiles(term string) (*files.FS, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return nil, err
	}
	return s.rootLocked(c), nil
}

// VolumeFiles are the files of a volume; the error is NotFound.
func (s *State) VolumeFiles(name string) (*files.FS, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.volumes.byName[name] == nil {
		return nil, noSuchVolume(name)
	}
	return s.volumes.filesOf(name), nil
}

// filesOf are the files of a volume that exists.
func (x *volumes) filesOf(name string) *files.FS {
	if x.files == nil {
		x.files = make(map[string]*files.FS)
	}
	if x.files[name] == nil {
		x.files[name] = files.NewFS(x.now)
	}
	return x.files[name]
}
