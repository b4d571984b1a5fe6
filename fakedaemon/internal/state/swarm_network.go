package state

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// firstVXLAN is the first number of a network of a swarm on the wire (libnetwork/drivers/overlay).
const firstVXLAN = 4096

// ingressSandbox is what the network of published ports is attached to on each node.
const ingressSandbox = "ingress-sbox"

// gatewayBridge is the network by which containers of a swarm reach the outside. It stays when the swarm has gone.
const gatewayBridge = "docker_gwbridge"

// addIngressLocked adds the networks that a node of a swarm has.
func (s *State) addIngressLocked() {
	n := s.storeSwarmNetworkLocked(Network{Name: "ingress", Ingress: true, Driver: overlayDriver})
	w := s.wires[n.ID]
	ip, p, err := w.requestAddress(n, true, "")
	if err == nil {
		e := Endpoint{IPAddress: ip.String()}
		w.sandboxes = map[string]Attachment{ingressSandbox: {
			Name:        "ingress-endpoint",
			EndpointID:  s.ids.hex("endpoint"),
			MacAddress:  s.macLocked(e),
			IPv4Address: withPrefixLen(e.IPAddress, p.subnet.Bits()),
		}}
	}
	if s.networkByNameLocked(gatewayBridge) == nil {
		s.addGatewayBridgeLocked()
	}
	s.emitNetwork(n, "create", nil)
}

func (s *State) addGatewayBridgeLocked() {
	n, err := s.addNetworkLocked(Network{Name: gatewayBridge, Driver: bridgeDriver, Options: map[string]string{
		"com.docker.network.bridge.enable_icc":           "false",
		"com.docker.network.bridge.enable_ip_masquerade": "true",
		"com.docker.network.bridge.name":                 gatewayBridge,
	}})
	if err != nil {
		return // without a free pool dockerd logs it, and goes on
	}
	n.IPAMOptions = nil
	w := s.wires[n.ID]
	if ip, p, err := w.requestAddress(n, true, ""); err == nil {
		w.sandboxes = map[string]Attachment{ingressSandbox: {
			Name:        "gateway_" + ingressSandbox,
			EndpointID:  s.ids.hex("endpoint"),
			MacAddress:  s.macLocked(Endpoint{IPAddress: ip.String()}),
			IPv4Address: withPrefixLen(ip.String(), p.subnet.Bits()),
		}}
	}
}

// addSwarmNetworkLocked adds a network that a client asks for. The manager gives it its pool and its number a little later, so that
// there are two events.
func (s *State) addSwarmNetworkLocked(n Network) *Network {
	added := s.storeSwarmNetworkLocked(n)
	s.emitSwarmNetwork(added, "create")
	s.emitSwarmNetwork(added, "update")
	return added
}

func (s *State) emitSwarmNetwork(n *Network, action string) {
	s.emit(Event{Type: "network", Action: action, ID: n.ID, Attributes: map[string]string{"name": n.Name}, Scope: swarmScope})
}

// storeSwarmNetworkLocked gives a network what the manager of a swarm does. What is empty it does not keep.
func (s *State) storeSwarmNetworkLocked(n Network) *Network {
	n = n.clone()
	n.ID, n.Scope, n.Created = s.ids.base36("swarm"), swarmScope, s.Now()
	if len(n.Labels) == 0 {
		n.Labels = nil
	}
	if len(n.IPAMOptions) == 0 {
		n.IPAMOptions = nil
	}
	if n.Driver == "" {
		n.Driver = bridgeDriver
	}
	var pools []*pool
	if n.Driver == overlayDriver {
		if n.Options == nil {
			n.Options = make(map[string]string)
		}
		n.Options["com.docker.network.driver.overlay.vxlanid_list"] = strconv.Itoa(firstVXLAN + s.swarm.networks)
		if !slices.ContainsFunc(n.Subnets, Subnet.is4) {
			p := s.swarmPoolLocked()
			n.Subnets = append(n.Subnets, Subnet{Subnet: p.String(), Gateway: p.Addr().Next().String(), Auto: true})
		}
		for i, sub := range n.Subnets {
			p := newPool(sub)
			if p.reserve(sub) == nil {
				n.Subnets[i].Gateway = p.gateway.String()
				pools = append(pools, p)
			}
		}
	}
	s.swarm.networks++
	s.swarm.next()
	s.storeNetworkLocked(&n, pools)
	return &n
}

// swarmPoolLocked returns the next pool of the swarm's own.
func (s *State) swarmPoolLocked() netip.Prefix {
	base, size := netip.MustParsePrefix("10.0.0.0/8"), int(s.swarm.SubnetSize)
	if all := s.swarm.DefaultAddrPool; len(all) > 0 {
		if p, err := netip.ParsePrefix(all[0]); err == nil {
			base = p.Masked()
		}
	}
	p := netip.PrefixFrom(base.Addr(), size)
	for s.anyPoolLocked(func(taken *pool) bool { return taken.subnet.Overlaps(p) }) && base.Contains(lastAddr(p).Next()) {
		p = netip.PrefixFrom(lastAddr(p).Next(), size)
	}
	return p
}

// removeSwarmNetworkLocked removes a network of the swarm that nobody uses.
func (s *State) removeSwarmNetworkLocked(n *Network) error {
	for _, service := range s.swarm.services {
		if slices.Contains(service.Uses, n.ID) {
			return grpcPrecondition("network %s is in use by service %s", n.ID, service.ID)
		}
		if n.Ingress && service.Ingress {
			return grpcPrecondition("ingress network cannot be removed because service %s depends on it", service.ID)
		}
	}
	for id := range s.wires[n.ID].containers {
		if task, active := s.taskOfLocked(s.index.byID[id]); active {
			return grpcPrecondition("network %s is in use by task %s", n.ID, task)
		}
	}
	s.dropNetworksLocked(func(have *Network) bool { return have == n })
	s.swarm.next()
	s.emitSwarmNetwork(n, "remove")
	return nil
}

// taskOfLocked is the task of a container, and whether it is to run on. The swarm has a task for one of its own too, which is
// attached to its networks: it is called by the container's ID here.
func (s *State) taskOfLocked(c *Container) (id string, active bool) {
	if id = c.Config.Labels[taskLabel]; id == "" {
		return c.ID, true
	}
	return id, slices.ContainsFunc(s.swarm.tasks, func(t *Task) bool { return t.ID == id && t.active() })
}

// resolveSwarmNetworkLocked finds the network that a service names, and gives its ID. Of those of the node alone it may be one
// that every node has (daemon/cluster, populateNetworkID).
func (s *State) resolveSwarmNetworkLocked(term string) (string, error) {
	found := s.lookupNetworkLocked(term, "")
	if found.matches != 1 {
		return "", fmt.Errorf("network %s not found", term)
	}
	if n := found.network; n.Scope != swarmScope && !Predefined(n.Name) {
		return "", Forbidden{fmt.Sprintf("The network %s cannot be used with services. Only networks scoped to the swarm can be used, such as those created with the overlay driver.", n.Name)}
	}
	return found.network.ID, nil
}
