// Package conform puts clients in front of fake Docker daemons, one attempt for each entry of the matrix of package
// modes, and reports what happened against what must happen.
//
// Each attempt has a daemon, certificates, a home folder and an environment of its own, so that attempts can run at once
// and the daemon's ledger is about one client only.
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

// Options says what Run and Try do. A nil *Options is the zero value.
type Options struct {
	// Clients are those that Run tries; nil means the clients that Find returns.
	Clients []Client
	// Filter selects the entries of Run by their ID; nil means all.
	Filter *regexp.Regexp
	// Parallel is how many attempts Run makes at once; 0 means the number of CPUs.
	Parallel int
	// Timeout is how long one attempt may take before the client is killed; 0 means 30 seconds.
	Timeout time.Duration
	// Progress, when not nil, is called after each entry of Run, never by two goroutines at once, with the number of
	// entries done and of all.
	Progress func(done, total int)
	// NewDaemon starts the daemon of an attempt; nil means fakedaemon.New.
	NewDaemon func(o *fakedaemon.Options) (Daemon, error)
}

// A Daemon is what an attempt needs of one; *fakedaemon.Daemon is one.
type Daemon interface {
	Host() string
	Handshakes() fakedaemon.Handshakes
	Requests() fakedaemon.Requests
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

// Entries returns the entries of the matrix that Options.Filter selects. Its error says that there are none.
func (o *Options) Entries() ([]modes.Entry, error) {
	var entries []modes.Entry
	for _, e := range modes.Entries() {
		if o.Filter == nil || o.Filter.MatchString(e.ID) {
			entries = append(entries, e)
		}
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("no entry matches %q", o.Filter)
	}
	return entries, nil
}

// Run tries every selected entry with every client. Its error is that no entry is selected, that two clients have one
// name, that ctx is done, or that an attempt could not be set up; what clients do wrong is in the report.
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
	start := time.Now()
	report.Entries = make([]EntryReport, len(entries))
	err = each(ctx, len(entries), o.parallel(), o.Progress, func(ctx context.Context, i int) error {
		r := newEntryReport(entries[i])
		for _, c := range clients {
			got, err := Try(ctx, c, entries[i], o)
			if err != nil {
				return err
			}
			r.Got[c.Name()] = got
		}
		report.Entries[i] = r
		return nil
	})
	report.Elapsed = time.Since(start)
	if err != nil {
		return nil, err
	}
	return report, nil
}

// each calls do for 0 to n-1, in parallel, until one fails or ctx is done. It returns the first error.
func each(ctx context.Context, n, parallel int, progress func(done, total int), do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex // protects done, and calls of progress
		done int
	)
	next := make(chan int)
	for range min(parallel, n) {
		wg.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				done++
				if progress != nil {
					progress(done, n)
				}
				mu.Unlock()
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

// Try makes one attempt and judges it. Its error is that the attempt could not be set up, or that ctx is done.
func Try(ctx context.Context, c Client, e modes.Entry, o *Options) (Got, error) {
	if o == nil {
		o = &Options{}
	}
	want, ok := e.Want[c.Family()]
	if !ok {
		return Got{Verdict: Skipped, Text: fmt.Sprintf("no client of family %s has source %s", c.Family(), e.Source)}, nil
	}
	if why := c.Skip(e); why != "" {
		return Got{Verdict: Skipped, Text: why}, nil
	}
	r, err := try(ctx, c, e, o)
	if err != nil {
		return Got{}, fmt.Errorf("%s with %s: %w", e.ID, c.Name(), err)
	}
	outcome := Classify(c.Family(), r)
	if outcome == modes.OK && len(r.Requests) == 0 {
		outcome = NoRequest
	}
	return Got{
		Outcome: outcome,
		Want:    want,
		Verdict: judge(e, want, outcome),
		Text:    r.Text(),
		Command: r.Command,
		Ledger:  ledger(r),
	}, nil
}

// try makes one attempt.
func try(ctx context.Context, c Client, e modes.Entry, o *Options) (r Result, err error) {
	a, d, remove, err := prepare(e, o)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	limited, cancel := context.WithTimeout(ctx, o.timeout())
	defer cancel()
	// A Go function may not heed its context; it is left behind then, and the daemon's end is what it meets.
	result := make(chan Result, 1)
	go func() { result <- c.Do(limited, a) }()
	select {
	case r = <-result:
	case <-limited.Done():
		select {
		case r = <-result:
		case <-time.After(2 * killDelay):
		}
	}
	if err := ctx.Err(); err != nil {
		return Result{}, errors.Join(err, d.Close())
	}
	r.TimedOut = limited.Err() != nil
	r.Handshakes, r.Requests = d.Handshakes(), d.Requests()
	return r, d.Close()
}
