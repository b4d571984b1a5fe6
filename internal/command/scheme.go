package command

import (
	"crypto/tls"
	"slices"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// A scheme is what may stand before "://" in a host that is listened on.
type scheme struct {
	name string
	// refuses reports whether an address is refused as if the protocol was not known, and hint is what is said of it; nil refuses none.
	refuses func(addr string) bool
	hint    string
	// prepare says what is logged before an address is listened on; nil is nothing.
	prepare func(c *Config, g *generation, w *way, server *tls.Config, ports *portAllocator) error
	// listen is the listener of a host; nil is one of sockets that are open already.
	listen func(w way, server *tls.Config) fakedaemon.Listen
}

var schemes = []*scheme{
	{name: "tcp", prepare: (*Config).preparePort, listen: listenTCP},
	{name: "unix", prepare: (*Config).prepareSocket, listen: func(w way, _ *tls.Config) fakedaemon.Listen {
		return fakedaemon.Listen{Mode: modes.Unix, Addr: w.addr}
	}},
	{name: "npipe", listen: func(w way, _ *tls.Config) fakedaemon.Listen {
		return fakedaemon.Listen{Mode: modes.Unix, Addr: w.host}
	}},
	{name: "fd", prepare: (*Config).prepareActivated},
	schemeSSH,
}

// schemeOf returns the scheme of a name, nil when there is none.
func schemeOf(name string) *scheme {
	at := slices.IndexFunc(schemes, func(p *scheme) bool { return p.name == name })
	if at < 0 {
		return nil
	}
	return schemes[at]
}

func (c *Config) preparePort(g *generation, w *way, server *tls.Config, ports *portAllocator) error {
	if err := c.warnTCP(g, w, server); err != nil || g.late {
		return err
	}
	return ports.allocate(w)
}

func (c *Config) prepareSocket(_ *generation, w *way, _ *tls.Config, _ *portAllocator) error {
	return c.socketGroup(w)
}

func (c *Config) prepareActivated(_ *generation, w *way, server *tls.Config, _ *portAllocator) (err error) {
	w.sockets, err = activated(w.addr, server != nil)
	return err
}

func listenTCP(w way, server *tls.Config) fakedaemon.Listen {
	l := fakedaemon.Listen{Mode: modes.TCP, Addr: w.addr, TLS: server}
	switch {
	case server == nil:
	case server.ClientAuth == tls.NoClientCert:
		l.Mode = modes.TLS
	default:
		l.Mode = modes.TLSVerify
	}
	return l
}
