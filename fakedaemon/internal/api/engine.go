package api

// Engine is a generation of the daemon.
type Engine struct {
	// Name is what EngineByName knows it by.
	Name string
	// Version is the daemon's own version.
	Version string
	// APIVersion and MinAPIVersion are the first and the last API version it speaks.
	APIVersion, MinAPIVersion string
}

// EngineByName returns the engine "28", which is dockerd 28.5.2; "" means the same.
func EngineByName(name string) (Engine, bool) {
	switch name {
	case "", "28":
		return Engine{Name: "28", Version: "28.5.2", APIVersion: "1.51", MinAPIVersion: "1.24"}, true
	}
	return Engine{}, false
}
