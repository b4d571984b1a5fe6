package conform

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A Cause is what deviations of one client have in common, so that one change of it mends them all.
type Cause struct {
	Client  string   `json:"client"`  // its name
	Verdict Verdict  `json:"verdict"` // the worst of the entries
	Did     Did      `json:"did"`     // in the first of them
	What    string   `json:"what"`    // what it did, a clause of which the client is the subject
	Cure    string   `json:"cure"`    // what helps, to the author of the client
	IDs     []string `json:"ids"`     // of the entries
}

// Causes groups the deviations that are not accepted, the worst verdict first, then the cause with most entries.
func (r *Report) Causes() []Cause {
	type key struct {
		client string
		row    int // of causeRows
	}
	type doing struct {
		client string
		did    Did
	}
	whole := map[doing]int{} // the row that parts belong to
	deviations := r.Deviations()
	rows := make([]int, len(deviations))
	for i, d := range deviations {
		rows[i] = slices.IndexFunc(causeRows, func(k causeRow) bool { return k.fits(d) })
		if k := causeRows[rows[i]]; k.whole != nil && k.whole(d) {
			whole[doing{d.Client, k.did}] = rows[i]
		}
	}
	var order []key
	groups := map[key][]Deviation{}
	for i, d := range deviations {
		row := rows[i]
		if w, ok := whole[doing{d.Client, causeRows[row].did}]; ok && causeRows[row].part {
			row = w
		}
		k := key{d.Client, row}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], d)
	}
	var causes []Cause
	for _, k := range order {
		c := Cause{Client: k.client, Verdict: groups[k][0].Verdict, Did: groups[k][0].Did, What: causeRows[k.row].what, Cure: causeRows[k.row].cure}
		if list := causeRows[k.row].list; list != nil {
			c.What = fmt.Sprintf(c.What, list(groups[k]))
		}
		for _, d := range groups[k] {
			c.IDs = append(c.IDs, d.ID)
		}
		// The first is the plainest.
		plainest := func(d Deviation) bool { return d.Verdict == c.Verdict && causeRows[k.row].plainest(d) }
		if i := slices.IndexFunc(groups[k], plainest); i > 0 {
			c.Did = groups[k][i].Did
			c.IDs = slices.Insert(slices.Delete(c.IDs, i, i+1), 0, groups[k][i].ID)
		}
		causes = append(causes, c)
	}
	slices.SortStableFunc(causes, func(a, b Cause) int {
		return cmp.Or(slices.Index(Verdicts(), a.Verdict)-slices.Index(Verdicts(), b.Verdict), len(b.IDs)-len(a.IDs))
	})
	return causes
}

// A causeRow is a row of the table of causes.
type causeRow struct {
	did  Did                    // "" is any
	is   func(d Deviation) bool // nil: whatever else it was
	what string                 // with %s where list goes
	list func(all []Deviation) string
	cure string
	// part says that the row is about a small part of what the row with whole is about: a client that does the whole
	// has one cause, and the part is none of its own.
	part bool
	// whole reports whether a deviation of this row shows that the client does the whole; nil: the row has no parts.
	whole func(d Deviation) bool
}

// anywhere is whole for what clients do to servers or with files that are wrong: each of them shows it.
func anywhere(Deviation) bool { return true }

// asUsual is whole for what clients do although nothing is wrong. A client that can do it right as it is usually told,
// and gets it wrong when told otherwise, has the causes of the parts.
func asUsual(d Deviation) bool {
	return slices.Contains([]string{"env/ref-mtls", "tlsverify/mutual/env", "tlsverify/mutual/flags"}, d.ID)
}

func (k causeRow) fits(d Deviation) bool {
	return (k.did == "" || k.did == d.Did) && (k.is == nil || k.is(d))
}

