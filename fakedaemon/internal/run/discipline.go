package run

import "bytes"

// Bits and places of Termios, as in Linux's termbits.h.
const (
	ISTRIP = 0o40
	INLCR  = 0o100
	IGNCR  = 0o200
	ICRNL  = 0o400
	IXON   = 0o2000
	IXANY  = 0o4000
	IUTF8  = 0o40000

	OPOST = 0o1
	OLCUC = 0o2
	ONLCR = 0o4
	OCRNL = 0o10
	ONOCR = 0o20
	XTABS = 0o14000

	ISIG    = 0o1
	ICANON  = 0o2
	ECHO    = 0o10
	ECHOE   = 0o20
	ECHOK   = 0o40
	ECHONL  = 0o100
	NOFLSH  = 0o200
	TOSTOP  = 0o400
	ECHOCTL = 0o1000
	ECHOKE  = 0o4000
	IEXTEN  = 0o100000

	VINTR    = 0
	VQUIT    = 1
	VERASE   = 2
	VKILL    = 3
	VEOF     = 4
	VMIN     = 6
	VSTART   = 8
	VSTOP    = 9
	VSUSP    = 10
	VEOL     = 11
	VREPRINT = 12
	VWERASE  = 14
	VLNEXT   = 15
	VEOL2    = 16
)

// Termios are the settings of a terminal, for stty: flags and characters of Linux. A character of 0 is none.
type Termios struct {
	Input, Output, Control, Local uint32
	Chars                         [19]byte
}

// usual is what runc's terminals begin with: 38400 baud, cs8, cread.
var usual = Termios{
	Input: ICRNL | IXON, Output: OPOST | ONLCR, Control: 0o277,
	Local: ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	Chars: [19]byte{VINTR: 3, VQUIT: 28, VERASE: 127, VKILL: 21, VEOF: 4, VMIN: 1, VSTART: 17, VSTOP: 19, VSUSP: 26, VREPRINT: 18,
		13: 15, VWERASE: 23, VLNEXT: 22},
}

// lineSize is how much a terminal holds that nobody has read; a longer line loses what is beyond, but for its end.
const lineSize = 4096

// lineDiscipline is what is between the keys, the program and the screen.
type lineDiscipline struct {
	Termios
	// in is what was typed, of which lines tells how much each finished one has: none is an end of file. What follows them is being typed.
	in    []byte
	lines []int
	// literal: the next character is no key.
	literal bool
	// stopped: ctrl-s.
	stopped bool
	// echo is what is to be shown of what was typed.
	echo []byte
	// column is where the cursor is, start where it was when the line began.
	column, start int
}

func (d *lineDiscipline) local(bit uint32) bool { return d.Local&bit != 0 }

func (d *lineDiscipline) key(i int, c byte) bool { return c != 0 && d.Chars[i] == c }

// finished is how much is in finished lines.
func (d *lineDiscipline) finished() (n int) {
	for _, l := range d.lines {
		n += l
	}
	return n
}

// hasRoom reports whether one more character may come.
func (d *lineDiscipline) hasRoom() bool {
	return len(d.lines) < lineSize && (len(d.in) < lineSize || d.local(ICANON) && len(d.lines) == 0)
}

// receive takes a character, and gives the signal that it stands for.
func (d *lineDiscipline) receive(c byte) (sig int) {
	if d.Input&ISTRIP != 0 {
		c &= 0x7f
	}
	if d.literal {
		d.literal = false
		d.typed(c)
		return 0
	}
	if d.Input&IXON != 0 && (d.key(VSTART, c) || d.key(VSTOP, c)) {
		d.stopped = !d.key(VSTART, c)
		return 0
	}
	if d.local(ISIG) {
		for _, k := range [...]struct{ key, sig int }{{VINTR, SIGINT}, {VQUIT, SIGQUIT}, {VSUSP, SIGTSTP}} {
			if d.key(k.key, c) {
				d.interrupt(c)
				return k.sig
			}
		}
	}
	if d.Input&(IXON|IXANY) == IXON|IXANY {
		d.stopped = false
	}
	switch {
	case c == '\r' && d.Input&IGNCR != 0:
		return 0
	case c == '\r' && d.Input&ICRNL != 0:
		c = '\n'
	case c == '\n' && d.Input&INLCR != 0:
		c = '\r'
	}
	if !d.local(ICANON) || !d.edit(c) {
		d.typed(c)
	}
	return 0
}

