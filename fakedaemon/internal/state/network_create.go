package state

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// poolOverlap is a text of libnetwork.
const poolOverlap = "Pool overlaps with other one on this address space"

// Drivers of networks.
const (
	BridgeDriver  = "bridge"
	hostDriver    = "host"
	ipvlanDriver  = "ipvlan"
	macvlanDriver = "macvlan"
	nullDriver    = "null"
	OverlayDriver = "overlay"
)

// AddNetwork adds a network and tells nobody. It may be of the driver overlay without a swarm.
func (s *State) AddNetwork(n Network) (Network, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.networks.byID[n.ID] != nil {
		return Network{}, Conflict{fmt.Sprintf("network %s exists", n.ID)}
	}
	if n.ID != "" {
		if err := checkID(n.ID); err != nil {
			return Network{}, err
		}
	}
	if Predefined(n.Name) {
		return Network{}, predefinedNetwork(n.Name)
	}
	if s.networks.named(n.Name) != nil {
		return Network{}, networkExists(n.Name)
	}
	if n.IPAMOptions == nil {
		n.IPAMOptions = make(map[string]string) // as docker network create sends
	}
	added, err := s.networks.add(n)
	if err != nil {
		return Network{}, err
	}
	return s.copyNetworkLocked(added), nil
}

// CreateNetwork does what a client asks, with an event. Before Docker 23 two networks could have the same name, which
// warning tells, unless the client asked to check for that.
func (s *State) CreateNetwork(n Network, checkDuplicate bool) (created Network, warning string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.engine.DuplicateNetworks {
		if warning, err = s.networks.duplicate(n.Name, checkDuplicate); err != nil {
			return Network{}, "", err
		}
	}
	swarm, err := s.networks.check(&n, s.swarm != nil)
	if err != nil {
		return Network{}, "", err
	}
	if swarm {
		// The manager gives it its pool and its number a little later, so that there are two events.
		added := s.networks.addSwarm(s.swarm.AllocateNetwork(n))
		s.emitSwarmNetwork(added, "create")
		s.emitSwarmNetwork(added, "update")
		return s.copyNetworkLocked(added), warning, nil
	}
	added, err := s.networks.add(n)
	if err != nil {
		return Network{}, "", err
	}
	s.emitNetwork(added, "create", nil)
	return s.copyNetworkLocked(added), warning, nil
}

func predefinedNetwork(name string) error {
	return Forbidden{fmt.Sprintf("operation is not permitted on predefined %s network ", name)}
}

func networkExists(name string) error {
	return Conflict{fmt.Sprintf("network with name %s already exists", name)}
}

// duplicate is the part of the daemon before Docker 23 that looks for a name: none means the default network.
func (x *networks) duplicate(name string, checkDuplicate bool) (warning string, err error) {
	if Predefined(name) {
		return "", predefinedNetwork(name)
	}
	have := x.named(name)
	if name == "" {
		have = x.named("bridge")
	}
	switch {
	case have == nil:
		return "", nil
	case checkDuplicate || have.Scope == SwarmScope:
		return "", networkExists(name)
	}
	return fmt.Sprintf("Network with name %s (id : %s) already exists", have.Name, have.ID), nil
}

