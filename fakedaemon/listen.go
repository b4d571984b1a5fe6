package fakedaemon

import (
	"fmt"
	"net"

	"github.com/fakedockerd/fakedockerd/modes"
)

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
			return fmt.Errorf("fakedaemon: a Listen entry of mode %s has an open TCP listener at %s: use mode %s, %s or %s", l.Mode, addr, modes.TCP, modes.TLS, modes.TLSVerify)
		}
	}
	if l.Mode == "" {
		l.Mode = modes.Unix
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

// hostOf gives an address in DOCKER_HOST form, with what a client dials. That of neither TCP nor a unix socket has the
// name of its network as scheme.
func hostOf(a net.Addr) string {
	if t, ok := a.(*net.TCPAddr); ok {
		return "tcp://" + dialable(t)
	}
	return a.Network() + "://" + a.String()
}
