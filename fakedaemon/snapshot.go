package fakedaemon

import (
	"errors"
	"fmt"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Snapshot is what existed in a daemon at one moment.
type Snapshot struct {
	of    *Daemon
	state *state.Snapshot
}

// Snapshot returns what exists now, for Restore. It fails as AddContainer does while the daemon is in a swarm, which a
// Snapshot cannot keep.
func (d *Daemon) Snapshot() *Snapshot {
	d.helper()
	s, err := d.state.Snapshot()
	if err != nil {
		d.fail(fmt.Errorf("fakedaemon: Snapshot: %w", err))
	}
	return &Snapshot{d, s}
}

// Restore makes exist what existed then, and nothing else, so that the tests of one daemon do not meet: containers that ran
// run again, until they are stopped, and Events are those of then. Requests, Handshakes and faults stay. Clients that wait
// for a container learn that it was removed. A Snapshot is for the daemon that it was taken of, as often as one likes:
// Restore fails as AddContainer does with that of another.
func (d *Daemon) Restore(s *Snapshot) {
	d.helper()
	if err := d.restore(s); err != nil {
		d.fail(fmt.Errorf("fakedaemon: Restore: %w", err))
	}
}

func (d *Daemon) restore(s *Snapshot) error {
	if s == nil || s.state == nil {
		return errors.New("the Snapshot is empty: give one that Snapshot returned")
	}
	if s.of != d {
		return fmt.Errorf("the Snapshot is of the daemon at %s, this is the one at %s", s.of.Host(), d.Host())
	}
	return d.state.Restore(s.state)
}
