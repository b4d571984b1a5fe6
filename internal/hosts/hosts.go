// Package hosts reads what -H and DOCKER_HOST name: one grammar in two versions, with the texts of those who refuse.
package hosts

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Name is the machine that is meant where a host names none.
const Name = "localhost"

// Pipe is the named pipe that is meant where a host names none.
const Pipe = `//./pipe/docker_engine`

// Defaults are the addresses that are meant where a host leaves something out.
type Defaults struct {
	Socket            string
	HTTPPort, TLSPort string // TLSPort only when there is no host at all
}

// Docker are the defaults of dockerd and docker (opts/hosts.go).
func Docker() Defaults {
	return Defaults{Socket: "/var/run/docker.sock", HTTPPort: "2375", TLSPort: "2376"}
}

// TLS is the host that is meant when there is none and TLS is asked for.
func (d Defaults) TLS() string { return "tcp://" + net.JoinHostPort(Name, d.TLSPort) }

// A Grammar completes hosts.
type Grammar struct {
	tcp         func(d Defaults, host, addr string) (string, error)
	nested      func(host, proto, addr string) error // an address with :// in it
	unsupported func(host, proto string) error
}

// CLI is the grammar of the docker CLI, and of dockerd 20.10: a path stays, and an IPv6 address without a port is refused.
var CLI = &Grammar{
	tcp:         cliTCP,
	nested:      func(_, proto, addr string) error { return fmt.Errorf("Invalid proto, expected %s: %s", proto, addr) },
	unsupported: func(host, _ string) error { return fmt.Errorf("Invalid bind address format: %s", host) },
}

// Daemon is the grammar of dockerd 28 and 29, which take neither a path nor a port that is no number.
var Daemon = &Grammar{
	tcp: daemonTCP,
	nested: func(host, proto, addr string) error {
		return fmt.Errorf("invalid bind address (%s): invalid %s address: %s", host, proto, addr)
	},
	unsupported: func(host, proto string) error {
		return fmt.Errorf("invalid bind address (%s): unsupported proto '%s'", host, proto)
	},
}

// Cut takes a host apart: without a protocol it is one of TCP.
func Cut(host string) (proto, addr string) {
	proto, addr, ok := strings.Cut(host, "://")
	if !ok {
		return "tcp", host
	}
	return proto, addr
}

// Complete returns a host that is not empty as PROTO://ADDRESS, with what it leaves out. It refuses ssh, as dockerd does.
func (g *Grammar) Complete(d Defaults, host string) (string, error) {
	switch proto, addr := Cut(host); proto {
	case "tcp":
		return g.tcp(d, host, addr)
	case "fd":
		return host, nil
	case "unix", "npipe":
		if strings.Contains(addr, "://") {
			return "", g.nested(host, proto, addr)
		}
		unsaid := d.Socket
		if proto == "npipe" {
			unsaid = Pipe
		}
		return proto + "://" + cmp.Or(addr, unsaid), nil
	default:
		return "", g.unsupported(host, proto)
	}
}

func cliTCP(d Defaults, _, addr string) (string, error) {
	if strings.Contains(addr, "://") {
		return "", fmt.Errorf("Invalid proto, expected tcp: %s", addr)
	}
	u, err := url.Parse("tcp://" + addr)
	if err != nil {
		return "", err
	}
	name, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		name, port, err = net.SplitHostPort(net.JoinHostPort(u.Host, d.HTTPPort))
	}
	if err != nil {
		return "", fmt.Errorf("Invalid bind address format: %s", addr)
	}
	return "tcp://" + net.JoinHostPort(cmp.Or(name, Name), cmp.Or(port, d.HTTPPort)) + u.Path, nil
}

func daemonTCP(d Defaults, host, addr string) (string, error) {
	u, err := url.Parse("tcp://" + addr)
	if err == nil {
		err = checkTCP(u)
	}
	if err != nil {
		return "", fmt.Errorf("invalid bind address (%s): %w", host, err)
	}
	return "tcp://" + net.JoinHostPort(cmp.Or(u.Hostname(), Name), cmp.Or(u.Port(), d.HTTPPort)), nil
}

// checkTCP refuses what is no host and port. Port 0, which dockerd refuses, is left to the caller.
func checkTCP(u *url.URL) error {
	if u.Path != "" {
		return errors.New("should not contain a path element")
	}
	if u.Port() != "" {
		if _, err := strconv.Atoi(u.Port()); err != nil {
			return fmt.Errorf("invalid port: %s", u.Port())
		}
	}
	return nil
}
