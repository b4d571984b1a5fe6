package program

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// A piece is a part of a word that has been expanded. What was quoted is neither split nor part of a pattern.
type piece struct {
	text   string
	quoted bool
}

// An expansion collects the fields that words become.
type expansion struct {
	s      *interpreter
	single bool   // one field, as for an assignment: nothing is split
	ifs    string // of the split
	here   bool   // in a here-document: double quotes are text

	fields [][]piece
	field  []piece
	size   int  // of all text
	has    bool // field exists, though it may be empty
	blank  bool // the last field was ended by white space, which takes another delimiter with it
}

// fields expands words as the arguments of a command.
func (s *interpreter) fields(words []*syntax.Word) []string {
	var out []string
	e := &expansion{s: s}
	for _, w := range words {
		for _, w := range s.d.braces(w) {
			e.ifs = s.ifs()
			e.word(w, false, false)
			e.end()
		}
	}
	for _, f := range e.fields {
		if pattern, meta := patternOf(f); meta && !s.opts['f'] {
			if names := s.glob(pattern); len(names) > 0 {
				out = append(out, names...)
				continue
			}
		}
		out = append(out, textOf(f))
	}
	return out
}

// one expands a word into one field.
func (s *interpreter) one(w *syntax.Word, assignment bool) []piece {
	e := &expansion{s: s, single: true}
	if w != nil {
		e.word(w, false, assignment)
	}
	return e.field
}

// value expands a word as the value of an assignment: a tilde may stand behind a colon, too.
func (s *interpreter) value(w *syntax.Word) string { return textOf(s.one(w, true)) }

func (s *interpreter) literal(w *syntax.Word) string { return textOf(s.one(w, false)) }

// pattern expands a word as the pattern of a case or a parameter expansion.
func (s *interpreter) pattern(w *syntax.Word) string {
	p, _ := patternOf(s.one(w, false))
	return p
}

// text expands a word as if it were in double quotes: a word of an arithmetic expression.
func (s *interpreter) text(w *syntax.Word) string {
	e := &expansion{s: s, single: true}
	e.word(w, true, false)
	return textOf(e.field)
}

// document expands the text of a here-document.
func (s *interpreter) document(w *syntax.Word) string {
	e := &expansion{s: s, single: true, here: true}
	if w != nil {
		e.word(w, true, false)
	}
	return textOf(e.field)
}

// prompt expands the value of a prompt.
func (s *interpreter) prompt(text string) string {
	w, err := s.parser().Document(strings.NewReader(text))
	if err != nil || w == nil {
		return text
	}
	return s.document(w)
}

func textOf(field []piece) string {
	if len(field) == 1 {
		return field[0].text
	}
	var b strings.Builder
	for _, p := range field {
		b.WriteString(p.text)
	}
	return b.String()
}

func (s *interpreter) ifs() string {
	if v, set := s.get("IFS"); set {
		return v
	}
	return " \t\n"
}

func (e *expansion) add(text string, quoted bool) {
	e.has = true
	e.blank = false
	if e.size += len(text) + pieceSize; e.size > maxMemory {
		e.s.outOfMemory()
	}
	if text != "" {
		e.field = append(e.field, piece{text, quoted})
	}
}

// end ends a field, if there is one.
func (e *expansion) end() {
	if e.has {
		e.fields = append(e.fields, e.field)
	}
	e.field, e.has = nil, false
	e.blank = false
}

// next begins another field between two elements of $@.
func (e *expansion) next(quoted bool) {
	if e.single && quoted {
		e.add(" ", true)
	} else if e.single {
		e.add(e.s.separator(), true)
	} else {
		e.end()
	}
}

// split adds the result of an expansion. Outside of quotes it is split at IFS.
func (e *expansion) split(text string, quoted bool) {
	if quoted || e.single {
		e.add(text, quoted)
		return
	}
	start := 0
	for i := range len(text) {
		c := text[i]
		if strings.IndexByte(e.ifs, c) < 0 {
			continue
		}
		if i > start {
			e.add(text[start:i], false)
		}
		start = i + 1
		switch blank := c == ' ' || c == '\t' || c == '\n'; {
		case blank:
			if e.has {
				e.end()
				e.blank = true
			}
		case e.blank:
			e.blank = false
		default:
			e.has = true
			e.end()
		}
	}
	if start < len(text) {
		e.add(text[start:], false)
	}
}

func (e *expansion) word(w *syntax.Word, quoted, assignment bool) {
	for i, part := range w.Parts {
		if lit, ok := part.(*syntax.Lit); ok && !quoted {
			text := lit.Value
			if i == 0 || assignment {
				text = e.tildes(text, i == 0, i == len(w.Parts)-1, assignment)
			}
			e.unquoted(text)
			continue
		}
		e.part(part, quoted)
	}
}

