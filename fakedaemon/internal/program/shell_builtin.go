package program

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// A builtin is a command that the shell does itself.
type builtin struct {
	run     func(s *interpreter, args []string) int
	special bool       // its mistakes end the shell, and assignments before it stay
	only    []*dialect // nil: all
}

var shellBuiltins map[string]builtin

func init() { // not a variable: type and command look into it
	shellBuiltins = map[string]builtin{
		":": {(*interpreter).doNothing, true, nil}, ".": {(*interpreter).doDot, true, nil}, "break": {(*interpreter).doLoopControl, true, nil}, "continue": {(*interpreter).doLoopControl, true, nil},
		"eval": {(*interpreter).doEval, true, nil}, "exec": {(*interpreter).doExec, true, nil}, "exit": {(*interpreter).doExit, true, nil}, "export": {(*interpreter).doExport, true, nil},
		"readonly": {(*interpreter).doExport, true, nil}, "return": {(*interpreter).doReturn, true, nil}, "set": {(*interpreter).doSet, true, nil}, "shift": {(*interpreter).doShift, true, nil},
		"times": {(*interpreter).doTimes, true, nil}, "trap": {(*interpreter).doTrap, true, nil}, "unset": {(*interpreter).doUnset, true, nil},
		"source": {(*interpreter).doDot, true, []*dialect{ash, bash}},
		"true":   {(*interpreter).doNothing, false, nil}, "false": {(*interpreter).doFalse, false, nil}, "cd": {(*interpreter).doCd, false, nil}, "pwd": {(*interpreter).doPwd, false, nil},
		"read": {(*interpreter).doRead, false, nil}, "test": {(*interpreter).doTest, false, nil}, "[": {(*interpreter).doTest, false, nil},
		"[[": {(*interpreter).doTest, false, []*dialect{ash}}, "wait": {(*interpreter).doWait, false, nil}, "kill": {(*interpreter).doKill, false, nil},
		"jobs": {(*interpreter).doJobs, false, nil}, "fg": {(*interpreter).doNoJob, false, nil}, "bg": {(*interpreter).doNoJob, false, nil}, "umask": {(*interpreter).doUmask, false, nil},
		"ulimit": {(*interpreter).doUlimit, false, nil}, "getopts": {(*interpreter).doGetopts, false, nil}, "type": {(*interpreter).doType, false, nil},
		"command": {(*interpreter).doCommand, false, nil}, "alias": {(*interpreter).doAlias, false, nil}, "unalias": {(*interpreter).doUnalias, false, nil}, "hash": {(*interpreter).doHash, false, nil},
		"local": {(*interpreter).doLocal, true, nil}, "let": {(*interpreter).doLet, false, []*dialect{ash}}, "echo": {(*interpreter).doApplet, false, nil}, "printf": {(*interpreter).doApplet, false, nil},
		"builtin": {(*interpreter).doBuiltin, false, []*dialect{bash}}, "declare": {(*interpreter).doDeclare, false, []*dialect{bash}},
		"typeset": {(*interpreter).doDeclare, false, []*dialect{bash}}, "shopt": {(*interpreter).doNothing, false, []*dialect{bash}},
	}
}

var keywords = strings.Fields("! case do done elif else esac fi for if in then until while { }")

func (s *interpreter) doNothing([]string) int { return 0 }
func (s *interpreter) doFalse([]string) int   { return 1 }

// appletName is under which name busybox runs.
func (s *interpreter) appletName() string { return strings.TrimPrefix(s.p.Args()[0], "-") }

func (s *interpreter) doDot(args []string) int {
	if len(args) < 2 {
		if s.d == dash {
			return 0
		}
		s.abort("", "filename argument required")
	}
	name := args[1]
	if !strings.Contains(name, "/") {
		list, _ := s.get("PATH")
		found := ""
		for _, dir := range strings.Split(list, ":") {
			if info, err := s.p.Stat(path.Join(dir, name)); err == nil && info.Mode().IsRegular() {
				found = path.Join(dir, name)
				break
			}
		}
		if _, err := s.p.Stat(name); found == "" && (err != nil || s.d == dash) {
			if s.d == bash {
				s.commandName = ""
			}
			s.abort("", name+": "+map[bool]string{true: "No such file or directory", false: "not found"}[s.d == bash])
		} else if found != "" {
			name = found
		}
	}
	before := s.args
	if len(args) > 2 && s.d != dash {
		s.args = args[2:]
	}
	command := s.commandName
	s.commandName = ""
	s.status = 0
	if err := s.sourceFile(name); err != nil {
		if s.commandName = command; s.d == bash {
			s.commandName = ""
		}
		text := s.d.cannotOpen(name, reason(err))
		if s.d == ash {
			text = "can't open '" + name + "': " + reason(err)
		}
		s.abort("", text)
	}
	if len(args) > 2 && s.d != dash {
		s.args = before
	}
	return s.status
}

