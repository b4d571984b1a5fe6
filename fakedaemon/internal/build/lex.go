package build

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// lexer expands variables and takes quotes away (moby/buildkit, frontend/dockerfile/shell).
type lexer struct {
	old    bool // as BuildKit 0.8
	escape rune
	lookup func(name string) (value string, ok bool)
	// keepQuotes and keepEscapes leave them, and keepUnset leaves variables that there are none of.
	keepQuotes, keepEscapes, keepUnset bool

	text   []rune // what is left to read
	raw    bool   // of what is read now, escapes are kept
	depth  int    // in how many braces
	buffer strings.Builder
}

// eof is the character behind the last.
const eof rune = -1

// Expand replaces variables in a text and takes its quotes away. Words are the same, split at blanks that were not
// quoted.
func (p Parser) Expand(text string, escape rune, lookup func(name string) (value string, ok bool)) (whole string, words []string, err error) {
	return (&lexer{old: p.Old, escape: escape, lookup: lookup}).process(text)
}

func (l *lexer) process(text string) (string, []string, error) {
	l.text, l.raw = []rune(strings.TrimPrefix(text, "\ufeff")), l.keepEscapes
	word, words, err := l.until(eof)
	if err != nil {
		return "", nil, fmt.Errorf("failed to process %q: %w", text, err)
	}
	return word, words, nil
}

func (l *lexer) peek() rune {
	if len(l.text) == 0 {
		return eof
	}
	return l.text[0]
}

func (l *lexer) next() rune {
	c := l.peek()
	if c != eof {
		l.text = l.text[1:]
	}
	return c
}

// splitter gathers words.
type splitter struct {
	words []string
	word  *strings.Builder
}

// add adds text, at whose blanks words end unless it is quoted.
func (s *splitter) add(text string, quoted bool) {
	for _, c := range text {
		if quoted || !unicode.IsSpace(c) {
			s.word.WriteRune(c)
		} else {
			s.end()
		}
	}
}

func (s *splitter) end() {
	if s.word.Len() > 0 {
		s.words = append(s.words, s.word.String())
		s.word.Reset()
	}
}

// until reads up to a character, which is read too.
func (l *lexer) until(stop rune) (string, []string, error) {
	var all strings.Builder
	split := splitter{word: new(strings.Builder)}
	if !l.old {
		// BuildKit has but one buffer: what is in braces drops the beginning of the word around it.
		split.word = &l.buffer
	}
	for l.peek() != eof {
		var text string
		var err error
		quoted := true
		switch c := l.peek(); {
		case c == stop:
			l.next()
			split.end()
			return all.String(), split.words, nil
		case c == '\'':
			text, err = l.single()
		case c == '"':
			text, err = l.double()
		case c == '$':
			text, err = l.variable()
			quoted = false
		case c == '<' && !l.old:
			text = l.heredoc()
		case c == l.escape:
			l.next()
			if l.raw {
				text = string(c)
			}
			if escaped := l.next(); escaped != eof {
				text += string(escaped)
			}
		default:
			text, quoted = string(l.next()), false
		}
		if err != nil {
			return "", nil, err
		}
		all.WriteString(text)
		split.add(text, quoted)
	}
	if stop != eof {
		return "", nil, fmt.Errorf("unexpected end of statement while looking for matching %c", stop)
	}
	split.end()
	return all.String(), split.words, nil
}

// heredoc reads "<" or "<<", whose word may come after blanks.
func (l *lexer) heredoc() string {
	l.next()
	if l.peek() != '<' {
		return "<"
	}
	text := "<" + string(l.next())
	for c := l.peek(); c == ' ' || c == '\t' || c == '\r'; c = l.peek() {
		text += string(l.next())
	}
	return text
}

