package conform

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/internal/english"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A Report is what Run found.
type Report struct {
	// Clients are the names of the clients, in the order of their columns.
	Clients []string
	// Missing says which clients were looked for and not found, one sentence each.
	Missing []string
	Entries []EntryReport
	// Unfinished are the IDs of the entries that the run did not come to, or not to the end of.
	Unfinished []string
	// Elapsed is how long the run took.
	Elapsed time.Duration
}

// An EntryReport is one entry of the matrix with what each client made of it.
type EntryReport struct {
	ID       string                         `json:"id"`
	Daemon   modes.Daemon                   `json:"daemon"`
	Client   modes.Client                   `json:"client"`
	Source   modes.Source                   `json:"source"`
	Material string                         `json:"material"`
	Want     map[modes.Family]outcome.Class `json:"want"`
	Why      string                         `json:"why"`
	// Unverified says that the docker CLI gets an answer over TLS and does not verify the server: "ok" is not "secure".
	Unverified bool           `json:"unverified,omitempty"`
	Got        map[string]Got `json:"got"` // by the name of the client
}

// Got is what one client made of an entry.
type Got struct {
	Outcome outcome.Class `json:"outcome"` // "" when it was skipped
	Verdict Verdict       `json:"verdict"`
	// Text is what the client said, or why it was skipped.
	Text string `json:"text"`
	// Plain is the outcome in front of a plain daemon at the address of the entry's; "" when there was none.
	Plain outcome.Class `json:"plain,omitempty"`
	// Impostor is the outcome in front of an impostor: a daemon with the same flaw, or with the certificate of a
	// stranger, that asks for no client certificate and answers; "" when there was none.
	Impostor outcome.Class `json:"impostor,omitempty"`
	// Did says what the client did, for a cell of a table; "" when it was skipped.
	Did Did `json:"did,omitempty"`
	// Why says in one sentence what is wrong; "" when nothing is.
	Why string `json:"why,omitempty"`
	// Reason is that of what was expected of this client, a sentence.
	Reason string `json:"-"`
	// Accepted says that a baseline has this deviation.
	Accepted bool `json:"accepted,omitempty"`
	// Want is the outcome that was expected of the client.
	Want outcome.Class `json:"-"`
	// Command is what was run, "" for a client that is a Go function, and Env the variables that were set for it. The
	// files and the daemon no longer exist.
	Command string   `json:"-"`
	Env     []string `json:"-"`
	// Ledger is the daemons' side: a line for each handshake and request.
	Ledger string `json:"-"`
	// Elapsed is how long it all took.
	Elapsed time.Duration `json:"-"`
}

// shown is what tables say of it.
func (g Got) shown() string {
	switch {
	case g.Verdict == Skipped:
		return "-"
	case !g.deviates():
		return string(AsExpected)
	case g.Did == "":
		return clause(g.Outcome)
	}
	return string(g.Did)
}

func (g Got) deviates() bool { return g.Verdict != Ok && g.Verdict != Skipped }

func newEntryReport(e modes.Entry) EntryReport {
	return EntryReport{
		ID: e.ID, Daemon: e.Daemon, Client: e.Client, Source: e.Source, Material: e.Material.String(),
		Want: maps.Clone(e.Want), Why: e.Why, Unverified: unverified(e), Got: map[string]Got{},
	}
}

func unverified(e modes.Entry) bool {
	return e.Daemon.Encrypted() && e.Want[modes.FamilyDocker] == outcome.OK && !e.Client.Verifies()
}

// worst is the worst verdict of an entry.
func (e EntryReport) worst() Verdict {
	for _, v := range Verdicts() {
		for _, got := range e.Got {
			if got.Verdict == v {
				return v
			}
		}
	}
	return Skipped
}

// expected is the expected outcome, and those of the clients of which another is expected.
func (e EntryReport) expected(clients []string) string {
	count := map[outcome.Class]int{}
	var usual outcome.Class
	for _, c := range clients {
		want := e.Got[c].Want
		if want == "" {
			continue
		}
		if count[want]++; count[want] > count[usual] {
			usual = want
		}
	}
	if usual == "" {
		usual = e.Want[modes.FamilyDocker]
	}
	text := wanted(usual)
	if e.Unverified {
		text += ", server not verified"
	}
	for _, c := range clients {
		if want := e.Got[c].Want; want != "" && want != usual {
			text += fmt.Sprintf(" (%s: %s)", c, wanted(want))
		}
	}
	return text
}

// wanted is an expected outcome in a few words, for a cell of a table.
func wanted(o outcome.Class) string {
	switch o {
	case outcome.OK:
		return "an answer"
	case outcome.HTTPToHTTPS:
		return "plaintext, refused"
	case outcome.HTTPSToHTTP:
		return "TLS, no answer in TLS"
	}
	text := strings.ReplaceAll(o.Detail(), "-", " ")
	switch {
	case o.RefusesServer():
		return "refuse the server: " + text
	case o.RefusesClient():
		return "be refused: " + text
	case o.StopsFirst():
		return "stop: " + text
	}
	return text
}

// A Deviation is one client that did not do in an entry what it had to do.
type Deviation struct {
	ID     string // of the entry
	Reason string // of what was expected
	Client string // its name
	Got
}

