package program

import (
	"regexp"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// declare is as much of it as shell scripts of others use: -x, -r, and local variables.
func (s *interpreter) doDeclare(args []string) int {
	flags := ""
	args = args[1:]
	for ; len(args) > 0 && strings.HasPrefix(args[0], "-"); args = args[1:] {
		flags += args[0][1:]
	}
	if strings.ContainsAny(flags, "aAn") {
		s.abort("", "arrays are not supported")
	}
	for _, arg := range args {
		name, value, assigned := strings.Cut(arg, "=")
		if s.calls > 0 && !strings.Contains(flags, "g") {
			s.local(name)
		}
		if assigned {
			s.set(name, value)
		}
		v := s.variable(name)
		v.exported = v.exported || strings.Contains(flags, "x")
		v.readOnly = v.readOnly || strings.Contains(flags, "r")
	}
	return 0
}

func (s *interpreter) doBuiltin(args []string) int {
	if len(args) == 1 {
		return 0
	}
	if _, ok := shellBuiltins[args[1]]; !ok {
		s.errorf("%s: not a shell builtin", args[1])
		return 1
	}
	return s.withoutFunctions(args[1:])
}

// extendedTest evaluates what stands in [[ ]].
func (s *interpreter) extendedTest(x syntax.TestExpr) bool {
	switch x := x.(type) {
	case *syntax.ParenTest:
		return s.extendedTest(x.X)
	case *syntax.Word:
		return s.literal(x) != ""
	case *syntax.UnaryTest:
		if x.Op == syntax.TsNot {
			return !s.extendedTest(x.X)
		}
		return s.doTest([]string{"test", x.Op.String(), s.literal(x.X.(*syntax.Word))}) == 0
	case *syntax.BinaryTest:
		switch x.Op {
		case syntax.AndTest:
			return s.extendedTest(x.X) && s.extendedTest(x.Y)
		case syntax.OrTest:
			return s.extendedTest(x.X) || s.extendedTest(x.Y)
		}
		left, right := s.literal(x.X.(*syntax.Word)), x.Y.(*syntax.Word)
		switch x.Op {
		case syntax.TsMatchShort, syntax.TsMatch:
			return matchPattern(s.pattern(right), left)
		case syntax.TsNoMatch:
			return !matchPattern(s.pattern(right), left)
		case syntax.TsReMatch:
			re, err := regexp.Compile(s.literal(right))
			return err == nil && re.MatchString(left)
		}
		return s.doTest([]string{"test", left, x.Op.String(), s.literal(right)}) == 0
	}
	return false
}

// maxBraces bounds what {1..n} becomes.
const maxBraces = 100_000

// expandBraces makes several words of one with {a,b} or {1..3}.
func expandBraces(w *syntax.Word) []*syntax.Word {
	same := *w
	if !syntax.SplitBraces(&same) {
		return []*syntax.Word{w}
	}
	return bracesOf(same.Parts)
}

func bracesOf(parts []syntax.WordPart) []*syntax.Word {
	words := []*syntax.Word{{}}
	for _, part := range parts {
		brace, ok := part.(*syntax.BraceExp)
		if !ok {
			for _, w := range words {
				w.Parts = append(w.Parts, part)
			}
			continue
		}
		var choices []*syntax.Word
		if brace.Sequence {
			choices = sequence(brace.Elems)
		} else {
			for _, e := range brace.Elems {
				choices = append(choices, bracesOf(e.Parts)...)
			}
		}
		var next []*syntax.Word
		for _, w := range words {
			for _, c := range choices {
				if len(next) < maxBraces {
					next = append(next, &syntax.Word{Parts: append(append([]syntax.WordPart(nil), w.Parts...), c.Parts...)})
				}
			}
		}
		words = next
	}
	return words
}

func sequence(elems []*syntax.Word) (words []*syntax.Word) {
	from, to := elems[0].Lit(), elems[1].Lit()
	a, err := strconv.Atoi(from)
	b, err2 := strconv.Atoi(to)
	letters := err != nil || err2 != nil
	if letters {
		if len(from) != 1 || len(to) != 1 {
			return nil
		}
		a, b = int(from[0]), int(to[0])
	}
	step := 1
	if len(elems) > 2 {
		step, _ = strconv.Atoi(elems[2].Lit())
		step = max(step, -step, 1)
	}
	width := 0
	if !letters && (strings.HasPrefix(from, "0") && len(from) > 1 || strings.HasPrefix(to, "0") && len(to) > 1) {
		width = max(len(from), len(to))
	}
	for n := a; len(words) < maxBraces && (a <= b && n <= b || a > b && n >= b); {
		text := strconv.Itoa(n)
		if letters {
			text = string(rune(n))
		}
		text = strings.Repeat("0", max(0, width-len(text))) + text
		words = append(words, &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: text}}})
		if n += step; a > b {
			n -= 2 * step
		}
	}
	return words
}
