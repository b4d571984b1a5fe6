package program

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// An interpreter runs scripts in a process. It parses with package syntax; what words become is done here, since package expand looks users
// up in the host, runs substitutions that are not wanted and splits otherwise than the shells do.
type interpreter struct {
	p    *run.Process
	d    *dialect
	name string   // $0
	args []string // $1...
	opts map[byte]bool

	vars   map[string]*variable
	order  int // of the next variable
	memory int // what they take, or more
	locals []map[string]*variable
	funcs  map[string]*syntax.Stmt

	traps   map[int]string
	pending []int // signals that were caught, whose handlers have not run
	jobs    []*job
	lastJob int // $!

	status      int
	substituted bool // a command substitution has set status
	flow        flow
	levels      int // how many loops break and continue still have to leave
	loops       int // around the command
	calls       int // functions and scripts around the command
	tested      int // more than 0 where errexit does not count
	depth       int
	guards      int            // how many callers of guarded wait for an abortion
	shown       map[int]string // the traps of the shell around a substitution, which trap shows
	commandName string         // the builtin that runs
	script      bool           // commands come from a file
	base        int            // what the dialect adds to the line of a command
	current     int            // the line of the command
	interactive bool
	banner      string // what it says first to somebody who types
	pid         int    // $$, which is that of the first shell in subshells, too
	redirs      [][]saved
	aliases     map[string]string
	getopt      int // where in a word getopts is
}

type flow byte

const (
	goOn flow = iota
	breakLoop
	continueLoop
	returnFunc
)

// maxDepth bounds functions, sourced files and evals in each other: beyond, real shells run out of their stack.
const maxDepth = 1000

// abortion is the panic that ends a command of an interactive shell.
type abortion struct{}

// shellMain is the shell of a dialect as a program.
func shellMain(d *dialect, banner string) run.Main {
	return func(p *run.Process) int {
		s := &interpreter{
			p: p, d: d, banner: banner, opts: make(map[byte]bool), vars: make(map[string]*variable), funcs: make(map[string]*syntax.Stmt),
			traps: make(map[int]string), aliases: make(map[string]string), pid: p.Pid(),
		}
		s.main()
		return s.status
	}
}

// Main runs what the command line says.
func (s *interpreter) main() {
	argv := s.p.Args()
	s.name = strings.TrimPrefix(argv[0], "-")
	s.importVariables()
	args, command, ok := s.commandLine(argv[1:])
	if !ok {
		s.status = 2
		return
	}
	src := &source{s: s, fd: -1}
	switch {
	case command:
		if len(args) == 0 {
			s.status = 2
			s.errorf("-c requires an argument")
			return
		}
		s.opts['c'] = true
		src.text, src.base = args[0], s.d.firstLine-1
		if args = args[1:]; len(args) > 0 {
			s.name, args = args[0], args[1:]
		}
	case len(args) > 0 && !s.opts['s']:
		args0 := args[0]
		s.name, args = args0, args[1:]
		fd, err := s.p.Open(s.name, 0, 0)
		if err == nil && s.isDir(s.name) {
			err = files.EISDIR
		}
		if err != nil {
			s.status = s.d.noScript
			s.script = s.d == bash
			text := s.d.cannotOpen(s.name, reason(err))
			if s.name = strings.TrimPrefix(argv[0], "-"); s.d == ash {
				text = "can't open '" + args0 + "': " + reason(err)
			}
			s.errorf("%s", text)
			return
		}
		src.fd, _ = s.p.Dup(fd, 10, true)
		s.p.Close(fd)
		s.script = true
	default:
		src.fd = 0
		s.opts['s'] = true
		s.interactive = s.opts['i'] || s.p.IsTerminal(0) && s.p.IsTerminal(2)
	}
	s.args = args
	if s.interactive {
		s.opts['i'] = true
		s.set("PS1", s.d.prompt(s))
		s.p.Catch(run.SIGINT)
		s.p.Ignore(run.SIGTERM)
		s.p.Ignore(run.SIGQUIT)
		s.p.Ignore(run.SIGTSTP) // in children, too: there is no job control
		io.WriteString(s.p.Stderr(), s.banner)
	}
	s.run(src, !s.interactive)
	s.exit(s.status)
}

