//go:build !windows

package transport

import (
	"context"
	"fmt"
	"net"
)

// ListenPipe refuses with dockerd's text: only Windows has named pipes.
func ListenPipe(string) (net.Listener, error) {
	return nil, fmt.Errorf("invalid protocol format: %q", pipeNetwork)
}

// Dial connects to an address of a network that package net has.
func Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, addr)
}
