package state

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
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
	Config         Config
	Host           HostConfig
	State          ContainerState
	// ConfigJSON and HostConfigJSON hold the rest of what a client asked for, in the API's own form. State never
	// looks inside, nobody changes them, and where they repeat a field of Config or Host they do not count.
	ConfigJSON, HostConfigJSON []byte
	// Endpoints are by name of the network.
	Endpoints map[string]Endpoint
	// SandboxID is 64 hex digits while the container is live, or else "".
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
	// Binds are as in docker run --volume, each with a source.
	Binds []string
	// PortBindings are what to publish, by "80/tcp"; an empty HostIP means all addresses, an empty HostPort any port.
	PortBindings map[string][]PortBinding
	// RestartPolicy is "no" unless given.
	RestartPolicy     string
	MaximumRetryCount int
	AutoRemove        bool
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

// firstPid is the first PID given out; they mean nothing.
const firstPid = 1000

// AddContainer adds a container in the state that it says. Endpoints, Ports and Mounts are kept when they are
// not nil; else they are made from Host and Config, with volumes as needed. The image must exist.
func (s *State) AddContainer(c Container) (Container, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c = c.clone()
	if c.ID == "" {
		c.ID = s.ids.hex("container")
	}
	if err := checkID(c.ID); err != nil {
		return Container{}, err
	}
	if err := s.nameLocked(&c); err != nil {
		return Container{}, err
	}
	image := s.imageLocked(c.ImageID)
	if image == nil {
		return Container{}, NotFound{"No such image: " + c.Image}
	}
	c.Config = c.Config.merge(image.Config)
	if len(c.Config.Entrypoint)+len(c.Config.Cmd) == 0 {
		return Container{}, Invalid{"no command specified"}
	}
	if c.Created.IsZero() {
		c.Created = s.Now()
	}
	if c.Config.Hostname == "" {
		c.Config.Hostname = shortID(c.ID)
	}
	if c.State.Live() && c.State.Pid == 0 {
		c.State.Pid = firstPid + len(s.containers)
	}
	if err := s.networkLocked(&c); err != nil {
		return Container{}, err
	}
	if err := s.publishLocked(&c); err != nil {
		return Container{}, err
	}
	if err := s.mountLocked(&c); err != nil {
		return Container{}, err
	}
	s.containers = append(s.containers, &c)
	return c.clone(), nil
}

// nameLocked checks or makes up the name of a new container.
func (s *State) nameLocked(c *Container) error {
	if slices.ContainsFunc(s.containers, func(have *Container) bool { return have.ID == c.ID }) {
		return Conflict{fmt.Sprintf("container %s exists", c.ID)}
	}
	if c.Name == "" {
		c.Name = s.ids.name()
		for n := 0; s.containerByNameLocked(c.Name) != nil; n++ {
			c.Name = fmt.Sprintf("%s%d", s.ids.name(), n)
		}
		return nil
	}
	c.Name = strings.TrimPrefix(c.Name, "/")
	if !restrictedName.MatchString(c.Name) {
		return Invalid{fmt.Sprintf("Invalid container name (%s), only %s are allowed", c.Name, restrictedNameChars)}
	}
	if have := s.containerByNameLocked(c.Name); have != nil {
		return Conflict{fmt.Sprintf("Conflict. The container name %q is already in use by container %q. You have to remove (or rename) that container to be able to reuse that name.", "/"+c.Name, have.ID)}
	}
	return nil
}

// networkLocked gives a new container its endpoint.
func (s *State) networkLocked(c *Container) error {
	name := c.Host.NetworkMode
	if name == "" || name == "default" {
		name = "bridge"
		c.Host.NetworkMode = name
		if s.legacy {
			c.Host.NetworkMode = "default"
		}
	}
	if c.Endpoints != nil || strings.HasPrefix(c.Host.NetworkMode, "container:") {
		return nil
	}
	n := s.networkByNameLocked(name)
	if n == nil {
		return NotFound{fmt.Sprintf("network %s not found", name)}
	}
	e := Endpoint{Aliases: c.Host.Aliases}
	if !Predefined(n.Name) {
		e.DNSNames = append(append([]string{c.Name}, e.Aliases...), shortID(c.ID))
	}
	if c.State.Live() {
		var err error
		if e, err = s.connectLocked(n, e); err != nil {
			return err
		}
		c.SandboxID = s.ids.hex("sandbox")
	} else if !c.State.StartedAt.IsZero() {
		e.NetworkID = n.ID
	}
	c.Endpoints = map[string]Endpoint{n.Name: e}
	return nil
}

