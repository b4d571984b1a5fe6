package command

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// What dockerd listens on when nothing, or only a part, is said (opts/hosts.go).
const (
	defaultHTTPHost = "localhost"
	defaultPipe     = `//./pipe/docker_engine`
	defaultGroup    = "docker"
)

// defaultAddrs are the default addresses; only tests have others than dockerd's.
type defaultAddrs struct {
	socket            string
	httpPort, tlsPort string
}

// dockerd's default addresses.
var dockerdAddrs = defaultAddrs{socket: "/var/run/docker.sock", httpPort: "2375", tlsPort: "2376"}

// normalize returns the hosts with their defaults, each once and sorted: dockerd opens them in this order.
func (d defaultAddrs) normalize(g *generation, hosts []string, useTLS bool) ([]string, error) {
	if g.strictHosts {
		hosts = slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return strings.TrimSpace(h) == "" })
	}
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	var normal []string
	for _, host := range hosts {
		if !g.strictHosts {
			host = strings.TrimSpace(host)
		}
		h, err := d.parse(host, useTLS, g.complete)
		if err != nil {
			return nil, err
		}
		normal = append(normal, h)
	}
	slices.Sort(normal)
	return slices.Compact(normal), nil
}

// validateHost refuses a bad value of --host; the value is kept as it is, for the texts that show it.
func validateHost(complete func(defaultAddrs, string) (string, error)) func(string) (string, error) {
	return func(host string) (string, error) {
		_, err := dockerdAddrs.parse(strings.TrimSpace(host), false, complete)
		return host, err
	}
}

// parse returns a host with its defaults. No port means 2375 also with TLS: only no host at all means 2376 (tls/notes.md
// rule 8).
func (d defaultAddrs) parse(host string, useTLS bool, complete func(defaultAddrs, string) (string, error)) (string, error) {
	if host == "" {
		if useTLS {
			return "tcp://" + net.JoinHostPort(defaultHTTPHost, d.tlsPort), nil
		}
		if runtime.GOOS == "windows" {
			return "npipe://" + defaultPipe, nil
		}
		return "unix://" + d.socket, nil
	}
	return complete(d, host)
}

// complete completes a host that is not empty.
func (d defaultAddrs) complete(host string) (string, error) {
	proto, addr, ok := strings.Cut(host, "://")
	if !ok {
		proto, addr = "tcp", host
	}
	if proto == "tcp" {
		return d.parseTCP(host)
	}
	return d.completeOther(host, proto, addr, fmt.Errorf("invalid bind address (%s): invalid %s address: %s", host, proto, addr),
		fmt.Errorf("invalid bind address (%s): unsupported proto '%s'", host, proto))
}

func (d defaultAddrs) parseTCP(host string) (string, error) {
	raw := host
	if !strings.Contains(raw, "://") {
		raw = "tcp://" + raw
	}
	u, err := url.Parse(raw)
	if err == nil {
		err = checkTCP(u)
	}
	if err != nil {
		return "", fmt.Errorf("invalid bind address (%s): %w", host, err)
	}
	name, port := u.Hostname(), u.Port()
	if name == "" {
		name = defaultHTTPHost
	}
	if port == "" {
		port = d.httpPort
	}
	return "tcp://" + net.JoinHostPort(name, port), nil
}

// checkTCP refuses what is no host and port. Port 0, which dockerd refuses, is a free port here.
func checkTCP(u *url.URL) error {
	if u.Scheme != "tcp" {
		return fmt.Errorf("unsupported proto '%s'", u.Scheme)
	}
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
