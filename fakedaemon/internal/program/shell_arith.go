package program

import (
	"math"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// arithText writes an arithmetic expression out again, with what is in it expanded: as shells do, which evaluate text, so that
// $a * 2 with a="1 + 2" is 5.
func (s *interpreter) arithText(x syntax.ArithmExpr) string {
	var b strings.Builder
	s.writeArith(&b, x, 0)
	return b.String()
}

func (s *interpreter) writeArith(b *strings.Builder, x syntax.ArithmExpr, depth int) {
	if depth > maxArithDepth {
		s.abort("", s.d.arith(b.String(), recursionTooDeep))
	}
	switch x := x.(type) {
	case *syntax.Word:
		b.WriteString(s.text(x))
	case *syntax.ParenArithm:
		b.WriteByte('(')
		s.writeArith(b, x.X, depth+1)
		b.WriteByte(')')
	case *syntax.UnaryArithm:
		if !x.Post {
			b.WriteString(" " + x.Op.String())
		}
		s.writeArith(b, x.X, depth+1)
		if x.Post {
			b.WriteString(x.Op.String())
		}
	case *syntax.BinaryArithm:
		s.writeArith(b, x.X, depth+1)
		b.WriteString(x.Op.String())
		s.writeArith(b, x.Y, depth+1)
	}
}

// An arith evaluates one expression.
type arith struct {
	s     *interpreter
	in    string // what is left
	skip  int    // more than 0 in the branch that is not taken: no assignments, no division by zero
	depth int    // how deep names and parentheses are nested
}

type arithError string

const maxArithDepth = 256

// arithm evaluates the text of an expression; one that has an error ends the command.
func (s *interpreter) arithm(text string) int64 {
	n, err := s.evaluate(text, 0)
	if err != "" {
		s.abort("", s.d.arith(text, string(err)))
	}
	return n
}

func (s *interpreter) evaluate(text string, depth int) (n int64, err arithError) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(arithError)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	a := &arith{s: s, in: text, depth: depth}
	if a.space(); a.in == "" {
		return 0, ""
	}
	n = a.comma()
	if a.space(); a.in != "" {
		a.fail("expecting EOF")
	}
	return n, ""
}

func (a *arith) fail(text string) { panic(arithError(text)) }

func (a *arith) space() { a.in = strings.TrimLeft(a.in, " \t\r\n") }

// take consumes the operator if it is next and no longer one begins with it.
func (a *arith) take(op string) bool {
	a.space()
	if !strings.HasPrefix(a.in, op) {
		return false
	}
	for _, longer := range arithOperators {
		if len(longer) > len(op) && strings.HasPrefix(longer, op) && strings.HasPrefix(a.in, longer) {
			return false
		}
	}
	a.in = a.in[len(op):]
	return true
}

var arithOperators = []string{
	"<<=", ">>=", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "**", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "++", "--",
}

func (a *arith) comma() int64 {
	n := a.ternary()
	for a.take(",") {
		n = a.ternary()
	}
	return n
}

// deeper bounds how deep an expression is nested.
func (a *arith) deeper(f func() int64) int64 {
	if a.depth++; a.depth > maxArithDepth {
		a.fail(recursionTooDeep)
	}
	n := f()
	a.depth--
	return n
}

func (a *arith) ternary() int64 { return a.deeper(a.conditional) }

func (a *arith) conditional() int64 {
	cond := a.binary(0)
	if !a.take("?") {
		return cond
	}
	yes := a.unless(cond == 0, a.comma)
	if !a.take(":") {
		a.fail("expecting ':'")
	}
	no := a.unless(cond != 0, a.ternary)
	if cond != 0 {
		return yes
	}
	return no
}

func (a *arith) unless(skip bool, f func() int64) int64 {
	if skip {
		a.skip++
		defer func() { a.skip-- }()
	}
	return f()
}

