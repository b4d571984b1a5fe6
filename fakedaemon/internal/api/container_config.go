package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// SetConfig stores with a container the Config and HostConfig that a client gives in JSON; either may be
// empty. Fields that the container does not have yet are taken from them. The error is a bad request.
func SetConfig(c *state.Container, config, hostConfig []byte) error {
	if len(config) > 0 {
		var from container.Config
		if err := json.Unmarshal(config, &from); err != nil {
			return invalid{fmt.Errorf("invalid JSON of Config: %w", err)}
		}
		c.ConfigJSON = slices.Clone(config)
		c.Image = cmp.Or(c.Image, from.Image)
		fillConfig(&c.Config, from)
		c.Host.Domainname = cmp.Or(c.Host.Domainname, from.Domainname)
	}
	if len(hostConfig) > 0 {
		var from container.HostConfig
		if err := json.Unmarshal(hostConfig, &from); err != nil {
			return invalid{fmt.Errorf("invalid JSON of HostConfig: %w", err)}
		}
		c.HostConfigJSON = slices.Clone(hostConfig)
		fillHostConfig(&c.Host, from)
	}
	return nil
}

func fillConfig(c *image.Config, from container.Config) {
	c.Hostname = cmp.Or(c.Hostname, from.Hostname)
	c.User = cmp.Or(c.User, from.User)
	c.WorkingDir = cmp.Or(c.WorkingDir, from.WorkingDir)
	c.StopSignal = cmp.Or(c.StopSignal, from.StopSignal)
	c.Env = orSlice(c.Env, from.Env)
	c.Cmd = orSlice(c.Cmd, from.Cmd)
	c.Entrypoint = orSlice(c.Entrypoint, from.Entrypoint)
	if c.StopTimeout == nil {
		c.StopTimeout = from.StopTimeout
	}
	c.Tty = c.Tty || from.Tty
	c.OpenStdin, c.StdinOnce = c.OpenStdin || from.OpenStdin, c.StdinOnce || from.StdinOnce
	if c.Labels == nil {
		c.Labels = from.Labels
	}
	for port := range from.ExposedPorts {
		if !slices.Contains(c.ExposedPorts, string(port)) {
			c.ExposedPorts = append(c.ExposedPorts, string(port))
		}
	}
	c.Volumes = orSlice(c.Volumes, slices.Sorted(maps.Keys(from.Volumes)))
	if h := from.Healthcheck; h != nil && c.Healthcheck == nil {
		c.Healthcheck = &image.Healthcheck{Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries, StartInterval: h.StartInterval}
	}
}

func fillHostConfig(h *state.HostConfig, from container.HostConfig) {
	h.NetworkMode = cmp.Or(h.NetworkMode, string(from.NetworkMode))
	h.Binds = orSlice(h.Binds, from.Binds)
	h.AutoRemove = h.AutoRemove || from.AutoRemove
	if h.RestartPolicy == "" {
		h.RestartPolicy, h.MaximumRetryCount = string(from.RestartPolicy.Name), from.RestartPolicy.MaximumRetryCount
	}
	if len(h.PortBindings) == 0 && len(from.PortBindings) > 0 {
		h.PortBindings = portBindings(from.PortBindings)
	}
	h.PublishAll = h.PublishAll || from.PublishAllPorts
	h.ReadOnly = h.ReadOnly || from.ReadonlyRootfs
	h.Init = h.Init || from.Init != nil && *from.Init
	h.GroupAdd = orSlice(h.GroupAdd, from.GroupAdd)
	h.VolumesFrom, h.Links = orSlice(h.VolumesFrom, from.VolumesFrom), orSlice(h.Links, from.Links)
	h.VolumeDriver = cmp.Or(h.VolumeDriver, from.VolumeDriver)
	for _, target := range sortedKeys(from.Tmpfs) {
		if target = path.Clean(target); !slices.Contains(h.Tmpfs, target) {
			h.Tmpfs = append(h.Tmpfs, target)
		}
	}
	h.ExtraHosts, h.DNS = orSlice(h.ExtraHosts, from.ExtraHosts), orSlice(h.DNS, from.DNS)
	h.PidMode, h.IpcMode = cmp.Or(h.PidMode, string(from.PidMode)), cmp.Or(h.IpcMode, string(from.IpcMode))
	h.SecurityOpt = orSlice(h.SecurityOpt, from.SecurityOpt)
	h.DNSSearch, h.DNSOptions = orSlice(h.DNSSearch, from.DNSSearch), orSlice(h.DNSOptions, from.DNSOptions)
	if len(h.Mounts) == 0 {
		h.Mounts = mountRequests(&from)
	}
}

// ParsePorts reads what docker run takes for --publish and --expose. The error is a bad request.
func ParsePorts(publish, expose []string) (exposed []string, bindings map[string][]state.PortBinding, err error) {
	published, m, err := nat.ParsePortSpecs(publish)
	if err != nil {
		return nil, nil, invalid{err}
	}
	for port := range published {
		exposed = append(exposed, string(port))
	}
	for _, spec := range expose {
		proto, ports := nat.SplitProtoPort(spec)
		start, end, err := nat.ParsePortRange(ports)
		if err != nil {
			return nil, nil, invalid{fmt.Errorf("invalid port %q to expose: %w", spec, err)}
		}
		for n := start; n <= end; n++ {
			exposed = append(exposed, fmt.Sprintf("%d/%s", n, proto))
		}
	}
	return exposed, portBindings(m), nil
}

func portBindings(m nat.PortMap) map[string][]state.PortBinding {
	ports := make(map[string][]state.PortBinding, len(m))
	for port, bindings := range m {
		ports[string(port)] = []state.PortBinding{}
		for _, b := range bindings {
			ports[string(port)] = append(ports[string(port)], state.PortBinding{HostIP: b.HostIP, HostPort: b.HostPort})
		}
	}
	return ports
}

func orSlice[S ~[]string](have []string, from S) []string {
	if len(have) > 0 {
		return have
	}
	return from
}
