package conform

import (
	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// impostorCerts are those of the impostor that shows whether the client verifies anybody; nil when none is needed.
//
// A client that has to refuse the server may be refused by the daemon first, for want of a certificate. An impostor
// asks for none, shows the same flawed certificate and answers. An entry of mode tls has such a daemon already. A
// client that has to stop, because its files are wrong, and that goes on, meets a stranger.
func (t *trial) impostorCerts(a *prepared, o *Options) (*certgen.Bundle, error) {
	switch {
	case meetsImpostor(t.entry, t.want):
		return a.certs, nil
	case t.entry.Daemon.Encrypted() && t.want.StopsFirst() && t.entry.Client.Verifies() && !t.first.stopped() && t.got != outcome.ConfigUsage:
		return o.certCache().impostor()
	}
	return nil, nil
}

// meetsImpostor reports whether a client of which an outcome is expected meets an impostor whatever it does.
func meetsImpostor(e modes.Entry, want outcome.Class) bool {
	return want.RefusesServer() && e.Daemon.Verifies()
}