// interrupt is a key that stands for a signal.
func (d *lineDiscipline) interrupt(c byte) {
	if !d.local(NOFLSH) {
		d.in, d.lines, d.echo = nil, nil, nil
	}
	if d.Input&IXON != 0 {
		d.stopped = false
	}
	if d.local(ECHO) {
		d.show(c)
	}
}

// edit does what a key does to the line that is typed, and reports whether it was one.
func (d *lineDiscipline) edit(c byte) bool {
	extended := d.local(IEXTEN)
	switch {
	case d.key(VERASE, c), d.key(VKILL, c), extended && d.key(VWERASE, c):
		d.erase(c)
	case extended && d.key(VLNEXT, c):
		d.literal = true
		if d.local(ECHO) && d.local(ECHOCTL) {
			d.screen("^\b")
		}
	case extended && d.key(VREPRINT, c) && d.local(ECHO):
		d.show(c)
		d.screen("\n")
		for _, c := range d.in[d.finished():] {
			d.show(c)
		}
	case c == '\n':
		if d.local(ECHO) || d.local(ECHONL) {
			d.screen("\n")
		}
		d.put(c)
		d.finish()
	case d.key(VEOF, c):
		d.finish()
	case d.key(VEOL, c), extended && d.key(VEOL2, c):
		d.typed(c)
		d.finish()
	default:
		return false
	}
	return true
}

// finish ends the line that is typed.
func (d *lineDiscipline) finish() { d.lines = append(d.lines, len(d.in)-d.finished()) }

// typed takes a character that is no key.
func (d *lineDiscipline) typed(c byte) {
	if d.local(ECHO) {
		if len(d.in) == d.finished() {
			d.start = d.column
		}
		if c == '\n' {
			d.screen("\n")
		} else {
			d.show(c)
		}
	}
	d.put(c)
}

func (d *lineDiscipline) put(c byte) {
	if d.local(ICANON) && len(d.in) >= lineSize {
		d.in[len(d.in)-1] = c
		return
	}
	d.in = append(d.in, c)
}

// erase takes back a character, a word or the line.
func (d *lineDiscipline) erase(c byte) {
	begin := d.finished()
	if len(d.in) == begin {
		return
	}
	one, word := d.key(VERASE, c), d.key(VWERASE, c) && !d.key(VKILL, c)
	if !one && !word && !(d.local(ECHO) && d.local(ECHOK) && d.local(ECHOKE) && d.local(ECHOE)) {
		d.in = d.in[:begin]
		if d.local(ECHO) {
			d.show(d.Chars[VKILL])
			if d.local(ECHOK) {
				d.screen("\n")
			}
		}
		return
	}
	seen := false
	for len(d.in) > begin {
		n := len(d.in) - 1
		for d.Input&IUTF8 != 0 && n > begin && d.in[n]&0xc0 == 0x80 {
			n--
		}
		c := d.in[n]
		if word && !one {
			if isWord(c) {
				seen = true
			} else if seen {
				return
			}
		}
		d.in = d.in[:n]
		if d.local(ECHO) {
			d.unshow(c, one)
		}
		if one {
			return
		}
	}
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0xc0 && c != 0xd7 && c != 0xf7
}

func isControl(c byte) bool { return c < ' ' || c == 0x7f }

// unshow takes a character from the screen that was the last of the line.
func (d *lineDiscipline) unshow(c byte, one bool) {
	switch {
	case one && !d.local(ECHOE):
		d.show(d.Chars[VERASE])
	case c == '\t':
		width, begin := 0, d.finished()
		i := len(d.in)
		for ; i > begin && d.in[i-1] != '\t'; i-- {
			if c := d.in[i-1]; isControl(c) && d.local(ECHOCTL) {
				width += 2
			} else if !isControl(c) && !d.continues(c) {
				width++
			}
		}
		if i == begin {
			width += d.start
		}
		for range 8 - width&7 {
			d.screen("\b")
		}
	default:
		if isControl(c) && d.local(ECHOCTL) {
			d.screen("\b \b")
		}
		if !isControl(c) || d.local(ECHOCTL) {
			d.screen("\b \b")
		}
	}
}

