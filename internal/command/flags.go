package command

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// The certificate files that dockerd looks for in ~/.docker.
const (
	defaultCA   = "ca.pem"
	defaultCert = "cert.pem"
	defaultKey  = "key.pem"
)

// options are the flags of dockerd and our own.
type options struct {
	flags      *pflag.FlagSet
	generation *generation
	config     *Config // what the flags bind to; the fields below are copied to it when the flags are parsed

	configFile          string
	validate            bool
	debug               bool
	logLevel, logFormat string
	tls, tlsVerify      bool
	files               TLSOptions
	hosts               []string

	fakeOptions
}

// fakeOptions are the flags that dockerd does not have.
type fakeOptions struct {
	mode      string
	engine    string
	readyFile string
	realWaits bool
	pluginDir string
	seed      string
}

// Annotations of flags.
const (
	ignoredFlag = "ignored" // accepted, without effect
	fakeFlag    = "fake"    // not a flag of dockerd
)

// newOptions adds every flag of an engine to the set. Env are the variables of the environment that set defaults.
func newOptions(set *pflag.FlagSet, env environment, g *generation) *options {
	o := &options{flags: set, generation: g, config: newConfig()}
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.BoolP("version", "v", false, "Print version information and quit")
	fs.StringVar(&o.configFile, "config-file", "/etc/docker/daemon.json", "Daemon configuration file")
	fs.BoolVarP(&o.debug, "debug", "D", false, "Enable debug mode")
	fs.BoolVar(&o.validate, "validate", false, "Validate daemon configuration and exit")
	fs.StringVarP(&o.logLevel, "log-level", "l", "info", `Set the logging level ("debug"|"info"|"warn"|"error"|"fatal")`)
	fs.StringVar(&o.logFormat, "log-format", formatText, fmt.Sprintf("Set the logging format (%q|%q)", formatText, formatJSON))
	fs.BoolVar(&o.tls, "tls", false, "Use TLS; implied by --tlsverify")
	fs.BoolVar(&o.tlsVerify, "tlsverify", env.tlsVerify, "Use TLS and verify the remote")
	for _, file := range []struct {
		name, usage, def string
		path             *string
	}{
		{"tlscacert", "Trust certs signed only by this CA", defaultCA, &o.files.CAFile},
		{"tlscert", "Path to TLS certificate file", defaultCert, &o.files.CertFile},
		{"tlskey", "Path to TLS key file", defaultKey, &o.files.KeyFile},
	} {
		*file.path = filepath.Join(env.certPath, file.def)
		if g.quotedFiles {
			fs.Var(quoted{file.path}, file.name, file.usage)
		} else {
			fs.StringVar(file.path, file.name, *file.path, file.usage)
		}
	}
	fs.VarP(namedList{list{&o.hosts, validateHost(g.hosts)}, "hosts"}, "host", "H", "Daemon socket(s) to connect to")
	c := o.config
	install(fs, "", []flag{
		{"authorization-plugin", "", namedList{list{values: &c.AuthorizationPlugins}, "authorization-plugins"}, "Authorization plugins to load"},
		{"group", "G", &c.SocketGroup, "Group for the unix socket"},
		{"label", "", namedList{list{&c.Labels, validateLabel}, "labels"}, "Set key=value labels to the daemon"},
		{"pidfile", "p", &c.Pidfile, "Path to use for daemon PID file"},
		{"raw-logs", "", &c.RawLogs, "Full timestamps without ANSI coloring"},
	})
	install(fs, "", shownFlags(c))
	install(fs, ignoredFlag, ignoredFlags(c))
	fs.MarkHidden("network-diagnostic-port")
	if g.adds != nil {
		install(fs, ignoredFlag, g.adds(c))
		fs.MarkHidden("graph") // of engine 20.10
	}
	for name, text := range g.deprecated {
		fs.MarkDeprecated(name, text)
	}
	install(fs, fakeFlag, []flag{
		{"mode", "", &o.mode, "Listen on a free port in this mode (" + strings.Join(daemonModes(), ", ") + "), with certificates and keys made on the spot"},
		{"engine", "", &o.engine, "Generation of the daemon that is imitated (20.10, 28 or 29; default 28)"},
		{"ready-file", "", &o.readyFile, "Write hosts, environment, certificate folder and ssh folder to this JSON file once the API is served"},
		{"seed", "", &o.seed, "Start with the images, networks, volumes and containers of this JSON file"},
		{"plugin-dir", "", &o.pluginDir, "Look for plugins in this folder, not in /run/docker/plugins, /etc/docker/plugins and /usr/lib/docker/plugins"},
		{"real-waits", "", &o.realWaits, "Wait as long as dockerd does before it opens an unprotected port, and for a plugin that is missing or down"},
	})
	fs.VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(g.lacks, f.Name) {
			set.AddFlag(f)
		}
	})
	return o
}

// has reports whether a flag has the annotation.
func has(f *pflag.Flag, annotation string) bool {
	_, ok := f.Annotations[annotation]
	return ok
}