// Deviations lists what is neither ok nor skipped nor accepted: flawed certificates that were accepted, then the worst
// verdict first, then in the order of the entries.
func (r *Report) Deviations() []Deviation {
	var all []Deviation
	for _, e := range r.Entries {
		for _, c := range r.Clients {
			if got := e.Got[c]; got.deviates() && !got.Accepted {
				all = append(all, e.deviation(c))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Deviation) int { return a.rank() - b.rank() })
	return all
}

func (e EntryReport) deviation(client string) Deviation {
	got := e.Got[client]
	return Deviation{e.ID, cmp.Or(got.Reason, e.Why), client, got}
}

func (d Deviation) rank() int {
	if d.falseAccept() {
		return -1
	}
	return slices.Index(Verdicts(), d.Verdict)
}

// falseAccept reports whether a certificate was accepted that had to be refused.
func (d Deviation) falseAccept() bool {
	if d.Did == AcceptedServer || d.Did == AcceptedAnybody || d.Did == LetIn {
		return d.Verdict == Insecure
	}
	refused := d.Want.RefusesServer() || d.Want.RefusesClient()
	return d.Verdict == Insecure && refused && slices.Contains(answers, d.Outcome)
}

// tried counts the entries that any client was tried on, and the others.
func (r *Report) tried() string {
	skipped := 0
	for _, e := range r.Entries {
		if e.worst() == Skipped {
			skipped++
		}
	}
	text := english.Count(len(r.Entries)-skipped, "entry") + " tried"
	if skipped > 0 {
		text += fmt.Sprintf(" and %d skipped", skipped)
	}
	return text
}

// Count returns how many attempts have each verdict.
func (r *Report) Count() map[Verdict]int {
	count := map[Verdict]int{}
	for _, e := range r.Entries {
		for _, got := range e.Got {
			count[got.Verdict]++
		}
	}
	return count
}

// untried are what was not tried, and why.
func (r *Report) untried() []string {
	all := slices.Clone(r.Missing)
	if n := len(r.Unfinished); n > 0 {
		all = append(all, english.Count(n, "entry")+", because the run ended before")
	}
	return all
}

// A score is what one client did in a run.
type score struct {
	client string
	count  map[Verdict]int // of what is not accepted
	tried  int
	// accepted are the deviations that a baseline has.
	accepted int
}

func (r *Report) score(client string) score {
	t := score{client: client, count: map[Verdict]int{}}
	for _, e := range r.Entries {
		got, ok := e.Got[client]
		switch {
		case !ok:
			continue
		case got.Accepted:
			t.accepted++
		default:
			t.count[got.Verdict]++
		}
		if got.Verdict != Skipped {
			t.tried++
		}
	}
	return t
}

// worst is the client's verdict of a whole run.
func (t score) worst() Verdict {
	for _, v := range []Verdict{Insecure, Broken, Differs} {
		if t.count[v] > 0 {
			return v
		}
	}
	if t.tried == 0 {
		return Skipped
	}
	return Ok
}

// words are what follows the client and its verdict in a line.
func (t score) words() string {
	var parts []string
	n := 0
	for _, v := range []Verdict{Insecure, Broken, Differs} {
		if c := t.count[v]; c > 0 {
			n += c
			parts = append(parts, fmt.Sprintf("%d %s", c, v))
		}
	}
	text := fmt.Sprintf("In all %d entries it did what was expected", t.tried)
	switch {
	case t.tried == 0:
		text = "Nothing was tried"
	case n > 0:
		text = fmt.Sprintf("In %d of %s it did not do what was expected: %s", n, english.Count(t.tried, "entry"), strings.Join(parts, ", "))
	case t.accepted > 0:
		text = fmt.Sprintf("In %d of %s it did what was expected", t.count[Ok], english.Count(t.tried, "entry"))
	case t.tried == 1:
		text = "In the only entry it did what was expected"
	}
	if t.accepted > 0 {
		text += fmt.Sprintf("; the baseline accepts %d", t.accepted)
	}
	return text + "."
}

// String is the line of verdict.
func (t score) String() string {
	return fmt.Sprintf("%s: %s. %s", t.client, strings.ToUpper(string(t.worst())), t.words())
}

// A skip is a reason for which entries were skipped.
type skip struct {
	Reason string
	N      int
}

// skips counts the skipped attempts by their reasons, the commonest first. Reasons that differ in the last word alone,
// such as a client mode, are one.
func (r *Report) skips() []skip {
	var all []skip
	last := map[string][]string{}
	for _, e := range r.Entries {
		for _, c := range r.Clients {
			got, ok := e.Got[c]
			if !ok || got.Verdict != Skipped {
				continue
			}
			at := strings.LastIndex(got.Text, " ") + 1
			first, word := got.Text[:at], got.Text[at:]
			i := slices.IndexFunc(all, func(s skip) bool { return s.Reason == first })
			if i < 0 {
				i = len(all)
				all = append(all, skip{Reason: first})
			}
			all[i].N++
			if !slices.Contains(last[first], word) {
				last[first] = append(last[first], word)
			}
		}
	}
	for i, s := range all {
		all[i].Reason += strings.Join(last[s.Reason], ", ")
	}
	slices.SortStableFunc(all, func(a, b skip) int { return b.N - a.N })
	return all
}

// again is the command that repeats an entry, without what is behind --.
func again(id string) string { return "--filter '^" + regexp.QuoteMeta(id) + "$'" }

// WriteJSON writes {"causes": [...], "entries": [...], "unfinished": [...]}, indented. The last has the IDs of
// Unfinished, and is left out when there are none.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	causes := r.Causes()
	if causes == nil {
		causes = []Cause{}
	}
	return enc.Encode(struct {
		Causes     []Cause       `json:"causes"`
		Entries    []EntryReport `json:"entries"`
		Unfinished []string      `json:"unfinished,omitempty"`
	}{causes, r.Entries, r.Unfinished})
}
