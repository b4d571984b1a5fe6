package program

import (
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// doRead reads a line, a byte at a time since what follows it is not its own.
func (s *interpreter) doRead(args []string) int {
	args = args[1:]
	raw, fd, limit, end := false, 0, -1, byte('\n')
	prompt, timeout := "", time.Duration(0)
options:
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		flags := args[0][1:]
		args = args[1:]
		if flags == "-" {
			break
		}
		for i := 0; i < len(flags); i++ {
			c := flags[i]
			if c == 'r' || c == 's' || c == 'e' {
				raw = raw || c == 'r'
				continue
			}
			value := flags[i+1:]
			if value == "" && len(args) > 0 {
				value, args = args[0], args[1:]
			}
			switch c {
			case 'p':
				prompt = value
			case 'n', 'N':
				limit, _ = strconv.Atoi(value)
			case 'd':
				end = (value + "\x00")[0]
			case 'u':
				fd, _ = strconv.Atoi(value)
			case 't':
				seconds, _ := strconv.ParseFloat(value, 64)
				timeout = time.Duration(seconds * float64(time.Second))
			default:
				s.abort("", s.d.badOption("-", string(c)))
			}
			continue options
		}
	}
	if len(args) == 0 && s.d == dash {
		s.abort("", "arg count")
	}
	for _, name := range args {
		if !syntax.ValidName(name) {
			switch s.d {
			case ash:
				s.commandName = ""
				s.write(2, s.name+": read: '"+name+"': bad variable name\n")
				return 1
			case dash:
				s.abort("", name+": bad variable name")
			}
			s.errorf("`%s': not a valid identifier", name)
			return 1
		}
	}
	if prompt != "" && s.p.IsTerminal(fd) {
		s.write(2, prompt)
	}
	line, quoted, status := s.readLine(fd, raw, limit, end, timeout)
	if len(args) == 0 {
		s.set("REPLY", line)
		return status
	}
	fields := s.readFields(line, quoted, len(args))
	for i, name := range args {
		value := ""
		if i < len(fields) {
			value = fields[i]
		}
		s.set(name, value)
	}
	return status
}

// readLine reads up to the end of a line. quoted says which of its bytes a backslash has quoted.
func (s *interpreter) readLine(fd int, raw bool, limit int, end byte, timeout time.Duration) (line string, quoted []bool, status int) {
	if timeout > 0 {
		// The alarm is no signal that a trap sees.
		s.p.Catch(run.SIGALRM)
		s.p.Alarm(timeout)
		defer s.p.Default(run.SIGALRM)
		defer s.p.Alarm(0)
	}
	var out []byte
	buf := make([]byte, 1)
	escaped := false
	for limit != 0 && len(out) < maxScript {
		n, err := s.p.Read(fd, buf)
		if err == run.EINTR {
			s.collect()
			for _, sig := range s.pending {
				if sig == run.SIGALRM && timeout > 0 {
					return string(out), quoted, 1
				}
				if s.traps[sig] != "" || s.interactive {
					return string(out), quoted, 128 + sig
				}
			}
			continue
		}
		if n == 0 {
			return string(out), quoted, 1
		}
		c := buf[0]
		switch {
		case c == 0 && end != 0:
			continue
		case escaped:
			escaped = false
			if c == '\n' {
				continue
			}
			out, quoted = append(out, c), append(quoted, true)
		case c == '\\' && !raw:
			escaped = true
			continue
		case c == end:
			return string(out), quoted, 0
		default:
			out, quoted = append(out, c), append(quoted, false)
		}
		limit--
	}
	return string(out), quoted, 0
}

// readFields splits a line for read: the last variable gets the rest.
func (s *interpreter) readFields(line string, quoted []bool, n int) (fields []string) {
	ifs := s.ifs()
	in := func(i int) bool { return !quoted[i] && strings.IndexByte(ifs, line[i]) >= 0 }
	blank := func(i int) bool { return in(i) && strings.IndexByte(" \t\n", line[i]) >= 0 }
	i := 0
	for ; i < len(line) && blank(i); i++ {
	}
	for len(fields) < n-1 && i < len(line) {
		start := i
		for i < len(line) && !in(i) {
			i++
		}
		fields = append(fields, line[start:i])
		for ; i < len(line) && blank(i); i++ {
		}
		if i < len(line) && in(i) {
			for i++; i < len(line) && blank(i); i++ {
			}
		}
	}
	if i == len(line) {
		return fields
	}
	end := len(line)
	for end > i && blank(end-1) {
		end--
	}
	// One delimiter that ends the only field left is no part of it.
	if end > i && in(end-1) && !blank(end-1) && strings.IndexFunc(line[i:end-1], func(r rune) bool { return strings.ContainsRune(ifs, r) }) < 0 {
		end--
	}
	return append(fields, line[i:end])
}
