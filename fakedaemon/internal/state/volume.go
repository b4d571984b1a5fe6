package state

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Volume is a volume.
type Volume struct {
	Name string
	// Driver is "local" unless given.
	Driver  string
	Created time.Time
	// Labels and Options may be nil, which answers show as null.
	Labels, Options map[string]string
	// Size is in bytes.
	Size int64
	// RefCount is how many containers mount it; it is set in what State returns only.
	RefCount int
}

// localDriver is the driver that dockerd has itself.
const localDriver = "local"

// Mountpoint is where the daemon keeps the volume's files.
func (v Volume) Mountpoint() string { return Root + "/volumes/" + v.Name + "/_data" }

// AnonymousLabel marks a volume that was given no name.
const AnonymousLabel = "com.docker.volume.anonymous"

const restrictedNameChars = `[a-zA-Z0-9][a-zA-Z0-9_.-]`

// restrictedName is what containers and local volumes may be called (daemon/names).
var restrictedName = regexp.MustCompile(`^` + restrictedNameChars + `+$`)

// AddVolume adds a volume and tells nobody. Without a name it gets 64 hex digits and the label of an anonymous volume. A
// volume that exists is returned as it is (api/notes.md part 11).
func (s *State) AddVolume(v Volume) (Volume, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, err := s.addVolumeLocked(v)
	if err != nil {
		return Volume{}, err
	}
	return s.copyVolumeLocked(have), nil
}

// CreateVolume does what a client asks: as AddVolume, but only with the driver local and its options, and with an event.
func (s *State) CreateVolume(v Volume) (Volume, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, err := s.createVolumeLocked(v)
	if err != nil {
		return Volume{}, err
	}
	return s.copyVolumeLocked(have), nil
}

func (s *State) createVolumeLocked(v Volume) (*Volume, error) {
	if have := s.volumeLocked(v.Name); have != nil && v.Driver == localDriver && have.Driver != v.Driver {
		return nil, Conflict{fmt.Sprintf("create %s: driver '%s' already has volume '%s': volume name must be unique", v.Name, have.Driver, v.Name)}
	} else if v.Driver != "" && v.Driver != localDriver && (have == nil || have.Driver != v.Driver) {
		return nil, NotFound{fmt.Sprintf("create %s: error looking up volume plugin %s: plugin %q not found", v.Name, v.Driver, v.Driver)}
	} else if have == nil {
		if err := checkVolumeName(v.Name); err != nil {
			return nil, err
		}
		if err := checkLocalOptions(v.Options); err != nil {
			return nil, Invalid{fmt.Sprintf("create %s: %s", v.Name, err)}
		}
	}
	before := len(s.volumes)
	have, err := s.addVolumeLocked(v)
	// Before Docker 23 an event told of a volume that was there already too.
	if err == nil && (len(s.volumes) > before || s.engine.RepeatsEvents) {
		s.emitVolume(have, "create", nil)
	}
	return have, err
}

// checkLocalOptions checks the options of the driver local (volume/local/local_unix.go).
func checkLocalOptions(options map[string]string) error {
	needs := map[string][]string{"device": {"type"}, "o": {"device", "type"}, "size": nil, "type": {"device"}}
	names := slices.Sorted(maps.Keys(options))
	for _, name := range names {
		if _, ok := needs[name]; !ok {
			return fmt.Errorf("invalid option: %q", name)
		}
	}
	if size, ok := options["size"]; ok {
		if n, err := strconv.ParseFloat(strings.TrimRight(strings.ToLower(size), "kmgtpib"), 64); err != nil || n < 0 {
			return fmt.Errorf("invalid size: '%s'", size)
		} else if n > 0 {
			return fmt.Errorf("quota size requested but no quota support")
		}
	}
	for _, name := range names {
		for _, needed := range needs[name] {
			if _, ok := options[needed]; !ok {
				return fmt.Errorf("missing required option: %q", needed)
			}
		}
	}
	return nil
}

func checkVolumeName(name string) error {
	switch {
	case name == "":
	case len(name) < 2:
		return Invalid{fmt.Sprintf("create %s: volume name is too short, names should be at least two alphanumeric characters", name)}
	case !restrictedName.MatchString(name):
		return Invalid{fmt.Sprintf("create %s: %q includes invalid characters for a local volume name, only %q are allowed. If you intended to pass a host directory, use absolute path", name, name, restrictedNameChars)}
	}
	return nil
}

func (s *State) addVolumeLocked(v Volume) (*Volume, error) {
	if err := checkVolumeName(v.Name); err != nil {
		return nil, err
	}
	if have := s.volumeLocked(v.Name); have != nil {
		return have, nil
	}
	v.Labels, v.Options = maps.Clone(v.Labels), maps.Clone(v.Options)
	if v.Name == "" {
		v.Name = s.ids.hex("volume")
		if s.engine.MarksAnonymousVolumes {
			if v.Labels == nil {
				v.Labels = make(map[string]string, 1)
			}
			v.Labels[AnonymousLabel] = ""
		}
	}
	if v.Driver == "" {
		v.Driver = localDriver
	}
	if v.Created.IsZero() {
		v.Created = s.Now()
	}
	v.Created = v.Created.UTC()
	s.volumes = append(s.volumes, &v)
	if s.volumeByName == nil {
		s.volumeByName, s.volumeUsers = make(map[string]*Volume), make(map[string]map[string]bool)
	}
	s.volumeUsers[v.Name] = make(map[string]bool)
	s.volumeByName[v.Name] = &v
	return &v, nil
}

