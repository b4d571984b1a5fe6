package api

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/api/types/swarm"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Settings are those of dockerd's flags and daemon.json that its answers show. Some change while it runs.
type Settings struct {
	// Labels are those of dockerd --label, Debug is dockerd --debug.
	Labels []string
	Debug  bool
	// RegistryMirrors and InsecureRegistries are those of the flags of that name.
	RegistryMirrors, InsecureRegistries []string
	// DataRoot is where dockerd keeps its files; "" means state.Root.
	DataRoot string
	// LogDriver is that of containers which name none; "" means "json-file".
	LogDriver string
	// LiveRestore and Experimental are the flags of that name.
	LiveRestore, Experimental bool
	// HTTPProxy, HTTPSProxy and NoProxy are shown as they are.
	HTTPProxy, HTTPSProxy, NoProxy string
	// GenericResources are NAME=VALUE of dockerd --node-generic-resource.
	GenericResources []string
}

// settings returns what counts now.
func (s *server) settings() Settings {
	var now Settings
	if s.Settings != nil {
		now = s.Settings()
	}
	now.Labels = append([]string{}, now.Labels...)
	now.DataRoot = cmp.Or(now.DataRoot, state.Root)
	now.LogDriver = cmp.Or(now.LogDriver, defaultLogDriver)
	return now
}

const defaultLogDriver = "json-file"

// registryConfig is what the settings make of registries (registry/config.go).
func (s *server) registryConfig(of Settings) *registry.ServiceConfig {
	mirrors := []string{}
	for _, mirror := range of.RegistryMirrors {
		if mirror = strings.TrimSuffix(mirror, "/") + "/"; !slices.Contains(mirrors, mirror) {
			mirrors = append(mirrors, mirror)
		}
	}
	c := &registry.ServiceConfig{
		InsecureRegistryCIDRs: []*registry.NetIPNet{},
		IndexConfigs: map[string]*registry.IndexInfo{
			"docker.io": {Name: "docker.io", Mirrors: mirrors, Secure: true, Official: true},
		},
	}
	if len(mirrors) > 0 || s.Engine.ListsNoMirrors {
		c.Mirrors = mirrors
	}
	insecure := slices.Clone(of.InsecureRegistries)
	if s.Engine.TrustsIPv6Loopback {
		insecure = append(insecure, "::1/128")
	}
	known := map[string]bool{}
	for _, name := range append(insecure, "127.0.0.0/8") {
		for _, scheme := range []string{"http://", "https://"} {
			if len(name) >= len(scheme) && strings.EqualFold(name[:len(scheme)], scheme) {
				name = name[len(scheme):]
				break
			}
		}
		if _, cidr, err := net.ParseCIDR(name); err != nil {
			c.IndexConfigs[name] = &registry.IndexInfo{Name: name, Mirrors: []string{}}
		} else if !known[cidr.String()] {
			known[cidr.String()] = true
			c.InsecureRegistryCIDRs = append(c.InsecureRegistryCIDRs, (*registry.NetIPNet)(cidr))
		}
	}
	return c
}

// genericResources tells numbers from names, as swarmkit's genericresource does.
func genericResources(given []string) []swarm.GenericResource {
	var list []swarm.GenericResource
	for _, one := range given {
		kind, value, _ := strings.Cut(one, "=")
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			list = append(list, swarm.GenericResource{DiscreteResourceSpec: &swarm.DiscreteGenericResource{Kind: kind, Value: n}})
		} else {
			list = append(list, swarm.GenericResource{NamedResourceSpec: &swarm.NamedGenericResource{Kind: kind, Value: value}})
		}
	}
	return list
}
