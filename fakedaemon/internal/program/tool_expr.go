package program

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// conditional is test and [ at work: a parser that knows the words as it goes on.
type conditional struct {
	*tool
	args []string
	bad  bool
}

func test(t *tool) {
	args := t.args
	if t.name == "[" || t.name == "[[" {
		end := strings.Replace(t.name, "[", "]", -1)
		if len(args) == 0 || args[len(args)-1] != end {
			t.errorf("missing %s", end)
			return
		}
		args = args[:len(args)-1]
	}
	c := &conditional{tool: t, args: args}
	if ok := c.top(); !c.bad && len(c.args) > 0 {
		c.complain("%s: unknown operand", c.args[0])
	} else if !c.bad && !ok {
		t.code = 1
	}
}

func (c *conditional) complain(format string, a ...any) bool {
	if !c.bad {
		c.errorf(format, a...)
	}
	c.bad = true
	return false
}

// top knows by their number what up to four arguments mean, as POSIX wants it.
func (c *conditional) top() bool {
	switch a := c.args; {
	case len(a) == 0:
		return false
	case len(a) == 1:
		c.args = nil
		return a[0] != ""
	case len(a) == 3 && binaryTest(a[1]):
		c.args = nil
		return c.binary(a[0], a[1], a[2])
	case len(a) == 4 && a[0] == "!":
		c.args = a[1:]
		return !c.top()
	}
	return c.or()
}

func (c *conditional) or() bool {
	ok := c.and()
	for len(c.args) > 0 && (c.args[0] == "-o" || c.args[0] == "||") {
		c.args = c.args[1:]
		next := c.and()
		ok = ok || next
	}
	return ok
}

func (c *conditional) and() bool {
	ok := c.not()
	for len(c.args) > 0 && (c.args[0] == "-a" || c.args[0] == "&&") {
		c.args = c.args[1:]
		next := c.not()
		ok = ok && next
	}
	return ok
}

func (c *conditional) not() bool {
	if len(c.args) > 1 && c.args[0] == "!" {
		c.args = c.args[1:]
		return !c.not()
	}
	return c.primary()
}

func (c *conditional) primary() bool {
	if len(c.args) == 0 {
		return c.complain("argument expected")
	}
	first := c.args[0]
	switch {
	case len(c.args) > 2 && binaryTest(c.args[1]):
		left, operator, right := first, c.args[1], c.args[2]
		c.args = c.args[3:]
		return c.binary(left, operator, right)
	case first == "(":
		c.args = c.args[1:]
		ok := c.or()
		if len(c.args) == 0 || c.args[0] != ")" {
			return c.complain("closing paren expected")
		}
		c.args = c.args[1:]
		return ok
	case len(first) == 2 && first[0] == '-' && strings.IndexByte("bcdefghknprstuwxzGLOS", first[1]) >= 0 && len(c.args) > 1:
		operand := c.args[1]
		c.args = c.args[2:]
		return c.unary(first[1], operand)
	}
	c.args = c.args[1:]
	return first != ""
}

func binaryTest(word string) bool {
	return slices.Contains([]string{"=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"}, word)
}

func (c *conditional) integer(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(text), "+"), 10, 64)
	if err != nil {
		c.complain("%s: bad number", text)
	}
	return n
}

func (c *conditional) binary(a, operator, b string) bool {
	switch operator {
	case "=", "==":
		if c.name == "[[" {
			return fnmatch(b, a)
		}
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case ">":
		return a > b
	case "-nt", "-ot", "-ef":
		x, err1 := c.stat(a)
		y, err2 := c.stat(b)
		if err1 != nil || err2 != nil {
			return operator == "-nt" && err1 == nil || operator == "-ot" && err2 == nil
		}
		if operator == "-ef" {
			return sys(x).Inode == sys(y).Inode
		}
		return x.ModTime().After(y.ModTime()) == (operator == "-nt") && !x.ModTime().Equal(y.ModTime())
	}
	x, y := c.integer(a), c.integer(b)
	return map[string]bool{"-eq": x == y, "-ne": x != y, "-lt": x < y, "-le": x <= y, "-gt": x > y, "-ge": x >= y}[operator]
}

