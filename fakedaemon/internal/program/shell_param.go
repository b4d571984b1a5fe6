package program

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// param expands a parameter.
func (e *expansion) param(pe *syntax.ParamExp, quoted bool) {
	s := e.s
	name := pe.Param.Value
	if pe.Index != nil || pe.Names != 0 || pe.Width || pe.IsSet {
		s.abort("", "syntax error: bad substitution")
	}
	if pe.Excl {
		name, _ = s.get(name)
	}
	if name == "@" || name == "*" {
		e.params(pe, name, quoted)
		return
	}
	value, set := s.get(name)
	if name == "LINENO" {
		value, set = strconv.Itoa(s.line(pe.Pos())), true
	}
	if pe.Exp != nil {
		if e.alternative(pe, name, value, set, quoted) {
			return
		}
	}
	if !set && s.opts['u'] {
		s.unsetError(name, s.d.notSet)
	}
	e.split(s.transform(pe, value), quoted)
}

func (s *interpreter) unsetError(name, text string) {
	s.errorf("%s: %s", name, text)
	s.quit(s.d.unsetFailure)
}

// alternative does ${x-word} and its relatives. It reports whether nothing is left to do.
func (e *expansion) alternative(pe *syntax.ParamExp, name, value string, set, quoted bool) bool {
	op := pe.Exp.Op
	switch op {
	case syntax.AlternateUnsetOrNull, syntax.DefaultUnsetOrNull, syntax.ErrorUnsetOrNull, syntax.AssignUnsetOrNull:
		set = set && value != ""
	}
	word := func() {
		if pe.Exp.Word != nil {
			e.alternativeWord(pe.Exp.Word, quoted)
		}
	}
	switch op {
	case syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
		if set {
			word()
		}
		return true
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull:
		if set {
			break
		}
		word()
		return true
	case syntax.AssignUnset, syntax.AssignUnsetOrNull:
		if set {
			break
		}
		value = e.s.value(pe.Exp.Word)
		if !syntax.ValidName(name) {
			e.s.abort("", name+": bad variable name")
		}
		e.s.set(name, value)
		e.split(value, quoted)
		return true
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
		if set {
			break
		}
		text := "parameter not set"
		if op == syntax.ErrorUnsetOrNull {
			text = e.s.d.notSetOrNull
		}
		if pe.Exp.Word != nil && len(pe.Exp.Word.Parts) > 0 {
			text = e.s.literal(pe.Exp.Word)
		}
		e.s.unsetError(name, text)
	default:
		return false
	}
	e.split(value, quoted)
	return true
}

// alternativeWord expands the word of ${x-word}: outside of quotes its text is split like what a parameter becomes.
func (e *expansion) alternativeWord(w *syntax.Word, quoted bool) {
	for i, part := range w.Parts {
		lit, ok := part.(*syntax.Lit)
		if !ok || quoted {
			e.part(part, quoted)
			continue
		}
		text := lit.Value
		if i == 0 {
			text = e.tildes(text, true, len(w.Parts) == 1, false)
		}
		for text != "" {
			j := strings.IndexByte(text, '\\')
			if j < 0 || j+1 == len(text) {
				e.split(text, false)
				break
			}
			e.split(text[:j], false)
			e.add(text[j+1:j+2], true)
			text = text[j+2:]
		}
	}
}

// params expands $@ and $*.
func (e *expansion) params(pe *syntax.ParamExp, name string, quoted bool) {
	s := e.s
	list := s.args
	if pe.Length {
		e.split(strconv.Itoa(len(list)), quoted)
		return
	}
	if pe.Exp != nil {
		switch pe.Exp.Op {
		case syntax.RemSmallPrefix, syntax.RemLargePrefix, syntax.RemSmallSuffix, syntax.RemLargeSuffix:
		default:
			done := e.alternative(&syntax.ParamExp{Param: pe.Param, Exp: &syntax.Expansion{Op: pe.Exp.Op, Word: pe.Exp.Word}},
				name, strings.Join(list, ""), len(list) > 0, quoted)
			if done && (len(list) == 0 || pe.Exp.Op == syntax.AlternateUnset || pe.Exp.Op == syntax.AlternateUnsetOrNull) {
				return
			}
		}
	}
	if pe.Slice != nil { // from $0 on
		list = sliceOf(append([]string{s.name}, list...), s, pe.Slice)
	}
	if name == "*" && (quoted || e.single) {
		e.add(s.transform(&syntax.ParamExp{Exp: pe.Exp, Repl: pe.Repl}, strings.Join(list, s.separator())), quoted)
		return
	}
	for i, value := range list {
		if i > 0 {
			e.next(quoted)
		}
		e.split(s.transform(&syntax.ParamExp{Exp: pe.Exp, Repl: pe.Repl}, value), quoted)
	}
}

