package conform

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// What the summary fits into, in columns and lines, so that it is read without scrolling.
const (
	textWidth  = 120
	textHeight = 40
)

// fewestCauses is how many lines the causes have at least, however much else there is to say.
const fewestCauses = 12

// WriteText writes the summary for a terminal: a line of verdict for each client, the causes of what went wrong with
// what helps, and what was not tried and why. It is no wider than 120 columns, and of many causes those with the lesser
// verdicts are only counted.
func (r *Report) WriteText(w io.Writer) error { return r.writeSummary(w, textHeight) }

// WriteVerbose writes the table of all entries, then each deviation with all that is known of it, then the summary.
func (r *Report) WriteVerbose(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(append(append([]string{"ENTRY", "EXPECTED"}, r.Clients...), "VERDICT"), "\t"))
	for _, e := range r.Entries {
		cells := []string{e.ID, e.expected(r.Clients)}
		for _, c := range r.Clients {
			cells = append(cells, e.Got[c].shown())
		}
		fmt.Fprintln(t, strings.Join(append(cells, string(e.worst())), "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, d := range r.Deviations() {
		if _, err := io.WriteString(w, "\n"+d.String()); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return r.writeSummary(w, math.MaxInt)
}

// writeSummary writes at most height lines, unless there is too much beside the causes.
func (r *Report) writeSummary(w io.Writer, height int) error {
	var above, below strings.Builder
	for _, c := range r.Clients {
		above.WriteString(hanging("", r.score(c).String()))
	}
	if skips := r.skips(); skips != nil {
		below.WriteString("\n")
		for _, s := range skips {
			below.WriteString(hanging(fmt.Sprintf("skipped %5d  ", s.N), s.Reason))
		}
	}
	for _, m := range r.untried() {
		below.WriteString(hanging("not tried      ", m))
	}
	causes := r.Causes()
	fmt.Fprintf(&below, "\n%s in %s. All that is known: -v, or --format html for a browser.\n", r.tried(), r.Elapsed.Round(10*time.Millisecond))
	if len(causes) > 0 {
		below.WriteString("One of them again: " + again(causes[0].IDs[0]) + "\n")
	}
	height -= strings.Count(above.String()+below.String(), "\n")
	_, err := io.WriteString(w, above.String()+r.causeTable(causes, max(height, fewestCauses))+below.String())
	return err
}

// causeTable is the table of causes in at most height lines. The first entry of a cause is below what the client did.
func (r *Report) causeTable(causes []Cause, height int) string {
	if len(causes) == 0 {
		return ""
	}
	client := 0 // the width of its column
	if len(r.Clients) > 1 {
		for _, c := range r.Clients {
			client = max(client, min(utf8.RuneCountInString(c), 20)+2, len("CLIENT  "))
		}
	}
	left := len("VERDICT   ENTRIES  ") + client
	what := (textWidth - left - 2) * 4 / 9
	columns := [2]int{what, textWidth - left - 2 - what}
	head := pad("VERDICT", 10) + "ENTRIES  "
	if client > 0 {
		head += pad("CLIENT", client)
	}
	lines := []string{"", head + pad("WHAT IT DID, FIRST IN", what) + "  WHAT HELPS"}
	for i, c := range causes {
		first := pad(string(c.Verdict), 10) + fmt.Sprintf("%7d  ", len(c.IDs))
		if client > 0 {
			first += pad(clip(c.Client, client-2), client)
		}
		row := c.lines(columns)
		if last := i == len(causes)-1; len(lines)+len(row) > height || !last && len(lines)+len(row) == height {
			rest := 0
			for _, c := range causes[i:] {
				rest += len(c.IDs)
			}
			lines = append(lines, pad("and", 10)+fmt.Sprintf("%7d  of lesser causes, %d in number: -v shows them", rest, len(causes)-i))
			break
		}
		for n, line := range row {
			if n > 0 {
				first = strings.Repeat(" ", left)
			}
			lines = append(lines, strings.TrimRight(first+line, " "))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// lines are what the cause says in two columns.
func (c Cause) lines(columns [2]int) []string {
	did, helps := wrap(c.What, columns[0]), wrap(c.Cure, columns[1])
	if utf8.RuneCountInString(c.IDs[0]) > columns[0] { // it is not cut: it is there to be copied
		did = append(did, slices.Repeat([]string{""}, max(0, len(helps)-len(did)))...)
	}
	did = append(did, c.IDs[0])
	lines := make([]string, max(len(did), len(helps)))
	for i := range lines {
		if i < len(did) {
			lines[i] = did[i]
		}
		if i < len(helps) {
			lines[i] = pad(lines[i], columns[0]) + "  " + helps[i]
		}
	}
	return lines
}

// hanging writes text behind first, and below it where it is too wide.
func hanging(first, text string) string {
	indent := utf8.RuneCountInString(first)
	return first + strings.Join(wrap(text, textWidth-indent), "\n"+strings.Repeat(" ", indent)) + "\n"
}

// wrap breaks text at blanks into lines of at most width columns. A word that is wider is cut.
func wrap(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		if *last != "" && utf8.RuneCountInString(*last+" "+word) > width {
			lines = append(lines, "")
			last = &lines[len(lines)-1]
		}
		for runes := []rune(word); len(runes) > width; runes = []rune(word) {
			*last, word = string(runes[:width]), string(runes[width:])
			lines = append(lines, "")
			last = &lines[len(lines)-1]
		}
		*last = strings.TrimLeft(*last+" "+word, " ")
	}
	return lines
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

func clip(s string, width int) string {
	if runes := []rune(s); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return s
}

// String is a paragraph that says everything that is known of the attempt.
func (d Deviation) String() string {
	var b strings.Builder
	verdict := string(d.Verdict)
	if d.Verdict != Differs {
		verdict = "is " + verdict
	}
	fmt.Fprintf(&b, "%s: %s %s\n", d.ID, d.Client, verdict)
	for _, line := range [][2]string{
		{"did", d.shown()},
		{"why", d.Why},
		{"expected", d.wanted()},
		{"got", d.met()},
		{"reason", d.Reason},
		{"ran", typed(d.Env, d.Command)},
		{"said", d.Text},
		{"daemon", d.Ledger},
	} {
		if line[1] != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", line[0], strings.ReplaceAll(line[1], "\n", "\n            "))
		}
	}
	return b.String()
}

func (g Got) wanted() string {
	if g.Want == "" {
		return ""
	}
	return clause(g.Want) + " (" + string(g.Want) + ")"
}

// met is what came of the client with each of the daemons, by the names of the outcomes.
func (g Got) met() string {
	text := clause(g.Outcome) + " (" + string(g.Outcome) + ")"
	if g.Impostor != "" {
		text += "; in front of an impostor " + clause(g.Impostor)
	}
	if g.Plain != "" {
		text += "; in front of a plain daemon " + clause(g.Plain)
	}
	return text
}
