package program

import (
	"bufio"
	"fmt"
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
	file     string
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
	hold     string
	appended []func()
	replaced bool
	quit     bool
	files    map[string]file
}

type sedError string

func sed(t *tool) {
	s := &sedScript{tool: t, extended: t.has("rE"), files: make(map[string]file)}
	args := t.args
	var parts []string
	for _, e := range t.opt['e'] {
		parts = append(parts, e)
	}
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
	for _, f := range s.files {
		f.Close()
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
		case '=', 'd', 'D', 'g', 'G', 'h', 'H', 'l', 'n', 'N', 'p', 'P', 'x', 'z':
		case 'q', 'Q':
			c.nth, _ = strconv.Atoi(word())
		case ':':
			labels[word()] = at
		case 'b', 't', 'T':
			jumps[at] = word()
		case 'a', 'i', 'c':
			c.text, text = sedText(text)
		case 'r', 'w':
			line, rest, _ := strings.Cut(text, "\n")
			c.file, text = strings.TrimSpace(line), rest
			if c.file == "" {
				return "empty filename"
			}
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
		case f == 'w':
			c.file, text, _ = strings.Cut(strings.TrimSpace(text[1:]), "\n")
			text = "\n" + text
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

// sedInput reads lines of files, knowing which is the last.
type sedInput struct {
	s     *sedScript
	names []string
	file  file
	r     *bufio.Reader
	ahead *string
	ended bool // the last line had a newline
}

func (in *sedInput) read() (string, bool) {
	for {
		if in.r == nil {
			if len(in.names) == 0 {
				return "", false
			}
			name := in.names[0]
			in.names = in.names[1:]
			f, err := in.s.open(name)
			if err != nil {
				in.s.fail(name, err)
				continue
			}
			in.file, in.r = f, bufio.NewReaderSize(f, 16<<10)
		}
		line, err := in.r.ReadString('\n')
		if line != "" {
			return line, true
		}
		if err != io.EOF {
			in.s.errorf("read error: %s", reason(err))
		}
		in.file.Close()
		in.r = nil
	}
}

func (in *sedInput) next() (line string, ok bool) {
	if in.ahead != nil {
		line, ok = *in.ahead, true
		in.ahead = nil
	} else {
		line, ok = in.read()
	}
	if ok {
		line, in.ended = strings.CutSuffix(line, "\n")
	}
	return line, ok
}

func (in *sedInput) isLast() bool {
	if in.ahead == nil {
		if line, ok := in.read(); ok {
			in.ahead = &line
		}
	}
	return in.ahead == nil
}

func (s *sedScript) process(names []string) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	s.in = &sedInput{s: s, names: names}
	s.hold = ""
	for !s.quit {
		line, ok := s.in.next()
		if !ok {
			return
		}
		s.line++
		s.pattern = line
		for s.cycle() {
		}
		if s.in.ahead == nil && s.in.r != nil && s.in.r.Buffered() == 0 && s.p.IsTerminal(1) {
			s.tool.out.Flush()
		}
	}
}

func (s *sedScript) print(text string) {
	io.WriteString(s.out, text)
	if s.in.ended || !s.in.isLast() {
		io.WriteString(s.out, "\n")
	}
}

func (s *sedScript) end() {
	if !s.has("n") {
		s.print(s.pattern)
	}
	s.flushAppended()
}

func (s *sedScript) flushAppended() {
	for _, f := range s.appended {
		f()
	}
	s.appended = nil
}

// cycle runs the script once and reports whether it begins again with what is left of the pattern space.
func (s *sedScript) cycle() (again bool) {
	s.replaced = false
	for at := 0; at < len(s.commands); at++ {
		s.p.Check()
		c := &s.commands[at]
		if s.applies(c) == c.not {
			if c.name == '{' {
				at = c.jump
			}
			continue
		}
		switch c.name {
		case '=':
			fmt.Fprintln(s.out, s.line)
		case 'a':
			text := c.text
			s.appended = append(s.appended, func() { io.WriteString(s.out, text) })
		case 'i':
			io.WriteString(s.out, c.text)
		case 'c':
			if c.to == nil || c.not || !c.inside {
				io.WriteString(s.out, c.text)
			}
			s.flushAppended()
			return false
		case 'r':
			name := c.file
			s.appended = append(s.appended, func() {
				data, _ := s.whole(name)
				s.out.Write(data)
			})
		case 'w':
			s.write(c.file)
		case 'd':
			s.flushAppended()
			return false
		case 'D':
			_, rest, more := strings.Cut(s.pattern, "\n")
			s.flushAppended()
			s.pattern = rest
			return more
		case 'g':
			s.pattern = s.hold
		case 'G':
			s.pattern += "\n" + s.hold
		case 'h':
			s.hold = s.pattern
		case 'H':
			s.hold += "\n" + s.pattern
		case 'x':
			s.pattern, s.hold = s.hold, s.pattern
		case 'z':
			s.pattern = ""
		case 'l':
			fmt.Fprintf(s.out, "%s$\n", strings.Trim(strconv.Quote(s.pattern), `"`))
		case 'p':
			s.print(s.pattern)
		case 'P':
			first, _, _ := strings.Cut(s.pattern, "\n")
			fmt.Fprintln(s.out, first)
		case 'n', 'N':
			if s.in.isLast() {
				s.quit = true
				if c.name == 'n' || s.has("n") {
					s.flushAppended()
				}
				s.end()
				return false
			}
			if c.name == 'n' {
				s.end()
			}
			line, _ := s.in.next()
			s.line++
			if c.name == 'N' {
				line = s.pattern + "\n" + line
			}
			s.pattern = line
		case 'q', 'Q':
			s.quit, s.code = true, c.nth
			if c.name == 'q' {
				s.end()
			}
			return false
		case 's':
			if s.substitute(c) {
				s.replaced = true
				if c.print {
					s.print(s.pattern)
				}
				if c.file != "" {
					s.write(c.file)
				}
			}
		case 'y':
			from, to := []rune(c.text), []rune(c.with)
			s.pattern = strings.Map(func(r rune) rune {
				if i := slices.Index(from, r); i >= 0 {
					return to[i]
				}
				return r
			}, s.pattern)
		case 'b':
			at = c.jump - 1
		case 't', 'T':
			if s.replaced == (c.name == 't') {
				at = c.jump - 1
			}
			s.replaced = false
		}
	}
	s.end()
	return false
}

func (s *sedScript) write(name string) {
	f, ok := s.files[name]
	if !ok {
		var err error
		if f, err = s.openFile(name, create, 0o666); err != nil {
			s.fail(name, err)
			return
		}
		s.files[name] = f
	}
	io.WriteString(f, s.pattern+"\n")
}

func (s *sedScript) matches(a *address) bool {
	switch {
	case a.re != nil:
		return a.re.MatchString(s.pattern)
	case a.last:
		return s.in.isLast()
	}
	return s.line == a.line
}

func (s *sedScript) applies(c *sedCommand) bool {
	switch {
	case c.from == nil:
		return true
	case c.to == nil:
		return s.matches(c.from)
	case c.inside:
		switch {
		case c.to.line == -1:
			c.inside = s.line < c.until
		case c.to.re == nil && !c.to.last:
			c.inside = s.line < c.to.line
			return s.line <= c.to.line || s.matches(c.from)
		default:
			c.inside = !s.matches(c.to)
		}
		return true
	case s.matches(c.from) || c.from.re == nil && c.from.line == 0 && !c.from.last && s.line == 1:
		c.until = s.line + c.to.plus
		switch {
		case c.to.line == -1:
			c.inside = c.to.plus > 0
		case c.to.re != nil:
			c.inside = c.from.re != nil || c.from.line != 0 || !s.matches(c.to)
		case c.to.last:
			c.inside = !s.in.isLast()
		default:
			c.inside = c.to.line > s.line
		}
		return true
	}
	return false
}

// substitute is the command s; it reports whether something was replaced.
func (s *sedScript) substitute(c *sedCommand) bool {
	text := s.pattern
	var b strings.Builder
	done, count := 0, 0
	for _, m := range c.re.FindAllStringSubmatchIndex(text, -1) {
		if count++; count < c.nth {
			continue
		}
		b.WriteString(text[done:m[0]])
		b.WriteString(replacement(c.with, text, m))
		done = m[1]
		if !c.global {
			break
		}
	}
	if count < c.nth {
		return false
	}
	s.pattern = b.String() + text[done:]
	return true
}

// replacement fills in what was matched.
func replacement(with, text string, m []int) string {
	var b strings.Builder
	caseOf, once := byte(0), byte(0)
	put := func(part string) {
		switch {
		case part == "":
			return
		case caseOf == 'U':
			part = strings.ToUpper(part)
		case caseOf == 'L':
			part = strings.ToLower(part)
		}
		switch once {
		case 'u':
			part = strings.ToUpper(part[:1]) + part[1:]
		case 'l':
			part = strings.ToLower(part[:1]) + part[1:]
		}
		once = 0
		b.WriteString(part)
	}
	group := func(n int) {
		if 2*n+1 < len(m) && m[2*n] >= 0 {
			put(text[m[2*n]:m[2*n+1]])
		}
	}
	for i := 0; i < len(with); i++ {
		switch c := with[i]; {
		case c == '&':
			group(0)
		case c == '\\' && i+1 < len(with):
			i++
			switch c := with[i]; {
			case c >= '0' && c <= '9':
				group(int(c - '0'))
			case c == 'n':
				put("\n")
			case c == 't':
				put("\t")
			case c == 'U' || c == 'L' || c == 'E':
				caseOf = c
			case c == 'u' || c == 'l':
				once = c
			default:
				put(string(c))
			}
		default:
			put(with[i : i+1])
		}
	}
	return b.String()
}
