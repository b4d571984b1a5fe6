package command

import (
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fakedockerd/fakedockerd/modes"
)

// daemonModes are the values of --mode.
func daemonModes() []string {
	var all []string
	for _, d := range modes.Daemons() {
		all = append(all, string(d))
	}
	return all
}

// checkDaemonMode refuses a value of --mode; "" is the default.
func checkDaemonMode(name string) error {
	if name != "" && !slices.Contains(daemonModes(), name) {
		return fmt.Errorf("--mode %s is unknown: use one of %q", name, daemonModes())
	}
	return nil
}

func (p *program) newModesCommand() *cobra.Command {
	var f modesFlags
	cmd := &cobra.Command{
		Use:   "modes [OPTIONS]",
		Short: "Print the matrix of daemon modes and client modes",
		Long: `Print, on one screen, which flags of dockerd with which flags of docker give what, and what one
sees when something is forgotten. With --all or --filter, print the entries that conform tries and its
reports name, and what must happen in each, for each family of clients.`,
		Example: `  fakedockerd modes --filter '^env/'
  fakedockerd modes --filter '^tlsverify/mutual/env/server:expired$'
  fakedockerd modes --filter '^tlsverify/mutual/flags/server:' --format json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("modes accepts no arguments, got %q\nSee '%s --help'.", args, cmd.CommandPath())
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error { return f.write(p.stdout) },
	}
	cmd.Flags().StringVar(&f.format, "format", "text", `Format of the matrix ("text"|"markdown"|"json"); of all entries where it is not text, and tables of them where it is markdown`)
	cmd.Flags().BoolVar(&f.all, "all", false, "Print all entries that conform tries, not one screen")
	cmd.Flags().StringVar(&f.filter, "filter", "", "Print only the entries whose ID matches this `REGEXP`")
	return cmd
}

// modesFlags are the flags of modes.
type modesFlags struct {
	format, filter string
	all            bool
}

func (f modesFlags) write(w io.Writer) error {
	write, ok := map[string]func(io.Writer, []modes.Entry) error{
		"text": modes.WriteText, "markdown": modes.WriteMarkdown, "json": modes.WriteJSON,
	}[f.format]
	switch {
	case !ok:
		return fmt.Errorf("unknown format %q: it is text, markdown or json", f.format)
	case f.filter == "" && f.format == "text" && !f.all:
		return modes.WriteScreen(w)
	case f.filter == "" && f.format == "markdown":
		return write(w, modes.Entries()) // in a cell of its tables one source stands for all
	case f.format == "markdown":
		write = modes.WriteMarkdownList // the tables leave out what is in none of them
	}
	filter, err := regexp.Compile(f.filter)
	if err != nil {
		return fmt.Errorf("--filter: %w", err)
	}
	entries := slices.DeleteFunc(modes.AllEntries(), func(e modes.Entry) bool { return !filter.MatchString(e.ID) })
	if len(entries) == 0 {
		return fmt.Errorf("no entry matches %q", f.filter)
	}
	return write(w, entries)
}
