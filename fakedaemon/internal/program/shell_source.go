package program

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// A source hands a script to the parser a line at a time, so that a command runs before the next one is read.
type source struct {
	s    *interpreter
	fd   int    // -1: text is all
	text string // what is left of it
	base int    // what is added to the number of a line

	buf     []byte // read and not handed over
	command []byte // what the parser has got since the last command
	lines   int    // before command
	rest    []byte // of the line that is being handed over
	prompt  string // the variable that has the prompt
	ended   bool
	cut     bool // the user has pressed ctrl-c
	added   bool // the last newline was not there
}

const (
	// maxCommand bounds one command: a parser goes as deep as brackets are nested.
	maxCommand = 256 << 10
	readSize   = 1024
)

var (
	errInterrupted = errors.New("interrupted")
	errTooLong     = errors.New("out of memory")
)

// Read implements io.Reader.
func (r *source) Read(b []byte) (int, error) {
	if len(r.rest) == 0 {
		line, err := r.line()
		if err != nil {
			r.ended = err == io.EOF
			return 0, err
		}
		if len(r.command)+len(line) > maxCommand {
			return 0, errTooLong
		}
		if line[len(line)-1] != '\n' {
			line = append(line, '\n') // the parser gives commands at the ends of lines
			r.added = true
		}
		r.command = append(r.command, line...)
		r.rest = line
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *source) line() ([]byte, error) {
	if r.fd < 0 {
		if r.text == "" {
			return nil, io.EOF
		}
		i := strings.IndexByte(r.text, '\n') + 1
		if i == 0 {
			i = len(r.text)
		}
		line := r.text[:i]
		r.text = r.text[i:]
		return r.verbose([]byte(line)), nil
	}
	asked := false
	for {
		i := bytes.IndexByte(r.buf, '\n') + 1
		if i == 0 && len(r.buf) > maxCommand {
			i = len(r.buf)
		}
		if i > 0 {
			line := slices.Clone(r.buf[:i])
			r.buf = r.buf[len(line):]
			return r.verbose(line), nil
		}
		if r.s.interactive && r.fd == 0 && !asked {
			r.ask()
			asked = true
		}
		buf := make([]byte, r.s.d.readSize)
		n, err := r.s.p.Read(r.fd, buf)
		switch {
		case err == run.EINTR:
			if r.s.interrupted() {
				r.buf, r.cut = nil, true
				return nil, errInterrupted
			}
		case n == 0 && len(r.buf) > 0:
			line := r.buf
			r.buf = nil
			return r.verbose(line), nil
		case n == 0:
			return nil, io.EOF
		}
		r.buf = append(r.buf, buf[:n]...)
	}
}

func (r *source) verbose(line []byte) []byte {
	if r.s.opts['v'] {
		r.s.write(2, string(line))
	}
	return line
}

// ask prints the prompt.
func (r *source) ask() {
	if r.prompt == "" {
		r.prompt = "PS1"
	}
	if r.prompt == "PS1" {
		r.s.announce()
	}
	text, _ := r.s.get(r.prompt)
	r.s.write(2, r.s.promptText(text))
}

// promptText resolves the backslashes of a prompt, and what it expands.
func (s *interpreter) promptText(text string) string {
	if s.d.promptEscapes {
		mark := "$"
		if s.p.User().UID == 0 {
			mark = "#"
		}
		host, _, _ := strings.Cut(s.p.Hostname(), ".")
		dir := s.p.Dir()
		if home, ok := s.get("HOME"); ok && home != "" && home != "/" && (dir == home || strings.HasPrefix(dir, home+"/")) {
			dir = "~" + dir[len(home):]
		}
		user := s.userName()
		text = strings.NewReplacer(`\w`, dir, `\W`, dir[strings.LastIndexByte(dir, '/')+1:], `\$`, mark, `\h`, host, `\H`, s.p.Hostname(),
			`\u`, user, `\n`, "\n", `\[`, "", `\]`, "", `\e`, "\x1b", `\033`, "\x1b", `\a`, "\a", `\s`, s.name).Replace(text)
	}
	if !strings.ContainsAny(text, "$`") || strings.HasSuffix(text, "$ ") && strings.Count(text, "$") == 1 {
		return text
	}
	return s.prompt(text)
}

// forget drops the text of the commands that are about to run.
func (r *source) forget() {
	r.lines += bytes.Count(r.command, []byte("\n"))
	r.command = r.command[:0]
}

// lose drops the command that cannot be parsed, with the rest of its line.
func (r *source) lose() {
	r.forget()
	r.rest = nil
	r.prompt = "PS1"
}

// done reports whether no command follows.
func (r *source) done() bool { return r.fd < 0 && strings.TrimSpace(r.text) == "" }

func (s *interpreter) parser() *syntax.Parser { return syntax.NewParser(syntax.Variant(s.d.lang)) }

// adapt gives statements as the dialect understands them. Ash takes more than POSIX and less than bash: what only bash understands is
// parsed again as POSIX has it.
func (s *interpreter) adapt(src *source, stmts []*syntax.Stmt) ([]*syntax.Stmt, bool) {
	if s.d == bash || !slices.ContainsFunc(stmts, onlyBash) {
		return stmts, true
	}
	return s.reparse(src)
}

func (s *interpreter) reparse(src *source) ([]*syntax.Stmt, bool) {
	text := strings.Repeat("\n", src.base+src.lines-s.base) + string(src.command)
	f, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
	if r, _ := refuse(string(src.command)); err != nil || r != (refusal{}) {
		s.syntaxError(src, syntax.LangPOSIX)
		return nil, false
	}
	return f.Stmts, true
}

func onlyBash(stmt *syntax.Stmt) (found bool) {
	syntax.Walk(stmt, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ArithmCmd, *syntax.ProcSubst, *syntax.CoprocClause, *syntax.ArrayExpr, *syntax.CStyleLoop, *syntax.TimeClause,
			*syntax.ExtGlob:
			found = true
		case *syntax.ForClause:
			iter, ok := n.Loop.(*syntax.WordIter)
			found = found || n.Select || ok && !syntax.ValidName(iter.Name.Value)
		case *syntax.FuncDecl:
			found = found || !syntax.ValidName(n.Name.Value)
		case *syntax.CallExpr:
			found = found || len(n.Args) > 0 && slices.Contains(listEnds[2:], n.Args[0].Lit())
		case *syntax.Assign:
			found = found || n.Append || n.Index != nil
		case *syntax.ParamExp:
			found = found || n.Index != nil || n.Excl || n.Names != 0
		case *syntax.Redirect:
			found = found || n.Op == syntax.WordHdoc || n.N != nil && strings.HasPrefix(n.N.Value, "{")
		case *syntax.CaseItem:
			found = found || n.Op != syntax.Break
		case *syntax.DeclClause:
			found = found || !slices.Contains([]string{"export", "readonly", "local"}, n.Variant.Value)
		case *syntax.BinaryCmd:
			found = found || n.Op == syntax.PipeAll
		}
		return !found
	})
	return found
}

