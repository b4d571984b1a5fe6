package state

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// pool gives out the addresses of a Subnet: always the lowest that is free, as dockerd does
// (libnetwork/ipams/defaultipam).
type pool struct {
	subnet  netip.Prefix
	in      netip.Prefix // where free addresses are taken from: the subnet, or its IPRange
	gateway netip.Addr   // not valid when there is none
	used    map[netip.Addr]bool
	next    netip.Addr // no lower address of in is free
}

var (
	errAddressInUse = Forbidden{"Address already in use"}
	errNoAddress    = errors.New("no available addresses on this pool")
)

// newPool makes the pool of a Subnet that has been checked.
func newPool(sub Subnet) *pool {
	p := &pool{subnet: netip.MustParsePrefix(sub.Subnet).Masked(), used: make(map[netip.Addr]bool)}
	p.in = p.subnet
	if sub.IPRange != "" {
		if r := netip.MustParsePrefix(sub.IPRange).Masked(); r.Bits() > p.subnet.Bits() {
			p.in = r
		}
	}
	p.next = p.in.Addr()
	// The first address is the network's own, the last of IPv4 is for broadcasts; a link between two hosts has neither.
	hostBits := p.subnet.Addr().BitLen() - p.subnet.Bits()
	if p.subnet.Addr().Is6() || hostBits > 1 {
		p.used[p.subnet.Addr()] = true
	}
	if p.subnet.Addr().Is4() && hostBits > 1 {
		p.used[lastAddr(p.subnet)] = true
	}
	return p
}

// reserve takes the gateway and the auxiliary addresses of the pool's Subnet.
func (p *pool) reserve(sub Subnet) error {
	gateway, err := p.request(sub.Gateway)
	if err != nil {
		return fmt.Errorf("failed to allocate gateway (%s): %w", sub.Gateway, err)
	}
	p.gateway = gateway
	for name, address := range sub.Auxiliary {
		if _, err := p.request(address); err != nil {
			return fmt.Errorf("failed to allocate secondary ip address (%s:%s): %w", name, address, err)
		}
	}
	return nil
}

// request takes an address, or with "" the lowest that is free.
func (p *pool) request(address string) (netip.Addr, error) {
	if address != "" {
		ip, err := netip.ParseAddr(address)
		switch {
		case err != nil || !p.subnet.Contains(ip):
			return netip.Addr{}, Invalid{"requested address is out of range"}
		case p.used[ip]:
			return netip.Addr{}, errAddressInUse
		}
		p.used[ip] = true
		return ip, nil
	}
	for ; p.in.Contains(p.next); p.next = p.next.Next() {
		if !p.used[p.next] {
			p.used[p.next] = true
			return p.next, nil
		}
	}
	return netip.Addr{}, errNoAddress
}

// release gives an address back.
func (p *pool) release(ip netip.Addr) {
	delete(p.used, ip)
	if p.in.Contains(ip) && (!p.next.IsValid() || ip.Less(p.next)) {
		p.next = ip
	}
}

// pools are those of one network.
type pools []*pool

// has reports whether there are addresses of a family.
func (all pools) has(family func(netip.Addr) bool) bool {
	return slices.ContainsFunc(all, func(p *pool) bool { return family(p.subnet.Addr()) })
}

// request takes an address of a family from the first pool that has it, or any with "".
func (all pools) request(n *Network, is4 bool, address string) (netip.Addr, *pool, error) {
	for _, p := range all {
		if p.subnet.Addr().Is4() != is4 {
			continue
		}
		want, err := netip.ParseAddr(address)
		if err == nil && !p.subnet.Contains(want) {
			continue
		}
		ip, err := p.request(address)
		if err == nil || err != errNoAddress || address != "" {
			return ip, p, err
		}
	}
	if address != "" {
		return netip.Addr{}, nil, Invalid{fmt.Sprintf("invalid address %s: It does not belong to any of this network's subnets", address)}
	}
	family := 6
	if is4 {
		family = 4
	}
	return netip.Addr{}, nil, fmt.Errorf("no available IPv%d addresses on this network's address pools: %s (%s)", family, n.Name, n.ID)
}

// keep marks addresses as taken, and release gives them back; "" is none.
func (all pools) keep(addresses ...string) {
	all.each(addresses, func(p *pool, ip netip.Addr) { p.used[ip] = true })
}

func (all pools) release(addresses ...string) { all.each(addresses, (*pool).release) }

func (all pools) each(addresses []string, do func(*pool, netip.Addr)) {
	for _, address := range addresses {
		ip, err := netip.ParseAddr(address)
		if i := slices.IndexFunc(all, func(p *pool) bool { return err == nil && p.subnet.Contains(ip) }); i >= 0 {
			do(all[i], ip)
		}
	}
}

// defaultPools are dockerd's default address pools of IPv4, in the order in which it takes them.
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

// lastAddr is the highest address of an IPv4 block.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}
