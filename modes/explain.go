package modes

import (
	"slices"
	"strings"
	"sync"
)

// An Explanation says what may be behind a message.
type Explanation struct {
	Outcome  Outcome  `json:"outcome"`
	Families []Family `json:"families"`          // the clients that say it
	Engines  string   `json:"engines,omitempty"` // the generations of dockerd with which they do, "" for all
	Cause    string   `json:"cause"`             // in a sentence or two
	Cure     string   `json:"cure"`              // likewise
	Entries  []string `json:"entries"`           // the IDs of the entries of the matrix that produce it
}

// shortest is how short a part of a text may be to be looked up.
const shortest = 6

// Explain says what may be behind the message of a client, or behind a line of a daemon's log, the likeliest first; nil when nothing is
// known of it. The message may be a part of what the client said, or all of it.
func Explain(message string) []Explanation {
	message = strings.TrimSpace(message)
	if len(message) < shortest {
		return nil
	}
	var all []Explanation
	for _, t := range matching(message) {
		at := slices.IndexFunc(all, func(e Explanation) bool { return e.Outcome == t.Outcome && e.Engines == t.Engines })
		if at < 0 {
			at = len(all)
			all = append(all, Explanation{Outcome: t.Outcome, Engines: t.Engines, Cause: remedies[t.Outcome].cause, Cure: remedies[t.Outcome].cure})
		}
		for _, f := range t.Families {
			if !slices.Contains(all[at].Families, f) {
				all[at].Families = append(all[at].Families, f)
			}
		}
	}
	// What any daemon answers comes before what only old ones do.
	slices.SortStableFunc(all, func(a, b Explanation) int { return age(a) - age(b) })
	for i := range all {
		all[i].Entries = producing(all[i])
	}
	return all
}

func age(e Explanation) int { return slices.Index([]string{"", "28,29", "20.10"}, e.Engines) }

// matching are the texts that say most of what a message says or, when it has none of them, those that it is a part of or that the
// words of a library tell.
func matching(message string) []Text {
	var all []Text
	most := 0
	for _, t := range parseTexts() {
		if t.in(message) {
			all = append(all, t)
			most = max(most, t.weight())
		}
	}
	if all != nil {
		return slices.DeleteFunc(all, func(t Text) bool { return t.weight() < most })
	}
	for _, t := range parseTexts() {
		if t.contains(message) {
			all = append(all, t)
		}
	}
	if all != nil {
		return all
	}
	for _, s := range []Speaker{APIWords, GoWords, OpenSSLWords, DaemonWords, AlertWords, SystemWords} {
		if o := s.Recognize(message); o != "" && o != OK {
			return []Text{{Outcome: o, Families: speaking(s)}}
		}
	}
	return nil
}

// speaking are the families that use a speaker's words, all of them for what is no library.
func speaking(s Speaker) []Family {
	spoken := slices.DeleteFunc(Families(), func(f Family) bool { return !slices.Contains(f.Speakers(), s) })
	if len(spoken) == 0 {
		return Families()
	}
	return spoken
}

// producing are the entries in which one of the families gets the outcome.
func producing(x Explanation) []string {
	var ids []string
	entries := matrix()
	if x.Engines == "20.10" {
		entries = matrix20()
	}
	for _, e := range entries {
		if slices.ContainsFunc(x.Families, func(f Family) bool { return e.Want[f] == x.Outcome }) {
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
