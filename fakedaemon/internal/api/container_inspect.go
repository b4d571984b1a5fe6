//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/docker/docker/api/types/blkiodev"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/storage"
	"github.com/docker/go-connections/nat"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

func (s *server) containerInspect(w http.ResponseWriter, r *request) error {
	c, err := s.State.Container(r.vars["id"])
	if err != nil {
		return err
	}
	resp := s.containerResponse(&c)
	if r.boolean("size") {
		written := s.State.ContainerSize(c.ID)
		rootFS := written + s.baseSize(c.ImageID)
		resp.SizeRw, resp.SizeRootFs = &written, &rootFS
	}
	if r.below("1.45") {
		for name, e := range resp.NetworkSettings.Networks {
			if container.NetworkMode(name).IsUserDefined() {
				e.Aliases = dedup(append(e.Aliases, c.ID[:12], c.Config.Hostname))
			}
		}
	}
	if !r.below("1.48") {
		resp.ImageManifestDescriptor = s.manifestDescriptor(c.ImageID)
	}
	var more []change
	if r.below("1.21") {
		more = oldContainerFields(r, resp)
	}
	if _, ok := resp.NetworkSettings.Networks["bridge"]; s.Engine.HidesDefaultNetwork && (!ok || !r.below("1.52")) {
		more = noDefaultNetwork
	}
	return s.write(w, r, resp, more...)
}