// flag is a row of a table of flags. The default of a flag is what its target holds.
type flag struct {
	name, short string
	target      any // a pointer to the value, or a pflag.Value
	usage       string
}

func install(fs *pflag.FlagSet, annotation string, flags []flag) {
	for _, f := range flags {
		switch p := f.target.(type) {
		case *bool:
			fs.BoolVarP(p, f.name, f.short, *p, f.usage)
		case *int:
			fs.IntVarP(p, f.name, f.short, *p, f.usage)
		case *int64:
			fs.Int64VarP(p, f.name, f.short, *p, f.usage)
		case *string:
			fs.StringVarP(p, f.name, f.short, *p, f.usage)
		case *net.IP:
			fs.IPVarP(p, f.name, f.short, *p, f.usage)
		case *[]net.IP:
			fs.IPSliceVarP(p, f.name, f.short, *p, f.usage)
		default:
			fs.VarP(p.(pflag.Value), f.name, f.short, f.usage)
		}
		if annotation != "" {
			fs.SetAnnotation(f.name, annotation, nil)
		}
	}
}

// shownFlags are the flags of dockerd 28.5.2 that change what answers show.
func shownFlags(c *Config) []flag {
	return []flag{
		{"data-root", "", &c.Root, "Root directory of persistent Docker state"},
		{"experimental", "", &c.Experimental, "Enable experimental features"},
		{"http-proxy", "", &c.HTTPProxy, "HTTP proxy URL to use for outgoing traffic"},
		{"https-proxy", "", &c.HTTPSProxy, "HTTPS proxy URL to use for outgoing traffic"},
		{"insecure-registry", "", namedList{list{&c.InsecureRegistries, validateRegistry}, "insecure-registries"}, "Enable insecure registry communication"},
		{"live-restore", "", &c.LiveRestoreEnabled, "Enable live restore of docker when containers are still running"},
		{"log-driver", "", &c.LogConfig.Type, "Default driver for container logs"},
		{"no-proxy", "", &c.NoProxy, "Comma-separated list of hosts or IP addresses for which the proxy is skipped"},
		{"node-generic-resource", "", namedList{list{&c.NodeGenericResources, validateGenericResource}, "node-generic-resources"}, "Advertise user-defined resource"},
		{"registry-mirror", "", namedList{list{&c.Mirrors, validateMirror}, "registry-mirrors"}, "Preferred Docker registry mirror"},
	}
}

