package api

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// checkMount is validateMountConfigImpl of volume/mounts/linux_parser.go.
func checkMount(m *mount.Mount) error {
	if err := checkMountConfig(m); err != nil {
		return fmt.Errorf("invalid mount config for type %q: %w", m.Type, err)
	}
	return nil
}

func checkMountConfig(m *mount.Mount) error {
	if m.Target == "" {
		return errMissingField("Target")
	}
	if err := checkDestination(m.Target); err != nil {
		return err
	}
	switch m.Type {
	case mount.TypeBind:
		return checkBindMount(m)
	case mount.TypeVolume:
		if err := refuseExtra(extra{"BindOptions", m.BindOptions != nil}, extra{"ImageOptions", m.ImageOptions != nil}); err != nil {
			return err
		}
		if o := m.VolumeOptions; o != nil && o.Subpath != "" {
			if m.Source == "" {
				return errors.New("must not set Subpath when using anonymous volumes")
			}
			if !filepath.IsLocal(o.Subpath) {
				return errSubpath
			}
		}
		if m.ReadOnly && m.Source == "" {
			return errors.New("must not set ReadOnly mode when using anonymous volumes")
		}
		return nil
	case mount.TypeTmpfs:
		return refuseExtra(extra{"BindOptions", m.BindOptions != nil}, extra{"ImageOptions", m.ImageOptions != nil}, extra{"Source", m.Source != ""})
	case mount.TypeImage:
		if err := refuseExtra(extra{"BindOptions", m.BindOptions != nil}, extra{"VolumeOptions", m.VolumeOptions != nil}); err != nil {
			return err
		}
		if m.Source == "" {
			return errMissingField("Source")
		}
		if o := m.ImageOptions; o != nil && o.Subpath != "" && !filepath.IsLocal(o.Subpath) {
			return errSubpath
		}
		return nil
	}
	return errors.New("mount type unknown")
}

var errSubpath = errors.New("subpath must be a relative path within the volume")

func errMissingField(name string) error { return fmt.Errorf("field %s must not be empty", name) }

// extra is a field that must not be there for a type of mount.
type extra struct {
	name  string
	there bool
}

// refuseExtra refuses the first field that is there.
func refuseExtra(fields ...extra) error {
	for _, f := range fields {
		if f.there {
			return fmt.Errorf("field %s must not be specified", f.name)
		}
	}
	return nil
}

func checkBindMount(m *mount.Mount) error {
	if m.Source == "" {
		return errMissingField("Source")
	}
	if o := m.BindOptions; o != nil && o.Propagation != "" && !slices.Contains(mount.Propagations, o.Propagation) {
		return fmt.Errorf("invalid propagation mode: %s", o.Propagation)
	}
	if err := refuseExtra(extra{"VolumeOptions", m.VolumeOptions != nil}, extra{"ImageOptions", m.ImageOptions != nil}); err != nil {
		return err
	}
	if err := checkAbsolute(m.Source); err != nil {
		return err
	}
	if m.BindOptions != nil && m.BindOptions.CreateMountpoint {
		return nil
	}
	if _, err := os.Stat(m.Source); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("bind source path does not exist: %s", m.Source)
	}
	return nil
}

// checkDestination refuses the root folder and what is not absolute.
func checkDestination(destination string) error {
	if path.Clean(strings.ReplaceAll(destination, `\`, `/`)) == "/" {
		return errors.New("invalid specification: destination can't be '/'")
	}
	return checkAbsolute(destination)
}

func checkAbsolute(p string) error {
	if !path.IsAbs(strings.ReplaceAll(p, `\`, `/`)) {
		return fmt.Errorf("invalid mount path: '%s' mount path must be absolute", p)
	}
	return nil
}

// mountRequests are a host config's mounts, which checkMount has checked.
func mountRequests(h *container.HostConfig) []state.MountRequest {
	var list []state.MountRequest
	for _, m := range h.Mounts {
		req := state.MountRequest{Type: string(m.Type), Source: m.Source, Target: path.Clean(m.Target), ReadOnly: m.ReadOnly}
		if o := m.BindOptions; o != nil {
			req.Propagation = string(o.Propagation)
		}
		if o := m.VolumeOptions; o != nil {
			req.Labels, req.NoCopy = o.Labels, o.NoCopy
			if o.DriverConfig != nil {
				req.Driver, req.DriverOpts = o.DriverConfig.Name, o.DriverConfig.Options
			}
		}
		list = append(list, req)
	}
	return list
}

// checkMountVersion refuses and drops what mounts could not have in an API version (postContainersCreate in
// api/server/router/container).
func checkMountVersion(r *request, mounts []mount.Mount) error {
	for i := range mounts {
		m := &mounts[i]
		bind, volume := m.BindOptions, m.VolumeOptions
		if bind != nil && r.below("1.40") {
			bind.NonRecursive = false
		}
		if r.below("1.42") {
			if bind != nil {
				bind.CreateMountpoint = false
			}
			if m.Type != mount.TypeVolume {
				m.VolumeOptions = nil
			}
			if m.Type != mount.TypeTmpfs {
				m.TmpfsOptions = nil
			}
		} else if volume != nil && m.Type != mount.TypeVolume {
			return fmt.Errorf("VolumeOptions must not be specified on mount type %q", m.Type)
		} else if bind != nil && m.Type != mount.TypeBind {
			return fmt.Errorf("BindOptions must not be specified on mount type %q", m.Type)
		} else if m.TmpfsOptions != nil && m.Type != mount.TypeTmpfs {
			return fmt.Errorf("TmpfsOptions must not be specified on mount type %q", m.Type)
		}
		switch {
		case r.below("1.44") && m.Type == mount.TypeBind && bind != nil && bind.ReadOnlyForceRecursive:
			return errors.New("BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer")
		case r.below("1.45") && volume != nil && volume.Subpath != "":
			return errors.New("VolumeOptions.Subpath needs API v1.45 or newer")
		case r.below("1.48") && m.Type == mount.TypeImage:
			return errors.New(`Mount type "Image" needs API v1.48 or newer`)
		}
	}
	return nil
}

// sortedKeys are for answers that must not change from one time to the next.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
