package fakedaemon

import (
	"cmp"
	"fmt"
	"net"

	"github.com/fakedockerd/fakedockerd/modes"
)

// overTCP is a port, with or without TLS.
var overTCP = &wayIn{
	modes: []modes.Daemon{modes.TCP, modes.TLS, modes.TLSVerify}, form: `host:port, such as "127.0.0.1:0"`,
	named: true, open: func(_ *Daemon, l Listen) (net.Listener, string, error) { return l.openPort() },
}

// openPort opens a port that is not open already, an ephemeral one of the loopback for "".
func (l *Listen) openPort() (raw net.Listener, host string, err error) {
	if l.Listener != nil {
		return l.Listener, hostOf(l.Listener.Addr()), nil
	}
	addr := cmp.Or(l.Addr, "127.0.0.1:0")
	if raw, err = net.Listen("tcp", addr); err != nil {
		return nil, "tcp://" + addr, err
	}
	return raw, hostOf(raw.Addr()), nil
}

// hostOf gives an address in DOCKER_HOST form, with what a client dials. That of neither TCP nor a unix socket has the
// name of its network as scheme.
func hostOf(a net.Addr) string {
	if t, ok := a.(*net.TCPAddr); ok {
		return "tcp://" + dialable(t)
	}
	return a.Network() + "://" + a.String()
}

// dialable gives the address at which a client on this machine reaches a.
func dialable(a *net.TCPAddr) string {
	if a.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", a.Port)
	}
	return a.String()
}
