//lint:file-ignore SA1019 what Docker calls deprecated is still part of its requests

package api

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// endpointSysctls is the driver option for sysctls of one interface.
const endpointSysctls = "com.docker.network.endpoint.sysctls"

// checkEndpoints is validateNetworkingConfig of daemon/container_operations.go.
func (s *server) checkEndpoints(endpoints map[string]*network.EndpointSettings) error {
	var errs []error
	for _, name := range sortedKeys(endpoints) {
		e := endpoints[name]
		if e == nil {
			errs = append(errs, fmt.Errorf("invalid config for network %s: EndpointsConfig is nil", name))
			continue
		}
		var n *state.Network
		if found, err := s.State.Network(name); err == nil {
			n = &found
		}
		if err := checkEndpoint(n, name, e); err != nil {
			errs = append(errs, fmt.Errorf("invalid config for network %s: %w", name, err))
		}
	}
	return joinErrors(errs)
}

// joinErrors gives the text of internal/multierror: one error as it is, several in a list.
func joinErrors(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	if len(errs) == 1 {
		return errs[0]
	}
	var b strings.Builder
	for i, err := range errs {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("* " + strings.ReplaceAll(err.Error(), "\n", "\n\t"))
	}
	return errors.New(b.String())
}

// checkEndpoint is validateEndpointSettings of daemon/container_operations.go; n is nil for a network that does not exist.
func checkEndpoint(n *state.Network, name string, e *network.EndpointSettings) error {
	ipam := e.IPAMConfig
	if ipam == nil {
		ipam = &network.EndpointIPAMConfig{}
	}
	var errs []error
	if !container.NetworkMode(name).IsUserDefined() {
		if ipam.IPv4Address != "" || ipam.IPv6Address != "" {
			errs = append(errs, errors.New("user specified IP address is supported on user defined networks only"))
		}
		if len(e.Aliases) > 0 {
			errs = append(errs, errors.New("network-scoped alias is supported only for containers in user defined networks"))
		}
	}
	errs = append(errs, unjoin(ipam.Validate())...)
	if n != nil {
		v4, v6 := subnetsOf(n)
		errs = append(errs, unjoin(ipam.IsInRange(v4, v6))...)
	}
	if e.MacAddress != "" {
		if _, err := net.ParseMAC(e.MacAddress); err != nil {
			return fmt.Errorf("invalid MAC address %s", e.MacAddress)
		}
	}
	if sysctls, ok := e.DriverOpts[endpointSysctls]; ok {
		for _, sysctl := range strings.Split(sysctls, ",") {
			part := strings.SplitN(sysctl, ".", 5)
			if len(part) != 5 || part[1] != "ipv4" && part[1] != "ipv6" && part[1] != "mpls" || !strings.EqualFold(part[3], "ifname") {
				errs = append(errs, fmt.Errorf("unrecognised network interface sysctl '%s'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'", sysctl))
			}
		}
	}
	if err := joinErrors(errs); err != nil {
		return fmt.Errorf("invalid endpoint settings:\n%w", err)
	}
	return nil
}

// unjoin takes apart what errors.Join has put together.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

// poolSubnet is a network's pool for network.EndpointIPAMConfig.
type poolSubnet struct {
	prefix netip.Prefix
	static bool
}

func (p poolSubnet) Contains(ip net.IP) bool {
	addr, ok := netip.AddrFromSlice(ip)
	return ok && p.prefix.Contains(addr.Unmap())
}

func (p poolSubnet) IsStatic() bool { return p.static }

func subnetsOf(n *state.Network) (v4, v6 []network.NetworkSubnet) {
	for _, sub := range n.Subnets {
		p, err := netip.ParsePrefix(sub.Subnet)
		switch {
		case err != nil:
		case p.Addr().Is4():
			v4 = append(v4, poolSubnet{p, !sub.Auto})
		default:
			v6 = append(v6, poolSubnet{p, !sub.Auto})
		}
	}
	return v4, v6
}

// createEndpoints gives the endpoints of a new container (updateContainerNetworkSettings of
// daemon/container_operations.go): what the client says of networks, or else the one of the network mode.
func (s *server) createEndpoints(mode container.NetworkMode, given map[string]*network.EndpointSettings) map[string]state.Endpoint {
	endpoints := make(map[string]state.Endpoint)
	if mode.IsContainer() {
		return endpoints
	}
	main := mode.NetworkName()
	if mode.IsDefault() {
		main = network.NetworkBridge
	}
	n, err := s.State.Network(main)
	if err == nil {
		main = n.Name
	}
	for name, e := range given {
		if err == nil && name == n.ID {
			name = main
		}
		endpoints[name] = endpointConfig(e)
	}
	if len(endpoints) == 0 {
		endpoints[main] = state.Endpoint{}
	}
	return endpoints
}

func endpointConfig(e *network.EndpointSettings) state.Endpoint {
	end := state.Endpoint{Aliases: e.Aliases}
	end.Links, end.WantMAC, end.DriverOpts, end.GwPriority = e.Links, e.MacAddress, e.DriverOpts, e.GwPriority
	if c := e.IPAMConfig; c != nil {
		end.IPAM = &state.EndpointIPAM{IPv4Address: c.IPv4Address, IPv6Address: c.IPv6Address, LinkLocalIPs: c.LinkLocalIPs}
	}
	return end
}

// modeEndpoint finds what a client says of the network of the network mode, for a setting that was once the container's
// (epConfigForNetMode in api/server/router/container).
func modeEndpoint(r *request, req *container.CreateRequest) (*network.EndpointSettings, error) {
	endpoints := req.NetworkingConfig.EndpointsConfig
	name := req.HostConfig.NetworkMode.NetworkName()
	if req.HostConfig.NetworkMode.IsDefault() {
		name = network.NetworkBridge
	}
	if len(endpoints) == 0 {
		e := &network.EndpointSettings{}
		endpoints[name] = e
		return e, nil
	}
	if r.below("1.44") {
		for _, e := range endpoints {
			return e, nil
		}
	}
	e, ok := endpoints[name]
	if !ok {
		return nil, errors.New("HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks")
	}
	return e, nil
}

func parseIP(ip string) net.IP { return net.ParseIP(strings.Trim(ip, "[] ")) }

// checkNewPort is network.ParsePort of github.com/moby/moby/api.
func checkNewPort(port string) error {
	if port == "" {
		return errors.New("invalid port: value is empty")
	}
	number, _, _ := strings.Cut(port, "/")
	if number == "" {
		return errors.New("invalid port '': value is empty")
	}
	if _, err := strconv.ParseUint(number, 10, 16); err != nil {
		var num *strconv.NumError
		errors.As(err, &num)
		return fmt.Errorf("invalid port '%s': %w", number, num.Err)
	}
	return nil
}
