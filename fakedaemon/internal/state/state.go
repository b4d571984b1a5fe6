// Package state is what exists in a daemon: containers, images, networks and volumes. It knows neither
// HTTP nor Docker's types. Values go in and copies come out.
//
// Networks, volumes and the host's ports are parts with rules of their own and no lock: a State has one, holds it
// and lets the parts do together what a client asks. What ends in Locked expects it to be held.
package state

import (
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Root is the folder of dockerd's data, of which paths in answers begin. Nothing is ever written there.
const Root = "/var/lib/docker"

// Options says what New makes.
type Options struct {
	// Clock gives now; nil means time.Now.
	Clock func() time.Time
	// After calls f, in a goroutine of its own, once d has passed; stop keeps it from doing so. Nil means time.AfterFunc.
	After func(d time.Duration, f func()) (stop func() bool)
	// Seed, when not empty, makes IDs and names repeatable. The ID of an image depends on its Created too.
	Seed []byte
	// Engine is the daemon imitated; nil means engine.Default.
	Engine *engine.Engine
}

// State is what exists in one daemon. It is safe for concurrent use.
type State struct {
	clock  func() time.Time // immutable
	id     string           // immutable
	engine *engine.Engine   // immutable
	events eventLog
	after  func(d time.Duration, f func()) (stop func() bool) // immutable

	mu         sync.RWMutex
	ids        ids            // protected by mu
	containers []*Container   // protected by mu, in order of creation
	index      containerIndex // of containers; protected by mu
	ports      hostPorts      // protected by mu
	lastPid    int            // protected by mu

	lives    map[string]*lifecycle  // by ID of the container; protected by mu
	execs    map[string]*Exec       // protected by mu
	programs programs               // what SetProgram gave
	spaces   map[*run.Space]bool    // those with processes; protected by mu
	touched  []*run.Space           // those that unlock waits for; protected by mu
	accounts map[accountKey]account // who users of images are; protected by mu
	host     *files.FS              // what containers see of the host; nil before they do; protected by mu
	closed   bool                   // protected by mu
	era      int                    // how often Restore was called; protected by mu

	images   images   // protected by mu
	networks networks // protected by mu
	volumes  volumes  // protected by mu

	swarm Orchestrator // nil without a swarm; protected by mu
}

// New returns the state of a fresh daemon: the networks none, host and bridge and nothing else.
func New(o Options) *State {
	s := &State{clock: o.Clock, engine: o.Engine, ids: ids{seed: o.Seed, count: make(map[string]uint64)}}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.after = o.After; s.after == nil {
		s.after = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	if s.engine == nil {
		s.engine = engine.Default()
	}
	s.id = s.ids.uuid("daemon")
	if s.engine.FingerprintID {
		s.id = s.ids.fingerprint("daemon")
	}
	s.volumes = volumes{engine: s.engine, ids: &s.ids, now: s.Now}
	s.networks = newNetworks(s.engine, &s.ids, s.id, s.Now)
	s.networks.addPredefined()
	return s
}

// ID returns the daemon's own ID: a UUID, or with engine 20.10 the fingerprint of a key.
func (s *State) ID() string { return s.id }

// Now is the time as dockerd stores it.
func (s *State) Now() time.Time { return s.clock().UTC() }
