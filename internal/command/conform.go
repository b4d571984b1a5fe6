package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/fakedockerd/fakedockerd/internal/english"
	"github.com/fakedockerd/fakedockerd/internal/shellwords"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// Exit codes.
const (
	exitDeviates    = 1   // a client did not do what was expected
	exitSetup       = 2   // there is nothing to judge, or it could not be set up
	exitTimedOut    = 124 // its own limit ended the run, as timeout(1) has it
	exitInterrupted = 130 // a signal did, as shells have it for SIGINT
)

func newConformCommand() *cobra.Command { return conformCommand(conform.Options{}) }

// conformFlags are the flags of conform that are not fields of conform.Options.
type conformFlags struct {
	format, filter   string
	clients, dockers []string
	list, verbose    bool

	name, shard string
	modes       []string
	baseline    string
	update      bool
	outputs     []string
	limit       time.Duration // of the whole run; 0: none
}

// conformCommand is the command with what its flags do not say taken from o.
func conformCommand(o conform.Options) *cobra.Command {
	var f conformFlags
	cmd := &cobra.Command{
		Use:   "conform [OPTIONS] [-- COMMAND ARG...]",
		Short: "Run every entry of the matrix with a command of yours, or with the clients of this machine",
		Long: `Run every entry of the matrix of daemon modes, client modes and material with a
command of yours. What the command asks of the daemon does not matter. Each attempt
has a fake daemon, certificates, a home and an environment of its own: DOCKER_HOST,
DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, DOCKER_TLS, DOCKER_CONFIG and HOME are set as
the entry says; the working directory stays yours. The verdict comes from what the
daemon saw. First the command meets good daemons: when it asks none of them for
anything, there is nothing to judge.

A command that reads flags is given by client mode (plain, tls, tls+cert, tlsverify,
mutual) with --mode; in its arguments, and in those of COMMAND, are replaced:

  {host}               tcp://127.0.0.1:2376, or unix:///the/socket
  {addr} {port}        127.0.0.1:2376, or /the/socket; 2376
  {ca} {cert} {key}    the client's files
  {certdir}            a folder with those of the files that the entry has

Without COMMAND and --mode, the clients found on this machine are run: the docker
CLI, curl and a client built in (Go).

The exit code is 0 when every client did what the table expects, or what the baseline
accepts, 1 when one did not, and 2 when nothing could be judged. A run that a signal
ends (130) or whose --time-limit is up (124) reports what was done and says what was
not. The report is a line of verdict and the causes of what went wrong, with what
helps; the entries themselves come with --verbose and with the other formats.`,
		Example: `  fakedockerd conform -- ./mytool ps
  fakedockerd conform --filter '^env/(srv-expired|wrongca|verify1-noca)$' -- ./mytool ps   # only: does it verify?
  fakedockerd conform --mode plain='mytool -H {host} ps' --mode mutual='mytool -H {host} --cacert {ca} --cert {cert} --key {key} ps'
  fakedockerd conform --output report.html --output junit.xml -- mytool ps
  fakedockerd conform --baseline conform.txt --update-baseline -- mytool ps
  fakedockerd conform --filter '^tlsverify/' --client docker`,
		RunE: func(cmd *cobra.Command, args []string) error {
			dash := cmd.ArgsLenAtDash()
			if len(args) > 0 && dash != 0 {
				return &exitError{exitSetup, fmt.Errorf("conform accepts no arguments before --, got %q", args)}
			}
			if dash == 0 && len(args) == 0 {
				return &exitError{exitSetup, errors.New("there is no command after --")}
			}
			err := runConform(cmd, f, o, args)
			if err != nil && !errors.As(err, new(*exitError)) {
				return &exitError{exitSetup, err}
			}
			return err
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &exitError{exitSetup, flagError(cmd, err)} })
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text", `Format of the report ("text"|"markdown"|"json"|"junit"|"html")`)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "Write every entry, and all that is known of those that went wrong, above the summary in text")
	flags.StringArrayVar(&f.outputs, "output", nil, "Write the report to this `FILE` too, as its ending says (.txt, .md, .json, .xml for JUnit, .html); may be repeated")
	flags.StringVar(&f.filter, "filter", "", "Run only the entries whose ID matches this `REGEXP`")
	flags.BoolVar(&f.list, "list", false, "Print the IDs of the entries and run nothing")
	flags.StringArrayVar(&f.modes, "mode", nil, "`MODE=COMMAND` that is told by its arguments, per client mode; may be repeated")
	flags.StringVar(&f.name, "name", "", "`NAME` of the command in the report (default that of the program)")
	flags.StringArrayVar(&f.clients, "client", nil, "Run only the client of this `NAME` (docker, curl, go); may be repeated")
	flags.StringArrayVar(&f.dockers, "docker", nil, "`PATH` of a docker CLI to run instead of the one on PATH; may be repeated")
	flags.StringVar(&f.shard, "shard", "", "Run only part `I/N` of the entries (default that of TEST_SHARD_INDEX and TEST_TOTAL_SHARDS)")
	flags.StringVar(&f.baseline, "baseline", "", "`FILE` with the accepted deviations, of which only a change counts")
	flags.BoolVar(&f.update, "update-baseline", false, "Write what is found to the file of --baseline")
	flags.BoolVar(&o.SSH, "ssh", false, "Try the command in mode ssh too")
	flags.IntVar(&o.Parallel, "parallel", 0, "Make this many attempts at once (default the number of CPUs; more pay for a command that waits)")
	flags.BoolVar(&o.FailFast, "fail-fast", false, "End with the first deviation that the baseline does not accept")
	flags.DurationVar(&f.limit, "time-limit", 0, "Time for the whole run, after which it reports what was done (default none)")
	flags.DurationVar(&o.Timeout, "timeout", 30*time.Second, "Time for one attempt, after which its client is killed")
	return cmd
}

