package conform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// Try lets a client meet the daemon of an entry and, when the entry asks for TLS of a daemon that speaks it, a plain
// daemon at the same address, and judges it. Its error is that the daemon could not be set up, or that ctx is done.
func Try(ctx context.Context, c Client, e modes.Entry, o *Options) (Got, error) {
	if o == nil {
		o = &Options{}
	}
	if why := o.skip(c, e); why != "" {
		return Got{Verdict: Skipped, Text: why}, nil
	}
	t := trial{entry: e, client: c.Name(), family: c.Family(), want: e.Want[reference(c.Family())]}
	start := time.Now()
	if err := t.run(ctx, c, o); err != nil {
		return Got{}, fmt.Errorf("%s with %s: %w", e.ID, c.Name(), err)
	}
	got := Got{
		Outcome: t.got, Want: t.want, Plain: t.gotPlain, Verdict: t.judge(), Text: t.first.Text(),
		Command: t.first.Command, Env: t.first.Env, Ledger: ledger(t.first), Elapsed: time.Since(start),
	}
	if t.plainTried() {
		got.Ledger += "\nof a plain daemon at the same address:\n" + ledger(t.plain)
	}
	if got.deviates() {
		got.Why = t.why(got.Verdict)
	}
	return got, nil
}

// skip says why a client is not tried on an entry; "" means that it is.
func (o *Options) skip(c Client, e modes.Entry) string {
	if _, ok := e.Want[reference(c.Family())]; !ok {
		return fmt.Sprintf("no client of family %s has source %s", c.Family(), e.Source)
	}
	if why := c.Skip(e); why != "" {
		return why
	}
	if why := o.noSSH(e, c); why != "" {
		return why
	}
	return unable(e)
}

// A trial is one client in front of the daemon of an entry, and of a plain one.
type trial struct {
	entry  modes.Entry
	client string // its name
	family modes.Family
	want   modes.Outcome
	got    modes.Outcome
	first  Result

	// Of the plain daemon, "" when there was none.
	wantPlain, gotPlain modes.Outcome
	plain               Result
}

func (t *trial) plainTried() bool { return t.gotPlain != "" }

func (t *trial) run(ctx context.Context, c Client, o *Options) (err error) {
	a, err := prepare(t.entry, c, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.remove()) }()
	d, err := o.start(t.entry, a.certs)
	if err != nil {
		return err
	}
	if t.first, err = attempt(ctx, c, a, d, o); err != nil {
		return err
	}
	t.got = outcome(t.family, t.first)
	wantPlain := t.entry.WantPlain()
	if wantPlain == nil {
		return nil
	}
	// An address can be taken by somebody in the meantime; then the client meets the plain daemon at another one that fits
	// the entry.
	d, err = o.newDaemon(&fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TCP, Addr: a.Paths.Host}}})
	if taken := (*fakedaemon.ListenError)(nil); errors.As(err, &taken) {
		plain := t.entry
		plain.Daemon = modes.TCP
		d, err = o.start(plain, nil)
	}
	if err != nil {
		return err
	}
	if err := a.renew(c, o); err != nil {
		return errors.Join(err, d.Close())
	}
	if t.plain, err = attempt(ctx, c, a, d, o); err != nil {
		return err
	}
	t.wantPlain, t.gotPlain = wantPlain[reference(t.family)], outcome(t.family, t.plain)
	return nil
}

// outcome is Classify for a client of which it is known that it had to ask.
func outcome(f modes.Family, r Result) modes.Outcome {
	o := Classify(f, r)
	if o == modes.OK && len(r.Requests) == 0 {
		return NoRequest
	}
	return o
}

// leaveDelay is how long a client that has been told to stop is still waited for before it is left behind: longer than a
// command takes to be killed, and than a busy machine keeps a function waiting.
const leaveDelay = 10 * time.Second

// attempt lets a client meet a daemon, which it closes.
func attempt(ctx context.Context, c Client, a *prepared, d Daemon, o *Options) (r Result, err error) {
	err = a.setHost(d.Host())
	if err == nil && a.Entry.Daemon == modes.SSH {
		err = a.giveKeys(d)
	}
	if err != nil {
		return Result{}, errors.Join(err, d.Close())
	}
	limited, cancel := context.WithTimeout(ctx, o.timeout())
	defer cancel()
	// A Go function may not heed its context; it is left behind then, and the daemon's end is what it meets.
	result := make(chan Result, 1)
	copied := a.Attempt
	go func() { result <- c.Do(limited, copied) }()
	select {
	case r = <-result:
	case <-limited.Done():
		select {
		case r = <-result:
		case <-time.After(leaveDelay):
		}
	}
	if err := ctx.Err(); err != nil {
		return Result{}, errors.Join(err, d.Close())
	}
	if o.attempted != nil {
		o.attempted()
	}
	r.TimedOut = limited.Err() != nil
	r.Handshakes, r.Requests = d.Handshakes(), d.Requests()
	return r, d.Close()
}
