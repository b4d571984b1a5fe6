// Package shellwords splits command lines into words and quotes words, as a POSIX shell does. It knows blanks, quotes and
// backslashes; whatever else means something to a shell stands for itself. A parser of the whole language,
// mvdan.cc/sh/v3/syntax, agrees in the tests.
package shellwords

import (
	"fmt"
	"regexp"
	"strings"
)

// Unclosed is the quote that a line opens and does not close.
type Unclosed rune

func (u Unclosed) Error() string { return fmt.Sprintf("the quote %c is not closed", u) }

// Split returns the words of a line. Its error is an Unclosed.
func Split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	var quote, escaped rune
	for _, r := range line {
		switch {
		case escaped != 0:
			escaped = 0
			if r == '\n' {
				continue // the line goes on
			}
			if quote == '"' && !strings.ContainsRune("$`\"\\", r) {
				word.WriteByte('\\')
			}
			word.WriteRune(r)
			inWord = true
		case r == '\\' && quote != '\'':
			escaped = r
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case strings.ContainsRune(" \t\n", r):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, Unclosed(quote)
	}
	if escaped != 0 {
		word.WriteRune(escaped)
		inWord = true
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// Quote returns a word as a shell takes it, in single quotes where it needs any.
func Quote(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