// commandLine reads options, as set does, too.
func (s *interpreter) commandLine(args []string) (rest []string, command, ok bool) {
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') {
		word := args[0]
		args = args[1:]
		if word == "--" {
			break
		}
		if strings.HasPrefix(word, "--") { // --login, --norc
			continue
		}
		for _, c := range []byte(word[1:]) {
			switch on := word[0] == '-'; {
			case c == 'c':
				command = true
			case c == 'l' || c == 'p':
			case c == 'i' || c == 's':
				s.opts[c] = on
			case c == 'o':
				if len(args) == 0 {
					continue
				}
				if !s.option(args[0], on) {
					s.errorf("%s", s.d.badOption(word[:1], "o "+args[0]))
					return nil, false, false
				}
				args = args[1:]
			case strings.IndexByte(optionLetters, c) < 0:
				s.errorf("%s", s.d.badOption(word[:1], string(c)))
				return nil, false, false
			default:
				s.opts[c] = on
			}
		}
	}
	if len(args) > 0 && args[0] == "-" {
		args = args[1:]
	}
	return args, command, true
}

const optionLetters = "eufxvnCabmVEI"

type shellOption struct {
	name   string
	letter byte
}

var optionNames = []shellOption{
	{"errexit", 'e'}, {"noglob", 'f'}, {"ignoreeof", 'I'}, {"monitor", 'm'}, {"noexec", 'n'}, {"xtrace", 'x'}, {"verbose", 'v'},
	{"noclobber", 'C'}, {"allexport", 'a'}, {"notify", 'b'}, {"nounset", 'u'}, {"errtrace", 'E'}, {"vi", 'V'}, {"pipefail", 'P'},
}

func (s *interpreter) option(name string, on bool) bool {
	for _, o := range optionNames {
		if o.name == name && (name != "pipefail" || s.d.pipefail) {
			s.opts[o.letter] = on
			return true
		}
	}
	return false
}