// separator is what joins the parameters in "$*".
func (s *interpreter) separator() string {
	ifs := s.ifs()
	return ifs[:min(1, len(ifs))]
}

func sliceOf[T any](list []T, s *interpreter, slice *syntax.Slice) []T {
	bound := func(x syntax.ArithmExpr, from int) int {
		n := int(min(max(s.arithm(s.arithText(x)), -1<<30), 1<<30))
		if n < 0 {
			n += len(list)
			if from >= 0 && n < from {
				n = from
			}
			return max(n, 0)
		}
		return min(n+max(from, 0), len(list))
	}
	start := 0
	if slice.Offset != nil {
		if start = bound(slice.Offset, -1); start < 0 {
			return nil
		}
	}
	if slice.Length == nil {
		return list[start:]
	}
	return list[start:max(start, bound(slice.Length, start))]
}

// transform does what a parameter expansion says with a value that is there.
func (s *interpreter) transform(pe *syntax.ParamExp, value string) string {
	switch {
	case pe.Length:
		if s.d.runes && s.utf8() {
			return strconv.Itoa(utf8.RuneCountInString(value))
		}
		return strconv.Itoa(len(value))
	case pe.Slice != nil:
		if s.d.runes && s.utf8() {
			return string(sliceOf([]rune(value), s, pe.Slice))
		}
		return string(sliceOf([]byte(value), s, pe.Slice))
	case pe.Repl != nil:
		return s.replace(value, s.pattern(pe.Repl.Orig), s.literal(pe.Repl.With), pe.Repl.All)
	case pe.Exp == nil:
		return value
	}
	switch op := pe.Exp.Op; op {
	case syntax.RemSmallPrefix, syntax.RemLargePrefix, syntax.RemSmallSuffix, syntax.RemLargeSuffix:
		if pe.Exp.Word == nil {
			return value
		}
		return s.remove(value, s.pattern(pe.Exp.Word), op)
	case syntax.UpperAll:
		return strings.ToUpper(value)
	case syntax.LowerAll:
		return strings.ToLower(value)
	case syntax.UpperFirst, syntax.LowerFirst:
		n := min(1, len(value))
		if op == syntax.UpperFirst {
			return strings.ToUpper(value[:n]) + value[n:]
		}
		return strings.ToLower(value[:n]) + value[n:]
	}
	return value
}

// utf8 reports whether the locale says that characters are more than bytes.
func (s *interpreter) utf8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v, _ := s.get(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

// remove removes what matches the pattern from the begin or the end of the value.
func (s *interpreter) remove(value, pattern string, op syntax.ParExpOperator) string {
	n := len(value)
	for i := range n + 1 {
		if i&0xf == 0xf {
			s.p.Check()
		}
		switch op {
		case syntax.RemSmallPrefix:
			if matchPattern(pattern, value[:i]) {
				return value[i:]
			}
		case syntax.RemLargePrefix:
			if matchPattern(pattern, value[:n-i]) {
				return value[n-i:]
			}
		case syntax.RemSmallSuffix:
			if matchPattern(pattern, value[n-i:]) {
				return value[:n-i]
			}
		default:
			if matchPattern(pattern, value[i:]) {
				return value[:i]
			}
		}
	}
	return value
}

// replace replaces the longest matches of the pattern, of which one that begins with # or % has to be at the begin or the end.
func (s *interpreter) replace(value, pattern, with string, all bool) string {
	if pattern == "" {
		return value
	}
	var b strings.Builder
	for i := 0; i <= len(value); {
		end := -1
		for j := len(value); j > i; j-- {
			if j&0xf == 0 {
				s.p.Check()
			}
			if matchPattern(pattern, value[i:j]) {
				end = j
				break
			}
		}
		if end < 0 {
			if i < len(value) {
				b.WriteByte(value[i])
			}
			i++
			continue
		}
		b.WriteString(with)
		if i = end; !all {
			b.WriteString(value[i:])
			break
		}
	}
	return b.String()
}
