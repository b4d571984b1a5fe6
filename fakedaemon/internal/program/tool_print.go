package program

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

func echo(t *tool) {
	args, newline, escapes := t.args, true, false
	for ; len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "neE") == ""; args = args[1:] {
		for _, c := range args[0][1:] {
			switch c {
			case 'n':
				newline = false
			case 'e':
				escapes = true
			case 'E':
				escapes = false
			}
		}
	}
	text := strings.Join(args, " ")
	if escapes {
		var stop bool
		if text, stop = unescape(text, true); stop {
			newline = false
		}
	}
	t.out.WriteString(text)
	if newline {
		t.out.WriteByte('\n')
	}
}

var escapeLetters = map[byte]byte{'a': 7, 'b': 8, 'e': 27, 'f': 12, 'n': 10, 'r': 13, 't': 9, 'v': 11, '\\': '\\'}

// unescape resolves backslashes. \c ends the text. With zero, octal numbers have a zero in front.
func unescape(text string, zero bool) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		c, rest := text[i], text[i+1:]
		if plain, ok := escapeLetters[c]; ok {
			b.WriteByte(plain)
			continue
		}
		base, digits := 8, 3
		switch {
		case c == 'c':
			return b.String(), true
		case c == 'x':
			base, digits = 16, 2
		case zero && c == '0':
		case c >= '0' && c <= '7':
			rest = text[i:]
			i--
		default:
			b.WriteString(text[i-1 : i+1])
			continue
		}
		n, used := 0, 0
		for used < digits && used < len(rest) {
			d := strings.IndexByte("0123456789abcdef", rest[used]|0x20)
			if rest[used] <= '9' {
				d = int(rest[used]) - '0'
			}
			if d < 0 || d >= base {
				break
			}
			n, used = n*base+d, used+1
		}
		if used == 0 && base == 16 {
			b.WriteString(`\x`)
			continue
		}
		b.WriteByte(byte(n))
		i += used
	}
	return b.String(), false
}

// printf prints by a format, again for as long as there are arguments.
func printf(t *tool) {
	format, args := t.args[0], t.args[1:]
	if len(t.args) > 1 && format == "--" {
		format, args = args[0], args[1:]
	}
	for {
		rest, stop, ok := t.printfOnce(format, args)
		if stop || !ok || len(rest) == 0 || len(rest) == len(args) {
			return
		}
		args = rest
	}
}