// flags are $-.
func (s *interpreter) flags() string {
	var b strings.Builder
	for _, c := range []byte("efimnsxvCabu") {
		if s.opts[c] {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// clone is the shell as a subshell has it.
func (s *interpreter) clone() *interpreter {
	c := *s
	c.opts, c.funcs, c.aliases = maps.Clone(s.opts), maps.Clone(s.funcs), maps.Clone(s.aliases)
	c.vars = make(map[string]*variable, len(s.vars))
	for name, v := range s.vars {
		same := *v
		c.vars[name] = &same
	}
	c.locals = nil
	for _, scope := range s.locals {
		c.locals = append(c.locals, maps.Clone(scope))
	}
	c.traps = make(map[int]string)
	for sig, action := range s.traps {
		if action == "" {
			c.traps[sig] = ""
		}
	}
	c.args = slices.Clone(s.args)
	c.jobs, c.pending, c.redirs = nil, nil, nil
	c.guards, c.shown = 0, nil
	return &c
}

// fork runs f in a subshell and returns its number.
func (s *interpreter) fork(f func(sub *interpreter)) int {
	sub := s.clone()
	pid, err := s.p.Fork(func(p *run.Process) int {
		sub.p = p
		if s.interactive {
			p.Default(run.SIGINT)
			p.Default(run.SIGTERM)
			p.Default(run.SIGQUIT)
		}
		sub.interactive = false
		f(sub)
		sub.exit(sub.status)
		return 0
	})
	if err != nil {
		s.abort("", "can't fork: "+reason(err))
	}
	return pid
}

// exit ends the shell.
func (s *interpreter) exit(status int) {
	s.status = status
	for len(s.redirs) > 0 {
		s.restore()
	}
	if action, ok := s.traps[0]; ok {
		delete(s.traps, 0)
		s.flow = goOn
		s.interactive = false
		s.eval(action)
	}
	s.p.Exit(status)
}

// abort ends the command, and the shell if nobody types.
func (s *interpreter) abort(command, text string) {
	if command != "" {
		s.commandName = command
	}
	s.errorf("%s", text)
	s.quit(s.d.failure)
}

// quit ends the command with a status, and the shell if nobody types.
func (s *interpreter) quit(status int) {
	s.status = status
	if s.guards > 0 {
		panic(abortion{})
	}
	s.exit(status)
}

func (s *interpreter) errorf(format string, args ...any) {
	s.write(2, s.d.prefix(s)+fmt.Sprintf(format, args...)+"\n")
}

func (s *interpreter) write(fd int, text string) error {
	_, err := s.p.Write(fd, []byte(text))
	return err
}

// line is the number of a line, as errors and LINENO say it.
func (s *interpreter) line(pos syntax.Pos) int { return int(pos.Line()) + s.base }

// run runs the commands of a source, the last of them with exec if nothing follows it.
func (s *interpreter) run(src *source, last bool) {
	for s.runSome(src, last) {
	}
}

// runSome runs until the end or until an error, of which it reports whether the source goes on behind it.
func (s *interpreter) runSome(src *source, last bool) (more bool) {
	parser := s.parser()
	s.base = src.base + src.lines
	for stmts, err := range parser.InteractiveSeq(src) {
		if err != nil {
			more := true
			s.aborting(func() { more = s.failParse(src, err) })
			src.lose()
			return more && s.interactive && !src.ended
		}
		if parser.Incomplete() {
			src.prompt = "PS2"
			continue
		}
		src.prompt = "PS1"
		ok := false
		s.aborting(func() { stmts, ok = s.adapt(src, stmts) })
		if !ok {
			src.lose()
			return s.interactive && !src.ended
		}
		src.forget()
		if s.opts['n'] && !s.interactive {
			continue
		}
		s.aborting(func() { s.statements(stmts, last && src.done()) })
		if s.flow != goOn {
			return false
		}
	}
	if s.interactive && src.fd == 0 {
		s.write(2, "\n")
	}
	return false
}

// aborting runs f. What aborts a command comes back to somebody who types.
func (s *interpreter) aborting(f func()) {
	if s.interactive {
		s.guarded(f)
	} else {
		f()
	}
}

// guarded runs f, and comes back when it is aborted.
func (s *interpreter) guarded(f func()) {
	s.guards++
	guards := s.guards
	calls, loops, depth, tested, redirs, scopes := s.calls, s.loops, s.depth, s.tested, len(s.redirs), len(s.locals)
	defer func() {
		r := recover()
		s.guards = guards - 1
		if r == nil {
			return
		}
		if _, ok := r.(abortion); !ok {
			panic(r)
		}
		for len(s.redirs) > redirs {
			s.restore()
		}
		for len(s.locals) > scopes {
			s.leaveScope()
		}
		s.calls, s.loops, s.depth, s.tested, s.flow = calls, loops, depth, tested, goOn
		s.commandName = ""
	}()
	f()
}

// eval runs text as eval does.
func (s *interpreter) eval(text string) {
	s.deeper()
	base := s.base
	s.run(&source{s: s, fd: -1, text: text, base: s.current - 1}, false)
	s.base = base
	s.depth--
}

// deeper goes one function, file or eval deeper.
func (s *interpreter) deeper() {
	if s.depth++; s.depth > maxDepth {
		s.p.Default(sigSegv)
		s.p.Kill(s.p.Pid(), sigSegv)
		s.p.Exit(128 + sigSegv)
	}
}

// sourceFile runs a file in this shell.
func (s *interpreter) sourceFile(name string) error {
	fd, err := s.p.Open(name, 0, 0)
	if err != nil {
		return err
	}
	text := s.readAll(fd)
	s.p.Close(fd)
	s.deeper()
	script, base := s.script, s.base
	s.script = true
	s.calls++
	s.run(&source{s: s, fd: -1, text: text}, false)
	s.calls--
	s.script, s.base = script, base
	s.depth--
	if s.flow == returnFunc {
		s.flow = goOn
	}
	return nil
}

// maxScript bounds a file that is read as a whole.
const maxScript = 16 << 20

func (s *interpreter) number(arg string) (int, bool) {
	n, err := strconv.Atoi(arg)
	return n, err == nil && n >= 0 && arg[0] != '+'
}

// Shell is the shell of a name, sh, ash, dash or bash, in the programs of a dialect, of which debian's sh is dash.
func Shell(name, programs string) run.Main {
	switch {
	case name == "bash":
		return shellMain(bash, "")
	case name == "dash" || name == "sh" && programs == "debian":
		return shellMain(dash, "")
	case programs == static:
		return shellMain(ash, ashBanner)
	}
	return shellMain(ash, "")
}
