package state

// WaitCondition is what a client waits for.
type WaitCondition string

// The conditions that the API knows.
const (
	NotRunning WaitCondition = "not-running"
	NextExit   WaitCondition = "next-exit"
	Removed    WaitCondition = "removed"
)

// Exited is how a container's last process ended.
type Exited struct {
	Code int
	// Error, unless "", is why it could not be started.
	Error string
}

// waiter is somebody who waits for a container.
type waiter struct {
	condition WaitCondition
	done      chan Exited // has room for the one value that it gets
}

// Done returns a channel that gets a value once the condition holds.
func (w *waiter) Done() <-chan Exited { return w.done }

// stop ends the wait.
func (w *waiter) stop(l *lifecycle) { delete(l.waiters, w) }

// Wait returns a channel that gets a value once the condition holds for a container, at once if it does already; a
// removal ends every wait. Whoever waits no longer calls cancel. The error is that of Container.
func (s *State) Wait(term string, condition WaitCondition) (done <-chan Exited, cancel func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return nil, nil, err
	}
	w, l := s.waitLocked(c, condition), s.life(c)
	return w.Done(), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.stop(l)
	}, nil
}

func (s *State) waitLocked(c *Container, condition WaitCondition) *waiter {
	w := &waiter{condition, make(chan Exited, 1)}
	if condition == NotRunning && !c.State.Running {
		w.done <- Exited{c.State.ExitCode, c.State.Error}
	} else {
		l := s.life(c)
		if l.waiters == nil {
			l.waiters = make(map[*waiter]bool)
		}
		l.waiters[w] = true
	}
	return w
}

// wakeLocked wakes those who wait for a container's exit, and all when it is removed.
func (s *State) wakeLocked(c *Container, removed bool) {
	l := s.life(c)
	for w := range l.waiters {
		if removed || w.condition != Removed {
			w.done <- Exited{c.State.ExitCode, c.State.Error}
			w.stop(l)
		}
	}
}
