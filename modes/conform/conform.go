// Package conform judges clients of Docker: it puts them in front of fake daemons, good ones and ones that they must
// refuse, and reports what they did.
//
// Run goes through the entries of package modes, which say what must happen in each. [Command] makes a client of a
// program, [Func] of a Go function, and package conformtest runs a client as subtests.
//
// The daemon's ledger judges, not the client's words. A client that talks to a server that it had to refuse, or waits
// for its answer, is [Insecure], whatever becomes of it then. Where the daemon of an entry leaves a doubt, the client
// meets others at the same address: an impostor, which shows the same wrong certificate, asks for none and answers; a
// stranger, when the client goes on although its own files had to stop it; a plain daemon, where TLS is asked for; and,
// in two entries, a daemon that says nothing in TLS. See [Try].
//
// Each entry has certificates, a home folder and an environment of its own, so that many are tried at once and a ledger
// is about one client only. docs/conform.md in the repository is a guide.
package conform

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// Options says what Run, Try and Preflight do. A nil *Options is the zero value. What says Run is for Run alone.
type Options struct {
	// Clients are those that Run tries; nil means the clients that Find returns.
	Clients []Client
	// Filter selects the entries of Run by their ID; nil means all.
	Filter *regexp.Regexp
	// Shard selects a part of what Filter leaves; the zero value means all of it.
	Shard Shard
	// Parallel is how many attempts Run makes at once; 0 means the number of CPUs.
	Parallel int
	// Timeout is how long one attempt may take before the client is killed; 0 means 30 seconds.
	Timeout time.Duration
	// SSH says that clients of family Unknown are tried in mode ssh too.
	SSH bool
	// Progress, when not nil, is called as Run goes on, never by two goroutines at once.
	Progress func(Progress)
	// Accepted are deviations that neither Progress nor FailFast counts. The report has them until Report.Accept.
	Accepted Baseline
	// FailFast ends Run with the first entry that has a deviation. That is no error of Run.
	FailFast bool
	// NoPreflight lets Run leave the preflight out, for clients of which it is known that they speak to daemons.
	NoPreflight bool
	// NewDaemon starts each daemon of an attempt, the impostor and the plain one too; nil means fakedaemon.New.
	NewDaemon func(o *fakedaemon.Options) (Daemon, error)
	// Dir is where the files of the attempts are made and removed; "" means the folder for temporary files.
	Dir string

	certs     *certCache    // of a run; nil: made for each attempt
	silent    time.Duration // how long a daemon says nothing; 0: see silence
	attempted func()        // is called after each attempt; may be nil
}

// A Daemon is what an attempt needs of one; *fakedaemon.Daemon is one.
type Daemon interface {
	Host() string
	Handshakes() fakedaemon.Handshakes
	Requests() fakedaemon.Requests
	Connections() fakedaemon.ConnectionCount
	Close() error
}

func (o *Options) parallel() int {
	if o.Parallel > 0 {
		return o.Parallel
	}
	return runtime.NumCPU()
}

func (o *Options) timeout() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return 30 * time.Second
}

func (o *Options) newDaemon(d *fakedaemon.Options) (Daemon, error) {
	if o.NewDaemon != nil {
		return o.NewDaemon(d)
	}
	return fakedaemon.New(d)
}

// errFailFast ends a run that was asked to stop at a deviation.
var errFailFast = errors.New("a client deviates")

// Run tries every selected entry with every client, those first that tell most of a client; the report has them in the
// order of the matrix. Its error is that no entry is selected, that two clients have one name, that a client asks no
// daemon (a *PreflightError), that ctx is done, or that an attempt could not be set up; what clients do wrong is in the
// report. When ctx is done or an attempt could not be set up there is a report beside the error, of what was done until
// then.
func Run(ctx context.Context, o *Options) (*Report, error) {
	if o == nil {
		o = &Options{}
	}
	entries, err := o.Entries()
	if err != nil {
		return nil, err
	}
	report := &Report{}
	clients := o.Clients
	if clients == nil {
		if clients, report.Missing, err = Find(ctx); err != nil {
			return nil, err
		}
	}
	taken := map[string]bool{}
	for _, c := range clients {
		if taken[c.Name()] {
			return nil, fmt.Errorf("two clients are named %q", c.Name())
		}
		taken[c.Name()] = true
		report.Clients = append(report.Clients, c.Name())
	}
	shared := *o
	shared.certs = &certCache{}
	if !o.NoPreflight {
		for _, c := range clients {
			if err := Preflight(ctx, c, &shared); err != nil {
				return nil, err
			}
		}
	}
	count := newTally(o, time.Now)
	expected := make([][]int, len(entries)) // attempts, by entry and client
	tried := make([]*EntryReport, len(entries))
	try := func(ctx context.Context, i int) error {
		r := newEntryReport(entries[i])
		deviates := false
		for j, c := range clients {
			made, mine := 0, shared
			mine.attempted = func() {
				made++
				count.attempted()
			}
			got, err := Try(ctx, c, entries[i], &mine)
			if err != nil {
				return err
			}
			r.Got[c.Name()] = got
			deviates = count.judged(c.Name(), r.ID, got, made-expected[i][j]) || deviates
		}
		tried[i] = &r
		if deviates && o.FailFast {
			return errFailFast
		}
		return nil
	}
	var turns []int // indices of the entries that somebody is tried on
	var inTurn []modes.Entry
	for i, e := range entries {
		n := 0
		for _, c := range clients {
			expected[i] = append(expected[i], o.expected(c, e))
			n += expected[i][len(expected[i])-1]
		}
		count.p.Total += n
		if n > 0 {
			turns, inTurn = append(turns, i), append(inTurn, e)
		} else if err := try(ctx, i); err != nil {
			return nil, err
		}
	}
	order := tellingFirst(inTurn)
	err = each(ctx, len(order), o.parallel(), func(ctx context.Context, n int) error { return try(ctx, turns[order[n]]) })
	report.Elapsed = time.Since(count.start)
	for i, r := range tried {
		if r != nil {
			report.Entries = append(report.Entries, *r)
		} else {
			report.Unfinished = append(report.Unfinished, entries[i].ID)
		}
	}
	if errors.Is(err, errFailFast) {
		err = nil
	}
	return report, err
}

// expected is how many attempts a client is expected to make with an entry.
func (o *Options) expected(c Client, e modes.Entry) int {
	if o.skip(c, e) != "" {
		return 0
	}
	n := 1
	if e.WantPlain() != nil {
		n++
	}
	if meetsImpostor(e, e.Want[reference(c.Family())]) {
		n++
	}
	if showsPatience(e) {
		n++
	}
	return n
}

// each calls do for 0 to n-1, in parallel, until one fails or ctx is done. It returns the first error.
func each(ctx context.Context, n, parallel int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(parallel, n) {
		wg.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}
