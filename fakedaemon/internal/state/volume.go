package state

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Volume is a volume.
type Volume struct {
	Name string
	// Driver is "local" unless given.
	Driver  string
	Created time.Time
	// Labels and Options may be nil, which answers show as null.
	Labels, Options map[string]string
	// Size is what it holds beside its files, in bytes.
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

// volumes are the volumes of a daemon, and who mounts them. The zero value but for what is immutable is ready for use.
type volumes struct {
	engine *engine.Engine   // immutable
	ids    *ids             // immutable
	now    func() time.Time // immutable
	list   []*Volume        // in order of creation
	byName map[string]*Volume
	users  map[string]map[string]bool // IDs of containers by name of the volume
	files  map[string]*files.FS       // of those that somebody has looked at, by name of the volume
}

// AddVolume adds a volume and tells nobody. Without a name it gets 64 hex digits and the label of an anonymous volume.
// A volume that exists is returned as it is (api/notes.md part 11).
func (s *State) AddVolume(v Volume) (Volume, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, err := s.volumes.add(v)
	if err != nil {
		return Volume{}, err
	}
	return s.volumes.copy(have), nil
}

// CreateVolume does what a client asks: as AddVolume, but only with the driver local and its options, and with an
// event.
func (s *State) CreateVolume(v Volume) (Volume, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, err := s.createVolumeLocked(v)
	if err != nil {
		return Volume{}, err
	}
	return s.volumes.copy(have), nil
}

func (s *State) createVolumeLocked(v Volume) (*Volume, error) {
	if err := s.volumes.check(v); err != nil {
		return nil, err
	}
	before := len(s.volumes.list)
	have, err := s.volumes.add(v)
	// Before Docker 23 an event told of a volume that was there already too.
	if err == nil && (len(s.volumes.list) > before || s.engine.RepeatsEvents) {
		s.emitVolume(have, "create", nil)
	}
	return have, err
}

// check says why a client cannot have a volume.
func (x *volumes) check(v Volume) error {
	have := x.byName[v.Name]
	switch {
	case have != nil && v.Driver == localDriver && have.Driver != v.Driver:
		return Conflict{fmt.Sprintf("create %s: driver '%s' already has volume '%s': volume name must be unique", v.Name, have.Driver, v.Name)}
	case v.Driver != "" && v.Driver != localDriver && (have == nil || have.Driver != v.Driver):
		return NotFound{fmt.Sprintf("create %s: error looking up volume plugin %s: plugin %q not found", v.Name, v.Driver, v.Driver)}
	case have != nil:
		return nil
	}
	if err := checkVolumeName(v.Name); err != nil {
		return err
	}
	if err := checkLocalOptions(v.Options); err != nil {
		return Invalid{fmt.Sprintf("create %s: %s", v.Name, err)}
	}
	return nil
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

// add adds a volume, or returns the one of that name.
func (x *volumes) add(v Volume) (*Volume, error) {
	if err := checkVolumeName(v.Name); err != nil {
		return nil, err
	}
	if have := x.byName[v.Name]; have != nil {
		return have, nil
	}
	v.Labels, v.Options = maps.Clone(v.Labels), maps.Clone(v.Options)
	if v.Name == "" {
		v.Name = x.ids.hex("volume")
		if x.engine.MarksAnonymousVolumes {
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
		v.Created = x.now()
	}
	v.Created = v.Created.UTC()
	x.list = append(x.list, &v)
	if x.byName == nil {
		x.byName, x.users = make(map[string]*Volume), make(map[string]map[string]bool)
	}
	x.users[v.Name] = make(map[string]bool)
	x.byName[v.Name] = &v
	return &v, nil
}

// Volume returns the volume of that name; the error is NotFound.
func (s *State) Volume(name string) (Volume, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.volumes.byName[name]
	if v == nil {
		return Volume{}, noSuchVolume(name)
	}
	return s.volumes.copy(v), nil
}

func noSuchVolume(name string) error { return NotFound{fmt.Sprintf("get %s: no such volume", name)} }

// Volumes returns all volumes in order of creation.
func (s *State) Volumes() []Volume {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Volume, len(s.volumes.list))
	for i, v := range s.volumes.list {
		list[i] = s.volumes.copy(v)
	}
	return list
}

// RemoveVolume removes a volume that no container mounts. With force a volume that does not exist is no error.
func (s *State) RemoveVolume(name string, force bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.volumes.byName[name]
	if v == nil {
		if force {
			return nil
		}
		return noSuchVolume(name)
	}
	if users := s.volumes.users[name]; len(users) > 0 {
		ids := slices.Sorted(maps.Keys(users))
		return Conflict{fmt.Sprintf("remove %s: volume is in use - [%s]", name, strings.Join(ids, ", "))}
	}
	s.volumes.drop(func(have *Volume) bool { return have == v })
	s.emitVolume(v, "destroy", nil)
	return nil
}

// PruneVolumes removes the volumes of the driver local that no container mounts, that have no options and that unused
// accepts. It returns their names, and the bytes that they held.
func (s *State) PruneVolumes(unused func(Volume) bool) (removed []string, reclaimed int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	removed = []string{}
	s.volumes.drop(func(v *Volume) bool {
		if v.Driver != localDriver || len(s.volumes.users[v.Name]) > 0 || len(v.Options) > 0 || !unused(s.volumes.copy(v)) {
			return false
		}
		removed, reclaimed = append(removed, v.Name), reclaimed+s.volumes.size(v)
		if s.engine.FullEvents {
			s.emitVolume(v, "destroy", nil)
		}
		return true
	})
	s.emitPrune("volume", reclaimed)
	return removed, reclaimed
}

// drop makes volumes cease to exist.
func (x *volumes) drop(drop func(*Volume) bool) {
	x.list = slices.DeleteFunc(x.list, func(v *Volume) bool {
		if !drop(v) {
			return false
		}
		delete(x.byName, v.Name)
		delete(x.users, v.Name)
		delete(x.files, v.Name)
		return true
	})
}

// retain makes the volumes of a container's mounts count it as a user: nobody can remove them then.
func (x *volumes) retain(c *Container) {
	for _, m := range c.Mounts {
		if v := x.mounted(m); v != nil {
			x.users[v.Name][c.ID] = true
		}
	}
}

// release is the opposite of retain, for a container that is removed.
func (x *volumes) release(c *Container) {
	for _, m := range c.Mounts {
		if v := x.mounted(m); v != nil {
			delete(x.users[v.Name], c.ID)
		}
	}
}

// emitMountsLocked tells that a container that starts has mounted its volumes.
func (s *State) emitMountsLocked(c *Container) {
	for _, m := range c.Mounts {
		if v := s.volumes.mounted(m); v != nil {
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
		if v := s.volumes.mounted(m); v != nil {
			s.emitVolume(v, "unmount", map[string]string{"container": c.ID})
		}
	}
}

// mounted is the volume of a mount, nil without one.
func (x *volumes) mounted(m Mount) *Volume {
	if m.Type != "volume" {
		return nil
	}
	return x.byName[m.Name]
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

// VolumeSize is what a volume holds, in bytes.
func (s *State) VolumeSize(name string) int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if v := s.volumes.byName[name]; v != nil {
		return s.volumes.size(v)
	}
	return 0
}

func (x *volumes) size(v *Volume) int64 {
	size := v.Size
	if fs := x.files[v.Name]; fs != nil {
		written, _ := fs.Written()
		size += written
	}
	return size
}

func (x *volumes) copy(v *Volume) Volume {
	c := *v
	c.Labels, c.Options = maps.Clone(v.Labels), maps.Clone(v.Options)
	c.RefCount = len(x.users[v.Name])
	return c
}
