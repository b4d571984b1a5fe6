package state

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Event is something that happened, as GET /events tells it (api/notes.md part 9).
type Event struct {
	// Time is when it happened, in UTC.
	Time time.Time
	// Type is "container", "image", "network", "volume" or another kind of object; Action is what happened to it, such
	// as "start" or "exec_create: sh -c true".
	Type, Action string
	// ID is the object's, or its name where that is what dockerd tells.
	ID string
	// Attributes are what dockerd tells of the object.
	Attributes map[string]string
	// Scope is "local" unless given; "swarm" is the other.
	Scope string
}

// maxEvents is how many events dockerd remembers (daemon/events/events.go).
const maxEvents = 256

// eventLog is what happened, and who wants to know. The zero value is ready for use.
type eventLog struct {
	mu          sync.Mutex
	past        []Event                // the newest maxEvents; protected by mu
	subscribers map[*Subscription]bool // protected by mu
}

// Subscription is a queue of events that came after it began. It never makes the daemon wait.
type Subscription struct {
	log   *eventLog // immutable
	ready chan struct{}
	queue []Event // protected by log.mu
}

// Subscribe returns the events that dockerd remembers, oldest first, and a subscription for those that follow: none is
// missed and none comes twice. Close ends it.
func (s *State) Subscribe() (past []Event, sub *Subscription) {
	l := &s.events
	l.mu.Lock()
	defer l.mu.Unlock()
	sub = &Subscription{log: l, ready: make(chan struct{}, 1)}
	if l.subscribers == nil {
		l.subscribers = make(map[*Subscription]bool)
	}
	l.subscribers[sub] = true
	return cloneEvents(l.past), sub
}

// Ready returns a channel that has a value when Take may have events.
func (sub *Subscription) Ready() <-chan struct{} { return sub.ready }

// Take returns the events that have come since it was last called, oldest first.
func (sub *Subscription) Take() []Event {
	sub.log.mu.Lock()
	defer sub.log.mu.Unlock()
	taken := sub.queue
	sub.queue = nil
	return taken
}

// Close ends the subscription.
func (sub *Subscription) Close() {
	sub.log.mu.Lock()
	defer sub.log.mu.Unlock()
	delete(sub.log.subscribers, sub)
}

// emit tells an event to those who want to know. Whoever changes s calls it while holding s.mu, so that events come
// in the order of what happened.
func (s *State) emit(e Event) {
	e.Time = s.Now()
	if e.Scope == "" {
		e.Scope = "local"
	}
	l := &s.events
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.past) == maxEvents {
		l.past = slices.Delete(l.past, 0, 1)
	}
	l.past = append(l.past, e)
	for sub := range l.subscribers {
		sub.queue = append(sub.queue, e.clone())
		select {
		case sub.ready <- struct{}{}:
		default:
		}
	}
}

// EmitContainer tells an event that concerns a container and changes nothing, such as "top". A container that is gone has none.
func (s *State) EmitContainer(id, action string, attributes map[string]string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c, err := s.containerLocked(id); err == nil {
		s.emitContainerLocked(c, action, attributes)
	}
}

// EmitReload tells that the daemon, whose host has a name, took over settings.
func (s *State) EmitReload(host string, settings map[string]string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := maps.Clone(settings)
	all["name"] = host
	s.emit(Event{Type: "daemon", Action: "reload", ID: s.ID(), Attributes: all})
}

// emitContainerLocked tells an event of a container: its labels, its image and its name are in every one.
func (s *State) emitContainerLocked(c *Container, action string, attributes map[string]string) {
	all := make(map[string]string, len(c.Config.Labels)+len(attributes)+2)
	maps.Copy(all, c.Config.Labels)
	if c.Image != "" {
		all["image"] = c.Image
	}
	all["name"] = c.Name
	maps.Copy(all, attributes)
	s.emit(Event{Type: "container", Action: action, ID: c.ID, Attributes: all})
}

// emitNetwork tells an event of a network, with its name and type.
func (s *State) emitNetwork(n *Network, action string, attributes map[string]string) {
	all := map[string]string{"name": n.Name, "type": n.Driver}
	maps.Copy(all, attributes)
	s.emit(Event{Type: "network", Action: action, ID: n.ID, Attributes: all})
}

func (e Event) clone() Event {
	e.Attributes = maps.Clone(e.Attributes)
	return e
}

func cloneEvents(events []Event) []Event {
	list := make([]Event, len(events))
	for i, e := range events {
		list[i] = e.clone()
	}
	return list
}
