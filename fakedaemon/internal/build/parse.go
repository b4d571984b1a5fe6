// Package build reads Dockerfiles and builds them as dockerd's classic builder does.
package build

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Parser reads Dockerfiles as the frontend of BuildKit does that is part of dockerd (moby/buildkit,
// frontend/dockerfile).
type Parser struct {
	// Old is BuildKit 0.8, which dockerd 20.10 has: no heredocs, fewer flags and other words.
	Old bool
	// Signal says what is wrong with the name of a signal.
	Signal func(name string) error
}

// File is a Dockerfile that has been read.
type File struct {
	Instructions []Instruction
	// Escape takes the meaning of the character behind it, and continues a line at its end.
	Escape rune
	// Warnings are for the one who builds.
	Warnings []string
}

// Instruction is one of a Dockerfile, after the lines that it was continued on have been joined.
type Instruction struct {
	// Name is as in the file, or in lower case if the parser is old.
	Name string
	// Flags are those before the arguments, without their quotes: "--from=build".
	Flags []string
	// Args are the arguments: of ENV and LABEL names and values by turns, of ONBUILD those of its trigger after its name.
	Args []string
	// JSON says that the arguments were a JSON list.
	JSON bool
	// Text is the whole as it is in the file, and Line where it begins, from 1.
	Text string
	Line int
	// Heredocs are the texts that follow it. The classic builder passes them over.
	Heredocs []Heredoc

	word    *word
	trigger *Instruction
	// literal says that its arguments are not expanded.
	literal bool
	// flags are the values of flags by their names, once they have been checked.
	flags map[string][]string
}

// Heredoc is a text that ends with a line of its name.
type Heredoc struct {
	Name, Content string
	chomp         bool
}

// invalid makes a bad request of an error.
type invalid struct{ error }

func (e invalid) Unwrap() error { return e.error }

// InvalidParameter says that it is a bad request.
func (invalid) InvalidParameter() {}

// Parse reads a Dockerfile; name is what errors call it. The error is a bad request.
func (p Parser) Parse(name string, data []byte) (*File, error) {
	if len(data) == 0 {
		return nil, invalid{fmt.Errorf("the Dockerfile (%s) cannot be empty", name)}
	}
	f, err := p.read(data)
	if err != nil {
		return nil, invalid{fmt.Errorf("failed to parse %s: %w", name, err)}
	}
	stages := 0
	for i := range f.Instructions {
		in := &f.Instructions[i]
		if err := p.check(in); err != nil {
			on := "on "
			if p.Old {
				on = ""
			}
			return nil, invalid{fmt.Errorf("dockerfile parse error %sline %d: %w", on, in.Line, err)}
		}
		switch {
		case in.is("FROM"):
			stages++
		case stages == 0 && !in.is("ARG"):
			return nil, invalid{errors.New("no build stage in current context")}
		}
	}
	return f, nil
}

// is reports whether it is the instruction of a name in upper case.
func (in *Instruction) is(name string) bool { return in.word != nil && in.word.name == name }

// reader is where the reading of a Dockerfile has got to.
type reader struct {
	Parser
	lines  *bufio.Scanner
	number int
	escape byte
	// seen are the directives that have been; done says that no more may come.
	seen []string
	done bool
}

// read takes a Dockerfile apart, without a look at what the instructions make of their arguments.
func (p Parser) read(data []byte) (*File, error) {
	r := &reader{Parser: p, lines: bufio.NewScanner(bytes.NewReader(data)), escape: '\\'}
	if !p.Old {
		r.lines.Split(wholeLines)
	}
	f := &File{}
	for r.scan() {
		line := bytes.TrimLeftFunc(r.line(), unicode.IsSpace)
		if err := r.directive(line); err != nil {
			return nil, err
		}
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		start := r.number
		text, empty := r.join(line)
		if empty && p.Old {
			f.Warnings = append(f.Warnings, "Empty continuation line found in:\n    "+text)
		} else if empty {
			f.Warnings = append(f.Warnings, "Empty continuation line found in: "+text)
		}
		in, err := r.instruction(text)
		if err != nil {
			return nil, err
		}
		in.Line = start
		if in.Heredocs, err = r.heredocs(&in, text); err != nil {
			return nil, err
		}
		f.Instructions = append(f.Instructions, in)
	}
	f.Escape = rune(r.escape)
	switch err := r.lines.Err(); {
	case len(f.Instructions) == 0:
		return nil, errors.New("file with no instructions")
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("dockerfile line greater than max allowed size of %d", bufio.MaxScanTokenSize-1)
	default:
		return f, err
	}
}

func (r *reader) scan() bool {
	if !r.lines.Scan() {
		return false
	}
	r.number++
	return true
}

// line is the one that was scanned last, without its end.
func (r *reader) line() []byte {
	line := r.lines.Bytes()
	if r.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if r.Old {
		return line
	}
	return bytes.TrimRight(line, "\r\n")
}

// wholeLines is bufio.ScanLines, but keeps how a line ends.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

var directive = regexp.MustCompile(`^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$`)

// directive reads "# name=value", of which only the first lines may be one.
func (r *reader) directive(line []byte) error {
	if r.done {
		return nil
	}
	m := directive.FindSubmatch(line)
	if m == nil {
		r.done = true
		return nil
	}
	name, value := strings.ToLower(string(m[1])), string(m[2])
	switch {
	case name != "escape" && name != "syntax" && (r.Old || name != "check"):
		r.done = true
	case slices.Contains(r.seen, name):
		return fmt.Errorf("only one %s parser directive can be used", name)
	case name == "escape" && value != "`" && value != `\`:
		return fmt.Errorf("invalid escape token '%s' does not match ` or \\", value)
	case name == "escape":
		r.escape = value[0]
	}
	r.seen = append(r.seen, name)
	return nil
}

// join adds to a line those that it is continued on. Comments between them go; empty reports whether there were empty
// lines.
func (r *reader) join(line []byte) (text string, empty bool) {
	part, more := r.continued(line)
	joined := bytes.Clone(part)
	for more && r.scan() {
		line := r.line()
		switch begin := bytes.TrimLeftFunc(line, unicode.IsSpace); {
		case len(begin) == 0:
			empty = true
		case begin[0] != '#':
			part, more = r.continued(line)
			joined = append(joined, part...)
		}
	}
	return string(joined), empty
}

// continued reports whether a line goes on, which one does not whose last escape is escaped, and cuts the sign for it.
func (r *reader) continued(line []byte) ([]byte, bool) {
	before, ok := bytes.CutSuffix(bytes.TrimRight(line, " \t"), []byte{r.escape})
	if !ok || bytes.HasSuffix(before, []byte{r.escape}) {
		return line, false
	}
	return before, true
}

// instruction takes a line apart: the name, its flags and the arguments. Triggers may have triggers, as many as fit into a
// line: each is read once, and only the first has the words of all.
func (r *reader) instruction(line string) (in Instruction, err error) {
	last := &in
	for rest := ""; ; last, line = last.trigger, rest {
		last.Text = strings.TrimSpace(line)
		last.Name, rest = cutBlanks(last.Text)
		if last.word = words[strings.ToLower(last.Name)]; r.Old {
			last.Name = strings.ToLower(last.Name)
		}
		if rest, last.Flags = r.cutFlags(rest); last.word == nil {
			break
		}
		if rest = strings.TrimSpace(rest); !last.is("ONBUILD") || rest == "" {
			last.Args, last.JSON, err = last.word.split(r, rest)
			break
		}
		last.trigger = new(Instruction)
	}
	for below := in.trigger; below != nil; below = below.trigger {
		in.Args = append(in.Args, below.Name)
	}
	if last != &in {
		in.Args = append(in.Args, last.Args...)
	}
	return in, err
}

// blanks are what separates words where no quotes are minded.
const blanks = "\t\v\f\r "

func cutBlanks(text string) (word, rest string) {
	i := strings.IndexAny(text, blanks)
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimLeft(text[i:], blanks)
}

// cutFlags cuts the words that begin with "--". As BuildKit does, it takes each byte for a character.
func (r *reader) cutFlags(text string) (rest string, flags []string) {
	escape := r.escape
	if r.Old {
		escape = '\\'
	}
	var word []rune
	var quote byte
	inside := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch blank := unicode.IsSpace(rune(c)); {
		case !inside && blank:
			continue
		case !inside && !strings.HasPrefix(text[i:], "--"):
			return text[i:], flags
		case quote == 0 && blank:
			if string(word) == "--" {
				return text[i:], flags
			}
			flags = append(flags, string(word))
			word, inside = nil, false
			continue
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
			continue
		case quote != 0 && c == quote:
			quote = 0
			continue
		case c == escape && i+1 == len(text):
			continue
		case c == escape:
			i++
			c = text[i]
		}
		inside = true
		word = append(word, rune(c))
	}
	if inside && string(word) != "--" {
		flags = append(flags, string(word))
	}
	return "", flags
}

