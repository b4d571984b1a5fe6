package state

import "strings"

// script runs the statements of a shell's script until one ends it. Of one that it does not understand the rest is unknown.
func (sh *shell) script(text string) {
	list := statements(text)
	for i, st := range list {
		if sh.done {
			return
		}
		switch {
		case i > 0 && list[i-1].end == "&&" && sh.ExitCode != 0, i > 0 && list[i-1].end == "||" && sh.ExitCode == 0:
			continue
		case len(st.words) == 0:
			continue
		case st.words[0] == "while" || st.words[0] == "until":
			sh.Prints = true
			sh.forever()
			return
		case compound[st.words[0]]:
			sh.unknown()
			return
		case st.end == "&":
			sh.background, sh.Prints = true, true
			continue
		}
		sh.run(st.words)
		if sh.exitOnError && sh.ExitCode != 0 && st.end != "&&" && st.end != "||" && st.end != "|" {
			sh.done = true
		}
	}
}

// compound are the words that begin what is more than a command.
var compound = map[string]bool{"if": true, "for": true, "case": true, "{": true, "(": true, "!": true, "function": true}

// statement is a command of a script and the operator behind it.
type statement struct {
	words []string
	end   string
}

// statements takes a script apart: words as a shell splits and unquotes them, without redirections.
func statements(text string) []statement {
	var list []statement
	var words []string
	var word strings.Builder
	quoted, redirect := false, false
	endWord := func() {
		if word.Len() > 0 || quoted {
			if !redirect {
				words = append(words, word.String())
			}
			redirect = false
		}
		word.Reset()
		quoted = false
	}
	end := func(operator string) {
		endWord()
		list = append(list, statement{words, operator})
		words = nil
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t':
			endWord()
		case '\'', '"':
			quoted = true
			for i++; i < len(text) && text[i] != c; i++ {
				if c == '"' && text[i] == '\\' && i+1 < len(text) {
					i++
				}
				word.WriteByte(text[i])
			}
		case '\\':
			if i++; i < len(text) {
				word.WriteByte(text[i])
			}
		case '>', '<':
			// What is before it is the number of a file, or a word of its own.
			if strings.Trim(word.String(), "0123456789") != "" {
				endWord()
			}
			word.Reset()
			for i+1 < len(text) && (text[i+1] == '>' || text[i+1] == '&') {
				i++
			}
			redirect = true
		case ';', '\n', '&', '|':
			operator := string(c)
			if i+1 < len(text) && text[i+1] == c && (c == '&' || c == '|') {
				operator += string(c)
				i++
			}
			end(operator)
		default:
			word.WriteByte(c)
		}
	}
	end("")
	return list
}
