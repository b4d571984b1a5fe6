package rule

import (
	"maps"
	"slices"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// flawOf finds a row by its name; the zero row when there is none, as of a flaw that is about something else.
func flawOf[F any](rows []F, flaw certgen.Flaw, name func(F) certgen.Flaw) F {
	at := slices.IndexFunc(rows, func(f F) bool { return name(f) == flaw })
	if at < 0 {
		return *new(F)
	}
	return rows[at]
}

func serverFlawOf(flaw certgen.Flaw) serverFlaw {
	return flawOf(serverFlaws, flaw, func(f serverFlaw) certgen.Flaw { return f.name })
}

func serverNameOf(flaw certgen.Flaw) serverName {
	return flawOf(serverNames, flaw, func(f serverName) certgen.Flaw { return f.name })
}

func clientFlawOf(flaw certgen.Flaw) clientFlaw {
	return flawOf(clientFlaws, flaw, func(f clientFlaw) certgen.Flaw { return f.name })
}

// MetFlaws returns the flaws that a client can meet: those of the server's certificate and chain and of whom the daemon
// trusts, and all of the client's own. With a flaw in a file of its own a daemon does not start.
func MetFlaws() (server, client []certgen.Flaw) {
	for _, f := range serverFlaws {
		server = append(server, f.name)
	}
	for _, f := range serverNames {
		server = append(server, f.name)
	}
	for _, f := range daemonCAFlaws {
		if f.stops[cliLib] == "" && !f.gone {
			server = append(server, f.name)
		}
	}
	files := slices.Collect(maps.Keys(allFiles))
	for _, f := range slices.Concat(pairFlaws, clientCAFlaws) {
		files = append(files, f.name)
	}
	for _, f := range clientFlaws {
		client = append(client, f.name)
	}
	return server, append(client, slices.Sorted(slices.Values(files))...)
}
