package testscripts

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// commandInfo is a command that scenarios have beside those of testscript.
type commandInfo struct {
	name, usage, doc string
	run              func(s *scenario, ts *testscript.TestScript, neg bool, args []string)
}

var commands = []commandInfo{
	{
		name: "dockerd", usage: "[!] dockerd [arg...] [&[name&]]",
		doc: "Run this project's dockerd until it exits, or with `&` in the background, where the scenario goes on once " +
			"it listens. `$PORT`, or `$PORT_name`, is then the port of its first TCP listener and `$SSH`, or `$SSH_name`, the " +
			"folder of clients of a `-H ssh://USER@HOST:PORT`: `bin/ssh` in it gets in. It is terminated at the " +
			"end of the scenario. `--ready-file` is added to its arguments.",
		run: (*scenario).runDockerd,
	},
	{
		name: "need", usage: "need program...",
		doc: "Skip the scenario when a program is not installed; fail it when `" + testtool.RequireEnv + "` is set. A scenario needs it for " +
			"what it runs with `! exec`, which holds for a program that does not exist, too.",
		run: (*scenario).runNeed,
	},
	{
		name: "plugin", usage: "plugin name answer.json",
		doc: "Run the authorization plugin of that name until the end of the scenario. It listens in `/run/docker/plugins`, or in " +
			"`$RUN` where `private` does nothing: there `dockerd` needs `--plugin-dir=$RUN`. It answers each question with " +
			"what the file holds then, and adds a line for each call to `name.log`: the method, and what was sent.",
		run: (*scenario).runPlugin,
	},
	{
		name: "port", usage: "port [name]",
		doc: "Set `$PORT`, or `$PORT_name`, to a TCP port that is free, for a program that cannot be told to take one " +
			"itself. `dockerd` can: `-H 127.0.0.1:0`.",
		run: (*scenario).runPort,
	},
	{
		name: "private", usage: "private",
		doc: "Go on in a network namespace with nothing but a loopback interface and a mount namespace with an empty " +
			"`/run` and `/var/run`, where every port and socket is free. Only root may, on Linux; elsewhere it does " +
			"nothing, and the lines that begin with `[!private]` put an ephemeral port or a socket in `$RUN` in their place.",
		run: (*scenario).runPrivate,
	},
	{
		name: "term", usage: "[!] term [name]",
		doc: "Send SIGTERM to the dockerd of that name and wait for it to exit with 0 (or not). `stdout` and `stderr` " +
			"then see what it printed.",
		run: (*scenario).runTerm,
	},
}

// notPrivate says why there can be no private namespaces here.
type notPrivate string

func (n notPrivate) Error() string { return string(n) }

func (s *scenario) runPrivate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: private")
	}
	enter := enterPrivate
	if s.user.elsewhere {
		enter = func() error { return notPrivate("not asked for") }
	}
	var not notPrivate
	switch err := enter(); {
	case err == nil:
		s.private = true
		ts.Logf("[private] documented addresses as they are")
	case errors.As(err, &not):
		ts.Logf("[!private] ephemeral addresses in place of the documented ones: %v", err)
	default:
		ts.Fatalf("private: %v", err)
	}
}

func (s *scenario) runNeed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: need program...")
	}
	for _, program := range args {
		if s.has(program) {
			continue
		}
		reason := program + " is not installed"
		if os.Getenv(testtool.RequireEnv) != "" {
			ts.Fatalf("%s and %s is set", reason, testtool.RequireEnv)
		}
		s.t.Skip(reason)
	}
}

// has looks beside the caller's PATH at the programs that this package installs.
func (s *scenario) has(program string) bool {
	if _, err := os.Stat(filepath.Join(s.bin, program+exeSuffix())); err == nil {
		return true
	}
	_, err := exec.LookPath(program)
	return err == nil
}

var background = regexp.MustCompile(`^&([a-zA-Z_0-9]+&)?$`)

func (s *scenario) runDockerd(ts *testscript.TestScript, neg bool, args []string) {
	name, inBackground := "", false
	if len(args) > 0 && background.MatchString(args[len(args)-1]) {
		name, inBackground = strings.Trim(args[len(args)-1], "&"), true
		args = args[:len(args)-1]
	}
	if inBackground && neg {
		ts.Fatalf("unsupported: ! dockerd ... &")
	}
	if s.daemon(name) != nil {
		ts.Fatalf("a dockerd named %q is running", name)
	}
	d, err := startDaemon(s, ts, args)
	ts.Check(err)
	s.setDaemon(name, d)
	ts.Defer(func() { s.end(ts, name) })
	r, err := d.listening()
	if errors.Is(err, errExited) {
		s.setDaemon(name, nil)
		d.show(ts)
		if inBackground || (d.err != nil) != neg {
			ts.Fatalf("dockerd exited: %v", d.cmd.ProcessState)
		}
		return
	}
	ts.Check(err)
	if !inBackground {
		ts.Fatalf("dockerd listens: end the line with & to let it go on in the background")
	}
	suffix := ""
	if name != "" {
		suffix = "_" + name
	}
	ts.Setenv("PORT"+suffix, firstPort(r.Hosts))
	if r.SSH != "" {
		ts.Setenv("SSH"+suffix, r.SSH)
	}
}

func (s *scenario) runTerm(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) > 1 {
		ts.Fatalf("usage: term [name]")
	}
	name := strings.Join(args, "") // "" without a name
	d := s.daemon(name)
	if d == nil {
		ts.Fatalf("no dockerd named %q is running", name)
	}
	s.setDaemon(name, nil)
	err := d.terminate()
	d.show(ts)
	ts.Check(err)
	if runtime.GOOS != "windows" && (d.err != nil) != neg {
		ts.Fatalf("dockerd exited: %v", d.cmd.ProcessState)
	}
}

// end ends the dockerd of that name if the scenario has left it running. One that has not lived until now, or does not
// end as it should, fails the scenario.
func (s *scenario) end(ts *testscript.TestScript, name string) {
	d := s.daemon(name)
	if d == nil {
		return
	}
	err := d.terminate()
	ts.Logf("[dockerd %s]\n%s%s", name, d.stdout.String(), d.stderr.String())
	if err == nil && runtime.GOOS != "windows" {
		err = d.err
	}
	if err != nil {
		ts.Logf("FAIL: dockerd %s: %v", name, err)
		s.t.FailNow()
	}
}
