// Package conform puts clients in front of fake Docker daemons, one attempt for each entry of the matrix of package
// modes, and reports what happened against what must happen.
//
// Each attempt has a daemon, certificates, a home folder and an environment of its own, so that attempts can run at once
// and the daemon's ledger is about one client only.
package conform

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// Options says what Run and Try do. A nil *Options is the zero value.
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
	// Progress, when not nil, is called after each entry of Run, never by two goroutines at once, with the number of
	// entries done and of all.
	Progress func(done, total int)
	// NewDaemon starts the daemon of an attempt; nil means fakedaemon.New.
	NewDaemon func(o *fakedaemon.Options) (Daemon, error)
	// Dir is where the files of the attempts are made and removed; "" means the folder for temporary files.
	Dir string

	certs  *certCache    // of a run; nil: made for each attempt
	silent time.Duration // how long a daemon says nothing; 0: see silence
}

// A Daemon is what an attempt needs of one; *fakedaemon.Daemon is one.
type Daemon interface {
	Host() string
	Handshakes() fakedaemon.Handshakes
	Requests() fakedaemon.Requests
	// Connections returns how many connections were accepted, and over how many of them the client said anything.
	Connections() (accepted, heard int)
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
	run := *o
	run.certs = &certCache{}
	start := time.Now()
	report.Entries = make([]EntryReport, len(entries))
	err = each(ctx, len(entries), o.parallel(), o.Progress, func(ctx context.Context, i int) error {
		r := newEntryReport(entries[i])
		for _, c := range clients {
			got, err := Try(ctx, c, entries[i], &run)
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
