package program

import (
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// testProblem is the panic of a test that makes no sense.
type testProblem string

// evaluate does what test, [ and [[ do with their arguments: up to four by POSIX's rules, more by the precedence of their operators.
// The problem is what is wrong with them. option tells whether an option of the shell is on.
func evaluate(p *run.Process, d *dialect, name string, args []string, option func(string) bool) (ok bool, problem string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case testProblem:
			problem = string(r)
		default:
			panic(r)
		}
	}()
	if name == "[" || name == "[[" {
		last := strings.Repeat("]", len(name))
		if len(args) == 0 || args[len(args)-1] != last {
			return false, d.testBracket(last)
		}
		args = args[:len(args)-1]
	}
	c := &condition{p: p, d: d, option: option, args: args}
	return c.all(), ""
}

func (c *condition) all() bool {
	switch args := c.args; len(args) {
	case 0:
		return false
	case 1:
		return args[0] != ""
	case 2:
		if args[0] == "!" {
			return args[1] == ""
		}
	case 3:
		if isBinary(args[1]) {
			return c.binary(args[0], args[1], args[2])
		}
	case 4:
		if args[0] == "!" {
			c.args = args[1:]
			return !c.all()
		}
	}
	result := c.or()
	if len(c.args) > 0 {
		panic(testProblem(c.d.testOperand(c.args[0])))
	}
	return result
}

type condition struct {
	p      *run.Process
	d      *dialect
	option func(string) bool
	args   []string // that are left
	depth  int
}

func (c *condition) next() string {
	if len(c.args) == 0 {
		panic(testProblem(c.d.testMissing))
	}
	arg := c.args[0]
	c.args = c.args[1:]
	return arg
}

func (c *condition) is(words ...string) bool {
	for _, w := range words {
		if len(c.args) > 0 && c.args[0] == w {
			c.args = c.args[1:]
			return true
		}
	}
	return false
}

func (c *condition) or() bool {
	result := c.and()
	for c.is("-o", "||") {
		right := c.and()
		result = result || right
	}
	return result
}

func (c *condition) and() bool {
	result := c.not()
	for c.is("-a", "&&") {
		right := c.not()
		result = result && right
	}
	return result
}

func (c *condition) not() bool {
	if c.depth++; c.depth > maxArithDepth {
		panic(testProblem("too many arguments"))
	}
	defer func() { c.depth-- }()
	if len(c.args) > 1 && c.is("!") {
		return !c.not()
	}
	if len(c.args) > 1 && c.args[0] == "(" && !(len(c.args) > 2 && isBinary(c.args[1])) {
		c.next()
		result := c.or()
		if c.next() != ")" {
			panic(testProblem("closing paren expected"))
		}
		return result
	}
	word := c.next()
	if len(c.args) > 1 && isBinary(c.args[0]) {
		op := c.next()
		return c.binary(word, op, c.next())
	}
	if len(c.args) == 1 && isBinary(c.args[0]) && c.d != bash {
		panic(testProblem(c.args[0] + ": argument expected"))
	}
	if len(word) == 2 && word[0] == '-' && strings.IndexByte("bcdefghkLnoOGprsStuwxzN", word[1]) >= 0 && len(c.args) > 0 {
		return c.unary(word, c.next())
	}
	return word != ""
}

func isBinary(op string) bool {
	switch op {
	case "=", "==", "!=", "<", ">", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef":
		return true
	}
	return false
}

func (c *condition) binary(left, op, right string) bool {
	switch op {
	case "=", "==":
		return left == right
	case "!=":
		return left != right
	case "<":
		return left < right
	case ">":
		return left > right
	case "=~":
		re, err := regexp.Compile(right)
		return err == nil && re.MatchString(left)
	case "-nt", "-ot", "-ef":
		a, err := c.p.Stat(left)
		b, err2 := c.p.Stat(right)
		switch {
		case op == "-ef":
			return err == nil && err2 == nil && sys(a).Inode == sys(b).Inode
		case op == "-nt":
			return err == nil && (err2 != nil && c.d == bash || err2 == nil && a.ModTime().After(b.ModTime()))
		}
		return err2 == nil && (err != nil && c.d == bash || err == nil && a.ModTime().Before(b.ModTime()))
	}
	a, b := c.integer(left), c.integer(right)
	switch op {
	case "-eq":
		return a == b
	case "-ne":
		return a != b
	case "-lt":
		return a < b
	case "-le":
		return a <= b
	case "-gt":
		return a > b
	}
	return a >= b
}

func (c *condition) integer(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		panic(testProblem(c.d.badNumber(text)))
	}
	return n
}

func (c *condition) unary(op, arg string) bool {
	switch op {
	case "-n":
		return arg != ""
	case "-z":
		return arg == ""
	case "-t":
		return c.p.IsTerminal(int(c.integer(arg)))
	case "-h", "-L":
		info, err := c.p.Lstat(arg)
		return err == nil && info.Mode()&fs.ModeSymlink != 0
	case "-o":
		return c.option != nil && c.option(arg)
	case "-r", "-w", "-x":
		return c.p.Access(arg, map[string]fs.FileMode{"-r": 4, "-w": 2, "-x": 1}[op]) == nil
	}
	info, err := c.p.Stat(arg)
	if err != nil || arg == "" {
		return false
	}
	mode := info.Mode()
	switch op {
	case "-f":
		return mode.IsRegular()
	case "-d":
		return mode.IsDir()
	case "-b":
		return mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0
	case "-c":
		return mode&fs.ModeCharDevice != 0
	case "-p":
		return mode&fs.ModeNamedPipe != 0
	case "-S":
		return mode&fs.ModeSocket != 0
	case "-s":
		return info.Size() > 0
	case "-u":
		return mode&fs.ModeSetuid != 0
	case "-g":
		return mode&fs.ModeSetgid != 0
	case "-k":
		return mode&fs.ModeSticky != 0
	case "-O":
		return sys(info).UID == c.p.User().UID
	case "-G":
		return sys(info).GID == c.p.User().GID
	}
	return true
}
