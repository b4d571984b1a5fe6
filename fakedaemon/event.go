package fakedaemon

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Event is something that happened in the daemon, as GET /events tells it (operation SystemEvents).
type Event struct {
	// Time is when it happened, by Options.Clock.
	Time time.Time
	// Type is "container", "image", "network", "volume" or another kind of object, Action what happened to it: "start",
	// "exec_create: sh -c true".
	Type, Action string
	// ID is the object's ID, or its name where that is what dockerd tells.
	ID string
	// Attributes are what dockerd tells of the object: "name", "image", labels.
	Attributes map[string]string
	// Scope is "local" or "swarm".
	Scope string
}

// Events are events in the order in which they happened.
type Events []Event

// Events returns what the daemon remembers: like dockerd, the last 256 events. What Add... does is no event.
func (d *Daemon) Events() Events {
	past, sub := d.state.Subscribe()
	sub.Close()
	es := make(Events, len(past))
	for i, e := range past {
		es[i] = newEvent(e)
	}
	return es
}

func newEvent(e state.Event) Event {
	return Event{Time: e.Time, Type: e.Type, Action: e.Action, ID: e.ID, Attributes: e.Attributes, Scope: e.Scope}
}

// String gives a table with one line per event.
func (es Events) String() string {
	return table(len(es), "TIME\tTYPE\tACTION\tID\tATTRIBUTES", func(i int) string {
		e := &es[i]
		var attributes []string
		for _, key := range slices.Sorted(maps.Keys(e.Attributes)) {
			attributes = append(attributes, key+"="+e.Attributes[key])
		}
		return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", e.Time.Format(time.RFC3339Nano), e.Type, e.Action, dash(e.ID), dash(strings.Join(attributes, " ")))
	})
}