// failParse handles what the parser could not take. It reports whether the shell goes on behind it.
func (s *interpreter) failParse(src *source, err error) bool {
	switch {
	case src.cut:
		src.cut = false
		s.status = 128 + run.SIGINT
		return true
	case errors.Is(err, errTooLong):
		s.errorf("%v", err)
		s.quit(2)
	}
	var e syntax.ParseError
	if errors.As(err, &e) && strings.HasPrefix(e.Text, "unclosed here-document `") && s.d != bash {
		// The end of the file ends it.
		word := strings.TrimSuffix(strings.TrimPrefix(e.Text, "unclosed here-document `"), "`")
		src.command = append(src.command, word+"\n"...)
	} else if s.d == dash && strings.Contains(err.Error(), "`&>` redirects") {
		src.command = bytes.ReplaceAll(src.command, []byte("&>"), []byte("& >")) // the command is in the background
	} else if s.d != ash {
		s.syntaxError(src, s.d.lang)
		return true
	}
	// It may be what ash reads otherwise than bash.
	f, err2 := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(bytes.NewReader(src.command), "")
	if err2 != nil {
		s.syntaxError(src, s.d.lang)
		return true
	}
	last := src.done()
	src.forget()
	s.guarded(func() { s.statements(f.Stmts, last) })
	if s.flow == goOn && !last {
		s.run(src, true)
	}
	return false
}

// syntaxError prints what is wrong in a command in the words of the shell.
func (s *interpreter) syntaxError(src *source, lang syntax.LangVariant) {
	text := string(src.command)
	if src.added {
		text = strings.TrimSuffix(text, "\n")
	}
	what := ""
	if _, err := syntax.NewParser(syntax.Variant(lang)).Parse(strings.NewReader(text), ""); err != nil {
		what = err.Error()
	}
	r := refusal{problem: parseProblem(what)}
	lines := strings.Count(text, "\n")
	if r.problem == "" {
		if r, lines = refuse(text); r == (refusal{}) {
			// It is inside of something.
			r = refusal{token: "end of file", expected: `")"`}
			if strings.Contains(what, "arrays are") {
				r = refusal{problem: badSubstitution}
			}
			if i := strings.Index(text, "$("); i >= 0 && !strings.Contains(what, "reached EOF") {
				if inner, _ := refuse(strings.TrimSuffix(text[i+2:i+1+nested(text[i+1:])], ")")); inner != (refusal{}) {
					r = inner
					if r.expected == "" {
						r.expected = `")"`
					}
				}
			}
		}
	}
	s.current = src.base + src.lines + 1 + lines
	if strings.HasPrefix(r.token, "new") {
		s.current--
	}
	s.d.syntaxError(s, r, text)
	s.quit(2)
}
