package api

import "github.com/docker/docker/api/types/container"

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
