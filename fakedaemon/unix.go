package fakedaemon

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
	"github.com/fakedockerd/fakedockerd/modes"
)

// overSocket is a unix socket, or a named pipe on Windows.
var overSocket = &wayIn{
	modes: []modes.Daemon{modes.Unix}, form: `a path, such as "/run/docker.sock"`,
	isURL: func(addr string) bool { _, ok := transport.PipePath(addr); return ok },
	check: (*Listen).checkPath, open: (*Daemon).openSocket,
}

func (l *Listen) checkPath() error {
	if !hasPort(l.Addr) {
		return nil
	}
	return fmt.Errorf("fakedaemon: a Listen entry of mode %s has the address %q, and Addr is a path there: for a port set Listen.Mode to %s; for a file of that name write %q",
		l.Mode, l.Addr, anyOf(modes.Daemons()[1:]), "./"+l.Addr)
}

// hasPort tells what can only be meant as host:port, which a path on Windows, C:docker.sock, is not.
func hasPort(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	_, notNumber := strconv.ParseUint(port, 10, 16)
	return err == nil && notNumber == nil && !strings.ContainsAny(addr, `/\`)
}

func (d *Daemon) openSocket(l Listen) (raw net.Listener, host string, err error) {
	if l.Listener != nil {
		return l.Listener, hostOf(l.Listener.Addr()), nil
	}
	if path, ok := transport.PipePath(l.Addr); ok {
		raw, err = transport.ListenPipe(path)
		return raw, l.Addr, err
	}
	path := l.Addr
	if path == "" {
		if path, err = d.socketPath(); err != nil {
			return nil, "", err
		}
	}
	raw, err = transport.ListenUnix(path)
	return raw, "unix://" + path, err
}

// socketPath gives the path of a socket in a private folder, short enough to be bound: the folders of tests are not.
func (d *Daemon) socketPath() (string, error) {
	dir, err := d.material.tempDir()
	if err != nil {
		return "", fmt.Errorf("fakedaemon: no folder for a socket: %w", err)
	}
	name := "docker.sock"
	if n := len(d.listeners); n > 0 {
		name = fmt.Sprintf("docker%d.sock", n+1)
	}
	return filepath.Join(dir, name), nil
}
