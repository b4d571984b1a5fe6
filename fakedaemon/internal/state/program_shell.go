package state

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shell works out what a command line or a shell's script does, as far as it is made of commands that are known.
type shell struct {
	Process
	Program
	programs          map[string]Program // those that SetProgram gave
	exitOnError, done bool
	background        bool // something runs behind the script
}

// given finds what SetProgram said of a command.
func (sh *shell) given(args []string) (Program, bool) {
	for _, command := range []string{strings.Join(args, " "), args[0], path.Base(args[0])} {
		if p, ok := sh.programs[command]; ok {
			return p, true
		}
	}
	return Program{}, false
}

// forever makes the program run until a signal ends it.
func (sh *shell) forever() { sh.Runs, sh.done = true, true }

// unknown is a program that nobody knows: a service that stops when it is told to, or a tool that somebody runs beside it
// and that has done its work at once.
func (sh *shell) unknown() {
	sh.Prints = true
	if !sh.First {
		sh.ExitCode = 0
		return
	}
	sh.forever()
	if sh.Catches == nil {
		sh.Catches = make(map[int]int)
	}
	for _, signal := range []int{2, 3, sigterm, sh.StopSignal} {
		if _, ok := sh.Catches[signal]; !ok && signal != 0 && signal != sigkill {
			sh.Catches[signal] = 0
		}
	}
}

// run adds a command to what the program does.
func (sh *shell) run(args []string) {
	if args = withoutAssignments(args); len(args) == 0 {
		sh.ExitCode = 0
		return
	}
	if p, ok := sh.given(args); ok {
		sh.add(p)
		return
	}
	name, rest := path.Base(args[0]), args[1:]
	switch name {
	case "false":
		sh.ExitCode = 1
	case "sleep":
		sh.sleep(rest)
	case "sh", "ash", "bash", "dash":
		sh.shell(rest)
	case "exec", "env", "nohup":
		sh.run(rest)
		sh.done = sh.done || name == "exec" && len(rest) > 0
	case "exit":
		sh.done = true
		if len(rest) > 0 {
			n, _ := strconv.Atoi(rest[0])
			sh.ExitCode = n & 0xff
		}
	case "set":
		sh.exitOnError = sh.exitOnError || slices.ContainsFunc(rest, func(arg string) bool { return strings.HasPrefix(arg, "-") && strings.Contains(arg, "e") })
	case "trap":
		sh.trap(rest)
	case "wait":
		if sh.background {
			sh.forever()
		}
	case "kill":
		sh.kill(rest)
	case "cat", "tail":
		sh.read(name, rest)
	case "test", "[":
		sh.test(strings.Fields(strings.TrimSuffix(strings.Join(rest, " "), "]")))
	case "touch", "rm":
		sh.ExitCode = 0
		for _, file := range rest {
			sh.files[file] = name == "touch"
		}
	default:
		if missing(name) {
			sh.ExitCode, sh.Prints = 127, true
		} else if slices.Contains(silentTools, name) {
			sh.ExitCode = 0
		} else if slices.Contains(tools, name) {
			sh.ExitCode, sh.Prints = 0, true
		} else {
			sh.unknown()
		}
	}
}

// withoutAssignments drops the NAME=VALUE in front of a command.
func withoutAssignments(args []string) []string {
	for len(args) > 0 && strings.Contains(args[0], "=") && !strings.ContainsAny(args[0], "/[ ") {
		args = args[1:]
	}
	return args
}

// add is run for a program that is given.
func (sh *shell) add(p Program) {
	sh.After += p.After
	sh.ExitCode, sh.OOM, sh.Runs = p.ExitCode, p.OOM, p.Runs
	sh.Prints = sh.Prints || p.Prints
	sh.done = p.Runs
	if sh.Catches == nil {
		sh.Catches = p.Catches
	}
}