// check does the checks of a network that a client asks for, in dockerd's order, and reports whether it becomes one of
// the swarm, which the daemon may be the manager of (daemon/network.go, createNetwork; libnetwork/controller.go,
// NewNetwork).
func (x *networks) check(n *Network, manager bool) (swarm bool, err error) {
	if !x.engine.DuplicateNetworks {
		if all := x.byName[n.Name]; slices.ContainsFunc(all, func(have *Network) bool { return have.Scope == SwarmScope }) {
			return false, networkExists(n.Name)
		}
		if Predefined(n.Name) {
			return false, predefinedNetwork(n.Name)
		}
	}
	if x.engine.ValidatesNetworks {
		if n.Driver == OverlayDriver && !manager {
			return false, Forbidden{NotManager}
		}
		if err := checkIPAM(n); err != nil {
			return false, err
		}
	}
	if strings.TrimSpace(n.Name) == "" {
		if x.engine.OldNetworkTexts {
			return false, errors.New("invalid name: " + n.Name)
		}
		return false, Invalid{"invalid name: name is empty"}
	}
	if !x.engine.DuplicateNetworks && x.named(n.Name) != nil {
		return false, networkExists(n.Name)
	}
	if err := checkConfigNetwork(n); err != nil {
		return false, err
	}
	if n.ConfigOnly {
		n.Driver = nullDriver
		return false, nil
	}
	switch n.Driver {
	case "", BridgeDriver, ipvlanDriver, macvlanDriver, hostDriver, nullDriver, OverlayDriver:
	default:
		return false, NotFound{fmt.Sprintf("plugin %q not found", n.Driver)}
	}
	if n.Driver == OverlayDriver && n.Scope == localScope {
		return false, Forbidden{"cannot downgrade network scope for overlay networks"}
	}
	if n.Ingress && n.Driver != OverlayDriver {
		return false, Forbidden{"Ingress network can only be global scope network"}
	}
	if n.ConfigFrom != "" {
		if err := x.configure(n); err != nil {
			return false, err
		}
	}
	if n.Driver != OverlayDriver && n.Scope != SwarmScope {
		return false, nil
	}
	switch {
	case manager && n.DisableIPv4:
		return false, Invalid{"IPv4 cannot be disabled in a Swarm scoped network"}
	case manager:
		return true, nil
	case n.Scope == SwarmScope:
		return false, Forbidden{"cannot create a swarm scoped network when swarm is not active"}
	}
	return false, errors.New(NotManager)
}

// checkConfigNetwork refuses what does not go with networks of a configuration (libnetwork/network.go).
func checkConfigNetwork(n *Network) error {
	if n.ConfigOnly && (n.Ingress || n.Internal || n.Attachable || n.Scope != "") {
		return Forbidden{"configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported."}
	}
	switch {
	case n.ConfigFrom == "":
		return nil
	case n.ConfigOnly:
		return Forbidden{"a configuration network cannot depend on another configuration network"}
	case n.IPAMDriver != "" && n.IPAMDriver != defaultIPAM || n.DisableIPv4 || n.EnableIPv6 || len(n.Labels)+len(n.IPAMOptions)+len(n.Subnets) > 0:
		return Forbidden{"user specified configurations are not supported if the network depends on a configuration network"}
	case len(n.Options) > 0:
		return Forbidden{"network driver options are not supported if the network depends on a configuration network"}
	}
	return nil
}

// configure takes the configuration of the network that ConfigFrom names.
func (x *networks) configure(n *Network) error {
	from := x.named(n.ConfigFrom)
	if from == nil || !from.ConfigOnly {
		return NotFound{fmt.Sprintf("configuration network %q does not exist", n.ConfigFrom)}
	}
	c := from.clone()
	n.DisableIPv4, n.EnableIPv6, n.IPAMDriver = c.DisableIPv4, c.EnableIPv6, c.IPAMDriver
	n.Subnets, n.IPAMOptions, n.Options, n.Labels = c.Subnets, c.IPAMOptions, c.Options, c.Labels
	return nil
}

// defaultIPAM is the driver of addresses that dockerd has itself.
const defaultIPAM = "default"

// add adds a network of this node. Nothing stays behind when it fails.
func (x *networks) add(n Network) (*Network, error) {
	n = n.clone()
	if n.Name == "" {
		return nil, Invalid{"invalid name: name is empty"}
	}
	if n.ID == "" {
		n.ID = x.ids.hex("network")
	}
	if n.Driver == "" {
		n.Driver = BridgeDriver
	}
	if n.IPAMDriver == "" {
		n.IPAMDriver = defaultIPAM
	}
	if n.Scope == "" {
		n.Scope = localScope
	}
	var own pools
	if !n.ConfigOnly {
		var err error
		if own, err = x.space.allocate(&n); err != nil {
			return nil, err
		}
		if err := x.checkDriver(&n); err != nil {
			return nil, err
		}
	}
	if n.Created.IsZero() {
		n.Created = x.now()
	}
	n.Created = n.Created.UTC()
	x.store(&n, own)
	return &n, nil
}

// addSwarm adds a network that the manager of the swarm has allocated. Only those of the driver overlay have addresses.
func (x *networks) addSwarm(n Network) *Network {
	n = n.clone()
	var own pools
	if n.Driver == OverlayDriver {
		for i, sub := range n.Subnets {
			if p := newPool(sub); p.reserve(sub) == nil {
				n.Subnets[i].Gateway = p.gateway.String()
				own = append(own, p)
			}
		}
	}
	x.store(&n, own)
	return &n
}