func (s *interpreter) doEval(args []string) int {
	s.status = 0
	name := s.commandName
	if s.d == bash {
		s.commandName = ""
	}
	s.eval(strings.Join(args[1:], " "))
	s.commandName = name
	return s.status
}

func (s *interpreter) doLoopControl(args []string) int {
	n := 1
	if len(args) > 1 {
		var ok bool
		if n, ok = s.number(args[1]); !ok || n < 1 {
			s.abort("", s.d.illegalNumber(args[1]))
		}
	}
	if s.loops == 0 {
		if s.d == bash {
			s.errorf("only meaningful in a `for', `while', or `until' loop")
		}
		return 0
	}
	s.levels = min(n, s.loops)
	s.flow = breakLoop
	if args[0] == "continue" {
		s.flow = continueLoop
	}
	return 0
}

func (s *interpreter) statusArgument(args []string) int {
	if len(args) < 2 {
		return s.status
	}
	n, ok := s.number(args[1])
	if !ok {
		s.abort("", s.d.illegalNumber(args[1]))
	}
	return n & 0xff
}

func (s *interpreter) doExit(args []string) int {
	s.exit(s.statusArgument(args))
	return 0
}

func (s *interpreter) doReturn(args []string) int {
	status := s.statusArgument(args)
	if s.d == bash && s.calls == 0 {
		s.errorf("can only `return' from a function or sourced script")
		return 2
	}
	s.flow = returnFunc
	return status
}

func (s *interpreter) doExec(args []string) int {
	if len(args) == 1 {
		return 0
	}
	s.commandName = "exec"
	status := s.become(args[1:])
	if s.interactive {
		s.quit(status)
	}
	s.exit(status)
	return 0
}

// export is readonly, too.
func (s *interpreter) doExport(args []string) int {
	name := args[0]
	args = args[1:]
	if len(args) == 0 || args[0] == "-p" && len(args) == 1 {
		for _, n := range s.names(func(v *variable) bool { return v.exported && name == "export" || v.readOnly && name == "readonly" }) {
			line := name + " " + n
			if s.vars[n].set {
				line += "=" + quote(s.vars[n].value)
			}
			s.write(1, line+"\n")
		}
		return 0
	}
	off := false
	if strings.HasPrefix(args[0], "-") {
		off = args[0] == "-n"
		args = args[1:]
	}
	for _, arg := range args {
		n, value, assigned := strings.Cut(arg, "=")
		if !syntax.ValidName(n) {
			s.badName(arg, n)
			return 1
		}
		if assigned {
			s.set(n, value)
		}
		if v := s.variable(n); name == "export" {
			v.exported = !off
		} else {
			v.readOnly = true
		}
	}
	return 0
}

func (s *interpreter) badName(arg, name string) {
	if s.d == bash {
		s.errorf("`%s': not a valid identifier", arg)
		return
	}
	s.abort("", name+": bad variable name")
}

func (s *interpreter) doSet(args []string) int {
	if len(args) == 1 {
		for _, name := range s.names(func(v *variable) bool { return v.set }) {
			s.write(1, name+"="+quote(s.vars[name].value)+"\n")
		}
		return 0
	}
	if len(args) == 2 && (args[1] == "-o" || args[1] == "+o") {
		for _, o := range optionNames {
			if o.letter == 'P' && !s.d.pipefail {
				continue
			}
			state := "off"
			if s.opts[o.letter] {
				state = "on"
			}
			if args[1] == "+o" {
				s.write(1, "set "+map[bool]string{true: "-o ", false: "+o "}[s.opts[o.letter]]+o.name+"\n")
			} else {
				s.write(1, fmt.Sprintf("%-15s %s\n", o.name, state))
			}
		}
		return 0
	}
	rest, _, ok := s.commandLine(args[1:])
	if !ok {
		if s.d == ash && strings.HasSuffix(args[1], "o") {
			return 1
		}
		s.quit(2)
	}
	if len(rest) > 0 || slices.Contains(args[1:], "--") {
		s.args = rest
	}
	return 0
}

func (s *interpreter) doShift(args []string) int {
	n := 1
	if len(args) > 1 {
		var ok bool
		if n, ok = s.number(args[1]); !ok {
			s.abort("", s.d.illegalNumber(args[1]))
		}
	}
	if n > len(s.args) {
		if s.d == dash {
			s.abort("", "can't shift that many")
		}
		return 1
	}
	s.args = s.args[n:]
	return 0
}

func (s *interpreter) doUnset(args []string) int {
	args = args[1:]
	funcs := false
	for ; len(args) > 0 && (args[0] == "-f" || args[0] == "-v"); args = args[1:] {
		funcs = args[0] == "-f"
	}
	for _, name := range args {
		switch {
		case funcs:
			delete(s.funcs, name)
		case !syntax.ValidName(name):
			s.badName(name, name)
			return 1
		case !s.unset(name):
			s.abort("", name+": "+s.d.readOnly)
		}
	}
	return 0
}

