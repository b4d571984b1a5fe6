package program

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

func cat(t *tool) {
	number, line := t.has("nb"), 0
	marked := t.has("AeEtTv")
	t.inputs(t.args, cannotOpen, func(_ string, r io.Reader) error {
		if !number && !marked {
			t.out.Flush()
			if _, err := io.CopyBuffer(onlyWriter{t.p.Stdout()}, onlyReader{r}, make([]byte, 32<<10)); err != nil {
				t.errorf("read error: %s", reason(err))
			}
			return nil
		}
		err := t.eachLine(r, '\n', func(b []byte) error {
			if number && (!t.has("b") || len(b) > 1) {
				line++
				fmt.Fprintf(t.out, "%6d\t", line)
			}
			if marked {
				b = t.mark(b)
			}
			if t.out.Write(b); number && b[len(b)-1] != '\n' {
				t.out.WriteByte('\n')
			}
			return nil
		})
		if err != nil {
			t.errorf("read error: %s", reason(err))
		}
		return nil
	})
}

// mark makes visible what is not, as cat's options want it.
func (t *tool) mark(line []byte) []byte {
	var b []byte
	for _, c := range line {
		switch {
		case c == '\n':
			if t.has("AeE") {
				b = append(b, '$')
			}
			b = append(b, c)
		case c == '\t' && t.has("AtT"):
			b = append(b, '^', 'I')
		case c == '\t' || !t.has("AetTv"):
			b = append(b, c)
		default:
			if c >= 128 {
				b, c = append(b, 'M', '-'), c-128
			}
			switch {
			case c < 32:
				b = append(b, '^', c+64)
			case c == 127:
				b = append(b, '^', '?')
			default:
				b = append(b, c)
			}
		}
	}
	return b
}

// onlyReader and onlyWriter hide what io.Copy would take as a shorter way.
type onlyReader struct{ io.Reader }
type onlyWriter struct{ io.Writer }

// count reads the number of head and tail: from the end with a sign of its own, with a unit.
func (t *tool) count() (n int, sign byte, bytes, ok bool) {
	text := t.value('n', "10")
	if t.has("c") {
		text, bytes = t.value('c', ""), true
	}
	digits := text
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		sign, digits = digits[0], digits[1:]
	}
	n, ok = size(digits)
	if !ok {
		t.errorf("invalid number '%s'", text)
	}
	return n, sign, bytes, ok
}

// size reads a number with one of busybox's units.
func size(text string) (int, bool) {
	digits := strings.TrimRight(text, "bcwkKmMgGBDT")
	n, err := strconv.Atoi(digits)
	units := map[string]int{"": 1, "c": 1, "w": 2, "b": 512, "k": 1 << 10, "K": 1 << 10, "kB": 1000, "kD": 1000, "m": 1 << 20, "M": 1 << 20, "MB": 1e6, "MD": 1e6, "g": 1 << 30, "G": 1 << 30, "GB": 1e9}
	unit, ok := units[text[len(digits):]]
	ok = ok && err == nil && n >= 0 && n <= math.MaxInt/unit && text[0] != '+'
	return n * unit, ok
}

// dashNumber turns the old "-5" into "-n 5".
func dashNumber(args []string) []string {
	if len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "0123456789") == "" {
		return slices.Concat([]string{"-n", args[0][1:]}, args[1:])
	}
	return args
}

func head(t *tool) {
	if !t.options(applet{options: "n:c:qv"}, dashNumber(t.takeArgs())) {
		t.usage()
		return
	}
	n, sign, inBytes, ok := t.count()
	if sign == '+' {
		t.errorf("invalid number '%s'", t.value('n', t.value('c', "")))
		return
	}
	if !ok {
		return
	}
	many, first := len(t.args) > 1 && !t.has("q") || t.has("v"), true
	t.inputs(t.args, plain, func(name string, r io.Reader) error {
		t.title(name, many, &first)
		if inBytes && sign != '-' {
			_, err := io.CopyN(t.out, r, int64(n))
			return ignoreEOF(err)
		}
		if inBytes {
			data, err := io.ReadAll(io.LimitReader(r, maxHeld+1))
			t.bound(len(data))
			t.out.Write(data[:max(0, len(data)-n)])
			return err
		}
		var kept [][]byte
		left := n
		if sign != '-' && n == 0 {
			return nil
		}
		return ignoreStop(t.eachLine(r, '\n', func(line []byte) error {
			if sign == '-' {
				if len(kept) < n {
					t.hold(len(line) + 24)
				}
				if kept = append(kept, line); len(kept) > n {
					t.out.Write(kept[0])
					kept = kept[1:]
				}
				return nil
			}
			t.out.Write(line)
			if left--; left == 0 {
				return errStop
			}
			return nil
		}))
	})
}

