package program

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// declaration makes export a=b an ordinary command, whose values are not split.
func (s *interpreter) declaration(c *syntax.DeclClause) []string {
	args := []string{c.Variant.Value}
	for _, a := range c.Args {
		switch {
		case a.Name == nil:
			args = append(args, s.fields([]*syntax.Word{a.Value})...)
		case a.Naked:
			args = append(args, a.Name.Value)
		default:
			s.assign([]*syntax.Assign{a}, func(name, value string) { args = append(args, name+"="+value) })
		}
	}
	return args
}

// words expands the words of a command. What is assigned by export and its like is not split.
func (s *interpreter) words(words []*syntax.Word) (args []string) {
	if len(words) == 0 {
		return nil
	}
	if !slices.Contains([]string{"export", "readonly", "local"}, words[0].Lit()) {
		return s.fields(words)
	}
	for _, w := range words {
		if lit, ok := w.Parts[0].(*syntax.Lit); ok {
			if name, _, found := strings.Cut(lit.Value, "="); found && syntax.ValidName(name) {
				args = append(args, s.value(w))
				continue
			}
		}
		args = append(args, s.fields([]*syntax.Word{w})...)
	}
	return args
}

func (s *interpreter) call(c *syntax.CallExpr, redirs []*syntax.Redirect, exit bool) {
	s.substituted = false
	args := s.words(c.Args)
	for range 10 { // an alias may stand for another
		text, ok := s.aliases[append(args, "")[0]]
		if !ok || len(args) == 0 {
			break
		}
		if parsed, err := s.parser().Parse(strings.NewReader(text), ""); err == nil && len(parsed.Stmts) == 1 {
			if call, ok := parsed.Stmts[0].Cmd.(*syntax.CallExpr); ok && len(call.Assigns) == 0 {
				before := args[0]
				if args = append(s.fields(call.Args), args[1:]...); len(args) == 0 || args[0] == before {
					break
				}
				continue
			}
		}
		break
	}
	s.command(args, c.Assigns, redirs, exit)
}

// command runs a simple command: a function, what the shell does itself or a program.
func (s *interpreter) command(args []string, assigns []*syntax.Assign, redirs []*syntax.Redirect, exit bool) {
	if len(args) == 0 {
		s.onlyAssignments(assigns, redirs)
		return
	}
	b, ok := s.builtin(args[0])
	body := s.funcs[args[0]]
	if b.special {
		body = nil
	}
	if !s.redirect(redirs) {
		if b.special && s.d.strict {
			s.quit(s.d.redirFailure)
		}
		s.failed(s.d.redirFailure)
		return
	}
	scoped := body != nil || len(assigns) > 0 && !b.special
	if scoped {
		s.enterScope()
	}
	var traced []string
	s.assign(assigns, func(variable, value string) {
		traced = append(traced, variable+"="+value)
		if scoped {
			s.local(variable)
		}
		s.set(variable, value)
		s.vars[variable].exported = s.vars[variable].exported || scoped
	})
	s.trace(traced, args)
	name := s.commandName
	switch {
	case body != nil:
		s.function(body, args)
	case b.special && s.d.strict:
		s.commandName = args[0]
		s.status = b.run(s, args)
	case ok:
		// Its mistakes end nothing but itself.
		s.guarded(func() {
			s.commandName = args[0]
			s.status = b.run(s, args)
		})
	default:
		s.external(args, exit)
	}
	s.commandName = name
	if scoped {
		s.leaveScope()
	}
	if args[0] == "exec" && len(args) == 1 {
		s.keep()
	} else {
		s.restore()
	}
	s.failed(s.status)
}

// builtin gives what the shell does itself under a name.
func (s *interpreter) builtin(name string) (builtin, bool) {
	b := shellBuiltins[name]
	if b.run == nil || b.only != nil && !slices.Contains(b.only, s.d) {
		return builtin{}, false
	}
	return b, true
}

