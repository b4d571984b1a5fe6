package conform

import (
	"maps"
	"sync"
	"time"
)

// Progress says how far a run is. An attempt is one start of a client: an entry has one with its own daemon and, where
// the judgement needs them, others.
type Progress struct {
	// Done and Total are numbers of attempts. Total is what is expected, and may change a little.
	Done, Total int
	// Found counts the deviations by verdict, without those that Options.Accepted has.
	Found map[Verdict]int
	// Left is how long the rest is expected to take; 0 when nothing is known yet.
	Left time.Duration
}

// A tally counts the attempts of a run and what they find.
type tally struct {
	// Immutable.
	show     func(Progress) // nil: nobody is told
	accepted map[Accepted]bool
	now      func() time.Time
	start    time.Time

	mu sync.Mutex // protects what follows, and calls of show
	p  Progress
}

func newTally(o *Options, now func() time.Time) *tally {
	t := &tally{
		show: o.Progress, accepted: map[Accepted]bool{}, now: now, start: now(),
		p: Progress{Found: map[Verdict]int{}},
	}
	for _, a := range o.Accepted {
		t.accepted[a] = true
	}
	return t
}

// attempted counts one attempt.
func (t *tally) attempted() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.p.Done++
	t.tell()
}

// judged counts what a client made of an entry, for which so many attempts more were made than had been expected. It
// says whether that is a deviation that nobody has accepted.
func (t *tally) judged(client, id string, got Got, more int) (deviates bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.p.Total += more
	deviates = got.deviates() && !t.accepted[newAccepted(client, id, got)]
	if deviates {
		t.p.Found[got.Verdict]++
	}
	if deviates || more != 0 {
		t.tell()
	}
	return deviates
}

// tell is called with mu held. That the attempts to come take as long as those that were made, on average, changes
// slowly, as what a reader is told should.
func (t *tally) tell() {
	if t.show == nil {
		return
	}
	p := t.p
	p.Found = maps.Clone(p.Found)
	if p.Done > 0 && p.Total > p.Done {
		p.Left = t.now().Sub(t.start) / time.Duration(p.Done) * time.Duration(p.Total-p.Done)
	}
	t.show(p)
}
