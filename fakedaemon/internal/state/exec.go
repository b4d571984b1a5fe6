package state

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
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

	ended chan struct{} // closed once it has ended
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
	if missing(config.User) && s.engine.ChecksExecUser {
		return "", Invalid{noUser(config.User)}
	}
	if config.User == "" {
		config.User = c.Config.User
	}
	if config.WorkingDir == "" {
		config.WorkingDir = c.Config.WorkingDir
	}
	return s.createExecLocked(c, config).ID, nil
}

func noUser(name string) string {
	return fmt.Sprintf("unable to find user %s: no matching entries in passwd file", name)
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

// StartExec starts an exec, once. The error of a program that cannot be started has dockerd's words.
func (s *State) StartExec(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
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

// ExecPrints reports whether what an exec would print is not known.
func (s *State) ExecPrints(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, _, err := s.usableExecLocked(id)
	return err == nil && s.programLocked(e.process(make(files))).Prints
}

// process is what an exec runs.
func (e *Exec) process(touched files) Process {
	return Process{Args: e.Args, WorkingDir: e.WorkingDir, Stdin: e.OpenStdin || e.Tty, files: touched}
}

func (s *State) startExecLocked(c *Container, e *Exec) error {
	l := s.life(c)
	s.emitExecLocked(c, e, "exec_start: ")
	program := s.programLocked(e.process(l.files))
	if missing(e.User) {
		s.dropExecLocked(l, e, 126)
		return errors.New(noUser(e.User))
	}
	if program.Error != "" {
		return s.execFailureLocked(l, e, program)
	}
	e.Running, e.Pid = true, s.pidLocked()
	switch {
	case program.Runs:
	case program.After > 0:
		s.afterLocked(l, "exec "+e.ID, program.After, func() { s.endExecLocked(c, e, program.ExitCode) })
	default:
		s.endExecLocked(c, e, program.ExitCode)
	}
	return nil
}

// execFailureLocked ends an exec whose program cannot be started, which engine 20.10 always takes for a matter of
// permissions.
func (s *State) execFailureLocked(l *lifecycle, e *Exec, program Program) error {
	text, code := execFailed+program.Error, program.ExitCode
	if s.engine.OldRuncTexts {
		text, code = execFailed+strings.Replace(program.Error, "is a directory: ", "", 1)+": unknown", 126
	}
	s.dropExecLocked(l, e, code)
	return Invalid{text}
}

// endExecLocked ends an exec that runs, and drops one that was never started.
func (s *State) endExecLocked(c *Container, e *Exec, code int) {
	l := s.life(c)
	l.stopTimer("exec " + e.ID)
	if !e.Running {
		l.execs = slices.DeleteFunc(l.execs, func(have *Exec) bool { return have == e })
		return
	}
	s.dropExecLocked(l, e, code)
	s.emitContainerLocked(c, "exec_die", map[string]string{"execID": e.ID, "exitCode": strconv.Itoa(code)})
}

// dropExecLocked notes the end of an exec.
func (s *State) dropExecLocked(l *lifecycle, e *Exec, code int) {
	l.execs = slices.DeleteFunc(l.execs, func(have *Exec) bool { return have == e })
	e.Running, e.ExitCode = false, &code
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
	c.ExecConfig, c.ended = e.ExecConfig.clone(), nil
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
