package command

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"

	"github.com/docker/go-units"
)

// Config is daemon.json and the flags together: the keys of dockerd 28.5.2 in the order in which it prints them
// (daemon/config). Its type and field names are dockerd's, because encoding/json puts them into the text of a wrong
// type's error.
type Config struct {
	CommonConfig

	Runtimes             map[string]Runtime       `json:"runtimes,omitempty"`
	DefaultInitBinary    string                   `json:"default-init,omitempty"`
	CgroupParent         string                   `json:"cgroup-parent,omitempty"`
	EnableSelinuxSupport bool                     `json:"selinux-enabled,omitempty"`
	RemappedRoot         string                   `json:"userns-remap,omitempty"`
	Ulimits              map[string]*units.Ulimit `json:"default-ulimits,omitempty"`
	CPURealtimePeriod    int64                    `json:"cpu-rt-period,omitempty"`
	CPURealtimeRuntime   int64                    `json:"cpu-rt-runtime,omitempty"`
	Init                 bool                     `json:"init,omitempty"`
	InitPath             string                   `json:"init-path,omitempty"`
	SeccompProfile       string                   `json:"seccomp-profile,omitempty"`
	ShmSize              memBytes                 `json:"default-shm-size,omitempty"`
	NoNewPrivileges      bool                     `json:"no-new-privileges,omitempty"`
	IpcMode              string                   `json:"default-ipc-mode,omitempty"`
	CgroupNamespaceMode  string                   `json:"default-cgroupns-mode,omitempty"`
	ResolvConf           string                   `json:"resolv-conf,omitempty"`
	Rootless             bool                     `json:"rootless,omitempty"`
}

// CommonConfig holds the keys that all platforms have.
type CommonConfig struct {
	AuthorizationPlugins  []string `json:"authorization-plugins,omitempty"`
	AutoRestart           bool     `json:"-"`
	ExecOptions           []string `json:"exec-opts,omitempty"`
	GraphDriver           string   `json:"storage-driver,omitempty"`
	GraphOptions          []string `json:"storage-opts,omitempty"`
	Labels                []string `json:"labels,omitempty"`
	NetworkDiagnosticPort int      `json:"network-diagnostic-port,omitempty"`
	Pidfile               string   `json:"pidfile,omitempty"`
	RawLogs               bool     `json:"raw-logs,omitempty"`
	Root                  string   `json:"data-root,omitempty"`
	ExecRoot              string   `json:"exec-root,omitempty"`
	SocketGroup           string   `json:"group,omitempty"`
	CorsHeaders           string   `json:"api-cors-header,omitempty"`

	Proxies `json:"proxies"`

	LiveRestoreEnabled     bool     `json:"live-restore,omitempty"`
	MaxConcurrentDownloads int      `json:"max-concurrent-downloads,omitempty"`
	MaxConcurrentUploads   int      `json:"max-concurrent-uploads,omitempty"`
	MaxDownloadAttempts    int      `json:"max-download-attempts,omitempty"`
	ShutdownTimeout        int      `json:"shutdown-timeout,omitempty"`
	Debug                  bool     `json:"debug,omitempty"`
	Hosts                  []string `json:"hosts,omitempty"`
	LogLevel               string   `json:"log-level,omitempty"`
	LogFormat              string   `json:"log-format,omitempty"`
	TLS                    *bool    `json:"tls,omitempty"`       // nil: nothing was said
	TLSVerify              *bool    `json:"tlsverify,omitempty"` // nil: nothing was said

	TLSOptions

	SwarmDefaultAdvertiseAddr string `json:"swarm-default-advertise-addr"`
	SwarmRaftHeartbeatTick    uint32 `json:"swarm-raft-heartbeat-tick"`
	SwarmRaftElectionTick     uint32 `json:"swarm-raft-election-tick"`
	MetricsAddress            string `json:"metrics-addr"`

	DNSConfig
	ContainerDefaults
	LogConfig
	BridgeConfig
	NetworkConfig
	ServiceOptions

	set map[string]any // the keys that daemon.json has, flattened, and their values

	MinAPIVersion string `json:"min-api-version,omitempty"` // of engine 29; others know the variable of the environment alone

	Experimental              bool            `json:"experimental"`
	NodeGenericResources      []string        `json:"node-generic-resources,omitempty"`
	ContainerdAddr            string          `json:"containerd,omitempty"`
	CriContainerd             bool            `json:"cri-containerd,omitempty"`
	Features                  map[string]bool `json:"features,omitempty"`
	Builder                   BuilderConfig   `json:"builder,omitempty"`
	ContainerdNamespace       string          `json:"containerd-namespace,omitempty"`
	ContainerdPluginNamespace string          `json:"containerd-plugin-namespace,omitempty"`
	DefaultRuntime            string          `json:"default-runtime,omitempty"`
	CDISpecDirs               []string        `json:"cdi-spec-dirs,omitempty"`
}