func (s *interpreter) onlyAssignments(assigns []*syntax.Assign, redirs []*syntax.Redirect) {
	var traced []string
	s.assign(assigns, func(name, value string) {
		traced = append(traced, name+"="+value)
		s.set(name, value)
	})
	s.trace(traced, nil)
	status := 0
	if s.substituted {
		status = s.status
	}
	if !s.redirect(redirs) {
		status = s.d.redirFailure
	} else {
		s.restore()
	}
	s.failed(status)
}

func (s *interpreter) function(body *syntax.Stmt, args []string) {
	s.deeper()
	before, loops := s.args, s.loops
	s.args = args[1:]
	if !s.d.breaksCaller {
		s.loops = 0
	}
	s.calls++
	s.statement(body, false)
	s.calls--
	s.args, s.loops = before, loops
	s.depth--
	if s.flow == returnFunc {
		s.flow = goOn
	}
}

// trace prints a command before it runs, with set -x.
func (s *interpreter) trace(assigns, args []string) {
	if !s.opts['x'] || len(assigns)+len(args) == 0 {
		return
	}
	ps4, _ := s.get("PS4")
	words := assigns
	for i, a := range assigns {
		name, value, _ := strings.Cut(a, "=")
		words[i] = name + "=" + traced(value)
	}
	for _, a := range args {
		words = append(words, traced(a))
	}
	s.write(2, s.prompt(ps4)+strings.Join(words, " ")+"\n")
}

func traced(word string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-+./,:@%^=", r)
	}
	if word != "" && strings.TrimFunc(word, plain) == "" {
		return word
	}
	return quote(word)
}

// external runs a program, in a child unless nothing follows it.
func (s *interpreter) external(args []string, exit bool) {
	if exit && len(s.traps) == 0 && !s.interactive && s.guards == 0 {
		s.p.Exit(s.become(args))
	}
	s.status = s.await(s.fork(func(sub *interpreter) { sub.p.Exit(sub.become(args)) }))
}

// become lets the process become a program. It returns the status of one that cannot be started.
func (s *interpreter) become(args []string) int {
	name, status, text := s.find(args[0])
	if args[0] == "" {
		text = "Permission denied" // ash means the folder that the empty name is
	}
	if status != 126 { // what has no file may be a program all the same
		err := s.p.Exec(append([]string{args[0]}, args[1:]...), s.environment())
		var start *run.StartError
		if errors.As(err, &start) && strings.Contains(start.Text, "exec format error") {
			return s.asScript(name, args)
		}
		if start == nil || start.Code != 127 {
			status, text = 126, "Permission denied"
		} else if status == 0 {
			status, text = 127, s.d.notFound
		}
	}
	if s.commandName == "exec" && status == 127 {
		text = "not found"
	}
	s.errorf("%s: %s", args[0], text)
	return status
}

// asScript runs a file that has no #! line as a script of this shell.
func (s *interpreter) asScript(name string, args []string) int {
	s.name, s.args = name, args[1:]
	if err := s.sourceFile(name); err != nil {
		s.errorf("%s: %s", name, reason(err))
		return 126
	}
	return s.status
}

// find looks for a program as execvp does. A status that is not 0 says why it cannot be run.
func (s *interpreter) find(command string) (name string, status int, text string) {
	if strings.Contains(command, "/") {
		switch err := s.executable(command); {
		case err == nil:
			return command, 0, ""
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, files.ENOTDIR):
			if s.d == bash {
				return "", 127, reason(err)
			}
			return "", 127, "not found"
		case s.d == bash && s.isDir(command):
			return "", 126, "Is a directory"
		default:
			return "", 126, reason(err)
		}
	}
	list, _ := s.get("PATH")
	status, text = 127, s.d.notFound
	for _, dir := range strings.Split(list, ":") {
		name := command
		if dir != "" {
			name = strings.TrimSuffix(dir, "/") + "/" + command
		}
		switch err := s.executable(name); {
		case command == "":
		case err == nil:
			return name, 0, ""
		case errors.Is(err, fs.ErrPermission) && !s.isDir(name):
			status, text = 126, "Permission denied"
		}
	}
	return "", status, text
}

// executable tells why a file is no program.
func (s *interpreter) executable(name string) error {
	info, err := s.p.Stat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || s.p.Access(name, 1) != nil {
		return files.EACCES
	}
	return nil
}
