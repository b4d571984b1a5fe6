package program

import (
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// A dialect is what one shell understands and says.
type dialect struct {
	lang          syntax.LangVariant
	runes         bool // a character is more than a byte
	pipefail      bool
	promptEscapes bool
	readSize      int  // how much of a script is read at a time
	firstLine     int  // of sh -c
	failure       int  // the status of a shell that a mistake has ended
	unsetFailure  int  // of one that an unset variable has ended
	noScript      int  // and of one whose file is not there
	level         bool // it counts SHLVL
	strict        bool // a mistake of a special builtin ends the shell
	redirFailure  int  // the status of a command whose redirection fails
	exitInherited bool // errexit holds in command substitutions, too
	breaksCaller  bool // break in a function ends the loop around its call

	notSet, notSetOrNull, notFound, readOnly string
	aFunction, aliasPrefix, testMissing      string
	jobLine                                  string // the format of a line of jobs

	illegalNumber, noJob, badMode, badNumber, testOperand, testBracket func(arg string) string
	sigPrefix                                                          func(sig int) string
	optionMistake                                                      func(s *interpreter, brief, long string) string

	prompt      func(s *interpreter) string // PS1
	prefix      func(s *interpreter) string
	arith       func(text, err string) string
	syntaxError func(s *interpreter, r refusal, text string)
	cannotOpen  func(name, reason string) string
	cannotMake  func(name, reason string) string
	badOption   func(sign, option string) string
	braces      func(w *syntax.Word) []*syntax.Word
}

func oneWord(w *syntax.Word) []*syntax.Word { return []*syntax.Word{w} }

// ash is busybox's shell.
var ash = &dialect{
	lang: syntax.LangBash, runes: true, pipefail: true, promptEscapes: true, readSize: 1023, firstLine: 0, failure: 2, unsetFailure: 2,
	noScript: 2, level: true, strict: true, redirFailure: 1, breaksCaller: true,
	notSet: "parameter not set", notSetOrNull: "parameter not set or null", notFound: "not found", readOnly: "is read only",
	aFunction: "a function", testMissing: "argument expected", jobLine: "[%d]%s  %-26s %s\n",
	illegalNumber: func(arg string) string { return "Illegal number: " + arg },
	noJob:         func(arg string) string { return arg + ": no such job" },
	badMode:       func(arg string) string { return "illegal mode: " + arg },
	badNumber:     func(arg string) string { return arg + ": bad number" },
	testBracket:   func(arg string) string { return "missing " + arg },
	testOperand:   func(arg string) string { return arg + ": unknown operand" },
	sigPrefix:     func(sig int) string { return "" },
	optionMistake: func(s *interpreter, brief, long string) string { return brief + "\n" },
	prompt:        func(*interpreter) string { return `\w \$ ` },
	prefix: func(s *interpreter) string {
		text := s.name + ": "
		if s.commandName != "" {
			text += s.commandName + ": "
		}
		if (s.script || s.commandName != "") && !s.interactive {
			text += fmt.Sprintf("line %d: ", s.current)
		}
		return text
	},
	arith: func(text, err string) string {
		switch err {
		case divisionByZero:
			return "divide by zero"
		case recursionTooDeep:
			return "expression recursion loop detected"
		}
		return "arithmetic syntax error"
	},
	syntaxError: func(s *interpreter, r refusal, _ string) {
		if r.expected != "" {
			r.expected = " (expecting " + r.expected + ")"
		}
		switch {
		case r.problem == arithmeticProblem:
			s.errorf("%s", r.problem)
		case r.problem != "":
			s.errorf("syntax error: %s", r.problem)
		default:
			s.errorf("syntax error: unexpected %s%s", r.token, r.expected)
		}
	},
	cannotOpen: func(name, reason string) string {
		if reason == "No such file or directory" {
			reason = "no such file"
		}
		return "can't open " + name + ": " + reason
	},
	cannotMake: func(name, reason string) string {
		if reason == "No such file or directory" {
			reason = "nonexistent directory"
		}
		return "can't create " + name + ": " + reason
	},
	badOption: func(sign, option string) string { return "illegal option " + sign + option },
	braces:    oneWord,
}

// dash is the shell of Debian and Ubuntu.
var dash = &dialect{
	lang: syntax.LangPOSIX, readSize: 8191, firstLine: 1, failure: 2, unsetFailure: 2, noScript: 2, strict: true, redirFailure: 2,
	exitInherited: true,
	notSet:        "parameter not set", notSetOrNull: "parameter not set or null", notFound: "not found", readOnly: "is read only",
	aFunction: "a shell function", testMissing: "argument expected", jobLine: "[%d] %s %-26s %s\n",
	illegalNumber: func(arg string) string { return "Illegal number: " + arg },
	noJob:         func(arg string) string { return "No such job: " + arg },
	badMode:       func(arg string) string { return "Illegal number: " + arg },
	badNumber:     func(arg string) string { return "Illegal number: " + arg },
	testBracket:   func(arg string) string { return "missing " + arg },
	testOperand:   func(arg string) string { return arg + ": unexpected operator" },
	sigPrefix:     func(sig int) string { return "" },
	optionMistake: func(s *interpreter, brief, long string) string { return brief + "\n" },
	prompt: func(s *interpreter) string {
		if s.p.User().UID == 0 {
			return "# "
		}
		return "$ "
	},
	prefix: func(s *interpreter) string {
		text := fmt.Sprintf("%s: %d: ", s.name, s.current)
		if s.commandName != "" {
			text += s.commandName + ": "
		}
		return text
	},
	arith: func(text, err string) string {
		return fmt.Sprintf("arithmetic expression: %s: \"%s\"", err, text)
	},
	syntaxError: func(s *interpreter, r refusal, text string) {
		if r.expected != "" {
			r.expected = " (expecting " + r.expected + ")"
		}
		switch r.problem {
		case "":
			s.errorf("Syntax error: %s unexpected%s", r.token, r.expected)
		case arithmeticProblem:
			expression := text[strings.Index(text, "$((")+3:]
			expression, _, _ = strings.Cut(expression, "))")
			s.errorf("%s", s.d.arith(expression, "expecting primary"))
		case badSubstitution:
			s.errorf("Bad substitution")
		default:
			s.errorf("Syntax error: %s", strings.ToUpper(r.problem[:1])+r.problem[1:])
		}
	},
	cannotOpen: func(name, reason string) string {
		if reason == "No such file or directory" {
			reason = "No such file"
		}
		return "cannot open " + name + ": " + reason
	},
	cannotMake: func(name, reason string) string {
		if reason == "No such file or directory" {
			reason = "Directory nonexistent"
		}
		return "cannot create " + name + ": " + reason
	},
	badOption: func(sign, option string) string { return "Illegal option " + sign + option },
	braces:    oneWord,
}

// bash is understood as far as it is a shell of POSIX, with what is cheap of the rest.
var bash = &dialect{
	lang: syntax.LangBash, runes: true, pipefail: true, promptEscapes: true, readSize: 1, firstLine: 1, failure: 1, unsetFailure: 127, aliasPrefix: "alias ",
	noScript: 127, level: true, redirFailure: 1,
	notSet: "unbound variable", notSetOrNull: "parameter null or not set", notFound: "command not found", readOnly: "readonly variable",
	aFunction: "a function", testMissing: "argument expected", jobLine: "[%d]%s  %-23s %s &\n",
	illegalNumber: func(arg string) string { return arg + ": numeric argument required" },
	noJob:         func(arg string) string { return arg + ": no such job" },
	badMode:       func(arg string) string { return arg + ": octal number out of range" },
	badNumber:     func(arg string) string { return arg + ": integer expression expected" },
	testBracket:   func(arg string) string { return "missing `" + arg + "'" },
	testOperand:   func(arg string) string { return arg + ": unary operator expected" },
	sigPrefix:     func(sig int) string { return map[bool]string{true: "SIG"}[sig > 0] },
	optionMistake: func(s *interpreter, brief, long string) string { return s.name + ": " + long + "\n" },
	prompt:        func(*interpreter) string { return `\u@\h:\w\$ ` }, // of Debian's and Ubuntu's bash.bashrc
	prefix: func(s *interpreter) string {
		text := s.name + ": "
		if !s.interactive {
			text += fmt.Sprintf("line %d: ", s.current)
		}
		if s.commandName != "" {
			text += s.commandName + ": "
		}
		return text
	},
	arith: func(text, err string) string {
		switch err {
		case divisionByZero:
			i := strings.LastIndexAny(text, "/%")
			return fmt.Sprintf("%s: division by 0 (error token is \"%s\")", text, text[i+1:])
		case recursionTooDeep:
			return text + ": " + err
		}
		return fmt.Sprintf("%s: syntax error: operand expected (error token is \"%s\")", text, text[len(strings.TrimRight(text, "+-*/%&|^<>=!~?: ")):])
	},
	syntaxError: func(s *interpreter, r refusal, text string) {
		from := ""
		if s.opts['c'] {
			from = "-c: "
		}
		say := func(line int, text string) {
			if s.interactive {
				s.errorf("%s", text)
				return
			}
			s.write(2, fmt.Sprintf("%s: %sline %d: %s\n", s.name, from, line, text))
		}
		lines := strings.Split(text, "\n")
		marks := map[string]string{unterminated: `"`, unterminatedBackquote: "`", missingBrace: "}"}
		switch mark := marks[r.problem]; {
		case mark != "":
			if mark == `"` && strings.Count(text, "'")%2 == 1 {
				mark = "'"
			}
			say(s.current, "unexpected EOF while looking for matching `"+mark+"'")
		case r.token == "end of file" || r.token == "":
			say(s.base+1+len(lines), "syntax error: unexpected end of file")
		default:
			say(s.current, "syntax error near unexpected token `"+strings.Trim(r.token, `"`)+"'")
			if s.interactive {
				return
			}
			say(s.current, "`"+lines[max(0, min(len(lines)-1, s.current-s.base-1))]+"'")
		}
	},
	cannotOpen: func(name, reason string) string { return name + ": " + reason },
	cannotMake: func(name, reason string) string { return name + ": " + reason },
	badOption:  func(sign, option string) string { return sign + option + ": invalid option" },
	braces:     expandBraces,
}

// What is wrong in a script if no token is.
const (
	unterminated          = "unterminated quoted string"
	unterminatedBackquote = "EOF in backquote substitution"
	missingBrace          = "missing '}'"
	badSubstitution       = "bad substitution"
	arithmeticProblem     = "arithmetic syntax error"
)

// parseProblem gives ash's words for what the parser says, if it is no token that is wrong.
func parseProblem(what string) string {
	for _, p := range [][2]string{
		{"closing quote \"`\"", unterminatedBackquote},
		{"without closing quote", unterminated},
		{"matching `${`", missingBrace},
		{"invalid func name", "bad function name"},
		{"not a valid parameter expansion operator", badSubstitution},
		{"invalid parameter name", badSubstitution},
		{"parameter expansion requires a literal", badSubstitution},
		{"expansion operator", badSubstitution},
		{"slicing is", badSubstitution},
		{"search and replace is", badSubstitution},
		{"not a valid arithmetic operator", arithmeticProblem},
		{"must be followed by an expression", arithmeticProblem},
		{"must follow an expression", arithmeticProblem},
		{"must follow a name", arithmeticProblem},
	} {
		if strings.Contains(what, p[0]) {
			return p[1]
		}
	}
	return ""
}
