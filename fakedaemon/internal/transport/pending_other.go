//go:build !unix

package transport

import "net"

// unread reports whether a connection has something to read, which cannot be asked here.
func unread(net.Conn) (pending, known bool) { return false, false }

// awaitUnread returns true once a connection has something to read; here it cannot wait for that.
func awaitUnread(net.Conn) bool { return false }