// single reads what is between single quotes, in which nothing has a meaning.
func (l *lexer) single() (string, error) {
	l.next()
	end := slices.Index(l.text, '\'')
	if end < 0 {
		l.text = nil
		return "", errors.New("unexpected end of statement while looking for matching single-quote")
	}
	text := string(l.text[:end])
	l.text = l.text[end+1:]
	if l.keepQuotes {
		text = "'" + text + "'"
	}
	return text, nil
}

// double reads what is between double quotes, in which only variables and the escape have a meaning.
func (l *lexer) double() (string, error) {
	l.next()
	var text strings.Builder
	for {
		switch c := l.peek(); c {
		case eof:
			return "", errors.New("unexpected end of statement while looking for matching double-quote")
		case '"':
			l.next()
			if l.keepQuotes {
				return `"` + text.String() + `"`, nil
			}
			return text.String(), nil
		case '$':
			value, err := l.variable()
			if err != nil {
				return "", err
			}
			text.WriteString(value)
		case l.escape:
			l.next()
			if l.raw {
				text.WriteRune(c)
			}
			switch escaped := l.peek(); escaped {
			case eof:
			case '"', '$', l.escape:
				text.WriteRune(l.next())
			default:
				text.WriteRune(c)
			}
		default:
			text.WriteRune(l.next())
		}
	}
}

// variable reads $NAME and ${NAME} with what may be asked of it.
func (l *lexer) variable() (string, error) {
	l.next()
	if l.peek() != '{' {
		name := l.name()
		value, ok := l.lookup(name)
		switch {
		case name == "":
			return "$", nil
		case !ok && l.keepUnset:
			return "$" + name, nil
		}
		return value, nil
	}
	l.next()
	switch l.peek() {
	case eof:
		return "", errors.New("syntax error: missing '}'")
	case '{', '}', ':':
		return "", errors.New("syntax error: bad substitution")
	}
	name := l.name()
	value, ok := l.lookup(name)
	kept := !ok && l.keepUnset
	modifier := l.next()
	said := string(modifier)
	colon := modifier == ':'
	if colon {
		modifier = l.next()
		said += string(modifier)
	}
	cuts := modifier == '#' || modifier == '%'
	switch {
	case modifier == '}' && !colon:
		if kept {
			return "${" + name + "}", nil
		}
		return value, nil
	case l.old:
		if said = string(modifier); !colon && modifier != '?' {
			return "", errors.New("missing ':' in substitution")
		}
	case modifier == '/' && !colon:
		return l.replace(name, value, kept)
	case colon && cuts, !colon && !cuts && !strings.ContainsRune("+-?", modifier):
		return "", errModifier(said)
	}
	word, err := l.inBraces('}', "'}'", cuts)
	missing := !ok || colon && value == ""
	switch {
	case err != nil:
		return "", err
	case kept:
		return "${" + name + said + word + "}", nil
	case modifier == '-' && missing, modifier == '+' && !missing:
		return word, nil
	case modifier == '-', modifier == '?' && !missing:
		return value, nil
	case modifier == '+':
		return "", nil
	case modifier == '?' && word == "" && !ok:
		word = "is not allowed to be unset"
	case modifier == '?' && word == "":
		word = "is not allowed to be empty"
	case modifier == '?':
	case cuts && !colon:
		return cut(value, word, modifier)
	default:
		return "", errModifier(said)
	}
	return "", fmt.Errorf("%s: %s", name, word)
}

func errModifier(modifier string) error {
	return fmt.Errorf("unsupported modifier (%s) in substitution", modifier)
}

// maxDepth is how deep braces may be in braces. BuildKit has no limit but that of the stack, which ends the process.
const maxDepth = 10_000

// inBraces reads up to a character inside braces; missing is what an error calls it.
func (l *lexer) inBraces(stop rune, missing string, raw bool) (string, error) {
	if l.depth == maxDepth {
		return "", fmt.Errorf("braces in more than %d others are not imitated by fakedockerd", maxDepth)
	}
	defer func(before bool) { l.raw, l.depth = before, l.depth-1 }(l.raw)
	l.raw, l.depth = raw, l.depth+1
	text, _, err := l.until(stop)
	if err != nil && l.peek() == eof {
		err = fmt.Errorf("syntax error: missing %s", missing)
	}
	return text, err
}

