package fakedaemon

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// Process is a process in a container, for Program.Run. Its methods are for the goroutine that Run is called in. Each waits while
// the container is paused, and does not return when the process has been killed: its goroutine ends then, with what was deferred.
type Process struct{ p *run.Process }

// Args are the command and its arguments.
func (p *Process) Args() []string { return p.p.Args() }

// Env is the environment, as NAME=VALUE.
func (p *Process) Env() []string { return p.p.Env() }

// Getenv is a variable of the environment; "" if there is none.
func (p *Process) Getenv(name string) string { return p.p.Getenv(name) }

// Dir is the working directory.
func (p *Process) Dir() string { return p.p.Dir() }

// Hostname is the name of the container's host.
func (p *Process) Hostname() string { return p.p.Hostname() }

// Pid is its number in the container: 1 for the container's own process.
func (p *Process) Pid() int { return p.p.Pid() }

// User is who it runs as.
func (p *Process) User() (uid, gid int) { return p.p.User().UID, p.p.User().GID }

// Stdin is standard input. It is at its end at once unless the container's is open.
func (p *Process) Stdin() io.Reader { return p.p.Stdin() }

// Stdout is standard output.
func (p *Process) Stdout() io.Writer { return p.p.Stdout() }

// Stderr is standard error, which is the same as Stdout with a terminal.
func (p *Process) Stderr() io.Writer { return p.p.Stderr() }

// Terminal is the size of the terminal that standard output is; ok is false if it is none.
func (p *Process) Terminal() (rows, cols int, ok bool) {
	r, c, err := p.p.Size(1)
	return int(r), int(c), err == nil
}

// Now is the daemon's time.
func (p *Process) Now() time.Time { return p.p.Now() }

// Sleep waits. It reports whether it has waited all the time: a signal of Catch ends it.
func (p *Process) Sleep(d time.Duration) bool { return p.p.Sleep(d) == nil }

// Catch lets signals, by number, come to Caught instead of doing what they do to a program without a handler. SIGKILL, which is 9,
// and SIGSTOP, which is 19, cannot be caught.
func (p *Process) Catch(signals ...int) {
	for _, signal := range signals {
		_ = p.p.Catch(signal) // what cannot be caught is not
	}
}

// Caught gives a signal that has come, the lowest first.
func (p *Process) Caught() (signal int, ok bool) { return p.p.Caught() }

// Wait waits for a signal of Catch, and gives it.
func (p *Process) Wait() (signal int) {
	for {
		if signal, ok := p.p.Caught(); ok {
			return signal
		}
		_ = p.p.Pause() // it ends by a signal
	}
}

// Context ends with the process.
func (p *Process) Context() context.Context { return p.p.Context() }

// Exec runs a command with the process's own environment, folder and streams, and gives its exit code: 127 if there is none.
func (p *Process) Exec(args ...string) (exitCode int) {
	pid, err := p.p.Fork(func(child *run.Process) int {
		err := child.Exec(args, nil)
		fmt.Fprintln(child.Stderr(), err)
		if start, ok := err.(*run.StartError); ok {
			return start.Code
		}
		return 127
	})
	if err != nil {
		return 126
	}
	for {
		status, err := p.p.Wait(pid, false)
		if err == nil {
			return status.Code
		}
		if err != run.EINTR {
			return 126
		}
	}
}

// ReadFile reads a file of the container.
func (p *Process) ReadFile(name string) ([]byte, error) {
	fd, err := p.p.Open(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer p.p.Close(fd)
	return io.ReadAll(descriptor{p.p, fd})
}

// WriteFile writes a file of the container; perm is what it gets if it is new.
func (p *Process) WriteFile(name string, data []byte, perm fs.FileMode) error {
	fd, err := p.p.Open(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	defer p.p.Close(fd)
	_, err = p.p.Write(fd, data)
	return err
}

type descriptor struct {
	p  *run.Process
	fd int
}

func (d descriptor) Read(b []byte) (int, error) { return d.p.Read(d.fd, b) }

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
