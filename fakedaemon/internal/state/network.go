package state

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Network is a network.
type Network struct {
	ID      string
	Name    string
	Created time.Time
	// Driver is "bridge" unless given.
	Driver string
	// Scope is "local" unless given; "swarm" is the other.
	Scope                            string
	Internal, Attachable, EnableIPv6 bool
	// DisableIPv4 is the opposite of what clients say, so that IPv4 is enabled unless it is given.
	DisableIPv4 bool
	// Ingress marks the network of a swarm's published ports.
	Ingress bool
	// ConfigOnly is a network that only others take their configuration from: those whose ConfigFrom is its name.
	ConfigOnly bool
	ConfigFrom string
	// IPAMDriver is "default" unless given; "null" gives no addresses.
	IPAMDriver string
	// IPAMOptions are nil for the networks that dockerd itself makes, and where a client sent none.
	IPAMOptions map[string]string
	// Subnets are the address pools; a network without one of a family that it has gets the next free pool of dockerd's
	// defaults.
	Subnets         []Subnet
	Options, Labels map[string]string
	// Containers are the attachments by ID of the container; they are set in what State returns only.
	Containers map[string]Attachment
}

// wire is who uses a network.
type wire struct {
	containers map[string]bool // by ID of those that are attached
	// sandboxes are attachments that are no containers, such as that of a swarm's published ports.
	sandboxes map[string]Attachment
}

// Subnet is one address pool. Subnet and IPRange are CIDR blocks; Gateway and the Auxiliary addresses are IPs. Without
// a Gateway the first free address is.
type Subnet struct {
	Subnet, IPRange, Gateway string
	Auxiliary                map[string]string
	// Auto marks one of dockerd's default pools, of which nobody can ask for an address.
	Auto bool
}

// Attachment is a running container on a network. The addresses have a prefix length, or are "".
type Attachment struct {
	Name, EndpointID, MacAddress, IPv4Address, IPv6Address string
}

// The scopes of networks: those of the node alone, and those of the whole swarm.
const (
	localScope = "local"
	SwarmScope = "swarm"
)

// Predefined reports whether a network name is one that dockerd keeps for itself.
func Predefined(name string) bool {
	switch name {
	case "bridge", "host", "none", "default":
		return true
	}
	return false
}

// networks are the networks of a daemon, and who is on them.
type networks struct {
	engine *engine.Engine   // immutable
	ids    *ids             // immutable
	now    func() time.Time // immutable
	list   []*Network       // in order of creation
	byID   map[string]*Network
	byName map[string][]*Network
	wires  map[string]*wire // by ID of the network
	space  addressSpace
}

// newNetworks returns a daemon's networks, which are none.
func newNetworks(e *engine.Engine, ids *ids, daemonID string, now func() time.Time) networks {
	x := networks{engine: e, ids: ids, now: now, space: addressSpace{engine: e, daemonID: daemonID}}
	x.clear()
	return x
}

// clear makes all networks cease to exist.
func (x *networks) clear() {
	x.list, x.byID, x.byName, x.wires, x.space.taken = nil, make(map[string]*Network), make(map[string][]*Network), make(map[string]*wire), make(map[string]pools)
}

// addPredefined adds what a fresh dockerd has, in its order (15-networks step 1 of the recordings).
func (x *networks) addPredefined() {
	for _, n := range []Network{
		{Name: "none", Driver: "null"},
		{Name: "host", Driver: "host"},
		{Name: "bridge", Driver: "bridge", Subnets: []Subnet{{Subnet: "172.17.0.0/16", Gateway: "172.17.0.1"}}, Options: map[string]string{
			"com.docker.network.bridge.default_bridge":       "true",
			"com.docker.network.bridge.enable_icc":           "true",
			"com.docker.network.bridge.enable_ip_masquerade": "true",
			"com.docker.network.bridge.host_binding_ipv4":    "0.0.0.0",
			"com.docker.network.bridge.name":                 "docker0",
			"com.docker.network.driver.mtu":                  "1500",
		}},
	} {
		n.ID, n.Created, n.Scope = x.ids.hex("network"), x.now(), localScope
		own, err := x.space.allocate(&n)
		if err != nil {
			panic(err) // the first pools are free
		}
		x.store(&n, own)
	}
}

// store makes a network exist.
func (x *networks) store(n *Network, own pools) {
	x.list = append(x.list, n)
	x.wires[n.ID] = &wire{containers: make(map[string]bool)}
	x.space.taken[n.ID] = own
	x.byID[n.ID] = n
	x.byName[n.Name] = append(x.byName[n.Name], n)
}

