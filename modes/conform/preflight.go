package conform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A PreflightError is that a client has not asked any daemon for anything, so that there is nothing to judge.
type PreflightError struct {
	Client string        // its name
	Tried  []modes.Entry // in front of whose daemons it was
	Last   Result        // of the last of them
	reason string        // what its command lacks, "" for nothing that is known
}

// Error says what the client was told, what it did, and what may be behind that.
func (e *PreflightError) Error() string {
	var daemons []string
	for _, t := range e.Tried {
		daemons = append(daemons, string(t.Daemon))
	}
	if daemons == nil {
		return fmt.Sprintf("%s can be told of no daemon: there is no command for a client mode that a good daemon answers", e.Client)
	}
	text := fmt.Sprintf("%s asked none of the good daemons for anything (mode %s): there is nothing to judge.", e.Client, strings.Join(daemons, ", "))
	if e.Last.Command != "" {
		dir, _ := os.Getwd()
		text += fmt.Sprintf(" In %s it ran `%s`,", dir, typed(e.Last.Env, e.Last.Command))
	} else {
		text += " It"
	}
	return text + " " + e.ended() + ". " + e.likely()
}

// longest is how much of what a client said is quoted.
const longest = 500

// ended is how the attempt ended.
func (e *PreflightError) ended() string {
	said := cmp.Or(e.Last.Text(), strings.TrimSpace(e.Last.Stdout))
	if len(said) > longest {
		said = strings.ToValidUTF8(said[:longest], "") + "..."
	}
	how := fmt.Sprintf("ended with exit code %d", e.Last.ExitCode)
	switch {
	case e.Last.TimedOut:
		return "did not end in time"
	case e.Last.Command == "" && e.Last.Err == nil:
		return "reported success"
	case e.Last.Err != nil:
		how = "failed"
	}
	if said == "" {
		return how + " and said nothing"
	}
	return fmt.Sprintf("%s and said %q", how, said)
}

// likely are the reasons that come to mind, and what helps.
func (e *PreflightError) likely() string {
	if e.reason != "" {
		return "Likely: " + e.reason + "."
	}
	reasons := []string{"what it is told to do asks no daemon"}
	if e.Last.Command != "" {
		reasons = append([]string{"it does not read DOCKER_HOST (tell it with --mode and {host})"}, reasons...)
		reasons = append(reasons, "it needs a file that is not there: HOME is an empty folder for each attempt, the working directory is yours")
	}
	return "Likely: " + strings.Join(reasons, "; or ") + "."
}

// Preflight lets a client meet good daemons, one of each mode that it can be told of, and returns nil when one of them
// has seen a request. Of a tool with a command for each client mode, each command has to be seen. Its error is a
// *PreflightError when none has, or that a daemon could not be set up, or that ctx is done.
func Preflight(ctx context.Context, c Client, o *Options) error {
	if o == nil {
		o = &Options{}
	}
	t, ok := c.(*tool)
	if !ok {
		return o.preflight(ctx, c, nil)
	}
	for _, command := range t.commands() {
		if err := o.preflight(ctx, c, func(e modes.Entry) bool { return slices.Equal(t.commandFor(e), command) }); err != nil {
			return err
		}
	}
	return nil
}

// preflight lets a client meet the good daemons of the entries that are wanted; nil means all.
func (o *Options) preflight(ctx context.Context, c Client, wanted func(modes.Entry) bool) error {
	failed := &PreflightError{Client: c.Name(), Tried: o.good(c, wanted), reason: lacks(c)}
	ctx, done := context.WithCancel(ctx)
	defer done()
	var (
		mu      sync.Mutex // protects what follows
		last    = -1
		asked   bool
		problem error
	)
	var wg sync.WaitGroup
	for i, e := range failed.Tried {
		wg.Go(func() {
			r, err := o.meet(ctx, c, e)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case asked:
			case err != nil && ctx.Err() == nil:
				problem = err
			case err == nil && len(r.Requests) > 0:
				asked = true
				done()
			case err == nil && i > last:
				last, failed.Last = i, r
			}
		})
	}
	wg.Wait()
	switch {
	case asked:
		return nil
	case problem != nil:
		return fmt.Errorf("a good daemon for %s: %w", c.Name(), problem)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return failed
}

// good are the entries in which a client has to get an answer, one for each daemon mode that it can be told of: with
// the client mode and the source that ask most of it.
func (o *Options) good(c Client, wanted func(modes.Entry) bool) []modes.Entry {
	var all []modes.Entry
	for _, d := range modes.Daemons() {
		if wayOf(d).another {
			continue
		}
		var best *modes.Entry
		for _, e := range Entries() {
			if e.Daemon != d || e.Material != (modes.Material{}) || strings.HasPrefix(e.ID, "env/") ||
				e.Want[reference(c.Family())] != outcome.OK || o.skip(c, e) != "" ||
				wanted != nil && !wanted(e) {
				continue
			}
			if best == nil || demand(e) > demand(*best) {
				best = &e
			}
		}
		if best != nil {
			all = append(all, *best)
		}
	}
	return all
}

// demand orders client modes by what they ask of a client. Where no TLS is needed they ask nothing.
func demand(e modes.Entry) int {
	if wayOf(e.Daemon).private {
		return -slices.Index(modes.Clients(), e.Client)
	}
	return slices.Index(modes.Clients(), e.Client)
}

// meet lets a client meet the daemon of an entry alone.
func (o *Options) meet(ctx context.Context, c Client, e modes.Entry) (r Result, err error) {
	a, err := prepare(e, c, o)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, a.remove()) }()
	d, err := o.start(e, a.certs)
	if err != nil {
		return Result{}, err
	}
	return attempt(ctx, c, a, d, o)
}

// lacks says what the commands of a tool lack to reach a daemon; "" when nothing is known of it.
func lacks(c Client) string {
	t, ok := c.(*tool)
	if !ok {
		return ""
	}
	for _, mode := range modes.Clients() {
		command := t.modes[mode]
		if command != nil && !slices.ContainsFunc(command, func(arg string) bool {
			return strings.Contains(arg, "{host}") || strings.Contains(arg, "{addr}") || strings.Contains(arg, "{port}")
		}) {
			return fmt.Sprintf("the command for client mode %s names no daemon: give it {host}, or {addr}, among its arguments (%s)",
				mode, commandLine(filepath.Base(command[0]), command[1:]))
		}
	}
	return ""
}
