package conform

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/internal/english"
)

// WriteMarkdown writes the summary as GitHub reads it, with the table of all entries and the deviations folded below.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	row := func(cells ...string) {
		for i, c := range cells {
			cells[i] = strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(c)
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	head := func(cells ...string) {
		row(cells...)
		row(slices.Repeat([]string{"---"}, len(cells))...)
	}
	for _, c := range r.Clients {
		t := r.score(c)
		fmt.Fprintf(&b, "**%s: %s.** %s\n\n", c, strings.ToUpper(string(t.worst())), t.words())
	}
	if causes := r.Causes(); len(causes) > 0 {
		head("verdict", "client", "entries", "first", "what it did", "what helps")
		for _, c := range causes {
			row("**"+string(c.Verdict)+"**", c.Client, fmt.Sprint(len(c.IDs)), "`"+c.IDs[0]+"`", c.What, c.Cure)
		}
		b.WriteString("\n")
	}
	for _, s := range r.skips() {
		fmt.Fprintf(&b, "- skipped %d: %s\n", s.N, s.Reason)
	}
	for _, m := range r.untried() {
		b.WriteString("- not tried: " + m + "\n")
	}
	title := fmt.Sprintf("All %d entries", len(r.Entries))
	if len(r.Entries) == 1 {
		title = "The only entry"
	}
	b.WriteString("\n<details><summary>" + title + "</summary>\n\n")
	head(append(append([]string{"entry", "expected"}, r.Clients...), "verdict")...)
	for _, e := range r.Entries {
		cells := []string{"`" + e.ID + "`", e.expected(r.Clients)}
		for _, c := range r.Clients {
			cells = append(cells, e.Got[c].shown())
		}
		verdict := string(e.worst())
		if verdict != string(Ok) && verdict != string(Skipped) {
			verdict = "**" + verdict + "**"
		}
		row(append(cells, verdict)...)
	}
	b.WriteString("\n</details>\n")
	if all := r.Deviations(); len(all) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>All that is known of %s</summary>\n", english.Count(len(all), "deviation"))
		for _, d := range all {
			b.WriteString("\n```text\n" + d.String() + "```\n")
		}
		b.WriteString("\n</details>\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
