package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// newExplainCommand makes the subcommand that looks up what a client or a daemon said.
func newExplainCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "explain [OPTIONS] [MESSAGE|-]",
		Short: "Say what is behind an error message of a client or a daemon",
		Long: `Say in plain words what may be behind an error message of a Docker client, or behind a line of a daemon's log: whose line it is, what
happened, the likeliest cause first, what helps, and which entries of the matrix produce it. The message may be a part of what was said,
or all of it with a stack trace or a whole log around it, of which the telling lines are found. Without MESSAGE, or with -, it is read
from standard input, of which the last megabyte counts.`,
		Example: `  fakedockerd explain "remote error: tls: bad certificate"
  docker version 2>&1 | fakedockerd explain
  journalctl -u docker | fakedockerd explain -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := map[string]func(io.Writer, []modes.Answer) error{"text": writeAnswers, "json": writeAnswersJSON}[format]
			if !ok {
				return fmt.Errorf("unknown format %q: it is text or json", format)
			}
			message, cut, err := pasted(cmd.InOrStdin(), args)
			if err != nil {
				return err
			}
			if cut {
				fmt.Fprintln(cmd.ErrOrStderr(), "The beginning of standard input is left out: only its last megabyte was looked at.")
			}
			if strings.TrimSpace(message) == "" {
				return fmt.Errorf("explain needs a message\nSee '%s --help'.", cmd.CommandPath())
			}
			found := modes.Explain(message)
			if found == nil {
				return errors.New(`nothing is known of that message; try the part of it that is about TLS, such as "remote error: tls: bad certificate", ` +
					`or paste all that the program said, with its causes: COMMAND 2>&1 | fakedockerd explain. The daemon's log often says more: journalctl -u docker | fakedockerd explain`)
			}
			return write(cmd.OutOrStdout(), found)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", `Format of the answer ("text"|"json")`)
	return cmd
}

// mostPasted is how many bytes of standard input are looked at, the last ones: of a log the latest line tells most.
const mostPasted = 1 << 20

// pasted is the message: the arguments, or standard input for "-" and, unless it is a terminal, for none. cut says that its beginning
// is left out.
func pasted(in io.Reader, args []string) (message string, cut bool, err error) {
	if len(args) > 1 || len(args) == 1 && args[0] != "-" {
		return strings.Join(args, " "), false, nil
	}
	if f, ok := in.(*os.File); ok && len(args) == 0 {
		if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice != 0 {
			return "", false, nil
		}
	}
	var t tail
	_, err = io.Copy(&t, in)
	message, cut = t.lines()
	return message, cut, err
}

// A tail keeps the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - (mostPasted + 1); extra > mostPasted { // not with every write
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(b), nil
}

// lines are the whole lines among the last mostPasted bytes, and the end of a line that is longer. cut says that there was more.
func (t *tail) lines() (text string, cut bool) {
	extra := len(t.kept) - mostPasted
	if extra <= 0 {
		return string(t.kept), false
	}
	last := t.kept[extra-1:] // the byte before tells whether a line begins
	if _, whole, ok := bytes.Cut(last, []byte("\n")); ok && len(whole) > 0 {
		return string(whole), true
	}
	return string(last[1:]), true
}

const (
	someAnswers = 3 // how many things that a log tells are written
	someCauses  = 3 // how many causes of one are written with entries
	someEntries = 5 // how many entries a cause names; the matrix has the others
)

// side says whose line it is.
func side(a modes.Answer) string {
	switch {
	case a.Side == modes.ProxySide:
		return "a proxy in front of the daemon logged it"
	case a.Side == modes.ClientSide:
		return "a client said it"
	case a.Causes[0].Outcome == outcome.DaemonRefusesToStart:
		return "the daemon said it when it did not start"
	}
	return "the daemon logged it"
}

// happened says who refused whom, where all causes agree; "" where they do not.
func happened(a modes.Answer) string {
	all := func(kind func(outcome.Class) bool) bool {
		return !slices.ContainsFunc(a.Causes, func(x modes.Explanation) bool { return !kind(x.Outcome) })
	}
	switch {
	case all(outcome.Class.RefusesServer):
		return "the client refused the daemon"
	case all(outcome.Class.RefusesClient):
		return "the daemon refused the client"
	case all(outcome.Class.StopsFirst):
		return "the client stopped before it connected"
	}
	return ""
}

func writeAnswers(w io.Writer, found []modes.Answer) error {
	var b strings.Builder
	for i, a := range found {
		if i == someAnswers {
			fmt.Fprintf(&b, "\n%d more things are told: --format json has them\n", len(found)-i)
			break
		}
		if i > 0 {
			fmt.Fprintln(&b)
		}
		writeAnswer(&b, a, i > 0 && a.Guess)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeAnswer writes one answer; in short, when another one is likelier.
func writeAnswer(b *strings.Builder, a modes.Answer, short bool) {
	fmt.Fprintf(b, "Line:  %s\nSide:  ", a.Line)
	if short {
		fmt.Fprint(b, "or ")
	}
	fmt.Fprint(b, side(a))
	if a.Guess && !short {
		fmt.Fprint(b, ", most likely: nothing in the line tells")
	}
	if what := happened(a); what != "" {
		fmt.Fprintf(b, "; %s", what)
	}
	fmt.Fprintln(b)
	for _, n := range a.Notes {
		fmt.Fprintf(b, "Note:  %s\n", n)
	}
	for i, x := range a.Causes {
		if short {
			fmt.Fprintf(b, "  %s%s\n", x.Outcome, with(x))
			continue
		}
		fmt.Fprintf(b, "\n%s\n", x.Outcome)
		fmt.Fprintf(b, "  Said by:  %s%s\n  Cause:    %s\n  Cure:     %s\n", strings.Join(x.SaidBy, ", "), with(x), x.Cause, x.Cure)
		switch n := len(x.Entries); {
		case n == 0 || i >= someCauses:
		case n > someEntries:
			fmt.Fprintf(b, "  Entries:  %s and %d more\n", strings.Join(x.Entries[:someEntries], ", "), n-someEntries)
		default:
			fmt.Fprintf(b, "  Entries:  %s\n", strings.Join(x.Entries, ", "))
		}
	}
}

// with says with which generations of dockerd a cause has that message.
func with(x modes.Explanation) string {
	if x.Engines == "" {
		return ""
	}
	engines := strings.Split(x.Engines, ",")
	text := engines[len(engines)-1]
	if n := len(engines) - 1; n > 0 {
		text = strings.Join(engines[:n], ", ") + " and " + text
	}
	return "; with dockerd " + text
}

func writeAnswersJSON(w io.Writer, found []modes.Answer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Answers []modes.Answer `json:"answers"`
	}{found})
}
