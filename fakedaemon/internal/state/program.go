package state

import (
	"io"
	"maps"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/program"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// Program is what a command does. The zero value ends at once with exit code 0.
type Program struct {
	// Error, unless "", is why it cannot be started, in runc's words.
	Error string
	// Stdout and Stderr are what it prints first.
	Stdout, Stderr string
	// Run, unless nil, is what it does then; it returns the exit code, and all that is below means nothing.
	Run func(p *run.Process) int
	// ExitCode is what it ends with or, with Error, what its container gets: 127 or 126.
	ExitCode int
	// After is how long it runs.
	After time.Duration
	// Runs says that it runs until a signal ends it; ExitCode and After mean nothing then.
	Runs bool
	// OOM says that the kernel kills it when it ends, because it used too much memory.
	OOM bool
	// Catches are the signals that it has a handler for, with the exit code that it ends with then; a negative one means
	// that it goes on.
	Catches map[int]int
}

// main is the program as a process runs it.
func (p Program) main(proc *run.Process) int {
	for signal, code := range p.Catches {
		if code < 0 {
			_ = proc.Ignore(signal) // what cannot be handled is not
		} else {
			_ = proc.Catch(signal)
		}
	}
	_, _ = io.WriteString(proc.Stdout(), p.Stdout) // a signal ends one that cannot print
	_, _ = io.WriteString(proc.Stderr(), p.Stderr)
	if p.Run != nil {
		return p.Run(proc)
	}
	var err error
	if p.Runs {
		err = proc.Pause()
	} else {
		err = proc.Sleep(p.After)
	}
	if signal, ok := proc.Caught(); err != nil && ok {
		return p.Catches[signal]
	}
	if p.OOM {
		proc.OutOfMemory()
	}
	return p.ExitCode
}

// programs are those that SetProgram gave. They have a lock of their own, which processes take while they start others.
type programs struct {
	mu        sync.RWMutex
	byCommand map[string]Program // protected by mu
}

// SetProgram says what a command does from now on, in every container. The command is a whole command line, with single
// spaces, or the program alone; a shell's script is searched for it too. It comes before what is in the files.
func (s *State) SetProgram(command string, p Program) {
	x := &s.programs
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byCommand == nil {
		x.byCommand = make(map[string]Program)
	}
	x.byCommand[command] = p
}

// find finds what SetProgram said of a command.
func (x *programs) find(args []string) (Program, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if len(x.byCommand) == 0 || len(args) == 0 {
		return Program{}, false
	}
	for _, command := range []string{strings.Join(args, " "), args[0], path.Base(args[0])} {
		if p, ok := x.byCommand[command]; ok {
			return p, true
		}
	}
	return Program{}, false
}

func (x *programs) clone() map[string]Program {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return maps.Clone(x.byCommand)
}

func (x *programs) restore(byCommand map[string]Program) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.byCommand = maps.Clone(byCommand)
}

// finder finds what the processes of a container do: what SetProgram said, or else what is in the files.
func (x *programs) finder(inFiles program.Finder) func(*run.Process, []string) (run.Main, error) {
	return func(p *run.Process, args []string) (run.Main, error) {
		given, ok := x.find(args)
		switch {
		case !ok:
			return inFiles.Find(p, args)
		case given.Error != "":
			return nil, &run.StartError{Text: given.Error, Code: given.ExitCode}
		}
		return given.main, nil
	}
}