func (d *lineDiscipline) continues(c byte) bool { return d.Input&IUTF8 != 0 && c&0xc0 == 0x80 }

// show shows a character that was typed.
func (d *lineDiscipline) show(c byte) {
	if d.local(ECHOCTL) && isControl(c) && c != '\t' {
		d.screen(string([]byte{'^', c ^ 0x40}))
		return
	}
	d.screen(string([]byte{c}))
}

func (d *lineDiscipline) screen(s string) { d.echo = d.output(d.echo, []byte(s)) }

func (d *lineDiscipline) takeEcho() []byte {
	echo := d.echo
	d.echo = nil
	return echo
}

// plainOutput reports whether what a program writes is shown as it is, and has seen it then.
func (d *lineDiscipline) plainOutput(b []byte) bool {
	if d.Output&OPOST == 0 {
		return true
	}
	if d.Output&(OLCUC|OCRNL|ONOCR) != 0 || d.Output&XTABS == XTABS || bytes.IndexByte(b, '\n') >= 0 {
		return false
	}
	d.move(b)
	return true
}

// move moves the cursor over what is shown.
func (d *lineDiscipline) move(b []byte) {
	if i := bytes.LastIndexByte(b, '\r'); i >= 0 {
		d.column, b = 0, b[i+1:]
	}
	for _, c := range b {
		switch {
		case c == '\t':
			d.column += 8 - d.column&7
		case c == '\b':
			d.column = max(d.column-1, 0)
		case !isControl(c) && !d.continues(c):
			d.column++
		}
	}
}

// output appends what is shown of what a program writes.
func (d *lineDiscipline) output(to, b []byte) []byte {
	if d.Output&OPOST == 0 {
		return append(to, b...)
	}
	if d.Output&(OLCUC|OCRNL|ONOCR) == 0 && d.Output&XTABS != XTABS {
		for {
			i := bytes.IndexByte(b, '\n')
			if i < 0 {
				d.move(b)
				return append(to, b...)
			}
			to = append(to, b[:i]...)
			if d.Output&ONLCR != 0 {
				to = append(to, '\r')
				d.column = 0
			} else {
				d.move(b[:i])
			}
			to = append(to, '\n')
			b = b[i+1:]
		}
	}
	for _, c := range b {
		switch {
		case c == '\n' && d.Output&ONLCR != 0:
			to = append(to, '\r')
			d.column = 0
		case c == '\r' && d.Output&ONOCR != 0 && d.column == 0:
			continue
		case c == '\r' && d.Output&OCRNL != 0:
			c = '\n'
		case c == '\t' && d.Output&XTABS == XTABS:
			for range 8 - d.column&7 {
				to = append(to, ' ')
				d.column++
			}
			continue
		case d.Output&OLCUC != 0 && 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		d.move([]byte{c})
		to = append(to, c)
	}
	return to
}

// readable reports whether a read of so many bytes gives something.
func (d *lineDiscipline) readable(size int) bool {
	if d.local(ICANON) {
		return len(d.lines) > 0
	}
	return len(d.in) >= min(int(d.Chars[VMIN]), size)
}

// take reads: at most a line, if there are lines.
func (d *lineDiscipline) take(b []byte) int {
	if !d.local(ICANON) {
		n := copy(b, d.in)
		d.in = d.in[n:]
		return n
	}
	if len(d.lines) == 0 {
		return 0
	}
	n := copy(b, d.in[:d.lines[0]])
	d.in = d.in[n:]
	if d.lines[0] -= n; d.lines[0] == 0 {
		d.lines = d.lines[1:]
	}
	return n
}

// set changes the settings. What was typed is one line to a program that reads lines again.
func (d *lineDiscipline) set(t Termios) {
	if (d.Local^t.Local)&ICANON != 0 {
		d.lines = nil
		if t.Local&ICANON != 0 && len(d.in) > 0 {
			d.lines = []int{len(d.in)}
		}
	}
	d.Termios = t
}
