//go:build unix

package transport

import (
	"net"
	"syscall"
)

// unread reports whether a connection has something to read: bytes, the end or an error.
func unread(c net.Conn) (pending, known bool) {
	raw, ok := rawConn(c)
	if !ok {
		return false, false
	}
	err := raw.Control(func(fd uintptr) { pending = readable(fd) })
	return pending || err != nil, true
}

// awaitUnread returns true once a connection has something to read, without reading it.
func awaitUnread(c net.Conn) bool {
	raw, ok := rawConn(c)
	if ok {
		raw.Read(readable) // the read that follows gives its error
	}
	return ok
}

func rawConn(c net.Conn) (syscall.RawConn, bool) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil, false
	}
	raw, err := sc.SyscallConn()
	return raw, err == nil
}

func readable(fd uintptr) bool {
	var b [1]byte
	_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
	return err != syscall.EAGAIN
}
