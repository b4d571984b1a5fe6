package api

import (
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Engine is a generation of the daemon. Beside these fields it differs from others in changes and rewordings.
type Engine struct {
	// Name is what EngineByName knows it by.
	Name string
	// Version is the daemon's own version.
	Version string
	// APIVersion and MinAPIVersion are the highest and the lowest API version it speaks.
	APIVersion, MinAPIVersion string
	// Platform, GitCommit, BuildTime and GoVersion are those of its build, and Module and ModuleVersion too where it tells them.
	Platform, GitCommit, BuildTime, GoVersion, Module, ModuleVersion string
	// Containerd, Runc and Init are what it runs.
	Containerd, Runc, Init Program

	// imageStore says that images are in containerd's store: an ID is the digest of a manifest.
	imageStore bool
	// legacy says that it is older than Docker 23.
	legacy bool
	// storageDriver is that of the recorded daemon. It keeps nothing that an inspection could show.
	storageDriver string
}

// Program is what a daemon tells of a program that it runs.
type Program struct{ Version, GitCommit string }

// engines are the daemons that were recorded, the default first.
var engines = []Engine{
	{
		Name:          "28",
		Version:       "28.5.2",
		APIVersion:    "1.51",
		MinAPIVersion: "1.24",
		GitCommit:     "unknown",
		BuildTime:     "library-import",
		GoVersion:     "go1.26.8",
		Containerd:    Program{Version: "2.2.1"},
		Runc:          Program{Version: "1.3.4"},
		Init:          Program{Version: "0.19.0"},
		storageDriver: "vfs",
	},
	{
		Name:          "29",
		Version:       "29.7.2",
		APIVersion:    "1.55",
		MinAPIVersion: "1.40",
		Platform:      "Docker Engine - Community",
		GitCommit:     "4b5cb71",
		BuildTime:     "2026-07-30T19:47:54.000000000+00:00",
		GoVersion:     "go1.26.8",
		Module:        "github.com/moby/moby/v2",
		ModuleVersion: "v2.0.0+unknown",
		Containerd:    Program{Version: "2.2.1"},
		Runc:          Program{Version: "1.3.4"},
		Init:          Program{Version: "0.19.0"},
		imageStore:    true,
		storageDriver: "overlayfs",
	},
	{
		Name:          "20.10",
		Version:       "20.10.24+dfsg1",
		APIVersion:    "1.41",
		MinAPIVersion: "1.12",
		GitCommit:     "5d6db84",
		BuildTime:     "2026-05-07T21:09:36.000000000+00:00",
		GoVersion:     "go1.19.8",
		Containerd:    Program{"1.6.20~ds1", "1.6.20~ds1-1+deb12u3"},
		Runc:          Program{"1.1.5+ds1", "1.1.5+ds1-1+deb12u1"},
		Init:          Program{Version: "0.19.0"},
		legacy:        true,
		storageDriver: "vfs",
	},
}

// EngineByName returns the engine "20.10", "28" or "29"; "" means "28".
func EngineByName(name string) (Engine, bool) {
	for _, e := range engines {
		if name == e.Name || name == "" {
			return e, true
		}
	}
	return Engine{}, false
}

// has reports whether the engine has the route of an operation: most have all those of engine 28.
func (e Engine) has(op *Operation) bool {
	switch op.ID {
	case "VolumeUpdate":
		return !e.legacy
	case "ImageAttestations":
		return e.imageStore
	}
	return true
}

// NewState returns the state of a fresh daemon of the engine; see state.Options for the parameters.
func (e Engine) NewState(clock func() time.Time, seed []byte) *state.State {
	row, _ := engine.ByName(e.Name)
	return state.New(state.Options{Clock: clock, Seed: seed, Engine: row})
}

// changes are the fields of answers in which the engine differs from engine 28.
func (e Engine) changes() []change {
	switch {
	case e.imageStore:
		return changes29
	case e.legacy:
		return changes20
	}
	return nil
}

// rewordings are the errors that the engine words otherwise than engine 28.
func (e Engine) rewordings() []rewording {
	switch {
	case e.imageStore:
		return rewordings29
	case e.legacy:
		return rewordings20
	}
	return nil
}

// apiWarning is what /info says of a way in that others can reach (daemon/info.go, fillAPIInfo): how is
// "http://HOST without encryption" or the like.
func (e Engine) apiWarning(how string) string {
	const text = `API is accessible on HOW.
         Access to the remote API is equivalent to root access on the host. Refer
         to the 'Docker daemon attack surface' section in the documentation for
         more information: https://docs.docker.com/go/attack-surface/`
	said := strings.Replace(text, "HOW", how, 1)
	if e.legacy {
		return "WARNING: " + said
	}
	return "[DEPRECATION NOTICE]: " + said + "\nIn future versions this will be a hard failure preventing the daemon from starting! Learn more at: https://docs.docker.com/go/api-security/"
}

// maskedPaths are those of a container without options (the defaults of the recorded daemons).
func (e Engine) maskedPaths() []string {
	switch {
	case e.imageStore:
		return []string{
			"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
			"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
			"/sys/devices/virtual/powercap", "/sys/firmware",
		}
	case e.legacy:
		return []string{
			"/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
			"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
		}
	}
	return []string{
		"/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
		"/sys/devices/virtual/powercap",
	}
}
