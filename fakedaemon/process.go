package fakedaemon

import (
	"fmt"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Program is what a command does in a container. Nothing is really run: the zero value ends at once with exit code 0.
//
// What is not told with SetProgram is worked out from the command line. true, false, sleep and shell scripts made of what is
// known end as they would; cat and a shell without standard input end at once; a name that begins with "nosuch" does not
// exist. Every other command is a service when a container is started with it: it runs until SIGTERM, SIGINT, SIGQUIT or the
// container's stop signal ends it, with exit code 0. As an exec or a health check it ends at once, with exit code 0.
type Program struct {
	// NotFound says that there is no such program: it cannot be started, with exit code 127.
	NotFound bool
	// ExitCode is what it ends with.
	ExitCode int
	// After is how long it runs, in real time, whatever Options.Clock says.
	After time.Duration
	// Runs says that it runs until a signal ends it; ExitCode and After mean nothing then.
	Runs bool
	// OOM says that the kernel kills it when it ends, because it used too much memory: give ExitCode 137.
	OOM bool
	// Catches are the signals, by number, that it has a handler for, with the exit code that it ends with then; a negative
	// one means that it goes on. All others but SIGKILL are ignored by the first process of a container without
	// docker run --init, and end every other process.
	Catches map[int]int
}

// SetProgram says what a command does from now on, in every container, exec and health check. The command is a whole
// command line with single spaces, or the program alone; the scripts of shells are searched for it too.
func (d *Daemon) SetProgram(command string, p Program) {
	program := state.Program{ExitCode: p.ExitCode, After: p.After, Runs: p.Runs, OOM: p.OOM, Catches: p.Catches}
	if p.NotFound {
		program.Error, program.ExitCode = fmt.Sprintf("exec: %q: executable file not found in $PATH", command), 127
	}
	d.state.SetProgram(command, program)
}

// ExitContainer ends the process of a container that runs, with an exit code, as if it had ended by itself: its restart
// policy counts, and --rm. The container is a name or an ID. It fails as AddContainer does.
func (d *Daemon) ExitContainer(container string, exitCode int) {
	d.helper()
	if err := d.state.Exit(container, exitCode); err != nil {
		d.fail(fmt.Errorf("fakedaemon: ExitContainer: %w", err))
	}
}

// SetHealth gives a container that runs, and that has a health check, the health "starting", "healthy" or "unhealthy". Its
// check is not run again until it is started again. It fails as AddContainer does.
func (d *Daemon) SetHealth(container, health string) {
	d.helper()
	if err := d.state.SetHealth(container, health); err != nil {
		d.fail(fmt.Errorf("fakedaemon: SetHealth: %w", err))
	}
}
