package program

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// test is test, [ and [[, as ash has them.
func test(t *tool) {
	ok, problem := evaluate(t.p, ash, t.name, t.args, nil)
	if problem != "" {
		t.errorf("%s", problem)
	} else if !ok {
		t.code = 1
	}
}

// expression is expr at work.
type expression struct {
	*tool
	args  []string
	depth int // of operands in operands
	bad   bool
}

func expr(t *tool) {
	e := &expression{tool: t, args: t.args}
	if len(e.args) == 0 {
		e.complain("too few arguments")
		return
	}
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
	if e.depth++; e.depth > maxArithDepth {
		return e.complain("syntax error")
	}
	defer func() { e.depth-- }()
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
		return text[at-1 : at-1+min(len(text)-at+1, n)]
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
