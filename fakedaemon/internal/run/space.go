package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// Main is a program: what it returns is its exit code.
type Main func(p *Process) int

// StartError is why a program cannot be started, in runc's words, and the exit code that docker makes of it: 126 or 127.
type StartError struct {
	Text string
	Code int
}

func (e *StartError) Error() string { return e.Text }

// Options are what a space stands on.
type Options struct {
	// Files are what its processes see; devices and /proc come on top.
	Files *files.FS
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// After calls f, in a goroutine of its own, once d has passed; stop keeps it from doing so. Nil means time.AfterFunc.
	After func(d time.Duration, f func()) (stop func() bool)
	// Find gives the program of a command line, in the files and the environment of p; its error is a *StartError.
	Find func(p *Process, args []string) (Main, error)
	// Hostname is the name that uname gives.
	Hostname string
	// Limits bound what the processes take.
	Limits Limits
}

// Limits bound what the processes of a space take. What is zero has its default.
type Limits struct {
	// Processes is how many there may be at once, those included that nobody has waited for: 1,024.
	Processes int
	// Descriptors is how many a process may have: 1,024.
	Descriptors int
	// Output is how many bytes a process may write: 16 GiB. SIGXFSZ ends it beyond.
	Output int64
	// Calls is how many calls a process may make without ever waiting: 100 million. SIGXCPU ends it beyond.
	Calls int64
}

// Kernel is the release of Linux that uname gives, as the daemon's info has it unless it is told otherwise.
const Kernel = "6.1.0-40-amd64"

// closeTimeout is how long Close waits for programs that make no call.
const closeTimeout = 5 * time.Second

// Space is the processes of one container. Its methods may be called from any goroutine, but not by its programs.
type Space struct {
	o Options

	// mu guards everything in the space but what is behind devices. It may be held when a TTY's, an Input's or a file system's is taken.
	mu sync.Mutex
	// changed tells waiting processes that something is otherwise, calm those who wait for the space that it may be settled.
	changed, calm *sync.Cond
	// processes are those that live or that nobody has waited for, by pid.
	processes map[int]*Process
	lastPID   int
	// wakes counts what devices have said.
	wakes  uint64
	paused bool
	// closed refuses processes: pid 1 is over or Close was called.
	closed bool
	// terminals are those of /dev/pts, nil where one was; console is that of pid 1.
	terminals []*TTY
	console   *TTY
	began     time.Time
	lastInode uint64
	random    *rand.ChaCha8
	// exits counts the calls of Exited that have not returned, watchers the goroutines in Settle and Close.
	exits, watchers int
}

// NewSpace makes a space without a process.
func NewSpace(o Options) *Space {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	l := &o.Limits
	l.Processes = cmp.Or(l.Processes, 1024)
	l.Descriptors = cmp.Or(l.Descriptors, 1024)
	l.Output = cmp.Or(l.Output, 16<<30)
	l.Calls = cmp.Or(l.Calls, 100_000_000)
	s := &Space{o: o, processes: make(map[int]*Process), began: o.Now(), random: rand.NewChaCha8(sha256.Sum256([]byte(o.Hostname)))}
	s.changed, s.calm = sync.NewCond(&s.mu), sync.NewCond(&s.mu)
	return s
}

// Spec is a process as a container or an exec starts it.
type Spec struct {
	Args, Env []string
	Dir       string
	User      files.Owner
	Groups    []int
	// Stdin, Stdout and Stderr are what is behind the first descriptors; nil is /dev/null.
	Stdin, Stdout, Stderr Device
	// TTY is behind all three, instead.
	TTY *TTY
	// KernelIgnores says that it is pid 1 without --init: signals that it has no handler for do nothing, but SIGKILL and SIGSTOP from outside.
	KernelIgnores bool
	// Exited is called once, when the process is over and what it wrote is written, with its exit code: 128 and the signal, if one ended it.
	// The space is not locked then.
	Exited func(code int, oom bool)
}

// Start starts a process: the first is pid 1, later ones are those of docker exec. A program that cannot be found is a *StartError; ESRCH: the
// space is over. Devices are not closed then.
func (s *Space) Start(spec Spec) (*Process, error) {
	p := &Process{s: s, args: slices.Clone(spec.Args), env: slices.Clone(spec.Env), dir: cmp.Or(spec.Dir, "/"), user: spec.User,
		groups: slices.Sorted(slices.Values(spec.Groups)), umask: 0o022, kernelIgnores: spec.KernelIgnores, exited: spec.Exited, embryo: true}
	p.environ = slices.Clone(p.env)
	p.ctx, p.cancel = context.WithCancel(context.Background())
	main, err := s.o.Find(p, p.args)
	if err == nil {
		err = s.start(p, spec, main)
	}
	if err != nil {
		p.cancel()
		return nil, err
	}
	return p, nil
}