func runConform(cmd *cobra.Command, f conformFlags, o conform.Options, command []string) error {
	write, ok := conformFormats[f.format]
	if f.verbose && f.format == "text" {
		write = (*conform.Report).WriteVerbose
	}
	switch {
	case !ok:
		return fmt.Errorf("unknown format %q: it is text, markdown, json, junit or html", f.format)
	case o.Parallel < 0:
		return fmt.Errorf("--parallel %d is negative", o.Parallel)
	case o.Timeout <= 0:
		return fmt.Errorf("--timeout %s leaves no time", o.Timeout)
	case f.limit < 0:
		return fmt.Errorf("--time-limit %s is negative", f.limit)
	case f.update && f.baseline == "":
		return errors.New("--update-baseline needs the file that --baseline names")
	case f.update && o.FailFast:
		return errors.New("--update-baseline needs a whole run: leave out --fail-fast")
	}
	filter, err := regexp.Compile(f.filter)
	if err != nil {
		return fmt.Errorf("--filter: %w", err)
	}
	o.Filter = filter
	if o.Shard, err = conformShard(f.shard); err != nil {
		return err
	}
	if f.list {
		return listEntries(cmd.OutOrStdout(), o)
	}
	if err := f.checkOutputs(); err != nil {
		return err
	}
	accepted, err := readBaseline(f)
	if err != nil {
		return err
	}
	o.Accepted = accepted
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	limited := ctx
	if f.limit > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, f.limit)
		defer cancel()
	}
	stderr := cmd.ErrOrStderr()
	line := newProgressLine(stderr)
	o.Progress = line.show
	report, err := tryClients(limited, f, command, &o, stderr)
	line.end()
	cut := err != nil && limited.Err() != nil
	if err != nil && !cut {
		return err
	}
	if report == nil {
		return f.ended(ctx, "nothing was tried")
	}
	if f.update && !cut {
		accepted = report.Baseline(accepted)
		if err := writeBaseline(f.baseline, accepted); err != nil {
			return err
		}
	}
	stale := report.Accept(accepted)
	if err := errors.Join(f.writeOutputs(report), write(report, cmd.OutOrStdout())); err != nil {
		return err
	}
	var problems []string
	if n := len(report.Unfinished); n > 0 {
		problems = append(problems, fmt.Sprintf("%d of %s not tried to the end", n, english.Count(n+len(report.Entries), "entry")))
	}
	if causes := report.Causes(); len(causes) > 0 {
		problems = slices.Insert(problems, 0, deviated(causes))
	}
	if len(stale) > 0 && problems == nil {
		problems = append(problems, fmt.Sprintf("%d lines of %s are no longer so, the first: %q; --update-baseline removes them", len(stale), f.baseline, stale[0]))
	}
	if f.update && cut {
		problems = append(problems, f.baseline+" was not written")
	}
	text := strings.Join(problems, "; ")
	switch {
	case cut:
		return f.ended(ctx, text)
	case text != "":
		return &exitError{exitDeviates, errors.New(text)}
	}
	return nil
}

