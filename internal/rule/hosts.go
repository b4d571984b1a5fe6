package rule

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// defaultHost is what is meant where there is no host, to dockerd and docker alike.
var defaultHost = "unix://" + hosts.Docker().Socket

// parseHost brings the value of -H or DOCKER_HOST into the form of DOCKER_HOST, as the CLI does. A port that
// is left out is 2375, with TLS too; only a host that is left out altogether is at 2376.
func parseHost(val string, secure bool) (string, error) { return completeHost(val, secure, hosts.CLI) }

func completeHost(val string, secure bool, grammar *hosts.Grammar) (string, error) {
	val = strings.TrimSpace(val)
	proto, _ := hosts.Cut(val)
	switch {
	case val == "" && secure:
		return hosts.Docker().TLS(), nil
	case val == "":
		return defaultHost, nil
	case proto == "ssh":
		return val, nil
	}
	return grammar.Complete(hosts.Docker(), val)
}

// parseDaemonHost does the same for dockerd, which also refuses what it cannot listen on.
func parseDaemonHost(engine, val string, secure bool) (string, error) {
	grammar := hosts.Daemon
	if major(engine) < 28 {
		grammar = hosts.CLI
	}
	host, err := completeHost(val, secure, grammar)
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
	if err == nil && port == "0" && grammar == hosts.Daemon {
		err = errors.New("it takes no port 0")
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
