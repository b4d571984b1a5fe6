package state

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// Network is a network.
type Network struct {
	ID      string
	Name    string
	Created time.Time
	// Driver is "bridge" unless given.
	Driver                           string
	Internal, Attachable, EnableIPv6 bool
	// IPAMOptions are nil for the networks that dockerd itself makes.
	IPAMOptions map[string]string
	// Subnets are the address pools; a bridge network without one gets the next free pool of dockerd's defaults.
	Subnets         []Subnet
	Options, Labels map[string]string
	// Containers are the attachments by ID of the container; they are set in what State returns only.
	Containers map[string]Attachment
}

// Subnet is one address pool. Subnet and IPRange are CIDR blocks; Gateway and the Auxiliary addresses are IPs.
type Subnet struct {
	Subnet, IPRange, Gateway string
	Auxiliary                map[string]string
}

// Attachment is a running container on a network. The addresses have a prefix length, or are "".
type Attachment struct {
	Name, EndpointID, MacAddress, IPv4Address, IPv6Address string
}

// Predefined reports whether a network name is one that dockerd keeps for itself.
func Predefined(name string) bool {
	switch name {
	case "bridge", "host", "none", "default":
		return true
	}
	return false
}

// addPredefinedNetworks adds what a fresh dockerd has, in its order (15-networks step 1 of the recordings).
func (s *State) addPredefinedNetworks() {
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
		n.ID, n.Created = s.ids.hex("network"), s.Now()
		s.networks = append(s.networks, &n)
	}
}

// AddNetwork adds a network.
func (s *State) AddNetwork(n Network) (Network, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = n.clone()
	if n.Name == "" {
		return Network{}, Invalid{"invalid name: name is empty"}
	}
	if Predefined(n.Name) {
		return Network{}, Forbidden{fmt.Sprintf("operation is not permitted on predefined %s network ", n.Name)}
	}
	for _, have := range s.networks {
		if have.Name == n.Name {
			return Network{}, Conflict{fmt.Sprintf("network with name %s already exists", n.Name)}
		}
		if have.ID == n.ID {
			return Network{}, Conflict{fmt.Sprintf("network %s exists", n.ID)}
		}
	}
	switch n.Driver {
	case "":
		n.Driver = "bridge"
	case "bridge", "ipvlan", "macvlan", "overlay":
	case "host", "null":
		return Network{}, Forbidden{fmt.Sprintf("only one instance of %q network is allowed", n.Driver)}
	default:
		return Network{}, NotFound{fmt.Sprintf("plugin %q not found", n.Driver)}
	}
	if err := s.checkSubnetsLocked(&n); err != nil {
		return Network{}, err
	}
	if n.ID == "" {
		n.ID = s.ids.hex("network")
	}
	if err := checkID(n.ID); err != nil {
		return Network{}, err
	}
	if n.Created.IsZero() {
		n.Created = s.Now()
	}
	n.Created = n.Created.UTC()
	if n.IPAMOptions == nil {
		n.IPAMOptions = make(map[string]string)
	}
	s.networks = append(s.networks, &n)
	return s.copyNetworkLocked(&n), nil
}

// checkSubnetsLocked checks the pools of a new network and gives it an IPv4 pool if it has none.
func (s *State) checkSubnetsLocked(n *Network) error {
	var used []netip.Prefix
	for _, have := range s.networks {
		for _, sub := range have.Subnets {
			used = append(used, netip.MustParsePrefix(sub.Subnet))
		}
	}
	overlaps := func(p netip.Prefix) bool { return slices.ContainsFunc(used, p.Overlaps) }
	have4 := false
	for _, sub := range n.Subnets {
		p, err := netip.ParsePrefix(sub.Subnet)
		if err != nil {
			return Invalid{fmt.Sprintf("invalid network config:\ninvalid subnet %s: invalid CIDR block notation", sub.Subnet)}
		}
		if err := checkPool(sub, p); err != nil {
			return err
		}
		if overlaps(p) {
			return Forbidden{"invalid pool request: Pool overlaps with other one on this address space"}
		}
		used = append(used, p.Masked())
		have4 = have4 || p.Addr().Is4()
	}
	if have4 {
		return nil
	}
	for _, p := range defaultPools() {
		if !overlaps(p) {
			n.Subnets = append(n.Subnets, Subnet{Subnet: p.String(), Gateway: p.Addr().Next().String()})
			return nil
		}
	}
	return Forbidden{"all predefined address pools have been fully subnetted"}
}

func checkPool(sub Subnet, p netip.Prefix) error {
	if sub.IPRange != "" {
		r, err := netip.ParsePrefix(sub.IPRange)
		if err != nil {
			return Invalid{fmt.Sprintf("invalid network config:\ninvalid ip-range %s: invalid CIDR block notation", sub.IPRange)}
		}
		if !p.Contains(r.Addr()) || r.Bits() < p.Bits() {
			return Invalid{fmt.Sprintf("invalid network config:\ninvalid ip-range %s: parent subnet is %s", sub.IPRange, sub.Subnet)}
		}
	}
	if sub.Gateway != "" {
		gw, err := netip.ParseAddr(sub.Gateway)
		if err != nil {
			return Invalid{fmt.Sprintf("invalid network config:\ninvalid gateway %s: invalid address", sub.Gateway)}
		}
		if !p.Contains(gw) {
			return Invalid{fmt.Sprintf("invalid network config:\ninvalid gateway %s: parent subnet is %s", sub.Gateway, sub.Subnet)}
		}
	}
	return nil
}

