package state

import (
	"fmt"
	"maps"
	"regexp"
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

// Mountpoint is where the daemon keeps the volume's files.
func (v Volume) Mountpoint() string { return Root + "/volumes/" + v.Name + "/_data" }

// anonymousLabel marks a volume that was given no name.
const anonymousLabel = "com.docker.volume.anonymous"

const restrictedNameChars = `[a-zA-Z0-9][a-zA-Z0-9_.-]`

// restrictedName is what containers and local volumes may be called (daemon/names).
var restrictedName = regexp.MustCompile(`^` + restrictedNameChars + `+$`)

// AddVolume adds a volume. Without a name it gets 64 hex digits and the label of an anonymous volume. A
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

func (s *State) addVolumeLocked(v Volume) (*Volume, error) {
	v.Labels, v.Options = maps.Clone(v.Labels), maps.Clone(v.Options)
	if v.Name == "" {
		v.Name = s.ids.hex("volume")
		if v.Labels == nil {
			v.Labels = make(map[string]string, 1)
		}
		v.Labels[anonymousLabel] = ""
	}
	if len(v.Name) < 2 {
		return nil, Invalid{fmt.Sprintf("create %s: volume name is too short, names should be at least two alphanumeric characters", v.Name)}
	}
	if !restrictedName.MatchString(v.Name) {
		return nil, Invalid{fmt.Sprintf("create %s: %q includes invalid characters for a local volume name, only %q are allowed. If you intended to pass a host directory, use absolute path", v.Name, v.Name, restrictedNameChars)}
	}
	if have := s.volumeLocked(v.Name); have != nil {
		return have, nil
	}
	if v.Driver == "" {
		v.Driver = "local"
	}
	if v.Created.IsZero() {
		v.Created = s.Now()
	}
	v.Created = v.Created.UTC()
	s.volumes = append(s.volumes, &v)
	return &v, nil
}

// Volume returns the volume of that name; the error is NotFound.
func (s *State) Volume(name string) (Volume, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.volumeLocked(name)
	if v == nil {
		return Volume{}, NotFound{fmt.Sprintf("get %s: no such volume", name)}
	}
	return s.copyVolumeLocked(v), nil
}

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

func (s *State) volumeLocked(name string) *Volume {
	for _, v := range s.volumes {
		if v.Name == name {
			return v
		}
	}
	return nil
}

func (s *State) copyVolumeLocked(v *Volume) Volume {
	c := *v
	c.Labels, c.Options = maps.Clone(v.Labels), maps.Clone(v.Options)
	for _, ctr := range s.containers {
		for _, m := range ctr.Mounts {
			if m.Type == "volume" && m.Name == v.Name {
				c.RefCount++
				break
			}
		}
	}
	return c
}
