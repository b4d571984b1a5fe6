package state

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSubscribe sees each event once: in the past or in the queue.
func TestSubscribe(t *testing.T) {
	t.Parallel()
	now := time.Unix(1, 0).UTC()
	s := New(Options{Clock: func() time.Time { return now }})
	const before, after = maxEvents + 3, 2
	for i := range before {
		s.emit(Event{Type: "volume", Action: fmt.Sprint(i)})
	}
	past, sub := s.Subscribe()
	for i := range after {
		s.emit(Event{Type: "volume", Action: fmt.Sprint(before + i), Attributes: map[string]string{"a": "b"}})
	}
	<-sub.Ready()
	taken := sub.Take()
	taken[0].Attributes["a"] = "changed"
	sub.Close()
	s.emit(Event{Type: "volume", Action: "late"})

	if len(past) != maxEvents || past[0].Action != "3" || past[maxEvents-1].Action != fmt.Sprint(before-1) {
		t.Errorf("the past is %d events from %v to %v", len(past), past[0], past[len(past)-1])
	}
	want := Event{Time: now, Type: "volume", Action: fmt.Sprint(before + 1), Attributes: map[string]string{"a": "b"}, Scope: "local"}
	if len(taken) != after {
		t.Fatalf("%d events in the queue, want %d", len(taken), after)
	}
	if diff := cmp.Diff(want, taken[1]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if more := sub.Take(); more != nil {
		t.Errorf("after Close there was %v", more)
	}
	again, other := s.Subscribe()
	defer other.Close()
	if got := again[len(again)-2].Attributes["a"]; got != "b" {
		t.Errorf("what was taken is the daemon's own: %q", got)
	}
}
