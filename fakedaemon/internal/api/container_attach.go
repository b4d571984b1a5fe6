package api

import (
	"bytes"
	"fmt"
	"net"
	"net/http"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// containerAttach serves what prints nothing: the connection ends with the process. As dockerd does, it answers on the bare
// connection, errors too.
func (s *server) containerAttach(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	c, err := s.attachable(r)
	conn, _, hijackErr := http.NewResponseController(w).Hijack()
	if hijackErr != nil {
		return hijackErr
	}
	defer conn.Close()
	var done <-chan state.Exited
	if err == nil {
		var cancel func()
		if done, cancel, err = s.State.Wait(c.ID, state.NextExit); err == nil {
			defer cancel()
		}
	}
	if err != nil {
		s.writeRawError(conn, r, err)
		return nil
	}
	// A client that has the answer may start the container at once.
	s.State.EmitContainer(c.ID, "attach", nil)
	if _, err := conn.Write(s.streamHead(r, c.Config.Tty, nil)); err != nil || !r.boolean("stream") {
		return nil // a client that is gone is no error
	}
	select {
	case <-done:
	case <-r.Context().Done():
	}
	return nil
}

// attachable finds the container to attach to.
func (s *server) attachable(r *request) (state.Container, error) {
	name := r.vars["id"]
	if keys := r.Form.Get("detachKeys"); keys != "" {
		if _, err := parseKeys(keys); err != nil {
			return state.Container{}, invalid{fmt.Errorf("Invalid detach keys (%s) provided", keys)}
		}
	}
	c, err := s.State.Container(name)
	switch {
	case err != nil:
		return c, err
	case c.State.Paused:
		return c, state.Conflict{Message: fmt.Sprintf("container %s is paused, unpause the container before attach", name)}
	case c.State.Restarting:
		return c, state.Conflict{Message: fmt.Sprintf("container %s is restarting, wait until the container is running", name)}
	}
	return c, nil
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

// streamHead is how an answer begins that is a stream on a connection of its own, with more header fields.
func (s *server) streamHead(r *request, tty bool, more http.Header) []byte {
	var b bytes.Buffer
	if _, upgrade := r.Header["Upgrade"]; upgrade {
		media := rawStream
		if !tty && !r.below("1.42") {
			media = multiplexedStream
		}
		b.WriteString("HTTP/1.1 101 UPGRADED\r\nContent-Type: " + media + "\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n")
	} else {
		b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: " + rawStream + "\r\n")
	}
	_ = more.Write(&b)
	b.WriteString("\r\n")
	return b.Bytes()
}