func (c *conditional) unary(operator byte, operand string) bool {
	switch operator {
	case 'n':
		return operand != ""
	case 'z':
		return operand == ""
	case 't':
		return c.p.IsTerminal(int(c.integer(operand)))
	case 'h', 'L':
		info, err := c.lstat(operand)
		return err == nil && info.Mode()&symlink != 0
	case 'r', 'w', 'x':
		return c.p.Access(operand, map[byte]fs.FileMode{'r': 4, 'w': 2, 'x': 1}[operator]) == nil
	}
	info, err := c.stat(operand)
	if err != nil {
		return false
	}
	switch mode := info.Mode(); operator {
	case 'd':
		return info.IsDir()
	case 'f':
		return mode.IsRegular()
	case 's':
		return info.Size() > 0
	case 'c':
		return mode&fs.ModeCharDevice != 0
	case 'b':
		return mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0
	case 'p':
		return mode&fs.ModeNamedPipe != 0
	case 'S':
		return mode&fs.ModeSocket != 0
	case 'g':
		return mode&fs.ModeSetgid != 0
	case 'u':
		return mode&fs.ModeSetuid != 0
	case 'k':
		return mode&fs.ModeSticky != 0
	case 'O':
		return sys(info).UID == c.p.User().UID
	case 'G':
		return sys(info).GID == c.p.User().GID
	}
	return true
}

// expression is expr at work.
type expression struct {
	*tool
	args []string
	bad  bool
}

func expr(t *tool) {
	e := &expression{tool: t, args: t.args}
	value := e.level(0)
	if !e.bad && len(e.args) > 0 {
		e.complain("syntax error")
	}
	if e.bad {
		return
	}
	fmt.Fprintln(t.out, value)
	t.code = boolInt(value == "" || value == "0")
}

func (e *expression) complain(why string) string {
	if !e.bad {
		e.errorf("%s", why)
	}
	e.bad, e.args = true, nil
	return ""
}

// exprLevels are the operators, the weakest first.
var exprLevels = [][]string{{"|"}, {"&"}, {"<", "<=", "=", "==", "!=", ">=", ">"}, {"+", "-"}, {"*", "/", "%"}, {":"}}

func (e *expression) level(level int) string {
	if level == len(exprLevels) {
		return e.operand()
	}
	left := e.level(level + 1)
	for len(e.args) > 0 && slices.Contains(exprLevels[level], e.args[0]) {
		operator := e.args[0]
		e.args = e.args[1:]
		left = e.apply(left, operator, e.level(level+1))
	}
	return left
}

func (e *expression) operand() string {
	if len(e.args) == 0 {
		return e.complain("syntax error")
	}
	word := e.args[0]
	e.args = e.args[1:]
	switch {
	case word == "(":
		value := e.level(0)
		if len(e.args) == 0 || e.args[0] != ")" {
			return e.complain("syntax error")
		}
		e.args = e.args[1:]
		return value
	case word == "length" && len(e.args) > 0:
		return strconv.Itoa(len(e.operand()))
	case word == "match" && len(e.args) > 1:
		text := e.operand()
		return e.apply(text, ":", e.operand())
	case word == "index" && len(e.args) > 1:
		text := e.operand()
		return strconv.Itoa(strings.IndexAny(text, e.operand()) + 1)
	case word == "substr" && len(e.args) > 2:
		text := e.operand()
		at, err1 := strconv.Atoi(e.operand())
		n, err2 := strconv.Atoi(e.operand())
		if err1 != nil || err2 != nil || at < 1 || n < 1 || at > len(text) {
			return ""
		}
		return text[at-1 : min(len(text), at-1+n)]
	}
	return word
}

func (e *expression) apply(a, operator, b string) string {
	if e.bad {
		return ""
	}
	null := func(s string) bool { return s == "" || s == "0" }
	x, err1 := strconv.ParseInt(a, 10, 64)
	y, err2 := strconv.ParseInt(b, 10, 64)
	switch operator {
	case "|":
		if null(a) {
			return b
		}
		return a
	case "&":
		if null(a) || null(b) {
			return "0"
		}
		return a
	case ":":
		re, err := posix("^"+strings.TrimPrefix(b, "^"), false, false)
		if err != nil {
			return e.complain("bad regex '" + b + "'")
		}
		m := re.FindStringSubmatch(a)
		switch {
		case re.NumSubexp() > 0 && m == nil:
			return ""
		case re.NumSubexp() > 0:
			return m[1]
		case m == nil:
			return "0"
		}
		return strconv.Itoa(len([]rune(m[0])))
	case "<", "<=", "=", "==", "!=", ">=", ">":
		c := strings.Compare(a, b)
		if err1 == nil && err2 == nil {
			c = boolInt(x > y) - boolInt(x < y)
		}
		return strconv.Itoa(boolInt(map[string]bool{"<": c < 0, "<=": c <= 0, "=": c == 0, "==": c == 0, "!=": c != 0, ">=": c >= 0, ">": c > 0}[operator]))
	}
	switch {
	case err1 != nil || err2 != nil:
		return e.complain("non-numeric argument")
	case (operator == "/" || operator == "%") && y == 0:
		return e.complain("division by zero")
	case operator == "+":
		x += y
	case operator == "-":
		x -= y
	case operator == "*":
		x *= y
	case operator == "/":
		x /= y
	default:
		x %= y
	}
	return strconv.FormatInt(x, 10)
}
