package swarm

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// firstVXLAN is the first number of a network of a swarm on the wire (libnetwork/drivers/overlay).
const firstVXLAN = 4096

// The networks of published ports, and by which containers of a swarm reach the outside. The latter stays when the
// swarm has gone.
const (
	ingressNetwork = "ingress"
	gatewayBridge  = "docker_gwbridge"
)

// addIngress adds the networks that a node of a swarm has. Without a free pool for the bridge dockerd logs it, and goes
// on.
func (m *manager) addIngress() error {
	ingress, err := m.backend.AddNetwork(m.AllocateNetwork(state.Network{Name: ingressNetwork, Ingress: true, Driver: state.OverlayDriver}))
	if err != nil {
		return err
	}
	m.backend.AddSandbox(ingress.ID, "ingress-endpoint")
	if _, ok := m.backend.Network(gatewayBridge); !ok {
		bridge, err := m.backend.AddNetwork(state.Network{Name: gatewayBridge, Driver: state.BridgeDriver, Options: map[string]string{
			"com.docker.network.bridge.enable_icc":           "false",
			"com.docker.network.bridge.enable_ip_masquerade": "true",
			"com.docker.network.bridge.name":                 gatewayBridge,
		}})
		if err == nil {
			m.backend.AddSandbox(bridge.ID, "gateway_ingress-sbox")
		}
	}
	m.backend.Emit(state.Event{Type: "network", Action: "create", ID: ingress.ID, Attributes: map[string]string{"name": ingress.Name, "type": ingress.Driver}})
	return nil
}

// AllocateNetwork gives a network of the swarm what the manager does. What is empty it does not keep.
func (m *manager) AllocateNetwork(n state.Network) state.Network {
	n.ID, n.Scope, n.Created = base36(m.backend.Draw("swarm")), state.SwarmScope, m.backend.Now()
	if len(n.Labels) == 0 {
		n.Labels = nil
	}
	if len(n.IPAMOptions) == 0 {
		n.IPAMOptions = nil
	}
	if n.Driver == "" {
		n.Driver = state.BridgeDriver
	}
	if n.Driver == state.OverlayDriver {
		if n.Options = maps.Clone(n.Options); n.Options == nil {
			n.Options = make(map[string]string)
		}
		n.Options["com.docker.network.driver.overlay.vxlanid_list"] = strconv.Itoa(firstVXLAN + m.networks)
		if !slices.ContainsFunc(n.Subnets, state.Subnet.Is4) {
			p := m.freePool()
			n.Subnets = append(slices.Clone(n.Subnets), state.Subnet{Subnet: p.String(), Gateway: p.Addr().Next().String(), Auto: true})
		}
	}
	m.networks++
	m.next()
	return n
}

// freePool returns the next pool of the swarm's own.
func (m *manager) freePool() netip.Prefix {
	base := netip.MustParsePrefix(defaultPool)
	if all := m.DefaultAddrPool; len(all) > 0 {
		if p, err := netip.ParsePrefix(all[0]); err == nil && p.Addr().Is4() {
			base = p.Masked()
		}
	}
	return m.backend.FreePool(base, int(m.SubnetSize))
}

// ReleaseNetwork says why a network of the swarm cannot be removed, on which the containers are, or notes that it is.
func (m *manager) ReleaseNetwork(n state.Network, attached []*state.Container) error {
	for _, v := range m.services {
		if slices.Contains(v.Uses, n.ID) {
			return grpcPrecondition("network %s is in use by service %s", n.ID, v.ID)
		}
		if n.Ingress && v.Ingress {
			return grpcPrecondition("ingress network cannot be removed because service %s depends on it", v.ID)
		}
	}
	for _, c := range attached {
		if task, active := m.tasks.of(c); active {
			return grpcPrecondition("network %s is in use by task %s", n.ID, task)
		}
	}
	m.next()
	return nil
}

// resolveNetwork finds the network that a service names, and gives its ID. Of those of the node alone it may be one
// that every node has (daemon/cluster, populateNetworkID).
func (m *manager) resolveNetwork(term string) (string, error) {
	n, ok := m.backend.Network(term)
	if !ok {
		return "", fmt.Errorf("network %s not found", term)
	}
	if n.Scope != state.SwarmScope && !state.Predefined(n.Name) {
		return "", state.Forbidden{Message: fmt.Sprintf("The network %s cannot be used with services. Only networks scoped to the swarm can be used, such as those created with the overlay driver.", n.Name)}
	}
	return n.ID, nil
}

// use notes what a service needs, and gives it its ports and addresses. A service whose networks are not there stays as
// it is.
func (m *manager) use(v *Service) error {
	var networks, refs []string
	for _, term := range v.Networks {
		id, err := m.resolveNetwork(term)
		if err != nil {
			return err
		}
		networks = append(networks, id)
	}
	for _, ref := range v.Refs {
		refs = append(refs, ref.ID)
	}
	v.Uses = slices.Concat(networks, refs)
	v.Ingress, v.Assigned = false, slices.Clone(v.Ports)
	for i := range v.Assigned {
		p := &v.Assigned[i]
		if p.PublishMode != publishIngress {
			continue
		}
		if v.Ingress = true; p.PublishedPort == 0 {
			p.PublishedPort = m.freePort(v, p.Protocol)
		}
	}
	if n, ok := m.backend.Network(ingressNetwork); ok && v.Ingress {
		networks = append(networks, n.ID)
	}
	for id := range v.VIPs {
		if !slices.Contains(networks, id) {
			m.dropVIP(v, id)
		}
	}
	for _, id := range networks {
		n, _ := m.backend.Network(id)
		if v.Endpoint == endpointDNSRR || n.Scope != state.SwarmScope || v.VIPs[id] != "" {
			continue
		}
		if address, err := m.backend.TakeAddress(id); err == nil {
			if v.VIPs == nil {
				v.VIPs = make(map[string]string)
			}
			v.VIPs[id] = address
		}
	}
	return nil
}

func (m *manager) dropVIP(v *Service, network string) {
	m.backend.ReleaseAddress(network, v.VIPs[network])
	delete(v.VIPs, network)
}

// The first and the last port that a swarm gives a service by itself (swarmkit, manager/allocator).
const (
	firstPort = 30000
	lastPort  = 32767
)

// freePort returns 0 when all are taken.
func (m *manager) freePort(v *Service, protocol string) uint32 {
	taken := func(port uint32) func(ServicePort) bool {
		return func(p ServicePort) bool { return p.PublishedPort == port && p.Protocol == protocol }
	}
	for n := range uint32(lastPort - firstPort + 1) {
		port := firstPort + n
		if !slices.ContainsFunc(v.Assigned, taken(port)) &&
			!slices.ContainsFunc(m.services, func(have *Service) bool { return slices.ContainsFunc(have.Assigned, taken(port)) }) {
			return port
		}
	}
	return 0
}
