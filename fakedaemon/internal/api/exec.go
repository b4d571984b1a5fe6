package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
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
	if err := s.sizeConsole(r, id, o.Tty, o.ConsoleSize); err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, container.ExecCreateResponse{ID: id})
	return nil
}

// sizeConsole gives the terminal of an exec, which need not have one, the size that came with a request, from API 1.42 on.
func (s *server) sizeConsole(r *request, id string, tty bool, size *[2]uint) error {
	if size == nil || !tty || r.below("1.42") {
		return nil
	}
	return s.State.ResizeExec(id, uint16(size[0]), uint16(size[1]))
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
	if err := s.sizeConsole(r, e.ID, o.Tty, o.ConsoleSize); err != nil {
		return err
	}
	if o.Detach {
		return s.State.StartExec(e.ID)
	}
	return s.execAttached(w, r, &e, o.Tty)
}

// execAttached runs an exec on a connection of its own. Tty is what the request says of it, which decides what is sent: raw bytes,
// without standard error, or frames. Why it cannot start is output too.
func (s *server) execAttached(w http.ResponseWriter, r *request, e *state.Exec, tty bool) error {
	streams, err := s.State.ExecIO(e.ID)
	if err != nil {
		return err
	}
	a := &attachment{mux: !tty, tty: e.Tty, keys: streams.DetachKeys, endsInput: true, inputOnly: !e.OpenStdout && !e.OpenStderr}
	if e.OpenStdin {
		a.input = streams.Stdin
	}
	a.output = streams.Hub.Attach(e.OpenStdout, e.OpenStderr && !tty)
	defer a.output.Close()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer leave(conn)
	a.conn = conn
	if _, err := conn.Write(s.streamHead(r, tty, w.Header())); err != nil {
		return nil // a client that is gone is no error
	}
	settled, err := s.State.BeginExec(e.ID)
	if err != nil {
		if r.Context().Err() != nil {
			return nil // the daemon has ended, which is no fault of the exec
		}
		_, text := s.reword(r.operation.ID, statusOf(err), err.Error())
		_ = a.write(stream.Stdout, []byte(text+"\r\n"))
		return nil
	}
	if a.input == nil && a.inputOnly {
		settled(r.Context())
		return nil
	}
	a.settled = settled
	a.listen(s.Stream(r.Request, StreamInfo{Container: e.ContainerID, Exec: e.ID, Size: streams.Size}))
	if a.run(r.Context()) {
		_ = a.write(stream.Stdout, []byte("exec attach failed: error on attach stdin: read escape sequence\r\n"))
	}
	return nil
}

func (s *server) execResize(w http.ResponseWriter, r *request) error {
	height, width, err := s.size(r)
	if err != nil {
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
	return s.State.ResizeExec(e.ID, uint16(height), uint16(width))
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
