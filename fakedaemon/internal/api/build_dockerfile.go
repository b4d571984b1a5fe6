package api

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// instruction is one line of a Dockerfile, after those that it was continued on have been joined.
type instruction struct {
	name string // in upper case
	// flags are those before the arguments: "--from=build".
	flags []string
	rest  string
	text  string // as it is in the file
	line  int    // where it ends, from 1
}

var (
	directive = regexp.MustCompile(`^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$`)
	// dockerfileWords are the instructions that there are.
	dockerfileWords = []string{
		"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL",
		"STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
	}
)

// dockerfileError is dockerd's error of a line (moby/buildkit, frontend/dockerfile).
type dockerfileError struct {
	line   int
	reason string
	old    bool // in the words of OldBuildTexts
}

func (e dockerfileError) Error() string {
	if e.old {
		return fmt.Sprintf("dockerfile parse error line %d: %s", e.line, e.reason)
	}
	return fmt.Sprintf("dockerfile parse error on line %d: %s", e.line, e.reason)
}

// InvalidParameter says that it is a bad request.
func (dockerfileError) InvalidParameter() {}

// parseDockerfile reads a Dockerfile. The error is a bad request.
func (s *server) parseDockerfile(data []byte) ([]instruction, error) {
	var list []instruction
	escape, directives := `\`, true
	var open string
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	lines.Buffer(nil, len(data)+1)
	number := 0
	end := func() error {
		in, err := parseInstruction(open, number)
		open = ""
		if err == nil && !slices.Contains(dockerfileWords, in.name) {
			err = fmt.Errorf("unknown instruction: %s", in.name)
		}
		if err != nil {
			return dockerfileError{number, err.Error(), s.Engine.OldBuildTexts}
		}
		list = append(list, in)
		return nil
	}
	for lines.Scan() {
		number++
		line := strings.TrimRight(lines.Text(), " \t\r")
		trimmed := strings.TrimLeft(line, " \t")
		if m := directive.FindStringSubmatch(trimmed); m != nil && directives {
			if strings.EqualFold(m[1], "escape") {
				escape = m[2]
			}
			continue
		}
		directives = false
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue // also between the lines of one instruction
		}
		if open == "" {
			line = trimmed
		}
		if before, ok := strings.CutSuffix(line, escape); ok {
			open += before
			continue
		}
		open += line
		if err := end(); err != nil {
			return nil, err
		}
	}
	if open != "" {
		if err := end(); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, invalid{fmt.Errorf("the Dockerfile (%s) cannot be empty", "Dockerfile")}
	}
	return list, nil
}

// parseInstruction takes a line apart: the word, its flags and the rest.
func parseInstruction(text string, line int) (instruction, error) {
	name, rest, _ := strings.Cut(text, " ")
	if tab := strings.IndexByte(name, '\t'); tab >= 0 {
		name, rest = text[:tab], text[tab+1:]
	}
	in := instruction{name: strings.ToUpper(name), rest: strings.TrimSpace(rest), text: text, line: line}
	for strings.HasPrefix(in.rest, "--") {
		flag, after, _ := strings.Cut(in.rest, " ")
		in.flags, in.rest = append(in.flags, flag), strings.TrimSpace(after)
	}
	if in.rest == "" && slices.Contains(dockerfileWords, in.name) && in.name != "CMD" && in.name != "ENTRYPOINT" {
		return in, fmt.Errorf("%s requires at least one argument", in.name)
	}
	return in, nil
}

// flag gives the value of a flag of an instruction.
func (in instruction) flag(name string) (value string, ok bool) {
	for _, flag := range in.flags {
		if value, ok := strings.CutPrefix(flag, "--"+name+"="); ok {
			return value, true
		}
		if flag == "--"+name {
			return "", true
		}
	}
	return "", false
}

// expand replaces $NAME, ${NAME}, ${NAME:-word} and ${NAME:+word} by what lookup says; a backslash takes their meaning.
func expand(text string, lookup func(name string) (string, bool)) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '$':
			b.WriteByte('$')
			i++
		case text[i] != '$' || i+1 == len(text):
			b.WriteByte(text[i])
		case text[i+1] == '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				b.WriteString(text[i:])
				return b.String()
			}
			b.WriteString(expandBraces(text[i+2:i+end], lookup))
			i += end
		default:
			n := 1
			for i+n < len(text) && isNameByte(text[i+n]) {
				n++
			}
			if n == 1 {
				b.WriteByte('$')
				continue
			}
			value, _ := lookup(text[i+1 : i+n])
			b.WriteString(value)
			i += n - 1
		}
	}
	return b.String()
}

func expandBraces(inside string, lookup func(string) (string, bool)) string {
	if name, word, ok := strings.Cut(inside, ":-"); ok {
		if value, _ := lookup(name); value != "" {
			return value
		}
		return expand(word, lookup)
	}
	if name, word, ok := strings.Cut(inside, ":+"); ok {
		if value, _ := lookup(name); value == "" {
			return ""
		}
		return expand(word, lookup)
	}
	value, _ := lookup(inside)
	return value
}

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
