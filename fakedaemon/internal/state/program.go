package state

import (
	"io"
	"maps"
	"path"
	"slices"
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
	// Image, unless "", is the image whose containers it is for, as a client calls it.
	Image string
	// Stdout and Stderr are what it prints first.
	Stdout, Stderr string
	// Steps are what it does then, in their order.
	Steps []Step
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

// Step is a part of what a program does: each field that is set, in their order.
type Step struct {
	// After is how long it waits.
	After time.Duration
	// Expect is what it reads its standard input for, up to the end.
	Expect string
	// Stdout and Stderr are what it prints.
	Stdout, Stderr string
}

// do does a step. The error is a signal that was caught.
func (step Step) do(proc *run.Process) error {
	if step.After > 0 {
		if err := proc.Sleep(step.After); err != nil {
			return err
		}
	}
	// One byte at a time: what follows is for others.
	var read []byte
	for one := make([]byte, 1); !strings.HasSuffix(string(read), step.Expect); {
		n, err := proc.Read(0, one)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if read = append(read, one[:n]...); len(read) > len(step.Expect) {
			read = read[len(read)-len(step.Expect):]
		}
	}
	_, _ = io.WriteString(proc.Stdout(), step.Stdout) // a signal ends one that cannot print
	_, _ = io.WriteString(proc.Stderr(), step.Stderr)
	return nil
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
	var err error
	for _, step := range p.Steps {
		if err == nil {
			err = step.do(proc)
		}
	}
	if p.Run != nil {
		return p.Run(proc)
	}
	if err != nil {
		// A signal has ended it.
	} else if p.Runs {
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
	mu    sync.RWMutex
	given map[programKey]Program // protected by mu
}

// programKey is for which image a program is, "" for all, and for which command, "" for that of the container itself.
type programKey struct{ image, command string }

// SetProgram says what a command does from now on, in every container or in those of an image. The command is a whole command
// line, with single spaces, or the program alone; a shell's script is searched for it too. Without a command it is what a
// container of the image itself runs. It comes before what is in the files.
func (s *State) SetProgram(command string, p Program) {
	x := &s.programs
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.given == nil {
		x.given = make(map[programKey]Program)
	}
	x.given[programKey{p.Image, command}] = p
}

// find finds what SetProgram said of a command, in a container of an image that has these names.
func (x *programs) find(args, images []string, first bool) (Program, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if len(x.given) == 0 || len(args) == 0 {
		return Program{}, false
	}
	for _, image := range slices.Concat(images, []string{""}) {
		for _, command := range []string{strings.Join(args, " "), args[0], path.Base(args[0])} {
			if p, ok := x.given[programKey{image, command}]; ok {
				return p, true
			}
		}
		if p, ok := x.given[programKey{image, ""}]; ok && first && image != "" {
			return p, true
		}
	}
	return Program{}, false
}

func (x *programs) clone() map[programKey]Program {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return maps.Clone(x.given)
}

func (x *programs) restore(given map[programKey]Program) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.given = maps.Clone(given)
}

// finder finds what the processes of a container do: what SetProgram said, or else what is in the files. Images are the names
// of its image; fresh is for the first process.
func (x *programs) finder(fresh, inFiles program.Finder, images []string) func(p *run.Process, args []string, first bool) (run.Main, error) {
	return func(p *run.Process, args []string, first bool) (run.Main, error) {
		given, ok := x.find(args, images, first)
		switch {
		case !ok && first:
			return fresh.Find(p, args)
		case !ok:
			return inFiles.Find(p, args)
		case given.Error != "":
			return nil, &run.StartError{Text: given.Error, Code: given.ExitCode}
		}
		return given.main, nil
	}
}

// finderLocked finds what the processes of a container do. Of a fresh one, the first process begins in the files of the image.
func (s *State) finderLocked(c *Container, fresh bool) func(p *run.Process, args []string, first bool) (run.Main, error) {
	var names []string
	if i := s.images.ids[c.ImageID]; i != nil {
		names = slices.Clone(i.Refs)
	}
	l := s.life(c)
	inFiles := l.finder
	inFiles.Serving = l.services.serve
	first := inFiles
	if fresh {
		first.Found = l.found
	}
	return s.programs.finder(first, inFiles, names)
}
