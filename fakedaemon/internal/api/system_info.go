//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/system"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Host is what a daemon tells of its machine. Nothing is asked of the real machine, so
// that answers are the same everywhere.
type Host struct {
	// Name is the hostname; "" means "fakedocker".
	Name string
	// OperatingSystem and OSVersion are those of os-release; "" means "Debian GNU/Linux 12 (bookworm)" and "12".
	OperatingSystem, OSVersion string
	// KernelVersion is that of Linux; "" means "6.1.0-40-amd64".
	KernelVersion string
	// NCPU is the number of CPUs; 0 means 2.
	NCPU int
	// MemTotal is in bytes; 0 means 8 GiB.
	MemTotal int64
	// AuthorizationPlugins are the names of dockerd --authorization-plugin.
	AuthorizationPlugins []string
}

func (h Host) withDefaults() Host {
	h.Name = HostName(h.Name)
	h.OperatingSystem = cmp.Or(h.OperatingSystem, "Debian GNU/Linux 12 (bookworm)")
	h.OSVersion = cmp.Or(h.OSVersion, "12")
	h.KernelVersion = cmp.Or(h.KernelVersion, "6.1.0-40-amd64")
	h.NCPU = cmp.Or(h.NCPU, 2)
	h.MemTotal = cmp.Or(h.MemTotal, 8<<30)
	h.AuthorizationPlugins = slices.Clone(h.AuthorizationPlugins)
	return h
}

// HostName is what the daemon calls its host when it is given a name, "" being none.
func HostName(given string) string { return cmp.Or(given, "fakedocker") }

// Listener is one way in to the daemon.
type Listener struct {
	// Host is in the form of DOCKER_HOST: "tcp://127.0.0.1:2376".
	Host string
	// TLS is whether it speaks TLS, Verify whether it verifies clients.
	TLS, Verify bool
}

// The registry and the paths that a dockerd without flags tells (01-version-info of the recordings).
const (
	indexServer       = "https://index.docker.io/v1/"
	containerdAddress = "/run/containerd/containerd.sock"
)

// The counters of an idle dockerd (01-version-info of the recordings), fixed to be repeatable.
const (
	fileDescriptors = 28
	goroutines      = 52
)

//go:embed runc-features.json
var runcFeatures string

func (s *server) systemVersion(w http.ResponseWriter, r *request) error {
	e, experimental := s.Engine, s.settings().Experimental
	component := func(name string, p engine.Program) types.ComponentVersion {
		return types.ComponentVersion{Name: name, Version: p.Version, Details: map[string]string{"GitCommit": p.GitCommit}}
	}
	details := map[string]string{
		"ApiVersion":    e.APIVersion,
		"Arch":          "amd64",
		"BuildTime":     e.BuildTime,
		"Experimental":  strconv.FormatBool(experimental),
		"GitCommit":     e.GitCommit,
		"GoVersion":     e.GoVersion,
		"KernelVersion": s.Host.KernelVersion,
		"MinAPIVersion": s.MinAPIVersion,
		"Os":            "linux",
	}
	if e.Module != "" {
		details["Module"], details["ModuleVersion"] = e.Module, e.ModuleVersion
	}
	v := types.Version{
		Components: []types.ComponentVersion{
			{Name: "Engine", Version: e.Version, Details: details},
			component("containerd", e.Containerd),
			component("runc", e.Runc),
			component("docker-init", e.Init),
		},
		Version:       e.Version,
		APIVersion:    e.APIVersion,
		MinAPIVersion: s.MinAPIVersion,
		GitCommit:     e.GitCommit,
		GoVersion:     e.GoVersion,
		Os:            "linux",
		Arch:          "amd64",
		KernelVersion: s.Host.KernelVersion,
		BuildTime:     e.BuildTime,
		Experimental:  experimental,
	}
	v.Platform.Name = e.Platform
	if e.NewFieldOrder {
		return s.write(w, r, version29{v.Platform, v.Version, v.APIVersion, v.MinAPIVersion, v.Os, v.Arch, v.Components, v.GitCommit, v.GoVersion, v.KernelVersion, v.BuildTime, v.Experimental})
	}
	return s.write(w, r, v)
}

// version29 has the fields of types.Version in the order of engine 29.
type version29 struct {
	Platform      struct{ Name string }
	Version       string
	APIVersion    string `json:"ApiVersion"`
	MinAPIVersion string
	Os, Arch      string
	Components    []types.ComponentVersion
	GitCommit     string
	GoVersion     string
	KernelVersion string
	BuildTime     string
	Experimental  bool `json:",omitempty"`
}

func (s *server) systemInfo(w http.ResponseWriter, r *request) error {
	info := s.info()
	if r.below("1.25") {
		info.SecurityOptions = []string{"seccomp"}
	}
	if r.below("1.42") {
		info.KernelMemory = true
	}
	if r.below("1.44") {
		for name, runtime := range info.Runtimes {
			info.Runtimes[name] = system.RuntimeWithStatus{Runtime: runtime.Runtime}
		}
	}
	if r.below("1.46") {
		info.Containerd = nil
	}
	if r.below("1.47") {
		info.RegistryConfig.ExtraFields = map[string]any{
			"AllowNondistributableArtifactsCIDRs":     nil,
			"AllowNondistributableArtifactsHostnames": nil,
		}
	}
	if r.below("1.49") {
		info.FirewallBackend = nil
	}
	if r.below("1.50") && s.Engine.DeniesBridgeNf {
		return s.write(w, r, withFields{info, map[string]any{"BridgeNfIptables": false, "BridgeNfIp6tables": false}})
	}
	return s.write(w, r, info)
}

