package modes

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// WriteText writes what the words mean, then one line per entry: its ID, the outcome, per family where families differ,
// and why.
func WriteText(w io.Writer, entries []Entry) error {
	if _, err := io.WriteString(w, legend()+"\n"); err != nil {
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, "ENTRY\tOUTCOME AND WHY\n")
	for _, e := range entries {
		fmt.Fprintf(tw, "%s\t%s. %s\n", e.ID, wants([]Entry{e}, Families()), e.Why)
	}
	return tw.Flush()
}

// WriteMarkdownList writes the same lines as [WriteText] as a table.
func WriteMarkdownList(w io.Writer, entries []Entry) error {
	var b strings.Builder
	b.WriteString("| entry | outcome | why |\n|---|---|---|\n")
	for _, e := range entries {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.ID, wants([]Entry{e}, Families()), e.Why)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes {"entries": [{"id", "daemon", "client", "source", "material", "documented", "want": {FAMILY:
// OUTCOME}, "why"}]}, indented.
func WriteJSON(w io.Writer, entries []Entry) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Entries []Entry `json:"entries"`
	}{entries})
}

// WriteMarkdown writes the entries as tables: what the modes are, one of daemon modes by client modes with good
// material, one per side that is flawed, and one of the spellings. A table without entries is left out.
func WriteMarkdown(w io.Writer, entries []Entry) error {
	var b strings.Builder
	b.WriteString(markdownLegend())
	entries = filter(entries, func(e Entry) bool {
		inGrid := func(flaw certgen.Flaw) bool { return flaw == "" || slices.Contains(gridFlaws, flaw) }
		return e.given == nil && inGrid(e.Material.Server) && inGrid(e.Material.Client)
	})
	good := filter(entries, func(e Entry) bool { return e.Material == Material{} })
	if len(good) > 0 {
		fmt.Fprint(&b, "\nGood material. Rows are daemon modes, columns client modes; a cell stands for every source that the family knows:\n\n")
		writeGrid(&b, "daemon", good, func(e Entry) string { return string(e.Daemon) }, func(e Entry) string { return string(e.Client) })
	}
	pair := func(e Entry) string { return string(e.Daemon) + "/" + string(e.Client) }
	server := filter(entries, func(e Entry) bool { return e.Material.Server != "" })
	if len(server) > 0 {
		fmt.Fprint(&b, "\nThe daemon's certificate is flawed. Columns are daemon/client:\n\n")
		writeGrid(&b, "server", server, func(e Entry) string { return string(e.Material.Server) }, pair)
	}
	client := filter(entries, func(e Entry) bool { return e.Material.Server == "" && e.Material.Client != "" })
	if len(client) > 0 {
		fmt.Fprint(&b, "\nThe client's certificate is flawed. Columns are daemon/client:\n\n")
		writeGrid(&b, "client", client, func(e Entry) string { return string(e.Material.Client) }, pair)
	}
	fmt.Fprint(&b, "\nWhat the documentation says against what the programs do:\n\n| typed | given | documented | does |\n|---|---|---|---|\n")
	for _, s := range allSpellings() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.typed, s.given, s.documented, s.does)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func filter(entries []Entry, keep func(Entry) bool) []Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return !keep(e) })
}

// writeGrid writes one row per value of row and one column per value of column, in the order in which they come.
func writeGrid(b *strings.Builder, corner string, entries []Entry, row, column func(Entry) string) {
	columns := distinct(entries, column)
	fmt.Fprintf(b, "| %s | %s |\n|---%s|\n", corner, strings.Join(columns, " | "), strings.Repeat("|---", len(columns)))
	for _, r := range distinct(entries, row) {
		fmt.Fprintf(b, "| %s |", r)
		for _, c := range columns {
			cell := filter(entries, func(e Entry) bool { return row(e) == r && column(e) == c })
			fmt.Fprintf(b, " %s |", wants(cell, Families()[:3]))
		}
		fmt.Fprintln(b)
	}
}

func distinct(entries []Entry, of func(Entry) string) []string {
	var all []string
	for _, e := range entries {
		if s := of(e); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// wants is what several entries want in a few words: "ok", or "docker ok; go, curl https-to-http".
// A family whose sources differ is written with each source; only the given families are.
func wants(entries []Entry, families []Family) string {
	by := map[outcome.Class][]string{}
	var outcomes []outcome.Class
	for _, f := range families {
		group := filter(entries, func(e Entry) bool { return e.Want[f] != "" })
		same := !slices.ContainsFunc(group, func(e Entry) bool { return e.Want[f] != group[0].Want[f] })
		for _, e := range group {
			who := string(f)
			if !same {
				who += "/" + string(e.Source)
			}
			o := e.Want[f]
			if by[o] == nil {
				outcomes = append(outcomes, o)
			}
			if !slices.Contains(by[o], who) {
				by[o] = append(by[o], who)
			}
		}
	}
	if len(outcomes) == 1 {
		return string(outcomes[0])
	}
	parts := make([]string, len(outcomes))
	for i, o := range outcomes {
		parts[i] = strings.Join(by[o], ", ") + " " + string(o)
	}
	return strings.Join(parts, "; ")
}