// publishLocked gives a live container its ports.
func (s *State) publishLocked(c *Container) error {
	slices.Sort(c.Config.ExposedPorts)
	if c.Ports != nil {
		return nil
	}
	c.Ports = make(map[string][]PortBinding)
	if !c.State.Live() || c.Host.NetworkMode == "host" || c.Host.NetworkMode == "none" || len(c.Endpoints) == 0 {
		return nil
	}
	for _, port := range c.Config.ExposedPorts {
		c.Ports[port] = nil
	}
	for _, port := range slices.Sorted(maps.Keys(c.Host.PortBindings)) {
		c.Ports[port] = nil
		_, proto, _ := strings.Cut(port, "/")
		for _, b := range c.Host.PortBindings[port] {
			hosts := []string{b.HostIP}
			if b.HostIP == "" {
				hosts = []string{"0.0.0.0", "::"}
			}
			if b.HostPort == "" {
				b.HostPort = s.ephemeralPortLocked(c, proto, hosts[0])
			} else if s.portTakenLocked(c, proto, hosts[0], b.HostPort) {
				return Conflict{fmt.Sprintf("Bind for %s:%s failed: port is already allocated", hosts[0], b.HostPort)}
			}
			for _, ip := range hosts {
				c.Ports[port] = append(c.Ports[port], PortBinding{HostIP: ip, HostPort: b.HostPort})
			}
		}
	}
	return nil
}

// firstEphemeral is the first port that a Linux host gives out by itself.
const firstEphemeral = 32768

func (s *State) ephemeralPortLocked(c *Container, proto, ip string) string {
	for n := firstEphemeral; ; n++ {
		if port := strconv.Itoa(n); !s.portTakenLocked(c, proto, ip, port) {
			return port
		}
	}
}

// portTakenLocked reports whether a port of the host is published already, by c or by another container.
func (s *State) portTakenLocked(c *Container, proto, ip, port string) bool {
	taken := func(have *Container) bool {
		for exposed, bindings := range have.Ports {
			if !strings.HasSuffix(exposed, "/"+proto) {
				continue
			}
			for _, b := range bindings {
				if b.HostPort == port && (b.HostIP == ip || anyAddress(b.HostIP) || anyAddress(ip)) {
					return true
				}
			}
		}
		return false
	}
	return taken(c) || slices.ContainsFunc(s.containers, taken)
}

func anyAddress(ip string) bool { return ip == "0.0.0.0" || ip == "::" }

// mountLocked gives a new container its mounts.
func (s *State) mountLocked(c *Container) error {
	if c.Mounts != nil {
		return nil
	}
	for _, bind := range c.Host.Binds {
		m, err := s.parseBindLocked(bind)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.Mounts, func(have Mount) bool { return have.Destination == m.Destination }) {
			return Invalid{"Duplicate mount point: " + m.Destination}
		}
		c.Mounts = append(c.Mounts, m)
	}
	for _, destination := range c.Config.Volumes {
		if slices.ContainsFunc(c.Mounts, func(have Mount) bool { return have.Destination == destination }) {
			continue
		}
		v, err := s.addVolumeLocked(Volume{})
		if err != nil {
			return err
		}
		c.Mounts = append(c.Mounts, Mount{Type: "volume", Name: v.Name, Source: v.Mountpoint(), Destination: destination, Driver: v.Driver, RW: true})
	}
	return nil
}

// parseBindLocked makes a mount of SOURCE:DESTINATION[:MODE], and the volume if there is none.
func (s *State) parseBindLocked(bind string) (Mount, error) {
	invalid := func(why string) error { return Invalid{fmt.Sprintf("invalid volume specification: '%s'%s", bind, why)} }
	parts := strings.Split(bind, ":")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" || parts[1] == "" {
		return Mount{}, invalid("")
	}
	m := Mount{Type: "volume", Name: parts[0], Destination: parts[1], Mode: "z", RW: true}
	if strings.HasPrefix(parts[0], "/") {
		m = Mount{Type: "bind", Source: parts[0], Destination: parts[1], RW: true, Propagation: "rprivate"}
	}
	if len(parts) == 3 {
		m.Mode = parts[2]
		m.RW = !slices.Contains(strings.Split(m.Mode, ","), "ro")
	}
	if !strings.HasPrefix(m.Destination, "/") {
		return Mount{}, invalid(fmt.Sprintf(": invalid mount config for type %q: invalid mount path: '%s' mount path must be absolute", m.Type, m.Destination))
	}
	if m.Type == "volume" {
		v, err := s.addVolumeLocked(Volume{Name: m.Name})
		if err != nil {
			return Mount{}, err
		}
		m.Source, m.Driver = v.Mountpoint(), v.Driver
	}
	return m, nil
}

// Container finds a container: by full ID, by name with or without a slash, or by a prefix of the ID that
// only one has (api/notes.md part 2). The error is NotFound or Ambiguous.
func (s *State) Container(term string) (Container, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return Container{}, err
	}
	return c.clone(), nil
}

func (s *State) containerLocked(term string) (*Container, error) {
	for _, c := range s.containers {
		if c.ID == term {
			return c, nil
		}
	}
	if c := s.containerByNameLocked(strings.TrimPrefix(term, "/")); c != nil {
		return c, nil
	}
	var found *Container
	for _, c := range s.containers {
		if strings.HasPrefix(c.ID, term) {
			if found != nil {
				return nil, Ambiguous{"multiple IDs found with provided prefix: " + term}
			}
			found = c
		}
	}
	if found == nil {
		return nil, NotFound{"No such container: " + term}
	}
	return found, nil
}

func (s *State) containerByNameLocked(name string) *Container {
	for _, c := range s.containers {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Containers returns all containers in order of creation.
func (s *State) Containers() []Container {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Container, len(s.containers))
	for i, c := range s.containers {
		list[i] = c.clone()
	}
	return list
}

func (c Container) clone() Container {
	c.Config = c.Config.clone()
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