// drop makes networks cease to exist.
func (x *networks) drop(drop func(*Network) bool) {
	x.list = slices.DeleteFunc(x.list, func(n *Network) bool {
		if !drop(n) {
			return false
		}
		delete(x.byID, n.ID)
		delete(x.wires, n.ID)
		delete(x.space.taken, n.ID)
		x.byName[n.Name] = slices.DeleteFunc(x.byName[n.Name], func(have *Network) bool { return have == n })
		if len(x.byName[n.Name]) == 0 {
			delete(x.byName, n.Name)
		}
		return true
	})
}

// lookup is what a search for a network has found: several matches make none.
type lookup struct {
	network *Network
	matches int
	byName  bool // else by a prefix of the ID
}

// lookup finds a network: by full ID, by name, or by a prefix of the ID that only one has (api/notes.md
// part 2). Only networks of the scope count, unless it is "".
func (x *networks) lookup(term, scope string) lookup {
	inScope := func(n *Network) bool { return n != nil && (scope == "" || n.Scope == scope) }
	if n := x.byID[term]; inScope(n) {
		return lookup{n, 1, false}
	}
	found := lookup{byName: true}
	for _, n := range x.byName[term] {
		if inScope(n) {
			found.network, found.matches = n, found.matches+1
		}
	}
	if found.matches > 0 {
		return found
	}
	found.byName = false
	for _, n := range x.list {
		if strings.HasPrefix(n.ID, term) && inScope(n) {
			found.network, found.matches = n, found.matches+1
		}
	}
	return found
}

// on is how dockerd says what a lookup went by: the word before a name differs.
func (l lookup) on(name string) string {
	if l.byName {
		return fmt.Sprintf("%d matches found %s name", l.matches, name)
	}
	return fmt.Sprintf("%d matches found based on ID prefix", l.matches)
}

func noSuchNetwork(term string) error { return NotFound{fmt.Sprintf("network %s not found", term)} }

// Network finds a network of any scope; see NetworkIn.
func (s *State) Network(term string) (Network, error) { return s.NetworkIn("", term) }

// NetworkIn finds a network of a scope, or with "" of any: by full ID, by name, or by a prefix of the ID that only one
// has. The error is NotFound or Ambiguous.
func (s *State) NetworkIn(scope, term string) (Network, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.networks.lookup(term, scope)
	switch {
	case found.matches == 0:
		return Network{}, noSuchNetwork(term)
	case found.matches > 1:
		return Network{}, Ambiguous{fmt.Sprintf("%s: network %s is ambiguous", found.on("based on"), term)}
	}
	return s.copyNetworkLocked(found.network), nil
}

// find finds a network of any scope for a container.
func (x *networks) find(term string) (*Network, error) {
	found := x.lookup(term, "")
	switch {
	case found.matches == 0:
		return nil, noSuchNetwork(term)
	case found.matches > 1:
		return nil, Ambiguous{fmt.Sprintf("network %s is ambiguous (%s)", term, found.on("on"))}
	}
	return found.network, nil
}

// Networks returns all networks in order of creation.
func (s *State) Networks() []Network {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Network, len(s.networks.list))
	for i, n := range s.networks.list {
		list[i] = s.copyNetworkLocked(n)
	}
	return list
}

// named returns the oldest network of a name.
func (x *networks) named(name string) *Network {
	if all := x.byName[name]; len(all) > 0 {
		return all[0]
	}
	return nil
}

func (n Network) clone() Network {
	n.IPAMOptions, n.Options, n.Labels = maps.Clone(n.IPAMOptions), maps.Clone(n.Options), maps.Clone(n.Labels)
	n.Subnets = slices.Clone(n.Subnets)
	for i := range n.Subnets {
		n.Subnets[i].Auxiliary = maps.Clone(n.Subnets[i].Auxiliary)
	}
	return n
}

func (s *State) copyNetworkLocked(n *Network) Network {
	c := n.clone()
	w := s.networks.wires[n.ID]
	c.Containers = maps.Clone(w.sandboxes)
	if c.Containers == nil {
		c.Containers = make(map[string]Attachment, len(w.containers))
	}
	for id := range w.containers {
		ctr := s.index.byID[id]
		e := ctr.Endpoints[n.Name]
		c.Containers[id] = Attachment{
			Name:        ctr.Name,
			EndpointID:  e.EndpointID,
			MacAddress:  e.MacAddress,
			IPv4Address: withPrefixLen(e.IPAddress, e.IPPrefixLen),
			IPv6Address: withPrefixLen(e.GlobalIPv6Address, e.GlobalIPv6PrefixLen),
		}
	}
	return c
}

func withPrefixLen(ip string, bits int) string {
	if ip == "" {
		return ""
	}
	return fmt.Sprintf("%s/%d", ip, bits)
}

// Is4 reports whether a subnet is one of IPv4.
func (sub Subnet) Is4() bool {
	p, err := netip.ParsePrefix(sub.Subnet)
	return err == nil && p.Addr().Is4()
}
