package modes

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes one line per entry: its ID and what each family wants, with "-" for a family that
// cannot express it.
func WriteText(w io.Writer, entries []Entry) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, "ENTRY")
	for _, f := range families {
		fmt.Fprintf(tw, "\t%s", f)
	}
	fmt.Fprintln(tw)
	for _, e := range entries {
		fmt.Fprint(tw, e.ID)
		for _, f := range families {
			o, ok := e.Want[f]
			if !ok {
				o = "-"
			}
			fmt.Fprintf(tw, "\t%s", o)
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}

// WriteMarkdown writes the matrix as it stands in the README.
func WriteMarkdown(w io.Writer, entries []Entry) error {
	if _, err := fmt.Fprintln(w, "| entry | docker | go | curl |\n|---|---|---|---|"); err != nil {
		return err
	}
	for _, e := range entries {
		if _, err := fmt.Fprintf(w, "| %s | %s | %s | %s |\n", e.ID, e.Want[FamilyDocker], e.Want[FamilyGo], e.Want[FamilyCurl]); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes {"entries": [{"id", "daemon", "client", "source", "material", "documented", "want": {FAMILY: OUTCOME}, "why"}]}, indented.
func WriteJSON(w io.Writer, entries []Entry) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Entries []Entry `json:"entries"`
	}{entries})
}