// takeArgs hands all arguments over.
func (t *tool) takeArgs() []string {
	args := t.args
	t.args = nil
	return args
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func ignoreStop(err error) error {
	if err == errStop {
		return nil
	}
	return err
}

// title prints the name of a file above what is of it.
func (t *tool) title(name string, wanted bool, first *bool) {
	if !wanted {
		return
	}
	if name == "-" {
		name = "standard input"
	}
	if !*first {
		fmt.Fprintln(t.out)
	}
	*first = false
	fmt.Fprintf(t.out, "==> %s <==\n", name)
}

// counts are what wc counts, in the order in which it shows them.
type counts struct{ lines, words, chars, bytes, width int }

func (c *counts) add(b []byte, word *bool, column *int) {
	for _, x := range b {
		space := x == ' ' || x >= '\t' && x <= '\r'
		if !space && !*word {
			c.words++
		}
		*word = !space
		if x < 0x80 || x >= 0xc0 {
			c.chars++
		}
		switch {
		case x == '\n':
			*column = 0
		case x == '\t':
			*column = *column/8*8 + 8
		case x >= ' ' && x < 0x7f:
			*column++
		}
		c.width = max(c.width, *column)
	}
}

func wc(t *tool) {
	if len(t.opt) == 0 {
		t.opt = map[byte][]string{'l': {""}, 'w': {""}, 'c': {""}}
	}
	format := "%9d"
	if len(t.opt) == 1 && len(t.args) < 2 {
		format = "%d"
	}
	show := func(c counts, name string) {
		var row []string
		for _, x := range []struct {
			letter string
			n      int
		}{{"l", c.lines}, {"w", c.words}, {"m", c.chars}, {"c", c.bytes}, {"L", c.width}} {
			if t.has(x.letter) {
				row = append(row, fmt.Sprintf(format, x.n))
			}
		}
		if name != "" {
			row = append(row, name)
		}
		fmt.Fprintln(t.out, strings.Join(row, " "))
	}
	var total counts
	t.inputs(t.args, plain, func(name string, r io.Reader) error {
		var c counts
		word, column := false, 0
		b := make([]byte, 64<<10)
		var err error
		for n := 0; err == nil; {
			n, err = r.Read(b)
			c.bytes += n
			c.lines += bytes.Count(b[:n], []byte("\n"))
			if t.has("wmL") {
				c.add(b[:n], &word, &column)
			}
		}
		if err = ignoreEOF(err); err != nil {
			t.fail(name, err)
		}
		total = counts{total.lines + c.lines, total.words + c.words, total.chars + c.chars, total.bytes + c.bytes, max(total.width, c.width)}
		if len(t.args) == 0 {
			name = ""
		}
		show(c, name)
		return nil
	})
	if len(t.args) > 1 {
		show(total, "total")
	}
}

func uniq(t *tool) {
	in := "-"
	if len(t.args) > 0 {
		in = t.args[0]
	}
	skipFields, ok1 := t.number('f', 0)
	skipChars, ok2 := t.number('s', 0)
	width, ok3 := t.number('w', 1<<30)
	if !ok1 || !ok2 || !ok3 {
		return
	}
	key := func(line []byte) []byte {
		for range skipFields {
			line = bytes.TrimLeft(line, " \t")
			line = line[max(0, min(len(line), bytes.IndexAny(append(line[:len(line):len(line)], ' '), " \t"))):]
		}
		line = line[min(skipChars, len(line)):]
		line = line[:min(width, len(line))]
		if t.has("i") {
			line = bytes.ToLower(line)
		}
		return line
	}
	out := io.Writer(t.out)
	if len(t.args) > 1 {
		f, err := t.openFile(t.args[1], create, 0o666)
		if err != nil {
			t.errorf(cannotOpen, t.args[1], reason(err))
			return
		}
		defer f.Close()
		out = f
	}
	var last []byte
	n := 0
	show := func() {
		if n == 0 || t.has("d") && n == 1 || t.has("u") && n > 1 {
			return
		}
		if t.has("c") {
			fmt.Fprintf(out, "%7d ", n)
		}
		out.Write(append(last[:len(last):len(last)], '\n'))
	}
	t.inputs([]string{in}, cannotOpen, func(_ string, r io.Reader) error {
		return t.eachLine(r, '\n', func(line []byte) error {
			line = bytes.TrimSuffix(line, []byte("\n"))
			if n > 0 && bytes.Equal(key(line), key(last)) {
				n++
				return nil
			}
			show()
			last, n = line, 1
			return nil
		})
	})
	show()
}

// span is a part of cut's list, from 1, both ends in it.
type span struct{ from, to int }

func (t *tool) spans(list string) []span {
	var all []span
	for _, part := range strings.Split(list, ",") {
		from, to, ranged := strings.Cut(part, "-")
		s := span{1, 1 << 30}
		var err1, err2 error
		if from != "" {
			s.from, err1 = strconv.Atoi(from)
		}
		if to != "" {
			s.to, err2 = strconv.Atoi(to)
		}
		if !ranged {
			s.to = s.from
		}
		if err1 != nil || err2 != nil || part == "" || part == "-" || s.from < 1 {
			t.errorf("invalid range %s-%s", from, to)
			return nil
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b span) int { return a.from - b.from })
	return all
}

func cut(t *tool) {
	list, kind := "", byte(0)
	for _, letter := range []byte("bcf") {
		if t.has(string(letter)) {
			list, kind = t.value(letter, ""), letter
		}
	}
	if kind == 0 {
		t.errorf("expected a list of bytes, characters, or fields")
		return
	}
	spans := t.spans(list)
	if spans == nil {
		return
	}
	between := t.value('d', "\t")
	t.inputs(t.args, plain, func(_ string, r io.Reader) error {
		return t.eachLine(r, '\n', func(line []byte) error {
			text := strings.TrimSuffix(string(line), "\n")
			var units []string
			join := ""
			switch kind {
			case 'b':
				for i := range len(text) {
					units = append(units, text[i:i+1])
				}
			case 'c':
				units = strings.Split(text, "")
			case 'f':
				if join = between; !strings.Contains(text, between) {
					if !t.has("s") {
						fmt.Fprintln(t.out, text)
					}
					return nil
				}
				units = strings.Split(text, between)
			}
			var chosen []string
			done := 0
			for _, s := range spans {
				from, to := max(s.from-1, done), min(s.to, len(units))
				if from < to {
					chosen = append(chosen, units[from:to]...)
					done = to
				}
			}
			fmt.Fprintln(t.out, strings.Join(chosen, join))
			return nil
		})
	})
}

func tee(t *tool) {
	out := []io.Writer{t.p.Stdout()}
	flag := create
	if t.has("a") {
		flag = appending
	}
	if t.has("i") {
		t.p.Ignore(2)
	}
	for _, name := range t.args {
		f, err := t.openFile(name, flag, 0o666)
		if err != nil {
			t.fail(name, err)
			continue
		}
		defer f.Close()
		out = append(out, f)
	}
	b := make([]byte, 32<<10)
	for {
		n, err := (file{t.p, 0}).Read(b)
		for _, w := range out {
			w.Write(b[:n])
		}
		if err != nil {
			return
		}
	}
}

func rev(t *tool) {
	t.inputs(t.args, plain, func(_ string, r io.Reader) error {
		return t.eachLine(r, '\n', func(line []byte) error {
			text, end := bytes.CutSuffix(line, []byte("\n"))
			runes := []rune(string(text))
			slices.Reverse(runes)
			t.out.WriteString(string(runes))
			if end {
				t.out.WriteByte('\n')
			}
			return nil
		})
	})
}

func tac(t *tool) {
	t.inputs(t.args, plain, func(_ string, r io.Reader) error {
		var all [][]byte
		err := t.eachLine(r, '\n', func(line []byte) error {
			t.hold(len(line) + 24)
			all = append(all, line)
			return nil
		})
		for _, line := range slices.Backward(all) {
			t.out.Write(line)
		}
		return err
	})
}

// nl numbers lines that are not empty.
func nl(t *tool) {
	line := 0
	t.inputs(t.args, plain, func(_ string, r io.Reader) error {
		return t.eachLine(r, '\n', func(b []byte) error {
			if len(b) > 1 || t.value('b', "t") == "a" {
				line++
				fmt.Fprintf(t.out, "%6d\t%s\n", line, bytes.TrimSuffix(b, []byte("\n")))
			} else {
				fmt.Fprintf(t.out, "       \n")
			}
			return nil
		})
	})
}
