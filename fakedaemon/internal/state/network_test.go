package state

import (
	"strings"
	"testing"

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
