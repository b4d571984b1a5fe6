package state

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// checkIPAM checks the subnets of a network that a client asks for (api/types/network/ipam.go, ValidateIPAM). All that
// is wrong is told at once.
func checkIPAM(n *Network) error {
	var wrong []string
	for _, sub := range n.Subnets {
		subnet, err := netip.ParsePrefix(sub.Subnet)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("invalid subnet %s: invalid CIDR block notation", sub.Subnet))
			continue
		}
		if !n.EnableIPv6 && subnet.Addr().Is6() {
			continue
		}
		if subnet != subnet.Masked() {
			wrong = append(wrong, fmt.Sprintf("invalid subnet %s: it should be %s", subnet, subnet.Masked()))
		}
		wrong = append(wrong, checkIPRange(sub.IPRange, subnet)...)
		if err := checkAddress(sub.Gateway, subnet); err != nil {
			wrong = append(wrong, fmt.Sprintf("invalid gateway %s: %s", sub.Gateway, err))
		}
		for _, name := range slices.Sorted(maps.Keys(sub.Auxiliary)) {
			if err := checkAddress(sub.Auxiliary[name], subnet); err != nil {
				wrong = append(wrong, fmt.Sprintf("invalid auxiliary address %s: %s", name, err))
			}
		}
	}
	if wrong == nil {
		return nil
	}
	return Invalid{"invalid network config:\n" + strings.Join(wrong, "\n")}
}

func checkIPRange(ipRange string, subnet netip.Prefix) (wrong []string) {
	if ipRange == "" {
		return nil
	}
	r, err := netip.ParsePrefix(ipRange)
	switch {
	case err != nil:
		return []string{fmt.Sprintf("invalid ip-range %s: invalid CIDR block notation", ipRange)}
	case r.Addr().Is4() != subnet.Addr().Is4():
		return []string{fmt.Sprintf("invalid ip-range %s: parent subnet is an %s block", ipRange, familyOf(subnet.Addr()))}
	}
	if r.Bits() < subnet.Bits() {
		wrong = append(wrong, fmt.Sprintf("invalid ip-range %s: CIDR block is bigger than its parent subnet %s", ipRange, subnet))
	}
	if r != r.Masked() {
		wrong = append(wrong, fmt.Sprintf("invalid ip-range %s: it should be %s", r, r.Masked()))
	}
	if !subnet.Overlaps(r) {
		wrong = append(wrong, fmt.Sprintf("invalid ip-range %s: parent subnet %s doesn't contain ip-range", ipRange, subnet))
	}
	return wrong
}

func checkAddress(address string, subnet netip.Prefix) error {
	if address == "" {
		return nil
	}
	ip, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return errors.New("invalid address")
	case ip.Is4() != subnet.Addr().Is4():
		return fmt.Errorf("parent subnet is an %s block", familyOf(subnet.Addr()))
	case !subnet.Contains(ip):
		return fmt.Errorf("parent subnet %s doesn't contain this address", subnet)
	}
	return nil
}

