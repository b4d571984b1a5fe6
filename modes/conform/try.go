package conform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// Try lets a client meet the daemon of an entry and, where that shows more, others at the same address:
//
//   - an impostor, when the client has to refuse the server and the daemon asks for a client certificate: it shows the same
//     wrong certificate, asks for none and answers;
//   - a stranger, when the client had to stop because its files are wrong and went on: nobody has signed its certificate;
//   - a plain daemon, when the client is asked for TLS;
//   - in two entries, a daemon that says nothing in TLS and answers plaintext.
//
// A command that has ended before it dialled is not started again: it cannot know which daemon is there.
//
// It judges what the client did with all of them. What the client does wrong is no error: that is that a daemon could
// not be set up, or that ctx is done.
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
		Outcome: t.got, Want: t.want, Plain: t.gotPlain, Impostor: t.gotImpostor, Text: t.first.Text(),
		Command: t.first.Command, Env: t.first.Env, Ledger: t.ledger(), Elapsed: time.Since(start),
	}
	got.Verdict, got.Did = t.judge()
	if got.deviates() {
		got.Why = t.why(got.Did)
	}
	got.Reason = e.Reason(reference(c.Family()))
	return got, nil
}

// skip says why a client is not tried on an entry; "" means that it is.
func (o *Options) skip(c Client, e modes.Entry) string {
	if _, ok := e.Want[reference(c.Family())]; !ok {
		return cannot(c, e)
	}
	return cmp.Or(c.Skip(e), o.noWay(e, c), unable(e))
}

// noContext says why a client is not tried with a context.
const noContext = "a context is for the docker CLI"

// cannot says why a client whose family cannot express an entry is not tried on it.
func cannot(c Client, e modes.Entry) string {
	f := rule.ByName(string(c.Family()))
	switch {
	case f != nil && !f.Variables && !f.Contexts && e.Source != modes.Flags:
		return c.Name() + " is told by flags only"
	case e.Source == modes.Context:
		return noContext
	case wayOf(e.Daemon).speaks != "":
		return c.Name() + " does not speak " + wayOf(e.Daemon).speaks
	}
	return c.Name() + " cannot be told what the entry says"
}

// A trial is one client in front of the daemon of an entry, and of others in its place.
type trial struct {
	entry  modes.Entry
	client string // its name
	family modes.Family
	want   outcome.Class
	got    outcome.Class
	first  Result

	// Of the impostor, "" when there was none.
	gotImpostor outcome.Class
	impostor    Result

	// Of the plain daemon, "" when there was none.
	wantPlain, gotPlain outcome.Class
	plain               Result

	// Of the daemon that says nothing in TLS.
	silent Result
}

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
	t.got = outcomeOf(t.family, t.first)
	certs, err := t.impostorCerts(a, o)
	if err != nil {
		return err
	}
	if certs != nil {
		if t.impostor, err = t.meetImpostor(ctx, c, a, o, certs); err != nil {
			return err
		}
		t.gotImpostor = outcomeOf(t.family, t.impostor)
	}
	if want := t.entry.WantPlain(); want != nil {
		if t.plain, err = t.again(ctx, c, a, o, fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TCP}}}); err != nil {
			return err
		}
		t.plain.plain = true
		t.wantPlain, t.gotPlain = want[reference(t.family)], outcomeOf(t.family, t.plain)
	}
	if showsPatience(t.entry) && !t.sameAgain(c) {
		l, err := listenSilent(a.Paths.Host, o.silence())
		if err != nil {
			return err
		}
		t.silent, err = t.again(ctx, c, a, o, fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TCP, Listener: l}}})
		return err
	}
	return nil
}

