package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fakedockerd/fakedockerd/modes"
)

// newExplainCommand makes the subcommand that looks up what a client or a daemon said.
func newExplainCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "explain [OPTIONS] MESSAGE",
		Short: "Say what is behind an error message of a client or a daemon",
		Long: `Say in plain words what may be behind an error message of a Docker client, or behind a line of a daemon's log, what helps,
and which entries of the matrix produce it. The message may be a part of what was said: fakedockerd explain "remote error: tls: bad certificate".`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("explain needs a message\nSee '%s --help'.", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			message := strings.Join(args, " ")
			write, ok := map[string]func(io.Writer, []modes.Explanation) error{"text": writeExplanations, "json": writeExplanationsJSON}[format]
			if !ok {
				return fmt.Errorf("unknown format %q: it is text or json", format)
			}
			found := modes.Explain(message)
			if found == nil {
				return errors.New("nothing is known of that message; try the part of it that is about TLS, such as \"remote error: tls: bad certificate\"")
			}
			return write(cmd.OutOrStdout(), found)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", `Format of the answer ("text"|"json")`)
	return cmd
}

// someEntries is how many entries an explanation names; the matrix has the others.
const someEntries = 5

func writeExplanations(w io.Writer, found []modes.Explanation) error {
	var b strings.Builder
	for i, x := range found {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		families := make([]string, len(x.Families))
		for i, f := range x.Families {
			families[i] = string(f)
		}
		fmt.Fprintln(&b, x.Outcome)
		fmt.Fprintf(&b, "  Said by:  %s", strings.Join(families, ", "))
		if x.Engines != "" {
			fmt.Fprintf(&b, "; with dockerd %s", strings.ReplaceAll(x.Engines, ",", " and "))
		}
		fmt.Fprintf(&b, "\n  Cause:    %s\n  Cure:     %s\n", x.Cause, x.Cure)
		switch n := len(x.Entries); {
		case n > someEntries:
			fmt.Fprintf(&b, "  Entries:  %s and %d more\n", strings.Join(x.Entries[:someEntries], ", "), n-someEntries)
		case n > 0:
			fmt.Fprintf(&b, "  Entries:  %s\n", strings.Join(x.Entries, ", "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeExplanationsJSON(w io.Writer, found []modes.Explanation) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Explanations []modes.Explanation `json:"explanations"`
	}{found})
}
