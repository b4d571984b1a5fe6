package fakedaemon

import (
	"slices"
	"testing"

	"github.com/fakedockerd/fakedockerd/modes"
)

// TestWaysIn: every daemon mode has one way in, and every way says what an address is there.
func TestWaysIn(t *testing.T) {
	t.Parallel()
	var all []modes.Daemon
	for _, w := range waysIn {
		all = append(all, w.modes...)
		if w.form == "" || w.open == nil {
			t.Errorf("the way of %q is not complete", w.modes)
		}
	}
	if !slices.Equal(all, modes.Daemons()) {
		t.Errorf("there are ways in for %q, and modes %q", all, modes.Daemons())
	}
}
