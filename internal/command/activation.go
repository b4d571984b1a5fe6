package command

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// firstFD is the first file that systemd passes (sd_listen_fds(3)).
const firstFD = 3

// activated returns the sockets from systemd that -H fd://ADDR means, in order, as listenFD of
// daemon/listeners/listeners_linux.go does: of "" and "*" all, else the one with that number, and never by the name that
// systemd gave it. The first host takes all there are and leaves none for another.
func activated(addr string, useTLS bool) ([]net.Listener, error) {
	if runtime.GOOS == "windows" {
		return nil, errors.New("invalid protocol format: windows only supports tcp and npipe")
	}
	sockets, err := activation.Listeners()
	if err != nil {
		return nil, err
	}
	// What no connection can be accepted from is nil, and dockerd does not look.
	nilSocket := slices.Contains(sockets, nil)
	switch all := addr == "" || addr == "*"; {
	case nilSocket && (useTLS || all):
		return nil, panicked("invalid memory address or nil pointer dereference")
	case len(sockets) == 0:
		return nil, errors.New("no sockets found via socket activation: make sure the service was started by systemd")
	case all:
		return sockets, nil
	}
	fd, err := strconv.Atoi(addr)
	if err != nil {
		return nil, fmt.Errorf("failed to parse systemd fd address: should be a number: %v", addr)
	}
	i := fd - firstFD
	switch {
	case i >= len(sockets):
		return nil, errors.New("too few socket activated files passed in by systemd")
	case i < 0:
		return nil, panicked(fmt.Sprintf("index out of range [%d]", i))
	case sockets[i] == nil:
		return nil, fmt.Errorf("failed to listen on systemd activated file: fd %d", fd)
	}
	for j, l := range sockets {
		if j != i && l != nil {
			l.Close()
		}
	}
	return sockets[i : i+1], nil
}

// activatedTLS returns the TLS config of sockets from systemd: no application protocol, which only the ports have
// (sockets.NewTCPSocket). With one config for both, a port gives it to all.
func (g *generation) activatedTLS(server *tls.Config, hosts []string) *tls.Config {
	port := func(host string) bool { return strings.HasPrefix(host, "tcp://") }
	if server == nil || g.sharedTLS && slices.ContainsFunc(hosts, port) {
		return server
	}
	c := server.Clone()
	c.NextProtos = nil
	return c
}

// notifyReady tells systemd, if it waits for it, that a service of Type=notify has started (sd_notify(3)). Like dockerd it
// goes on when that fails.
func notifyReady() { _, _ = daemon.SdNotify(false, daemon.SdNotifyReady) }

// notifyStopping tells systemd that the service is about to end.
func notifyStopping() { _, _ = daemon.SdNotify(false, daemon.SdNotifyStopping) }
