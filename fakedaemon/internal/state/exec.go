package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// ExecConfig is what a client asks of an exec.
type ExecConfig struct {
	// Args are the program and its arguments.
	Args             []string
	Env              []string
	User, WorkingDir string
	// OpenStdin, OpenStdout and OpenStderr say which of its streams somebody may attach to.
	Tty, OpenStdin, OpenStdout, OpenStderr, Privileged bool
	// DetachKeys end an attachment; nil means the daemon's own.
	DetachKeys []byte
}

// Exec is a command that is run in a container beside its process.
type Exec struct {
	ExecConfig
	// ID is 64 hex digits.
	ID, ContainerID string
	Running         bool
	// ExitCode is nil until it has ended.
	ExitCode *int
	// Pid is 0 until it is started.
	Pid int

	ended   chan struct{} // closed once it has ended
	process *run.Process  // nil until it is started
	io      *streams      // nil before somebody has looked at them
	probe   *probeOutput  // of a health check, in place of io
	started time.Time     // of a health check
}

// execFailed is what dockerd puts before runc's words when an exec cannot be started.
const execFailed = "OCI runtime exec failed: exec failed: unable to start container process: "

// CreateExec makes an exec in a container that runs, and returns its ID.
func (s *State) CreateExec(term string, config ExecConfig) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	if err == nil {
		err = execRefusal(c, term)
	}
	if err != nil {
		return "", err
	}
	if config.User == "" {
		config.User = c.Config.User
	}
	if s.engine.ChecksExecUser {
		if _, err := s.accountLocked(c, config.User); err != nil {
			return "", Invalid{err.Error()}
		}
	}
	if config.WorkingDir == "" {
		config.WorkingDir = c.Config.WorkingDir
	}
	return s.createExecLocked(c, config).ID, nil
}

func (s *State) createExecLocked(c *Container, config ExecConfig) *Exec {
	e := &Exec{ExecConfig: config.clone(), ID: s.ids.hex("exec"), ContainerID: c.ID, ended: make(chan struct{})}
	if s.execs == nil {
		s.execs = make(map[string]*Exec)
	}
	s.execs[e.ID] = e
	l := s.life(c)
	l.execs = append(l.execs, e)
	l.allExecs = append(l.allExecs, e)
	s.emitExecLocked(c, e, "exec_create: ")
	return e
}

// execRefusal says why nothing can be run in a container, which is called name.
func execRefusal(c *Container, name string) error {
	switch {
	case !c.State.Running:
		return notRunning(c)
	case c.State.Paused:
		return Conflict{fmt.Sprintf("Container %s is paused, unpause the container before exec", name)}
	case c.State.Restarting:
		return restarting(c)
	}
	return nil
}

func (s *State) emitExecLocked(c *Container, e *Exec, action string) {
	s.emitContainerLocked(c, action+e.Args[0]+" "+strings.Join(e.Args[1:], " "), map[string]string{"execID": e.ID})
}

// Exec returns the exec of that full ID; the error is NotFound.
func (s *State) Exec(id string) (Exec, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.execs[id]
	if e == nil {
		return Exec{}, noExec(id)
	}
	return e.clone(), nil
}

func noExec(id string) error { return NotFound{"No such exec instance: " + id} }

// UsableExec returns an exec whose container runs.
func (s *State) UsableExec(id string) (Exec, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, _, err := s.usableExecLocked(id)
	if err != nil {
		return Exec{}, err
	}
	return e.clone(), nil
}

func (s *State) usableExecLocked(id string) (*Exec, *Container, error) {
	e := s.execs[id]
	if e == nil {
		return nil, nil, noExec(id)
	}
	c := s.index.byID[e.ContainerID]
	return e, c, execRefusal(c, c.ID)
}

// StartExec starts an exec, once, and waits until it has come to rest. The error of a program that cannot be started has dockerd's
// words.
func (s *State) StartExec(id string) error {
	settled, err := s.BeginExec(id)
	settled(context.Background())
	return err
}

// BeginExec is StartExec for who follows the exec: it does not wait, but returns what does, at most until the context ends.
func (s *State) BeginExec(id string) (settled func(context.Context), err error) {
	if e, err := s.Exec(id); err == nil {
		s.awaken(e.ContainerID) // whose process may end at once, and all others with it
	}
	s.mu.Lock()
	err = s.beginExecLocked(id)
	return s.unlockFirst(), err
}

func (s *State) beginExecLocked(id string) error {
	e, c, err := s.usableExecLocked(id)
	if err != nil {
		return err
	}
	switch {
	case e.ExitCode != nil:
		return Conflict{fmt.Sprintf("exec command %s has already run", e.ID)}
	case e.Running:
		return Conflict{fmt.Sprintf("exec command %s is already running", e.ID)}
	}
	return s.startExecLocked(c, e)
}

