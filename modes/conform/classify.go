package conform

import (
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/internal/words"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// Outcomes that no recording has, because a recorded client is not a client under test.
const (
	// TimedOut: the client had not ended when its time was up, and had done nothing that gives another outcome.
	TimedOut outcome.Class = "timed-out"
	// NotRun: the client could not be started, or the attempt could not be set up.
	NotRun outcome.Class = "not-run"
	// NoRequest: the client reported success, and the daemon saw no request.
	NoRequest outcome.Class = "no-request"
	// FailsAfterAnswer: the daemon answered, and the client reported a failure all the same.
	FailsAfterAnswer outcome.Class = "client-fails-after-answer"
	// Unclassified: the client failed, and neither its words nor the daemon's ledger say why.
	Unclassified outcome.Class = "unclassified"
)

// What Go's HTTP server answers to plain HTTP on a TLS port. It is the only answer of dockerd in HTTP/1.0.
const (
	answeredHTTPToHTTPS = "HTTP/1.0 400 Bad Request"
	saidHTTPToHTTPS     = "Client sent an HTTP request to an HTTPS server"
)

// A Result is what one attempt showed on both sides.
type Result struct {
	// Command is what was run, as one would type it; "" for a client that is a Go function.
	Command string
	// Env are the variables that were set for it, as "NAME=value".
	Env []string
	// ExitCode is the client's; a client that is a Go function has 0, and Err when it failed.
	ExitCode       int
	Stdout, Stderr string
	// Err is the error of a client that is a Go function.
	Err error
	// TimedOut says that the client was stopped because its time was up.
	TimedOut bool
	// Handshakes and Requests are the daemon's ledger of this attempt alone. A client leaves them nil.
	Handshakes fakedaemon.Handshakes
	Requests   fakedaemon.Requests
	// Connections counts those of this attempt alone. A client leaves it zero.
	Connections fakedaemon.ConnectionCount

	began, timeUp time.Time // of a client whose time was up
	plain         bool      // the daemon speaks no TLS
}

// Text returns what the client said, its standard error and its error, and that it was stopped, without surrounding
// space.
func (r Result) Text() string {
	text := r.Stderr
	if r.Err != nil {
		text += "\n" + r.Err.Error()
	}
	if r.TimedOut {
		text += "\nstopped: its time was up"
	}
	return strings.TrimSpace(text)
}

// failed reports whether the client itself reported a failure, or would not end.
func (r Result) failed() bool { return r.ExitCode != 0 || r.Err != nil || r.TimedOut }

// crashed reports whether a signal ended the client, as it does when the client gives up on itself.
func (r Result) crashed() bool {
	// What a shell makes of SIGILL, SIGABRT, SIGBUS, SIGFPE and SIGSEGV.
	crashes := []int{128 + 4, 128 + 6, 128 + 7, 128 + 8, 128 + 11}
	return !r.TimedOut && (r.ExitCode < 0 && r.Err == nil || slices.Contains(crashes, r.ExitCode))
}

// Classify returns the outcome class of an attempt by a client of family. The daemon's ledger is believed before the
// client: a request that the daemon answered is an answer, and a certificate that the daemon refused is that refusal,
// because with TLS 1.3 it reaches the client late and often as a reset. Only what
// the ledger cannot know, such as which file was missing, is taken from the client's words, and those are read as the
// TLS library of the family writes them; the words of an unknown family are tried against every library. The one
// exception is the docker CLI that refuses its command line: what it then asks a daemon is for its usage text.
func Classify(family modes.Family, r Result) outcome.Class {
	said := r.Text() + "\n" + r.Stdout
	known := rule.ByName(string(family))
	if known != nil && known.PingsForUsage && r.failed() && known.Speaks.Recognize(r.Text()) == outcome.ConfigUsage {
		return outcome.ConfigUsage
	}
	if len(r.Requests) > 0 {
		return answered(r, said)
	}
	for _, h := range r.Handshakes {
		if h.Plaintext {
			return outcome.HTTPToHTTPS
		}
	}
	if strings.Contains(said, saidHTTPToHTTPS) || strings.HasPrefix(r.Stdout, answeredHTTPToHTTPS) {
		return outcome.HTTPToHTTPS
	}
	if r.TimedOut {
		return TimedOut
	}
	if r.crashed() {
		return outcome.ClientCrash
	}
	if !r.failed() {
		return outcome.OK
	}
	libraries := known.Speakers()
	// A client that refused the server may have been refused by it too: its own refusal came first.
	for _, lib := range libraries {
		if o := lib.Recognize(said); strings.HasPrefix(string(o), "client-rejects-") {
			return o
		}
	}
	for i := len(r.Handshakes) - 1; i >= 0; i-- {
		if err := r.Handshakes[i].Err; err != nil {
			if o := words.Daemon.Recognize(err.Error()); o != "" {
				return o
			}
		}
	}
	for _, lib := range append(libraries, words.System) {
		if o := lib.Recognize(said); o != "" {
			return o
		}
	}
	for _, h := range r.Handshakes {
		if o := words.Alert.Recognize(h.AlertReceived); o != "" {
			return o
		}
	}
	return Unclassified
}

// answered is the class of an attempt in which the daemon answered a request.
func answered(r Result, said string) outcome.Class {
	if o := words.API.Recognize(said); o != "" && r.failed() {
		return o
	}
	if r.failed() {
		return FailsAfterAnswer
	}
	return outcome.OK
}
