package fakedaemon

import (
	"fmt"
	"net"
	"strconv"
	"strings"

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
	return l.checkAddr()
}

// checkAddr refuses addresses that are those of another mode, or in DOCKER_HOST form.
func (l *Listen) checkAddr() error {
	var form string
	scheme, _, hasScheme := strings.Cut(l.Addr, "://")
	switch {
	case l.Mode == modes.Unix && hasPort(l.Addr):
		return fmt.Errorf("fakedaemon: a Listen entry of mode %s has the address %q, and Addr is a path there: for a port set Listen.Mode to %s, %s, %s or %s; for a file of that name write %q",
			l.Mode, l.Addr, modes.TCP, modes.TLS, modes.TLSVerify, modes.SSH, "./"+l.Addr)
	case !hasScheme || l.Mode == modes.Unix && scheme == "npipe":
		return nil
	case l.Mode == modes.Unix:
		form = `a path, such as "/run/docker.sock"`
	case l.Mode == modes.SSH:
		form = `[USER@]host:port, such as "127.0.0.1:0"`
	default:
		form = `host:port, such as "127.0.0.1:0"`
	}
	return fmt.Errorf("fakedaemon: a Listen entry of mode %s has the address %q: Addr is %s", l.Mode, l.Addr, form)
}

// hasPort tells what can only be meant as host:port, which a path on Windows, C:docker.sock, is not.
func hasPort(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	_, notNumber := strconv.ParseUint(port, 10, 16)
	return err == nil && notNumber == nil && !strings.ContainsAny(addr, `/\`)
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
