package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// exitInterrupted is the exit code of a run that a signal ended, as shells have it for SIGINT.
const exitInterrupted = 130

func newConformCommand() *cobra.Command { return conformCommand(conform.Options{}) }

// conformFlags are the flags of conform that are not fields of conform.Options.
type conformFlags struct {
	format, filter   string
	clients, dockers []string
	list             bool
}

// conformCommand is the command with what its flags do not say taken from o.
func conformCommand(o conform.Options) *cobra.Command {
	var f conformFlags
	cmd := &cobra.Command{
		Use:   "conform [OPTIONS]",
		Short: "Run every entry of the matrix with the clients of this machine",
		Long: `Run every entry of the matrix of daemon modes, client modes and material with the
clients found on this machine: the docker CLI, curl and a client built in (Go).
Each attempt has a fake daemon, certificates, a home and an environment of its own.

The exit code is 0 when every client did what the table expects, 1 otherwise.`,
		Example: `  fakedockerd conform
  fakedockerd conform --filter '^tlsverify/' --client docker
  fakedockerd conform --docker /usr/bin/docker --docker ~/bin/docker-29 --format markdown`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("conform accepts no arguments, got %q", args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runConform(cmd, f, o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text", `Format of the report ("text"|"markdown"|"json")`)
	flags.StringVar(&f.filter, "filter", "", "Run only the entries whose ID matches this `REGEXP`")
	flags.BoolVar(&f.list, "list", false, "Print the IDs of the entries and run nothing")
	flags.StringArrayVar(&f.clients, "client", nil, "Run only the client of this `NAME` (docker, curl, go); may be repeated")
	flags.StringArrayVar(&f.dockers, "docker", nil, "`PATH` of a docker CLI to run instead of the one on PATH; may be repeated")
	flags.IntVar(&o.Parallel, "parallel", 0, "Make this many attempts at once (default the number of CPUs)")
	flags.DurationVar(&o.Timeout, "timeout", 30*time.Second, "Time for one attempt, after which its client is killed")
	return cmd
}

func runConform(cmd *cobra.Command, f conformFlags, o conform.Options) error {
	write, ok := map[string]func(*conform.Report, io.Writer) error{
		"text": (*conform.Report).WriteText, "markdown": (*conform.Report).WriteMarkdown, "json": (*conform.Report).WriteJSON,
	}[f.format]
	switch {
	case !ok:
		return fmt.Errorf("unknown format %q: it is text, markdown or json", f.format)
	case o.Parallel < 0:
		return fmt.Errorf("--parallel %d is negative", o.Parallel)
	case o.Timeout <= 0:
		return fmt.Errorf("--timeout %s leaves no time", o.Timeout)
	}
	filter, err := regexp.Compile(f.filter)
	if err != nil {
		return fmt.Errorf("--filter: %w", err)
	}
	o.Filter = filter
	if f.list {
		return listEntries(cmd.OutOrStdout(), o)
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	missing, err := findClients(ctx, f, &o)
	if err != nil {
		return err
	}
	stderr := cmd.ErrOrStderr()
	for _, m := range missing {
		fmt.Fprintf(stderr, "Not tried: %s\n", m)
	}
	for _, c := range o.Clients {
		fmt.Fprintf(stderr, "Client: %v\n", c)
	}
	o.Progress = progress(stderr)
	report, err := conform.Run(ctx, &o)
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, errors.New("interrupted: there is no report")}
	}
	if err != nil {
		return err
	}
	report.Missing = missing
	if err := write(report, cmd.OutOrStdout()); err != nil {
		return err
	}
	if d := report.Deviations(); len(d) > 0 {
		return fmt.Errorf("%d attempts did not go as expected, the first: %s with %s", len(d), d[0].ID, d[0].Client)
	}
	return nil
}

func listEntries(w io.Writer, o conform.Options) error {
	entries, err := o.Entries()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, err := fmt.Fprintln(w, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// findClients sets o.Clients to the clients that the flags select, unless they are set.
func findClients(ctx context.Context, f conformFlags, o *conform.Options) (missing []string, err error) {
	if o.Clients == nil {
		if o.Clients, missing, err = conform.Find(ctx, f.dockers...); err != nil {
			return nil, err
		}
	}
	if f.clients == nil {
		return missing, nil
	}
	var names []string
	for _, c := range o.Clients {
		names = append(names, c.Name(), string(c.Family()))
	}
	for _, name := range f.clients {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("there is no client %q here: there are %s", name, strings.Join(slices.Compact(names), ", "))
		}
	}
	o.Clients = slices.DeleteFunc(slices.Clone(o.Clients), func(c conform.Client) bool {
		return !slices.Contains(f.clients, c.Name()) && !slices.Contains(f.clients, string(c.Family()))
	})
	return nil, nil
}

// progress returns a function that says how far a run is: on a terminal in one line that it writes again, elsewhere in
// about ten lines.
func progress(w io.Writer) func(done, total int) {
	terminal := false
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return func(done, total int) {
		switch {
		case terminal && done == total:
			fmt.Fprintf(w, "\r%d of %d entries\n", done, total)
		case terminal:
			fmt.Fprintf(w, "\r%d of %d entries", done, total)
		case done == total, done%max(1, total/10) == 0:
			fmt.Fprintf(w, "%d of %d entries\n", done, total)
		}
	}
}