// dedup drops what has come before.
func dedup(list []string) []string {
	var out []string
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// containerResponse is a container as GET /containers/{id}/json has it.
func (s *server) containerResponse(c *state.Container) *container.InspectResponse {
	path, args := process(c.Config)
	base := &container.ContainerJSONBase{
		ID:           c.ID,
		Created:      timeText(c.Created),
		Path:         path,
		Args:         args,
		State:        stateResponse(c.State),
		Image:        c.ImageID,
		Name:         "/" + c.Name,
		RestartCount: c.RestartCount,
		Driver:       s.Engine.StorageDriver,
		Platform:     "linux",
		HostConfig:   s.hostConfig(c),
		ExecIDs:      s.State.ExecIDs(c.ID),
		GraphDriver:  storage.DriverData{Name: s.Engine.StorageDriver, Data: map[string]string{"ID": c.ID}},
	}
	if !c.State.StartedAt.IsZero() || c.State.Error != "" {
		folder := s.settings().DataRoot + "/containers/" + c.ID
		base.ResolvConfPath = folder + "/resolv.conf"
		base.HostnamePath = folder + "/hostname"
		base.HostsPath = folder + "/hosts"
		base.LogPath = folder + "/" + c.ID + "-json.log"
	}
	settings := &container.NetworkSettings{Networks: endpoints(c, false)}
	settings.Ports = portMap(c.Ports)
	if c.SandboxID != "" {
		settings.SandboxID, settings.SandboxKey = c.SandboxID, "/var/run/docker/netns/"+c.SandboxID[:12]
	}
	if e, ok := settings.Networks["bridge"]; ok {
		settings.DefaultNetworkSettings = container.DefaultNetworkSettings{
			EndpointID:          e.EndpointID,
			Gateway:             e.Gateway,
			GlobalIPv6Address:   e.GlobalIPv6Address,
			GlobalIPv6PrefixLen: e.GlobalIPv6PrefixLen,
			IPAddress:           e.IPAddress,
			IPPrefixLen:         e.IPPrefixLen,
			IPv6Gateway:         e.IPv6Gateway,
			MacAddress:          e.MacAddress,
		}
	}
	return &container.InspectResponse{
		ContainerJSONBase: base,
		Mounts:            mountPoints(c.Mounts),
		Config:            containerConfig(c),
		NetworkSettings:   settings,
	}
}

// timeText is a time as inspections have it (api/notes.md part 7).
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func stateResponse(st state.ContainerState) *container.State {
	resp := &container.State{
		Status:     st.Status(),
		Running:    st.Running,
		Paused:     st.Paused,
		Restarting: st.Restarting,
		OOMKilled:  st.OOMKilled,
		Dead:       st.Dead,
		Pid:        st.Pid,
		ExitCode:   st.ExitCode,
		Error:      st.Error,
		StartedAt:  timeText(st.StartedAt),
		FinishedAt: timeText(st.FinishedAt),
	}
	if h := st.Health; h != nil {
		resp.Health = &container.Health{Status: h.Status, FailingStreak: h.FailingStreak, Log: []*container.HealthcheckResult{}}
		for _, l := range h.Log {
			resp.Health.Log = append(resp.Health.Log, &container.HealthcheckResult{Start: l.Start, End: l.End, ExitCode: l.ExitCode, Output: l.Output})
		}
	}
	return resp
}

// containerConfig is a container's config as the API has it.
func containerConfig(c *state.Container) *container.Config {
	config := &container.Config{}
	decodeStored(c.ConfigJSON, config)
	config.Hostname = c.Config.Hostname
	config.User = c.Config.User
	config.ExposedPorts = set[nat.Port](c.Config.ExposedPorts)
	config.Tty = c.Config.Tty
	config.OpenStdin = c.Config.OpenStdin
	config.Env = c.Config.Env
	config.Cmd = c.Config.Cmd
	config.Image = c.Image
	config.Volumes = set[string](c.Config.Volumes)
	config.WorkingDir = c.Config.WorkingDir
	config.Entrypoint = c.Config.Entrypoint
	config.Labels = c.Config.Labels
	config.StopSignal = c.Config.StopSignal
	if h := c.Config.Healthcheck; h != nil {
		config.Healthcheck = &container.HealthConfig{
			Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries,
		}
	}
	return config
}

// decodeStored decodes what SetConfig has checked.
func decodeStored(stored []byte, into any) {
	if len(stored) == 0 {
		return
	}
	if err := json.Unmarshal(stored, into); err != nil {
		panic("api: stored config does not decode: " + err.Error())
	}
}

// set makes of a list what the API makes of sets; nil of an empty list.
func set[K ~string](list []string) map[K]struct{} {
	if len(list) == 0 {
		return nil
	}
	m := make(map[K]struct{}, len(list))
	for _, v := range list {
		m[K(v)] = struct{}{}
	}
	return m
}

func portMap(ports map[string][]state.PortBinding) nat.PortMap {
	m := make(nat.PortMap, len(ports))
	for port, bindings := range ports {
		var list []nat.PortBinding // null for what is only exposed
		if bindings != nil {
			list = []nat.PortBinding{}
		}
		for _, b := range bindings {
			list = append(list, nat.PortBinding{HostIP: b.HostIP, HostPort: b.HostPort})
		}
		m[nat.Port(port)] = list
	}
	return m
}

// hostConfig is a container's host config as the API has it: what dockerd stores for docker run without
// options, and what the container says.
func (s *server) hostConfig(c *state.Container) *container.HostConfig {
	oomKillDisable := false
	h := &container.HostConfig{
		LogConfig:     container.LogConfig{Type: s.settings().LogDriver, Config: map[string]string{}},
		PortBindings:  nat.PortMap{},
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
		CgroupnsMode:  container.CgroupnsModeHost,
		DNS:           []string{},
		DNSOptions:    []string{},
		DNSSearch:     []string{},
		IpcMode:       container.IPCModePrivate,
		ShmSize:       64 << 20,
		Runtime:       "runc",
		MaskedPaths:   slices.Clone(s.Engine.MaskedPaths),
		ReadonlyPaths: []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
		Resources: container.Resources{
			BlkioWeightDevice:    []*blkiodev.WeightDevice{},
			BlkioDeviceReadBps:   []*blkiodev.ThrottleDevice{},
			BlkioDeviceWriteBps:  []*blkiodev.ThrottleDevice{},
			BlkioDeviceReadIOps:  []*blkiodev.ThrottleDevice{},
			BlkioDeviceWriteIOps: []*blkiodev.ThrottleDevice{},
			Devices:              []container.DeviceMapping{},
			OomKillDisable:       &oomKillDisable,
			Ulimits:              []*container.Ulimit{},
		},
	}
	if s.Engine.NullDNS {
		h.DNS = nil
	}
	decodeStored(c.HostConfigJSON, h)
	h.NetworkMode = container.NetworkMode(c.Host.NetworkMode)
	h.AutoRemove = c.Host.AutoRemove
	h.Binds, h.Links = c.Host.Binds, nil
	if len(c.Host.Links) > 0 {
		h.Links = s.State.Links(c.ID)
	}
	if len(c.Host.PortBindings) > 0 {
		h.PortBindings = portMap(c.Host.PortBindings)
	}
	if c.Host.RestartPolicy != "" {
		h.RestartPolicy = container.RestartPolicy{Name: container.RestartPolicyMode(c.Host.RestartPolicy), MaximumRetryCount: c.Host.MaximumRetryCount}
	}
	return h
}

// oldContainerFields are what an inspection has below API 1.21, which only engine 20.10 speaks (docker/docker
// v20.10.24, api/types/versions).
func oldContainerFields(r *request, resp *container.InspectResponse) []change {
	host := resp.HostConfig
	more := []change{
		{path: ".Config.ExposedPorts", value: nil, add: true},
		{path: ".Config.MacAddress", value: "", add: true},
		{path: ".Config.NetworkDisabled", value: false, add: true},
		{path: ".Config.VolumeDriver", value: host.VolumeDriver},
		{path: ".NetworkSettings.Networks", value: drop},
		{path: ".SizeRw", value: drop},
		{path: ".SizeRootFs", value: drop},
	}
	if len(resp.NetworkSettings.Ports) == 0 && !resp.State.Running {
		more = append(more, change{path: ".NetworkSettings.Ports", value: nil})
	}
	if !r.below("1.20") {
		return more
	}
	paths, writable := make(map[string]string), make(map[string]bool)
	for _, m := range resp.Mounts {
		if m.Source == "" {
			continue // a tmpfs
		}
		paths[m.Destination], writable[m.Destination] = m.Source, m.RW
	}
	return append(more,
		change{path: ".Mounts", value: drop},
		change{path: ".Volumes", value: paths, after: "GraphDriver"},
		change{path: ".VolumesRW", value: writable, after: "Volumes"},
		change{path: ".Config.Memory", value: host.Memory},
		change{path: ".Config.MemorySwap", value: host.MemorySwap},
		change{path: ".Config.CpuShares", value: host.CPUShares},
		change{path: ".Config.Cpuset", value: host.CpusetCpus},
	)
}

// noDefaultNetwork drops the fields of a container's endpoint on the default network.
var noDefaultNetwork = []change{
	{path: ".NetworkSettings.EndpointID", value: drop},
	{path: ".NetworkSettings.Gateway", value: drop},
	{path: ".NetworkSettings.GlobalIPv6Address", value: drop},
	{path: ".NetworkSettings.GlobalIPv6PrefixLen", value: drop},
	{path: ".NetworkSettings.IPAddress", value: drop},
	{path: ".NetworkSettings.IPPrefixLen", value: drop},
	{path: ".NetworkSettings.IPv6Gateway", value: drop},
	{path: ".NetworkSettings.MacAddress", value: drop},
}
