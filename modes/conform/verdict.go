package conform

import (
	"strings"

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

// judge compares what a client did in an entry with what it had to do.
func judge(e modes.Entry, want, got modes.Outcome) Verdict {
	answered := got == modes.OK || got == FailsAfterAnswer
	switch {
	case got == want:
		return Ok
	case answered && want != modes.OK:
		return Insecure
	case got == modes.HTTPToHTTPS && e.Client != modes.ClientPlain:
		return Insecure
	case want == modes.OK:
		return Broken
	}
	return Differs
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
