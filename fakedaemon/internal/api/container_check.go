//lint:file-ignore SA1019 what Docker calls deprecated is still part of its requests

package api

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/go-connections/nat"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// The defaults of a dockerd without flags.
const (
	defaultRuntime = "runc"
	defaultShmSize = 64 << 20
	minMemory      = 6 << 20
)

func readonlyPaths() []string {
	return []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
}

// checkDecoded refuses combinations that dockerd refuses while it decodes (runconfig/hostconfig*.go).
func (s *server) checkDecoded(c *container.Config, h *container.HostConfig) error {
	conflict := func(why string) error { return errors.New("conflicting options: " + why) }
	if h.NetworkMode == "container" || h.NetworkMode.IsContainer() {
		switch {
		case h.NetworkMode.ConnectedContainer() == "":
			return errors.New("invalid network mode: invalid container format container:<name|id>")
		case c.Hostname != "":
			return conflict("hostname and the network mode")
		case len(h.Links) > 0:
			return conflict("container type network can't be used with links. This would result in undefined behavior")
		case len(h.DNS) > 0:
			return conflict("dns and the network mode")
		case len(h.ExtraHosts) > 0:
			return conflict("custom host-to-IP mapping and the network mode")
		case len(h.PortBindings) > 0 || h.PublishAllPorts:
			return conflict("port publishing and the container type network mode")
		case len(c.ExposedPorts) > 0:
			return conflict("port exposing and the container type network mode")
		}
	}
	switch {
	case h.UTSMode.IsHost() && c.Hostname != "":
		return conflict("hostname and the UTS mode")
	case h.NetworkMode.IsHost() && len(h.Links) > 0:
		return conflict("host type networking can't be used with links. This would result in undefined behavior")
	case !linuxIsolation(h):
		return fmt.Errorf("invalid isolation (%s): linux only supports 'default'", h.Isolation)
	case h.IOMaximumBandwidth != 0:
		return errors.New("invalid option: QoS maximum bandwidth configuration is not supported on linux")
	case h.IOMaximumIOps != 0:
		return errors.New("invalid option: QoS maximum IOPs configuration is not supported on linux")
	case h.CPURealtimePeriod != 0 && h.CPURealtimeRuntime > h.CPURealtimePeriod:
		return errors.New("cpu real-time runtime cannot be higher than cpu real-time period")
	case h.CPUShares < 0:
		return fmt.Errorf("invalid CPU shares (%d): value must be a positive integer", h.CPUShares)
	}
	return nil
}

func linuxIsolation(h *container.HostConfig) bool {
	return h.Isolation == "" || strings.EqualFold(string(h.Isolation), "default")
}

// checkConfig is validateContainerConfig of daemon/container.go.
func checkConfig(c *container.Config) error {
	if c.WorkingDir != "" {
		if !path.IsAbs(c.WorkingDir) {
			return fmt.Errorf("the working directory '%s' is invalid, it needs to be an absolute path", c.WorkingDir)
		}
		c.WorkingDir = path.Clean(c.WorkingDir)
	}
	if c.StopSignal != "" {
		if _, err := state.ParseSignal(c.StopSignal); err != nil {
			return err
		}
	}
	for _, env := range c.Env {
		if env == "" || env[0] == '=' {
			return errors.New("invalid environment variable: " + env)
		}
	}
	h := c.Healthcheck
	if h == nil {
		return nil
	}
	const least = container.MinimumDuration
	switch {
	case h.Interval != 0 && h.Interval < least:
		return fmt.Errorf("Interval in Healthcheck cannot be less than %s", least)
	case h.Timeout != 0 && h.Timeout < least:
		return fmt.Errorf("Timeout in Healthcheck cannot be less than %s", least)
	case h.Retries < 0:
		return errors.New("Retries in Healthcheck cannot be negative")
	case h.StartPeriod != 0 && h.StartPeriod < least:
		return fmt.Errorf("StartPeriod in Healthcheck cannot be less than %s", least)
	case h.StartInterval != 0 && h.StartInterval < least:
		return fmt.Errorf("StartInterval in Healthcheck cannot be less than %s", least)
	}
	return nil
}