func (s *interpreter) doLocal(args []string) int {
	if s.calls == 0 || len(s.locals) == 0 {
		text := "not in a function"
		if s.d == bash {
			s.errorf("can only be used in a function")
			return 1
		}
		s.abort("", text)
	}
	for _, arg := range args[1:] {
		name, value, assigned := strings.Cut(arg, "=")
		if !syntax.ValidName(name) {
			s.badName(arg, name)
			return 1
		}
		s.local(name)
		if assigned {
			s.set(name, value)
		} else if s.d != dash {
			delete(s.vars, name)
		}
	}
	return 0
}

// describe says what a command is: -v prints its name, -V and type a sentence.
func (s *interpreter) describe(name string, short bool) bool {
	say := func(long, brief string) bool {
		if short {
			long = brief
		}
		s.write(1, long+"\n")
		return true
	}
	b, there := s.builtin(name)
	text, isAlias := s.aliases[name]
	switch {
	case slices.Contains(keywords, name):
		return say(name+" is a shell keyword", name)
	case isAlias:
		return say(name+" is an alias for "+text, "alias "+name+"="+quote(text))
	case there && b.special:
		if s.d != bash {
			return say(name+" is a special shell builtin", name)
		}
		return say(name+" is a shell builtin", name)
	case s.funcs[name] != nil:
		return say(name+" is "+s.d.aFunction, name)
	case there:
		return say(name+" is a shell builtin", name)
	}
	found, status, _ := s.find(name)
	if status == 0 {
		return say(name+" is "+found, found)
	}
	return false
}

func (s *interpreter) doType(args []string) int {
	status := 0
	for _, name := range args[1:] {
		if s.describe(name, false) {
			continue
		}
		status = 1
		if s.d == bash {
			s.errorf("%s: not found", name)
			continue
		}
		s.write(1, name+": not found\n")
		status = 127
	}
	return status
}

func (s *interpreter) doCommand(args []string) int {
	args = args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flag := args[0]
		args = args[1:]
		if flag != "-v" && flag != "-V" {
			continue
		}
		if s.d != bash {
			args = args[:min(1, len(args))]
		}
		found := false
		for _, name := range args {
			if s.describe(name, flag == "-v") {
				found = true
			} else if flag == "-V" {
				s.write(2, name+": not found\n")
			}
		}
		if found {
			return 0
		}
		return map[bool]int{true: 1, false: 127}[s.d == bash]
	}
	if len(args) == 0 {
		return 0
	}
	return s.withoutFunctions(args)
}

func (s *interpreter) withoutFunctions(args []string) int {
	s.commandName = ""
	if b, ok := s.builtin(args[0]); ok {
		s.commandName = args[0]
		return b.run(s, args)
	}
	return s.await(s.fork(func(sub *interpreter) { sub.exit(sub.become(args)) }))
}

// doApplet does what is a program, too, without a process of its own.
func (s *interpreter) doApplet(args []string) int {
	name := args[0]
	switch s.d {
	case ash:
		name = path.Base(s.appletName())
	case dash:
		if name == "echo" {
			return s.dashEcho(args[1:])
		}
		name = s.name + ": " + strconv.Itoa(s.current) + ": " + name
	default:
		name = s.name + ": line " + strconv.Itoa(s.current) + ": " + name
	}
	return applets[args[0]].call(s.p, name, "", args[1:])
}

// doTest is test, [ and ash's [[.
func (s *interpreter) doTest(args []string) int {
	ok, problem := evaluate(s.p, s.d, args[0], args[1:], func(name string) bool {
		i := slices.IndexFunc(optionNames, func(o shellOption) bool { return o.name == name })
		return i >= 0 && s.opts[optionNames[i].letter]
	})
	if problem == "" {
		return int(truth(!ok))
	}
	if s.d == ash {
		s.write(2, path.Base(s.appletName())+": "+problem+"\n")
	} else {
		s.errorf("%s", problem)
	}
	return 2
}

// dashEcho resolves backslashes always, and knows no option but -n.
func (s *interpreter) dashEcho(args []string) int {
	end := "\n"
	if len(args) > 0 && args[0] == "-n" {
		args, end = args[1:], ""
	}
	text, stop := unescape(strings.Join(args, " "), true)
	if stop {
		end = ""
	}
	if s.write(1, text+end) != nil {
		return 1
	}
	return 0
}

func (s *interpreter) doHash(args []string) int {
	status := 0
	for _, name := range args[1:] {
		if _, missing, _ := s.find(name); missing != 0 && name != "-r" {
			s.errorf("%s: not found", name)
			status = 1
		}
	}
	return status
}
