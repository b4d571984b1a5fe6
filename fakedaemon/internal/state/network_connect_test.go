package state

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// told returns the events of s that concern networks and volumes, and those that follow the first n.
func told(s *State, types ...string) []string {
	past, sub := s.Subscribe()
	sub.Close()
	var list []string
	for _, e := range past {
		for _, is := range types {
			if e.Type == is {
				list = append(list, strings.TrimSpace(e.Action+" "+e.Attributes["name"]+" "+e.Attributes["destination"]))
			}
		}
	}
	return list
}

// TestAddresses: the lowest free address is given, and what is given back is free again.
func TestAddresses(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	ok[Network](t)(s.AddNetwork(Network{Name: "n1", Subnets: []Subnet{{Subnet: "10.1.0.0/29"}}}))
	addresses := func() string {
		var list []string
		for _, c := range s.Containers() {
			list = append(list, c.Name+"="+c.Endpoints["n1"].IPAddress)
		}
		return strings.Join(list, " ")
	}
	for i := range 5 {
		ok[Container](t)(s.AddContainer(Container{Name: fmt.Sprintf("c%d", i+2), ImageID: img, State: ContainerState{Running: true}}))
	}
	none := func(Network) error { return nil }
	for i := range 5 {
		name := fmt.Sprintf("c%d", i+2)
		if err := s.ConnectNetwork("n1", name, Endpoint{}, none); err != nil {
			t.Fatal(err)
		}
	}
	if want := "c2=10.1.0.2 c3=10.1.0.3 c4=10.1.0.4 c5=10.1.0.5 c6=10.1.0.6"; addresses() != want {
		t.Errorf("%s, want %s", addresses(), want)
	}
	ok[Container](t)(s.AddContainer(Container{Name: "full", ImageID: img, State: ContainerState{Running: true}}))
	n, _ := s.Network("n1")
	err := s.ConnectNetwork("n1", "full", Endpoint{}, none)
	check(t, "a full network", err, "*errors.errorString", "no available IPv4 addresses on this network's address pools: n1 ("+n.ID+")")
	for _, name := range []string{"c5", "c3"} {
		if err := s.DisconnectNetwork("n1", name, false); err != nil {
			t.Fatal(err)
		}
	}
	static := func(ip string) Endpoint {
		return Endpoint{EndpointConfig: EndpointConfig{IPAM: &EndpointIPAM{IPv4Address: ip}}}
	}
	check(t, "a taken address", s.ConnectNetwork("n1", "full", static("10.1.0.4"), none), "Forbidden", "Address already in use")
	check(t, "a foreign address", s.ConnectNetwork("n1", "full", static("10.2.0.4"), none), "Invalid", "invalid address 10.2.0.4: It does not belong to any of this network's subnets")
	if err := s.ConnectNetwork("n1", "full", static("10.1.0.5"), none); err != nil {
		t.Fatal(err)
	}
	if err := s.ConnectNetwork("n1", "c5", Endpoint{}, none); err != nil {
		t.Fatal(err)
	}
	if want := "c2=10.1.0.2 c3= c4=10.1.0.4 c5=10.1.0.3 c6=10.1.0.6 full=10.1.0.5"; addresses() != want {
		t.Errorf("%s, want %s", addresses(), want)
	}
	want := strings.Fields(strings.Repeat("connect,n1 ", 5) + "disconnect,n1 disconnect,n1 connect,n1 connect,n1")
	for i := range want {
		want[i] = strings.Replace(want[i], ",", " ", 1)
	}
	if d := cmp.Diff(want, told(s, "network")); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
	}
}

