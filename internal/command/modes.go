package command

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fakedockerd/fakedockerd/modes"
)

// daemonModes are the values of --mode.
var daemonModes = []string{string(modes.Unix), string(modes.TCP), string(modes.TLS), string(modes.TLSVerify), string(modes.SSH)}

// checkDaemonMode refuses a value of --mode; "" is the default.
func checkDaemonMode(name string) error {
	if name != "" && !slices.Contains(daemonModes, name) {
		return fmt.Errorf("--mode %s is unknown: use one of %q", name, daemonModes)
	}
	return nil
}

func (p *program) newModesCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "modes [OPTIONS]",
		Short: "Print the matrix of daemon modes and client modes",
		Long:  `Print every entry of the matrix and what must happen in it, for each family of clients.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("modes accepts no arguments, got %q\nSee '%s --help'.", args, cmd.CommandPath())
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			write, ok := map[string]func(io.Writer, []modes.Entry) error{
				"text": modes.WriteText, "markdown": modes.WriteMarkdown, "json": modes.WriteJSON,
			}[format]
			if !ok {
				return fmt.Errorf("unknown format %q: it is text, markdown or json", format)
			}
			return write(p.stdout, modes.Entries())
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", `Format of the matrix ("text"|"markdown"|"json")`)
	return cmd
}