// ignoredFlags are the flags of dockerd 28.5.2 that have no effect here.
func ignoredFlags(c *Config) []flag {
	return []flag{
		{"add-runtime", "", runtimes{c.Runtimes, "runtimes"}, "Register an additional OCI compatible runtime"},
		{"allow-direct-routing", "", &c.AllowDirectRouting, "Allow remote access to published ports on container IP addresses"},
		{"allow-nondistributable-artifacts", "", namedList{list{new([]string), validateRegistry}, "allow-nondistributable-artifacts"}, "Allow push of nondistributable artifacts to registry"},
		{"api-cors-header", "", &c.CorsHeaders, "Set CORS headers in the Engine API; deprecated: this feature was deprecated in 27.0, and now removed"},
		{"bip", "", &c.IP, "IPv4 address for the default bridge"},
		{"bip6", "", &c.IP6, "IPv6 address for the default bridge"},
		{"bridge", "b", &c.Iface, "Attach containers to a network bridge"},
		{"cdi-spec-dir", "", namedList{list{values: &c.CDISpecDirs}, "cdi-spec-dirs"}, "CDI specification directories to use"},
		{"cgroup-parent", "", &c.CgroupParent, "Set parent cgroup for all containers"},
		{"containerd", "", &c.ContainerdAddr, "containerd grpc address"},
		{"containerd-namespace", "", &c.ContainerdNamespace, "Containerd namespace to use"},
		{"containerd-plugins-namespace", "", &c.ContainerdPluginNamespace, "Containerd namespace to use for plugins"},
		{"cpu-rt-period", "", &c.CPURealtimePeriod, "Limit the CPU real-time period in microseconds for the parent cgroup for all containers (not supported with cgroups v2)"},
		{"cpu-rt-runtime", "", &c.CPURealtimeRuntime, "Limit the CPU real-time runtime in microseconds for the parent cgroup for all containers (not supported with cgroups v2)"},
		{"cri-containerd", "", &c.CriContainerd, "start containerd with cri"},
		{"default-address-pool", "", &c.DefaultAddressPools, "Default address pools for node specific local networks"},
		{"default-cgroupns-mode", "", &c.CgroupNamespaceMode, `Default mode for containers cgroup namespace ("host" | "private")`},
		{"default-gateway", "", &c.DefaultGatewayIPv4, "Default gateway IPv4 address for the default bridge network"},
		{"default-gateway-v6", "", &c.DefaultGatewayIPv6, "Default gateway IPv6 address for the default bridge network"},
		{"default-ipc-mode", "", &c.IpcMode, `Default mode for containers ipc ("shareable" | "private")`},
		{"default-network-opt", "", keyKeyValues{c.DefaultNetworkOpts, "default-network-opts"}, "Default network options"},
		{"default-runtime", "", &c.DefaultRuntime, "Default OCI runtime for containers"},
		{"default-shm-size", "", &c.ShmSize, "Default shm size for containers"},
		{"default-ulimit", "", ulimits{c.Ulimits, "default-ulimits"}, "Default ulimits for containers"},
		{"dns", "", &c.DNS, "DNS server to use"},
		{"dns-opt", "", namedList{list{values: &c.DNSOptions}, "dns-opts"}, "DNS options to use"},
		{"dns-search", "", list{&c.DNSSearch, validateDNSSearch}, "DNS search domains to use"},
		{"exec-opt", "", namedList{list{values: &c.ExecOptions}, "exec-opts"}, "Runtime execution options"},
		{"exec-root", "", &c.ExecRoot, "Root directory for execution state files"},
		{"feature", "", switches{c.Features, "features"}, "Enable feature in the daemon"},
		{"fixed-cidr", "", &c.FixedCIDR, "IPv4 subnet for the default bridge network"},
		{"fixed-cidr-v6", "", &c.FixedCIDRv6, "IPv6 subnet for the default bridge network"},
		{"host-gateway-ip", "", addrs{&c.HostGatewayIPs, "host-gateway-ips"}, "IP addresses that the special 'host-gateway' string in --add-host resolves to. Defaults to the IP addresses of the default bridge"},
		{"icc", "", &c.InterContainerCommunication, "Enable inter-container communication for the default bridge network"},
		{"init", "", &c.Init, "Run an init in the container to forward signals and reap processes"},
		{"init-path", "", &c.InitPath, "Path to the docker-init binary"},
		{"ip", "", &c.DefaultIP, "Host IP for port publishing from the default bridge network"},
		{"ip-forward", "", &c.EnableIPForward, "Enable IP forwarding in system configuration"},
		{"ip-forward-no-drop", "", &c.DisableFilterForwardDrop, "Do not set the filter-FORWARD policy to DROP when enabling IP forwarding"},
		{"ip-masq", "", &c.EnableIPMasq, "Enable IP masquerading for the default bridge network"},
		{"ip6tables", "", &c.EnableIP6Tables, "Enable addition of ip6tables rules"},
		{"iptables", "", &c.EnableIPTables, "Enable addition of iptables rules"},
		{"ipv6", "", &c.EnableIPv6, "Enable IPv6 networking for the default bridge network"},
		{"log-opt", "", keyValues{c.LogConfig.Config, "log-opts"}, "Default log driver options for containers"},
		{"max-concurrent-downloads", "", &c.MaxConcurrentDownloads, "Set the max concurrent downloads"},
		{"max-concurrent-uploads", "", &c.MaxConcurrentUploads, "Set the max concurrent uploads"},
		{"max-download-attempts", "", &c.MaxDownloadAttempts, "Set the max download attempts for each pull"},
		{"metrics-addr", "", &c.MetricsAddress, "Set default address and port to serve the metrics api on"},
		{"mtu", "", &c.MTU, `Set the MTU for the default "bridge" network`},
		{"network-control-plane-mtu", "", &c.NetworkControlPlaneMTU, "Network Control plane MTU"},
		{"network-diagnostic-port", "", &c.NetworkDiagnosticPort, "TCP port number of the network diagnostic server"},
		{"no-new-privileges", "", &c.NoNewPrivileges, "Set no-new-privileges by default for new containers"},
		{"restart", "r", &c.AutoRestart, "--restart on the daemon has been deprecated in favor of --restart policies on docker run"},
		{"rootless", "", &c.Rootless, "Enable rootless mode; typically used with RootlessKit"},
		{"seccomp-profile", "", &c.SeccompProfile, `Path to seccomp profile. Set to "unconfined" to disable the default seccomp profile`},
		{"selinux-enabled", "", &c.EnableSelinuxSupport, "Enable selinux support"},
		{"shutdown-timeout", "", &c.ShutdownTimeout, "Set the default shutdown timeout"},
		{"storage-driver", "s", &c.GraphDriver, "Storage driver to use"},
		{"storage-opt", "", namedList{list{values: &c.GraphOptions}, "storage-opts"}, "Storage driver options"},
		{"swarm-default-advertise-addr", "", &c.SwarmDefaultAdvertiseAddr, "Set default address or interface for swarm advertised address"},
		{"userland-proxy", "", &c.EnableUserlandProxy, "Use userland proxy for loopback traffic"},
		{"userland-proxy-path", "", &c.UserlandProxyPath, "Path to the userland proxy binary"},
		{"userns-remap", "", &c.RemappedRoot, "User/Group setting for user namespaces"},
	}
}