// TestConnectErrors has the rules of daemon/container_operations.go.
func TestConnectErrors(t *testing.T) {
	t.Parallel()
	none := func(Network) error { return nil }
	for _, name := range []string{"28", "20.10"} {
		e := named(name)
		s := New(Options{Engine: e, Seed: []byte("test")})
		img := ok[Image](t)(s.AddImage(Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}})).ID
		add := func(name, mode string, state ContainerState) string {
			return ok[Container](t)(s.AddContainer(Container{Name: name, ImageID: img, Host: HostConfig{NetworkMode: mode}, State: state})).ID
		}
		n1 := ok[Network](t)(s.AddNetwork(Network{Name: "n1"}))
		run := add("run", "bridge", ContainerState{Running: true})
		made := add("made", "bridge", ContainerState{})
		add("none", "none", ContainerState{Running: true})
		add("host", "host", ContainerState{Running: true})
		add("shared", "container:run", ContainerState{Running: true})
		dead := add("dead", "bridge", ContainerState{Dead: true})
		hostText := [2]string{errConnectHost, errDisconnectHost}
		if e.OldNetworkTexts {
			hostText = [2]string{errHostMode, errHostMode}
		}
		for _, tt := range []struct{ network, container, class, text string }{
			{"n1", "", "Invalid", `invalid name or ID supplied: ""`},
			{"n1", "nosuch", "NotFound", "No such container: nosuch"},
			{"nosuch", "run", "NotFound", "network nosuch not found"},
			{"host", "run", "Invalid", hostText[0]},
			{"n1", "none", "Invalid", errNoneNetwork},
			{"n1", "host", "Invalid", errSharedNetwork},
			{"n1", "shared", "Invalid", errSharedNetwork},
			{"bridge", "run", "Forbidden", "endpoint with name run already exists in network bridge"},
			{"n1", "dead", "Forbidden", "container " + dead + " is marked for removal and cannot be connected or disconnected to the network"},
		} {
			check(t, tt.network+" "+tt.container, s.ConnectNetwork(tt.network, tt.container, Endpoint{}, none), tt.class, tt.text)
		}
		for _, tt := range []struct {
			network, container string
			force              bool
			class, text        string
		}{
			{"n1", "", false, "Invalid", `invalid name or ID supplied: ""`},
			{"n1", "nosuch", false, "NotFound", "No such container: nosuch"},
			{"n1", "nosuch", true, "NotFound", "endpoint nosuch not found"},
			{"nosuch", "nosuch", true, "NotFound", "network nosuch not found"},
			{"nosuch", "run", false, "NotFound", "network nosuch not found"},
			{"nosuch", "run", true, "*errors.errorString", "container " + run + " is not connected to the network nosuch"},
			{"n1", "run", false, "*errors.errorString", "container " + run + " is not connected to network n1"},
			{n1.ID, "made", false, "*errors.errorString", "container " + made + " is not connected to the network n1"},
			{"host", "host", false, "Invalid", hostText[1]},
		} {
			check(t, "disconnect "+tt.network+" "+tt.container, s.DisconnectNetwork(tt.network, tt.container, tt.force), tt.class, tt.text)
		}
	}
}

// TestConnectStopped: a container that does not run is configured only, on a network that does not exist too.
func TestConnectStopped(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	none := func(Network) error { return nil }
	ok[Network](t)(s.AddNetwork(Network{Name: "n1"}))
	c := ok[Container](t)(s.AddContainer(Container{Name: "made", ImageID: img, Config: image.Config{Hostname: "h"}}))
	for _, name := range []string{"n1", "nosuch"} {
		if err := s.ConnectNetwork(name, "made", Endpoint{Aliases: []string{"al"}}, none); err != nil {
			t.Fatal(err)
		}
	}
	c, _ = s.Container("made")
	want := map[string]Endpoint{"bridge": {}, "n1": {Aliases: []string{"al"}, DNSNames: []string{"made", "al", c.ID[:12], "h"}}, "nosuch": {Aliases: []string{"al"}}}
	if d := cmp.Diff(want, c.Endpoints); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if err := s.DisconnectNetwork("n1", "made", false); err != nil {
		t.Fatal(err)
	}
	if got := told(s, "network"); got != nil {
		t.Errorf("events %q", got)
	}
}

