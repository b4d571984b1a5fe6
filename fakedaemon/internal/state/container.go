package state

import (
	"maps"
	"slices"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// Container is a container.
type Container struct {
	// ID is 64 hex digits; made up unless given.
	ID string
	// Name has no leading slash; adjective_surname unless given.
	Name    string
	Created time.Time
	// Image is what the client called the image, ImageID the image it meant then.
	Image, ImageID string
	Config         image.Config
	Host           HostConfig
	State          ContainerState
	// ConfigJSON and HostConfigJSON hold the rest of what a client asked for, in the API's own form. State never
	// looks inside, nobody changes them, and where they repeat a field of Config or Host they do not count.
	ConfigJSON, HostConfigJSON []byte
	// Endpoints are by name of the network.
	Endpoints map[string]Endpoint
	// SandboxID is 64 hex digits while the container is live, or else "": that of the last time for engine 20.10.
	SandboxID string
	// Ports are what is published while the container is live, by "80/tcp". A port that is only exposed has no bindings.
	Ports  map[string][]PortBinding
	Mounts []Mount
	// SizeRw is what the container has written, in bytes.
	SizeRw       int64
	RestartCount int
}

// HostConfig is what a container asks of its host.
type HostConfig struct {
	// NetworkMode is "bridge", "host", "none", "container:NAME" or the name of a network; "" and "default" mean
	// bridge.
	NetworkMode string
	// Aliases are more names on that network.
	Aliases []string
	// PidMode and IpcMode are "host", "container:NAME" and so on; "" is a namespace of its own.
	PidMode, IpcMode string
	// SecurityOpt are as in docker run --security-opt.
	SecurityOpt []string
	// Binds are as in docker run --volume, each with a source.
	Binds []string
	// PortBindings are what to publish, by "80/tcp"; an empty HostIP means all addresses, an empty HostPort any port.
	PortBindings map[string][]PortBinding
	// PublishAll publishes the exposed ports that PortBindings do not name.
	PublishAll bool
	// RestartPolicy is "no" unless given.
	RestartPolicy     string
	MaximumRetryCount int
	AutoRemove        bool
	// ReadOnly says that nothing but what is mounted can be written.
	ReadOnly bool
	// Init runs a process that passes signals on in front of the command.
	Init bool
	// VolumesFrom are containers to take the mounts of, NAME[:MODE]; Links are as in docker run --link.
	VolumesFrom, Links []string
	// VolumeDriver is that of volumes which name none; "" means local.
	VolumeDriver string
	// Mounts are as in docker run --mount; Tmpfs are the paths of docker run --tmpfs.
	Mounts []MountRequest
	Tmpfs  []string
	// GroupAdd are more groups of all processes, by name or number.
	GroupAdd []string
	// Domainname is what follows the host's name.
	Domainname string
	// ExtraHosts are lines of /etc/hosts, NAME:ADDRESS; DNS, DNSSearch and DNSOptions what /etc/resolv.conf says in place of the host's.
	ExtraHosts, DNS, DNSSearch, DNSOptions []string
}

// PortBinding is where a port is published.
type PortBinding struct{ HostIP, HostPort string }

// Endpoint is a container's side of a network. All but what was asked for, NetworkID and the names are set while it is
// live only.
type Endpoint struct {
	EndpointConfig
	Aliases, DNSNames                 []string
	NetworkID, EndpointID, MacAddress string
	Gateway, IPAddress                string
	IPPrefixLen                       int
	IPv6Gateway, GlobalIPv6Address    string
	GlobalIPv6PrefixLen               int
}

// EndpointConfig is what a client asks of an endpoint. Nobody changes what it points to.
type EndpointConfig struct {
	// IPAM are the addresses asked for; nil means none.
	IPAM *EndpointIPAM
	// Links are as in docker run --link.
	Links []string
	// WantMAC is the MAC address asked for; "" means any.
	WantMAC    string
	DriverOpts map[string]string
	// GwPriority says which network gives the default gateway: the highest.
	GwPriority int
}

// EndpointIPAM are the addresses that a client asks for; "" means any.
type EndpointIPAM struct {
	IPv4Address, IPv6Address string
	LinkLocalIPs             []string
}

// Mount is a mount inside a container. Type is "volume", "bind", "tmpfs" or "image".
type Mount struct {
	Type, Name, Source, Destination, Driver, Mode string
	RW                                            bool
	Propagation                                   string
}

// ContainerState is as dockerd stores it (container/state.go): Paused and Restarting come with Running.
type ContainerState struct {
	Running, Paused, Restarting, Removing, Dead, OOMKilled bool
	Pid, ExitCode                                          int
	Error                                                  string
	StartedAt, FinishedAt                                  time.Time
	Health                                                 *Health
}

// Health is the state of a health check. Status is "starting", "healthy" or "unhealthy".
type Health struct {
	Status        string
	FailingStreak int
	Log           []HealthResult
}

// HealthResult is one run of a health check.
type HealthResult struct {
	Start, End time.Time
	ExitCode   int
	Output     string
}

// Status is the state in one word, as dockerd's StateString.
func (s ContainerState) Status() string {
	switch {
	case s.Running && s.Paused:
		return "paused"
	case s.Running && s.Restarting:
		return "restarting"
	case s.Running:
		return "running"
	case s.Removing:
		return "removing"
	case s.Dead:
		return "dead"
	case s.StartedAt.IsZero():
		return "created"
	}
	return "exited"
}

// Live reports whether there is a process.
func (s ContainerState) Live() bool { return s.Running && !s.Restarting }

func (c Container) clone() Container {
	c.Config = c.Config.Clone()
	c.Host.Aliases, c.Host.Binds = slices.Clone(c.Host.Aliases), slices.Clone(c.Host.Binds)
	c.Host.PortBindings, c.Ports = clonePorts(c.Host.PortBindings), clonePorts(c.Ports)
	c.Mounts = slices.Clone(c.Mounts)
	if h := c.State.Health; h != nil {
		copied := *h
		copied.Log = slices.Clone(h.Log)
		c.State.Health = &copied
	}
	c.Endpoints = maps.Clone(c.Endpoints)
	for name, e := range c.Endpoints {
		e.Aliases, e.DNSNames = slices.Clone(e.Aliases), slices.Clone(e.DNSNames)
		c.Endpoints[name] = e
	}
	return c
}

func clonePorts(ports map[string][]PortBinding) map[string][]PortBinding {
	ports = maps.Clone(ports)
	for port, bindings := range ports {
		ports[port] = slices.Clone(bindings)
	}
	return ports
}
