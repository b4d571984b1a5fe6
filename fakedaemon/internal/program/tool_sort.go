package program

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// sortKey is one of sort's -k: from a field and a character in it to another, by which comparison.
type sortKey struct {
	field, char, endField, endChar int
	flags                          string
}

// readKey reads "2,3.1nr".
func readKey(text string) (k sortKey, ok bool) {
	from, to, ranged := strings.Cut(text, ",")
	read := func(part string) (field, char int, ok bool) {
		digits := strings.TrimRight(part, "nrfbdiMhVg")
		k.flags += part[len(digits):]
		a, b, dotted := strings.Cut(digits, ".")
		field, err := strconv.Atoi(a)
		if err != nil || field < 1 {
			return 0, 0, false
		}
		if dotted {
			if char, err = strconv.Atoi(b); err != nil {
				return 0, 0, false
			}
		}
		return field, char, true
	}
	if k.field, k.char, ok = read(from); !ok {
		return k, false
	}
	if ranged {
		k.endField, k.endChar, ok = read(to)
	}
	return k, ok
}

// cut is the part of a line that a key is of.
func (k sortKey) cut(line, separator string) string {
	start := fieldStart(line, separator, k.field)
	if k.char > 1 {
		if strings.Contains(k.flags, "b") {
			start += len(line[start:]) - len(strings.TrimLeft(line[start:], " \t"))
		}
		start = min(len(line), start+k.char-1)
	}
	end := len(line)
	switch {
	case k.endField > 0 && k.endChar > 0:
		end = min(end, fieldStart(line, separator, k.endField)+k.endChar)
	case k.endField > 0:
		if end = fieldStart(line, separator, k.endField+1); separator != "" && end < len(line) || separator != "" && strings.Count(line, separator) >= k.endField {
			end -= len(separator)
		}
	}
	return line[start:max(start, end)]
}

// fieldStart is where a field begins: without a separator, with the blanks in front of it.
func fieldStart(line, separator string, field int) int {
	at := 0
	for range field - 1 {
		rest := line[at:]
		if separator != "" {
			i := strings.Index(rest, separator)
			if i < 0 {
				return len(line)
			}
			at += i + len(separator)
			continue
		}
		rest = strings.TrimLeft(rest, " \t")
		i := strings.IndexAny(rest, " \t")
		if i < 0 {
			return len(line)
		}
		at = len(line) - len(rest) + i
	}
	return at
}

// compareBy compares as the flags of sort say.
func compareBy(flags, a, b string) (c int) {
	if strings.Contains(flags, "b") {
		a, b = strings.TrimLeft(a, " \t"), strings.TrimLeft(b, " \t")
	}
	if strings.Contains(flags, "f") {
		a, b = strings.ToUpper(a), strings.ToUpper(b)
	}
	if strings.Contains(flags, "d") {
		a, b = strings.Map(dictionary, a), strings.Map(dictionary, b)
	}
	switch {
	case strings.ContainsAny(flags, "ng"):
		c = cmp.Compare(leadingNumber(a), leadingNumber(b))
	case strings.Contains(flags, "h"):
		c = cmp.Compare(humanNumber(a), humanNumber(b))
	case strings.Contains(flags, "M"):
		c = cmp.Compare(month(a), month(b))
	case strings.Contains(flags, "V"):
		c = compareVersions(a, b)
	default:
		c = strings.Compare(a, b)
	}
	if strings.Contains(flags, "r") {
		return -c
	}
	return c
}

func dictionary(r rune) rune {
	if r == ' ' || r == '\t' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' {
		return r
	}
	return -1
}

func leadingNumber(text string) float64 {
	text = strings.TrimLeft(text, " \t")
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.' || end == 0 && text[end] == '-') {
		end++
	}
	x, _ := strconv.ParseFloat(text[:end], 64)
	return x
}

func humanNumber(text string) float64 {
	x := leadingNumber(text)
	unit := strings.IndexByte("KMGTPE", (strings.TrimLeft(text, " \t-.0123456789") + " ")[0]&^0x20)
	for range unit + 1 {
		x *= 1024
	}
	return x
}

func month(text string) int {
	text = strings.ToUpper(strings.TrimLeft(text, " \t"))
	return strings.Index("JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", text[:min(3, len(text))])
}

// compareVersions compares runs of digits as numbers.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		x, y := a[:len(a)-len(strings.TrimLeft(a, "0123456789"))], b[:len(b)-len(strings.TrimLeft(b, "0123456789"))]
		if x != "" && y != "" {
			m, _ := strconv.ParseFloat(x, 64)
			n, _ := strconv.ParseFloat(y, 64)
			if m != n {
				return cmp.Compare(m, n)
			}
			a, b = a[len(x):], b[len(y):]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func sortLines(t *tool) {
	var keys []sortKey
	for _, text := range t.opt['k'] {
		k, ok := readKey(text)
		if !ok {
			t.errorf("unknown key option")
			return
		}
		keys = append(keys, k)
	}
	global := ""
	for _, flag := range "nrfbdhMVg" {
		if t.has(string(flag)) {
			global += string(flag)
		}
	}
	compare := func(a, b string) int {
		for _, k := range keys {
			flags := k.flags
			if flags == "" {
				flags = global
			}
			if c := compareBy(flags, k.cut(a, t.value('t', "")), k.cut(b, t.value('t', ""))); c != 0 {
				return c
			}
		}
		if len(keys) == 0 {
			if c := compareBy(global, a, b); c != 0 {
				return c
			}
		}
		return 0
	}
	end := byte('\n')
	if t.has("z") {
		end = 0
	}
	var lines []string
	t.inputs(t.args, plain, func(_ string, r io.Reader) error {
		return t.eachLine(r, end, func(line []byte) error {
			t.hold(len(line) + 16)
			lines = append(lines, string(bytes.TrimSuffix(line, []byte{end})))
			return nil
		})
	})
	if t.code != 0 {
		return
	}
	if t.has("c") {
		for i := 1; i < len(lines); i++ {
			if c := compare(lines[i-1], lines[i]); c > 0 || c == 0 && t.has("u") {
				fmt.Fprintf(t.p.Stderr(), "Check line %d\n", i)
				t.code = 1
				return
			}
		}
		return
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		c := compare(a, b)
		if c == 0 && !t.has("su") {
			if c = strings.Compare(a, b); t.has("r") {
				c = -c
			}
		}
		return c
	})
	if t.has("u") {
		lines = slices.CompactFunc(lines, func(a, b string) bool { return compare(a, b) == 0 })
	}
	out := io.Writer(t.out)
	if name := t.value('o', "-"); name != "-" {
		f, err := t.openFile(name, create, 0o666)
		if err != nil {
			t.fail(name, err)
			return
		}
		defer f.Close()
		out = f
	}
	for _, line := range lines {
		if _, err := io.WriteString(out, line+string(end)); err != nil {
			return
		}
	}
}