// TLSOptions are the daemon's certificate files.
type TLSOptions struct {
	CAFile   string `json:"tlscacert,omitempty"`
	CertFile string `json:"tlscert,omitempty"`
	KeyFile  string `json:"tlskey,omitempty"`
}

// Proxies are those of the daemon's own requests.
type Proxies struct {
	HTTPProxy  string `json:"http-proxy,omitempty"`
	HTTPSProxy string `json:"https-proxy,omitempty"`
	NoProxy    string `json:"no-proxy,omitempty"`
}

// DNSConfig is the containers' DNS.
type DNSConfig struct {
	DNS            []net.IP     `json:"dns,omitempty"`
	DNSOptions     []string     `json:"dns-opts,omitempty"`
	DNSSearch      []string     `json:"dns-search,omitempty"`
	HostGatewayIP  net.IP       `json:"host-gateway-ip,omitempty"` // becomes HostGatewayIPs
	HostGatewayIPs []netip.Addr `json:"host-gateway-ips,omitempty"`
}

// ContainerDefaults are those that only engine 29 has.
type ContainerDefaults struct {
	DefaultStopTimeout int `json:"default-stop-timeout,omitempty"`
}

// LogConfig is the containers' log.
type LogConfig struct {
	Type   string            `json:"log-driver,omitempty"`
	Config map[string]string `json:"log-opts,omitempty"`
}

// BridgeConfig is the bridge driver.
type BridgeConfig struct {
	DefaultBridgeConfig

	EnableIPTables           bool   `json:"iptables,omitempty"`
	EnableIP6Tables          bool   `json:"ip6tables,omitempty"`
	EnableIPForward          bool   `json:"ip-forward,omitempty"`
	DisableFilterForwardDrop bool   `json:"ip-forward-no-drop,omitempty"`
	EnableIPMasq             bool   `json:"ip-masq,omitempty"`
	EnableUserlandProxy      bool   `json:"userland-proxy,omitempty"`
	UserlandProxyPath        string `json:"userland-proxy-path,omitempty"`
	AllowDirectRouting       bool   `json:"allow-direct-routing,omitempty"`
}

// DefaultBridgeConfig is the default bridge network.
type DefaultBridgeConfig struct {
	commonBridgeConfig

	EnableIPv6                  bool   `json:"ipv6,omitempty"`
	FixedCIDRv6                 string `json:"fixed-cidr-v6,omitempty"`
	MTU                         int    `json:"mtu,omitempty"`
	DefaultIP                   net.IP `json:"ip,omitempty"`
	IP                          string `json:"bip,omitempty"`
	IP6                         string `json:"bip6,omitempty"`
	DefaultGatewayIPv4          net.IP `json:"default-gateway,omitempty"`
	DefaultGatewayIPv6          net.IP `json:"default-gateway-v6,omitempty"`
	InterContainerCommunication bool   `json:"icc,omitempty"`
}

