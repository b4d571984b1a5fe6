// Package state is what exists in a daemon: containers, images, networks and volumes. It knows neither
// HTTP nor Docker's types. Values go in and copies come out.
package state

import (
	"sync"
	"time"
)

// Options says what New makes.
type Options struct {
	// Clock gives now; nil means time.Now.
	Clock func() time.Time
	// Seed, when not empty, makes IDs and names repeatable.
	Seed []byte
}

// State is what exists in one daemon. It is safe for concurrent use.
type State struct {
	clock func() time.Time // immutable

	mu sync.RWMutex
}

// New returns the state of a fresh daemon.
func New(o Options) *State {
	s := &State{clock: o.Clock}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s
}
