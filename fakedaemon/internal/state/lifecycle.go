package state

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/program"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// lifecycle is what a container's changes of state need beyond the container itself.
type lifecycle struct {
	kept     bool       // a test put it there running: its process never ends by itself
	space    *run.Space // of the processes that run; nil without any
	first    *run.Process
	pids     map[int]int    // the numbers that the host has for all but the first
	finder   program.Finder // of what is in files
	found    *sync.Map      // where programs are in base
	base     *files.Base    // what is below files
	files    *files.FS      // nil before somebody has looked at them
	etc      *files.FS      // what dockerd writes into /etc; nil before the first start
	io       *streams       // nil before somebody has looked at them
	waker    waker
	services services
	// number is that of the process: what was planned for an earlier one does not happen.
	number int
	timers map[string]func() bool // stop what is planned, by what it is for

	waiters  map[*waiter]bool // for an exit or for the removal
	execs    []*Exec          // that have not ended, in order of creation
	allExecs []*Exec          // in order of creation
	probe    *Exec            // the health check that runs
	backoff  time.Duration    // before the next restart by the policy

	policyOff         bool // a signal has ended the restart policy until the next start
	manuallyStopped   bool
	manuallyRestarted bool
	commits           int  // that have paused it, and let it go on
	healthGiven       bool // SetHealth has said what it is
	stopping          bool // Stop tells its event with the exit
	signalled         bool // the process that runs has been sent a signal
}

// life returns the lifecycle of a container. That of one that was removed while somebody waited is kept nowhere.
func (s *State) life(c *Container) *lifecycle {
	l := s.lives[c.ID]
	if l == nil {
		l = new(lifecycle)
		if s.index.byID[c.ID] == nil {
			return l
		}
		if s.lives == nil {
			s.lives = make(map[string]*lifecycle)
		}
		s.lives[c.ID] = l
	}
	return l
}

// afterLocked plans f for the process that runs now, or for the restart that is waited for; f is called with s.mu held.
func (s *State) afterLocked(l *lifecycle, what string, d time.Duration, f func()) {
	l.stopTimer(what)
	if l.timers == nil {
		l.timers = make(map[string]func() bool)
	}
	number := l.number
	l.timers[what] = s.after(d, func() {
		s.mu.Lock()
		defer s.unlock()
		if l.number == number && !s.closed {
			f()
		}
	})
}

func (l *lifecycle) stopTimer(what string) {
	if stop := l.timers[what]; stop != nil {
		stop()
		delete(l.timers, what)
	}
}

// next drops all that is planned.
func (l *lifecycle) next() {
	l.number++
	for what := range l.timers {
		l.stopTimer(what)
	}
}

// Close ends all processes and all that is planned: nothing happens by itself any more. It waits for the programs, but not for
// one that makes no call.
func (s *State) Close() {
	s.mu.Lock()
	s.closed = true
	for _, l := range s.lives {
		l.next()
	}
	spaces := slices.Collect(maps.Keys(s.spaces))
	s.mu.Unlock()
	var closing sync.WaitGroup
	for _, space := range spaces {
		closing.Go(func() { _ = space.Close() })
	}
	closing.Wait()
}

// stopGrace is how long dockerd lets a process handle its stop signal unless told otherwise, in seconds.
const stopGrace = 10

// StopOptions says how to stop a container.
type StopOptions struct {
	// Signal is as ParseSignal takes it; "" means the container's own.
	Signal string
	// Timeout is how many seconds the process has; nil means the container's own. A negative one means that it is never
	// killed.
	Timeout *int
}

// Stop stops a container: NotModified when it does not run. A process that has come to rest without a handler for the signal is
// killed at once; else it has its time, by the clock. Stop waits until the process has ended, or ctx has, which changes
// nothing of that.
func (s *State) Stop(ctx context.Context, term string, o StopOptions) error {
	s.awaken(term)
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return err
	}
	if !c.State.Running {
		return NotModified{"container is already stopped"}
	}
	if err := s.stopLocked(ctx, c, o); err != nil {
		return wrap(err, "cannot stop container: "+term)
	}
	return nil
}

// Restart stops a container that runs, and starts it. It waits as Stop does.
func (s *State) Restart(ctx context.Context, term string, o StopOptions) error {
	s.awaken(term)
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return err
	}
	failed := func(err error) error {
		return fmt.Errorf("Cannot restart container %s: %w", term, errors.New(err.Error()))
	}
	if c.State.Running {
		s.life(c).manuallyRestarted = true
		if err := s.stopLocked(ctx, c, o); err != nil {
			return failed(err)
		}
	}
	if !c.State.Running {
		if err := s.startLocked(c, true); err != nil {
			return failed(err)
		}
	}
	s.emitContainerLocked(c, "restart", nil)
	return nil
}

