package testscripts

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// environCommand is the hidden subcommand that writes its environment down.
const environCommand = "environ"

// newCommand returns the script command, which runs scenarios outside go test.
func newCommand() *cobra.Command {
	var (
		docker  string
		verbose bool
		timeout time.Duration
	)
	cmd := &cobra.Command{
		Use:   "script [OPTIONS] FILE...",
		Short: "Run scenarios (.txtar): dockerd is this program, docker, curl and openssl are the real ones",
		Args: func(cmd *cobra.Command, files []string) error {
			if len(files) == 0 {
				return fmt.Errorf("script needs a FILE\nSee '%s --help'.", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return runScripts(ctx, cmd.OutOrStdout(), Params{Files: files, Docker: docker}, verbose, timeout)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&docker, "docker", "", `docker CLI that scenarios get (default the one on PATH)`)
	flags.BoolVarP(&verbose, "verbose", "v", false, "Print what scenarios that pass did, too")
	flags.DurationVar(&timeout, "timeout", time.Minute, "Limit for each scenario")
	cmd.AddCommand(&cobra.Command{
		Use:    environCommand + " FILE",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := json.Marshal(os.Environ())
			if err != nil {
				return err
			}
			return os.WriteFile(args[0], data, 0o600)
		},
	})
	return cmd
}

// runScripts runs the scenarios one after the other and says of each how it ended. The error says how many failed.
func runScripts(ctx context.Context, out io.Writer, p Params, verbose bool, timeout time.Duration) error {
	for _, file := range p.Files {
		if info, err := os.Stat(file); err != nil {
			return err
		} else if info.IsDir() {
			return fmt.Errorf("%s is a folder: name its .txtar files", file)
		}
	}
	dir, err := os.MkdirTemp("", "fakedockerd-script")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := installPrograms(dir, p.Docker); err != nil {
		return err
	}
	count := make(map[string]int)
	for _, file := range p.Files {
		start := time.Now()
		r := &report{verbose: verbose, verdict: "ok"}
		s := newScenario(r, dir, p)
		select {
		case <-inBackground(func() { testscript.RunT(r, s.params(file, start.Add(timeout))) }):
		case <-ctx.Done():
			s.interrupt()
			return fmt.Errorf("%s: %w", file, context.Cause(ctx))
		}
		count[r.verdict]++
		fmt.Fprintf(out, "%-4s  %s  %.2fs%s\n", r.verdict, file, time.Since(start).Seconds(), r.reason)
		if verbose || r.verdict == "FAIL" {
			fmt.Fprintln(out, indent(r.log.String()))
		}
	}
	fmt.Fprintf(out, "%d ok, %d failed, %d skipped\n", count["ok"], count["FAIL"], count["skip"])
	if n := count["FAIL"]; n > 0 {
		return fmt.Errorf("%d of %d scenarios failed", n, len(p.Files))
	}
	return nil
}

// inBackground runs f on a goroutine of its own, because a scenario ends with runtime.Goexit and may take its thread
// along. The channel is closed when f ends.
func inBackground(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ")
}

// report is the testscript.T of one scenario outside go test.
type report struct {
	verbose bool
	verdict string // ok, FAIL or skip
	reason  string
	log     strings.Builder
}

func (r *report) Skip(args ...any) {
	r.verdict, r.reason = "skip", "  "+fmt.Sprint(args...)
	runtime.Goexit()
}

func (r *report) Fatal(args ...any) {
	r.Log(args...)
	r.FailNow()
}

func (r *report) FailNow() {
	r.verdict = "FAIL"
	runtime.Goexit()
}

func (r *report) Log(args ...any)                    { fmt.Fprintln(&r.log, args...) }
func (r *report) Parallel()                          {}
func (r *report) Run(_ string, f func(testscript.T)) { f(r) }
func (r *report) Verbose() bool                      { return r.verbose }
