// Package command is the body of the fakedockerd command: a daemon that is started, refused and logged as dockerd is,
// that of the engine which --engine names, and the commands beside it.
//
// It differs from dockerd on purpose where a fake must: anybody may start it, port 0 is a free port, a socket in use is
// not taken over, a daemon.json or a pidfile that is not named is left alone, and the pauses before an unprotected port
// have their length only with --real-waits.
package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// commit is that of --version and the log: it says who speaks.
const commit = "fakedockerd"

// Values of --log-format.
const (
	formatText = "text"
	formatJSON = "json"
)

// program is one run of the command.
type program struct {
	stdout, stderr io.Writer
	addrs          hosts.Defaults
	log            *logger
}

// Main runs the command and returns its exit code. Args are those of os.Args; extra are subcommands from packages that
// this one may not import. An error of a subcommand may have a method ExitCode; its text is printed unless it is empty.
func Main(args []string, extra ...*cobra.Command) int {
	return newProgram(hosts.Docker()).main(args, extra)
}

func newProgram(addrs hosts.Defaults) *program {
	return &program{stdout: os.Stdout, stderr: os.Stderr, addrs: addrs, log: newLogger(os.Stderr)}
}

func (p *program) main(args []string, extra []*cobra.Command) int {
	g, unknown := generationOf(args[1:])
	root := p.newRootCommand(g)
	root.AddCommand(p.newCertsCommand(), p.newModesCommand(), p.newRunCommand(), newConformCommand(), newExplainCommand())
	root.AddCommand(extra...)
	for _, cmd := range root.Commands() {
		cmd.DisableFlagsInUseLine = true
	}
	root.SetArgs(args[1:])
	if cmd, _, err := root.Find(args[1:]); err == nil && cmd != root {
		// Without a subcommand this is dockerd, and its messages say so.
		root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "fakedockerd"}
	} else if err := unknownCommand(root, args); err != nil {
		fmt.Fprintln(p.stderr, err)
		return 1
	} else if unknown != nil {
		fmt.Fprintln(p.stderr, unknown)
		return 1
	}
	err := root.Execute()
	if err == nil {
		return 0
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(p.stderr, text)
	}
	if h := new(hinted); errors.As(err, &h) {
		p.log.info(nil, "%s", h.hint)
	}
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}

// exitError ends the program with a code and, if Err is nil, without a text.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// ExitCode returns the exit code.
func (e *exitError) ExitCode() int { return e.code }

// hinted is an error with the words of dockerd, which do not say what would help here.
type hinted struct {
	error
	hint string // for the log
}

func (e *hinted) Unwrap() error { return e.error }

func (p *program) newRootCommand(g *generation) *cobra.Command {
	var o *options
	root := &cobra.Command{
		Use:                   "dockerd [OPTIONS]",
		Short:                 "A self-sufficient runtime for containers.",
		SilenceUsage:          true,
		SilenceErrors:         true,
		DisableFlagsInUseLine: true,
		Version:               g.Version + ", build " + commit,
		CompletionOptions:     cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			if !g.usageOnError {
				return fmt.Errorf("%q accepts no argument(s).\nSee '%[1]s --help'.\n\nUsage:  %s\n\n%s", cmd.CommandPath(), cmd.UseLine(), cmd.Short)
			}
			return errors.New("\n" + strings.TrimRight(cmd.UsageString(), "\n"))
		},
		RunE: func(*cobra.Command, []string) error { return p.serve(o) },
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetVersionTemplate("Docker version {{.Version}}\n")
	root.SetFlagErrorFunc(g.flagError)
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := io.WriteString(cmd.OutOrStderr(), usage(cmd))
		return err
	})
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { io.WriteString(cmd.OutOrStdout(), help(cmd)) })
	root.PersistentFlags().BoolP("help", "h", false, "Print usage")
	root.PersistentFlags().MarkShorthandDeprecated("help", "please use --help")
	o = newOptions(root.Flags(), readEnvironment(), g)
	return root
}

// flagError gives a flag of a subcommand that cannot be parsed the text of docker.
func flagError(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%w\nSee '%s --help'.", err, cmd.CommandPath())
}

// flagError gives a flag that cannot be parsed the text of dockerd.
func (g *generation) flagError(cmd *cobra.Command, err error) error {
	if cmd.HasParent() {
		return flagError(cmd, err)
	}
	if end := new(exitError); errors.As(err, &end) {
		return end
	}
	if !g.usageOnError {
		return fmt.Errorf("Status: %w\nSee '%s --help'., Code: 125", err, cmd.CommandPath())
	}
	return fmt.Errorf("Status: %w\nSee '%s --help'.\n\n%s, Code: 125", err, cmd.CommandPath(), cmd.UsageString())
}

// usage is what dockerd prints when it is used wrongly: of the root, only dockerd's own flags.
func usage(cmd *cobra.Command) string {
	flags := cmd.Flags()
	if !cmd.HasParent() {
		flags = selectFlags(flags, func(f *pflag.Flag) bool { return !has(f, fakeFlag) })
	}
	text := fmt.Sprintf("Usage:\t%s\n\n%s\n\n", cmd.UseLine(), cmd.Short)
	if cmd.HasParent() && cmd.HasAvailableSubCommands() {
		text += "Commands:\n" + commandList(cmd) + "\n"
	}
	return text + "Options:\n" + flagUsages(flags) + "\n"
}

func commandList(cmd *cobra.Command) string {
	var b strings.Builder
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			fmt.Fprintf(&b, "  %-10s  %s\n", c.Name(), c.Short)
		}
	}
	return b.String()
}

// help is usage and, for the root, what dockerd does not have.
func help(cmd *cobra.Command) string {
	text := "\n" + usage(cmd)
	if cmd.HasParent() {
		if cmd.Long != "" {
			text = "\n" + strings.Replace(usage(cmd), cmd.Short, cmd.Long, 1)
		}
		if cmd.Example != "" {
			text += "\nExamples:\n" + cmd.Example + "\n"
		}
		return text
	}
	own := selectFlags(cmd.Flags(), func(f *pflag.Flag) bool { return has(f, fakeFlag) })
	return text + "\nOptions that dockerd does not have:\n" + flagUsages(own) +
		"\n\nFiles that dockerd reads and this does not:\n  /etc/docker/daemon.json, unless --config-file names it: it may be that of a real daemon" +
		"\n\nHosts that dockerd does not have:\n  " + hostHelpSSH +
		"\n\nCommands that dockerd does not have:\n" + commandList(cmd)
}

func selectFlags(from *pflag.FlagSet, keep func(*pflag.Flag) bool) *pflag.FlagSet {
	to := pflag.NewFlagSet("", pflag.ContinueOnError)
	from.VisitAll(func(f *pflag.Flag) {
		if !keep(f) {
			return
		}
		// dockerd's pflag v1.0.6 asks whether a list is empty now, to tell whether it has a default to show.
		if f.Value.Type() == "list" && f.Value.String() != "" {
			set := *f
			set.Usage += " (default )"
			f = &set
		}
		to.AddFlag(f)
	})
	return to
}

func flagUsages(fs *pflag.FlagSet) string {
	return strings.TrimRight(fs.FlagUsagesWrapped(terminalWidth()-1), " \n")
}
