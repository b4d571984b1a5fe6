package transport

import (
	"context"
	"net"

	"github.com/Microsoft/go-winio"
)

// pipeAccess is dockerd's: administrators and the system. The owner comes on top, because a fake, unlike dockerd, runs
// as anybody.
const pipeAccess = "D:P(A;;GA;;;BA)(A;;GA;;;SY)(A;;GA;;;OW)"

// ListenPipe listens on a named pipe such as `//./pipe/docker_engine`, with the buffers and the message mode of
// dockerd (daemon/listeners/listeners_windows.go): without that mode there is no CloseWrite.
func ListenPipe(path string) (net.Listener, error) {
	return winio.ListenPipe(path, &winio.PipeConfig{
		SecurityDescriptor: pipeAccess,
		MessageMode:        true,
		InputBufferSize:    64 << 10,
		OutputBufferSize:   64 << 10,
	})
}

// Dial connects to an address of a network that package net has, or to that of a pipe, whose network is "npipe".
func Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if network == pipeNetwork {
		return winio.DialPipeContext(ctx, addr)
	}
	return new(net.Dialer).DialContext(ctx, network, addr)
}
