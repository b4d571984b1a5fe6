package state

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// MountRequest is what a client asks to mount, as in docker run --mount.
type MountRequest struct {
	// Type is "volume", "bind", "tmpfs" or "image".
	Type string
	// Source is a path of the host or the name of a volume or an image; "" is an anonymous volume.
	Source string
	// Target is the path inside the container.
	Target      string
	ReadOnly    bool
	Propagation string
	// Driver, DriverOpts and Labels are those of a volume that does not exist yet.
	Driver             string
	DriverOpts, Labels map[string]string
	// NoCopy says that what the image has there is not put into a fresh volume.
	NoCopy bool
	// mode is what docker run --volume says behind the paths.
	mode string
}

// Parts of a mode of docker run --volume: at most one of each line.
var mountModes = [][]string{
	{"rw", "ro"},
	{"z", "Z"},
	{"private", "rprivate", "slave", "rslave", "shared", "rshared"},
	{"nocopy"},
	{"consistent", "cached", "delegated"},
}

const (
	modePropagation = 2
	modeCopy        = 3
)

// checkMode reports whether a mode is valid, and which part it has of each line of mountModes.
func checkMode(mode string) (parts [5]string, ok bool) {
	if mode == "" {
		return parts, true
	}
	for _, o := range strings.Split(mode, ",") {
		i := slices.IndexFunc(mountModes, func(line []string) bool { return slices.Contains(line, o) })
		if i < 0 || parts[i] != "" {
			return parts, false
		}
		parts[i] = o
	}
	return parts, true
}

// parseBind reads SOURCE:DESTINATION[:MODE] (volume/mounts/linux_parser.go). As in dockerd, some errors have no class.
func parseBind(bind, volumeDriver string) (MountRequest, error) {
	invalid := fmt.Sprintf("invalid volume specification: '%s'", bind)
	parts := strings.SplitN(bind, ":", 4)
	if parts[0] == "" || len(parts) > 3 {
		return MountRequest{}, errors.New(invalid)
	}
	m := MountRequest{Type: "volume", Target: parts[0]}
	if len(parts) > 1 {
		m.Source, m.Target = parts[0], parts[1]
	}
	if len(parts) == 2 {
		if _, isMode := checkMode(parts[1]); isMode {
			return MountRequest{}, errors.New(invalid)
		}
	}
	if len(parts) == 3 {
		m.mode = parts[2]
	}
	mode, ok := checkMode(m.mode)
	if !ok {
		return MountRequest{}, errors.New("invalid mode: " + m.mode)
	}
	m.ReadOnly, m.NoCopy = mode[0] == "ro", mode[modeCopy] != ""
	m.Propagation = mode[modePropagation]
	if path.IsAbs(m.Source) {
		m.Type = "bind"
	} else {
		m.Driver = volumeDriver
	}
	var why string
	switch {
	case m.Target == "":
		why = "field Target must not be empty"
	case path.Clean(m.Target) == "/":
		why = "invalid specification: destination can't be '/'"
	case !path.IsAbs(m.Target):
		why = fmt.Sprintf("invalid mount path: '%s' mount path must be absolute", m.Target)
	case m.Type == "volume" && m.Propagation != "":
		why = "field BindOptions must not be specified"
	case m.Type == "bind" && mode[modeCopy] != "":
		why = "field VolumeOptions must not be specified"
	case m.Type == "volume" && m.ReadOnly && m.Source == "":
		why = "must not set ReadOnly mode when using anonymous volumes"
	}
	if why != "" {
		return MountRequest{}, fmt.Errorf("%s: invalid mount config for type %q: %s", invalid, m.Type, why)
	}
	m.Target = path.Clean(m.Target)
	return m, nil
}