var heredocWord = regexp.MustCompile(`^\d*<<(-?)\s*([^<]*)$`)

// heredocs reads the texts that follow an instruction.
func (r *reader) heredocs(in *Instruction, line string) (all []Heredoc, err error) {
	if in.is("ONBUILD") && in.trigger != nil {
		in = in.trigger
	}
	if r.Old || in.JSON || !in.is("ADD") && !in.is("COPY") && !in.is("RUN") || !strings.Contains(line, "<<") {
		return nil, nil
	}
	lexer := &lexer{escape: '\\', keepQuotes: true, keepEscapes: true, keepUnset: true, lookup: noVariables}
	_, words, _ := lexer.process(line) // what is no list of words has no heredocs
	for _, word := range words {
		name, chomp, err := heredocName(word)
		if err != nil {
			return nil, err
		}
		if name != "" {
			all = append(all, Heredoc{Name: name, chomp: chomp})
		}
	}
	for i := range all {
		if err := r.heredoc(&all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func noVariables(string) (string, bool) { return "", false }

// heredocName returns the word that ends a heredoc, and whether tabs before it and its lines go; "" means that it is
// none.
func heredocName(word string) (name string, chomp bool, err error) {
	m := heredocWord.FindStringSubmatch(word)
	if m == nil || m[2] == "" {
		return "", false, nil
	}
	_, words, err := (&lexer{escape: '\\', keepUnset: true, lookup: noVariables}).process(m[2])
	if err != nil || len(words) != 1 {
		return "", false, err
	}
	return words[0], m[1] != "", nil
}

func (r *reader) heredoc(h *Heredoc) error {
	var content strings.Builder
	for r.scan() {
		end := string(bytes.TrimRight(r.lines.Bytes(), "\r\n"))
		if h.chomp {
			end = strings.TrimLeft(end, "\t")
		}
		if end == h.Name {
			h.Content = content.String()
			return nil
		}
		content.Write(r.lines.Bytes())
	}
	return errors.New("unterminated heredoc")
}
