package program

import (
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// address is where a command of sed applies.
type address struct {
	line int // -1: plus counts
	last bool
	re   *regexp.Regexp
	plus int // of the second: so many lines more
}

type sedCommand struct {
	from, to *address
	not      bool
	name     byte
	text     string
	re       *regexp.Regexp
	with     string
	nth      int
	global   bool
	print    bool
	jump     int // of b, t, T and {: the number of the command
	inside   bool
	until    int
}

// script is sed's program while it is read and while it runs.
type sedScript struct {
	*tool
	commands []sedCommand
	last     *regexp.Regexp
	extended bool

	out      io.Writer
	in       *sedInput
	line     int
	pattern  string
	space    string // that of h and g
	appended []func()
	replaced bool
	quit     bool
}

type sedError string

func sed(t *tool) {
	s := &sedScript{tool: t, extended: t.has("rE")}
	args := t.args
	parts := slices.Clone(t.opt['e'])
	for _, name := range t.opt['f'] {
		data, err := t.whole(name)
		if err != nil {
			t.fail(name, err)
			return
		}
		parts = append(parts, strings.TrimSuffix(string(data), "\n"))
	}
	if len(t.opt['e'])+len(t.opt['f']) == 0 {
		if len(args) == 0 {
			t.usage()
			return
		}
		parts, args = args[:1], args[1:]
	}
	if err := s.parse(strings.Join(parts, "\n")); err != "" {
		t.errorf("%s", string(err))
		return
	}
	s.out = t.out
	if !t.has("i") {
		s.process(args)
	} else {
		for _, name := range args {
			s.inPlace(name)
		}
	}
}

func (s *sedScript) inPlace(name string) {
	info, err := s.stat(name)
	if err != nil {
		s.fail(name, err)
		return
	}
	var b strings.Builder
	s.out, s.line, s.quit = &b, 0, false
	s.process([]string{name})
	if suffix := s.value('i', ""); suffix != "" {
		_ = s.rename(name, name+suffix) // as busybox does not look at it
	}
	f, err := s.openFile(name, create, info.Mode().Perm())
	if err == nil {
		_, err = io.WriteString(f, b.String())
		f.Close()
	}
	if err != nil {
		s.fail(name, err)
	}
}

// parse reads a script.
func (s *sedScript) parse(text string) sedError {
	labels, jumps := make(map[string]int), make(map[int]string)
	var open []int
	for {
		text = strings.TrimLeft(text, " \t\n;")
		if text == "" {
			break
		}
		if text[0] == '#' {
			_, text, _ = strings.Cut(text, "\n")
			continue
		}
		var c sedCommand
		var err sedError
		if c.from, text, err = s.address(text); err != "" {
			return err
		}
		if c.from != nil && strings.HasPrefix(strings.TrimLeft(text, " \t"), ",") {
			text = strings.TrimLeft(strings.TrimLeft(text, " \t")[1:], " \t")
			plus := strings.HasPrefix(text, "+")
			if c.to, text, err = s.address(strings.TrimPrefix(text, "+")); err != "" {
				return err
			}
			if c.to == nil {
				return "no address after comma"
			}
			if plus {
				c.to.plus, c.to.line = c.to.line, -1
			}
		}
		text = strings.TrimLeft(text, " \t")
		for strings.HasPrefix(text, "!") {
			c.not = true
			text = strings.TrimLeft(text[1:], " \t")
		}
		if text == "" {
			return "missing command"
		}
		c.name, text = text[0], text[1:]
		word := func() string {
			end := strings.IndexAny(text, ";\n}")
			if end < 0 {
				end = len(text)
			}
			w := strings.TrimSpace(text[:end])
			text = text[end:]
			return w
		}
		at := len(s.commands)
		switch c.name {
		case '{':
			open = append(open, at)
		case '}':
			if len(open) == 0 {
				return "unexpected }"
			}
			s.commands[open[len(open)-1]].jump = at
			open = open[:len(open)-1]
		case '=', 'd', 'D', 'g', 'G', 'h', 'H', 'n', 'N', 'p', 'P', 'x':
		case 'q', 'Q':
			c.nth, _ = strconv.Atoi(word())
		case ':':
			labels[word()] = at
		case 'b', 't':
			jumps[at] = word()
		case 'a', 'i', 'c':
			c.text, text = sedText(text)
		case 's':
			if text, err = s.substitution(&c, text); err != "" {
				return err
			}
		case 'y':
			parts, rest, err := delimited(text, 2)
			if err != "" {
				return err
			}
			c.text, c.with, text = sedUnescape(parts[0]), sedUnescape(parts[1]), rest
			if len([]rune(c.text)) != len([]rune(c.with)) {
				return "y command strings have different lengths"
			}
		default:
			return sedError("unsupported command " + string(c.name))
		}
		s.commands = append(s.commands, c)
	}
	if len(open) > 0 {
		return "unmatched '{'"
	}
	for at, label := range jumps {
		if s.commands[at].jump = len(s.commands); label != "" {
			to, ok := labels[label]
			if !ok {
				return sedError("can't find label for jump to '" + label + "'")
			}
			s.commands[at].jump = to
		}
	}
	return ""
}

// sedText reads the text of a, i and c: to the end of the line, which a backslash makes go on.
func sedText(text string) (string, string) {
	text = strings.TrimLeft(text, " \t")
	if strings.HasPrefix(text, "\\") {
		if text = strings.TrimLeft(text[1:], " \t"); strings.HasPrefix(text, "\n") {
			text = text[1:]
		}
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
			if c, ok := map[byte]byte{'t': '\t', 'n': '\n'}[text[i]]; ok {
				b.WriteByte(c)
				continue
			}
		} else if text[i] == '\n' {
			return b.String() + "\n", text[i+1:]
		}
		b.WriteByte(text[i])
	}
	return b.String() + "\n", ""
}

