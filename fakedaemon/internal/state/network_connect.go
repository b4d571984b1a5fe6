package state

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Texts of runconfig/errors.go.
const (
	errSharedNetwork  = "container sharing network namespace with another container or host cannot be connected to any other network"
	errConnectHost    = "cannot connect container to host network - container must be created in host network mode"
	errDisconnectHost = "cannot disconnect container from host network - container was created in host network mode"
	errHostMode       = "container cannot be disconnected from host network or connected to host network"
	errNoneNetwork    = "container cannot be connected to multiple networks with one of the networks in private (none) mode"
)

// ConnectNetwork connects a container to one more network. What e asks for counts: Aliases and EndpointConfig, which
// check finds fault with. A container that does not run gets its addresses when it starts, without an event now
// (15-networks step 17 of the recordings).
func (s *State) ConnectNetwork(network, container string, e Endpoint, check func(Network) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.networkedContainerLocked(container)
	if err != nil {
		return err
	}
	n, err := s.networks.find(network)
	if !c.State.Running {
		if err != nil {
			e.NetworkID = ""
			c.setEndpoint(network, e)
			return nil
		}
		return s.networks.configureEndpoint(c, n, e, check)
	}
	if strings.HasPrefix(c.Host.NetworkMode, "container:") {
		return Invalid{errSharedNetwork}
	}
	if err != nil {
		return err
	}
	if n.Scope == SwarmScope && !n.Attachable {
		return Forbidden{fmt.Sprintf("Could not attach to network %s: rpc error: code = PermissionDenied desc = network %s not manually attachable", network, n.Name)}
	}
	_, already := c.Endpoints[n.Name]
	if err := s.networks.configureEndpoint(c, n, e, check); err != nil {
		return err
	}
	if n.ConfigOnly {
		return Forbidden{"cannot create endpoint on configuration-only network"}
	}
	if already {
		return Forbidden{fmt.Sprintf("endpoint with name %s already exists in network %s", c.Name, n.Name)}
	}
	connected, err := s.networks.connect(c, n, c.Endpoints[n.Name])
	if err != nil {
		delete(c.Endpoints, n.Name)
		return err
	}
	c.Endpoints[n.Name] = connected
	s.emitNetwork(n, "connect", map[string]string{"container": c.ID})
	return nil
}

// networkedContainerLocked finds a container to connect or disconnect.
func (s *State) networkedContainerLocked(term string) (*Container, error) {
	if term == "" {
		return nil, Invalid{`invalid name or ID supplied: ""`}
	}
	c, err := s.containerLocked(term)
	if err == nil && !c.State.Running && (c.State.Removing || c.State.Dead) {
		return nil, Forbidden{fmt.Sprintf("container %s is marked for removal and cannot be connected or disconnected to the network", c.ID)}
	}
	return c, err
}

// configureEndpoint gives a container an endpoint without addresses, unless it has one on the network already.
func (x *networks) configureEndpoint(c *Container, n *Network, e Endpoint, check func(Network) error) error {
	x.nameEndpoint(c, n, &e)
	if err := check(n.clone()); err != nil {
		return err
	}
	hostMode := c.Host.NetworkMode == "host"
	if !hostMode && n.Driver == hostDriver {
		if x.engine.OldNetworkTexts {
			return Invalid{errHostMode}
		}
		return Invalid{errConnectHost}
	}
	for name, have := range c.Endpoints {
		other := x.ofEndpoint(name, have)
		switch {
		case other == nil:
		case other.Name == n.Name:
			return nil
		case other.Driver == hostDriver || n.Driver == hostDriver:
			return Invalid{errSharedNetwork}
		case other.Name == "none" || n.Name == "none":
			return Invalid{errNoneNetwork}
		}
	}
	c.setEndpoint(n.Name, e)
	return nil
}

// setEndpoint gives a container an endpoint on the network of that name.
func (c *Container) setEndpoint(name string, e Endpoint) {
	if c.Endpoints == nil {
		c.Endpoints = make(map[string]Endpoint)
	}
	c.Endpoints[name] = e
}

// nameEndpoint gives an endpoint its names in the DNS of a network that a user has made. Before Docker 25 those that
// dockerd adds are aliases.
func (x *networks) nameEndpoint(c *Container, n *Network, e *Endpoint) {
	if Predefined(n.Name) {
		return
	}
	own := []string{shortID(c.ID)}
	if c.Config.Hostname != "" {
		own = append(own, c.Config.Hostname)
	}
	if x.engine.DNSNames {
		e.DNSNames = unique(slices.Concat([]string{c.Name}, e.Aliases, own))
		return
	}
	e.Aliases = unique(slices.Concat(e.Aliases, own))
}

