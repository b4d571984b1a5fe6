package state

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAddNetworkErrors(t *testing.T) {
	t.Parallel()
	s := fresh()
	n1 := ok[Network](t)(s.AddNetwork(Network{Name: "n1", Subnets: []Subnet{{Subnet: "172.31.8.0/24"}}}))
	sub := func(subnet, ipRange, gateway string) Network {
		return Network{Name: "n2", Subnets: []Subnet{{Subnet: subnet, IPRange: ipRange, Gateway: gateway}}}
	}
	for _, tt := range []struct {
		n           Network
		class, text string
	}{
		{Network{}, "Invalid", "invalid name: name is empty"},
		{Network{Name: "bridge"}, "Forbidden", "operation is not permitted on predefined bridge network "},
		{Network{Name: "n1"}, "Conflict", "network with name n1 already exists"},
		{Network{Name: "n2", ID: n1.ID}, "Conflict", "network " + n1.ID + " exists"},
		{Network{Name: "n2", ID: "x"}, "Invalid", `invalid ID "x": must be 64 lower-case hex digits`},
		{Network{Name: "n2", Driver: "bogus"}, "NotFound", `plugin "bogus" not found`},
		{Network{Name: "n2", Driver: "host"}, "Forbidden", `only one instance of "host" network is allowed`},
		{sub("172.31.8.0/25", "", ""), "Forbidden", "invalid pool request: Pool overlaps with other one on this address space"},
		{Network{Name: "n2", Subnets: []Subnet{{Subnet: "10.0.0.0/24"}, {Subnet: "10.0.0.0/16"}}}, "Forbidden", "invalid pool request: Pool overlaps with other one on this address space"},
		{sub("bad", "", ""), "Invalid", "invalid network config:\ninvalid subnet bad: invalid CIDR block notation"},
		{sub("10.0.0.0/24", "bad", ""), "Invalid", "invalid network config:\ninvalid ip-range bad: invalid CIDR block notation"},
		{sub("10.0.0.0/24", "10.0.1.0/25", ""), "Invalid", "invalid network config:\ninvalid ip-range 10.0.1.0/25: parent subnet 10.0.0.0/24 doesn't contain ip-range"},
		{sub("10.0.0.0/24", "", "bad"), "Invalid", "invalid network config:\ninvalid gateway bad: invalid address"},
		{sub("10.0.0.0/24", "", "10.0.1.1"), "Invalid", "invalid network config:\ninvalid gateway 10.0.1.1: parent subnet 10.0.0.0/24 doesn't contain this address"},
	} {
		_, err := s.AddNetwork(tt.n)
		check(t, tt.text, err, tt.class, tt.text)
	}
	if got := len(s.Networks()); got != 4 {
		t.Errorf("%d networks", got)
	}
	_, err := s.AddNetwork(Network{Name: "bad name"})
	check(t, "a name with a space", err, "", "")
}

