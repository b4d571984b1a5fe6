package run

import (
	"context"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// Process is a process. Its methods are system calls for its own goroutine: each waits while the space is paused or the process is stopped, and
// ends the goroutine, with what it has deferred, when the process was killed.
type Process struct {
	s       *Space
	pid     int
	parent  *Process // nil: outside of the space
	started time.Time

	args, env     []string
	environ       []string // env as the program began with it
	dir           string
	user          files.Owner
	groups        []int
	umask         uint32
	fds           []descriptor
	tty           *TTY
	group         int
	session       int
	kernelIgnores bool
	exited        func(code int, oom bool)
	ctx           context.Context
	cancel        context.CancelFunc

	// embryo: it is not in the space yet.
	embryo bool
	// leaving: its program is over; what is deferred makes no calls any more.
	leaving bool
	// over: its goroutine is done; it is there for its parent to see.
	over bool
	// next is what it becomes when the goroutine has ended.
	next Main
	// killed is the signal that ends it, stopped that which has stopped it.
	killed, stopped int
	// told says that the parent knows that it is stopped.
	told bool
	code int
	oom  bool

	signals [sigMax + 1]disposition
	pending sigset
	// alarm takes back the timer of an alarm, alarms counts them.
	alarm   func() bool
	alarms  int
	alarmAt time.Time

	waits         []*waiter
	calls, output int64
}

type waiter struct{ ready func() bool }

// frozenLocked reports whether it may not go on.
func (p *Process) frozenLocked() bool { return !p.embryo && (p.s.paused || p.stopped != 0) }

// settledLocked reports whether all that it waits for is not there.
func (p *Process) settledLocked() bool {
	if len(p.waits) == 0 || p.killed != 0 && !p.leaving || p.alarm != nil && p.s.dueLocked(p.alarmAt) {
		return false
	}
	return p.frozenLocked() || p.pending == 0 && !slices.ContainsFunc(p.waits, func(w *waiter) bool { return w.ready() })
}

// enter begins a call. It locks the space.
func (p *Process) enter() {
	s := p.s
	s.mu.Lock()
	if p.calls++; p.calls > s.o.Limits.Calls && p.killed == 0 {
		p.killLocked(SIGXCPU)
	}
	if p.killed != 0 || p.leaving || p.frozenLocked() {
		p.freezeLocked()
	}
}

// freezeLocked waits while the process may not go on. It unlocks the space if that is for ever.
func (p *Process) freezeLocked() {
	ends := true
	defer func() {
		if ends {
			p.s.mu.Unlock()
		}
	}()
	for {
		if p.killed != 0 || p.leaving {
			runtime.Goexit()
		} else if !p.frozenLocked() {
			ends = false
			return
		}
		p.blockLocked(func() bool { return true })
	}
}

// leave ends a call.
func (p *Process) leave() { p.s.mu.Unlock() }

// blockLocked waits for a change, once.
func (p *Process) blockLocked(ready func() bool) {
	w := &waiter{ready}
	p.waits = append(p.waits, w)
	p.calls = 0
	p.s.calmLocked()
	p.s.changed.Wait()
	p.waits = slices.DeleteFunc(p.waits, func(o *waiter) bool { return o == w })
}

// wait waits until ready, which must be true at once when what makes it so has happened; EINTR if a caught signal comes first.
func (p *Process) wait(ready func() bool) error {
	for {
		switch {
		case p.killed != 0 || p.leaving:
			runtime.Goexit()
		case p.frozenLocked():
		case ready():
			return nil
		case p.pending != 0:
			return EINTR
		}
		p.blockLocked(ready)
	}
}

// run is the goroutine of a process.
func (p *Process) run(main Main) {
	defer p.ended()
	p.Exit(main(p))
}

// ended is reached by return and by Goexit, after what a program has deferred.
func (p *Process) ended() {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if next := p.next; next != nil && p.killed == 0 {
		p.next, p.leaving = nil, false
		go p.run(next)
		return
	}
	if !p.leaving && p.killed == 0 {
		p.code = 1 // somebody else's Goexit, such as that of a test
	}
	p.leaving = true
	s.exits++
	p.endSessionLocked()
	p.closeAllLocked(false)
	if p.pid == 1 {
		s.endLocked()
	}
	p.over = true
	for _, c := range s.processes {
		if c.parent == p {
			c.parent = s.processes[1]
			c.reportLocked()
		}
	}
	p.stopAlarmLocked()
	p.cancel()
	p.reportLocked()
	if p.exited != nil {
		code := p.code
		s.unlocked(func() { p.exited(code, p.oom) })
	}
	s.exits--
	s.changedLocked()
}

// Pid is its number.
func (p *Process) Pid() int { return p.pid }

// Parent is the number of its parent; 0 is outside of the space.
func (p *Process) Parent() int {
	p.enter()
	defer p.leave()
	return p.parentLocked()
}

func (p *Process) parentLocked() int {
	if p.parent == nil {
		return 0
	}
	return p.parent.pid
}

func (p *Process) infoLocked() Info {
	return Info{p.pid, p.parentLocked(), p.user, slices.Clone(p.args), p.started, p.stateLocked(), p.tty != nil}
}

// stateLocked is its state as /proc has it.
func (p *Process) stateLocked() byte {
	switch {
	case p.over:
		return 'Z'
	case p.stopped != 0:
		return 'T'
	case p.settledLocked():
		return 'S'
	}
	return 'R'
}

// Args are the program and its arguments.
func (p *Process) Args() []string { return p.args }

// Env is its environment, as name=value.
func (p *Process) Env() []string { return slices.Clone(p.env) }

// Getenv gives a variable of its environment, or "".
func (p *Process) Getenv(name string) string {
	for _, v := range p.env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// Setenv sets a variable of its environment.
func (p *Process) Setenv(name, value string) {
	v := name + "=" + value
	if i := slices.IndexFunc(p.env, func(v string) bool { return strings.HasPrefix(v, name+"=") }); i >= 0 {
		p.env[i] = v
	} else {
		p.env = append(p.env, v)
	}
}

// Dir is its working directory.
func (p *Process) Dir() string { return p.dir }

// User is who it is.
func (p *Process) User() files.Owner { return p.user }

// Groups are its groups beside that of User.
func (p *Process) Groups() []int { return p.groups }

// Umask sets which permissions new files do not get, and gives what it was.
func (p *Process) Umask(mask uint32) (old uint32) {
	p.enter()
	defer p.leave()
	old, p.umask = p.umask, mask&0o777
	return old
}

// Hostname is the name of its container.
func (p *Process) Hostname() string { return p.s.o.Hostname }

// Files are the files of the space, without devices and /proc, which Open, Stat, Lstat and ReadDir of a process know.
func (p *Process) Files() *files.FS { return p.s.o.Files }

// Now is the time.
func (p *Process) Now() time.Time { return p.s.o.Now() }

// Context is done when the process is killed or over.
func (p *Process) Context() context.Context { return p.ctx }

// Check is a call that does nothing: what computes long without any call makes it now and then, to be paused, stopped and killed.
func (p *Process) Check() {
	p.enter()
	p.leave()
}

// Exit ends the process with an exit code, of which eight bits count.
func (p *Process) Exit(code int) {
	p.enter()
	defer p.leave()
	p.code, p.leaving = code&0xff, true
	runtime.Goexit()
}

// OutOfMemory ends the process as the kernel does when the memory of its container is used up.
func (p *Process) OutOfMemory() {
	p.enter()
	defer p.leave()
	p.oom = true
	p.killLocked(SIGKILL)
	p.diesLocked()
}

// Fork makes a child that runs main, with copies of the environment, the folder, the descriptors and the ignored signals, and gives its number.
func (p *Process) Fork(main Main) (pid int, err error) {
	p.enter()
	defer p.leave()
	c := &Process{s: p.s, parent: p, args: p.args, environ: p.environ, env: slices.Clone(p.env), dir: p.dir, user: p.user, groups: p.groups, umask: p.umask,
		fds: slices.Clone(p.fds), tty: p.tty, group: p.group, session: p.session}
	for sig, d := range p.signals {
		if d == ignored {
			c.signals[sig] = ignored
		}
	}
	if err := p.s.admitLocked(c); err != nil {
		return 0, err
	}
	for _, d := range c.fds {
		if d.f != nil {
			d.f.refs++
		}
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	go c.run(main)
	return c.pid, nil
}

// Exec becomes another program: caught signals become default, descriptors that are to close on it are closed. It returns only when the program
// cannot be found, with a *StartError. A nil environment stays what it is.
func (p *Process) Exec(args, env []string) error {
	p.Check()
	main, err := p.s.o.Find(p, args)
	if err != nil {
		return err
	}
	p.enter()
	defer p.leave()
	p.args = slices.Clone(args)
	if env != nil {
		p.env = slices.Clone(env)
	}
	p.environ = slices.Clone(p.env)
	for sig, d := range p.signals {
		if d == caught {
			p.signals[sig] = byDefault
		}
	}
	p.pending = 0 // nobody is left who knows what it was caught for
	p.closeAllLocked(true)
	p.next, p.leaving = main, true
	runtime.Goexit()
	return nil
}

// Status is what Wait tells of a child.
type Status struct {
	// Pid is the child; 0 when there is nothing to tell yet.
	Pid int
	// Code is its exit code, or 128 and the signal that has ended or stopped it.
	Code int
	// Signal is the signal that has ended or stopped it, or 0.
	Signal int
	// Stopped says that it is not over.
	Stopped bool
}

// Wait waits until a child is over: that of number pid, or any with -1, of its group with 0, of a group with its number below zero. With nohang
// it waits for none. ECHILD: there is none.
func (p *Process) Wait(pid int, nohang bool) (Status, error) { return p.waitFor(pid, nohang, false) }

// WaitStopped is Wait that tells also of children that were stopped.
func (p *Process) WaitStopped(pid int, nohang bool) (Status, error) {
	return p.waitFor(pid, nohang, true)
}

func (p *Process) waitFor(pid int, nohang, untraced bool) (Status, error) {
	p.enter()
	defer p.leave()
	var found *Process
	look := func() (any bool) {
		found = nil
		for _, c := range p.s.processes {
			if c.parent != p || !c.meant(pid, p.group) {
				continue
			}
			any = true
			if (c.over || untraced && c.stopped != 0 && !c.told) && (found == nil || c.pid < found.pid) {
				found = c
			}
		}
		return any
	}
	if !look() {
		return Status{}, ECHILD
	}
	if found == nil && nohang {
		return Status{}, nil
	}
	if err := p.wait(func() bool { return !look() || found != nil }); err != nil {
		return Status{}, err
	}
	switch c := found; {
	case c == nil:
		return Status{}, ECHILD
	case c.over:
		delete(p.s.processes, c.pid)
		return Status{Pid: c.pid, Code: c.code, Signal: c.killed}, nil
	default:
		c.told = true
		return Status{Pid: c.pid, Code: 128 + c.stopped, Signal: c.stopped, Stopped: true}, nil
	}
}

// Sleep waits for d; EINTR if a caught signal comes first.
func (p *Process) Sleep(d time.Duration) error {
	p.enter()
	defer p.leave()
	if d <= 0 {
		return nil
	}
	p.calls = 0 // even if the time has come before it is looked for
	until, over := p.s.o.Now().Add(d), false
	stop := p.s.o.After(d, func() {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		over = true
		p.s.changedLocked()
	})
	defer stop()
	return p.wait(func() bool { return over || p.s.dueLocked(until) })
}

// dueLocked reports whether a time has come: what waits for it is not settled, even if its timer has not been heard of.
func (s *Space) dueLocked(until time.Time) bool { return !s.o.Now().Before(until) }

// stdio is a descriptor as a reader and writer.
type stdio struct {
	p  *Process
	fd int
}

func (s *stdio) Read(b []byte) (int, error)  { return s.p.Read(s.fd, b) }
func (s *stdio) Write(b []byte) (int, error) { return s.p.Write(s.fd, b) }

// Stdin reads descriptor 0.
func (p *Process) Stdin() io.Reader { return &stdio{p, 0} }

// Stdout writes descriptor 1.
func (p *Process) Stdout() io.Writer { return &stdio{p, 1} }

// Stderr writes descriptor 2.
func (p *Process) Stderr() io.Writer { return &stdio{p, 2} }
