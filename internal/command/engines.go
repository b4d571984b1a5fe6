package command

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// generation is what an engine's start-up differs in from that of the others. The facts are those of the recorded
// starts, and where these are silent, of docker/docker v20.10.24 and v28.5.2 and of moby/moby v2.
type generation struct {
	version string // as --version and the log name it

	lacks        []string             // the flags of dockerd 28.5.2 that it does not have
	adds         func(*Config) []flag // those that only it has; without effect
	deprecated   map[string]string    // what is said of a flag that is used
	fileKeys     map[string]bool      // the keys of daemon.json that only it has, whose object is a value
	usageOnError bool                 // a wrong flag or an argument shows the usage, because there are subcommands
	strictHosts  bool                 // blanks around a host are refused, and an empty host is none
	bareBind     bool                 // the error of a unix socket does not repeat its path
}

// deprecatedRestart is what every engine says.
const deprecatedRestart = "Please use a restart policy on docker run"

// generations are the engines that can be imitated.
var generations = map[fakedaemon.Engine]*generation{
	fakedaemon.Engine28: {
		version: "28.5.2",
		deprecated: map[string]string{
			"allow-nondistributable-artifacts": "Pushing nondistributable artifacts is now enabled by default. ",
			"api-cors-header":                  "accessing Docker API through a browser is insecure; use a reverse proxy if you need CORS headers",
			"restart":                          deprecatedRestart,
		},
		usageOnError: true,
	},
	fakedaemon.Engine20: {version: "20.10.24+dfsg1"},
	fakedaemon.Engine29: {
		version: "29.7.2",
		lacks:   []string{"allow-nondistributable-artifacts", "api-cors-header"},
		adds: func(c *Config) []flag {
			c.DefaultStopTimeout = 10
			return []flag{
				{"bridge-accept-fwmark", "", new(string), "In bridge networks, accept packets with this firewall mark/mask"},
				{"default-stop-timeout", "", &c.DefaultStopTimeout, "Set the default container stop timeout in seconds (0 to terminate immediately)"},
				{"firewall-backend", "", new(string), "Firewall backend to use, iptables or nftables"},
				{"nri-opts", "", keyValues{map[string]string{}, "nri-opts"}, "Node Resource Interface configuration"},
			}
		},
		deprecated:  map[string]string{"restart": deprecatedRestart},
		fileKeys:    map[string]bool{"min-api-version": true, "nri-opts": true},
		strictHosts: true,
		bareBind:    true,
	},
}

// generationOf returns the engine that the arguments of the daemon choose. What it is decides which flags there are, so
// it must be known before they are parsed. With an error it is the default one.
func generationOf(args []string) (*generation, error) {
	name := ""
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--engine="); ok {
			name = value
		} else if arg == "--engine" && i+1 < len(args) {
			name = args[i+1]
		}
	}
	fallback := generations[fakedaemon.Engine28]
	if name == "" {
		return fallback, nil
	}
	if g, ok := generations[fakedaemon.Engine(name)]; ok {
		return g, nil
	}
	return fallback, fmt.Errorf("--engine %s is unknown: use one of %q", name, slices.Sorted(maps.Keys(generations)))
}
