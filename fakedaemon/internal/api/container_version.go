//lint:file-ignore SA1019 what Docker calls deprecated is still part of its requests

package api

import (
	"errors"
	"fmt"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
)

// adaptToVersion drops, refuses and moves what a request to create a container could not say, or said otherwise, in its
// API version (postContainersCreate in api/server/router/container).
func (s *server) adaptToVersion(r *request, req *container.CreateRequest) (warnings []string, _ error) {
	host, endpoints := req.HostConfig, req.NetworkingConfig.EndpointsConfig
	if r.below("1.25") {
		host.AutoRemove = false
	}
	if r.below("1.40") {
		host.KernelMemoryTCP = 0
		if host.IpcMode.IsEmpty() {
			host.IpcMode = container.IPCModeShareable
		}
	}
	if r.below("1.41") && host.CgroupnsMode.IsEmpty() {
		host.CgroupnsMode = container.CgroupnsModeHost
	}
	if !r.below("1.41") {
		if text := r.Form.Get("platform"); text != "" {
			if _, err := s.parsePlatform(text); err != nil {
				return nil, err
			}
		}
	}
	if r.below("1.42") && !s.Engine.KeepsConsoleSize {
		host.ConsoleSize = [2]uint{}
	}
	if !r.below("1.42") {
		host.KernelMemory = 0
	}
	if err := checkMountVersion(r, host.Mounts); err != nil {
		return nil, invalid{err}
	}
	if r.below("1.43") {
		host.Annotations = nil
	}
	if r.below("1.44") {
		if req.Healthcheck != nil {
			req.Healthcheck.StartInterval = 0
		}
		if len(endpoints) > 1 {
			return nil, invalid{fmt.Errorf("Container cannot be created with multiple network endpoints: %s", strings.Join(sortedKeys(endpoints), ", "))}
		}
	}
	if r.below("1.48") {
		for _, e := range endpoints {
			if e != nil {
				e.GwPriority = 0
			}
		}
	} else if host.VolumeDriver != "" && hasPlainVolume(host.Mounts) {
		warnings = append(warnings, "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead")
	}
	for _, adapt := range []func(*request, *container.CreateRequest) (string, error){s.adaptMAC, adaptSysctls} {
		warning, err := adapt(r, req)
		if err != nil {
			return nil, err
		}
		if warning != "" {
			warnings = append(warnings, warning)
		}
	}
	if host.PidsLimit != nil && *host.PidsLimit <= 0 {
		host.PidsLimit = nil
	}
	return warnings, nil
}

// hasPlainVolume reports whether a volume is mounted without a driver of its own.
func hasPlainVolume(mounts []mount.Mount) bool {
	for _, m := range mounts {
		if m.Type == mount.TypeVolume && (m.VolumeOptions == nil || m.VolumeOptions.DriverConfig == nil || m.VolumeOptions.DriverConfig.Name == "") {
			return true
		}
	}
	return false
}

// adaptMAC moves the container's MAC address to an endpoint. Engine 20.10 knows no other.
func (s *server) adaptMAC(r *request, req *container.CreateRequest) (warning string, _ error) {
	if s.Engine.DropsMAC && !r.below("1.52") {
		req.MacAddress = ""
		return "", nil
	}
	if !s.Engine.MovesMAC {
		return "", nil
	}
	mode := req.HostConfig.NetworkMode
	onNetwork := mode.IsBridge() || mode.IsUserDefined()
	if r.below("1.44") {
		if req.MacAddress == "" {
			for _, e := range req.NetworkingConfig.EndpointsConfig {
				if e != nil {
					e.MacAddress = ""
				}
			}
			return "", nil
		}
		if !onNetwork {
			return "", invalid{errors.New("conflicting options: mac-address and the network mode")}
		}
		e, err := modeEndpoint(r, req)
		if err != nil {
			return "", invalid{err}
		}
		e.MacAddress = req.MacAddress
		return "", nil
	}
	if req.MacAddress == "" {
		return "", nil
	}
	if onNetwork {
		e, err := modeEndpoint(r, req)
		if err != nil {
			return "", invalid{fmt.Errorf("unable to migrate container-wide MAC address to a specific network: %w", err)}
		}
		if e.MacAddress != "" && e.MacAddress != req.MacAddress {
			return "", invalid{errors.New("the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty")}
		}
		e.MacAddress = req.MacAddress
	}
	req.MacAddress = ""
	return "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.", nil
}

// adaptSysctls moves sysctls of one interface to an endpoint.
func adaptSysctls(r *request, req *container.CreateRequest) (warning string, _ error) {
	if !req.HostConfig.NetworkMode.IsPrivate() {
		return "", nil
	}
	var moved, settings []string
	for _, name := range sortedKeys(req.HostConfig.Sysctls) {
		part := strings.SplitN(name, ".", 5)
		if len(part) != 5 || part[0] != "net" || !strings.HasPrefix(part[3], "eth") {
			continue
		}
		if !r.below("1.48") {
			return "", fmt.Errorf("interface specific sysctl setting %q must be supplied using driver option '%s'", name, endpointSysctls)
		}
		if part[3] != "eth0" {
			return "", fmt.Errorf("unable to determine network endpoint for sysctl %s, use driver option '%s' to set per-interface sysctls", name, endpointSysctls)
		}
		moved = append(moved, name)
		settings = append(settings, fmt.Sprintf("net.%s.%s.IFNAME.%s=%s", part[1], part[2], part[4], req.HostConfig.Sysctls[name]))
	}
	if len(moved) == 0 {
		return "", nil
	}
	e, err := modeEndpoint(r, req)
	if err != nil {
		return "", fmt.Errorf("unable to find a network for sysctl %s: %w", moved[0], err)
	}
	option := strings.Join(settings, ",")
	warning = fmt.Sprintf("Migrated sysctl %q to DriverOpts{%q:%q}.", strings.Join(moved, ","), endpointSysctls, option)
	if e.DriverOpts == nil {
		e.DriverOpts = make(map[string]string)
	}
	if have, ok := e.DriverOpts[endpointSysctls]; ok {
		option += "," + have
	}
	e.DriverOpts[endpointSysctls] = option
	for _, name := range moved {
		delete(req.HostConfig.Sysctls, name)
	}
	return warning, nil
}