// TestDefaultPools: networks without a pool get dockerd's, one after the other, around what is in use.
func TestDefaultPools(t *testing.T) {
	t.Parallel()
	s := fresh()
	ok[Network](t)(s.AddNetwork(Network{Name: "taken", Subnets: []Subnet{{Subnet: "172.19.3.0/24"}}}))
	var got []string
	for {
		n, err := s.AddNetwork(Network{Name: strings.Repeat("n", len(got)+1)})
		if err != nil {
			check(t, "the end", err, "Invalid", "all predefined address pools have been fully subnetted")
			break
		}
		if len(n.Subnets) != 1 || !strings.HasSuffix(n.Subnets[0].Gateway, ".0.1") && !strings.HasPrefix(n.Subnets[0].Gateway, "192.168.") {
			t.Errorf("%+v", n.Subnets)
		}
		got = append(got, n.Subnets[0].Subnet)
	}
	want := []string{
		"172.18.0.0/16", "172.20.0.0/16", "172.21.0.0/16", "172.22.0.0/16", "172.23.0.0/16", "172.24.0.0/16", "172.25.0.0/16", "172.26.0.0/16",
		"172.27.0.0/16", "172.28.0.0/16", "172.29.0.0/16", "172.30.0.0/16", "172.31.0.0/16",
		"192.168.0.0/20", "192.168.16.0/20", "192.168.32.0/20", "192.168.48.0/20", "192.168.64.0/20", "192.168.80.0/20", "192.168.96.0/20", "192.168.112.0/20",
		"192.168.128.0/20", "192.168.144.0/20", "192.168.160.0/20", "192.168.176.0/20", "192.168.192.0/20", "192.168.208.0/20", "192.168.224.0/20", "192.168.240.0/20",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestAttachments: a network shows the containers that run on it.
func TestAttachments(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	live := ok[Container](t)(s.AddContainer(Container{Name: "live", ImageID: img, State: ContainerState{Running: true}}))
	ok[Container](t)(s.AddContainer(Container{ImageID: img, State: ContainerState{StartedAt: testTime}}))
	e := live.Endpoints["bridge"]
	want := map[string]Attachment{live.ID: {"live", e.EndpointID, e.MacAddress, "172.17.0.2/16", ""}}
	if d := cmp.Diff(want, ok[Network](t)(s.Network("bridge")).Containers); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// alone are the networks of a daemon without the rest of it.
func alone(name string) (*networks, *ids) {
	g := &ids{seed: []byte("test"), count: make(map[string]uint64)}
	x := newNetworks(named(name), g, "daemon", func() time.Time { return testTime })
	return &x, g
}

// TestLookup: an ID is stronger than a name, a name than the prefix of an ID, and only networks of the scope count.
func TestLookup(t *testing.T) {
	t.Parallel()
	x, _ := alone("28")
	id := func(digits string) string { return digits + strings.Repeat("0", 64-len(digits)) }
	for _, n := range []Network{
		{ID: id("ab"), Name: "n1", Scope: localScope},
		{ID: id("ac"), Name: "n2", Scope: SwarmScope},
		{ID: id("ad"), Name: id("ab"), Scope: localScope},
		{ID: id("ae"), Name: "ac", Scope: localScope},
		{ID: id("b1"), Name: "twice", Scope: localScope},
		{ID: id("b2"), Name: "twice", Scope: SwarmScope},
	} {
		x.store(&n, nil)
	}
	for _, tt := range []struct{ term, scope, want string }{
		{id("ab"), "", "ab 1 false"},
		{"n1", "", "ab 1 true"},
		{"ad", "", "ad 1 false"},
		{"ac", "", "ae 1 true"},
		{"ac", "swarm", "ac 1 false"},
		{"a", "swarm", "ac 1 false"},
		{"n1", "swarm", "none 0 false"},
		{id("ac"), "local", "none 0 false"},
		{"twice", "", "b2 2 true"},
		{"twice", "local", "b1 1 true"},
		{"b", "", "b2 2 false"},
		{"c", "", "none 0 false"},
	} {
		found, short := x.lookup(tt.term, tt.scope), "none"
		if found.matches > 0 {
			short = found.network.ID[:2]
		}
		if got := fmt.Sprintf("%s %d %t", short, found.matches, found.byName); got != tt.want {
			t.Errorf("%s in %q: %s, want %s", tt.term, tt.scope, got, tt.want)
		}
	}
	_, err := x.find("b")
	check(t, "b", err, "Ambiguous", "network b is ambiguous (2 matches found based on ID prefix)")
	_, err = x.find("twice")
	check(t, "twice", err, "Ambiguous", "network twice is ambiguous (2 matches found on name)")
	_, err = x.find("c")
	check(t, "c", err, "NotFound", "network c not found")
	first := x.named("twice")
	x.drop(func(n *Network) bool { return n == first })
	if n := x.named("twice"); n == nil || n.ID != id("b2") || x.named("nosuch") != nil {
		t.Errorf("%+v is left", n)
	}
}

// TestAddressesStayFree: a container that does not get an address of IPv6 does not keep its address of IPv4.
func TestAddressesStayFree(t *testing.T) {
	t.Parallel()
	x, g := alone("28")
	six := ok[*Network](t)(x.add(Network{Name: "six", EnableIPv6: true, Subnets: []Subnet{{Subnet: "10.0.0.0/29"}, {Subnet: "fd00::/64"}}}))
	connect := func(asked EndpointIPAM) (Endpoint, error) {
		return x.connect(&Container{ID: g.hex("container")}, six, Endpoint{EndpointConfig: EndpointConfig{IPAM: &asked}})
	}
	if e := ok[Endpoint](t)(connect(EndpointIPAM{})); e.IPAddress != "10.0.0.2" || e.GlobalIPv6Address != "fd00::2" {
		t.Errorf("%+v", e)
	}
	_, err := connect(EndpointIPAM{IPv6Address: "fd00::2"})
	check(t, "taken", err, "Forbidden", "Address already in use")
	_, err = connect(EndpointIPAM{IPv4Address: "10.0.0.6", IPv6Address: "fd01::3"})
	check(t, "outside", err, "Invalid", "invalid address fd01::3: It does not belong to any of this network's subnets")
	if got := len(x.wires[six.ID].containers); got != 1 {
		t.Errorf("%d containers are attached", got)
	}
	var last string
	for want := 3; want <= 6; want++ {
		e := ok[Endpoint](t)(connect(EndpointIPAM{}))
		if last = e.IPAddress; last != fmt.Sprintf("10.0.0.%d", want) || e.GlobalIPv6Address != fmt.Sprintf("fd00::%d", want) {
			t.Errorf("%s %s, want the addresses that end in %d", e.IPAddress, e.GlobalIPv6Address, want)
		}
	}
	_, err = connect(EndpointIPAM{})
	check(t, "the end", err, "*errors.errorString", fmt.Sprintf("no available IPv4 addresses on this network's address pools: six (%s)", six.ID))
	// One that is given back is the next.
	x.space.taken[six.ID].release(last, "fd00::4")
	if e := ok[Endpoint](t)(connect(EndpointIPAM{})); e.IPAddress != "10.0.0.6" || e.GlobalIPv6Address != "fd00::4" {
		t.Errorf("%+v", e)
	}
}

// TestLastAddress: the last address that there is can be given back, too.
func TestLastAddress(t *testing.T) {
	t.Parallel()
	p := newPool(Subnet{Subnet: "255.255.255.254/31"})
	for _, want := range []string{"255.255.255.254", "255.255.255.255"} {
		if got := ok[netip.Addr](t)(p.request("")); got.String() != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	_, err := p.request("")
	check(t, "the end", err, "*errors.errorString", errNoAddress.Error())
	p.release(netip.MustParseAddr("255.255.255.255"))
	if got, err := p.request(""); got.String() != "255.255.255.255" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

// TestAddressSpace: a network that is not made takes no addresses, and one that goes gives them back.
func TestAddressSpace(t *testing.T) {
	t.Parallel()
	x, _ := alone("28")
	for _, subnets := range [][]Subnet{
		{{Subnet: "10.1.0.0/16"}, {Subnet: "10.1.2.0/24"}},
		{{Subnet: "10.1.0.0/16", Gateway: "10.1.0.0"}},
		{{Subnet: "10.1.0.0/16", Gateway: "10.1.0.9", Auxiliary: map[string]string{"a": "10.1.0.9"}}},
	} {
		if _, err := x.add(Network{Name: "x", Subnets: subnets}); err == nil {
			t.Errorf("%v are accepted", subnets)
		}
	}
	n := ok[*Network](t)(x.add(Network{Name: "x", Subnets: []Subnet{{Subnet: "10.1.0.0/16"}}}))
	_, err := x.add(Network{Name: "y", Subnets: []Subnet{{Subnet: "10.1.2.0/24"}}})
	check(t, "overlap", err, "Forbidden", "invalid pool request: "+poolOverlap)
	base := netip.MustParsePrefix("10.0.0.0/14")
	if p := x.space.freeIn(base, 16); p.String() != "10.0.0.0/16" {
		t.Errorf("free is %s", p)
	}
	ok[*Network](t)(x.add(Network{Name: "z", Subnets: []Subnet{{Subnet: "10.0.0.0/24"}}}))
	if p := x.space.freeIn(base, 16); p.String() != "10.2.0.0/16" {
		t.Errorf("free is %s", p)
	}
	x.drop(func(have *Network) bool { return have == n })
	if p := x.space.freeIn(base, 16); p.String() != "10.1.0.0/16" {
		t.Errorf("free is %s", p)
	}
	// Only engine 20.10 goes on behind the last default pool.
	for name, want := range map[string]string{"28": "172.17.0.0/16", "20.10": "172.18.0.0/16"} {
		x, _ := alone(name)
		first := ok[*Network](t)(x.add(Network{Name: "a"}))
		x.drop(func(have *Network) bool { return have == first })
		if got := ok[*Network](t)(x.add(Network{Name: "b"})).Subnets[0].Subnet; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