// mountLocked gives a new container its mounts, from other containers, from what was asked for and from what its config
// calls volumes (daemon/volumes.go and create_unix.go). AddVolume makes the volumes that do not exist.
func (s *State) mountLocked(c *Container, addVolume func(Volume) (*Volume, error)) error {
	if c.Mounts != nil {
		return nil
	}
	for _, from := range c.Host.VolumesFrom {
		if err := s.mountFromLocked(c, from); err != nil {
			return err
		}
	}
	var asked []MountRequest
	for _, bind := range c.Host.Binds {
		m, err := parseBind(bind, c.Host.VolumeDriver)
		if err != nil {
			return err
		}
		asked = append(asked, m)
	}
	taken := slices.Clone(c.Host.Tmpfs)
	for i, m := range append(asked, c.Host.Mounts...) {
		if i == len(asked) {
			taken = slices.DeleteFunc(taken, func(target string) bool { return slices.Contains(c.Host.Tmpfs, target) })
		}
		if slices.Contains(taken, m.Target) {
			return Invalid{"Duplicate mount point: " + m.Target}
		}
		taken = append(taken, m.Target)
		mounted, err := mountOne(m, addVolume)
		if err != nil {
			return err
		}
		c.mount(mounted)
	}
	for _, target := range c.Config.Volumes {
		target = path.Clean(target)
		if slices.Contains(c.Host.Tmpfs, target) || slices.ContainsFunc(c.Mounts, func(have Mount) bool { return have.Destination == target }) {
			continue
		}
		v, err := addVolume(Volume{Driver: c.Host.VolumeDriver})
		if err != nil {
			return err
		}
		c.mount(Mount{Type: "volume", Name: v.Name, Source: v.Mountpoint(), Destination: target, Driver: v.Driver, RW: true})
	}
	return nil
}

// mount adds a mount in place of one at the same destination.
func (c *Container) mount(m Mount) {
	c.Mounts = slices.DeleteFunc(c.Mounts, func(have Mount) bool { return have.Destination == m.Destination })
	c.Mounts = append(c.Mounts, m)
}

// mountFromLocked adds the mounts of another container, NAME[:MODE].
func (s *State) mountFromLocked(c *Container, from string) error {
	if from == "" {
		return Invalid{"volumes-from specification cannot be an empty string"}
	}
	name, mode, _ := strings.Cut(from, ":")
	parts, ok := checkMode(mode)
	if !ok || parts[modePropagation] != "" || parts[modeCopy] != "" {
		return Invalid{"invalid mode: " + mode}
	}
	other, err := s.containerLocked(name)
	if err != nil {
		return Invalid{err.Error()}
	}
	for _, m := range other.Mounts {
		if m.Source == "" {
			return NotFound{"get: no such volume"} // which a tmpfs runs into
		}
		m.RW = m.RW && parts[0] != "ro"
		m.Mode = ""
		c.mount(m)
	}
	return nil
}

func mountOne(req MountRequest, addVolume func(Volume) (*Volume, error)) (Mount, error) {
	m := Mount{Type: req.Type, Source: req.Source, Destination: req.Target, Mode: req.mode, RW: !req.ReadOnly}
	switch req.Type {
	case "volume":
		v, err := addVolume(Volume{Name: req.Source, Driver: req.Driver, Options: req.DriverOpts, Labels: req.Labels})
		if err != nil {
			return Mount{}, err
		}
		m.Name, m.Source, m.Driver = v.Name, v.Mountpoint(), v.Driver
		if m.Mode == "" && v.Driver == localDriver {
			m.Mode = "z"
		}
	case "bind":
		m.Source, m.Propagation = path.Clean(req.Source), req.Propagation
		inside := strings.HasPrefix(m.Source, Root) || strings.HasPrefix(Root, m.Source)
		switch {
		case inside && m.Propagation == "":
			m.Propagation = "rslave"
		case inside && m.Propagation != "rslave" && m.Propagation != "rshared":
			return Mount{}, Invalid{fmt.Sprintf(`invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: %q, bind mount source: %q, propagation: %q`, Root, m.Source, m.Propagation)}
		case m.Propagation == "":
			m.Propagation = "rprivate"
		}
	case "image":
		m.Name, m.RW, m.Propagation = req.Source, false, "rprivate"
	}
	return m, nil
}
