package api

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

var execOperations = []Operation{
	{ID: "ContainerExec", Method: http.MethodPost, Path: "/containers/{id:.*}/exec", Tag: "Exec", serve: (*server).containerExec},
	{ID: "ExecStart", Method: http.MethodPost, Path: "/exec/{id:.*}/start", Tag: "Exec", serve: (*server).execStart},
	{ID: "ExecResize", Method: http.MethodPost, Path: "/exec/{id:.*}/resize", Tag: "Exec", serve: (*server).execResize},
	{ID: "ExecInspect", Method: http.MethodGet, Path: "/exec/{id:.*}/json", Tag: "Exec", serve: (*server).execInspect},
}

func (s *server) containerExec(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	var o container.ExecOptions
	if err := s.readExec(r, &o); err != nil {
		return err
	}
	if len(o.Cmd) == 0 {
		return invalid{errors.New("No exec command specified")}
	}
	var keys []byte
	if o.DetachKeys != "" {
		var err error
		if keys, err = parseKeys(o.DetachKeys); err != nil {
			return fmt.Errorf("Invalid escape keys (%s) provided", o.DetachKeys)
		}
	}
	id, err := s.State.CreateExec(r.vars["id"], state.ExecConfig{
		Args:       o.Cmd,
		Env:        o.Env,
		User:       o.User,
		WorkingDir: o.WorkingDir,
		Tty:        o.Tty,
		OpenStdin:  o.AttachStdin,
		OpenStdout: o.AttachStdout,
		OpenStderr: o.AttachStderr,
		Privileged: o.Privileged,
		DetachKeys: keys,
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, container.ExecCreateResponse{ID: id})
	return nil
}

// readExec decodes the body of a request, which engine 20.10 does not do without.
func (s *server) readExec(r *request, out any) error {
	if s.Engine.NeedsBody && r.ContentLength == 0 {
		return invalid{errors.New("got EOF while reading request body")}
	}
	return s.readJSON(r, out)
}

// parseKeys reads keys such as "ctrl-p,ctrl-q" or "a" (github.com/moby/term).
func parseKeys(keys string) ([]byte, error) {
	var list []byte
	for _, key := range strings.Split(keys, ",") {
		name, control := strings.CutPrefix(key, "ctrl-")
		switch {
		case len(name) != 1, control && !strings.ContainsAny(name, `abcdefghijklmnopqrstuvwxyz@[\]^_`):
			return nil, fmt.Errorf("Unknown character: '%s'", key)
		case control:
			list = append(list, name[0]&0x1f)
		default:
			list = append(list, name[0])
		}
	}
	return list, nil
}

func (s *server) execStart(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	var o container.ExecStartOptions
	if err := s.readExec(r, &o); err != nil {
		return err
	}
	e, err := s.State.UsableExec(r.vars["id"])
	if err != nil {
		return err
	}
	if o.Detach {
		return s.State.StartExec(e.ID)
	}
	return s.execAttached(w, r, e.ID, o.Tty)
}

// execAttached runs an exec that prints nothing, on a connection of its own: what it is told is why it cannot start.
func (s *server) execAttached(w http.ResponseWriter, r *request, id string, tty bool) error {
	ended := s.State.ExecEnded(id)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(s.streamHead(r, tty, w.Header())); err != nil {
		return nil // a client that is gone is no error
	}
	if err := s.State.StartExec(id); err != nil {
		text := err.Error() + "\r\n"
		if !tty {
			header := [8]byte{1}
			binary.BigEndian.PutUint32(header[4:], uint32(len(text)))
			text = string(header[:]) + text
		}
		_, _ = conn.Write([]byte(text))
		return nil
	}
	select {
	case <-ended:
	case <-r.Context().Done():
	}
	return nil
}

func (s *server) execResize(w http.ResponseWriter, r *request) error {
	if _, _, err := s.size(r); err != nil {
		return err
	}
	e, err := s.State.UsableExec(r.vars["id"])
	switch {
	case err != nil:
		return err
	case e.ExitCode != nil && e.Pid == 0:
		return invalid{errors.New("exec process is not started")}
	case e.ExitCode == nil && !e.Running:
		// Nobody waits here: what has not been started by now has been forgotten.
		return errors.New("timeout waiting for exec session ready")
	}
	return nil
}

// execResponse is an exec as GET /exec/{id}/json has it. That of package container has fewer fields.
type execResponse struct {
	ID            string
	Running       bool
	ExitCode      *int
	ProcessConfig execProcess
	OpenStdin     bool
	OpenStderr    bool
	OpenStdout    bool
	CanRemove     bool
	ContainerID   string
	DetachKeys    []byte
	Pid           int
}

type execProcess struct {
	Tty        bool     `json:"tty"`
	Entrypoint string   `json:"entrypoint"`
	Arguments  []string `json:"arguments"`
	Privileged bool     `json:"privileged"`
	User       string   `json:"user,omitempty"`
}

func (s *server) execInspect(w http.ResponseWriter, r *request) error {
	e, err := s.State.Exec(r.vars["id"])
	if err != nil {
		return err
	}
	resp := execResponse{
		ID:       e.ID,
		Running:  e.Running,
		ExitCode: e.ExitCode,
		ProcessConfig: execProcess{
			Tty:        e.Tty,
			Entrypoint: e.Args[0],
			Arguments:  e.Args[1:],
			Privileged: e.Privileged,
			User:       e.User,
		},
		OpenStdin:   e.OpenStdin,
		OpenStderr:  e.OpenStderr,
		OpenStdout:  e.OpenStdout,
		ContainerID: e.ContainerID,
		DetachKeys:  []byte{},
		Pid:         e.Pid,
	}
	if e.DetachKeys != nil {
		resp.DetachKeys = e.DetachKeys
	}
	return s.write(w, r, resp)
}