// unquoted adds text of the script, in which a backslash quotes.
func (e *expansion) unquoted(text string) {
	for text != "" {
		i := strings.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			e.add(text, false)
			return
		}
		if i > 0 {
			e.add(text[:i], false)
		}
		// The byte may be the first of several of a character, whose others quoting does not change.
		e.add(text[i+1:i+2], true)
		text = text[i+2:]
	}
}

// tildes expands ~ and ~user at the begin of the text, and behind colons in an assignment, and adds what it has found. It returns
// what is left of the text.
func (e *expansion) tildes(text string, first, last, assignment bool) string {
	for {
		if first && strings.HasPrefix(text, "~") {
			end := strings.IndexAny(text, "/:")
			if !assignment {
				end = strings.IndexByte(text, '/')
			}
			if end < 0 && last {
				end = len(text)
			}
			if end > 0 {
				if home, ok := e.s.home(text[1:end]); ok {
					e.add(home, true)
					text = text[end:]
				}
			}
		}
		colon := strings.IndexByte(text, ':')
		if !assignment || colon < 0 {
			return text
		}
		e.unquoted(text[:colon+1])
		text, first = text[colon+1:], true
	}
}

// home finds the home of a user in the container, never in the host.
func (s *interpreter) home(user string) (string, bool) {
	if user == "" {
		return s.get("HOME")
	}
	for _, f := range s.users() {
		if f[0] == user {
			return f[5], true
		}
	}
	return "", false
}

func (e *expansion) part(part syntax.WordPart, quoted bool) {
	switch part := part.(type) {
	case *syntax.Lit:
		e.add(unquoteDouble(part.Value, e.here), true)
	case *syntax.SglQuoted:
		text := part.Value
		if part.Dollar {
			text, _ = unescape(strings.NewReplacer(`\'`, "'", `\"`, `"`).Replace(text), false)
		}
		if quoted { // it stands in the word of "${x:-'word'}", where it quotes nothing
			text = "'" + e.s.prompt(text) + "'"
		}
		e.add(text, true)
	case *syntax.DblQuoted:
		if e.here {
			e.add(`"`, true)
		}
		if !isAt(part) {
			e.add("", true)
		}
		for _, p := range part.Parts {
			e.part(p, true)
		}
		if e.here {
			e.add(`"`, true)
		}
	case *syntax.ParamExp:
		e.param(part, quoted)
	case *syntax.CmdSubst:
		e.split(e.s.substitute(part), quoted)
	case *syntax.ArithmExp:
		e.split(strconv.FormatInt(e.s.arithm(e.s.arithText(part.X)), 10), quoted)
	case *syntax.ExtGlob:
		e.add(part.Op.String()+part.Pattern.Value+")", quoted)
	default:
		e.s.abort("", "syntax error: bad substitution")
	}
}

// isAt reports whether the string is "$@", of which nothing remains when there are no parameters.
func isAt(q *syntax.DblQuoted) bool {
	for _, p := range q.Parts {
		if p, ok := p.(*syntax.ParamExp); !ok || p.Param.Value != "@" || p.Length {
			return false
		}
	}
	return len(q.Parts) > 0
}

// unquoteDouble removes the backslashes that quote in double quotes.
func unquoteDouble(text string, here bool) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	special := "$`\\\"\n}"
	if here {
		special = "$`\\\n"
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte(special, text[i+1]) >= 0 {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// substitute runs a command substitution and returns its output without the newlines at its end.
func (s *interpreter) substitute(c *syntax.CmdSubst) string {
	r, w, err := s.p.Pipe()
	if err != nil {
		s.abort("", "can't create pipe: "+reason(err))
	}
	pid := s.fork(func(sub *interpreter) {
		sub.p.Close(r)
		sub.p.Dup2(w, 1)
		sub.p.Close(w)
		sub.shown = s.traps
		sub.opts['e'] = sub.opts['e'] && s.d.exitInherited
		sub.statements(c.Stmts, true)
	})
	s.p.Close(w)
	var out strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := s.p.Read(r, buf)
		if out.Len()+n > maxMemory {
			s.outOfMemory()
		}
		out.Write(buf[:n])
		if n == 0 && err != run.EINTR {
			break
		}
	}
	s.p.Close(r)
	s.status = s.await(pid)
	s.substituted = true
	return strings.TrimRight(strings.ReplaceAll(out.String(), "\x00", ""), "\n")
}

// pieceSize is about what a piece takes beside its text.
const pieceSize = 64

// maxMemory bounds the variables of a shell, the words of a command and the output of a substitution, each.
const maxMemory = 16 << 20

// outOfMemory ends the shell as the kernel does.
func (s *interpreter) outOfMemory() { s.p.OutOfMemory() }
