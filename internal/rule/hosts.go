package rule

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// What a host that is left out means, to dockerd and docker alike.
const (
	defaultHost    = "unix:///var/run/docker.sock"
	defaultTLSHost = "tcp://localhost:2376"
)

// parseHost brings the value of -H or DOCKER_HOST into the form of DOCKER_HOST, as the CLI does. A port that
// is left out is 2375, with TLS too; only a host that is left out altogether is at 2376.
func parseHost(val string, secure bool) (string, error) {
	return parseAnyHost(val, secure, parseTCP)
}

func parseAnyHost(val string, secure bool, tcp func(addr string) (string, error)) (string, error) {
	val = strings.TrimSpace(val)
	if val == "" {
		if secure {
			return defaultTLSHost, nil
		}
		return defaultHost, nil
	}
	proto, addr, ok := strings.Cut(val, "://")
	if !ok {
		proto, addr = "tcp", val
	}
	host, err := "", fmt.Errorf("%q is not a host", val)
	switch {
	case proto == "fd", proto == "ssh":
		return val, nil
	case strings.Contains(addr, "://"):
		return "", err
	case proto == "unix" && addr == "":
		return defaultHost, nil
	case proto == "unix", proto == "npipe":
		return val, nil
	case proto == "tcp":
		if host, err = tcp(addr); err != nil {
			err = fmt.Errorf("%q is not a host: %w", val, err)
		}
	}
	return host, err
}

// parseTCP reads the address of a TCP host as the CLI and dockerd 20.10 do: an IPv6 address needs its
// brackets and a port.
func parseTCP(addr string) (string, error) {
	if strings.HasSuffix(addr, "]:") {
		addr += "2375"
	}
	u, err := url.Parse("tcp://" + addr)
	if err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		host, port, err = net.SplitHostPort(net.JoinHostPort(u.Host, "2375"))
	}
	if err != nil {
		return "", err
	}
	return joinTCP(host, port) + u.Path, nil
}

// parseURL does the same as dockerd 28 and 29 do, which accept neither a path nor port 0.
func parseURL(addr string) (string, error) {
	u, err := url.Parse("tcp://" + addr)
	if err != nil {
		return "", err
	}
	if u.Path != "" || u.Port() == "0" {
		return "", fmt.Errorf("it has a path or port 0")
	}
	return joinTCP(u.Hostname(), u.Port()), nil
}

func joinTCP(host, port string) string {
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "2375"
	}
	return "tcp://" + net.JoinHostPort(host, port)
}

// parseDaemonHost does the same for dockerd, which also refuses what it cannot listen on.
func parseDaemonHost(engine, val string, secure bool) (string, error) {
	tcp := parseURL
	if major(engine) < 28 {
		tcp = parseTCP
	}
	host, err := parseAnyHost(val, secure, tcp)
	if err != nil {
		return "", err
	}
	proto, addr, _ := strings.Cut(host, "://")
	switch {
	case major(engine) >= 29 && strings.TrimSpace(val) != val, proto == "ssh", proto == "npipe":
		return "", fmt.Errorf("it cannot listen on %q", val)
	case proto == "fd", proto == "unix":
		return host, nil
	}
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", fmt.Errorf("it cannot listen on %q: %w", val, err)
	}
	return host, nil
}

// major is the first number of a version such as "28.2.2"; 0 when it begins with none.
func major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return n
}

// Port is the port in a DOCKER_HOST, "" for one that has none.
func Port(host string) string {
	u, err := url.Parse(host)
	if err != nil {
		return ""
	}
	return u.Port()
}