type commonBridgeConfig struct {
	Iface     string `json:"bridge,omitempty"`
	FixedCIDR string `json:"fixed-cidr,omitempty"`
}

// NetworkConfig are the networks of the whole daemon.
type NetworkConfig struct {
	DefaultAddressPools    addressPools                 `json:"default-address-pools,omitempty"`
	NetworkControlPlaneMTU int                          `json:"network-control-plane-mtu,omitempty"`
	DefaultNetworkOpts     map[string]map[string]string `json:"default-network-opts,omitempty"`
}

// ServiceOptions are the registries.
type ServiceOptions struct {
	Mirrors            []string `json:"registry-mirrors,omitempty"`
	InsecureRegistries []string `json:"insecure-registries,omitempty"`
}

// Runtime is an OCI runtime.
type Runtime struct {
	Path    string         `json:"path,omitempty"`
	Args    []string       `json:"runtimeArgs,omitempty"`
	Type    string         `json:"runtimeType,omitempty"`
	Options map[string]any `json:"options,omitempty"`
}

// BuilderConfig is BuildKit's part.
type BuilderConfig struct {
	GC           map[string]any
	Entitlements map[string]any
}

// addressPools is default-address-pools, which dockerd reads as a list and prints as an object.
type addressPools struct{ Values []*addressPool }

type addressPool struct {
	Base netip.Prefix `json:"base"`
	Size int          `json:"size"`
}

// UnmarshalJSON reads the list.
func (p *addressPools) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &p.Values) }

// memBytes is a size in bytes, written with a unit.
type memBytes int64

// UnmarshalJSON reads a string such as "64M".
func (m *memBytes) UnmarshalJSON(b []byte) error {
	if len(b) <= 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return fmt.Errorf("invalid size: %q", b)
	}
	size, err := units.RAMInBytes(string(b[1 : len(b)-1]))
	*m = memBytes(size)
	return err
}

// newConfig returns the configuration of a dockerd without flags and file, after its flags are installed.
func newConfig() *Config {
	c := &Config{
		CommonConfig: CommonConfig{
			AutoRestart:               true,
			Pidfile:                   "/var/run/docker.pid",
			Root:                      "/var/lib/docker",
			ExecRoot:                  "/var/run/docker",
			SocketGroup:               defaultGroup,
			ShutdownTimeout:           15,
			MaxConcurrentDownloads:    3,
			MaxConcurrentUploads:      5,
			MaxDownloadAttempts:       5,
			LogConfig:                 LogConfig{Type: "json-file", Config: map[string]string{}},
			NetworkConfig:             NetworkConfig{NetworkControlPlaneMTU: 1500, DefaultNetworkOpts: map[string]map[string]string{}},
			ContainerdNamespace:       "moby",
			ContainerdPluginNamespace: "plugins.moby",
			Features:                  map[string]bool{},
			Builder:                   BuilderConfig{GC: map[string]any{}, Entitlements: map[string]any{}},
			DefaultRuntime:            stockRuntime,
		},
		Runtimes:            map[string]Runtime{},
		Ulimits:             map[string]*units.Ulimit{},
		SeccompProfile:      "builtin",
		ShmSize:             64 << 20,
		IpcMode:             "private",
		CgroupNamespaceMode: "host",
		ResolvConf:          "/etc/resolv.conf",
	}
	c.MTU = 1500
	c.DefaultIP = net.IPv4zero
	c.EnableIPTables = true
	c.EnableIP6Tables = true
	c.EnableIPForward = true
	c.EnableIPMasq = true
	c.EnableUserlandProxy = true
	c.UserlandProxyPath = "/usr/sbin/docker-proxy"
	c.InterContainerCommunication = true
	return c
}

// stockRuntime is the reserved name of the runtime that dockerd ships.
const stockRuntime = "runc"

// isSet reports whether daemon.json has the key.
func (c *Config) isSet(key string) bool {
	_, ok := c.set[key]
	return ok
}