// plainest reports whether an entry shows a cause without more around it: a client that verifies and presents a
// certificate, told as usual.
func (k causeRow) plainest(d Deviation) bool {
	e := entryByID()[d.ID]
	return e.Client == modes.ClientMutual && settingOf(d.ID) != oddValue && settingOf(d.ID) != fromHome && k.fits(d)
}

// in says that the entry has one of the settings.
func in(settings ...setting) func(Deviation) bool {
	return func(d Deviation) bool { return slices.Contains(settings, settingOf(d.ID)) }
}

// toldBy says that the client is told by variables in one of the settings, whatever is odd about the certificates.
func toldBy(settings ...setting) func(Deviation) bool {
	return func(d Deviation) bool {
		e := entryByID()[d.ID]
		return (e.Source == modes.Env || e.Source == modes.Home) && slices.Contains(settings, variablesOf(e))
	}
}

func verdict(v Verdict) func(Deviation) bool {
	return func(d Deviation) bool { return d.Verdict == v }
}

func did(some ...Did) func(Deviation) bool {
	return func(d Deviation) bool { return slices.Contains(some, d.Did) }
}

// wants says that one of the outcomes was expected.
func wants(outcomes ...outcome.Class) func(Deviation) bool {
	return func(d Deviation) bool { return slices.Contains(outcomes, d.Want) }
}

// met says that the client had one of the outcomes.
func met(outcomes ...outcome.Class) func(Deviation) bool {
	return func(d Deviation) bool { return slices.Contains(outcomes, d.Outcome) }
}

// metAny says that the client had an outcome of a kind.
func metAny(kind func(outcome.Class) bool) func(Deviation) bool {
	return func(d Deviation) bool { return kind(d.Outcome) }
}

func and(a, b func(Deviation) bool) func(Deviation) bool {
	return func(d Deviation) bool { return a(d) && b(d) }
}

// flawed says that the server has one of the flaws, or any when none is given.
func flawed(flaws ...certgen.Flaw) func(Deviation) bool {
	return func(d Deviation) bool {
		flaw := entryByID()[d.ID].Material.Server
		return flaw != "" && (flaws == nil || slices.Contains(flaws, flaw))
	}
}

// serverIs are the wrongs of a server's certificate, as clauses about it, the gravest first.
var serverIs = []struct {
	refused outcome.Class
	what    string
}{
	{outcome.RejectsServerUnknownAuthority, "no CA in ca.pem has signed"},
	{outcome.RejectsServerHostname, "is for another host"},
	{outcome.RejectsServerExpired, "has expired"},
	{outcome.RejectsServerNotYetValid, "is not valid yet"},
	{outcome.RejectsServerEKU, "is not for servers"},
	{outcome.RejectsServerLegacyCN, "has its name only in the common name"},
	{outcome.RejectsServerWeakCrypto, "is too weak"},
	{outcome.RejectsServerOther, "breaks a rule"},
}

// wrongs lists what was wrong with the certificates of servers.
func wrongs(all []Deviation) string {
	const few = 3
	var list []string
	for _, is := range serverIs {
		if slices.ContainsFunc(all, func(d Deviation) bool { return d.Want == is.refused }) {
			list = append(list, is.what)
		}
	}
	if list == nil {
		return "it had to refuse"
	}
	if len(list) > few {
		list = append(list[:few], "is wrong otherwise")
	}
	return enumerate(list, "or")
}

// flaws lists the flaws of either side, or where there is none the entries, the first few by name.
func flaws(all []Deviation) string {
	const few = 4
	var names []string
	for _, d := range all {
		m := entryByID()[d.ID].Material
		if name := cmp.Or(string(m.Server+m.Client), strings.TrimPrefix(d.ID, "env/")); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if n := len(names) - few; n > 0 {
		names = append(names[:few], fmt.Sprintf("%d more", n))
	}
	return enumerate(names, "and")
}

// enumerate gives "a, b or c".
func enumerate(list []string, word string) string {
	last := len(list) - 1
	if last < 1 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:last], ", ") + " " + word + " " + list[last]
}
