package program

import (
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// testProblem is the panic of a test that makes no sense.
type testProblem string

// doTest is test, [ and ash's [[.
func (s *interpreter) doTest(args []string) (status int) {
	name := args[0]
	args = args[1:]
	defer func() {
		switch r := recover().(type) {
		case nil:
		case testProblem:
			s.report(name, string(r), string(r), string(r))
			status = 2
		default:
			panic(r)
		}
	}()
	if name != "test" {
		last := strings.Repeat("]", len(name))
		if len(args) == 0 || args[len(args)-1] != last {
			s.report(name, "missing "+last, "missing "+last, "missing `"+last+"'")
			return 2
		}
		args = args[:len(args)-1]
	}
	return int(truth(!s.condition(args)))
}

// condition evaluates the arguments of test: up to four by POSIX's rules, more by the precedence of their operators.
func (s *interpreter) condition(args []string) bool {
	c := &condition{s: s, args: args}
	switch len(args) {
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
			return !s.condition(args[1:])
		}
	}
	result := c.or()
	if len(c.args) > 0 {
		panic(testProblem(s.d.testOperand(c.args[0])))
	}
	return result
}

type condition struct {
	s     *interpreter
	args  []string
	depth int
}

func (c *condition) next() string {
	if len(c.args) == 0 {
		panic(testProblem(c.s.d.testMissing))
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
	if len(c.args) == 1 && isBinary(c.args[0]) && c.s.d != bash {
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
		a, err := c.s.p.Stat(left)
		b, err2 := c.s.p.Stat(right)
		switch {
		case op == "-ef":
			return err == nil && err2 == nil && inode(a) == inode(b)
		case op == "-nt":
			return err == nil && (err2 != nil && c.s.d == bash || err2 == nil && a.ModTime().After(b.ModTime()))
		}
		return err2 == nil && (err != nil && c.s.d == bash || err == nil && a.ModTime().Before(b.ModTime()))
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

func inode(info fs.FileInfo) uint64 {
	if i, ok := info.Sys().(*files.Info); ok {
		return i.Inode
	}
	return 0
}

func (c *condition) integer(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		panic(testProblem(c.s.d.badNumber(text)))
	}
	return n
}

func (c *condition) unary(op, arg string) bool {
	s := c.s
	switch op {
	case "-n":
		return arg != ""
	case "-z":
		return arg == ""
	case "-t":
		return s.p.IsTerminal(int(c.integer(arg)))
	case "-h", "-L":
		info, err := s.p.Lstat(arg)
		return err == nil && info.Mode()&fs.ModeSymlink != 0
	case "-o":
		for _, o := range optionNames {
			if o.name == arg {
				return s.opts[o.letter]
			}
		}
		return false
	}
	info, err := s.p.Stat(arg)
	if err != nil || arg == "" {
		return false
	}
	mode := info.Mode()
	owner, _ := info.Sys().(*files.Info)
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
		return owner != nil && owner.UID == s.p.User().UID
	case "-G":
		return owner != nil && owner.GID == s.p.User().GID
	case "-r":
		return s.may(info, 4)
	case "-w":
		return s.may(info, 2)
	case "-x":
		return s.may(info, 1)
	}
	return true
}
