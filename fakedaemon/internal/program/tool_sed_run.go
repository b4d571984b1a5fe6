package program

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

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
		var line []byte
		part, err := in.r.ReadSlice('\n')
		for ; err == bufio.ErrBufferFull; part, err = in.r.ReadSlice('\n') {
			line = append(line, part...)
			in.s.bound(len(line))
		}
		if line = append(line, part...); len(line) > 0 {
			return string(line), true
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
	s.space = ""
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
		case 'd':
			s.flushAppended()
			return false
		case 'D':
			_, rest, more := strings.Cut(s.pattern, "\n")
			s.flushAppended()
			s.pattern = rest
			return more
		case 'g':
			s.pattern = s.space
		case 'G':
			s.pattern += "\n" + s.space
			s.bound(len(s.pattern))
		case 'h':
			s.space = s.pattern
		case 'H':
			s.space += "\n" + s.pattern
			s.bound(len(s.space))
		case 'x':
			s.pattern, s.space = s.space, s.pattern
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
				s.bound(len(line))
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
		case 't':
			if s.replaced {
				at = c.jump - 1
			}
			s.replaced = false
		}
	}
	s.end()
	return false
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
	for i := 0; i < len(with); i++ {
		c, group := with[i], -1
		if c == '&' {
			group = 0
		} else if c == '\\' && i+1 < len(with) {
			i++
			switch c = with[i]; {
			case c >= '0' && c <= '9':
				group = int(c - '0')
			case strings.IndexByte("nrtfv", c) >= 0:
				c = escapeLetters[c]
			}
		}
		if group < 0 {
			b.WriteByte(c)
		} else if 2*group+1 < len(m) && m[2*group] >= 0 {
			b.WriteString(text[m[2*group]:m[2*group+1]])
		}
	}
	return b.String()
}
