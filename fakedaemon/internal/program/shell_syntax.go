package program

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// A grammar finds what ash and dash say of a script that the parser has refused: it reads tokens by their rules and stops at the first
// that is wrong. The parser's own words name neither the token nor what was expected.
type grammar struct {
	rest   string
	token  string // its text; "" is the end of the file
	word   bool
	quoted bool // or something is expanded in it: no keyword
	back   bool // token is to be read again
	lines  int
	depth  int
}

// A refusal is what is wrong.
type refusal struct{ token, expected, problem string }

var (
	shellOperators = []string{"<<-", "&>", ";;", "&&", "||", "<<", "<>", "<&", ">&", ">>", ">|", "|", "&", ";", "(", ")", "<", ">", "\n"}
	listEnds       = []string{"", ")", "}", ";;", "fi", "done", "then", "do", "else", "elif", "esac"}
)

// refuse gives what is wrong in a script; none if the grammar has nothing against it.
func refuse(text string) (r refusal, line int) {
	g := &grammar{rest: strings.ReplaceAll(text, "\\\n", "")}
	defer func() {
		line = g.lines
		switch x := recover().(type) {
		case nil:
		case refusal:
			r = x
		default:
			panic(x)
		}
	}()
	for {
		g.read()
		if g.isEnd() {
			return r, 0
		}
		if g.token == "\n" && !g.word {
			continue
		}
		g.back = true
		g.list(true)
	}
}

func (g *grammar) isEnd() bool { return g.token == "" && !g.word }

// wrong stops at the token.
func (g *grammar) wrong(expected string) {
	name := `"` + g.token + `"`
	switch {
	case g.isEnd():
		name = "end of file"
	case g.word && (g.quoted || !slices.Contains(keywords, g.token)):
		name = "word"
	case g.token == "\n":
		name = "newline"
	case !g.word && g.isRedirection():
		name = "redirection"
	}
	if expected != "" {
		expected = `"` + expected + `"`
	}
	panic(refusal{token: name, expected: expected})
}

func (g *grammar) isRedirection() bool { return !g.word && strings.ContainsAny(g.token, "<>") }

// is reports whether the token is an operator or a keyword.
func (g *grammar) is(text string) bool {
	return g.token == text && !g.quoted && (text != "" || g.isEnd())
}

func (g *grammar) read() {
	if g.back {
		g.back = false
		return
	}
	g.rest = strings.TrimLeft(g.rest, " \t")
	if strings.HasPrefix(g.rest, "#") {
		i := strings.IndexByte(g.rest, '\n')
		if i < 0 {
			i = len(g.rest)
		}
		g.rest = g.rest[i:]
	}
	g.token, g.word, g.quoted = "", false, false
	if g.rest == "" {
		return
	}
	if i := slices.IndexFunc(shellOperators, func(op string) bool { return strings.HasPrefix(g.rest, op) }); i >= 0 {
		g.token = shellOperators[i]
		g.rest = g.rest[len(g.token):]
		if g.token == "\n" {
			g.lines++
		}
		return
	}
	n := wordLength(g.rest)
	g.token, g.rest, g.word = g.rest[:n], g.rest[n:], true
	g.quoted = strings.ContainsAny(g.token, "\\'\"`$")
	g.lines += strings.Count(g.token, "\n")
	if strings.Trim(g.token, "0123456789") == "" && strings.IndexAny(g.rest, "<>") == 0 {
		g.read() // the number of a descriptor
	}
}

func (g *grammar) readSkippingNewlines() {
	for g.read(); g.is("\n"); g.read() {
	}
}

// list reads commands; at the top a line is all.
func (g *grammar) list(top bool) {
	if g.depth++; g.depth > maxArithDepth {
		panic(refusal{problem: "out of memory"})
	}
	defer func() { g.depth-- }()
	for first := true; ; first = false {
		switch {
		case top:
			g.read()
		default:
			g.readSkippingNewlines()
		}
		g.back = true
		if g.isEnd() || top && g.is("\n") || !first && slices.ContainsFunc(listEnds, g.is) {
			return
		}
		g.andOr()
		g.read()
		switch {
		case g.is("\n"), g.isEnd():
			g.back = true
		case g.is("&"), g.is(";"):
		default:
			if top {
				g.wrong("")
			}
			g.back = true
			return
		}
	}
}

func (g *grammar) andOr() {
	g.pipeline(false)
	for g.read(); g.is("&&") || g.is("||"); g.read() {
		g.pipeline(true)
	}
	g.back = true
}

func (g *grammar) pipeline(skip bool) {
	g.command(skip, true)
	for g.read(); g.is("|"); g.read() {
		g.command(true, false)
	}
	g.back = true
}

