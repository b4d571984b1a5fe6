package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// settleTime is how long at most somebody waits for processes that he has given something to do: one that computes never rests.
const settleTime = 5 * time.Second

// unlock gives s.mu up, and then waits until the processes that were given something to do have come to rest: what ends at
// once has ended, and its events are out.
func (s *State) unlock() { s.unlockFirst()(context.Background()) }

// unlockFirst gives s.mu up and returns what waits.
func (s *State) unlockFirst() (settled func(context.Context)) {
	touched := s.touched
	s.touched = nil
	s.mu.Unlock()
	return func(ctx context.Context) {
		for _, space := range touched {
			settle(ctx, space)
		}
	}
}

func settle(ctx context.Context, space *run.Space) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	_ = space.Settle(ctx) // what computes goes on
}

// touchLocked makes unlock wait for the processes of a container.
func (s *State) touchLocked(l *lifecycle) {
	if l.space != nil && !slices.Contains(s.touched, l.space) {
		s.touched = append(s.touched, l.space)
	}
}

// launchLocked makes the first process of a container, which does nothing before it is let go: its program or, with idle, nothing
// ever. The error of a program that cannot be started is a *run.StartError. A State that is closed starts nothing.
func (s *State) launchLocked(c *Container, idle bool) error {
	if s.closed {
		return nil
	}
	l := s.life(c)
	fresh := l.files == nil && len(c.Mounts) == 0
	seen := s.filesLocked(c)
	who, err := s.firstAccountLocked(c, fresh)
	if err != nil {
		return err
	}
	dir, err := startDir(seen, c.Config.WorkingDir, who)
	if err != nil {
		return err
	}
	var linked []string
	if !idle { // what goes on without a program goes on without those that it has linked
		if linked, err = s.linkVariablesLocked(c); err != nil {
			return err
		}
	}
	find, first := s.finderLocked(c, fresh), true
	var space *run.Space
	space = run.NewSpace(run.Options{
		Files: seen, Now: s.Now, Hostname: c.Config.Hostname,
		Find: func(p *run.Process, args []string) (run.Main, error) {
			if idle && first {
				return rest, nil
			}
			return find(p, args, first)
		},
		// Whoever moves the clock sees what came of it.
		After: func(d time.Duration, f func()) func() bool {
			return s.after(d, func() {
				f()
				settle(context.Background(), space)
			})
		},
	})
	number := l.number
	spec := run.Spec{
		Args: slices.Concat(c.Config.Entrypoint, c.Config.Cmd), Env: environment(c.Config.Hostname, c.Config.Tty, who.home, linked, c.Config.Env),
		Dir: dir, User: who.Owner, Groups: who.groups, KernelIgnores: !c.Host.Init,
		Exited: func(code int, oom bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if delete(s.spaces, space); l.number == number && !s.closed {
				s.endedLocked(c, code, oom)
			}
		},
	}
	s.ioLocked(c).attach(&spec)
	space.Pause()
	if l.first, err = space.Start(spec); err != nil {
		return err
	}
	first = false
	if s.spaces == nil {
		s.spaces = make(map[*run.Space]bool)
	}
	s.spaces[space] = true
	l.space, l.pids = space, make(map[int]int)
	l.waker.space.Store(space)
	return nil
}

// letGoLocked lets the processes of a container go on.
func (s *State) letGoLocked(l *lifecycle) {
	if l.space != nil {
		l.space.Resume()
		s.touchLocked(l)
	}
}

// endedLocked is the end of a process that nobody has killed. What a test put there running goes on without one.
func (s *State) endedLocked(c *Container, code int, oom bool) {
	l := s.life(c)
	l.space, l.first = nil, nil
	if !l.kept || l.signalled {
		s.exitLocked(c, code, oom)
		return
	}
	if err := s.launchLocked(c, true); err == nil && l.space != nil {
		l.space.Resume()
	}
}

// rest is a program that does nothing.
func rest(p *run.Process) int {
	_ = p.Pause() // which a signal ends
	return 0
}

// endProcessesLocked kills all processes of a container, of which nobody hears any more.
func (s *State) endProcessesLocked(l *lifecycle) {
	if l.space == nil {
		return
	}
	l.space.Signal(l.first, sigkill)
	s.touchLocked(l)
	l.space, l.first = nil, nil
}

