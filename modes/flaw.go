package modes

import (
	"slices"
)

// KnownFlaws returns the names of the flaws that the rule knows, of the daemon's side and of the client's, sorted. They are those of
// certgen.Flaws.
func KnownFlaws() (server, client []string) {
	for _, f := range serverFlaws {
		server = append(server, f.name)
	}
	for _, f := range serverNames {
		server = append(server, f.name)
	}
	for _, f := range clientFlaws {
		client = append(client, f.name)
	}
	server = append(server, flawOtherCA)
	for _, f := range pairFlaws {
		server, client = append(server, f.name), append(client, f.name)
	}
	for _, f := range slices.Concat(caFlaws, daemonCAFlaws) {
		server = append(server, "daemon"+f.name)
	}
	for _, f := range slices.Concat(caFlaws, clientCAFlaws) {
		client = append(client, f.name)
	}
	missing := []string{"swapped", "combined-cert-and-key", "cert-missing", "cert-dangling-link", "key-missing", "key-dangling-link"}
	server = append(append(server, missing...), "daemonca-missing", "daemonca-dangling-link")
	client = append(append(client, missing...), "all-missing", "ca-missing", "ca-dangling-link")
	slices.Sort(server)
	slices.Sort(client)
	return server, client
}

// flawOf finds a row by its name; the zero row when there is none, as of a flaw that is about something else.
func flawOf[F any](rows []F, flaw string, name func(F) string) F {
	at := slices.IndexFunc(rows, func(f F) bool { return name(f) == flaw })
	if at < 0 {
		return *new(F)
	}
	return rows[at]
}

func serverFlawOf(flaw string) serverFlaw {
	return flawOf(serverFlaws, flaw, func(f serverFlaw) string { return f.name })
}

func serverNameOf(flaw string) serverName {
	return flawOf(serverNames, flaw, func(f serverName) string { return f.name })
}

func clientFlawOf(flaw string) clientFlaw {
	return flawOf(clientFlaws, flaw, func(f clientFlaw) string { return f.name })
}
