package modes

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/internal/words"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// An Answer says what one line of a message tells.
type Answer struct {
	// Line is the telling line, as it was given.
	Line string `json:"line"`
	// Side is who wrote the line. The same words mean one thing in a client's message and the reverse in a daemon's
	// log.
	Side Side `json:"side"`
	// Guess says that nothing in the line tells who wrote it, and that another answer may be the right one.
	Guess bool `json:"guess,omitempty"`
	// Notes are remarks about the words themselves, each a sentence or two.
	Notes []string `json:"notes,omitempty"`
	// Causes are what may be behind it, the likeliest first.
	Causes []Explanation `json:"causes"`

	byText bool // a text that says enough is in the line
}

// An Explanation says what may be behind a line.
type Explanation struct {
	Outcome outcome.Class `json:"outcome"`
	SaidBy  []string      `json:"said_by"`           // the programs that say it: families of the matrix and others, such as "java"
	Engines string        `json:"engines,omitempty"` // the generations of dockerd with which they do: "28,29", "20.10", "1.x" for those before 17.03, "" for all
	Cause   string        `json:"cause"`             // in a sentence or two
	Cure    string        `json:"cure"`              // likewise
	Entries []string      `json:"entries,omitempty"` // the IDs of the entries of the matrix that produce it

	families []Family // of SaidBy
}

// shortest is how short a part of a text may be to be looked up.
const shortest = 6

// Explain says what is behind the message of a client, or behind a daemon's log: one answer for each different thing
// that its lines tell, of which the latest tells most of what happened last; nil when nothing is known of it. The
// message may be all that was said, with a stack trace or a whole log around it, or a part of one line.
func Explain(message string) []Answer {
	all := explain(message)
	for _, a := range all {
		for i := range a.Causes {
			a.Causes[i].Entries = producing(a.Causes[i])
		}
	}
	return all
}