// Volume returns the volume of that name; the error is NotFound.
func (s *State) Volume(name string) (Volume, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.volumeLocked(name)
	if v == nil {
		return Volume{}, noSuchVolume(name)
	}
	return s.copyVolumeLocked(v), nil
}

func noSuchVolume(name string) error { return NotFound{fmt.Sprintf("get %s: no such volume", name)} }

// Volumes returns all volumes in order of creation.
func (s *State) Volumes() []Volume {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Volume, len(s.volumes))
	for i, v := range s.volumes {
		list[i] = s.copyVolumeLocked(v)
	}
	return list
}

// RemoveVolume removes a volume that no container mounts. With force a volume that does not exist is no error.
func (s *State) RemoveVolume(name string, force bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.volumeLocked(name)
	if v == nil {
		if force {
			return nil
		}
		return noSuchVolume(name)
	}
	if users := s.volumeUsers[name]; len(users) > 0 {
		ids := slices.Sorted(maps.Keys(users))
		return Conflict{fmt.Sprintf("remove %s: volume is in use - [%s]", name, strings.Join(ids, ", "))}
	}
	s.removeVolumesLocked(func(have *Volume) bool { return have == v })
	s.emitVolume(v, "destroy", nil)
	return nil
}

// PruneVolumes removes the volumes of the driver local that no container mounts, that have no options and that unused
// accepts. It returns their names, and the bytes that they held.
func (s *State) PruneVolumes(unused func(Volume) bool) (removed []string, reclaimed int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	removed = []string{}
	s.removeVolumesLocked(func(v *Volume) bool {
		if v.Driver != localDriver || len(s.volumeUsers[v.Name]) > 0 || len(v.Options) > 0 || !unused(s.copyVolumeLocked(v)) {
			return false
		}
		removed, reclaimed = append(removed, v.Name), reclaimed+v.Size
		if s.engine.FullEvents {
			s.emitVolume(v, "destroy", nil)
		}
		return true
	})
	s.emitPrune("volume", reclaimed)
	return removed, reclaimed
}

func (s *State) removeVolumesLocked(remove func(*Volume) bool) {
	s.volumes = slices.DeleteFunc(s.volumes, func(v *Volume) bool {
		if !remove(v) {
			return false
		}
		delete(s.volumeByName, v.Name)
		delete(s.volumeUsers, v.Name)
		return true
	})
}

// retainVolumesLocked makes the volumes of a container's mounts count it as a user: nobody can remove them then.
func (s *State) retainVolumesLocked(c *Container) {
	for _, m := range c.Mounts {
		if v := s.mountedVolumeLocked(m); v != nil {
			s.volumeUsers[v.Name][c.ID] = true
		}
	}
}

// releaseVolumesLocked is the opposite of retainVolumesLocked, for a container that is removed.
func (s *State) releaseVolumesLocked(c *Container) {
	for _, m := range c.Mounts {
		if v := s.mountedVolumeLocked(m); v != nil {
			delete(s.volumeUsers[v.Name], c.ID)
		}
	}
}

// emitMountsLocked tells that a container that starts has mounted its volumes.
func (s *State) emitMountsLocked(c *Container) {
	for _, m := range c.Mounts {
		if v := s.mountedVolumeLocked(m); v != nil {
			s.emitVolume(v, "mount", map[string]string{
				"container":   c.ID,
				"destination": m.Destination,
				"propagation": m.Propagation,
				"read/write":  strconv.FormatBool(m.RW),
			})
		}
	}
}

// emitUnmountsLocked tells that a container that ends has unmounted its volumes.
func (s *State) emitUnmountsLocked(c *Container) {
	for _, m := range c.Mounts {
		if v := s.mountedVolumeLocked(m); v != nil {
			s.emitVolume(v, "unmount", map[string]string{"container": c.ID})
		}
	}
}

func (s *State) mountedVolumeLocked(m Mount) *Volume {
	if m.Type != "volume" {
		return nil
	}
	return s.volumeLocked(m.Name)
}

// emitVolume tells an event of a volume, with its driver.
func (s *State) emitVolume(v *Volume, action string, attributes map[string]string) {
	all := map[string]string{"driver": v.Driver}
	maps.Copy(all, attributes)
	s.emit(Event{Type: "volume", Action: action, ID: v.Name, Attributes: all})
}

// emitPrune tells that all unused objects of a type were removed, and how many bytes they held.
func (s *State) emitPrune(objects string, reclaimed int64) {
	s.emit(Event{Type: objects, Action: "prune", Attributes: map[string]string{"reclaimed": strconv.FormatInt(reclaimed, 10)}})
}

func (s *State) volumeLocked(name string) *Volume { return s.volumeByName[name] }

func (s *State) copyVolumeLocked(v *Volume) Volume {
	c := *v
	c.Labels, c.Options = maps.Clone(v.Labels), maps.Clone(v.Options)
	c.RefCount = len(s.volumeUsers[v.Name])
	return c
}
