package state

import (
	"fmt"
	"regexp"
	"testing"
)

// TestNetworkSettings: the subnets that a new network gets, or what is refused of it, beside some that are there.
func TestNetworkSettings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		engine  string
		network Network
		want    string
	}{
		{"28", Network{Subnets: []Subnet{{Subnet: "x"}}}, "Invalid: invalid network config:\ninvalid subnet x: invalid CIDR block notation"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "x"}}}, "*errors.errorString: Invalid subnet x : invalid CIDR address: x"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.1/24"}}}, "Invalid: invalid network config:\ninvalid subnet 10.1.0.1/24: it should be 10.1.0.0/24"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.1/24"}}}, "bridge local default [{Subnet:10.1.0.1/24 IPRange: Gateway: Auxiliary:map[] Auto:false}] map[]"},
		{"28", Network{Subnets: []Subnet{{Subnet: "fd00::/64"}}}, "bridge local default [{Subnet:fd00::/64 IPRange: Gateway: Auxiliary:map[] Auto:false} {Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[]"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "fd00::/64"}}}, "bridge local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true} {Subnet:fd00::/64 IPRange: Gateway: Auxiliary:map[] Auto:false}] map[]"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "x"}}}, "Invalid: invalid network config:\ninvalid ip-range x: invalid CIDR block notation"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "x"}}}, "Invalid: invalid address SubPool"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "fd00::/64"}}}, "Invalid: invalid network config:\ninvalid ip-range fd00::/64: parent subnet is an IPv4 block"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "fd00::/64"}}}, "Invalid: invalid address SubPool"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.1.0.0/23"}}}, "Invalid: invalid network config:\ninvalid ip-range 10.1.0.0/23: CIDR block is bigger than its parent subnet 10.1.0.0/24"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.1.0.0/23"}}}, "Invalid: invalid address SubPool"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.1.0.0/24"}}}, "bridge local default [{Subnet:10.1.0.0/24 IPRange:10.1.0.0/24 Gateway: Auxiliary:map[] Auto:false}] map[]"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.1.0.0/24"}}}, "bridge local default [{Subnet:10.1.0.0/24 IPRange:10.1.0.0/24 Gateway: Auxiliary:map[] Auto:false}] map[]"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.1.0.1/25"}}}, "Invalid: invalid network config:\ninvalid ip-range 10.1.0.1/25: it should be 10.1.0.0/25"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.1.0.1/25"}}}, "bridge local default [{Subnet:10.1.0.0/24 IPRange:10.1.0.1/25 Gateway: Auxiliary:map[] Auto:false}] map[]"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.2.0.0/25"}}}, "Invalid: invalid network config:\ninvalid ip-range 10.2.0.0/25: parent subnet 10.1.0.0/24 doesn't contain ip-range"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.2.0.0/25"}}}, "Invalid: invalid address SubPool"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.1.0.128/25"}}}, "bridge local default [{Subnet:10.1.0.0/24 IPRange:10.1.0.128/25 Gateway: Auxiliary:map[] Auto:false}] map[]"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", IPRange: "10.1.0.128/25"}}}, "bridge local default [{Subnet:10.1.0.0/24 IPRange:10.1.0.128/25 Gateway: Auxiliary:map[] Auto:false}] map[]"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Gateway: "x"}}}, "Invalid: invalid network config:\ninvalid gateway x: invalid address"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Gateway: "x"}}}, "Invalid: invalid gateway address x in IpamConf structure"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Gateway: "fd00::1"}}}, "Invalid: invalid network config:\ninvalid gateway fd00::1: parent subnet is an IPv4 block"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Gateway: "fd00::1"}}}, "*errors.errorString: failed to allocate gateway (fd00::1): Requested address is out of range"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Gateway: "10.2.0.1"}}}, "Invalid: invalid network config:\ninvalid gateway 10.2.0.1: parent subnet 10.1.0.0/24 doesn't contain this address"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Gateway: "10.2.0.1"}}}, "*errors.errorString: failed to allocate gateway (10.2.0.1): Requested address is out of range"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Gateway: "10.1.0.9"}}}, "bridge local default [{Subnet:10.1.0.0/24 IPRange: Gateway:10.1.0.9 Auxiliary:map[] Auto:false}] map[]"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Gateway: "10.1.0.9"}}}, "bridge local default [{Subnet:10.1.0.0/24 IPRange: Gateway:10.1.0.9 Auxiliary:map[] Auto:false}] map[]"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Auxiliary: map[string]string{"b": "x", "a": "10.2.0.1"}}}}, "Invalid: invalid network config:\ninvalid auxiliary address a: parent subnet 10.1.0.0/24 doesn't contain this address\ninvalid auxiliary address b: invalid address"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Auxiliary: map[string]string{"b": "x", "a": "10.2.0.1"}}}}, "Forbidden: auxilairy address: (a:10.2.0.1) must belong to the master pool: 10.1.0.0/24"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Auxiliary: map[string]string{"a": "10.1.0.1"}}}}, "Forbidden: failed to allocate secondary ip address (a:10.1.0.1): Address already in use"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Auxiliary: map[string]string{"a": "10.1.0.1"}}}}, "Forbidden: failed to allocate secondary ip address (a:10.1.0.1): Address already in use"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Auxiliary: map[string]string{"a": "10.1.0.7"}}}}, "bridge local default [{Subnet:10.1.0.0/24 IPRange: Gateway: Auxiliary:map[a:10.1.0.7] Auto:false}] map[]"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.1.0.0/24", Auxiliary: map[string]string{"a": "10.1.0.7"}}}}, "bridge local default [{Subnet:10.1.0.0/24 IPRange: Gateway: Auxiliary:map[a:10.1.0.7] Auto:false}] map[]"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.9.0.0/24"}}}, "Forbidden: invalid pool request: Pool overlaps with other one on this address space"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.9.0.0/24"}}}, "Forbidden: Pool overlaps with other one on this address space"},
		{"28", Network{Subnets: []Subnet{{Subnet: "10.0.0.0/8"}}}, "Forbidden: invalid pool request: Pool overlaps with other one on this address space"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "10.0.0.0/8"}}}, "Forbidden: Pool overlaps with other one on this address space"},
		{"28", Network{Subnets: []Subnet{{Subnet: "fd01::1/64", IPRange: "10.0.0.0/24"}}, EnableIPv6: true}, "Invalid: invalid network config:\ninvalid subnet fd01::1/64: it should be fd01::/64\ninvalid ip-range 10.0.0.0/24: parent subnet is an IPv6 block"},
		{"28", Network{Subnets: []Subnet{{Subnet: "fd01::/64", Gateway: "10.0.0.1"}}, EnableIPv6: true}, "Invalid: invalid network config:\ninvalid gateway 10.0.0.1: parent subnet is an IPv6 block"},
		{"28", Network{Subnets: []Subnet{{Subnet: "fd01::/64"}}, EnableIPv6: true}, "bridge local default [{Subnet:fd01::/64 IPRange: Gateway: Auxiliary:map[] Auto:false} {Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[]"},
		{"20.10", Network{Subnets: []Subnet{{Subnet: "fd01::/64"}}, EnableIPv6: true}, "bridge local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true} {Subnet:fd01::/64 IPRange: Gateway: Auxiliary:map[] Auto:false}] map[]"},
		{"28", Network{IPAMDriver: "null", Subnets: []Subnet{{Subnet: "10.1.0.0/24"}}}, "Invalid: null ipam driver does not handle specific address pool requests"},
		{"28", Network{IPAMDriver: "null", Driver: "macvlan"}, "Invalid: ipv4 pool is empty"},
		{"20.10", Network{IPAMDriver: "null", Driver: "macvlan"}, "macvlan local null [] map[]"},
		{"28", Network{IPAMDriver: "null", Driver: "ipvlan"}, "Invalid: ipv4 pool is empty"},
		{"20.10", Network{IPAMDriver: "null", Driver: "ipvlan"}, "ipvlan local null [] map[]"},
		{"28", Network{Driver: "overlay", Scope: "local"}, `Forbidden: This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.`},
		{"20.10", Network{Driver: "overlay", Scope: "local"}, "Forbidden: cannot downgrade network scope for overlay networks"},
		{"28", Network{Driver: "nosuch"}, `NotFound: plugin "nosuch" not found`},
		{"20.10", Network{Driver: "nosuch"}, `NotFound: plugin "nosuch" not found`},
		{"28", Network{Options: map[string]string{"com.docker.network.bridge.host_binding_ipv4": "x"}}, "Invalid: failed to parse com.docker.network.bridge.host_binding_ipv4 value: x (nil ip)"},
		{"28", Network{Options: map[string]string{"com.docker.network.bridge.host_binding_ipv4": "::1"}}, "Invalid: failed to parse com.docker.network.bridge.host_binding_ipv4 value: ::1 (nil ip)"},
		{"28", Network{Options: map[string]string{"com.docker.network.bridge.host_binding_ipv4": "127.0.0.1"}}, "bridge local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[com.docker.network.bridge.host_binding_ipv4:127.0.0.1]"},
		{"28", Network{Options: map[string]string{"com.docker.network.driver.mtu": "9"}}, "bridge local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[com.docker.network.driver.mtu:9]"},
		{"28", Network{Options: map[string]string{"com.docker.network.bridge.enable_icc": "x"}}, `Invalid: failed to parse com.docker.network.bridge.enable_icc value: x (strconv.ParseBool: parsing "x": invalid syntax)`},
		{"28", Network{Options: map[string]string{"com.docker.network.bridge.enable_icc": "false"}}, "bridge local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[com.docker.network.bridge.enable_icc:false]"},
		{"28", Network{Options: map[string]string{"com.docker.network.bridge.enable_ip_masquerade": "x"}}, `Invalid: failed to parse com.docker.network.bridge.enable_ip_masquerade value: x (strconv.ParseBool: parsing "x": invalid syntax)`},
		{"28", Network{Options: map[string]string{"com.docker.network.bridge.default_bridge": "x"}}, `Invalid: failed to parse com.docker.network.bridge.default_bridge value: x (strconv.ParseBool: parsing "x": invalid syntax)`},
		{"28", Network{Options: map[string]string{"com.docker.network.bridge.inhibit_ipv4": "x"}}, `Invalid: failed to parse com.docker.network.bridge.inhibit_ipv4 value: x (strconv.ParseBool: parsing "x": invalid syntax)`},
		{"28", Network{Options: map[string]string{"com.docker.network.bridge.inhibit_ipv4": "1"}}, "bridge local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[com.docker.network.bridge.inhibit_ipv4:1]"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"macvlan_mode": "bridge"}}, "macvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[macvlan_mode:bridge]"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"macvlan_mode": "private"}}, "macvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[macvlan_mode:private]"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"macvlan_mode": "passthru"}}, "macvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[macvlan_mode:passthru]"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"macvlan_mode": "vepa"}}, "macvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[macvlan_mode:vepa]"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"macvlan_mode": "x"}}, "*errors.errorString: requested macvlan mode 'x' is not valid, 'bridge' mode is the macvlan driver default"},
		{"28", Network{Driver: "ipvlan", Options: map[string]string{"ipvlan_mode": "l2"}}, "ipvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[ipvlan_mode:l2]"},
		{"28", Network{Driver: "ipvlan", Options: map[string]string{"ipvlan_mode": "l3"}}, "ipvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[ipvlan_mode:l3]"},
		{"28", Network{Driver: "ipvlan", Options: map[string]string{"ipvlan_mode": "l3s"}}, "ipvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[ipvlan_mode:l3s]"},
		{"28", Network{Driver: "ipvlan", Options: map[string]string{"ipvlan_mode": "x"}}, "*errors.errorString: requested ipvlan mode 'x' is not valid, 'l2' mode is the ipvlan driver default"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"parent": "lo"}}, "*errors.errorString: loopback interface is not a valid macvlan parent link"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"parent": "eth1", "macvlan_mode": "passthru"}}, "*errors.errorString: cannot use mode passthru, macvlan network ID is already using parent interface eth1"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"parent": "eth1"}}, "macvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[parent:eth1]"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"parent": "eth2"}}, "*errors.errorString: macvlan network ID is already using parent interface eth2 in mode passthru"},
		{"28", Network{Driver: "ipvlan", Options: map[string]string{"parent": "eth1"}}, "ipvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[parent:eth1]"},
		{"28", Network{Driver: "macvlan", Options: map[string]string{"parent": "eth3"}}, "macvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[parent:eth3]"},
		{"28", Network{Driver: "ipvlan", Options: map[string]string{"parent": "eth3"}}, "ipvlan local default [{Subnet:172.20.0.0/16 IPRange: Gateway:172.20.0.1 Auxiliary:map[] Auto:true}] map[parent:eth3]"},
		{"28", Network{ConfigFrom: "cfg"}, "bridge local default [{Subnet:10.8.0.0/16 IPRange: Gateway: Auxiliary:map[] Auto:false}] map[com.docker.network.driver.mtu:9]"},
		{"28", Network{ConfigOnly: true}, "null local default [] map[]"},
		{"28", Network{ConfigOnly: true, Scope: "local"}, "Forbidden: configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported."},
		{"28", Network{ConfigOnly: true, Attachable: true}, "Forbidden: configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported."},
		{"28", Network{ConfigOnly: true, Ingress: true}, "Forbidden: configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported."},
		{"28", Network{ConfigFrom: "cfg", IPAMDriver: "default"}, "bridge local default [{Subnet:10.8.0.0/16 IPRange: Gateway: Auxiliary:map[] Auto:false}] map[com.docker.network.driver.mtu:9]"},
		{"28", Network{ConfigFrom: "cfg", Subnets: []Subnet{{Subnet: "10.1.0.0/24"}}}, "Forbidden: user specified configurations are not supported if the network depends on a configuration network"},
		{"28", Network{ConfigFrom: "cfg", Internal: true}, "bridge local default [{Subnet:10.8.0.0/16 IPRange: Gateway: Auxiliary:map[] Auto:false}] map[com.docker.network.driver.mtu:9]"},
	} {
		s := New(Options{Engine: named(tt.engine), Seed: []byte("test")})
		for _, have := range []Network{
			{Name: "taken", Subnets: []Subnet{{Subnet: "10.9.0.0/16"}}},
			{Name: "mv1", Driver: "macvlan", Options: map[string]string{"parent": "eth1"}},
			{Name: "mv2", Driver: "macvlan", Options: map[string]string{"parent": "eth2", "macvlan_mode": "passthru"}},
			{Name: "cfg", ConfigOnly: true, Subnets: []Subnet{{Subnet: "10.8.0.0/16"}}, Options: map[string]string{"com.docker.network.driver.mtu": "9"}},
		} {
			if _, _, err := s.CreateNetwork(have, true); err != nil {
				t.Fatal(err)
			}
		}
		tt.network.Name = "x"
		made, _, err := s.CreateNetwork(tt.network, true)
		got := fmt.Sprintf("%s: %v", class(err), err)
		if err == nil {
			got = fmt.Sprintf("%s %s %s %+v %v", made.Driver, made.Scope, made.IPAMDriver, made.Subnets, made.Options)
		}
		if got = regexp.MustCompile("[0-9a-f]{64}|di-[0-9a-f]{12}").ReplaceAllString(got, "ID"); got != tt.want {
			t.Errorf("%s: %+v: %s, want %s", tt.engine, tt.network, got, tt.want)
		}
	}
}