var arithLevels = [][]string{
	{"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}, {"**"},
}

func (a *arith) binary(level int) int64 {
	if level == len(arithLevels) {
		return a.unary()
	}
	x := a.binary(level + 1)
next:
	for {
		for _, op := range arithLevels[level] {
			if !a.take(op) {
				continue
			}
			operand := func() int64 { return a.binary(level + 1) }
			switch op {
			case "||":
				y := a.unless(x != 0, operand)
				x = truth(x != 0 || y != 0)
			case "&&":
				y := a.unless(x == 0, operand)
				x = truth(x != 0 && y != 0)
			case "**":
				x = a.operate(op, x, a.deeper(func() int64 { return a.binary(level) })) // it binds to the right
			default:
				x = a.operate(op, x, operand())
			}
			continue next
		}
		return x
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (a *arith) operate(op string, x, y int64) int64 {
	switch op {
	case "|":
		return x | y
	case "^":
		return x ^ y
	case "&":
		return x & y
	case "==":
		return truth(x == y)
	case "!=":
		return truth(x != y)
	case "<=":
		return truth(x <= y)
	case ">=":
		return truth(x >= y)
	case "<":
		return truth(x < y)
	case ">":
		return truth(x > y)
	case "<<":
		return x << (uint64(y) & 63)
	case ">>":
		return x >> (uint64(y) & 63)
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	case "**":
		n := int64(1)
		if y < 0 {
			a.fail("exponent less than 0")
		}
		for ; y > 0; y >>= 1 {
			if y&1 != 0 {
				n *= x
			}
			x *= x
		}
		return n
	}
	if y == 0 {
		if a.skip > 0 {
			return 0
		}
		a.fail(divisionByZero)
	}
	if x == math.MinInt64 && y == -1 { // which traps in the processor
		return map[string]int64{"/": x, "%": 0}[op]
	}
	if op == "/" {
		return x / y
	}
	return x % y
}

const (
	divisionByZero   = "division by zero"
	recursionTooDeep = "expression recursion level exceeded"
)

func (a *arith) unary() int64 { return a.deeper(a.signed) }

func (a *arith) signed() int64 {
	for _, op := range []string{"++", "--"} {
		if !a.take(op) {
			continue
		}
		a.space()
		if name := a.name(); name != "" {
			n := a.value(name) + map[string]int64{"++": 1, "--": -1}[op]
			a.assign(name, n)
			return n
		}
		n := a.unary() // two signs
		return n
	}
	switch {
	case a.take("!"):
		return truth(a.unary() == 0)
	case a.take("~"):
		return ^a.unary()
	case a.take("-"):
		return -a.unary()
	case a.take("+"):
		return a.unary()
	}
	return a.primary()
}

func (a *arith) primary() int64 {
	a.space()
	if a.take("(") {
		n := a.comma()
		if !a.take(")") {
			a.fail("expecting ')'")
		}
		return n
	}
	name := a.name()
	if name == "" {
		return a.number()
	}
	for _, op := range []string{"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="} {
		if a.take(op) {
			n := int64(0)
			if op != "=" {
				n = a.value(name)
			}
			y := a.ternary()
			if op == "=" {
				n = y
			} else {
				n = a.operate(strings.TrimSuffix(op, "="), n, y)
			}
			a.assign(name, n)
			return n
		}
	}
	n := a.value(name)
	switch {
	case a.take("++"):
		a.assign(name, n+1)
	case a.take("--"):
		a.assign(name, n-1)
	}
	return n
}

func (a *arith) name() string {
	i := 0
	for ; i < len(a.in); i++ {
		c := a.in[i]
		if c != '_' && !(c|0x20 >= 'a' && c|0x20 <= 'z') && !(i > 0 && c >= '0' && c <= '9') {
			break
		}
	}
	name := a.in[:i]
	a.in = a.in[i:]
	return name
}

func (a *arith) number() int64 {
	i := 0
	for i < len(a.in) && (a.in[i] == '#' || a.in[i] == '_' || a.in[i] == '@' || a.in[i] >= '0' && a.in[i] <= '9' || a.in[i]|0x20 >= 'a' && a.in[i]|0x20 <= 'z') {
		i++
	}
	word := a.in[:i]
	a.in = a.in[i:]
	if word == "" || word[0] < '0' || word[0] > '9' {
		a.fail("expecting primary")
	}
	base := 0
	if b, digits, ok := strings.Cut(word, "#"); ok {
		base, _ = strconv.Atoi(b)
		word = digits
		if base < 2 || base > 36 {
			a.fail("expecting primary")
		}
	}
	if base == 0 && (strings.Contains(word, "_") || strings.HasPrefix(word, "0b") || strings.HasPrefix(word, "0o")) {
		a.fail("expecting EOF") // Go's spellings
	}
	n, err := strconv.ParseUint(word, base, 64)
	if err != nil && n != math.MaxUint64 {
		a.fail("expecting EOF")
	}
	if n > math.MaxInt64 && err != nil {
		n = math.MaxInt64
	}
	return int64(n)
}

func (a *arith) value(name string) int64 {
	text, set := a.s.get(name)
	if !set && a.s.opts['u'] && a.skip == 0 && a.s.d == bash {
		a.s.unsetError(name, a.s.d.notSet)
	}
	if text = strings.TrimSpace(text); text == "" {
		return 0
	}
	if a.depth >= maxArithDepth {
		a.fail(recursionTooDeep)
	}
	n, err := a.s.evaluate(text, a.depth+1)
	if err != "" {
		panic(err)
	}
	return n
}

func (a *arith) assign(name string, n int64) {
	if a.skip == 0 {
		a.s.set(name, strconv.FormatInt(n, 10))
	}
}
