package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// split takes the arguments of an instruction apart and reports whether they were a JSON list.
type split func(r *reader, rest string) (args []string, isJSON bool, err error)

// whole is one argument.
func whole(_ *reader, rest string) ([]string, bool, error) {
	if rest == "" {
		return nil, false, nil
	}
	return []string{rest}, false, nil
}

// list is a JSON list, or words.
func list(r *reader, rest string) ([]string, bool, error) {
	if args, ok, err := jsonList(r, rest); ok || err != nil {
		return args, ok, err
	}
	return blankWords(r, rest)
}

// command is a JSON list, or a line for the shell.
func command(r *reader, rest string) ([]string, bool, error) {
	if args, ok, err := jsonList(r, rest); ok || err != nil {
		return args, ok, err
	}
	return whole(r, rest)
}

// healthcheck is the kind of a health check and its command.
func healthcheck(r *reader, rest string) ([]string, bool, error) {
	// As in BuildKit, bytes and not characters.
	end := 0
	for end < len(rest) && !unicode.IsSpace(rune(rest[end])) {
		end++
	}
	next := end
	for next < len(rest) && unicode.IsSpace(rune(rest[next])) {
		next++
	}
	if end == 0 {
		return nil, false, nil
	}
	args, isJSON, err := command(r, rest[next:])
	return append([]string{rest[:end]}, args...), isJSON, err
}

func blankWords(_ *reader, rest string) ([]string, bool, error) {
	var words []string
	for rest != "" {
		var word string
		word, rest = cutBlanks(rest)
		words = append(words, word)
	}
	return words, false, nil
}

func quotedWords(r *reader, rest string) ([]string, bool, error) { return r.quoted(rest), false, nil }

// pairs are "name=value" with quotes, or one pair as "name value".
func pairs(instruction string) split {
	return func(r *reader, rest string) (args []string, isJSON bool, err error) {
		words := r.quoted(rest)
		if len(words) > 0 && !strings.Contains(words[0], "=") {
			name, value := cutBlanks(rest)
			if name == rest {
				return nil, false, fmt.Errorf("%s must have two arguments", instruction)
			}
			return []string{name, value}, false, nil
		}
		for _, word := range words {
			name, value, ok := strings.Cut(word, "=")
			if !ok {
				return nil, false, fmt.Errorf("Syntax error - can't find = in %q. Must be of the form: name=value", word)
			}
			args = append(args, name, value)
		}
		return args, false, nil
	}
}

// jsonList reads a JSON list of strings. What is no JSON is no error.
func jsonList(r *reader, rest string) (words []string, ok bool, err error) {
	rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
	if !strings.HasPrefix(rest, "[") {
		return nil, false, nil
	}
	var values []any
	if r.Old { // which minds nothing behind the list
		err = json.NewDecoder(strings.NewReader(rest)).Decode(&values)
	} else {
		err = json.Unmarshal([]byte(rest), &values)
	}
	if err != nil {
		return nil, false, nil
	}
	for _, value := range values {
		word, isString := value.(string)
		if !isString {
			return nil, false, errors.New("when using JSON array syntax, arrays must be comprised of strings only")
		}
		words = append(words, word)
	}
	return words, true, nil
}

// quoted splits at blanks that are not quoted. Quotes and escapes stay.
func (r *reader) quoted(text string) (words []string) {
	var word strings.Builder
	quote := rune(0)
	inside := false
	for i, width := 0, 0; i < len(text); i += width {
		var c rune
		c, width = utf8.DecodeRuneInString(text[i:])
		switch {
		case quote == 0 && unicode.IsSpace(c):
			if inside {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
			continue
		case c == rune(r.escape) && quote != '\'':
			if i+width == len(text) {
				continue // at the end it escapes nothing
			}
			word.WriteRune(c)
			i += width
			c, width = utf8.DecodeRuneInString(text[i:])
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		}
		word.WriteRune(c)
		inside = true
	}
	if inside {
		words = append(words, word.String())
	}
	return words
}
