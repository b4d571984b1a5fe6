package command

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// Exit codes of run when it is not its command's, as "docker run" has them.
const (
	exitRun        = 125 // there is no daemon
	exitNotStarted = 126 // the command cannot be started
	exitNotFound   = 127 // there is no such command
)

func (p *program) newRunCommand() *cobra.Command {
	var mode, engine, seed string
	cmd := &cobra.Command{
		Use:   "run [OPTIONS] -- COMMAND [ARG...]",
		Short: "Start a daemon, run a command against it and exit with its code",
		Long: `Start a daemon, run a command with the environment of a good client, and exit with its
code. DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH are set as the mode needs them, every
other DOCKER_ variable is removed. In mode ssh, PATH begins with a folder whose ssh has the
keys, and SSH_AUTH_SOCK is an agent with them. The daemon and its files are gone afterwards.

The exit code is 125 when there is no daemon, 126 when the command cannot be started, 127 when
it is not found and 128+N when signal N ended it.`,
		Example: `  fakedockerd run --mode tlsverify -- docker version
  fakedockerd run --mode ssh -- docker ps
  fakedockerd run --mode tls -- sh -c 'echo $DOCKER_HOST; ls $DOCKER_CERT_PATH'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &exitError{exitRun, fmt.Errorf("run needs a command\nSee '%s --help'.", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			world, err := readSeed(seed)
			if err := cmp.Or(checkDaemonMode(mode), checkEngine(engine), err); err != nil {
				return &exitError{exitRun, err}
			}
			d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.Daemon(mode), Engine: fakedaemon.Engine(engine), World: world})
			if err != nil {
				return &exitError{exitRun, seedError(err, seed)}
			}
			return p.runCommand(d, args)
		},
	}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().StringVar(&mode, "mode", string(modes.TLSVerify), "Mode of the daemon ("+strings.Join(daemonModes(), ", ")+")")
	cmd.Flags().StringVar(&engine, "engine", "", "Generation of the daemon that is imitated (default 28)")
	cmd.Flags().StringVar(&seed, "seed", "", "Start with the images, networks, volumes and containers of this JSON `FILE`")
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &exitError{exitRun, flagError(cmd, err)} })
	return cmd
}

// runCommand runs a command against a daemon, which it closes.
func (p *program) runCommand(d *fakedaemon.Daemon, args []string) (err error) {
	defer func() {
		if closed := d.Close(); err == nil && closed != nil {
			err = &exitError{exitRun, closed}
		}
	}()
	var env []string
	if err := tried(func() { env = d.Env() }); err != nil {
		return &exitError{exitRun, err}
	}
	signals := notifyForwarded() // before the command is there: no signal may end us without it
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = clientEnv(os.Environ(), env)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, p.stdout, p.stderr
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return &exitError{exitNotFound, err}
		}
		return &exitError{exitNotStarted, err}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals:
			if !fromTerminal(sig) {
				cmd.Process.Signal(sig)
			}
		case err := <-ended:
			if code := exitCode(cmd.ProcessState); code != 0 {
				return &exitError{code: code}
			} else if err != nil {
				return &exitError{exitRun, err} // its output could not be copied
			}
			return nil
		}
	}
}

// clientEnv returns environ with the client's variables in place of every DOCKER_ variable.
func clientEnv(environ, client []string) []string {
	var env []string
	for _, v := range environ {
		if !strings.HasPrefix(v, "DOCKER_") {
			env = append(env, v)
		}
	}
	return append(env, client...)
}

// tried calls f, and returns the error that a method of a daemon of fakedaemon.New panics with, such as one that finds no
// place for its files.
func tried(f func()) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case runtime.Error:
			panic(v)
		case error:
			err = v
		default:
			panic(v)
		}
	}()
	f()
	return nil
}