// defaultPools are dockerd's default address pools, in the order in which it takes them.
func defaultPools() []netip.Prefix {
	var pools []netip.Prefix
	for i := byte(17); i <= 31; i++ {
		pools = append(pools, netip.PrefixFrom(netip.AddrFrom4([4]byte{172, i}), 16))
	}
	for i := 0; i < 256; i += 16 {
		pools = append(pools, netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, byte(i)}), 20))
	}
	return pools
}

// Network finds a network: by full ID, by name, or by a prefix of the ID that only one has (api/notes.md
// part 2). The error is NotFound or Ambiguous.
func (s *State) Network(term string) (Network, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var prefixed []*Network
	var named *Network
	for _, n := range s.networks {
		if n.ID == term {
			return s.copyNetworkLocked(n), nil
		}
		if n.Name == term {
			named = n
		}
		if len(term) <= len(n.ID) && n.ID[:len(term)] == term {
			prefixed = append(prefixed, n)
		}
	}
	switch {
	case named != nil:
		return s.copyNetworkLocked(named), nil
	case len(prefixed) == 1:
		return s.copyNetworkLocked(prefixed[0]), nil
	case len(prefixed) > 1:
		return Network{}, Ambiguous{fmt.Sprintf("%d matches found based on ID prefix: network %s is ambiguous", len(prefixed), term)}
	}
	return Network{}, NotFound{fmt.Sprintf("network %s not found", term)}
}

// Networks returns all networks in order of creation.
func (s *State) Networks() []Network {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Network, len(s.networks))
	for i, n := range s.networks {
		list[i] = s.copyNetworkLocked(n)
	}
	return list
}

func (s *State) networkByNameLocked(name string) *Network {
	for _, n := range s.networks {
		if n.Name == name {
			return n
		}
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
	c.Containers = make(map[string]Attachment)
	for _, ctr := range s.containers {
		if e, ok := ctr.Endpoints[n.Name]; ok && e.EndpointID != "" {
			c.Containers[ctr.ID] = Attachment{
				Name:        ctr.Name,
				EndpointID:  e.EndpointID,
				MacAddress:  e.MacAddress,
				IPv4Address: withPrefixLen(e.IPAddress, e.IPPrefixLen),
				IPv6Address: withPrefixLen(e.GlobalIPv6Address, e.GlobalIPv6PrefixLen),
			}
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

// connectLocked fills in the endpoint of a container that runs on the network.
func (s *State) connectLocked(n *Network, e Endpoint) (Endpoint, error) {
	e.NetworkID = n.ID
	e.EndpointID = s.ids.hex("endpoint")
	for _, sub := range n.Subnets {
		p := netip.MustParsePrefix(sub.Subnet)
		gateway := cmp.Or(sub.Gateway, p.Masked().Addr().Next().String())
		ip, ok := s.freeAddrLocked(n, sub, p, gateway)
		if !ok {
			return Endpoint{}, Forbidden{"no available IPv4 addresses on this network's address pools: " + n.Name + " (" + n.ID + ")"}
		}
		if p.Addr().Is4() {
			e.IPAddress, e.IPPrefixLen, e.Gateway = ip, p.Bits(), gateway
		} else {
			e.GlobalIPv6Address, e.GlobalIPv6PrefixLen, e.IPv6Gateway = ip, p.Bits(), gateway
		}
	}
	if len(n.Subnets) > 0 {
		e.MacAddress = s.macLocked(e)
	}
	if n.Internal {
		e.Gateway, e.IPv6Gateway = "", ""
	}
	return e, nil
}

// macLocked gives an endpoint its MAC address: a legacy one has that of its IPv4 address (libnetwork, netutils).
func (s *State) macLocked(e Endpoint) string {
	if ip, err := netip.ParseAddr(e.IPAddress); err == nil && s.legacy {
		b := ip.As4()
		return fmt.Sprintf("02:42:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3])
	}
	return s.ids.mac()
}

// freeAddrLocked returns the first address of a pool that nobody has.
func (s *State) freeAddrLocked(n *Network, sub Subnet, p netip.Prefix, gateway string) (string, bool) {
	taken := map[string]bool{gateway: true}
	for _, ip := range sub.Auxiliary {
		taken[ip] = true
	}
	for _, ctr := range s.containers {
		e := ctr.Endpoints[n.Name]
		taken[e.IPAddress], taken[e.GlobalIPv6Address] = true, true
	}
	in := p.Masked()
	if sub.IPRange != "" {
		in = netip.MustParsePrefix(sub.IPRange).Masked()
	}
	for ip := in.Addr(); in.Contains(ip); ip = ip.Next() {
		last := ip.Is4() && !p.Contains(ip.Next()) // the broadcast address
		if ip != p.Masked().Addr() && !last && !taken[ip.String()] {
			return ip.String(), true
		}
	}
	return "", false
}
