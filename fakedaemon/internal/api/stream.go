package api

import (
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"os"
)

// StreamInfo is what a stream is of.
type StreamInfo struct {
	// Container and Exec are IDs; those of an exec are both there, and SystemEvents has none.
	Container, Exec string
	// Size, unless nil, is the size of the terminal.
	Size func() (rows, cols uint16)
}

// Stream is told of what goes through a stream: of what is sent and of what is received by two goroutines at once, of the end last.
type Stream interface {
	Sent(bytes, frames int)
	// Received has the error with which the client's half ended, or nil.
	Received(bytes int, err error)
	// End has nil when all was sent, or why no more was: io.EOF when the client's end was that of the stream.
	End(err error)
}

// unheard is a Stream that nobody looks at.
type unheard struct{}

func (unheard) Sent(int, int)       {}
func (unheard) Received(int, error) {}
func (unheard) End(error)           {}

func unwatched(*http.Request, StreamInfo) Stream { return unheard{} }

// errDetached ends a stream whose client has typed the detach keys.
var errDetached = errors.New("detached")

// Detached reports whether the error of Stream.End is that the client has detached.
func Detached(err error) bool { return errors.Is(err, errDetached) }

// streamConn is a connection that tells a Stream.
type streamConn struct {
	net.Conn
	stream Stream
	mux    bool // what is written are whole frames
}

func (c streamConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	told := err
	if errors.Is(err, os.ErrDeadlineExceeded) {
		told = nil // the daemon has ended the read
	}
	c.stream.Received(n, told)
	return n, err
}

func (c streamConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	frames := 0
	if c.mux {
		frames = countFrames(b[:n])
	}
	c.stream.Sent(n, frames)
	return n, err
}

// countFrames counts the frames that are whole.
func countFrames(b []byte) (n int) {
	const header = 8
	for len(b) >= header {
		size := header + int(binary.BigEndian.Uint32(b[4:]))
		if len(b) < size {
			break
		}
		b = b[size:]
		n++
	}
	return n
}