func (s *State) startExecLocked(c *Container, e *Exec) error {
	l := s.life(c)
	s.emitExecLocked(c, e, "exec_start: ")
	who, err := s.accountLocked(c, e.User)
	if err != nil {
		s.dropExecLocked(l, e, 126)
		return err
	}
	if err := s.launchExecLocked(c, e, who); err != nil {
		failed := (*run.StartError)(nil)
		if errors.As(err, &failed) {
			return s.execFailureLocked(l, e, failed)
		}
		s.dropExecLocked(l, e, 126)
		return err
	}
	e.Running, e.Pid = true, s.pidLocked()
	if e.process != nil {
		l.pids[e.process.Pid()] = e.Pid
	}
	s.touchLocked(l)
	return nil
}

// launchExecLocked starts the process of an exec. A State that is closed starts nothing.
func (s *State) launchExecLocked(c *Container, e *Exec, who account) (err error) {
	l := s.life(c)
	if s.awakenLocked(c); l.space == nil {
		return nil
	}
	dir, err := startDir(s.filesLocked(c), e.WorkingDir, who)
	if err != nil {
		return err
	}
	linked, err := s.linkVariablesLocked(c)
	if err != nil {
		return err
	}
	spec := run.Spec{
		Args: e.Args, Env: environment(c.Config.Hostname, e.Tty, who.home, linked, c.Config.Env, e.Env), Dir: dir, User: who.Owner, Groups: who.groups,
		Exited: func(code int, _ bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if !e.Running || s.closed {
				return
			}
			probe := l.probe == e
			if s.endExecLocked(c, e, code); probe {
				s.probeEndedLocked(c, e, HealthResult{ExitCode: code, Output: e.probe.String()})
			}
		},
	}
	if e.probe != nil {
		spec.Stdout, spec.Stderr = e.probe, e.probe
	} else {
		s.execIOLocked(e).attach(&spec)
	}
	e.process, err = l.space.Start(spec)
	return err
}

// execFailureLocked ends an exec whose program cannot be started, which engine 20.10 always takes for a matter of
// permissions.
func (s *State) execFailureLocked(l *lifecycle, e *Exec, failed *run.StartError) error {
	text, code := execFailed+failed.Text, failed.Code
	if s.engine.OldRuncTexts {
		text, code = execFailed+strings.Replace(failed.Text, "is a directory: ", "", 1)+": unknown", 126
	}
	s.dropExecLocked(l, e, code)
	return Invalid{text}
}

// endExecLocked ends an exec that runs, and drops one that was never started.
func (s *State) endExecLocked(c *Container, e *Exec, code int) {
	l := s.life(c)
	if !e.Running {
		l.execs = slices.DeleteFunc(l.execs, func(have *Exec) bool { return have == e })
		return
	}
	if e.process != nil && l.space != nil {
		l.space.Signal(e.process, sigkill)
	}
	s.emitContainerLocked(c, "exec_die", map[string]string{"execID": e.ID, "exitCode": strconv.Itoa(code)})
	s.dropExecLocked(l, e, code) // of which whoever is attached hears
}

// dropExecLocked notes the end of an exec.
func (s *State) dropExecLocked(l *lifecycle, e *Exec, code int) {
	l.execs = slices.DeleteFunc(l.execs, func(have *Exec) bool { return have == e })
	e.Running, e.ExitCode = false, &code
	if e.io != nil {
		e.io.end()
	}
	close(e.ended)
}

// forgetExecsLocked drops all execs of a container that is removed.
func (s *State) forgetExecsLocked(c *Container) {
	for _, e := range s.life(c).allExecs {
		delete(s.execs, e.ID)
	}
}

// ExecIDs are the execs of a container that have not ended, in order of creation.
func (s *State) ExecIDs(container string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var ids []string
	if l := s.lives[container]; l != nil {
		for _, e := range l.execs {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// ExecEnded returns a channel that is closed once an exec has ended, or nil for one that does not exist.
func (s *State) ExecEnded(id string) <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if e := s.execs[id]; e != nil {
		return e.ended
	}
	return nil
}

func (e *Exec) clone() Exec {
	c := *e
	c.ExecConfig, c.ended, c.process, c.io, c.probe = e.ExecConfig.clone(), nil, nil, nil, nil
	if e.ExitCode != nil {
		code := *e.ExitCode
		c.ExitCode = &code
	}
	return c
}

func (c ExecConfig) clone() ExecConfig {
	c.Args, c.Env, c.DetachKeys = slices.Clone(c.Args), slices.Clone(c.Env), slices.Clone(c.DetachKeys)
	return c
}
