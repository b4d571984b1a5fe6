package fakedaemon

import (
	"context"
	"fmt"
)

// WaitRequest returns the oldest request for which ok is true, of those that have come and those that come while it
// waits. Ok is asked again when a request has its status, so that it can wait for the answer: an ok that looks at
// Operation alone is true before the client has one. When ctx ends first, the error wraps its error and prints the requests; when
// Close does, it wraps ErrClosed.
func (d *Daemon) WaitRequest(ctx context.Context, ok func(Request) bool) (Request, error) {
	for closed := false; ; {
		rs, changed := d.requests.watch()
		for _, r := range rs {
			if ok(r) {
				return r, nil
			}
		}
		if closed {
			return Request{}, fmt.Errorf("fakedaemon: no such request: %w\n%s", ErrClosed, rs)
		}
		select {
		case <-changed:
		case <-d.closed:
			closed = true // what came before has to be looked at
		case <-ctx.Done():
			return Request{}, fmt.Errorf("fakedaemon: no such request: %w\n%s", context.Cause(ctx), rs)
		}
	}
}

// WaitEvent returns the oldest event for which ok is true, of those that the daemon remembers and those that come while
// it waits. When ctx ends first, the error wraps its error and prints the events; when Close does, it wraps ErrClosed.
func (d *Daemon) WaitEvent(ctx context.Context, ok func(Event) bool) (Event, error) {
	past, sub := d.state.Subscribe()
	defer sub.Close()
	seen := Events{}
	for closed := false; ; {
		for _, e := range past {
			event := newEvent(e)
			if ok(event) {
				return event, nil
			}
			seen = append(seen, event)
		}
		if closed {
			return Event{}, fmt.Errorf("fakedaemon: no such event: %w\n%s", ErrClosed, seen)
		}
		select {
		case <-sub.Ready():
			past = sub.Take()
		case <-d.closed:
			past, closed = sub.Take(), true // what came before has to be looked at
		case <-ctx.Done():
			return Event{}, fmt.Errorf("fakedaemon: no such event: %w\n%s", context.Cause(ctx), seen)
		}
	}
}