func explain(message string) []Answer {
	lines := slices.DeleteFunc(strings.Split(message, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	if len(lines) == 1 {
		return explainLine(lines[0], "", containing, containedIn, recognized, hinting)
	}
	side := onlySide(lines)
	// A short line of a trace would be contained in some text by chance.
	finders := []finder{containing, recognized, hinting}
	var all []Answer
	told := map[string]bool{} // a log says the same of many clients
	for _, line := range slices.Backward(lines) {
		for _, a := range explainLine(line, side, finders...) {
			if !told[a.what()] {
				told[a.what()] = true
				all = append(all, a)
			}
		}
	}
	if all == nil && len(lines) > 1 {
		// A terminal may have broken the line.
		for _, between := range []string{"", " "} {
			if all = explainLine(strings.Join(lines, between), side, finders...); all != nil {
				return all
			}
		}
	}
	return mostTelling(all)
}

// mostTelling leaves out what says less than another answer: the same causes or more of them, or only that a connection
// ended. What is known by a text is believed before what single words tell.
func mostTelling(all []Answer) []Answer {
	var told []Answer
	for i, a := range all {
		less := a.vague() && slices.ContainsFunc(all, func(b Answer) bool { return !b.vague() })
		for j, b := range all {
			switch {
			case i == j:
			case b.byText && !a.byText:
				less = less || says(a, b) || says(b, a)
			case b.byText == a.byText:
				less = less || says(b, a) && (j < i || !says(a, b))
			}
		}
		if !less {
			told = append(told, a)
		}
	}
	return told
}

// what tells answers apart that have different causes.
func (a Answer) what() string {
	what := []string{string(a.Side), fmt.Sprint(a.byText)}
	for _, x := range a.Causes {
		what = append(what, string(x.Outcome), x.Cause)
	}
	return strings.Join(what, "\n")
}

// vague says that the line only tells that a connection ended or was not there.
func (a Answer) vague() bool {
	return !slices.ContainsFunc(a.Causes, func(x Explanation) bool {
		return x.Outcome != outcome.ConnectionClosed && x.Outcome != outcome.ConnectionRefused
	})
}

// says reports whether each cause of a is one of b's.
func says(a, b Answer) bool {
	return a.Side == b.Side && !slices.ContainsFunc(a.Causes, func(x Explanation) bool {
		return !slices.ContainsFunc(b.Causes, func(y Explanation) bool { return x.Outcome == y.Outcome })
	})
}

// A finder finds the texts of a side that a line is about.
type finder func(line string, side Side) []text

// explainLine gives the answer of one line, or two when either side can have written it. The first finder that finds
// something decides, and around is the side of the lines around it.
func explainLine(line string, around Side, finders ...finder) []Answer {
	text := unwrap(line)
	if len(text) < shortest {
		return nil
	}
	sides := []Side{ClientSide, DaemonSide, ProxySide}
	if side := sideOf(text); side != "" {
		sides = []Side{side}
	} else if around != "" {
		sides = []Side{around}
	}
	for _, find := range finders {
		var all []Answer
		for _, s := range sides {
			if s == ProxySide && all != nil {
				break // a line of nginx's log is known by how it begins, unless it was cut
			}
			if found := find(text, s); found != nil {
				all = append(all, answer(strings.TrimSpace(line), s, found))
			}
		}
		if all != nil {
			for i := range all {
				all[i].Guess = len(all) > 1
			}
			return all
		}
	}
	return nil
}

// containing are the texts that say most of what a line says.
func containing(line string, side Side) []text { return longest(line, side, false) }

// hinting are those that say little.
func hinting(line string, side Side) []text { return longest(line, side, true) }

func longest(line string, side Side, vague bool) []text {
	all, most := []text(nil), 0
	for _, t := range parseTexts() {
		if t.Side == side && t.vague == vague && t.in(line) {
			all, most = append(all, t), max(most, t.weight())
		}
	}
	return slices.DeleteFunc(all, func(t text) bool { return t.weight() < most })
}

// containedIn are the texts that a line is a part of.
func containedIn(line string, side Side) []text {
	var all []text
	for _, t := range parseTexts() {
		if t.Side == side && t.contains(line) {
			t.note = "" // it is about the whole text
			all = append(all, t)
		}
	}
	return all
}

// recognized is what the words of a library tell.
func recognized(line string, side Side) []text {
	speakers := map[Side][]words.Speaker{
		ClientSide: {words.API, words.Go, words.OpenSSL, words.System},
		DaemonSide: {words.Daemon, words.Alert, words.System},
		ProxySide:  {words.OpenSSL, words.System},
	}[side]
	for _, s := range speakers {
		if s == words.Alert && !strings.Contains(line, "remote error") {
			continue // it is the daemon's own error, which may have the words of an alert
		}
		if o := s.Recognize(line); o == outcome.OK {
			return nil
		} else if o != "" {
			t := text{Outcome: o, Side: side, Families: speaking(s)}
			if side != ClientSide {
				t.Families, t.Programs = nil, []string{string(side)}
			}
			return []text{t}
		}
	}
	return nil
}

// speaking are the families that use a speaker's words, all of them for what is no library.
func speaking(s words.Speaker) []Family {
	spoken := slices.DeleteFunc(Families(), func(f Family) bool { return rule.ByName(string(f)).Speaks != s })
	if len(spoken) == 0 {
		return Families()
	}
	return spoken
}

// likelihood has the outcomes that share a message, the likeliest first: forgotten and foreign certificates before worn
// and odd ones.
var likelihood = []outcome.Class{
	outcome.RejectsNoClientCert, outcome.RejectsUnknownClientCA, outcome.RejectsClientCertExpired, outcome.RejectsClientCertEKU, outcome.RejectsClientCertNotYetValid, outcome.RejectsClientCertOther,
	outcome.RejectsServerUnknownAuthority, outcome.RejectsServerHostname, outcome.RejectsServerExpired, outcome.RejectsServerLegacyCN, outcome.RejectsServerEKU, outcome.RejectsServerNotYetValid,
	outcome.RejectsServerWeakCrypto, outcome.RejectsServerOther,
	outcome.ConfigMissingFile, outcome.ConfigEncryptedKey, outcome.ConfigKeyMismatch, outcome.ConfigBadMaterial, outcome.TLSHandshakeFailure,
}

func answer(line string, side Side, found []text) Answer {
	a := Answer{Line: line, Side: side, byText: found[0].Pattern != "" && !found[0].vague}
	for _, t := range found {
		cause, cure := t.remedy()
		at := slices.IndexFunc(a.Causes, func(x Explanation) bool { return x.Outcome == t.Outcome })
		if at < 0 {
			at = len(a.Causes)
			a.Causes = append(a.Causes, Explanation{Outcome: t.Outcome, Engines: t.Engines, Cause: cause, Cure: cure})
		}
		x := &a.Causes[at]
		x.Engines = bothEngines(x.Engines, t.Engines)
		if t.cause != "" {
			x.Cause, x.Cure = cause, cure
		}
		for _, f := range t.Families {
			x.families = append(x.families, f)
			x.SaidBy = add(x.SaidBy, string(f))
		}
		for _, p := range t.Programs {
			x.SaidBy = add(x.SaidBy, p)
		}
		if t.note != "" {
			a.Notes = add(a.Notes, t.note)
		}
	}
	slices.SortStableFunc(a.Causes, func(x, y Explanation) int {
		return rank(likelihood, x.Outcome) - rank(likelihood, y.Outcome)
	})
	return a
}

// bothEngines are the generations of either list, "" for all; the newest come first.
func bothEngines(a, b string) string {
	if a == "" || b == "" {
		return ""
	}
	var both []string
	for _, g := range []string{"28,29", "20.10", "1.x"} {
		if strings.Contains(a, g) || strings.Contains(b, g) {
			both = append(both, g)
		}
	}
	return strings.Join(both, ",")
}

func add(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

// rank is the place of an outcome in a list, behind the last for one that is not in it.
func rank(list []outcome.Class, o outcome.Class) int {
	if at := slices.Index(list, o); at >= 0 {
		return at
	}
	return len(list)
}

// producing are the entries in which one of the families gets the outcome, or any family when the programs are no
// clients of the matrix.
func producing(x Explanation) []string {
	var ids []string
	entries, families := matrix(), x.families
	if x.Engines != "" && !strings.Contains(x.Engines, "28,29") {
		entries = matrix20()
	}
	if families == nil {
		families = Families()
	}
	for _, e := range entries {
		if slices.ContainsFunc(families, func(f Family) bool { return e.Want[f] == x.Outcome }) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// matrix20 is the matrix in front of dockerd 20.10.
var matrix20 = sync.OnceValue(func() []Entry {
	all := slices.Clone(matrix())
	for i := range all {
		all[i] = all[i].With("20.10.24")
	}
	return all
})

// causeLines has the causes of what no outcome tells: key, cause and cure.
//
//go:embed causes.tsv
var causeLines string

var parseCauses = sync.OnceValue(func() map[string][2]string {
	all := map[string][2]string{}
	for _, fields := range words.Rows(causeLines) {
		all[fields[0]] = [2]string{fields[1], fields[2]}
	}
	return all
})

// remedy is what is behind a text and what helps.
func (t text) remedy() (cause, cure string) {
	for _, key := range []string{t.cause, string(t.Outcome)} {
		if c, ok := parseCauses()[key]; ok {
			return c[0], c[1]
		}
	}
	return t.Outcome.Remedy()
}
