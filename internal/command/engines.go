package command

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/engine"
	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// generation is an engine with what its start-up differs in from that of the others. The facts are those of the recorded
// starts, and where these are silent, of docker/docker v20.10.24 and v28.5.2 and of moby/moby v2.
type generation struct {
	*engine.Engine

	lacks        []string             // the flags of dockerd 28.5.2 that it does not have
	adds         func(*Config) []flag // those that only it has, without effect; sets its defaults, too
	deprecated   map[string]string    // what is said of a flag that is used
	fileKeys     map[string]bool      // the keys of daemon.json that only it has, whose object is a value
	usageOnError bool                 // a wrong flag or an argument shows the usage, because there are subcommands
	strictHosts  bool                 // blanks around a host are refused, and an empty host is none
	quotedFiles  bool                 // the flags of the certificate files lose quotes around them
	oldJSON      bool                 // daemon.json is what the first JSON value in it says, and there must be one
	fileFirst    bool                 // daemon.json is checked before the flags are put under it
	sharedTLS    bool                 // its TLS config is one for ports and the sockets from systemd
	late         bool                 // certificates are read, and hosts completed one by one, only after the start is logged
	experimental string               // what is logged with --experimental
	logsEnd      bool                 // a plugin that ends the start is logged, too
	plainLog     bool                 // what others log of a reload in fields is in the text
	httpTime     string               // the time before a line of net/http; "" is that of package log
	printed      []edit               // what of a printed configuration is elsewhere than in 28.5.2's
	reloadTells  map[string]string    // what the event of a reload has in this engine alone
	runtimes     map[string]Runtime   // those that a printed configuration always has

	hosts        *hosts.Grammar // of -H
	validate     func(*Config) error
	validateLast func(*Config) error                // nil: nothing is left to check
	tlsError     func(error) error                  // the text for certificate files that cannot be used
	bindError    func(host string, err error) error // the text for a host that cannot be bound; nil: that of Go
	pidfileError func(path string, err error) error
}

// What more than one engine, or more than one flag, says.
const (
	deprecatedRestart = "Please use a restart policy on docker run"
	deprecatedSwarm   = "Swarm classic is deprecated. Please use Swarm-mode (docker swarm init)"
	experimental      = "Running with experimental features enabled"
)

func tlsError(err error) error { return fmt.Errorf("invalid TLS configuration: %w", err) }

// bindError29 does not repeat the path of a unix socket.
func bindError29(host string, err error) error {
	op := new(net.OpError)
	if path, ok := strings.CutPrefix(host, "unix://"); ok && errors.As(err, &op) {
		return fmt.Errorf("can't create unix socket %s: %w", path, op.Err)
	}
	return err
}

func pidfileError(path string, err error) error {
	return fmt.Errorf("failed to start daemon, ensure docker is not running or delete %s: %w", path, err)
}

// generations are the engines that can be imitated.
var generations = func() map[fakedaemon.Engine]*generation {
	all := make(map[fakedaemon.Engine]*generation)
	for _, e := range engine.All() {
		g := startUps[e.StartUp]
		g.Engine = e
		all[fakedaemon.Engine(e.Name)] = &g
	}
	return all
}()