// checkHostConfig is validateHostConfig of daemon/container.go and what daemon_unix.go adds.
func (s *server) checkHostConfig(h *container.HostConfig) (warnings []string, _ error) {
	if h.AutoRemove && !h.RestartPolicy.IsNone() {
		return nil, errors.New("can't create 'AutoRemove' container with restart policy")
	}
	for i := range h.Mounts {
		if h.Mounts[i].Type == "image" {
			warnings = append(warnings, "Image mount is an experimental feature")
		}
		if err := checkMount(&h.Mounts[i]); err != nil {
			return warnings, err
		}
	}
	for _, extra := range h.ExtraHosts {
		if err := checkExtraHost(extra); err != nil {
			return warnings, err
		}
	}
	if err := checkPortBindings(h.PortBindings); err != nil {
		return warnings, err
	}
	if err := container.ValidateRestartPolicy(h.RestartPolicy); err != nil {
		return warnings, err
	}
	if err := checkCapabilities(h); err != nil {
		return warnings, err
	}
	if _, ok := h.Annotations[""]; ok {
		return warnings, errors.New("invalid Annotations: the empty string is not permitted as an annotation key")
	}
	warned, err := s.checkResources(&h.Resources)
	warnings = append(warnings, warned...)
	if err != nil {
		return warnings, err
	}
	switch {
	case !h.IpcMode.Valid():
		return warnings, fmt.Errorf("invalid IPC mode: %v", h.IpcMode)
	case !h.PidMode.Valid():
		return warnings, fmt.Errorf("invalid PID mode: %v", h.PidMode)
	case h.ShmSize < 0:
		return warnings, errors.New("SHM size can not be less than 0")
	case !h.UTSMode.Valid():
		return warnings, fmt.Errorf("invalid UTS mode: %v", h.UTSMode)
	case h.OomScoreAdj < -1000 || h.OomScoreAdj > 1000:
		return warnings, fmt.Errorf("Invalid value %d, range for oom score adj is [-1000, 1000]", h.OomScoreAdj)
	}
	if h.NetworkMode.IsHost() && len(h.PortBindings) > 0 {
		warnings = append(warnings, "Published ports are discarded when using host network mode")
	}
	switch h.Runtime {
	case "", defaultRuntime, "io.containerd.runc.v2":
	default:
		return warnings, errors.New("unknown or invalid runtime name: " + h.Runtime)
	}
	for _, destination := range slices.Sorted(maps.Keys(h.Tmpfs)) {
		if err := checkDestination(destination); err != nil {
			return warnings, err
		}
	}
	if !h.CgroupnsMode.Valid() {
		return warnings, fmt.Errorf("invalid cgroup namespace mode: %v", h.CgroupnsMode)
	}
	return warnings, nil
}

