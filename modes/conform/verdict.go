package conform

import (
	"slices"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A Verdict says what it means that a client did what it did in an entry.
type Verdict string

// Verdicts.
const (
	// Ok: what was expected. Where the docker CLI itself verifies no server, EntryReport.Unverified says so.
	Ok Verdict = "ok"
	// Insecure: the client went on with a server that it had to refuse, or sent a request in plaintext although TLS was
	// asked for. Neither is undone by a failure that comes later.
	Insecure Verdict = "insecure"
	// Broken: the client got no answer where it had to get one.
	Broken Verdict = "broken"
	// Differs: safe, and not what was expected.
	Differs Verdict = "differs"
	// Skipped: the client cannot be told of the entry, or this machine cannot make it.
	Skipped Verdict = "skipped"
)

// Verdicts lists the verdicts, the worst first.
func Verdicts() []Verdict { return []Verdict{Insecure, Broken, Differs, Ok, Skipped} }

// answers are the outcomes of a client that got an answer, whatever it made of it.
var answers = []outcome.Class{outcome.OK, FailsAfterAnswer, outcome.APIVersionMismatch}

// A way is how a request reached, or would reach, a daemon.
type way struct{ tls, plain bool }

// wanted is how the request of the expected client reaches its daemons: over TLS (or the socket), in plaintext.
func (t *trial) wanted() way { return ways(t.entry, t.want, t.wantPlain) }

// seen is how the client's request did. The ledger knows of a client that tried both ways on one port, and of plaintext
// that was no request.
func (t *trial) seen() way {
	w := ways(t.entry, t.got, t.gotPlain)
	if t.got == outcome.ConfigUsage { // the docker CLI pings while it prints its usage
		return w
	}
	plain := t.impostor.Connections.Plaintext + t.plain.Connections.Plaintext + t.silent.Connections.Plaintext
	if !wayOf(t.entry.Daemon).private {
		plain += t.first.Connections.Plaintext
	}
	w.plain = w.plain || plain > 0
	return w
}

func ways(e modes.Entry, o, plain outcome.Class) way {
	answered, open := slices.Contains(answers, o), !e.Daemon.Encrypted() && !wayOf(e.Daemon).private
	return way{
		tls:   answered && !open,
		plain: answered && open || o == outcome.HTTPToHTTPS || slices.Contains(answers, plain),
	}
}

// judge compares what a client did with what it had to do. What it did with a server that it had to refuse comes before
// who complained first.
func (t *trial) judge() (Verdict, Did) {
	want, seen := t.wanted(), t.seen()
	switch {
	case seen.plain && !want.plain && t.entry.AsksTLS():
		return Insecure, SentPlaintext
	case t.want.RefusesServer() && (seen.tls || t.first.accepted() || t.impostor.accepted() || t.undecided()):
		return Insecure, AcceptedServer
	case t.impostor.accepted():
		return Insecure, AcceptedAnybody
	case seen.tls && t.want.RefusesClient() && !t.verified():
		return Insecure, LetIn
	case seen.tls && !want.tls:
		return Differs, Answered
	case t.want == outcome.OK && t.got != outcome.OK:
		return Broken, failure(t.got, t.first)
	case t.wantPlain == outcome.OK && t.gotPlain != outcome.OK && !seen.tls:
		return Broken, failure(t.gotPlain, t.plain)
	case !t.same(t.want, t.got, t.first):
		return Differs, t.differs()
	case !t.same(t.wantPlain, t.gotPlain, t.plain):
		return Differs, failure(t.gotPlain, t.plain)
	}
	return Ok, AsExpected
}

// verified reports whether a client of a family that the matrix does not know was let in with a certificate that the
// daemon verified. What such a client sends, and the docker CLI does not, is no fault of the daemon.
func (t *trial) verified() bool {
	return t.family == Unknown && slices.ContainsFunc(t.first.Requests, func(r fakedaemon.Request) bool { return r.ClientName != "" })
}

// differs is what a client did whose refusal is not the expected one.
func (t *trial) differs() Did {
	switch did := failure(t.got, t.first); {
	case did != NoAnswer && did != SentNoCert:
		return did
	case t.want.StopsFirst():
		return WentOn
	}
	return RefusedOtherwise
}

// failure is what a client did that got no answer.
func failure(o outcome.Class, r Result) Did {
	switch {
	case o == TimedOut:
		return DidNotEnd
	case o == NotRun:
		return DidNotRun
	case o == NoRequest:
		return AskedNobody
	case o == outcome.ClientCrash:
		return Crashed
	case slices.Contains(answers, o):
		return FailedWithAnswer
	case r.Connections.Accepted == 0:
		return NeverDialled
	case o == outcome.RejectsNoClientCert:
		return SentNoCert
	}
	return NoAnswer
}

// same reports whether the client did what was expected. Of a client of a family that the matrix does not know, not the
// words are expected but the side that has to refuse: it must have had the occasion, and it must have been that side.
func (t *trial) same(want, got outcome.Class, r Result) bool {
	switch {
	case t.family != Unknown && want.StopsFirst() && want != outcome.ConfigUsage && !r.plain && !r.stopped():
		return false // whatever its words are
	case t.family != Unknown || !refusal(want):
		return want == got
	case !refusal(got):
		return false
	case r.plain:
		return want.StopsFirst() || r.Connections.Accepted > 0 // such a daemon does not see who refused what
	case want.StopsFirst():
		return r.stopped()
	case want.RefusesServer():
		return r.refusedServer() || t.impostor.refusedServer()
	case want.RefusesClient():
		return r.refusedByDaemon()
	}
	return r.Connections.Accepted > 0
}

// refusal reports whether an outcome is that of a client that reported a failure, in time and without an answer.
func refusal(o outcome.Class) bool {
	switch o {
	case "", NoRequest, TimedOut, NotRun, outcome.ClientCrash, outcome.HTTPToHTTPS:
		return false
	}
	return !slices.Contains(answers, o)
}

// accepted reports whether the client took the daemon for the one that it was to talk to: it said something over the
// connection, or kept it until its time was up.
func (r Result) accepted() bool {
	return len(r.Requests) > 0 || slices.ContainsFunc(r.Handshakes, func(h fakedaemon.Handshake) bool {
		return h.DataReceived || h.Err == nil && r.kept(h)
	})
}

// kept reports whether the client did not end in time and had kept a connection for most of it: one that tries again
// and again has one at any time.
func (r Result) kept(h fakedaemon.Handshake) bool {
	atEnd := h.Ended.IsZero() || !h.Ended.Before(r.timeUp)
	return r.TimedOut && atEnd && r.timeUp.Sub(h.Time) > h.Time.Sub(r.began)
}

// wentOn reports whether the client went on past the daemon's certificate and was then refused by the daemon.
func (r Result) wentOn() bool {
	return slices.ContainsFunc(r.Handshakes, func(h fakedaemon.Handshake) bool { return h.ServerAccepted && h.Err != nil })
}

// undecided reports whether the client went on past the certificate of the daemon and refused the same one of the
// impostor at once. Who looks at it when the handshake is over does so both times.
func (t *trial) undecided() bool {
	return t.first.wentOn() && t.impostor.Connections.Heard > 0 &&
		!slices.ContainsFunc(t.impostor.Handshakes, func(h fakedaemon.Handshake) bool { return h.ServerAccepted })
}

// stopped reports whether the client gave up by itself before it looked at the daemon's certificate. curl has sent its
// hello when it reads ca.pem; then it hangs up.
func (r Result) stopped() bool {
	return len(r.Requests) == 0 && (r.Connections.Heard == 0 || len(r.Handshakes) > 0) &&
		!slices.ContainsFunc(r.Handshakes, func(h fakedaemon.Handshake) bool {
			return h.ServerAccepted || h.Plaintext || h.AlertReceived != "" || h.AlertSent != ""
		})
}

// refusedServer reports whether the client met the daemon's certificate and went on with none of its connections.
func (r Result) refusedServer() bool {
	return r.failed() && r.Connections.Heard > 0 && !slices.ContainsFunc(r.Handshakes, func(h fakedaemon.Handshake) bool {
		// Some look at the certificate when the handshake is over; then they hang up.
		return h.ServerAccepted && (h.Err != nil || h.DataReceived)
	})
}

// refusedByDaemon reports whether it was the daemon that ended a handshake, after the client had gone on past its
// certificate.
func (r Result) refusedByDaemon() bool {
	return slices.ContainsFunc(r.Handshakes, func(h fakedaemon.Handshake) bool {
		return h.ServerAccepted && h.Err != nil && h.AlertSent != ""
	})
}
