package api

import (
	"bytes"
	"fmt"
	"net"
	"net/http"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

// containerAttach answers on the bare connection, errors too, as dockerd does.
func (s *server) containerAttach(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	a, err := s.attach(r, r.boolean("stdin"), r.boolean("stdout"), r.boolean("stderr"))
	conn, _, hijackErr := http.NewResponseController(w).Hijack()
	if hijackErr != nil {
		if err == nil {
			a.output.Close()
		}
		return hijackErr
	}
	defer leave(conn)
	if err != nil {
		s.writeRawError(conn, r, err)
		return nil
	}
	defer a.output.Close()
	a.conn, a.mux = conn, !a.tty
	// A client that has the answer may start the container at once: it is attached by now.
	if _, err := conn.Write(s.streamHead(r, a.tty, nil)); err != nil {
		return nil // a client that is gone is no error
	}
	s.serveAttached(r, a)
	return nil
}

// attached is an attachment to a container.
type attached struct {
	attachment
	container      state.Container
	stdout, stderr bool
	size           func() (rows, cols uint16)
	lines          *stream.Cursor // to begin with; nil without
	linesErr       error          // why they cannot be read
}

// attach finds the container to attach to, and attaches a client that will be on a connection.
func (s *server) attach(r *request, stdin, stdout, stderr bool) (*attached, error) {
	name := r.vars["id"]
	var keys []byte
	if text := r.Form.Get("detachKeys"); text != "" {
		var err error
		if keys, err = parseKeys(text); err != nil {
			return nil, invalid{fmt.Errorf("Invalid detach keys (%s) provided", text)}
		}
	}
	c, streams, err := s.State.ContainerIO(name)
	switch {
	case err != nil:
		return nil, err
	case c.State.Paused:
		return nil, state.Conflict{Message: fmt.Sprintf("container %s is paused, unpause the container before attach", name)}
	case c.State.Restarting:
		return nil, state.Conflict{Message: fmt.Sprintf("container %s is restarting, wait until the container is running", name)}
	}
	a := &attached{container: c, stdout: stdout, stderr: stderr}
	a.tty, a.keys, a.endsInput, a.size = streams.Tty, keys, streams.StdinOnce, streams.Size
	if stdin {
		a.input = streams.Stdin
	}
	var log *stream.Log
	if r.boolean("logs") {
		if a.linesErr = s.checkLogDriver(&c); a.linesErr == nil {
			log = streams.Log
		}
	}
	a.output, a.lines = streams.Hub.AttachLogged(stdout, stderr, log)
	return a, nil
}

// serveAttached serves a client that has the head of its answer.
func (s *server) serveAttached(r *request, a *attached) {
	if a.linesErr != nil {
		a.write(stream.Stdout, fmt.Appendf(nil, "Error attaching: %v\n", a.linesErr))
		return
	}
	for a.lines != nil {
		line, err := a.lines.Next(r.Context())
		if err != nil {
			break
		}
		if line.Kind == stream.Stdout && a.stdout || line.Kind == stream.Stderr && a.stderr {
			if err := a.write(line.Kind, line.Data); err != nil {
				return
			}
		}
	}
	s.State.EmitContainer(a.container.ID, "attach", nil)
	if !r.boolean("stream") || a.input == nil && !a.stdout && !a.stderr {
		return
	}
	defer s.watchService(r, a.container.ID)()
	a.listen(s.Stream(r.Request, StreamInfo{Container: a.container.ID, Size: a.size}))
	if a.run(r.Context()) {
		s.State.EmitContainer(a.container.ID, "detach", nil)
	}
}

// listen lets a Stream be told of what follows.
func (a *attachment) listen(stream Stream) {
	a.stream, a.conn = stream, streamConn{a.conn, stream, a.mux}
}

// write sends something before the output of the process.
func (a *attachment) write(kind stream.Kind, b []byte) error {
	if a.mux {
		return stream.WriteFrame(a.conn, kind, b)
	}
	_, err := a.conn.Write(b)
	return err
}

// writeRawError writes an error as dockerd does on a connection that it has taken over.
func (s *server) writeRawError(conn net.Conn, r *request, err error) {
	status, text := s.reword(r.operation.ID, statusOf(err), err.Error())
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n\r\n%s\r\n", status, http.StatusText(status), rawStream, text)
}

// Media types of streams.
const (
	rawStream         = "application/vnd.docker.raw-stream"
	multiplexedStream = "application/vnd.docker.multiplexed-stream"
)

// streamMedia is the media type of a stream.
func (r *request) streamMedia(tty bool) string {
	if tty || r.below("1.42") {
		return rawStream
	}
	return multiplexedStream
}

// streamHead is how an answer begins that is a stream on a connection of its own, with more header fields.
func (s *server) streamHead(r *request, tty bool, more http.Header) []byte {
	var b bytes.Buffer
	if _, upgrade := r.Header["Upgrade"]; upgrade {
		b.WriteString("HTTP/1.1 101 UPGRADED\r\nContent-Type: " + r.streamMedia(tty) + "\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n")
	} else {
		b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: " + rawStream + "\r\n")
	}
	_ = more.Write(&b)
	b.WriteString("\r\n")
	return b.Bytes()
}
