package plugins

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/docker/go-connections/tlsconfig"
)

// DefaultSockets is the folder of .sock files.
const DefaultSockets = "/run/docker/plugins"

// DefaultSpecs returns the folders of .spec and .json files.
func DefaultSpecs() []string {
	if runtime.GOOS == "windows" {
		return []string{filepath.Join(os.Getenv("programdata"), "docker", "plugins")}
	}
	return []string{"/etc/docker/plugins", "/usr/lib/docker/plugins"}
}

// find looks for a socket first, then in each folder for NAME.spec, NAME/NAME.spec, NAME.json and NAME/NAME.json.
func (r *Registry) find(name string) (*Plugin, error) {
	paths := func(folder, ext string) []string {
		return []string{filepath.Join(folder, name+ext), filepath.Join(folder, name, name+ext)}
	}
	for _, path := range paths(r.Sockets, ".sock") {
		if fi, err := os.Stat(path); err == nil && fi.Mode()&os.ModeSocket != 0 {
			return localPlugin("unix://" + path), nil
		}
	}
	for _, folder := range r.Specs {
		for _, ext := range []string{".spec", ".json"} {
			for _, path := range paths(folder, ext) {
				if _, err := os.Stat(path); err != nil {
					continue
				}
				if ext == ".json" {
					return readJSON(path)
				}
				return readSpec(path)
			}
		}
	}
	return nil, fmt.Errorf("could not find plugin %s in v1 plugin registry: %w", name, errNotFound)
}

// localPlugin is a plugin of which only the address is known. Nobody checks its certificate.
func localPlugin(addr string) *Plugin {
	return &Plugin{Addr: addr, TLSConfig: &tlsconfig.Options{InsecureSkipVerify: true}}
}

func readSpec(path string) (*Plugin, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	addr := strings.TrimSpace(string(b))
	u, err := url.Parse(addr)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "" {
		return nil, errors.New("Unknown protocol")
	}
	return localPlugin(addr), nil
}

func readJSON(path string) (*Plugin, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := new(Plugin)
	if err := json.NewDecoder(f).Decode(p); err != nil {
		return nil, err
	}
	if p.TLSConfig != nil && p.TLSConfig.CAFile == "" {
		p.TLSConfig.InsecureSkipVerify = true
	}
	return p, nil
}