func unique(names []string) []string {
	var list []string
	for _, name := range names {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// connect gives a container that runs its addresses on a network: those that e asks for, or free ones. The container is
// attached from then on; the caller keeps the endpoint in c.Endpoints under the network's name, and tells the event
// "connect".
func (x *networks) connect(c *Container, n *Network, e Endpoint) (Endpoint, error) {
	own := x.space.taken[n.ID]
	e.NetworkID, e.EndpointID = n.ID, x.ids.hex("endpoint")
	ipam := EndpointIPAM{}
	if e.IPAM != nil {
		ipam = *e.IPAM
	}
	if own.has(netip.Addr.Is4) {
		ip, p, err := own.request(n, true, ipam.IPv4Address)
		if err != nil {
			return Endpoint{}, err
		}
		e.IPAddress, e.IPPrefixLen, e.Gateway = ip.String(), p.subnet.Bits(), p.gateway.String()
	}
	if own.has(netip.Addr.Is6) {
		ip, p, err := own.request(n, false, ipam.IPv6Address)
		if err != nil {
			own.release(e.IPAddress)
			return Endpoint{}, err
		}
		e.GlobalIPv6Address, e.GlobalIPv6PrefixLen, e.IPv6Gateway = ip.String(), p.subnet.Bits(), p.gateway.String()
	}
	if len(own) > 0 {
		e.MacAddress = e.WantMAC
		if e.MacAddress == "" {
			e.MacAddress = x.mac(e)
		}
	}
	if n.Internal && x.engine.NoInternalGateway {
		e.Gateway, e.IPv6Gateway = "", ""
	}
	x.wires[n.ID].containers[c.ID] = true
	return e, nil
}

// keepEndpoints attaches a container that has its addresses already.
func (x *networks) keepEndpoints(c *Container) {
	for name, e := range c.Endpoints {
		if n := x.ofEndpoint(name, e); n != nil && e.EndpointID != "" {
			x.wires[n.ID].containers[c.ID] = true
			x.space.taken[n.ID].keep(e.IPAddress, e.GlobalIPv6Address)
		}
	}
}

// disconnect takes a container off the network of that name: the addresses are free again, and what the endpoint was
// asked for stays in c.Endpoints. It returns nil when the container was not attached; the caller tells the event
// "disconnect".
func (x *networks) disconnect(c *Container, name string) *Network {
	e := c.Endpoints[name]
	n := x.ofEndpoint(name, e)
	if n == nil || !x.wires[n.ID].containers[c.ID] {
		return nil
	}
	delete(x.wires[n.ID].containers, c.ID)
	x.space.taken[n.ID].release(e.IPAddress, e.GlobalIPv6Address)
	c.Endpoints[name] = Endpoint{EndpointConfig: e.EndpointConfig, Aliases: e.Aliases, DNSNames: e.DNSNames, NetworkID: e.NetworkID}
	return n
}

// disconnectAll takes a container off all networks without an event.
func (x *networks) disconnectAll(c *Container) {
	for name := range c.Endpoints {
		x.disconnect(c, name)
	}
}

// ofEndpoint finds the network of an endpoint of that name, or nil.
func (x *networks) ofEndpoint(name string, e Endpoint) *Network {
	if n := x.byID[e.NetworkID]; n != nil {
		return n
	}
	return x.named(name)
}

// DisconnectNetwork takes a container off a network.
func (s *State) DisconnectNetwork(network, container string, force bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.networkedContainerLocked(container)
	n, findErr := s.networks.find(network)
	switch {
	case err != nil && force && findErr != nil:
		return findErr
	case err != nil && force && errors.As(err, new(NotFound)):
		return NotFound{fmt.Sprintf("endpoint %s not found", container)}
	case err != nil:
		return err
	case c.State.Running && findErr != nil && !force:
		return findErr
	}
	if n != nil {
		network = n.Name
	}
	_, has := c.Endpoints[network]
	if !c.State.Running || findErr != nil {
		if !has {
			return fmt.Errorf("container %s is not connected to the network %s", c.ID, network)
		}
		delete(c.Endpoints, network)
		s.emitSecondDisconnect(c, n)
		return nil
	}
	if c.Host.NetworkMode == "host" && n.Driver == hostDriver {
		if s.engine.OldNetworkTexts {
			return Invalid{errHostMode}
		}
		return Invalid{errDisconnectHost}
	}
	if s.networks.disconnect(c, network) == nil {
		return fmt.Errorf("container %s is not connected to network %s", c.ID, network)
	}
	delete(c.Endpoints, network)
	s.emitNetwork(n, "disconnect", map[string]string{"container": c.ID})
	s.emitSecondDisconnect(c, n)
	return nil
}

// emitSecondDisconnect is one event more, which a client's disconnection had before Docker 23 (15-networks step 24 of
// the recordings).
func (s *State) emitSecondDisconnect(c *Container, n *Network) {
	if s.engine.RepeatsEvents && n != nil {
		s.emitNetwork(n, "disconnect", map[string]string{"container": c.ID})
	}
}

// mac gives an endpoint its MAC address: with MACFromIP that of its IPv4 address (libnetwork, netutils).
func (x *networks) mac(e Endpoint) string {
	if ip, err := netip.ParseAddr(e.IPAddress); err == nil && x.engine.MACFromIP {
		b := ip.As4()
		return fmt.Sprintf("02:42:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3])
	}
	return x.ids.mac()
}
