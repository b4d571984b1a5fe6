// Package command is the body of the fakedockerd command: a daemon that is started, refused and logged as dockerd
// is, and the commands beside it.
package command

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// Main runs the command and returns its exit code. Args are those of os.Args; extra are subcommands from packages that
// this one may not import.
func Main(args []string, extra ...*cobra.Command) int {
	root := newRootCommand()
	root.AddCommand(extra...)
	root.SetArgs(args[1:])
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func newRootCommand() *cobra.Command {
	return &cobra.Command{
		Use:           "dockerd [OPTIONS]",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(*cobra.Command, []string) error { return errors.ErrUnsupported },
	}
}
