package state

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// serviceWait is how long somebody waits for a service before it is told.
const serviceWait = time.Second

// services are the processes of a container that wait because nobody knows what they do, and those who may wait for them.
type services struct {
	mu      sync.Mutex
	running []*run.Process         // oldest first; protected by mu
	watches map[*serviceWatch]bool // protected by mu
}

// serviceWatch is somebody who may wait for a service. It is in services.watches until it has told.
type serviceWatch struct {
	after func(time.Duration, func()) (stop func() bool) // immutable
	tell  func(command string)                           // immutable
	stop  func() bool                                    // nil unless a time runs; protected by services.mu
}

// serve notes a service that begins to wait, until done is called.
func (x *services) serve(p *run.Process) (done func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.running = append(x.running, p)
	for w := range x.watches {
		x.armLocked(w)
	}
	return func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.running = slices.DeleteFunc(x.running, func(have *run.Process) bool { return have == p })
		if len(x.running) > 0 {
			return
		}
		for w := range x.watches {
			if w.stop != nil {
				w.stop()
				w.stop = nil
			}
		}
	}
}

// armLocked lets the time of somebody run, once.
func (x *services) armLocked(w *serviceWatch) {
	if w.stop == nil {
		w.stop = w.after(serviceWait, func() { x.fire(w) })
	}
}

// fire tells if there still is a service.
func (x *services) fire(w *serviceWatch) {
	x.mu.Lock()
	w.stop = nil
	tells := x.watches[w] && len(x.running) > 0
	command := ""
	if tells {
		command = strings.Join(x.running[0].Args(), " ")
		delete(x.watches, w)
	}
	x.mu.Unlock()
	if tells {
		w.tell(command)
	}
}

func (x *services) watch(w *serviceWatch) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.watches == nil {
		x.watches = make(map[*serviceWatch]bool)
	}
	x.watches[w] = true
	if len(x.running) > 0 {
		x.armLocked(w)
	}
}

func (x *services) unwatch(w *serviceWatch) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.watches, w)
	if w.stop != nil {
		w.stop()
	}
}

// WatchService calls tell, at most once, when somebody has waited for a second for a container's command that nobody knows and
// that is therefore taken for a service. Whoever waits no longer calls cancel. One that AddContainer put there running stays up
// whatever its command does: of it nothing is told.
func (s *State) WatchService(term string, tell func(command string)) (cancel func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	if err != nil || s.life(c).kept {
		return func() {}
	}
	l, w := s.life(c), &serviceWatch{after: s.after, tell: tell}
	l.services.watch(w)
	return func() { l.services.unwatch(w) }
}
