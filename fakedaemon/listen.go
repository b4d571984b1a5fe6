package fakedaemon

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
	"github.com/fakedockerd/fakedockerd/modes"
)

// A wayIn is how clients reach a daemon of one mode or of several.
type wayIn struct {
	modes []modes.Daemon
	form  string                 // what Listen.Addr is
	isURL func(addr string) bool // of an address that is right in the form of DOCKER_HOST; nil is none
	named bool                   // Addr is host:port, by which clients verify the daemon and of which its settings speak
	aside bool                   // the daemon itself knows nothing of it
	check func(*Listen) error    // refuses an entry, before anything is open; nil is that nothing else can be wrong

	// open opens what is listened on. The host, in DOCKER_HOST form, is said of a failure too.
	open func(*Daemon, Listen) (raw net.Listener, host string, err error)
	// serve returns the listener of those whom a daemon answers, nil is that of raw's connections. It closes raw when it fails.
	serve func(d *Daemon, l Listen, raw net.Listener, c transport.Config) (net.Listener, error)
	// env is what Env has beside DOCKER_HOST and the variables about TLS; nil is nothing.
	env func(*Daemon) []string
	// dialled is the transport of HTTPClient; nil is one that dials DOCKER_HOST. The material is locked.
	dialled func(*Daemon) *http.Transport
}

// waysIn are all ways in; each has a file.
var waysIn = []*wayIn{overSocket, overTCP, overSSH}

// way is that of a mode, nil when there is none.
func (l *Listen) way() *wayIn {
	at := slices.IndexFunc(waysIn, func(w *wayIn) bool { return slices.Contains(w.modes, l.Mode) })
	if at < 0 {
		return nil
	}
	return waysIn[at]
}

// anyOf is "tcp, tls or tlsverify".
func anyOf(all []modes.Daemon) string {
	var b strings.Builder
	for i, m := range all {
		switch {
		case i > 0 && i == len(all)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(m))
	}
	return b.String()
}

// complete gives the mode that an entry does not say, and refuses what a listener that is open already cannot be.
func (l *Listen) complete() error {
	if l.Listener != nil {
		network, addr := l.Listener.Addr().Network(), l.Listener.Addr().String()
		if l.Mode == "" && network != "unix" {
			l.Mode = modes.TCP
		}
		switch {
		case l.Addr != "":
			return fmt.Errorf("fakedaemon: a Listen entry has both the address %q and an open listener at %s: give one of them", l.Addr, addr)
		case network == "unix" && l.Mode != modes.Unix && l.Mode != "":
			return fmt.Errorf("fakedaemon: a Listen entry of mode %s has an open listener at the unix socket %s: a unix socket is of mode %s", l.Mode, addr, modes.Unix)
		case network == "tcp" && l.Mode == modes.Unix:
			return fmt.Errorf("fakedaemon: a Listen entry of mode %s has an open TCP listener at %s: use mode %s", l.Mode, addr, anyOf(overTCP.modes))
		}
	}
	if l.Mode == "" {
		l.Mode = modes.Unix
	}
	w := l.way()
	switch {
	case w == nil:
		return fmt.Errorf("fakedaemon: there is no mode %q: use %s", l.Mode, anyOf(modes.Daemons()))
	case strings.Contains(l.Addr, "://") && (w.isURL == nil || !w.isURL(l.Addr)):
		return fmt.Errorf("fakedaemon: a Listen entry of mode %s has the address %q: Addr is %s", l.Mode, l.Addr, w.form)
	case l.TLS != nil && !l.Mode.Encrypted():
		return fmt.Errorf("fakedaemon: a Listen entry of mode %s has a TLS config: use mode %s or %s", l.Mode, modes.TLS, modes.TLSVerify)
	case w.check != nil:
		return w.check(l)
	}
	return nil
}

// addr is what the entry says of its address, as host:port where it has one.
func (l *Listen) addr() string {
	if l.Listener != nil {
		return l.Listener.Addr().String()
	}
	return l.Addr
}

// closeListeners closes the listeners that were open already.
func (o *Options) closeListeners() {
	if o == nil {
		return
	}
	for _, l := range o.Listen {
		if l.Listener != nil {
			l.Listener.Close()
		}
	}
}
