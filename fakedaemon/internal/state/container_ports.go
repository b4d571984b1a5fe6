package state

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// firstEphemeral and lastEphemeral are the ports that a Linux host gives out by itself.
const firstEphemeral, lastEphemeral = 32768, 60999

// hostPorts are the ports of the host that containers publish. The zero value is ready for use.
type hostPorts struct {
	taken map[string][]string // addresses, by port and protocol such as "8080/tcp"
	last  map[string]int      // the last ephemeral port given out, by protocol
}

// has reports whether a port is published already on an address, or on all.
func (p *hostPorts) has(proto, ip, port string) bool {
	return slices.ContainsFunc(p.taken[port+"/"+proto], func(have string) bool {
		return have == ip || anyAddress(have) || anyAddress(ip)
	})
}

func anyAddress(ip string) bool { return ip == "0.0.0.0" || ip == "::" }

// take publishes a port on addresses. The port is one, a range of which the first free is taken, or "" or 0 for any.
func (p *hostPorts) take(proto string, ips []string, port string) (string, error) {
	first, last, isRange := strings.Cut(port, "-")
	from, err := strconv.Atoi(first)
	to := from
	if isRange {
		to, err = strconv.Atoi(last)
	}
	switch {
	case port == "", err == nil && to == 0:
		if port = p.ephemeral(proto, ips[0]); port == "" {
			return "", fmt.Errorf("Bind for %s:0 failed: all ports are allocated", ips[0])
		}
	case err != nil:
		return "", Invalid{"invalid port specification: " + strconv.Quote(port)}
	default:
		for from < to && p.has(proto, ips[0], strconv.Itoa(from)) {
			from++
		}
		if port = strconv.Itoa(from); p.has(proto, ips[0], port) {
			return "", Conflict{fmt.Sprintf("Bind for %s:%s failed: port is already allocated", ips[0], port)}
		}
	}
	p.add(proto, ips, port)
	return port, nil
}

func (p *hostPorts) add(proto string, ips []string, port string) {
	if p.taken == nil {
		p.taken = make(map[string][]string)
	}
	p.taken[port+"/"+proto] = append(p.taken[port+"/"+proto], ips...)
}

// ephemeral returns the next free port after the last one given out, as dockerd's port allocator does; "" when there is
// none.
func (p *hostPorts) ephemeral(proto, ip string) string {
	n := max(p.last[proto], firstEphemeral-1)
	for range lastEphemeral - firstEphemeral + 1 {
		if n++; n > lastEphemeral {
			n = firstEphemeral
		}
		if port := strconv.Itoa(n); !p.has(proto, ip, port) {
			if p.last == nil {
				p.last = make(map[string]int)
			}
			p.last[proto] = n
			return port
		}
	}
	return ""
}

// release gives back what a container has published.
func (p *hostPorts) release(ports map[string][]PortBinding) {
	for exposed, bindings := range ports {
		_, proto, _ := strings.Cut(exposed, "/")
		for _, b := range bindings {
			key := b.HostPort + "/" + proto
			if i := slices.Index(p.taken[key], b.HostIP); i >= 0 {
				p.taken[key] = slices.Delete(p.taken[key], i, i+1)
			}
			if len(p.taken[key]) == 0 {
				delete(p.taken, key)
			}
		}
	}
}

// publish gives a live container its ports, or none when one of them is taken.
func (p *hostPorts) publish(c *Container) error {
	c.Ports = make(map[string][]PortBinding)
	if !c.State.Live() || c.Host.NetworkMode == "host" || c.Host.NetworkMode == "none" || len(c.Endpoints) == 0 {
		return nil
	}
	for _, port := range c.Config.ExposedPorts {
		c.Ports[port] = nil
	}
	bindings := c.Host.PortBindings
	if c.Host.PublishAll {
		bindings = maps.Clone(bindings)
		for _, port := range c.Config.ExposedPorts {
			if len(bindings[port]) == 0 {
				if bindings == nil {
					bindings = make(map[string][]PortBinding)
				}
				bindings[port] = []PortBinding{{}}
			}
		}
	}
	for _, port := range slices.Sorted(maps.Keys(bindings)) {
		_, proto, _ := strings.Cut(port, "/")
		for _, b := range bindings[port] {
			hosts := []string{b.HostIP}
			if b.HostIP == "" {
				hosts = []string{"0.0.0.0", "::"}
			}
			number, err := p.take(proto, hosts, b.HostPort)
			if err != nil {
				p.unpublish(c)
				return err
			}
			for _, ip := range hosts {
				c.Ports[port] = append(c.Ports[port], PortBinding{HostIP: ip, HostPort: number})
			}
		}
	}
	return nil
}

// keep takes the ports that a container says it publishes.
func (p *hostPorts) keep(c *Container) {
	for exposed, bindings := range c.Ports {
		_, proto, _ := strings.Cut(exposed, "/")
		for _, b := range bindings {
			p.add(proto, []string{b.HostIP}, b.HostPort)
		}
	}
}

// unpublish takes a container's ports from it.
func (p *hostPorts) unpublish(c *Container) {
	p.release(c.Ports)
	c.Ports = make(map[string][]PortBinding)
}
