package api

// Engine is a generation of the daemon.
type Engine struct {
	// Name is what EngineByName knows it by.
	Name string
	// Version is the daemon's own version.
	Version string
	// APIVersion and MinAPIVersion are the highest and the lowest API version it speaks.
	APIVersion, MinAPIVersion string
	// GitCommit, BuildTime and GoVersion are those of its build.
	GitCommit, BuildTime, GoVersion string
	// Containerd, Runc and Init are the versions of what it runs.
	Containerd, Runc, Init string
}

// EngineByName returns the engine "28", which is dockerd 28.5.2 as recorded; "" means the same.
func EngineByName(name string) (Engine, bool) {
	switch name {
	case "", "28":
		return Engine{
			Name:          "28",
			Version:       "28.5.2",
			APIVersion:    "1.51",
			MinAPIVersion: "1.24",
			GitCommit:     "unknown",
			BuildTime:     "library-import",
			GoVersion:     "go1.26.8",
			Containerd:    "2.2.1",
			Runc:          "1.3.4",
			Init:          "0.19.0",
		}, true
	}
	return Engine{}, false
}
