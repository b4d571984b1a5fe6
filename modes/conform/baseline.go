package conform

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Baseline holds the deviations of clients that somebody has accepted. As text it has one line for each, sorted, of
// fields with a tab between them: client, entry, verdict, outcome and the outcome in front of a plain daemon, "-" where
// there was none. Empty lines and those that begin with "#" say nothing.
type Baseline []Accepted

// Accepted is one deviation that has been accepted.
type Accepted struct {
	Client, ID string
	Verdict    Verdict
	Outcome    string // outcome, tab, outcome in front of a plain daemon
}

func (a Accepted) String() string {
	return strings.Join([]string{a.Client, a.ID, string(a.Verdict), a.Outcome}, "\t")
}

func newAccepted(client, id string, g Got) Accepted {
	plain := string(g.Plain)
	if plain == "" {
		plain = "-"
	}
	return Accepted{client, id, g.Verdict, string(g.Outcome) + "\t" + plain}
}

// ReadBaseline reads what Baseline.Write writes. Its error names the line that is wrong.
func ReadBaseline(r io.Reader) (Baseline, error) {
	var b Baseline
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 5 || !slices.Contains(Verdicts(), Verdict(fields[2])) {
			return nil, fmt.Errorf("line %d is not CLIENT, ENTRY, VERDICT, OUTCOME and OUTCOME with tabs between them: %q", n, line)
		}
		b = append(b, Accepted{fields[0], fields[1], Verdict(fields[2]), fields[3] + "\t" + fields[4]})
	}
	return b, lines.Err()
}

// Write writes the text form.
func (b Baseline) Write(w io.Writer) error {
	lines := make([]string, len(b))
	for i, a := range b {
		lines[i] = a.String() + "\n"
	}
	slices.Sort(lines)
	_, err := io.WriteString(w, "# Accepted differences. `fakedockerd conform --update-baseline` writes this file.\n"+strings.Join(lines, ""))
	return err
}

// Accept marks the deviations that b has as accepted. It returns what b has and the clients did not do, of the entries
// that were tried.
func (r *Report) Accept(b Baseline) (stale Baseline) {
	for _, a := range b {
		i := slices.IndexFunc(r.Entries, func(e EntryReport) bool { return e.ID == a.ID })
		if i < 0 {
			continue
		}
		got, tried := r.Entries[i].Got[a.Client]
		switch {
		case !tried:
		case newAccepted(a.Client, a.ID, got) != a:
			stale = append(stale, a)
		case got.deviates():
			got.Accepted = true
			r.Entries[i].Got[a.Client] = got
		}
	}
	return stale
}

// Baseline returns b as it is after this run: what the clients did in the entries that were tried, and b's lines of
// the others.
func (r *Report) Baseline(b Baseline) Baseline {
	tried := map[[2]string]bool{}
	var now Baseline
	for _, e := range r.Entries {
		for client, got := range e.Got {
			tried[[2]string{client, e.ID}] = true
			if got.deviates() {
				now = append(now, newAccepted(client, e.ID, got))
			}
		}
	}
	for _, a := range b {
		if !tried[[2]string{a.Client, a.ID}] {
			now = append(now, a)
		}
	}
	return now
}
