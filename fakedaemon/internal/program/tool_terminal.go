package program

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// terminalFlags are the settings of stty that are on or, with a dash in front, off.
var terminalFlags = map[string]struct {
	of  func(s *run.Termios) *uint32
	bit uint32
}{
	"istrip": {inputFlags, run.ISTRIP}, "inlcr": {inputFlags, run.INLCR}, "igncr": {inputFlags, run.IGNCR}, "icrnl": {inputFlags, run.ICRNL}, "ixon": {inputFlags, run.IXON},
	"opost": {outputFlags, run.OPOST}, "onlcr": {outputFlags, run.ONLCR}, "ocrnl": {outputFlags, run.OCRNL},
	"isig": {localFlags, run.ISIG}, "icanon": {localFlags, run.ICANON}, "echo": {localFlags, run.ECHO}, "echoe": {localFlags, run.ECHOE}, "echok": {localFlags, run.ECHOK},
	"echonl": {localFlags, run.ECHONL}, "echoctl": {localFlags, run.ECHOCTL}, "echoke": {localFlags, run.ECHOKE}, "iexten": {localFlags, run.IEXTEN}, "tostop": {localFlags, run.TOSTOP},
}

func inputFlags(s *run.Termios) *uint32  { return &s.Input }
func outputFlags(s *run.Termios) *uint32 { return &s.Output }
func localFlags(s *run.Termios) *uint32  { return &s.Local }

// terminalWords are the words of stty that stand for others.
var terminalWords = map[string]string{
	"sane":    "icrnl ixon -istrip -inlcr -igncr opost onlcr -ocrnl isig icanon echo echoe echok -echonl echoctl echoke iexten -tostop",
	"raw":     "-istrip -inlcr -igncr -icrnl -ixon -opost -isig -icanon",
	"-raw":    "icrnl ixon opost isig icanon",
	"cooked":  "icrnl ixon opost isig icanon",
	"-cooked": "raw", "cbreak": "-icanon", "-cbreak": "icanon", "nl": "-icrnl -onlcr", "-nl": "icrnl onlcr", "crt": "echoe echoctl echoke", "dec": "echoe echoctl echoke",
}

func stty(t *tool) {
	args := t.args
	fd := file{t.p, 0}
	name := "standard input"
	if len(args) > 1 && args[0] == "-F" {
		var err error
		if name, args = args[1], args[2:]; true {
			if fd, err = t.open(name); err != nil {
				t.fail(name, err)
				return
			}
		}
	}
	s, err := t.p.Termios(fd.fd)
	if err != nil {
		t.fail(name, err)
		return
	}
	if len(args) == 0 || args[0] == "-a" {
		rows, cols, _ := t.p.Size(fd.fd)
		fmt.Fprint(t.out, "speed 38400 baud;")
		if len(args) > 0 {
			fmt.Fprintf(t.out, " rows %d; columns %d;", rows, cols)
		}
		fmt.Fprint(t.out, " line = 0;\n")
		var all []string
		for _, flag := range strings.Fields("icrnl ixon opost onlcr isig icanon iexten echo echoe echok echonl echoctl echoke") {
			f := terminalFlags[flag]
			on := *f.of(&s)&f.bit != 0
			usual := flag != "echonl"
			if on != usual || len(args) > 0 {
				all = append(all, map[bool]string{false: "-"}[on]+flag)
			}
		}
		if len(args) == 0 {
			all = append([]string{"-brkint", "-imaxbel"}, all...)
		}
		fmt.Fprintln(t.out, strings.Join(all, " "))
		return
	}
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		switch {
		case word == "size":
			rows, cols, _ := t.p.Size(fd.fd)
			fmt.Fprintf(t.out, "%d %d\n", rows, cols)
		case word == "speed":
			fmt.Fprintln(t.out, 38400)
		case word == "-g":
			fmt.Fprintf(t.out, "%x:%x:%x:%x", s.Input, s.Output, s.Control, s.Local)
			for _, c := range s.Chars {
				fmt.Fprintf(t.out, ":%x", c)
			}
			fmt.Fprintln(t.out)
		case strings.Count(word, ":") == 3+len(s.Chars):
			for i, field := range strings.Split(word, ":") {
				n, _ := strconv.ParseUint(field, 16, 32)
				switch {
				case i < 4:
					*[]*uint32{&s.Input, &s.Output, &s.Control, &s.Local}[i] = uint32(n)
				default:
					s.Chars[i-4] = byte(n)
				}
			}
		case terminalWords[word] != "":
			args = append(strings.Fields(terminalWords[word]), args...)
			if word == "raw" {
				s.Chars[run.VMIN] = 1
			}
		case terminalFlags[strings.TrimPrefix(word, "-")].of != nil:
			f := terminalFlags[strings.TrimPrefix(word, "-")]
			if flags := f.of(&s); word[0] == '-' {
				*flags &^= f.bit
			} else {
				*flags |= f.bit
			}
		case len(args) > 0 && (word == "min" || word == "time" || word == "rows" || word == "cols" || word == "columns"):
			if n, err := strconv.Atoi(args[0]); err == nil && word == "min" {
				s.Chars[run.VMIN] = byte(n)
			}
			args = args[1:]
		default:
			t.errorf("invalid argument '%s'", word)
			return
		}
	}
	if err := t.p.SetTermios(fd.fd, s); err != nil {
		t.fail(name, err)
	}
}
