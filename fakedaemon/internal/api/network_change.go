//lint:file-ignore SA1019 what Docker calls deprecated is still part of its requests

package api

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"

	"github.com/docker/docker/api/types/network"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

func (s *server) networkCreate(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	var req network.CreateRequest
	if err := s.readNetworkCreate(r, &req); err != nil {
		return err
	}
	n := state.Network{
		Name:       req.Name,
		Driver:     req.Driver,
		Scope:      req.Scope,
		Internal:   req.Internal,
		Attachable: req.Attachable,
		Ingress:    req.Ingress,
		ConfigOnly: req.ConfigOnly,
		Options:    req.Options,
		Labels:     req.Labels,
		EnableIPv6: req.EnableIPv6 != nil && *req.EnableIPv6,
	}
	// Clients could not say it before.
	n.DisableIPv4 = req.EnableIPv4 != nil && !*req.EnableIPv4 && !r.below("1.48")
	if req.ConfigFrom != nil {
		n.ConfigFrom = req.ConfigFrom.Network
	}
	if req.IPAM != nil {
		n.IPAMDriver, n.IPAMOptions = req.IPAM.Driver, req.IPAM.Options
		for _, c := range req.IPAM.Config {
			n.Subnets = append(n.Subnets, state.Subnet{Subnet: c.Subnet, IPRange: c.IPRange, Gateway: c.Gateway, Auxiliary: c.AuxAddress})
		}
	}
	created, warning, err := s.State.CreateNetwork(n, req.CheckDuplicate != nil && *req.CheckDuplicate)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, network.CreateResponse{ID: created.ID, Warning: warning})
	return nil
}

// readNetworkCreate reads the body of a request to create a network. Engine 29 takes addresses that are none for bad JSON.
func (s *server) readNetworkCreate(r *request, req *network.CreateRequest) error {
	if !s.Engine.TypedAddresses {
		return s.readBody(r, req)
	}
	type ipamConfig struct {
		Subnet, IPRange    netip.Prefix
		Gateway            netip.Addr
		AuxiliaryAddresses map[string]netip.Addr
	}
	strict := struct {
		*network.CreateRequest
		IPAM *struct {
			Driver  string
			Options map[string]string
			Config  []ipamConfig
		}
	}{CreateRequest: req}
	if err := s.readBody(r, &strict); err != nil || strict.IPAM == nil {
		return err
	}
	req.IPAM = &network.IPAM{Driver: strict.IPAM.Driver, Options: strict.IPAM.Options}
	for _, c := range strict.IPAM.Config {
		config := network.IPAMConfig{Subnet: prefixText(c.Subnet), IPRange: prefixText(c.IPRange), Gateway: addrText(c.Gateway)}
		for name, ip := range c.AuxiliaryAddresses {
			if config.AuxAddress == nil {
				config.AuxAddress = make(map[string]string, len(c.AuxiliaryAddresses))
			}
			config.AuxAddress[name] = addrText(ip)
		}
		req.IPAM.Config = append(req.IPAM.Config, config)
	}
	return nil
}

func prefixText(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}

func addrText(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}

// readBody reads the JSON of a request that engine 20.10 does not accept without a body.
func (s *server) readBody(r *request, v any) error {
	if err := s.readJSON(r, v); err != nil {
		return err
	}
	if s.Engine.NeedsBody && r.ContentLength == 0 {
		return invalid{errors.New("got EOF while reading request body")}
	}
	return nil
}

func (s *server) networkDelete(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if err := s.State.RemoveNetwork(r.vars["id"]); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) networkConnect(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	var req network.ConnectOptions
	if err := s.readNetworkConnect(r, &req); err != nil {
		return err
	}
	settings := req.EndpointConfig
	if settings == nil {
		settings = &network.EndpointSettings{}
	}
	return s.State.ConnectNetwork(r.vars["id"], req.Container, endpointConfig(settings), func(n state.Network) error {
		check := checkFirstMistake
		if s.Engine.ValidatesNetworks {
			check = checkEndpoint
		}
		if err := check(&n, n.Name, settings); err != nil {
			return invalid{err}
		}
		return nil
	})
}

