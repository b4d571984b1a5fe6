package fakedaemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Program is what a command does in a container. The zero value prints nothing and ends at once with exit code 0. What several
// fields say happens in their order here.
//
// In JSON the fields have their names here, in upper or lower case, and a time is a text as time.ParseDuration reads it:
// {"stdout": "ready\n", "after": "1.5s", "exit": 3}.
type Program struct {
	// Image says that it is for containers of this image only, such as "app:1"; "" means all.
	Image string
	// NotFound says that there is no such program: it cannot be started, with exit code 127.
	NotFound bool
	// Stdout and Stderr are what it prints first.
	Stdout, Stderr string
	// Steps are what it does then.
	Steps []Step
	// Run, unless nil, is what it does then; what it returns is the exit code, and nothing below counts. It runs in a goroutine
	// of its own, once for each process.
	Run func(*Process) int `json:"-"`
	// After is how long it runs on.
	After time.Duration
	// Runs says that it runs until a signal ends it; After and Exit mean nothing then.
	Runs bool
	// OOM says that the kernel kills it then, because it used too much memory: the exit code is 137.
	OOM bool
	// Exit is the exit code.
	Exit int
	// Catches are the signals, by number, that it has a handler for, with the exit code that it ends with then; a negative
	// one means that it goes on. All others but SIGKILL are ignored by the first process of a container without
	// docker run --init, and end every other process.
	Catches map[int]int
}

// Step is a part of what a Program does. What several fields say happens in their order here.
type Step struct {
	// After is how long it waits.
	After time.Duration
	// Expect is a text that it waits for on standard input; the end of the input will do too.
	Expect string
	// Stdout and Stderr are what it prints.
	Stdout, Stderr string
}

// UnmarshalJSON reads the JSON form.
func (p *Program) UnmarshalJSON(data []byte) error {
	type plain Program
	return unmarshal(data, &struct {
		*plain
		After *after
	}{(*plain)(p), (*after)(&p.After)})
}

// UnmarshalJSON reads the JSON form.
func (s *Step) UnmarshalJSON(data []byte) error {
	type plain Step
	return unmarshal(data, &struct {
		*plain
		After *after
	}{(*plain)(s), (*after)(&s.After)})
}

// unmarshal decodes a part of a text, into which the error points.
func unmarshal(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	var typed *json.UnmarshalTypeError
	switch {
	case err == nil || errors.As(err, new(*partError)):
		return err
	case errors.As(err, &typed):
		return &partError{data, int(typed.Offset), fmt.Errorf("cannot read %s as %s: %q", typed.Value, typed.Type, strings.TrimPrefix(typed.Field, "plain."))}
	}
	return &partError{data, 0, err}
}

// partError is an error in a part of a JSON text.
type partError struct {
	part   []byte
	offset int // in part
	err    error
}

func (e *partError) Error() string { return e.err.Error() }

// after is a time.Duration that is a text in JSON.
type after time.Duration

func (d *after) UnmarshalJSON(data []byte) error {
	var text string
	err := json.Unmarshal(data, &text)
	parsed, parseErr := time.ParseDuration(text)
	if err != nil || parseErr != nil {
		return &partError{data, 0, fmt.Errorf(`"after" is %s: give a text such as "1.5s"`, data)}
	}
	*d = after(parsed)
	return nil
}

// SetProgram says what a command does from now on, in every container, exec and health check, and in every RUN of a build. The
// command is a whole command line with single spaces, or the program alone; the scripts of shells are searched for it too. With
// "" and Program.Image it is what containers of that image run, whatever their command. It fails as AddContainer does.
//
// What nobody has told with SetProgram is what it is in the image: the usual shells and tools do what they do. Any other command
// does not exist in busybox, alpine, debian, ubuntu and hello-world, in what is built on them, and in images with files of which one
// can be run. In any other it is a service: a container that is started with it runs until SIGTERM, SIGINT, SIGQUIT or its stop
// signal ends it, with exit code 0; as an exec, a health check or a RUN it ends at once, with exit code 0. Logf is told of
// a request that waits for one. A name that begins with "nosuch" does not exist there either.
func (d *Daemon) SetProgram(command string, p Program) {
	d.helper()
	if err := d.setProgram(command, p); err != nil {
		d.fail(fmt.Errorf("fakedaemon: SetProgram: %w", err))
	}
}

func (d *Daemon) setProgram(command string, p Program) error {
	program := state.Program{Stdout: p.Stdout, Stderr: p.Stderr, ExitCode: p.Exit, After: p.After, Runs: p.Runs, OOM: p.OOM, Catches: p.Catches}
	if p.Image != "" {
		name, err := api.ParseImage(p.Image)
		if err != nil {
			return fmt.Errorf("image %q: %w", p.Image, err)
		}
		if name.Ref == "" {
			return fmt.Errorf("image %q is an ID: give a name", p.Image)
		}
		program.Image = name.Ref
	} else if command == "" {
		return errors.New("no command and no Image: give one of them")
	}
	for _, step := range p.Steps {
		program.Steps = append(program.Steps, state.Step(step))
	}
	if p.Run != nil {
		program.Run = func(proc *run.Process) int { return p.Run(&Process{proc}) }
	}
	if p.NotFound {
		program.Error, program.ExitCode = fmt.Sprintf("exec: %q: executable file not found in $PATH", command), 127
	}
	d.state.SetProgram(command, program)
	return nil
}