// startUps are what engine.Engine.StartUp names.
var startUps = map[string]generation{
	"28": {
		experimental: experimental,
		hosts:        hosts.Daemon,
		validate:     (*Config).validate,
		tlsError:     tlsError,
		pidfileError: pidfileError,
		deprecated: map[string]string{
			"allow-nondistributable-artifacts": "Pushing nondistributable artifacts is now enabled by default. ",
			"api-cors-header":                  "accessing Docker API through a browser is insecure; use a reverse proxy if you need CORS headers",
			"restart":                          deprecatedRestart,
		},
		usageOnError: true,
		printed:      []edit{{key: "min-api-version"}},
	},
	"20.10": {
		lacks: []string{"allow-direct-routing", "bip6", "cdi-spec-dir", "default-network-opt", "feature", "http-proxy", "https-proxy",
			"ip-forward-no-drop", "log-format", "no-proxy", "validate"},
		adds: func(c *Config) []flag {
			c.EnableIP6Tables, c.SeccompProfile, c.UserlandProxyPath = false, "", ""
			return []flag{
				{"cluster-advertise", "", new(string), "Address or interface name to advertise"},
				{"cluster-store", "", new(string), "URL of the distributed storage backend"},
				{"cluster-store-opt", "", keyValues{map[string]string{}, "cluster-store-opts"}, "Set cluster store options"},
				{"graph", "g", &c.Root, "Root of the Docker runtime"},
				{"oom-score-adjust", "", new(int), "Set the oom_score_adj for the daemon"},
			}
		},
		deprecated: map[string]string{
			"cluster-advertise": deprecatedSwarm,
			"cluster-store":     deprecatedSwarm,
			"cluster-store-opt": deprecatedSwarm,
			"restart":           deprecatedRestart,
		},
		quotedFiles:  true,
		oldJSON:      true,
		fileFirst:    true,
		late:         true,
		sharedTLS:    true,
		experimental: "Running experimental build",
		plainLog:     true,
		httpTime:     "2006-01-02 15:04:05.000000 I | ",
		printed: []edit{
			{key: "mtu", after: "storage-driver"},
			{key: "deprecated-key-path", after: "group", value: `"/etc/docker/key.json"`},
			{key: "proxies"},
			{key: "log-format"},
			{key: "cdi-spec-dirs"},
			{key: "runtimes", after: "containerd-plugin-namespace"},
		},
		reloadTells: map[string]string{"allow-nondistributable-artifacts": "[]", "cluster-advertise": "", "cluster-store": "", "cluster-store-opts": "null"},
		runtimes: map[string]Runtime{
			stockRuntime:                     {Path: stockRuntime},
			"io.containerd.runc.v2":          {Path: stockRuntime},
			"io.containerd.runtime.v1.linux": {Path: stockRuntime},
		},
		hosts:        hosts.CLI,
		validate:     (*Config).validate20,
		validateLast: (*Config).checkLevel20,
		tlsError:     tlsError20,
		bindError:    bindError20,
		pidfileError: pidfileError20,
	},
	"29": {
		logsEnd: true,
		lacks:   []string{"allow-nondistributable-artifacts", "api-cors-header"},
		adds: func(c *Config) []flag {
			c.DefaultStopTimeout = 10
			c.MinAPIVersion = "1.40"
			return []flag{
				{"bridge-accept-fwmark", "", new(string), "In bridge networks, accept packets with this firewall mark/mask"},
				{"default-stop-timeout", "", &c.DefaultStopTimeout, "Set the default container stop timeout in seconds (0 to terminate immediately)"},
				{"firewall-backend", "", new(string), "Firewall backend to use, iptables or nftables"},
				{"nri-opts", "", keyValues{map[string]string{}, "nri-opts"}, "Node Resource Interface configuration"},
			}
		},
		deprecated:   map[string]string{"restart": deprecatedRestart},
		experimental: experimental,
		hosts:        hosts.Daemon,
		validate:     (*Config).validate,
		tlsError:     tlsError,
		pidfileError: pidfileError,
		fileKeys:     map[string]bool{"min-api-version": true, "nri-opts": true},
		printed: []edit{
			{key: "log-level", after: "metrics-addr"},
			{key: "log-format", after: "log-level"},
			{key: "tlskey", after: "log-format"},
			{key: "tlscert", after: "log-format"},
			{key: "tlscacert", after: "log-format"},
			{key: "nri-opts", after: "cdi-spec-dirs", value: `{}`},
			{key: "min-api-version", after: "nri-opts"},
		},
		reloadTells: map[string]string{"nri-opts": "{false   }"},
		strictHosts: true,
		bindError:   bindError29,
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
	if err := checkEngine(name); err != nil || name == "" {
		return generations[fakedaemon.Engine(engine.Default().Name)], err
	}
	return generations[fakedaemon.Engine(name)], nil
}

// checkEngine refuses a value of --engine; "" is the default.
func checkEngine(name string) error {
	if _, ok := generations[fakedaemon.Engine(name)]; !ok && name != "" {
		return fmt.Errorf("--engine %s is unknown: use one of %q", name, slices.Sorted(maps.Keys(generations)))
	}
	return nil
}
