package modes

import (
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
