package api

import (
	"cmp"
	"math"
	"net/netip"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// ipamStatus is what API 1.52 and higher tell of a network's addresses.
type ipamStatus struct {
	IPAM struct {
		Subnets map[string]subnetStatus `json:",omitempty"`
	}
}

type subnetStatus struct{ IPsInUse, DynamicIPsAvailable uint64 }

// networkStatus counts the addresses of a network (daemon/libnetwork/ipams/defaultipam): beside those of the
// gateway, the auxiliary addresses and the containers, the first of a pool is in use, and in IPv4 the last.
func networkStatus(n state.Network) ipamStatus {
	var status ipamStatus
	for _, sub := range n.Subnets {
		pool, err := netip.ParsePrefix(sub.Subnet)
		if err != nil {
			continue
		}
		pool = pool.Masked()
		in := pool
		if r, err := netip.ParsePrefix(sub.IPRange); err == nil {
			in = r.Masked()
		}
		used := map[netip.Addr]bool{pool.Addr(): true}
		use := func(addr string) {
			addr, _, _ = strings.Cut(addr, "/")
			if ip, err := netip.ParseAddr(addr); err == nil && pool.Contains(ip) {
				used[ip] = true
			}
		}
		if pool.Addr().Is4() {
			used[lastAddr(pool)] = true
		}
		use(cmp.Or(sub.Gateway, pool.Addr().Next().String()))
		for _, ip := range sub.Auxiliary {
			use(ip)
		}
		for _, c := range n.Containers {
			use(c.IPv4Address)
			use(c.IPv6Address)
		}
		taken := uint64(0)
		for ip := range used {
			if in.Contains(ip) {
				taken++
			}
		}
		free := uint64(math.MaxUint64)
		if bits := in.Addr().BitLen() - in.Bits(); bits < 64 || bits == 64 && taken > 0 {
			free = 1<<bits - taken
		}
		if status.IPAM.Subnets == nil {
			status.IPAM.Subnets = make(map[string]subnetStatus)
		}
		status.IPAM.Subnets[pool.String()] = subnetStatus{uint64(len(used)), free}
	}
	return status
}

// lastAddr is the broadcast address of an IPv4 pool.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}
