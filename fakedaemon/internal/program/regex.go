package program

import (
	"errors"
	"regexp"
	"strings"
)

// posix makes a Go expression of one of POSIX, basic or extended, with what GNU adds. There is none of those with
// back-references.
func posix(text string, extended, ignoreCase bool) (*regexp.Regexp, error) {
	var b strings.Builder
	if b.WriteString("(?s"); ignoreCase {
		b.WriteByte('i')
	}
	b.WriteByte(')')
	start := true // where a star is a star
	for i := 0; i < len(text); i++ {
		c := text[i]
		was := start
		start = false
		switch {
		case c == '[':
			end := bracketEnd(text, i)
			if end < 0 {
				return nil, errors.New("bad regex")
			}
			b.WriteString(bracket(text[i+1 : end]))
			i = end
		case c == '\\' && i+1 < len(text):
			i++
			switch c = text[i]; {
			case strings.IndexByte("(){}+?|", c) >= 0:
				// What one kind of expression has with a backslash, the other has without.
				if extended {
					b.WriteByte('\\')
				}
				b.WriteByte(c)
				start = !extended && (c == '(' || c == '|')
			case c == '<' || c == '>':
				b.WriteString(`\b`)
			case strings.IndexByte("wWsSbB", c) >= 0:
				b.WriteByte('\\')
				b.WriteByte(c)
			case c == '`':
				b.WriteString(`\A`)
			case c == '\'':
				b.WriteString(`\z`)
			case c == 'n':
				b.WriteByte('\n')
			case c == 't' || c == 'r' || c == 'f' || c == 'v':
				b.WriteByte(escapeLetters[c])
			case c >= '1' && c <= '9':
				return nil, errors.New("bad regex")
			default:
				b.WriteString(regexp.QuoteMeta(string(c)))
			}
		case !extended && strings.IndexByte("(){}+?|", c) >= 0, c == '*' && was, extended && c == '{' && (was || i+1 == len(text) || text[i+1] < '0' || text[i+1] > '9'):
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '^' && !extended && !was, c == '$' && !extended && i+1 < len(text) && !strings.HasPrefix(text[i+1:], `\)`) && !strings.HasPrefix(text[i+1:], `\|`):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			start = c == '^' || extended && (c == '(' || c == '|')
			b.WriteByte(c)
		}
	}
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, errors.New("bad regex")
	}
	re.Longest()
	return re, nil
}

// bracketEnd finds the end of a bracket expression.
func bracketEnd(text string, at int) int {
	i := at + 1
	if i < len(text) && text[i] == '^' {
		i++
	}
	if i < len(text) && text[i] == ']' {
		i++
	}
	for ; i < len(text); i++ {
		if text[i] == ']' {
			return i
		}
		if text[i] == '[' && i+1 < len(text) && strings.IndexByte(":.=", text[i+1]) >= 0 {
			if end := strings.Index(text[i+2:], text[i+1:i+2]+"]"); end >= 0 {
				i += end + 3
			}
		}
	}
	return -1
}

// bracket is what is in a bracket expression, as Go has it: there backslashes and brackets are nothing special.
func bracket(inner string) string {
	var b strings.Builder
	b.WriteByte('[')
	if rest, ok := strings.CutPrefix(inner, "^"); ok {
		b.WriteByte('^')
		inner = rest
	}
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case strings.HasPrefix(inner[i:], "[:"):
			if end := strings.Index(inner[i:], ":]"); end > 0 {
				b.WriteString(inner[i : i+end+2])
				i += end + 1
				continue
			}
			b.WriteString(`\[`)
		case c == '\\' && i+1 < len(inner) && (inner[i+1] == 'n' || inner[i+1] == 't'):
			b.WriteString(inner[i : i+2])
			i++
		case c == '[' || c == ']' || c == '\\' || c == '^' || c == '&' || c == '~':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(']')
	return b.String()
}
