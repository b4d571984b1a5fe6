package conform

import (
	"slices"
	"testing"

	"github.com/fakedockerd/fakedockerd/modes"
)

// TestWaysIn: every daemon mode has one way in, and clients can be pointed at what its entries dial.
func TestWaysIn(t *testing.T) {
	t.Parallel()
	p := modes.Paths{Host: "127.0.0.1:1", Socket: "/x.sock", SSH: "me@127.0.0.1:1"}
	for _, d := range modes.Daemons() {
		n := 0
		for _, w := range waysIn {
			if slices.Contains(w.modes, d) {
				n++
			}
		}
		host := modes.Entry{Daemon: d}.ClientHost(p)
		if w, _, err := wayTo(host); n != 1 || err != nil || w != wayOf(d) {
			t.Errorf("%s has %d ways in; %s: %v", d, n, host, err)
		}
	}
}
