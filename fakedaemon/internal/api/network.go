package api

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

var networkOperations = []Operation{
	{ID: "NetworkList", Method: http.MethodGet, Path: "/networks", Tag: "Network", serve: (*server).networkList},
	{ID: "NetworkList", Method: http.MethodGet, Path: "/networks/", Tag: "Network", undescribed: true, serve: (*server).networkList},
	{ID: "NetworkInspect", Method: http.MethodGet, Path: "/networks/{id:.+}", Tag: "Network", serve: (*server).networkInspect},
	{ID: "NetworkDelete", Method: http.MethodDelete, Path: "/networks/{id:.*}", Tag: "Network", serve: (*server).networkDelete},
	{ID: "NetworkCreate", Method: http.MethodPost, Path: "/networks/create", Tag: "Network", serve: (*server).networkCreate},
	{ID: "NetworkConnect", Method: http.MethodPost, Path: "/networks/{id:.*}/connect", Tag: "Network", serve: (*server).networkConnect},
	{ID: "NetworkDisconnect", Method: http.MethodPost, Path: "/networks/{id:.*}/disconnect", Tag: "Network", serve: (*server).networkDisconnect},
	{ID: "NetworkPrune", Method: http.MethodPost, Path: "/networks/prune", Tag: "Network", serve: (*server).networkPrune},
}

func (s *server) networkList(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	if err := network.ValidateFilters(args); err != nil {
		return err
	}
	all, err := s.filterNetworks(s.State.Networks(), args)
	if err != nil {
		return err
	}
	list := make([]network.Inspect, len(all))
	for i, n := range all {
		list[i] = s.networkResponse(n)
		if !r.below("1.28") {
			list[i].Containers = map[string]network.EndpointResource{}
		}
		if n.Scope == state.SwarmScope { // the manager's answer, not that of the node (asked of dockerd 20.10)
			list[i].Containers = nil
			if len(n.Labels) == 0 {
				list[i].Labels = nil
			}
		}
	}
	return s.write(w, r, list)
}

// filterNetworks does as dockerd (daemon/network/filter.go). Before dockerd 29 it does not look at the attached containers: a
// network that is in use counts as dangling (15-networks step 34 of the recordings).
func (s *server) filterNetworks(all []state.Network, args filters.Args) ([]state.Network, error) {
	all = slices.DeleteFunc(all, func(n state.Network) bool {
		return !args.ExactMatch("driver", n.Driver) ||
			!args.Match("name", n.Name) ||
			!args.Match("id", n.ID) ||
			!args.MatchKVList("label", n.Labels) ||
			!args.ExactMatch("scope", n.Scope)
	})
	predefined := func(n state.Network) bool { return state.Predefined(n.Name) }
	custom := func(n state.Network) bool { return !predefined(n) }
	used := func(n state.Network) bool {
		return predefined(n) || s.Engine.DanglingSeesContainers && len(n.Containers) > 0
	}
	unused := func(n state.Network) bool { return !used(n) }
	if values := args.Get("dangling"); len(values) > 1 {
		return nil, invalid{errors.New(`got more than one value for filter key "dangling"`)}
	} else if len(values) == 1 {
		switch values[0] {
		case "0", "false":
			all = slices.DeleteFunc(all, unused)
		case "1", "true":
			all = slices.DeleteFunc(all, used)
		default:
			return nil, invalid{errors.New(`invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`)}
		}
	}
	if !args.Contains("type") {
		return all, nil
	}
	var typed []state.Network
	err := args.WalkValues("type", func(value string) error {
		switch value {
		case "builtin":
			typed = append(typed, slices.DeleteFunc(slices.Clone(all), custom)...)
		case "custom":
			typed = append(typed, slices.DeleteFunc(slices.Clone(all), predefined)...)
		default:
			return fmt.Errorf("invalid filter: 'type'='%s'", value)
		}
		return nil
	})
	return typed, err
}

func (s *server) networkInspect(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	query := r.URL.Query()
	if v := query.Get("verbose"); v != "" {
		// There are no services that it could show.
		if _, err := strconv.ParseBool(v); err != nil {
			return invalid{fmt.Errorf("invalid value for verbose: %s: %w", v, err)}
		}
	}
	id := r.vars["id"]
	n, err := s.State.NetworkIn(query.Get("scope"), id)
	if err != nil {
		return err
	}
	resp := s.networkResponse(n)
	var more []change
	if s.Engine.NewFieldOrder {
		more = []change{{path: ".Containers", value: drop}, {path: ".Containers", value: resp.Containers, after: "Labels"}}
	}
	if !r.below("1.52") {
		more = append(more, change{path: ".Status", value: networkStatus(n)})
	}
	return s.write(w, r, resp, more...)
}

// networkResponse is a network as GET /networks/{id} has it.
func (s *server) networkResponse(n state.Network) network.Inspect {
	resp := network.Inspect{
		Name:       n.Name,
		ID:         n.ID,
		Created:    n.Created,
		Scope:      n.Scope,
		Driver:     n.Driver,
		EnableIPv4: !n.DisableIPv4,
		EnableIPv6: n.EnableIPv6,
		IPAM:       network.IPAM{Driver: cmp.Or(n.IPAMDriver, "default"), Options: n.IPAMOptions},
		Internal:   n.Internal,
		Attachable: n.Attachable,
		Ingress:    n.Ingress,
		ConfigFrom: network.ConfigReference{Network: n.ConfigFrom},
		ConfigOnly: n.ConfigOnly,
		Containers: make(map[string]network.EndpointResource, len(n.Containers)),
		Options:    notNil(n.Options),
		Labels:     notNil(n.Labels),
	}
	for _, sub := range n.Subnets {
		resp.IPAM.Config = append(resp.IPAM.Config, network.IPAMConfig{
			Subnet:     sub.Subnet,
			IPRange:    sub.IPRange,
			Gateway:    sub.Gateway,
			AuxAddress: sub.Auxiliary,
		})
	}
	if resp.IPAM.Config == nil && s.Engine.OldFieldShapes {
		resp.IPAM.Config = []network.IPAMConfig{}
	}
	for id, a := range n.Containers {
		resp.Containers[id] = network.EndpointResource(a)
	}
	if n.Scope == "swarm" {
		s.swarmNetwork(&resp, n)
	}
	return resp
}

// swarmNetwork changes what is shown of a network of the swarm: the manager keeps nothing that is empty, and before dockerd 29 knows no
// containers where the node has none (24-swarm step 33 of the recordings).
func (s *server) swarmNetwork(resp *network.Inspect, n state.Network) {
	if len(n.Labels) == 0 && !n.Ingress {
		resp.Labels = nil
	}
	if len(n.Containers) == 0 && !s.Engine.SwarmNetworkContainers {
		resp.Containers = nil
	}
	if n.Ingress {
		resp.IPAM.Options = nil
	}
}

func notNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

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