// checkFirstMistake is what was checked before Docker 25 (daemon/container_operations.go of 20.10, validateNetworkingConfig).
func checkFirstMistake(n *state.Network, name string, e *network.EndpointSettings) error {
	ipam := e.IPAMConfig
	static := ipam != nil && (ipam.IPv4Address != "" || ipam.IPv6Address != "")
	switch {
	case state.Predefined(name) && static:
		return errors.New("user specified IP address is supported on user defined networks only")
	case state.Predefined(name) && len(e.Aliases) > 0:
		return errors.New("network-scoped alias is supported only for containers in user defined networks")
	case !static:
		return nil
	}
	v4, v6 := subnetsOf(n)
	for _, family := range []struct {
		address string
		subnets []network.NetworkSubnet
	}{{ipam.IPv4Address, v4}, {ipam.IPv6Address, v6}} {
		configured := slices.ContainsFunc(family.subnets, network.NetworkSubnet.IsStatic)
		if family.address != "" && !configured {
			return errors.New("user specified IP address is supported only when connecting to networks with user configured subnets")
		}
	}
	return nil
}

// readNetworkConnect reads the body of a request to connect a container; see readNetworkCreate.
func (s *server) readNetworkConnect(r *request, req *network.ConnectOptions) error {
	if !s.Engine.TypedAddresses {
		return s.readBody(r, req)
	}
	type endpoint struct {
		*network.EndpointSettings
		IPAMConfig *struct {
			IPv4Address, IPv6Address netip.Addr
			LinkLocalIPs             []netip.Addr
		}
		MacAddress string
	}
	strict := struct {
		*network.ConnectOptions
		EndpointConfig *endpoint
	}{ConnectOptions: req, EndpointConfig: &endpoint{EndpointSettings: &network.EndpointSettings{}}}
	if err := s.readBody(r, &strict); err != nil || strict.EndpointConfig == nil {
		return err
	}
	e := strict.EndpointConfig
	if e.EndpointSettings == nil {
		e.EndpointSettings = &network.EndpointSettings{}
	}
	req.EndpointConfig = e.EndpointSettings
	if _, err := net.ParseMAC(e.MacAddress); e.MacAddress != "" && err != nil {
		return invalid{errors.New("invalid JSON: " + err.Error())}
	}
	req.EndpointConfig.MacAddress = e.MacAddress
	if c := e.IPAMConfig; c != nil {
		ipam := &network.EndpointIPAMConfig{IPv4Address: addrText(c.IPv4Address), IPv6Address: addrText(c.IPv6Address)}
		for _, ip := range c.LinkLocalIPs {
			ipam.LinkLocalIPs = append(ipam.LinkLocalIPs, addrText(ip))
		}
		req.EndpointConfig.IPAMConfig = ipam
	}
	return nil
}

func (s *server) networkDisconnect(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	var req network.DisconnectOptions
	if err := s.readBody(r, &req); err != nil {
		return err
	}
	return s.State.DisconnectNetwork(r.vars["id"], req.Container, req.Force)
}

// networkPruneFilters are the keys that a prune of networks may be filtered by (daemon/prune.go).
var networkPruneFilters = map[string]bool{"label": true, "label!": true, "until": true}

func (s *server) networkPrune(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	if err := args.Validate(networkPruneFilters); err != nil {
		return err
	}
	until, err := s.pruneUntil(args)
	if err != nil && !s.Engine.UnclassedErrors {
		err = invalid{err}
	}
	if err != nil {
		return err
	}
	removed := s.State.PruneNetworks(func(n state.Network) bool {
		return (until.IsZero() || !n.Created.After(until)) && matchPruneLabels(args, n.Labels)
	})
	writeJSON(w, http.StatusOK, network.PruneReport{NetworksDeleted: removed})
	return nil
}
