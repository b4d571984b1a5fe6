package swarm

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// The defaults of swarm init (daemon/cluster).
const (
	defaultPort     = "2377"
	defaultDataPort = 4789
	defaultSubnet   = 24
	defaultPool     = "10.0.0.0/8"
	// hostAddr is the address that a node advertises unless it is told one: nothing is asked of the real machine.
	hostAddr = "192.168.65.3"
)

// InitOptions says what Init makes. The addresses are as clients give them.
type InitOptions struct {
	// Name has to be that of all swarms, or "".
	Name                                    string
	ListenAddr, AdvertiseAddr, DataPathAddr string
	// Availability is "active" unless given.
	Availability             string
	Autolock                 bool
	DefaultAddrPool          []string
	SubnetSize, DataPathPort uint32
	TaskHistory              int64
	Spec                     []byte
	ForceNew                 bool
}

// complete fills in what is not given, and checks the rest in the order of daemon/cluster/swarm.go, Init. It returns
// the address that the node advertises.
func (o *InitOptions) complete() (advertised string, err error) {
	if o.Availability == "" {
		o.Availability = "active"
	}
	listen, err := listenAddr(o.ListenAddr)
	if err != nil {
		return "", err
	}
	if err := checkName(o.Name); err != nil {
		return "", err
	}
	port, err := portOf(listen)
	if err != nil {
		return "", err
	}
	if advertised, err = advertiseAddr(o.AdvertiseAddr, port); err != nil {
		return "", err
	}
	if ip, err := netip.ParseAddr(o.DataPathAddr); o.DataPathAddr != "" && (err != nil || ip.IsUnspecified()) {
		return "", state.Invalid{Message: "data path address must be a non-zero IP address or network interface (without a port number)"}
	}
	if o.SubnetSize == 0 {
		o.SubnetSize = defaultSubnet
	}
	if err := o.checkPools(); err != nil {
		return "", err
	}
	switch {
	case o.DataPathPort == 0:
		o.DataPathPort = defaultDataPort
	case o.DataPathPort < 1024 || o.DataPathPort > 49151:
		return "", fmt.Errorf("Datapath port number is not in valid range (1024-49151) : %d", o.DataPathPort)
	}
	return advertised, nil
}

func (o *InitOptions) checkPools() error {
	if o.DefaultAddrPool != nil && o.SubnetSize > 29 {
		return fmt.Errorf("subnet size is out of range: %d", o.SubnetSize)
	}
	given := o.DefaultAddrPool
	o.DefaultAddrPool = nil
	for _, base := range given {
		base = strings.TrimSpace(base)
		_, pool, err := net.ParseCIDR(base)
		if err != nil {
			return fmt.Errorf("invalid base pool %s: %w", base, err)
		}
		if bits, _ := pool.Mask.Size(); o.SubnetSize < uint32(bits) {
			return fmt.Errorf("invalid CIDR: %q. Subnet size is too small for pool: %d", base, o.SubnetSize)
		}
		o.DefaultAddrPool = append(o.DefaultAddrPool, base)
	}
	if o.DefaultAddrPool == nil && o.DataPathPort == 0 { // swarmkit has its defaults all or none
		o.DefaultAddrPool = []string{defaultPool}
	}
	return nil
}

// checkName refuses a name of a swarm but the one that all have.
func checkName(name string) error {
	if name != "" && name != "default" {
		return state.Invalid{Message: `swarm spec must be named "default"`}
	}
	return nil
}

// listenAddr gives an address its port; one that is no host and port stays (opts.ParseTCPAddr).
func listenAddr(addr string) (string, error) {
	if addr == "" {
		return "", state.Invalid{Message: `invalid ListenAddr "": invalid empty address`}
	}
	addr = strings.TrimPrefix(addr, "tcp://")
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = strings.Trim(addr, "[]"), ""
	}
	if port == "" {
		port = defaultPort
	}
	return net.JoinHostPort(host, port), nil
}

// portOf returns the port of an address to listen on, which has to be one.
func portOf(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", state.Invalid{Message: "could not parse listen address " + listen}
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return "", state.Invalid{Message: "listen address must be an IP address or network interface (with optional port number)"}
	}
	return port, nil
}

// advertiseAddr returns where the node says that it is: HOST:PORT, with an IP.
func advertiseAddr(addr, listenPort string) (string, error) {
	if addr == "" {
		return net.JoinHostPort(hostAddr, listenPort), nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = addr, listenPort
	}
	if ip, err := netip.ParseAddr(host); err != nil || ip.IsUnspecified() {
		return "", state.Invalid{Message: "advertise address must be a non-zero IP address or network interface (with optional port number)"}
	}
	return net.JoinHostPort(host, port), nil
}

// JoinOptions says what swarm a daemon is to join.
type JoinOptions struct {
	ListenAddr  string
	RemoteAddrs []string
	Token       string
}

// Join refuses: there is no other node. A token that could be one of a swarm gets the error of a manager that does not
// listen.
func (c *Cluster) Join(o JoinOptions) error {
	if c.Manager() == nil {
		return state.Unavailable{Message: errSwarmExists}
	}
	listen, err := listenAddr(o.ListenAddr)
	if err != nil {
		return err
	}
	if len(o.RemoteAddrs) == 0 {
		return state.Invalid{Message: "at least 1 RemoteAddr is required to join"}
	}
	if slices.Contains(o.RemoteAddrs, "") {
		return state.Invalid{Message: `invalid remoteAddr "": invalid empty address`}
	}
	if _, err := portOf(listen); err != nil {
		return err
	}
	if !validToken(o.Token) {
		return errors.New("invalid join token")
	}
	remote, err := listenAddr(o.RemoteAddrs[0])
	if err != nil {
		return err
	}
	return state.Unavailable{Message: fmt.Sprintf(`rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp %s: connect: connection refused"`, remote)}
}