func (s *Space) start(p *Process, spec Spec, main Main) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.admitLocked(p); err != nil {
		return err
	}
	p.embryo, p.group, p.session = false, p.pid, p.pid
	var standard [3]*openFile
	if t := spec.TTY; t != nil {
		t.attachLocked(s, p.group)
		p.tty = t
		f := newOpenFile(t, os.O_RDWR)
		standard = [3]*openFile{f, f, f}
	} else {
		for i, d := range []Device{spec.Stdin, spec.Stdout, spec.Stderr} {
			flags := os.O_WRONLY
			if i == 0 {
				flags = os.O_RDONLY
			}
			standard[i] = s.deviceLocked(d, flags)
		}
	}
	for fd, f := range standard {
		f.refs++
		p.fds = append(p.fds[:fd], descriptor{f: f})
	}
	go p.run(main)
	return nil
}

func (s *Space) deviceLocked(d Device, flags int) *openFile {
	if d == nil {
		return newOpenFile(null{}, os.O_RDWR)
	}
	if in, ok := d.(input); ok {
		in.attach(s)
	}
	return newOpenFile(&device{d: d, inode: s.inodeLocked()}, flags)
}

func (s *Space) inodeLocked() uint64 {
	s.lastInode++
	return s.lastInode
}

// admitLocked gives a process its pid.
func (s *Space) admitLocked(p *Process) error {
	switch {
	case s.closed:
		return ESRCH
	case len(s.processes) >= s.o.Limits.Processes:
		return EAGAIN
	}
	s.lastPID++
	p.pid, p.started = s.lastPID, s.o.Now()
	s.processes[p.pid] = p
	return nil
}

// Signal sends a signal to a process, from outside of the space.
func (s *Space) Signal(p *Process, sig int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.signalLocked(sig, true)
}

// Catches reports whether a process has a handler for a signal.
func (s *Space) Catches(p *Process, sig int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !p.over && sig >= 1 && sig <= sigMax && p.signals[sig] == caught
}

// Pause keeps every process from going on, each at its next call; Settle tells when all are there.
func (s *Space) Pause() { s.setPaused(true) }

// Resume lets processes go on.
func (s *Space) Resume() { s.setPaused(false) }

func (s *Space) setPaused(paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = paused
	s.changedLocked()
}

// Wake says that a Device gives or takes more than it did.
func (s *Space) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if terminals := slices.Clone(s.terminals); len(terminals) > 0 {
		s.unlocked(func() {
			for _, t := range terminals {
				if t != nil {
					t.flush()
				}
			}
		})
	}
	s.wakes++
	s.changedLocked()
}

// changedLocked lets every process that waits look again.
func (s *Space) changedLocked() {
	s.changed.Broadcast()
	s.calmLocked()
}

// calmLocked lets those look again who wait for the space.
func (s *Space) calmLocked() {
	if s.watchers > 0 {
		s.calm.Broadcast()
	}
}

// Settle waits until every process waits for something that is not there or is over, and Exited has returned for those that are over.
func (s *Space) Settle(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watchLocked(ctx, s.settledLocked)
}

func (s *Space) watchLocked(ctx context.Context, done func() bool) error {
	if done() {
		return nil
	}
	defer context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calm.Broadcast()
	})()
	s.watchers++
	defer func() { s.watchers-- }()
	for !done() {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.calm.Wait()
	}
	return nil
}

func (s *Space) settledLocked() bool {
	if s.exits > 0 {
		return false
	}
	for _, p := range s.processes {
		if !p.over && !p.settledLocked() {
			return false
		}
	}
	return true
}

// Info is what ps and top tell of a process.
type Info struct {
	Pid, Parent int
	User        files.Owner
	Args        []string
	Started     time.Time
	// State is R, S, T or Z, as in /proc.
	State byte
	// TTY says that it has a terminal.
	TTY bool
}

// Processes tells of the processes, by pid.
func (s *Space) Processes() []Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Info, 0, len(s.processes))
	for _, p := range s.processes {
		all = append(all, p.infoLocked())
	}
	slices.SortFunc(all, func(a, b Info) int { return cmp.Compare(a.Pid, b.Pid) })
	return all
}

// Close kills all processes and waits until their goroutines have ended; it is an error when one still computes after two seconds.
func (s *Space) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.killAllLocked()
	return s.watchLocked(ctx, func() bool { return s.exits == 0 && s.liveLocked() == 0 })
}

// killAllLocked ends all processes, and lets none begin.
func (s *Space) killAllLocked() {
	s.closed, s.paused = true, false
	for _, p := range s.processes {
		p.killLocked(SIGKILL)
	}
	s.changedLocked()
}

func (s *Space) liveLocked() (n int) {
	for _, p := range s.processes {
		if !p.over {
			n++
		}
	}
	return n
}

// reportLocked tells the parent of a process that it is over, or forgets it if nobody will ask.
func (p *Process) reportLocked() {
	switch {
	case !p.over:
	case p.parent == nil || p.parent.over || p.parent.signals[SIGCHLD] == ignored:
		delete(p.s.processes, p.pid)
	default:
		p.parent.signalLocked(SIGCHLD, false)
	}
}

// endLocked ends all others with pid 1, which is over when they are.
func (s *Space) endLocked() {
	s.killAllLocked()
	s.watchers++
	defer func() { s.watchers-- }()
	for s.exits > 1 || s.liveLocked() > 1 {
		s.calm.Wait()
	}
}

// unlocked calls f without the lock of the space.
func (s *Space) unlocked(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}