func (g *grammar) command(skip, not bool) {
	if skip {
		g.readSkippingNewlines()
	} else {
		g.read()
	}
	if not && g.is("!") {
		g.read()
	}
	switch {
	case g.is("if"):
		g.list(false)
		g.expect("then")
		g.list(false)
		for g.read(); g.is("elif"); g.read() {
			g.list(false)
			g.expect("then")
			g.list(false)
		}
		if g.is("else") {
			g.list(false)
		} else {
			g.back = true
		}
		g.expect("fi")
	case g.is("while"), g.is("until"):
		g.list(false)
		g.expect("do")
		g.list(false)
		g.expect("done")
	case g.is("for"):
		g.forLoop()
	case g.is("case"):
		g.caseClause()
	case g.is("{"):
		g.list(false)
		g.expect("}")
	case g.is("("):
		g.list(false)
		g.expect(")")
	case g.word && (g.quoted || !slices.Contains(keywords, g.token)), g.isRedirection():
		g.simple()
		return
	default:
		g.wrong("")
	}
	for g.read(); g.isRedirection(); g.read() {
		g.target()
	}
	g.back = true
}

func (g *grammar) expect(word string) {
	if g.read(); !g.is(word) {
		g.wrong(word)
	}
}

func (g *grammar) forLoop() {
	g.read()
	if !g.word || g.quoted || !syntax.ValidName(g.token) {
		panic(refusal{problem: "bad for loop variable"})
	}
	if g.readSkippingNewlines(); g.is("in") {
		for g.read(); g.word; g.read() {
		}
		if !g.is("\n") && !g.is(";") {
			g.wrong("")
		}
	} else if !g.is(";") {
		g.back = true
	}
	if g.readSkippingNewlines(); !g.is("do") {
		g.wrong("do")
	}
	g.list(false)
	g.expect("done")
}

func (g *grammar) caseClause() {
	if g.read(); !g.word {
		g.wrong("word")
	}
	if g.readSkippingNewlines(); !g.is("in") {
		g.wrong("in")
	}
	for g.readSkippingNewlines(); !g.is("esac"); g.readSkippingNewlines() {
		if g.is("(") {
			g.read()
		}
		for g.read(); g.is("|"); g.read() {
			g.read()
		}
		if !g.is(")") {
			g.quoted = g.word // no keyword here
			g.wrong(")")
		}
		g.readSkippingNewlines()
		g.back = true
		if !g.is(";;") && !g.is("esac") {
			g.list(false)
		}
		if g.readSkippingNewlines(); g.is("esac") {
			return
		}
		if !g.is(";;") {
			g.wrong(";;")
		}
	}
}

// target reads the word of a redirection.
func (g *grammar) target() {
	here := strings.HasPrefix(g.token, "<<")
	if g.read(); !g.word {
		g.wrong("")
	}
	if !here {
		return
	}
	// The text of a here-document is none of commands.
	end := strings.NewReplacer("'", "", `"`, "", `\`, "").Replace(g.token)
	line, text, ok := strings.Cut(g.rest, "\n")
	for found := false; ok && !found; {
		var body string
		body, text, ok = strings.Cut(text, "\n")
		found = strings.TrimLeft(body, "\t") == end
	}
	g.rest = line + "\n" + text
}

func (g *grammar) simple() {
	name, words, others := "", 0, false
	for ; ; g.read() {
		switch {
		case g.isRedirection():
			g.target()
			others = true
		case g.word:
			variable, _, assigns := strings.Cut(g.token, "=")
			if words == 0 && assigns && syntax.ValidName(variable) {
				others = true
				continue
			}
			words++
			name = g.token
		case g.is("(") && words == 1 && !others:
			g.expect(")")
			if !syntax.ValidName(name) {
				panic(refusal{problem: "bad function name"})
			}
			g.command(true, false)
			return
		default:
			g.back = true
			return
		}
	}
}

// wordLength is how long the word is with which the text begins.
func wordLength(text string) int {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\\':
			i++
		case '\'', '`':
			j := strings.IndexByte(text[i+1:], c)
			if j < 0 {
				return len(text)
			}
			i += j + 1
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '$':
			if i+1 < len(text) && (text[i+1] == '(' || text[i+1] == '{') {
				i += nested(text[i+1:])
			}
		case ' ', '\t', '\n', ';', '&', '|', '(', ')', '<', '>':
			return max(i, 1)
		}
	}
	return len(text)
}

// nested is how long the brackets are with which the text begins.
func nested(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '(', '{':
			depth++
		case ')', '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '\'':
			if j := strings.IndexByte(text[i+1:], '\''); j >= 0 {
				i += j + 1
			}
		}
	}
	return len(text)
}
