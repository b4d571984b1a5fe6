package conform

import (
	"path"

	"github.com/fakedockerd/fakedockerd/modes"
)

// telling are the entries that tell most of a client, as patterns of path.Match: whether it gets an answer at all,
// whether it verifies, and whether it falls back to plaintext.
var telling = []string{
	"env/ref-mtls",
	"tlsverify/mutual/*",
	"env/srv-expired",
	"*/*/*/server:other-ca",
	"*/*/*/server:wrong-hostname",
	"*/*/*/server:self-signed",
	"*/*/*/server:expired",
	"env/verify1-noca",
	"*/*/*/client:ca-missing",
	"tcp/mutual/*",
	"env/tls1-noca",
	"env/verify1-home",
	"*/*/*/client:all-missing",
	"tlsverify/plain/*",
}

// tellingFirst returns the indices of the entries in the order in which they are tried: those that tell most, then one
// of every kind, then the others, each as they come.
func tellingFirst(entries []modes.Entry) []int {
	order := make([]int, 0, len(entries))
	taken := make([]bool, len(entries))
	take := func(wanted func(e modes.Entry) bool) {
		for i, e := range entries {
			if !taken[i] && wanted(e) {
				taken[i] = true
				order = append(order, i)
			}
		}
	}
	seen := map[entryKind]bool{}
	for _, pattern := range telling {
		take(func(e modes.Entry) bool {
			ok := matches(pattern, e)
			seen[kindOf(e)] = seen[kindOf(e)] || ok
			return ok
		})
	}
	take(func(e modes.Entry) bool {
		k := kindOf(e)
		first := !seen[k]
		seen[k] = true
		return first
	})
	take(func(modes.Entry) bool { return true })
	return order
}

func matches(pattern string, e modes.Entry) bool {
	ok, _ := path.Match(pattern, e.ID)
	return ok
}

// An entryKind is what entries have in common that tell much the same.
type entryKind struct {
	daemon                 modes.Daemon
	client                 modes.Client
	serverFlaw, clientFlaw bool
}

func kindOf(e modes.Entry) entryKind {
	return entryKind{e.Daemon, e.Client, e.Material.Server != "", e.Material.Client != ""}
}
