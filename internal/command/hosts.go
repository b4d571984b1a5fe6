package command

import (
	"runtime"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// defaultGroup is the group of a socket when none is said.
const defaultGroup = "docker"

// normalize returns the hosts with their defaults, each once and sorted: dockerd opens them in this order.
func normalizeHosts(d hosts.Defaults, g *generation, given []string, useTLS bool) ([]string, error) {
	if g.strictHosts {
		given = slices.DeleteFunc(slices.Clone(given), func(h string) bool { return strings.TrimSpace(h) == "" })
	}
	if len(given) == 0 {
		given = []string{""}
	}
	var normal []string
	for _, host := range given {
		if !g.strictHosts {
			host = strings.TrimSpace(host)
		}
		h, err := completeHost(d, host, useTLS, g.hosts)
		if err != nil {
			return nil, err
		}
		normal = append(normal, h)
	}
	slices.Sort(normal)
	return slices.Compact(normal), nil
}

// validateHost refuses a bad value of --host; the value is kept as it is, for the texts that show it.
func validateHost(grammar *hosts.Grammar) func(string) (string, error) {
	return func(host string) (string, error) {
		_, err := completeHost(hosts.Docker(), strings.TrimSpace(host), false, grammar)
		return host, err
	}
}

// completeHost returns a host with its defaults. No port means 2375 also with TLS: only no host at all means 2376 (tls/notes.md
// rule 8).
func completeHost(d hosts.Defaults, host string, useTLS bool, grammar *hosts.Grammar) (string, error) {
	if host == "" {
		if useTLS {
			return d.TLS(), nil
		}
		if runtime.GOOS == "windows" {
			return "npipe://" + hosts.Pipe, nil
		}
		return "unix://" + d.Socket, nil
	}
	proto, addr := hosts.Cut(host)
	p := schemeOf(proto)
	if p == nil || p.refuses == nil {
		return grammar.Complete(d, host)
	}
	if !p.refuses(addr) {
		return host, nil
	}
	_, err := grammar.Complete(d, host)
	return "", &hinted{err, p.hint}
}