// meetImpostor lets the client meet an impostor: at the address of the daemon, or at a new one if it does not go there
// again. A stranger is at a new one, as the client may trust whom it has met.
func (t *trial) meetImpostor(ctx context.Context, c Client, a *prepared, o *Options, certs *certgen.Bundle) (Result, error) {
	if t.want.RefusesServer() {
		r, err := t.again(ctx, c, a, o, fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.TLS}}, Certs: certs})
		if err != nil || r.Connections.Heard > 0 || !t.first.wentOn() {
			return r, err
		}
	}
	return t.elsewhere(ctx, c, a, o, modes.TLS, certs)
}

// elsewhere lets the client meet another daemon at a new address that fits the entry.
func (t *trial) elsewhere(ctx context.Context, c Client, a *prepared, o *Options, mode modes.Daemon, certs *certgen.Bundle) (Result, error) {
	other := t.entry
	other.Daemon = mode
	d, err := o.start(other, certs)
	if err != nil {
		return Result{}, err
	}
	if err := a.renew(c, o); err != nil {
		return Result{}, errors.Join(err, d.Close())
	}
	return attempt(ctx, c, a, d, o)
}

// sameAgain reports whether it is known what a client does in front of another daemon: it is a command, new at each
// start, and it ended before it dialled, so that it cannot know which daemon is there. Such a start is saved.
func (t *trial) sameAgain(c Client) bool {
	_, isTool := c.(*tool)
	return (isTool || known(c)) && t.first.Connections.Accepted == 0 && !t.first.TimedOut
}

// again lets the client meet another daemon at the address of the entry's. The address can be taken by somebody in the
// meantime; then it is another one that fits the entry.
func (t *trial) again(ctx context.Context, c Client, a *prepared, o *Options, as fakedaemon.Options) (Result, error) {
	if t.sameAgain(c) {
		return t.first, nil
	}
	l := &as.Listen[0]
	if l.Listener == nil {
		l.Addr = a.Paths.Host
	}
	d, err := o.newDaemon(&as)
	if taken := (*fakedaemon.ListenError)(nil); errors.As(err, &taken) {
		return t.elsewhere(ctx, c, a, o, l.Mode, as.Certs)
	}
	if err != nil {
		return Result{}, err
	}
	if err := a.renew(c, o); err != nil {
		return Result{}, errors.Join(err, d.Close())
	}
	return attempt(ctx, c, a, d, o)
}

// outcomeOf is Classify for a client of which it is known that it had to ask.
func outcomeOf(f modes.Family, r Result) outcome.Class {
	o := Classify(f, r)
	if o == outcome.OK && len(r.Requests) == 0 {
		return NoRequest
	}
	return o
}

// leaveDelay is how long a client that has been told to stop is still waited for before it is left behind: longer than
// a command takes to be killed, and than a busy machine keeps a function waiting.
const leaveDelay = 10 * time.Second

// attempt lets a client meet a daemon, which it closes.
func attempt(ctx context.Context, c Client, a *prepared, d Daemon, o *Options) (r Result, err error) {
	err = a.setHost(d.Host())
	if give := wayOf(a.Entry.Daemon).give; err == nil && give != nil {
		err = give(&a.Attempt, d)
	}
	if err != nil {
		return Result{}, errors.Join(err, d.Close())
	}
	limited, cancel := context.WithTimeout(ctx, o.timeout())
	defer cancel()
	// A Go function may not heed its context; it is left behind then, and the daemon's end is what it meets.
	result := make(chan Result, 1)
	copied := a.Attempt
	go func() { result <- do(limited, c, copied) }()
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
	if r.TimedOut = limited.Err() != nil; r.TimedOut {
		r.timeUp, _ = limited.Deadline()
		r.began = r.timeUp.Add(-o.timeout())
	}
	return r, errors.Join(r.read(d), d.Close())
}

// do lets a client make an attempt. A Go function that panics has crashed, as a command does.
func do(ctx context.Context, c Client, a Attempt) (r Result) {
	defer func() {
		if p := recover(); p != nil {
			r = Result{Err: fmt.Errorf("panic: %v\n\n%s", p, debug.Stack())}
		}
	}()
	return c.Do(ctx, a)
}
