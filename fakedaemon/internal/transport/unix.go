package transport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"
)

// MaxSocketPath is the longest path of a unix socket that every system can bind and connect to, in bytes.
func MaxSocketPath() int {
	switch runtime.GOOS {
	case "linux", "windows":
		return 107
	}
	return 103
}

// socketMode is that of go-connections/sockets.NewUnixSocket, which dockerd uses.
const socketMode = 0o660

// ListenUnix listens at path. Like dockerd it takes over what is at the path, except a socket that answers.
// Its errors have dockerd's text.
func ListenUnix(path string) (net.Listener, error) {
	l, err := listenUnix(path)
	if err != nil {
		return nil, fmt.Errorf("can't create unix socket %s: %w", path, err)
	}
	return l, nil
}

func listenUnix(path string) (net.Listener, error) {
	if max := MaxSocketPath(); len(path) > max {
		return nil, fmt.Errorf("the path has %d bytes and that of a unix socket at most %d: use a shorter one", len(path), max)
	}
	if err := takeOver(path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil && runtime.GOOS != "windows" {
		l.Close()
		return nil, err
	}
	return l, nil
}

// ErrInUse is the error for a socket behind which something answers.
var ErrInUse = errors.New("a daemon answers there: a fake never takes over a socket in use")

func takeOver(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return nil
	}
	if info.Mode()&os.ModeSocket != 0 {
		c, err := net.DialTimeout("unix", path, time.Second)
		if err == nil {
			c.Close()
		}
		if err == nil || errors.Is(err, syscall.EAGAIN) || os.IsTimeout(err) { // the last two: its backlog is full
			return ErrInUse
		}
	}
	if info.IsDir() {
		return &os.PathError{Op: "unlink", Path: path, Err: syscall.EISDIR}
	}
	return os.Remove(path)
}