// tools do their work at once and end well, silentTools without a word.
var (
	tools = []string{
		"echo", "printf", "ls", "id", "pwd", "date", "uname", "hostname", "whoami", "ps", "df", "du", "dd", "head", "grep", "sed",
		"awk", "cut", "sort", "uniq", "wc", "which", "nproc", "tty", "stty", "seq", "basename", "dirname", "readlink", "stat",
	}
	silentTools = []string{":", "true", "mkdir", "rmdir", "chmod", "chown", "cp", "mv", "ln", "cd", "export", "unset", "umask", "sync"}
)

func (sh *shell) sleep(args []string) {
	sh.ExitCode = 0
	for _, arg := range args {
		unit := time.Second
		for suffix, u := range map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour} {
			if strings.HasSuffix(arg, suffix) {
				unit = u
			}
		}
		n, err := strconv.ParseFloat(strings.TrimRight(arg, "smhd"), 64)
		switch {
		case strings.HasPrefix(arg, "inf"):
			sh.forever()
		case err != nil:
			sh.ExitCode = 1
			return
		default:
			sh.After += time.Duration(n * float64(unit))
		}
	}
}

// shell is a shell of its own: with a script, or with one that comes from standard input.
func (sh *shell) shell(args []string) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flags := args[0]
		args = args[1:]
		sh.exitOnError = sh.exitOnError || strings.Contains(flags, "e")
		if strings.Contains(flags, "c") && len(args) > 0 {
			sh.script(args[0])
			return
		}
	}
	switch {
	case len(args) > 0:
		sh.unknown()
	case sh.Stdin:
		sh.Prints = true
		sh.forever()
	default:
		sh.ExitCode = 0
	}
}

// trap notes a handler that ends the script, or one that does not.
func (sh *shell) trap(args []string) {
	sh.ExitCode = 0
	if len(args) < 2 {
		return
	}
	handler := shell{Process: sh.Process, programs: sh.programs}
	handler.First = false
	handler.script(args[0])
	code := -1
	if handler.done {
		code = handler.ExitCode
	}
	if sh.Catches == nil {
		sh.Catches = make(map[int]int)
	}
	for _, name := range args[1:] {
		if signal, err := ParseSignal(name); err == nil {
			sh.Catches[signal] = code
		}
	}
}

// kill is a shell that sends itself a signal.
func (sh *shell) kill(args []string) {
	sh.ExitCode = 0
	if len(args) != 2 || args[1] != "$$" {
		return
	}
	signal, err := ParseSignal(strings.TrimPrefix(args[0], "-"))
	// The kernel keeps even SIGKILL from the first process when it comes from inside.
	if ends, code := sh.signalled(signal, sh.First); err == nil && ends && (!sh.First || signal != sigkill) {
		sh.ExitCode, sh.done = code, true
	}
}

// read is a program that reads files, or standard input.
func (sh *shell) read(name string, args []string) {
	sh.ExitCode = 0
	sh.Prints = sh.Prints || sh.Stdin || len(args) > 0 && args[0] != "/dev/zero"
	switch {
	case slices.Contains(args, "/dev/zero"):
		sh.ExitCode, sh.OOM, sh.done = 128+sigkill, true, true
	case name == "tail" && len(args) > 0 && strings.Trim(args[0], "-fF") == "":
		sh.forever()
	case len(args) == 0 && sh.Stdin:
		sh.forever()
	}
}

// test is the tests that a health check makes of files; all others are true.
func (sh *shell) test(args []string) {
	negated := len(args) > 0 && args[0] == "!"
	if negated {
		args = args[1:]
	}
	holds := true
	if len(args) == 2 && slices.Contains([]string{"-e", "-f", "-r", "-s"}, args[0]) {
		holds = sh.files[args[1]] || startErrorCode(args[1]) == 126
	}
	sh.ExitCode = 1
	if holds != negated {
		sh.ExitCode = 0
	}
}

func startErrorCode(name string) int {
	_, code := startError(name)
	return code
}