// replace reads "pattern/replacement}" or "/pattern/replacement}", which replaces all.
func (l *lexer) replace(name, value string, kept bool) (string, error) {
	all := l.peek() == '/'
	if all {
		l.next()
	}
	pattern, err := l.inBraces('/', "'/' in ${}", true)
	if err != nil {
		return "", err
	}
	replacement, err := l.inBraces('}', "'}'", true)
	if err != nil {
		return "", err
	}
	if kept {
		return "${" + name + "/" + pattern + "/" + replacement + "}", nil
	}
	re, err := shellPattern(pattern, true)
	if err != nil {
		return "", err
	}
	if all {
		return re.ReplaceAllString(value, replacement), nil
	}
	if found := re.FindStringIndex(value); found != nil {
		value = value[:found[0]] + replacement + value[found[1]:]
	}
	return value, nil
}

// cut cuts what a pattern matches off the beginning or, with %, the end; the most of it if the sign is there twice.
func cut(value, pattern string, sign rune) (string, error) {
	pattern, greedy := strings.CutPrefix(pattern, string(sign))
	if sign == '%' {
		value, pattern = reverse(value), reversePattern(pattern)
	}
	re, err := shellPattern(pattern, greedy)
	if err != nil {
		return "", err
	}
	// The pattern may match later, but not only there.
	if found := re.FindStringIndex(value); found != nil && found[0] == 0 {
		value = value[found[1]:]
	}
	if sign == '%' {
		value = reverse(value)
	}
	return value, nil
}

// shellPattern makes a regular expression of a pattern with * and ?.
func shellPattern(pattern string, greedy bool) (*regexp.Regexp, error) {
	star := ".*?"
	if greedy {
		star = ".*"
	}
	var out strings.Builder
	for chars := []rune(strings.TrimPrefix(pattern, "\ufeff")); len(chars) > 0; chars = chars[1:] {
		switch c := chars[0]; c {
		case '*':
			out.WriteString(star)
		case '?':
			out.WriteByte('.')
		case '\\':
			escaped := eof
			if len(chars) > 1 {
				escaped = chars[1]
			}
			switch escaped {
			case '}', '/': // they are escaped for the braces
			case '*', '?', '\\':
				out.WriteString(`\` + string(escaped))
				chars = chars[1:]
			default:
				return nil, fmt.Errorf("invalid pattern (%s) in substitution: invalid escape '\\%c'", pattern, escaped)
			}
		default:
			out.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return regexp.Compile(out.String())
}

func reverse(text string) string {
	chars := []rune(text)
	slices.Reverse(chars)
	return string(chars)
}

// reversePattern reverses a pattern, but for escapes: a\*c is c\*a.
func reversePattern(pattern string) string {
	chars := []rune(pattern)
	slices.Reverse(chars)
	for i := len(chars) - 1; i > 0; i-- {
		if chars[i] == '\\' {
			chars[i], chars[i-1] = chars[i-1], chars[i]
			i--
		}
	}
	return string(chars)
}

// name reads the name of a variable: of the shell's own, a number or one character.
func (l *lexer) name() string {
	length := func(in func(rune) bool) int {
		if n := slices.IndexFunc(l.text, func(c rune) bool { return !in(c) }); n >= 0 {
			return n
		}
		return len(l.text)
	}
	var n int
	switch first := l.peek(); {
	case unicode.IsDigit(first):
		n = length(unicode.IsDigit)
	case strings.ContainsRune("@*#?-$!", first):
		n = 1
	default:
		n = length(func(c rune) bool { return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c) })
	}
	name := string(l.text[:n])
	l.text = l.text[n:]
	return name
}