func (t *tool) printfOnce(format string, args []string) (rest []string, stop, ok bool) {
	next := func() (arg string) {
		if len(args) > 0 {
			arg, args = args[0], args[1:]
		}
		return arg
	}
	for format != "" {
		at := strings.IndexAny(format, `%\`)
		if at < 0 {
			t.out.WriteString(format)
			break
		}
		t.out.WriteString(format[:at])
		format = format[at:]
		if format[0] == '\\' {
			end := 2
			for end < len(format) && end < 4 && strings.IndexByte("01234567", format[1]) >= 0 && strings.IndexByte("01234567", format[end]) >= 0 {
				end++
			}
			if len(format) > 1 && format[1] == 'x' {
				for end < len(format) && end < 4 && strings.IndexByte("0123456789abcdefABCDEF", format[end]) >= 0 {
					end++
				}
			}
			end = min(end, len(format))
			text, stop := unescape(format[:end], false)
			t.out.WriteString(text)
			if stop {
				return args, true, true
			}
			format = format[end:]
			continue
		}
		if strings.HasPrefix(format, "%%") {
			t.out.WriteByte('%')
			format = format[2:]
			continue
		}
		spec := "%"
		i := 1
		for ; i < len(format) && strings.IndexByte("#0- +.*123456789", format[i]) >= 0; i++ {
			if format[i] == '*' {
				n, _ := strconv.Atoi(next())
				spec += strconv.Itoa(n)
			} else {
				spec += format[i : i+1]
			}
		}
		for i < len(format) && strings.IndexByte("hlLqjzt", format[i]) >= 0 {
			i++
		}
		if i == len(format) || strings.IndexByte("diouxXeEfFgGcsb", format[i]) < 0 {
			t.errorf("%s: invalid format", format)
			return nil, false, false
		}
		verb := format[i]
		format = format[i+1:]
		if t.conversion(spec, verb, next()) {
			return args, true, true
		}
	}
	return args, false, true
}

// conversion prints an argument; it reports whether its \c ends it all.
func (t *tool) conversion(spec string, verb byte, arg string) (stop bool) {
	switch verb {
	case 's':
		fmt.Fprintf(t.out, spec+"s", byteString(arg))
	case 'b':
		arg, stop = unescape(arg, true)
		fmt.Fprintf(t.out, spec+"s", byteString(arg))
	case 'c':
		fmt.Fprintf(t.out, spec+"s", byteString((arg + "\x00")[:1]))
	case 'd', 'i', 'o', 'u', 'x', 'X':
		n, err := integer(arg)
		if err != nil {
			t.errorf("invalid number '%s'", arg)
		}
		switch verb {
		case 'd', 'i':
			fmt.Fprintf(t.out, spec+"d", n)
		case 'u':
			fmt.Fprintf(t.out, spec+"d", uint64(n))
		default:
			fmt.Fprintf(t.out, spec+string(verb), uint64(n))
		}
	default:
		var x float64
		var err error
		if arg != "" {
			if x, err = strconv.ParseFloat(strings.TrimSpace(arg), 64); err != nil {
				t.errorf("invalid number '%s'", arg)
			}
		}
		if (verb == 'g' || verb == 'G') && !strings.Contains(spec, ".") {
			spec += ".6"
		}
		fmt.Fprintf(t.out, spec+strings.Replace(string(verb), "F", "f", 1), x)
	}
	return stop
}

// byteString is formatted by its bytes, as C does, where a precision of a string counts characters.
type byteString string

func (b byteString) Format(f fmt.State, _ rune) {
	text := string(b)
	if n, ok := f.Precision(); ok {
		text = text[:min(n, len(text))]
	}
	if n, ok := f.Width(); ok && n > len(text) {
		pad := strings.Repeat(" ", n-len(text))
		if f.Flag('-') {
			text += pad
		} else {
			text = pad + text
		}
	}
	f.Write([]byte(text))
}

// integer reads a number as C does; a quote stands for the character behind it.
func integer(text string) (int64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, strconv.ErrSyntax
	}
	if text[0] == '\'' || text[0] == '"' {
		for _, r := range text[1:] {
			return int64(r), nil
		}
		return 0, nil
	}
	digits := strings.TrimPrefix(text, "+")
	if strings.ContainsAny(digits, "_bBoO") && !strings.HasPrefix(strings.ToLower(strings.TrimPrefix(digits, "-")), "0x") {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseInt(digits, 0, 64)
	if err != nil {
		if u, err := strconv.ParseUint(digits, 0, 64); err == nil {
			return int64(u), nil
		}
		return 0, err
	}
	return n, nil
}

func seq(t *tool) {
	bounds := []float64{1, 1, 1}
	places, width := 0, 0
	for i, arg := range t.args {
		x, err := strconv.ParseFloat(arg, 64)
		if err != nil || len(t.args) > 3 {
			t.usage()
			return
		}
		at := map[int][]int{1: {2}, 2: {0, 2}, 3: {0, 1, 2}}[len(t.args)][i]
		bounds[at] = x
		whole, fraction, _ := strings.Cut(arg, ".")
		places, width = max(places, len(fraction)), max(width, len(whole))
	}
	if places > 0 {
		width += 1 + places
	}
	if !t.has("w") {
		width = 0
	}
	first, step, last := bounds[0], bounds[1], bounds[2]
	n := math.Floor((last-first)/step + 1e-9)
	if step == 0 || math.IsNaN(n) {
		n = math.Inf(1)
	}
	between := t.value('s', "\n")
	for i := 0.0; i <= n; i++ {
		if i > 0 {
			t.out.WriteString(between)
		}
		if _, err := fmt.Fprintf(t.out, "%0*.*f", width, places, first+i*step); err != nil {
			return
		}
	}
	if n >= 0 {
		t.out.WriteByte('\n')
	}
}

func yes(t *tool) {
	line := "y\n"
	if len(t.args) > 0 {
		line = strings.Join(t.args, " ") + "\n"
	}
	b := bytes.Repeat([]byte(line), max(1, 4096/len(line)))
	for {
		if _, err := t.p.Stdout().Write(b); err != nil {
			t.errorf("write error: %s", reason(err))
			return
		}
	}
}