// TestNetworkLife creates, uses, prunes and removes networks, with their events.
func TestNetworkLife(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	create := func(n Network) Network {
		t.Helper()
		created, warning, err := s.CreateNetwork(n, false)
		if err != nil || warning != "" {
			t.Fatalf("%v %q", err, warning)
		}
		return created
	}
	create(Network{Name: "conf", ConfigOnly: true, Labels: map[string]string{"a": "b"}, Subnets: []Subnet{{Subnet: "10.3.0.0/24"}}})
	from := create(Network{Name: "from", ConfigFrom: "conf", Internal: true})
	if from.Labels["a"] != "b" || from.Subnets[0].Subnet != "10.3.0.0/24" || !from.Internal || from.Driver != "bridge" {
		t.Errorf("%+v", from)
	}
	create(Network{Name: "used"})
	c := ok[Container](t)(s.AddContainer(Container{Name: "c1", ImageID: img, Host: HostConfig{NetworkMode: "used"}, State: ContainerState{Running: true}}))
	check(t, "in use", s.RemoveNetwork("used"), "Forbidden", fmt.Sprintf("error while removing network: network used has active endpoints (name:%q id:%q)", "c1", c.Endpoints["used"].EndpointID[:12]))
	check(t, "configuration in use", s.RemoveNetwork("conf"), "Forbidden", `error while removing network: configuration network "conf" is in use`)
	check(t, "predefined", s.RemoveNetwork("bridge"), "Forbidden", "bridge is a pre-defined network and cannot be removed")
	check(t, "nosuch", s.RemoveNetwork("nosuch"), "NotFound", "network nosuch not found")
	if d := cmp.Diff([]string{"from"}, s.PruneNetworks(func(Network) bool { return true })); d != "" {
		t.Errorf("pruned (-want +got)\n%s", d)
	}
	if err := s.RemoveNetwork("conf"); err != nil {
		t.Error(err)
	}
	want := []string{"create conf", "create from", "create used", "destroy from", "prune"}
	if d := cmp.Diff(want, told(s, "network")); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
	}
}

// TestCreateNetworkErrors has the checks of daemon/network.go, libnetwork/network.go and the drivers.
func TestCreateNetworkErrors(t *testing.T) {
	t.Parallel()
	s := fresh()
	link := ok[Network](t)(s.AddNetwork(Network{Name: "link", Driver: "ipvlan", Options: map[string]string{"parent": "eth0"}}))
	br := ok[Network](t)(s.AddNetwork(Network{Name: "br", Options: map[string]string{bridgeName: "br0"}}))
	const id = "00000000000000000000000000000000000000000000000000000000000000ff"
	for _, tt := range []struct {
		n           Network
		class, text string
	}{
		{Network{Name: " "}, "Invalid", "invalid name: name is empty"},
		{Network{Name: "none"}, "Forbidden", "operation is not permitted on predefined none network "},
		{Network{Name: "br"}, "Conflict", "network with name br already exists"},
		{Network{Name: "x", Driver: "overlay"}, "Forbidden", NotManager},
		{Network{Name: "x", Driver: "bridge", Scope: "swarm"}, "Forbidden", "cannot create a swarm scoped network when swarm is not active"},
		{Network{Name: "x", Ingress: true}, "Forbidden", "Ingress network can only be global scope network"},
		{Network{Name: "x", ConfigOnly: true, Internal: true}, "Forbidden", "configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported."},
		{Network{Name: "x", ConfigFrom: "nosuch"}, "NotFound", `configuration network "nosuch" does not exist`},
		{Network{Name: "x", ConfigFrom: "br"}, "NotFound", `configuration network "br" does not exist`},
		{Network{Name: "x", ConfigFrom: "c", ConfigOnly: true}, "Forbidden", "a configuration network cannot depend on another configuration network"},
		{Network{Name: "x", ConfigFrom: "c", EnableIPv6: true}, "Forbidden", "user specified configurations are not supported if the network depends on a configuration network"},
		{Network{Name: "x", ConfigFrom: "c", Options: map[string]string{"a": "b"}}, "Forbidden", "network driver options are not supported if the network depends on a configuration network"},
		{Network{Name: "x", Driver: "null"}, "Forbidden", `only one instance of "null" network is allowed`},
		{Network{Name: "x", IPAMDriver: "nosuch"}, "NotFound", `plugin "nosuch" not found`},
		{Network{Name: "x", IPAMDriver: "null"}, "Invalid", "ipv4 pool is empty"},
		{Network{Name: "x", DisableIPv4: true}, "Invalid", "IPv4 or IPv6 must be enabled"},
		{Network{Name: "x", Options: map[string]string{"com.docker.network.driver.mtu": "x"}}, "Invalid", `failed to parse com.docker.network.driver.mtu value: x (strconv.Atoi: parsing "x": invalid syntax)`},
		{Network{Name: "x", ID: id, Options: map[string]string{bridgeName: "br0"}}, "Forbidden", "cannot create network " + id + " (br0): conflicts with network " + br.ID + " (br0): networks have same bridge name"},
		{Network{Name: "x", Driver: "ipvlan", Options: map[string]string{"parent": "eth0"}}, "*errors.errorString", "network di-" + link.ID[:12] + " is already using parent interface eth0"},
		{Network{Name: "x", Driver: "macvlan", Options: map[string]string{"macvlan_mode": "x"}}, "*errors.errorString", "requested macvlan mode 'x' is not valid, 'bridge' mode is the macvlan driver default"},
		{Network{Name: "x", Driver: "ipvlan", Options: map[string]string{"parent": "lo"}}, "*errors.errorString", "loopback interface is not a valid ipvlan parent link"},
		{Network{Name: "x", Subnets: []Subnet{{Subnet: "10.0.0.1/24", Gateway: "fd00::1", Auxiliary: map[string]string{"a": "10.0.1.1"}}}}, "Invalid", "invalid network config:\n" +
			"invalid subnet 10.0.0.1/24: it should be 10.0.0.0/24\ninvalid gateway fd00::1: parent subnet is an IPv4 block\ninvalid auxiliary address a: parent subnet 10.0.0.1/24 doesn't contain this address"},
	} {
		_, _, err := s.CreateNetwork(tt.n, false)
		check(t, tt.text, err, tt.class, tt.text)
	}
	if got := len(s.Networks()); got != 5 {
		t.Errorf("%d networks", got)
	}
}