func (s *sedScript) address(text string) (*address, string, sedError) {
	if text == "" {
		return nil, text, ""
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9':
		digits := text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
		a := new(address)
		a.line, _ = strconv.Atoi(digits)
		text = text[len(digits):]
		return a, text, ""
	case c == '$':
		return &address{last: true}, text[1:], ""
	case c == '/' || c == '\\' && len(text) > 1:
		parts, rest, err := delimited(strings.TrimPrefix(text, "\\"), 1)
		if err != "" {
			return nil, "", err
		}
		fold := false
		if rest, fold = strings.CutPrefix(rest, "I"); fold {
			text = rest
		}
		re, err := s.regex(parts[0], fold)
		return &address{re: re}, rest, err
	}
	return nil, text, ""
}

// regex compiles; an empty expression is the last one.
func (s *sedScript) regex(text string, fold bool) (*regexp.Regexp, sedError) {
	if text == "" {
		if s.last == nil {
			return nil, "no previous regexp"
		}
		return s.last, ""
	}
	re, err := posix(text, s.extended, fold)
	if err != nil {
		return nil, sedError("bad regex '" + text + "'")
	}
	s.last = re
	return re, ""
}

// delimited takes n parts that the first character stands between and behind.
func delimited(text string, n int) (parts []string, rest string, err sedError) {
	if text == "" {
		return nil, "", "bad format in substitution expression"
	}
	mark := text[0]
	text = text[1:]
	for range n {
		var b strings.Builder
		i := 0
		for ; i < len(text) && text[i] != mark; i++ {
			switch {
			case text[i] == '\\' && i+1 < len(text):
				if i++; text[i] != mark {
					b.WriteByte('\\')
				}
			case text[i] == '[' && len(parts) == 0:
				if end := bracketEnd(text, i); end > 0 && strings.IndexByte(text[i:end], mark) < 0 {
					b.WriteString(text[i:end])
					i = end
				}
			}
			b.WriteByte(text[i])
		}
		if i == len(text) {
			return nil, "", sedError("unmatched '" + string(mark) + "'")
		}
		parts, text = append(parts, b.String()), text[i+1:]
	}
	return parts, text, ""
}

func (s *sedScript) substitution(c *sedCommand, text string) (string, sedError) {
	parts, text, err := delimited(text, 2)
	if err != "" {
		return "", err
	}
	fold := false
	c.nth = 1
	for ; text != "" && strings.IndexByte(" \t;\n}", text[0]) < 0; text = text[1:] {
		switch f := text[0]; {
		case f == 'g':
			c.global = true
		case f == 'p':
			c.print = true
		case f == 'i' || f == 'I':
			fold = true
		case f >= '1' && f <= '9':
			digits := text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
			c.nth, _ = strconv.Atoi(digits)
			text = text[len(digits)-1:]
		default:
			return "", "bad option in substitution expression"
		}
	}
	c.re, err = s.regex(parts[0], fold)
	c.with = parts[1]
	return text, err
}

func sedUnescape(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(text)
}