// awaken starts the process of a container that was put there running: it is made when somebody looks.
func (s *State) awaken(term string) {
	s.readFiles(term)
	s.mu.RLock()
	c, err := s.containerLocked(term)
	asleep := err == nil && s.asleepLocked(c)
	s.mu.RUnlock()
	if !asleep {
		return
	}
	s.mu.Lock()
	defer s.unlock()
	if c, err := s.containerLocked(term); err == nil {
		s.awakenLocked(c)
	}
}

func (s *State) asleepLocked(c *Container) bool {
	l := s.lives[c.ID]
	return c.State.Live() && l != nil && l.kept && l.space == nil && !s.closed
}

func (s *State) awakenLocked(c *Container) {
	if !s.asleepLocked(c) {
		return
	}
	if err := s.launchLocked(c, false); err != nil {
		if err = s.launchLocked(c, true); err != nil {
			return
		}
	}
	l := s.life(c)
	if !c.State.Paused {
		l.space.Resume()
	}
	s.touchLocked(l)
}

// firstAccountLocked finds the user that a container starts with. What fresh containers of one image find is the same.
func (s *State) firstAccountLocked(c *Container, fresh bool) (account, error) {
	const most = 1000
	l := s.life(c)
	key := accountKey{l.base, c.Config.User, strings.Join(c.Host.GroupAdd, ",")}
	if who, ok := s.accounts[key]; ok && fresh {
		return who, nil
	}
	who, err := s.accountLocked(c, c.Config.User)
	if err == nil && fresh {
		if s.accounts == nil || len(s.accounts) > most {
			s.accounts = make(map[accountKey]account)
		}
		s.accounts[key] = who
	}
	return who, err
}

type accountKey struct {
	base         *files.Base
	user, groups string
}

// accountLocked finds the user that a process of a container runs as.
func (s *State) accountLocked(c *Container, user string) (account, error) {
	fs, services := s.filesLocked(c), s.life(c).finder.Services
	who, err := findAccount(fs, user)
	if err != nil && services && imaginable(user) {
		name, _, _ := strings.Cut(user, ":")
		who, err = account{Owner: files.Owner{UID: firstUser, GID: firstUser}, home: "/home/" + name}, nil
	}
	if err != nil {
		return who, err
	}
	err = who.addGroups(fs, c.Host.GroupAdd, services, s.engine.CapitalGroup)
	return who, err
}

// startDir is the folder that a process begins in, without links; the error is runc's.
func startDir(seen *files.FS, dir string, who account) (string, error) {
	if dir == "" || dir == "/" {
		return dir, nil
	}
	info, err := seen.Stat(dir)
	if err == nil && !info.IsDir() {
		err = files.ENOTDIR
	} else if err == nil {
		err = seen.Access(dir, 1, who.Owner)
	}
	if err == nil {
		return seen.Resolve(dir)
	}
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		err = failed.Err
	}
	return "", &run.StartError{Text: fmt.Sprintf("chdir to cwd (%q) set in config.json failed: %s", dir, err), Code: 127}
}

// ContainerProcesses are those of a container that runs, by the numbers that the host has for them; a parent outside of the
// container is 0.
func (s *State) ContainerProcesses(term string) ([]run.Info, error) {
	s.awaken(term)
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	switch {
	case err != nil:
		return nil, err
	case !c.State.Running:
		return nil, notRunning(c)
	case c.State.Restarting:
		return nil, restarting(c)
	}
	l := s.life(c)
	if l.space == nil {
		return nil, nil
	}
	all := l.space.Processes()
	for i := range all {
		all[i].Pid, all[i].Parent = s.hostPidLocked(c, all[i].Pid), s.hostPidLocked(c, all[i].Parent)
	}
	return all, nil
}

// hostPidLocked is the number that the host has for a process of a container.
func (s *State) hostPidLocked(c *Container, pid int) int {
	if pid == 1 {
		return c.State.Pid
	}
	pids := s.life(c).pids
	if _, ok := pids[pid]; !ok && pid > 0 {
		pids[pid] = s.pidLocked()
	}
	return pids[pid]
}

// keepRunningLocked gives a container that was put there live a process that never ends by itself.
func (s *State) keepRunningLocked(c *Container) {
	l := s.life(c)
	l.kept, l.healthGiven = true, true
}