// TestIPv6Pools: a network with IPv6 gets a pool of the daemon's own, and a gateway in it.
func TestIPv6Pools(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	var pools []string
	for _, name := range []string{"six1", "six2"} {
		n := ok[Network](t)(s.AddNetwork(Network{Name: name, EnableIPv6: true}))
		if len(n.Subnets) != 2 || n.Subnets[0].Subnet[:4] != "172." || !strings.HasPrefix(n.Subnets[1].Subnet, "fd") || !strings.HasSuffix(n.Subnets[1].Subnet, "::/64") {
			t.Fatalf("%+v", n.Subnets)
		}
		pools = append(pools, n.Subnets[1].Subnet)
	}
	if pools[0] == pools[1] {
		t.Errorf("the same pool twice: %s", pools[0])
	}
	c := ok[Container](t)(s.AddContainer(Container{ImageID: img, Host: HostConfig{NetworkMode: "six1"}, State: ContainerState{Running: true}}))
	e, base := c.Endpoints["six1"], strings.TrimSuffix(pools[0], "/64")
	if e.GlobalIPv6Address != base+"2" || e.IPv6Gateway != base+"1" || e.GlobalIPv6PrefixLen != 64 {
		t.Errorf("%+v on %s", e, pools[0])
	}
	old := New(Options{Engine: named("20.10")})
	_, err := old.AddNetwork(Network{Name: "six", EnableIPv6: true})
	check(t, "old", err, "NotFound", "could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network")
}

// TestNetworks20: before Docker 23 names could be double, and pools that were given back came last.
func TestNetworks20(t *testing.T) {
	t.Parallel()
	s := New(Options{Engine: named("20.10"), Seed: []byte("test")})
	create := func(name string, checked bool) (Network, string, error) {
		return s.CreateNetwork(Network{Name: name}, checked)
	}
	first, _, err := create("n1", true)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = create("n1", true)
	check(t, "checked", err, "Conflict", "network with name n1 already exists")
	if _, warning, err := create("n1", false); err != nil || warning != "Network with name n1 (id : "+first.ID+") already exists" {
		t.Errorf("%q, %v", warning, err)
	}
	_, err = s.Network("n1")
	check(t, "inspect", err, "Ambiguous", "2 matches found based on name: network n1 is ambiguous")
	check(t, "remove", s.RemoveNetwork("n1"), "Ambiguous", "network n1 is ambiguous (2 matches found based on name)")
	if err := s.RemoveNetwork(first.ID); err != nil {
		t.Fatal(err)
	}
	next, _, err := create("n2", false)
	if err != nil || first.Subnets[0].Subnet != "172.18.0.0/16" || next.Subnets[0].Subnet != "172.20.0.0/16" {
		t.Errorf("%v then %v, %v", first.Subnets, next.Subnets, err)
	}
	_, _, err = create("", true)
	check(t, "no name", err, "Conflict", "network with name  already exists")
	_, _, err = create("", false)
	check(t, "no name", err, "*errors.errorString", "invalid name: ")
}