// deviated counts the deviations and names the one that the report names first.
func deviated(causes []conform.Cause) string {
	n := 0
	for _, c := range causes {
		n += len(c.IDs)
	}
	first := causes[0].IDs[0] + " with " + causes[0].Client
	if n == 1 {
		return "1 deviation: " + first
	}
	return fmt.Sprintf("%d deviations, the first: %s", n, first)
}

// ended is the error of a run that ended before its time: by a signal, if ctx is done, or else by its limit.
func (f *conformFlags) ended(ctx context.Context, text string) error {
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, errors.New("interrupted: " + text)}
	}
	return &exitError{exitTimedOut, fmt.Errorf("the time of --time-limit %s is up: %s", f.limit, text)}
}

// tryClients says which clients there are and runs them.
func tryClients(ctx context.Context, f conformFlags, command []string, o *conform.Options, stderr io.Writer) (*conform.Report, error) {
	missing, err := conformClients(ctx, f, command, o)
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		fmt.Fprintf(stderr, "Not tried: %s\n", m)
	}
	for _, c := range o.Clients {
		fmt.Fprintf(stderr, "Client: %v\n", c)
	}
	report, err := conform.Run(ctx, o)
	if report != nil {
		report.Missing = missing
	}
	return report, err
}

// conformClients sets o.Clients to the command of the user or to the clients that the flags select.
func conformClients(ctx context.Context, f conformFlags, command []string, o *conform.Options) (missing []string, err error) {
	if len(command) == 0 && len(f.modes) == 0 {
		return findClients(ctx, f, o)
	}
	if f.clients != nil || f.dockers != nil {
		return nil, errors.New("--client and --docker select clients of this machine: leave them out beside a command")
	}
	t := conform.Tool{Name: f.name, Command: command, Modes: map[modes.Client][]string{}}
	for _, v := range f.modes {
		mode, line, ok := strings.Cut(v, "=")
		if !ok {
			return nil, fmt.Errorf("--mode %q is not MODE=COMMAND", v)
		}
		if _, twice := t.Modes[modes.Client(mode)]; twice {
			return nil, fmt.Errorf("--mode gives two commands for client mode %s", mode)
		}
		words, err := shellwords.Split(line)
		if err != nil {
			return nil, fmt.Errorf("--mode %s: %s: %w", mode, line, err)
		}
		t.Modes[modes.Client(mode)] = words
	}
	c, err := conform.Command(t)
	if err != nil {
		return nil, err
	}
	o.Clients = []conform.Client{c}
	return nil, nil
}

// conformShard reads the flag or, when it is not given, what Bazel sets for a test that it runs in parts
// (https://bazel.build/reference/test-encyclopedia#initial-conditions), and tells Bazel so.
func conformShard(flag string) (conform.Shard, error) {
	total, index := os.Getenv("TEST_TOTAL_SHARDS"), os.Getenv("TEST_SHARD_INDEX")
	switch {
	case flag != "":
		s, err := conform.ParseShard(flag)
		if err != nil {
			return s, fmt.Errorf("--shard: %w", err)
		}
		return s, nil
	case total == "":
		return conform.Shard{}, nil
	}
	n, err := strconv.Atoi(total)
	i, err2 := strconv.Atoi(index)
	if err != nil || err2 != nil || i < 0 || i >= n {
		return conform.Shard{}, fmt.Errorf("TEST_SHARD_INDEX=%q of TEST_TOTAL_SHARDS=%q is not a shard", index, total)
	}
	if file := os.Getenv("TEST_SHARD_STATUS_FILE"); file != "" {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			return conform.Shard{}, err
		}
	}
	return conform.Shard{Index: i, Count: n}, nil
}

// readBaseline reads the file of --baseline. One that is to be written need not exist.
func readBaseline(f conformFlags) (conform.Baseline, error) {
	if f.baseline == "" {
		return nil, nil
	}
	file, err := os.Open(f.baseline)
	switch {
	case f.update && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--baseline %s: there is no such file: --update-baseline makes it", f.baseline)
	case err != nil:
		return nil, fmt.Errorf("--baseline: %w", err)
	}
	defer file.Close()
	b, err := conform.ReadBaseline(file)
	if err != nil {
		return nil, fmt.Errorf("--baseline %s: %w", f.baseline, err)
	}
	return b, nil
}

func writeBaseline(name string, b conform.Baseline) error {
	var text bytes.Buffer
	if err := b.Write(&text); err != nil {
		return err
	}
	return os.WriteFile(name, text.Bytes(), 0o644)
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