// checkResources is verifyPlatformContainerResources of daemon/daemon_unix.go on a host that supports everything.
func (s *server) checkResources(r *container.Resources) (warnings []string, _ error) {
	if r.MemorySwappiness != nil && *r.MemorySwappiness == -1 {
		r.MemorySwappiness = nil
	}
	switch {
	case r.Memory != 0 && r.Memory < minMemory:
		return nil, errors.New("Minimum memory limit allowed is 6MB")
	case r.Memory > 0 && r.MemorySwap > 0 && r.MemorySwap < r.Memory:
		return nil, errors.New("Minimum memoryswap limit should be larger than memory limit, see usage")
	case r.Memory == 0 && r.MemorySwap > 0:
		return nil, errors.New("You should always set the Memory limit when using Memoryswap limit, see usage")
	case r.MemorySwappiness != nil && (*r.MemorySwappiness < 0 || *r.MemorySwappiness > 100):
		return nil, fmt.Errorf("Invalid value: %v, valid memory swappiness range is 0-100", *r.MemorySwappiness)
	case r.MemoryReservation > 0 && r.MemoryReservation < minMemory:
		return nil, errors.New("Minimum memory reservation allowed is 6MB")
	case r.Memory > 0 && r.MemoryReservation > r.Memory:
		return nil, errors.New("Minimum memory limit can not be less than memory reservation limit, see usage")
	case r.KernelMemory > 0 && r.KernelMemory < minMemory:
		return nil, errors.New("Minimum kernel memory limit allowed is 6MB")
	}
	if r.OomKillDisable != nil && *r.OomKillDisable && r.Memory == 0 {
		warnings = append(warnings, "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.")
	}
	switch {
	case r.NanoCPUs > 0 && r.CPUPeriod > 0:
		return warnings, errors.New("Conflicting options: Nano CPUs and CPU Period cannot both be set")
	case r.NanoCPUs > 0 && r.CPUQuota > 0:
		return warnings, errors.New("Conflicting options: Nano CPUs and CPU Quota cannot both be set")
	case r.NanoCPUs < 0 || r.NanoCPUs > int64(s.Host.NCPU)*1e9:
		return warnings, fmt.Errorf("range of CPUs is from 0.01 to %[1]d.00, as there are only %[1]d CPUs available", s.Host.NCPU)
	case r.CPUPeriod != 0 && (r.CPUPeriod < 1000 || r.CPUPeriod > 1000000):
		return warnings, errors.New("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
	case r.CPUQuota > 0 && r.CPUQuota < 1000:
		return warnings, errors.New("CPU cfs quota can not be less than 1ms (i.e. 1000)")
	}
	if r.CPUPercent > 0 {
		warnings = append(warnings, "linux does not support CPU percent. Percent discarded.")
		r.CPUPercent = 0
	}
	cpus := "0-" + strconv.Itoa(s.Host.NCPU-1)
	if err := checkCPUSet(r.CpusetCpus, s.Host.NCPU, "cpus", "Requested CPUs are", cpus); err != nil {
		return warnings, err
	}
	if err := checkCPUSet(r.CpusetMems, 1, "mems", "Requested memory nodes are", "0"); err != nil {
		return warnings, err
	}
	if r.BlkioWeight > 0 && (r.BlkioWeight < 10 || r.BlkioWeight > 1000) {
		return warnings, errors.New("Range of blkio weight is from 10 to 1000")
	}
	return warnings, nil
}

// checkCPUSet checks a list such as "0-2,4" against what there is: 0 to n-1.
func checkCPUSet(list string, n int, what, requested, available string) error {
	if list == "" {
		return nil
	}
	for _, part := range strings.Split(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err != nil || err2 != nil || to < from {
			return fmt.Errorf("Invalid value %s for cpuset %s: invalid format: %s", list, what, part)
		}
		if to >= n {
			return fmt.Errorf("%s not available - requested %s, available: %s", requested, list, available)
		}
	}
	return nil
}

// checkExtraHost is opts.ValidateExtraHost.
func checkExtraHost(extra string) error {
	name, ip, ok := strings.Cut(extra, ":")
	if !ok || name == "" {
		return fmt.Errorf("bad format for add-host: %q", extra)
	}
	if ip != "host-gateway" && parseIP(ip) == nil {
		return fmt.Errorf("invalid IP address in add-host: %q", ip)
	}
	return nil
}

func checkPortBindings(ports nat.PortMap) error {
	for _, port := range slices.Sorted(maps.Keys(ports)) {
		_, number := nat.SplitProtoPort(string(port))
		if _, err := nat.ParsePort(number); err != nil {
			return fmt.Errorf("invalid port specification: %q", number)
		}
		for _, b := range ports[port] {
			if b.HostPort == "" {
				continue
			}
			if _, err := nat.NewPort(nat.SplitProtoPort(b.HostPort)); err != nil {
				return fmt.Errorf("invalid port specification: %q", b.HostPort)
			}
		}
	}
	return nil
}

// capabilities are those of Linux 6.1, without CAP_.
var capabilities = strings.Fields(`AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE
	DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN
	NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT
	SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM`)

func checkCapabilities(h *container.HostConfig) error {
	for _, list := range []struct {
		name string
		caps []string
	}{{"CapAdd", h.CapAdd}, {"CapDrop", h.CapDrop}} {
		for _, c := range list.caps {
			c = strings.TrimPrefix(strings.ToUpper(c), "CAP_")
			if c != "ALL" && !slices.Contains(capabilities, c) {
				return fmt.Errorf("invalid %s: unknown capability: %q", list.name, "CAP_"+c)
			}
		}
	}
	return nil
}

// logDrivers are those that are built in, without "none".
func (s *server) logDrivers() []string {
	drivers := []string{"awslogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "splunk", "syslog"}
	if s.Engine.Logentries {
		drivers = slices.Insert(drivers, slices.Index(drivers, "splunk"), "logentries")
	}
	return drivers
}

// checkLogConfig fills in the default driver and checks the options (daemon/logger/factory.go).
func (s *server) checkLogConfig(c *container.LogConfig) error {
	if c.Type == "" {
		c.Type = s.settings().LogDriver
	}
	if c.Config == nil {
		c.Config = make(map[string]string)
	}
	if c.Type == "none" {
		return nil
	}
	mode := c.Config["mode"]
	switch mode {
	case "", "blocking", "non-blocking":
	default:
		return fmt.Errorf("logger: logging mode not supported: %s", mode)
	}
	if _, ok := c.Config["max-buffer-size"]; ok && mode != "non-blocking" {
		return errors.New("logger: max-buffer-size option is only supported with 'mode=non-blocking'")
	}
	if !slices.Contains(s.logDrivers(), c.Type) {
		return fmt.Errorf("error looking up logging plugin %s: plugin %q not found", c.Type, c.Type)
	}
	if c.Type != "json-file" {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(c.Config)) {
		switch key {
		case "max-file", "max-size", "compress", "labels", "labels-regex", "env", "env-regex", "tag":
		case "mode", "max-buffer-size", "cache-disabled", "cache-max-size", "cache-max-file", "cache-compress":
		default:
			return fmt.Errorf("unknown log opt '%s' for json-file log driver", key)
		}
	}
	return nil
}

// checkNamespaces looks for the containers whose IPC and PIDs one is to share, where dockerd takes over their labels (generateSecurityOpt of
// daemon/daemon_unix.go).
func (s *server) checkNamespaces(h *container.HostConfig) error {
	labelled := func(opt string) bool { return opt == "label" || strings.HasPrefix(opt, "label=") }
	if slices.ContainsFunc(h.SecurityOpt, labelled) || h.IpcMode.IsHost() || h.PidMode.IsHost() || h.Privileged {
		return nil
	}
	for _, of := range []string{h.IpcMode.Container(), h.PidMode.Container()} {
		if of == "" {
			continue
		}
		if _, err := s.State.Container(of); err != nil {
			return errors.New(err.Error()) // a mistake of the request and not of its path
		}
	}
	return nil
}

// adaptHostConfig fills in what dockerd fills in (adaptContainerSettings of daemon/daemon_unix.go).
func (s *server) adaptHostConfig(h *container.HostConfig) {
	if h.Memory > 0 && h.MemorySwap == 0 {
		h.MemorySwap = h.Memory * 2
	}
	if h.ShmSize == 0 {
		h.ShmSize = defaultShmSize
	}
	if h.IpcMode.IsEmpty() {
		h.IpcMode = container.IPCModePrivate
	}
	if h.CgroupnsMode.IsEmpty() {
		h.CgroupnsMode = container.CgroupnsModeHost
	}
	for _, mode := range []*string{(*string)(&h.PidMode), (*string)(&h.IpcMode), (*string)(&h.NetworkMode)} {
		if name, ok := strings.CutPrefix(*mode, "container:"); ok {
			if c, err := s.State.Container(name); err == nil {
				*mode = "container:" + c.ID
			}
		}
	}
	if h.OomKillDisable == nil {
		h.OomKillDisable = new(bool)
	}
	if !slices.ContainsFunc(h.SecurityOpt, func(opt string) bool { return strings.HasPrefix(opt, "label=") }) &&
		(h.IpcMode.IsHost() || h.PidMode.IsHost() || h.Privileged) {
		h.SecurityOpt = append(h.SecurityOpt, "label=disable")
	}
}

// adaptPortBindings gives a port with an empty list of bindings one for any port of the host, which only engine 29 does (step
// 26-extra#21 of the recordings).
func (s *server) adaptPortBindings(h *container.HostConfig) (warnings []string) {
	if !s.Engine.PublishesEmptyBindings {
		return nil
	}
	if h.PortBindings == nil {
		h.PortBindings = nat.PortMap{}
	}
	var empty []string
	for _, port := range slices.Sorted(maps.Keys(h.PortBindings)) {
		if len(h.PortBindings[port]) == 0 {
			h.PortBindings[port] = []nat.PortBinding{{}}
			empty = append(empty, string(port))
		}
	}
	if len(empty) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Following container port(s) have an empty list of port-bindings: %s. Such bindings will be discarded in a future version.", strings.Join(empty, ", "))}
}