func familyOf(ip netip.Addr) string {
	if ip.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// addressSpace has the address pools of all networks.
type addressSpace struct {
	engine   *engine.Engine   // immutable
	daemonID string           // of which the default pools of IPv6 are made; immutable
	taken    map[string]pools // by ID of the network
	next     int              // where engine 20.10 looks for a default pool
}

// allocate gives a new network its address pools: those that it asks for, and the next default pool for a family that
// it has none of. Gateways that dockerd chooses are shown for default pools, and by dockerd 29 for all
// (daemon/network.go, buildIPAMResources).
func (a *addressSpace) allocate(n *Network) (own pools, err error) {
	if a.engine.ValidatesNetworks {
		err = checkIPAM(n)
	} else {
		err = checkFirstIPAM(n)
	}
	switch {
	case err != nil:
		return nil, err
	case n.IPAMDriver == nullDriver:
		return nil, a.checkNull(n)
	case n.IPAMDriver != defaultIPAM && n.IPAMDriver != "":
		return nil, NotFound{fmt.Sprintf("plugin %q not found", n.IPAMDriver)}
	case n.Driver == hostDriver || n.Driver == nullDriver:
		return nil, nil
	}
	for _, is4 := range []bool{true, false} {
		if is4 && n.DisableIPv4 || !is4 && !n.EnableIPv6 {
			continue
		}
		if !slices.ContainsFunc(n.Subnets, func(sub Subnet) bool { return sub.Is4() == is4 }) {
			sub, err := a.defaultSubnet(is4)
			if err != nil {
				return nil, err
			}
			n.Subnets = append(n.Subnets, sub)
		}
		for i, sub := range n.Subnets {
			if sub.Is4() != is4 {
				continue
			}
			if a.overlaps(own, sub) {
				if a.engine.OldNetworkTexts {
					return nil, Forbidden{poolOverlap}
				}
				return nil, Forbidden{"invalid pool request: " + poolOverlap}
			}
			p := newPool(sub)
			if err := p.reserve(sub); err != nil {
				return nil, err
			}
			own = append(own, p)
			if a.engine.ShowsUsedPools {
				n.Subnets[i].Subnet, n.Subnets[i].Gateway = p.subnet.String(), p.gateway.String()
			}
		}
	}
	a.orderSubnets(n)
	return own, nil
}

// orderSubnets puts the subnets in the order in which the engines show them: those of IPv4 first, and from Docker 23 on
// those that a user has given before the default ones. Dockerd 29 has none of a family that is not enabled, and gives
// the addresses that a client asks for from any.
func (a *addressSpace) orderSubnets(n *Network) {
	if a.engine.ShowsUsedPools {
		n.Subnets = slices.DeleteFunc(n.Subnets, func(sub Subnet) bool { return !n.EnableIPv6 && !sub.Is4() })
	}
	rank := func(sub Subnet) (rank int) {
		if sub.Auto && a.engine.UserSubnetsFirst {
			rank = 2
		}
		if !sub.Is4() {
			rank++
		}
		return rank
	}
	slices.SortStableFunc(n.Subnets, func(a, b Subnet) int { return rank(a) - rank(b) })
	for i := range n.Subnets {
		n.Subnets[i].Auto = n.Subnets[i].Auto && !a.engine.ShowsUsedPools
	}
}

// checkNull: the driver of addresses that gives none takes no pools, and goes with few drivers.
func (a *addressSpace) checkNull(n *Network) error {
	if len(n.Subnets) > 0 {
		return Invalid{"null ipam driver does not handle specific address pool requests"}
	}
	if n.Driver == BridgeDriver || !a.engine.NullIPAMForVLANs && (n.Driver == ipvlanDriver || n.Driver == macvlanDriver) {
		return Invalid{"ipv4 pool is empty"}
	}
	return nil
}

// checkFirstIPAM is what was checked before Docker 25: the first mistake is told (libnetwork of 20.10).
func checkFirstIPAM(n *Network) error {
	for _, sub := range n.Subnets {
		subnet, err := netip.ParsePrefix(sub.Subnet)
		if err != nil {
			return fmt.Errorf("Invalid subnet %s : invalid CIDR address: %s", sub.Subnet, sub.Subnet)
		}
		if sub.IPRange != "" {
			r, err := netip.ParsePrefix(sub.IPRange)
			if err != nil || !subnet.Overlaps(r) || r.Bits() < subnet.Bits() {
				return Invalid{"invalid address SubPool"}
			}
		}
		if ip, err := netip.ParseAddr(sub.Gateway); sub.Gateway != "" && err != nil {
			return Invalid{fmt.Sprintf("invalid gateway address %s in IpamConf structure", sub.Gateway)}
		} else if sub.Gateway != "" && !subnet.Contains(ip) {
			return fmt.Errorf("failed to allocate gateway (%s): Requested address is out of range", sub.Gateway)
		}
		for _, name := range slices.Sorted(maps.Keys(sub.Auxiliary)) {
			address := sub.Auxiliary[name]
			if ip, err := netip.ParseAddr(address); err != nil {
				return Invalid{fmt.Sprintf("non parsable secondary ip address (%s:%s) passed for network %s", name, address, n.Name)}
			} else if !subnet.Contains(ip) {
				return Forbidden{fmt.Sprintf("auxilairy address: (%s:%s) must belong to the master pool: %s", name, address, subnet.Masked())}
			}
		}
	}
	return nil
}

// overlaps reports whether a subnet overlaps with one that is taken: by a network, or by those of a new one. With ip
// ranges the same subnet may be taken more than once (libnetwork/ipams/defaultipam/address_space.go).
func (a *addressSpace) overlaps(own pools, sub Subnet) bool {
	wanted := newPool(sub)
	overlaps := func(p *pool) bool {
		if sub.IPRange != "" && p.subnet == wanted.subnet {
			return p.in == wanted.in
		}
		return sub.IPRange == "" && p.subnet.Overlaps(wanted.subnet)
	}
	return slices.ContainsFunc(own, overlaps) || a.any(overlaps)
}

func (a *addressSpace) any(yes func(*pool) bool) bool {
	for _, all := range a.taken {
		if slices.ContainsFunc(all, yes) {
			return true
		}
	}
	return false
}

// free reports whether no network has addresses of a block.
func (a *addressSpace) free(p netip.Prefix) bool {
	return !a.any(func(taken *pool) bool { return taken.subnet.Overlaps(p) })
}

// freeIn returns the first free block of that many bits in one of IPv4, or the last one when none is.
func (a *addressSpace) freeIn(base netip.Prefix, bits int) netip.Prefix {
	p := netip.PrefixFrom(base.Addr(), bits)
	for !a.free(p) && base.Contains(lastAddr(p).Next()) {
		p = netip.PrefixFrom(lastAddr(p).Next(), bits)
	}
	return p
}

// defaultSubnet returns the next default pool that overlaps with none. Before Docker 28 one that was given back came
// last.
func (a *addressSpace) defaultSubnet(is4 bool) (Subnet, error) {
	subnetOf := func(p netip.Prefix) Subnet {
		return Subnet{Subnet: p.String(), Gateway: p.Addr().Next().String(), Auto: true}
	}
	if !is4 && a.engine.DefaultIPv6Pools {
		for i := range 1 << 16 {
			if p := a.localPool6(i); a.free(p) {
				return subnetOf(p), nil
			}
		}
	}
	if is4 {
		pools := defaultPools()
		for i := range pools {
			at := i
			if a.engine.RotatesPools {
				at = (i + a.next) % len(pools)
			}
			if a.free(pools[at]) {
				a.next = at + 1
				return subnetOf(pools[at]), nil
			}
		}
	}
	if a.engine.OldNetworkTexts {
		family := "IPv6"
		if is4 {
			family = "IPv4"
		}
		return Subnet{}, NotFound{fmt.Sprintf("could not find an available, non-overlapping %s address pool among the defaults to assign to the network", family)}
	}
	return Subnet{}, Invalid{"all predefined address pools have been fully subnetted"}
}

// localPool6 is the n-th default pool of IPv6: unique local addresses made of the daemon's ID (daemon/daemon_unix.go,
// deriveULABaseNetwork).
func (a *addressSpace) localPool6(n int) netip.Prefix {
	sum := sha256.Sum256([]byte(a.daemonID))
	ip := [16]byte{0: 0xfd, 6: byte(n >> 8), 7: byte(n)}
	copy(ip[1:6], sum[:5])
	return netip.PrefixFrom(netip.AddrFrom16(ip), 64)
}