func (s *State) emitSwarmNetwork(n *Network, action string) {
	s.emit(Event{Type: "network", Action: action, ID: n.ID, Attributes: map[string]string{"name": n.Name}, Scope: SwarmScope})
}

// checkDriver does the checks of the network's driver.
func (x *networks) checkDriver(n *Network) error {
	others := func(yes func(*Network) bool) *Network {
		i := slices.IndexFunc(x.list, func(have *Network) bool { return have.Driver == n.Driver && !have.ConfigOnly && yes(have) })
		if i < 0 {
			return nil
		}
		return x.list[i]
	}
	switch n.Driver {
	case hostDriver, nullDriver:
		return Forbidden{fmt.Sprintf("only one instance of %q network is allowed", n.Driver)}
	case BridgeDriver:
		if n.DisableIPv4 && !n.EnableIPv6 {
			return Invalid{"IPv4 or IPv6 must be enabled"}
		}
		if err := checkBridgeOptions(n.Options); err != nil {
			return err
		}
		name := n.Options[bridgeName]
		if have := others(func(have *Network) bool { return name != "" && have.Options[bridgeName] == name }); have != nil {
			return Forbidden{fmt.Sprintf("cannot create network %s (%s): conflicts with network %s (%s): networks have same bridge name", n.ID, name, have.ID, name)}
		}
	case ipvlanDriver, macvlanDriver:
		return checkLink(n, others(func(have *Network) bool {
			parent := n.Options["parent"]
			return parent != "" && parent == have.Options["parent"]
		}))
	case OverlayDriver:
	default:
		return NotFound{fmt.Sprintf("plugin %q not found", n.Driver)}
	}
	return nil
}

// bridgeName is the option that names the interface of a network of the driver bridge.
const bridgeName = "com.docker.network.bridge.name"

// checkBridgeOptions checks the values of the driver's options (libnetwork/drivers/bridge/bridge_linux.go, fromLabels).
func checkBridgeOptions(options map[string]string) error {
	for _, label := range slices.Sorted(maps.Keys(options)) {
		value := options[label]
		var err error
		switch label {
		case "com.docker.network.driver.mtu":
			_, err = strconv.Atoi(value)
		case "com.docker.network.bridge.enable_ip_masquerade", "com.docker.network.bridge.enable_icc", "com.docker.network.bridge.default_bridge",
			"com.docker.network.bridge.inhibit_ipv4":
			_, err = strconv.ParseBool(value)
		case "com.docker.network.bridge.host_binding_ipv4":
			if ip, parseErr := netip.ParseAddr(value); parseErr != nil || !ip.Is4() {
				err = errors.New("nil ip")
			}
		}
		if err != nil {
			return Invalid{fmt.Sprintf("failed to parse %s value: %v (%s)", label, value, err)}
		}
	}
	return nil
}

// checkLink checks the options of the drivers ipvlan and macvlan; sharing is the network that has the same parent, or
// nil.
func checkLink(n, sharing *Network) error {
	mode, valid, fallback := n.Options["macvlan_mode"], []string{"", "bridge", "private", "passthru", "vepa"}, "bridge"
	if n.Driver == ipvlanDriver {
		mode, valid, fallback = n.Options["ipvlan_mode"], []string{"", "l2", "l3", "l3s"}, "l2"
	}
	if !slices.Contains(valid, mode) {
		return fmt.Errorf("requested %s mode '%s' is not valid, '%s' mode is the %s driver default", n.Driver, mode, fallback, n.Driver)
	}
	parent := n.Options["parent"]
	switch {
	case parent == "lo":
		return fmt.Errorf("loopback interface is not a valid %s parent link", n.Driver)
	case sharing == nil:
		return nil
	case n.Driver == ipvlanDriver:
		return fmt.Errorf("network di-%s is already using parent interface %s", shortID(sharing.ID), parent)
	case mode == "passthru":
		return fmt.Errorf("cannot use mode passthru, macvlan network %s is already using parent interface %s", sharing.ID, parent)
	case sharing.Options["macvlan_mode"] == "passthru":
		return fmt.Errorf("macvlan network %s is already using parent interface %s in mode passthru", sharing.ID, parent)
	}
	return nil
}
