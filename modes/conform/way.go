package conform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes"
)

// A wayIn is what matters of how clients reach a daemon of one mode or of several.
type wayIn struct {
	modes   []modes.Daemon
	scheme  string                            // of DOCKER_HOST
	fill    func(p *modes.Paths, addr string) // what renders the address
	network func(addr string) (network, at string)

	setting setting // what is special about it; "" is nothing
	speaks  string  // what a client must speak that not all do; "" is nothing
	said    string  // of a situation, ", over ssh"
	answers string  // how an answer comes, "over ssh"; "" leaves it to the rest of the entry
	noPort  string  // why a client that is told a host and a port cannot use it; "" is that it can
	private bool    // no TLS is needed over it: plaintext is as it should be
	another bool    // who can be told of it can be told of another, too

	// unable says why it is not tried with a client; nil is that it is tried with all.
	unable func(*Options, Client) string
	// give gives a client what it needs beside the address; nil is nothing.
	give func(*Attempt, Daemon) error
}

// waysIn are all ways in; those that are special have a file.
var waysIn = []*wayIn{
	throughSocket, throughSSH,
	{
		modes: []modes.Daemon{modes.TCP, modes.TLS, modes.TLSVerify}, scheme: "tcp",
		fill:    func(p *modes.Paths, addr string) { p.Host = addr },
		network: func(addr string) (string, string) { return "tcp", addr },
	},
}

func wayOf(d modes.Daemon) *wayIn {
	return waysIn[slices.IndexFunc(waysIn, func(w *wayIn) bool { return slices.Contains(w.modes, d) })]
}

// noWay says why the way into the daemon of an entry is not tried with a client; "" means it is.
func (o *Options) noWay(e modes.Entry, c Client) string {
	if unable := wayOf(e.Daemon).unable; unable != nil {
		return unable(o, c)
	}
	return ""
}

// wayTo is the way in of a DOCKER_HOST, and what is behind its scheme.
func wayTo(host string) (w *wayIn, addr string, err error) {
	scheme, addr, _ := strings.Cut(host, "://")
	at := slices.IndexFunc(waysIn, func(w *wayIn) bool { return w.scheme == scheme })
	if at < 0 {
		return nil, "", fmt.Errorf("a client cannot be pointed at a daemon on %q", host)
	}
	return waysIn[at], addr, nil
}
