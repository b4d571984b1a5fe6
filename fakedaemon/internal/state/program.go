package state

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Process is a command as a container, an exec or a health check starts it.
type Process struct {
	// Args are the program and its arguments.
	Args []string
	// WorkingDir is where it starts.
	WorkingDir string
	// Stdin says that something may come from standard input: without it a program that reads it ends at once.
	Stdin bool
	// First says that it is the first process of its container, for which the kernel ignores signals without a handler.
	First bool
	// StopSignal is the signal that its image says stops it; 0 means SIGTERM.
	StopSignal int

	files files // of its container
}

// Program is what a command does. Nothing is really run: the zero value ends at once with exit code 0.
type Program struct {
	// Error, unless "", is why it cannot be started, in runc's words.
	Error string
	// ExitCode is what it ends with or, with Error, what its container gets: 127 or 126.
	ExitCode int
	// After is how long it runs.
	After time.Duration
	// Runs says that it runs until a signal ends it; ExitCode and After mean nothing then.
	Runs bool
	// Prints says that it would print something, which nobody knows.
	Prints bool
	// OOM says that the kernel kills it when it ends, because it used too much memory.
	OOM bool
	// Catches are the signals that it has a handler for, with the exit code that it ends with then; a negative one means
	// that it goes on.
	Catches map[int]int
}

// files are paths that programs have touched in a container.
type files map[string]bool

// signalled reports whether a signal ends a program, and with which exit code.
func (p Program) signalled(signal int, first bool) (ends bool, exitCode int) {
	if signal == sigkill {
		return true, 128 + sigkill
	}
	if code, ok := p.Catches[signal]; ok {
		return code >= 0, code
	}
	return !first && !slices.Contains(harmless, signal), 128 + signal
}

// harmless are the signals that by default do not end a process: CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH.
var harmless = []int{17, 18, 19, 20, 21, 22, 23, 28}

// SetProgram says what a command does from now on, in every container. The command is a whole command line, with single
// spaces, or the program alone; a shell's script is searched for it too. It comes before what is built in.
func (s *State) SetProgram(command string, p Program) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.programs == nil {
		s.programs = make(map[string]Program)
	}
	s.programs[command] = p
}

// programLocked gives what a process does.
func (s *State) programLocked(p Process) Program {
	sh := shell{Process: p, programs: s.programs}
	if p.WorkingDir != "" && missing(p.WorkingDir) {
		return Program{Error: `chdir to cwd ("` + p.WorkingDir + `") set in config.json failed: no such file or directory`, ExitCode: 127}
	}
	if program, ok := sh.given(p.Args); ok {
		return program
	}
	if err, code := startError(p.Args[0]); err != "" {
		return Program{Error: "exec: " + strconv.Quote(p.Args[0]) + ": " + err, ExitCode: code}
	}
	sh.run(p.Args)
	return sh.Program
}

// ContainerPrints reports whether what a container's process would print, or make of standard input, is not known.
func (s *State) ContainerPrints(term string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return false
	}
	program := s.life(c).program
	if !c.State.Live() {
		program = s.programLocked(c.process(&lifecycle{files: make(files)}))
	}
	return program.Prints || c.Config.OpenStdin
}

// missing reports whether something does not exist in any image: what is called nosuch... never does.
func missing(name string) bool { return strings.HasPrefix(path.Base(name), "nosuch") }

// startError says why runc cannot start a program, and the exit code that dockerd makes of it. Of the files of an image it
// knows those that every image has.
func startError(name string) (text string, exitCode int) {
	switch {
	case missing(name) && strings.Contains(name, "/"):
		return "stat " + name + ": no such file or directory", 127
	case missing(name):
		return "executable file not found in $PATH", 127
	case slices.Contains(folders, path.Clean(name)):
		return "is a directory: permission denied", 126
	case path.Dir(name) == "/etc":
		return "permission denied", 126
	}
	return "", 0
}

// folders are those of the Filesystem Hierarchy Standard that every image has.
var folders = []string{"/", "/bin", "/dev", "/etc", "/home", "/proc", "/root", "/sys", "/tmp", "/usr", "/usr/bin", "/var"}
