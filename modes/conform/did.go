package conform

// Did says in a few words, for a cell of a table, what a client did that made its verdict: one of the constants below.
type Did string

// What clients do. "The reference" is the docker CLI or, for a Go client, net/http.
const (
	AsExpected       Did = "as expected"
	SentPlaintext    Did = "sent plaintext"          // although TLS was asked for
	AcceptedServer   Did = "accepted, must refuse"   // a server certificate that it had to refuse
	AcceptedAnybody  Did = "accepted anybody"        // without the files by which it was to verify the server
	LetIn            Did = "let in, must be refused" // by the daemon
	Answered         Did = "answered, must stop"     // it got an answer, safely, where the reference stops
	WentOn           Did = "went on, must stop"      // without a file that it was given, and was refused
	SentNoCert       Did = "sent no certificate"     // and was refused by the daemon for it
	NoAnswer         Did = "no answer"               // where it had to get one
	NeverDialled     Did = "never dialled"           // it failed, and no daemon saw a connection
	AskedNobody      Did = "asked nobody"            // it reported success, and no daemon saw a request
	DidNotEnd        Did = "did not end"             // in time
	DidNotRun        Did = "could not be run"
	Crashed          Did = "crashed"
	FailedWithAnswer Did = "failed with an answer" // the daemon answered, and it reported a failure
	RefusedOtherwise Did = "other refusal"         // it failed, as it had to, but for another reason than the reference, or refused by the other side
)