// stopLocked stops a container that runs. While it waits for a process that nothing ends it gives up s.mu.
func (s *State) stopLocked(ctx context.Context, c *Container, o StopOptions) error {
	signal, timeout := c.stopSignal(), stopGrace
	if c.Config.StopTimeout != nil {
		timeout = *c.Config.StopTimeout
	}
	if o.Signal != "" {
		var err error
		if signal, err = ParseSignal(o.Signal); err != nil {
			return err
		}
	}
	if o.Timeout != nil {
		timeout = *o.Timeout
	}
	l := s.life(c)
	l.stopping = true
	if timeout != 0 || signal == sigkill || c.State.Restarting {
		s.killLocked(c, signal)
	} else {
		// The process is killed before it could do anything.
		thaw := s.signalLocked(c, signal)
		s.signalLocked(c, sigkill)
		if thaw {
			s.emitContainerLocked(c, "unpause", nil)
		}
		s.deliverLocked(c, sigkill, false)
	}
	number := l.number
	if c.State.Running {
		s.unlock()
		s.mu.Lock()
	}
	if c.State.Running && l.number == number && timeout > 0 {
		if l.space != nil && l.space.Catches(l.first, signal) {
			s.afterLocked(l, "stop", time.Duration(timeout)*time.Second, func() { s.killLocked(c, sigkill) })
		} else {
			s.killLocked(c, sigkill)
		}
	}
	if c.State.Running && l.number == number {
		w := s.waitLocked(c, NotRunning)
		s.unlock()
		select {
		case <-w.Done():
		case <-ctx.Done():
		}
		s.mu.Lock()
		w.stop(l)
	}
	if c.State.Running && l.number == number {
		l.stopping = timeout > 0
		return ctx.Err()
	}
	s.stoppedLocked(c, l)
	return nil
}

// stoppedLocked tells the end of a stop unless the exit has.
func (s *State) stoppedLocked(c *Container, l *lifecycle) {
	if l.stopping {
		l.stopping = false
		s.emitContainerLocked(c, "stop", nil)
	}
}

// Kill sends a signal to a container that runs. The signal is as ParseSignal takes it; "" means SIGKILL.
func (s *State) Kill(term, signal string) error {
	number := sigkill
	if signal != "" {
		var err error
		if number, err = ParseSignal(signal); err != nil {
			return err
		}
		if !validSignal(number) {
			return Invalid{fmt.Sprintf("the linux daemon does not support signal %d", number)}
		}
	}
	s.awaken(term)
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return err
	}
	if !c.State.Running {
		return notRunning(c)
	}
	s.killLocked(c, number)
	return nil
}

func validSignal(number int) bool {
	for _, n := range signals {
		if n == number {
			return true
		}
	}
	return false
}

// killLocked sends a signal to a container that runs, and lets it act.
func (s *State) killLocked(c *Container, signal int) {
	s.deliverLocked(c, signal, s.signalLocked(c, signal))
}

// signalLocked tells that a signal is sent. It reports whether a paused container is to be unpaused for it: the signal that
// stops it also ends its restart policy, and the wait for a restart (daemon/kill.go).
func (s *State) signalLocked(c *Container, signal int) (thaw bool) {
	l := s.life(c)
	if c.Config.StopSignal == "" || signal == sigkill || signal == c.stopSignal() {
		l.policyOff = true
		thaw = c.State.Paused && signal != sigkill
	}
	l.manuallyStopped = true
	if !c.State.Restarting {
		s.emitContainerLocked(c, "kill", map[string]string{"signal": strconv.Itoa(signal)})
	} else if l.policyOff {
		s.stopRestartLocked(c)
	}
	return thaw
}

// deliverLocked lets a process act on a signal, which thaw unpauses it for. One that stays paused sees it once it goes on,
// but for SIGKILL.
func (s *State) deliverLocked(c *Container, signal int, thaw bool) {
	l := s.life(c)
	if !c.State.Live() {
		return
	}
	if signal == sigkill {
		s.exitLocked(c, 128+sigkill, false)
		return
	}
	if l.signalled = true; l.space != nil {
		l.space.Signal(l.first, signal)
		s.touchLocked(l)
	}
	if thaw {
		s.unpauseLocked(c)
	}
}

// Pause freezes the process of a container.
func (s *State) Pause(term string) error {
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(term)
	switch {
	case err != nil:
		return err
	case !c.State.Running:
		return notRunning(c)
	case c.State.Paused:
		return Conflict{fmt.Sprintf("Container %s is already paused", c.ID)}
	case c.State.Restarting:
		return restarting(c)
	}
	s.pauseLocked(c)
	return nil
}

func (s *State) pauseLocked(c *Container) {
	c.State.Paused = true
	if l := s.life(c); l.space != nil {
		l.space.Pause()
		s.touchLocked(l)
	}
	s.emitContainerLocked(c, "pause", nil)
	s.stopProbesLocked(c)
}

// Unpause lets the process of a paused container go on.
func (s *State) Unpause(term string) error {
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return err
	}
	if !c.State.Paused {
		return fmt.Errorf("Container %s is not paused", c.ID)
	}
	s.unpauseLocked(c)
	return nil
}

func (s *State) unpauseLocked(c *Container) {
	c.State.Paused = false
	s.emitContainerLocked(c, "unpause", nil)
	s.letGoLocked(s.life(c))
	s.probeAfterLocked(c)
}

// stopSignal is the signal that stops a container: create has checked it.
func (c *Container) stopSignal() int {
	if signal, err := ParseSignal(c.Config.StopSignal); err == nil {
		return signal
	}
	return sigterm
}

func notRunning(c *Container) error {
	return Conflict{fmt.Sprintf("container %s is not running", c.ID)}
}

func restarting(c *Container) error {
	return Conflict{fmt.Sprintf("Container %s is restarting, wait until the container is running", c.ID)}
}

// wrap puts words before an error, whose class stays.
func wrap(err error, words string) error { return fmt.Errorf("%s: %w", words, err) }
