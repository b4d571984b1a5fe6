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
		t.showTerminal(s, fd.fd, len(args) > 0)
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

// terminalChars are the names of the characters in their order, with the places that they have.
var terminalChars = [][]struct {
	name string
	at   int
}{
	{{"intr", run.VINTR}, {"quit", run.VQUIT}, {"erase", run.VERASE}, {"kill", run.VKILL}, {"eof", run.VEOF}, {"eol", run.VEOL}},
	{{"eol2", run.VEOL2}, {"swtch", 7}, {"start", run.VSTART}, {"stop", run.VSTOP}, {"susp", run.VSUSP}, {"rprnt", run.VREPRINT}},
	{{"werase", run.VWERASE}, {"lnext", run.VLNEXT}, {"flush", 13}},
}

// terminalRows are the flags as stty -a shows them; those that are not imitated are as they always are.
var terminalRows = []string{
	"-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts",
	"-ignbrk -brkint -ignpar -parmrk -inpck istrip inlcr igncr icrnl ixon -ixoff", "-iuclc -ixany -imaxbel -iutf8",
	"opost -olcuc ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0",
	"isig icanon iexten echo echoe echok echonl -noflsh -xcase tostop -echoprt", "echoctl echoke -flusho -extproc",
}

// showTerminal prints all settings, or those that are not as usual.
func (t *tool) showTerminal(s run.Termios, fd int, all bool) {
	fmt.Fprint(t.out, "speed 38400 baud;")
	if all {
		rows, cols, _ := t.p.Size(fd)
		fmt.Fprintf(t.out, " rows %d; columns %d;", rows, cols)
	}
	fmt.Fprint(t.out, " line = 0;\n")
	for i, row := range terminalChars {
		var words []string
		for _, c := range row {
			text := "<undef>"
			switch x := s.Chars[c.at]; {
			case x == 127:
				text = "^?"
			case x > 0 && x < 32:
				text = "^" + string(x+64)
			case x >= 32:
				text = string(x)
			}
			words = append(words, c.name+" = "+text+";")
		}
		if all && i == len(terminalChars)-1 {
			words = append(words, fmt.Sprintf("min = %d; time = %d;", s.Chars[run.VMIN], s.Chars[5]))
		}
		fmt.Fprintln(t.out, strings.Join(words, " "))
	}
	unusual := []string{"-brkint", "-imaxbel"}
	for _, row := range terminalRows {
		var words []string
		for word := range strings.FieldsSeq(row) {
			usual := word != "istrip" && word != "inlcr" && word != "igncr" && word != "ocrnl" && word != "echonl" && word != "tostop"
			if f, ok := terminalFlags[word]; ok {
				if on := *f.of(&s)&f.bit != 0; !on {
					word = "-" + word
					if usual {
						unusual = append(unusual, word)
					}
				} else if !usual {
					unusual = append(unusual, word)
				}
			}
			words = append(words, word)
		}
		if all {
			fmt.Fprintln(t.out, strings.Join(words, " "))
		}
	}
	if !all {
		fmt.Fprintln(t.out, strings.Join(unusual, " "))
	}
}
