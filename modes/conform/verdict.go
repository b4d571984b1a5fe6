package conform

import (
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// A Verdict says what an outcome means for the client.
type Verdict string

// Verdicts.
const (
	// Ok: the expected outcome.
	Ok Verdict = "ok"
	// Insecure: the client accepted what it had to refuse, or sent a request in plaintext although TLS was asked for.
	Insecure Verdict = "insecure"
	// Broken: the client refused what must work.
	Broken Verdict = "broken"
	// Differs: safe, and not what was expected.
	Differs Verdict = "differs"
	// Skipped: the client cannot express the entry.
	Skipped Verdict = "skipped"
)

// Verdicts lists the verdicts, the worst first.
func Verdicts() []Verdict { return []Verdict{Insecure, Broken, Differs, Ok, Skipped} }

// answers are the outcomes of a client that got an answer, whatever it made of it.
var answers = []modes.Outcome{modes.OK, FailsAfterAnswer, modes.APIVersionMismatch}

// A way is how a request reached, or would reach, a daemon.
type way struct{ tls, plain bool }

// wanted is how the request of the expected client reaches its daemons: over TLS (or the socket), in plaintext.
func (t *trial) wanted() way { return ways(t.entry, t.want, t.wantPlain) }

// seen is how the client's request did. The ledger knows of a client that tried both ways on one port.
func (t *trial) seen() way {
	w := ways(t.entry, t.got, t.gotPlain)
	if t.got != modes.ConfigUsage { // the docker CLI pings while it prints its usage
		for _, h := range t.first.Handshakes {
			w.plain = w.plain || h.Plaintext
		}
	}
	return w
}

func ways(e modes.Entry, o, plain modes.Outcome) way {
	answered := slices.Contains(answers, o)
	return way{
		tls:   answered && e.Daemon != modes.TCP,
		plain: answered && e.Daemon == modes.TCP || o == modes.HTTPToHTTPS || slices.Contains(answers, plain),
	}
}

// judge compares what a client did with what it had to do.
func (t *trial) judge() Verdict {
	want, seen := t.wanted(), t.seen()
	switch {
	case seen.plain && !want.plain && t.entry.AsksTLS():
		return Insecure
	case seen.tls && !want.tls:
		if t.falseAccept() {
			return Insecure
		}
		return Differs
	case t.want == modes.OK && t.got != modes.OK, t.wantPlain == modes.OK && t.gotPlain != modes.OK && !seen.tls:
		return Broken
	case t.same(t.want, t.got) && t.same(t.wantPlain, t.gotPlain):
		return Ok
	}
	return Differs
}

// falseAccept says whether an answer that was not expected is one that the client, or the daemon, had to refuse.
func (t *trial) falseAccept() bool {
	want := string(t.want)
	return strings.HasPrefix(want, "client-rejects-server-") || strings.HasPrefix(want, "server-rejects-") && !t.verified() || t.unverified()
}

// verified says whether a client of a family that the matrix does not know was let in with a certificate that the daemon
// verified. What such a client sends, and the docker CLI does not, is no fault of the daemon.
func (t *trial) verified() bool {
	return t.family == Unknown && slices.ContainsFunc(t.first.Requests, func(r fakedaemon.Request) bool { return r.ClientName != "" })
}

// noCA are the flaws of a client with which no library finds a CA in its ca.pem. Others read what Go does not.
var noCA = []string{"ca-missing", "ca-dangling-link", "all-missing", "ca-directory", "ca-empty", "ca-garbage", "ca-garbage-block"}

// unverified says whether the client had nothing to verify the server with, and was asked to.
func (t *trial) unverified() bool {
	e := t.entry
	switch {
	case e.Daemon == modes.Unix || e.Daemon == modes.SSH || !e.Client.Verifies():
		return false
	case slices.Contains(noCA, e.Material.Client):
		return true
	case e.Source == modes.Flags || e.Source == modes.Context:
		return false
	}
	return !slices.ContainsFunc(e.Layout(), func(f modes.File) bool { return f.Holds == modes.CA })
}

// same says whether the client did what was expected. Of a client of a family that the matrix does not know only the
// refusal is expected, not which side sees first that something is wrong, and not its words.
func (t *trial) same(want, got modes.Outcome) bool {
	if want == got {
		return true
	}
	return t.family == Unknown && refusal(want) && refusal(got)
}

// refusal says whether an outcome is that of a client that reported a failure, in time and without an answer.
func refusal(o modes.Outcome) bool {
	switch o {
	case "", NoRequest, TimedOut, NotRun, modes.ClientCrash, modes.HTTPToHTTPS:
		return false
	}
	return !slices.Contains(answers, o)
}

// ledger prints the daemon's side of an attempt.
func ledger(r Result) string {
	var parts []string
	if len(r.Handshakes) > 0 {
		parts = append(parts, strings.TrimSpace(r.Handshakes.String()))
	}
	if len(r.Requests) > 0 {
		parts = append(parts, strings.TrimSpace(r.Requests.String()))
	}
	if parts == nil {
		return "saw no TLS connection and no request"
	}
	return strings.Join(parts, "\n")
}
