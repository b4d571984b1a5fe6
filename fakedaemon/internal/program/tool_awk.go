package program

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// awkProgram is what is understood of awk: a condition on a line or on its number, and fields and texts to print.
var awkProgram = regexp.MustCompile(`^\s*(?:/((?:[^/\\]|\\.)*)/|NR\s*(==|>|<|>=|<=|!=)\s*(\d+))?\s*(?:\{\s*print\s*([^{}]*?)\s*;?\s*\})?\s*$`)

var awkItem = regexp.MustCompile(`^\s*(?:\$(\d+|NF)|"((?:[^"\\]|\\.)*)"|(NR|NF))\s*(,?)`)

func awk(t *tool) {
	parts := awkProgram.FindStringSubmatch(t.args[0])
	if parts == nil {
		t.errorf("%s: only /regex/ or NR conditions and { print fields } are imitated by fakedockerd", t.args[0])
		return
	}
	var re *regexp.Regexp
	if parts[1] != "" {
		var err error
		if re, err = posix(parts[1], true, false); err != nil {
			t.errorf("bad regex '%s'", parts[1])
			return
		}
	}
	number, _ := strconv.Atoi(parts[3])
	var items [][]string
	for rest := parts[4]; rest != ""; {
		item := awkItem.FindStringSubmatch(rest)
		if item == nil {
			t.errorf("%s: only fields and texts are printed by fakedockerd", rest)
			return
		}
		items, rest = append(items, item), rest[len(item[0]):]
	}
	separator := t.value('F', "")
	var split *regexp.Regexp
	if len(separator) > 1 {
		split, _ = posix(sedUnescape(separator), true, false)
	}
	row := 0
	t.inputs(t.args[1:], cannotOpen, func(_ string, r io.Reader) error {
		return t.eachLine(r, '\n', func(b []byte) error {
			line := strings.TrimSuffix(string(b), "\n")
			row++
			if re != nil && !re.MatchString(line) || parts[2] != "" && !compareWord(parts[2], row, number) {
				return nil
			}
			fields := strings.Fields(line)
			switch {
			case split != nil:
				fields = split.Split(line, -1)
			case separator != "" && separator != " ":
				fields = strings.Split(line, separator)
			}
			if len(items) == 0 {
				fmt.Fprintln(t.out, line)
				return nil
			}
			for i, item := range items {
				n, err := strconv.Atoi(item[1])
				switch {
				case item[1] == "NF":
					n = len(fields)
				case item[3] == "NR":
					fmt.Fprint(t.out, row)
				case item[3] == "NF":
					fmt.Fprint(t.out, len(fields))
				case item[1] == "":
					text, _ := unescape(item[2], false)
					t.out.WriteString(text)
				}
				if item[1] != "" && n == 0 && err == nil {
					t.out.WriteString(line)
				} else if item[1] != "" && n > 0 && n <= len(fields) {
					t.out.WriteString(fields[n-1])
				}
				if item[4] != "" && i < len(items)-1 {
					t.out.WriteByte(' ')
				}
			}
			t.out.WriteByte('\n')
			return nil
		})
	})
}

func compareWord(operator string, a, b int) bool {
	return map[string]bool{"==": a == b, "!=": a != b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[operator]
}