// withFields is an object with more fields than its type has.
type withFields struct {
	base  any
	extra map[string]any
}

func (f withFields) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(f.base)
	if err != nil {
		return nil, err
	}
	var merged map[string]any
	if err := json.Unmarshal(b, &merged); err != nil {
		return nil, err
	}
	for key, value := range f.extra {
		merged[key] = value
	}
	return json.Marshal(merged)
}

// info is /info of the highest API version.
func (s *server) info() *system.Info {
	settings := s.settings()
	runtime := system.RuntimeWithStatus{
		Runtime: system.Runtime{Path: "runc"},
		Status:  map[string]string{"org.opencontainers.runtime-spec.features": runcFeatures},
	}
	info := &system.Info{
		ID:     s.State.ID(),
		Images: len(s.State.Images()),
		Driver: s.Engine.StorageDriver,
		Plugins: system.PluginsInfo{
			Volume:        []string{"local"},
			Network:       []string{"bridge", "host", "ipvlan", "macvlan", "null", "overlay"},
			Authorization: s.Host.AuthorizationPlugins,
			Log:           s.logDrivers(),
		},
		MemoryLimit:        true,
		SwapLimit:          true,
		KernelMemoryTCP:    true,
		CPUCfsPeriod:       true,
		CPUCfsQuota:        true,
		CPUShares:          true,
		CPUSet:             true,
		PidsLimit:          true,
		IPv4Forwarding:     true,
		Debug:              settings.Debug,
		NFd:                fileDescriptors,
		OomKillDisable:     true,
		NGoroutines:        goroutines,
		SystemTime:         s.Clock().Format(time.RFC3339Nano),
		LoggingDriver:      settings.LogDriver,
		CgroupDriver:       "cgroupfs",
		CgroupVersion:      "1",
		KernelVersion:      s.Host.KernelVersion,
		OperatingSystem:    s.Host.OperatingSystem,
		OSVersion:          s.Host.OSVersion,
		OSType:             "linux",
		Architecture:       "x86_64",
		IndexServerAddress: indexServer,
		RegistryConfig:     s.registryConfig(settings),
		GenericResources:   genericResources(settings.GenericResources),
		HTTPProxy:          settings.HTTPProxy, HTTPSProxy: settings.HTTPSProxy, NoProxy: settings.NoProxy,
		ExperimentalBuild:  settings.Experimental,
		LiveRestoreEnabled: settings.LiveRestore,
		NCPU:               s.Host.NCPU,
		MemTotal:           s.Host.MemTotal,
		DockerRootDir:      settings.DataRoot,
		Name:               s.Host.Name,
		Labels:             settings.Labels,
		ServerVersion:      s.Engine.Version,
		Runtimes:           map[string]system.RuntimeWithStatus{"io.containerd.runc.v2": runtime, "runc": runtime},
		DefaultRuntime:     "runc",
		Swarm:              s.swarmInfo(),
		InitBinary:         "docker-init",
		SecurityOptions:    []string{"name=seccomp,profile=builtin"},
		FirewallBackend:    &system.FirewallInfo{Driver: "iptables"},
		CDISpecDirs:        []string{"/etc/cdi", "/var/run/cdi"},
		Containerd: &system.ContainerdInfo{
			Address:    containerdAddress,
			Namespaces: system.ContainerdNamespaces{Containers: "moby", Plugins: "plugins.moby"},
		},
		ContainerdCommit: system.Commit{ID: s.Engine.Containerd.GitCommit},
		RuncCommit:       system.Commit{ID: s.Engine.Runc.GitCommit},
		InitCommit:       system.Commit{ID: s.Engine.Init.GitCommit},
		Warnings:         s.warnings(),
	}
	for _, c := range s.State.Containers() {
		info.Containers++
		switch c.State.Status() {
		case "running":
			info.ContainersRunning++
		case "paused":
			info.ContainersPaused++
		default:
			info.ContainersStopped++
		}
	}
	return info
}

// warnings are those of an API that others can reach (daemon/info.go, fillAPIInfo), and what engine 29 says of cgroups.
func (s *server) warnings() []string {
	var warnings []string
	if s.Listeners != nil {
		for _, l := range s.Listeners() {
			proto, addr, _ := strings.Cut(l.Host, "://")
			switch {
			case proto != "tcp" || l.Verify:
			case l.TLS:
				warnings = append(warnings, s.Engine.APIWarning("https://"+addr+" without TLS client verification"))
			default:
				warnings = append(warnings, s.Engine.APIWarning("http://"+addr+" without encryption"))
			}
		}
	}
	if s.Engine.WarnsOfCgroupV1 {
		warnings = append(warnings, "WARNING: Support for cgroup v1 is deprecated and planned to be removed by no later than May 2029 (https://github.com/moby/moby/issues/51111)")
	}
	return warnings
}
