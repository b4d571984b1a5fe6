package program

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// matchPattern reports whether the shell's pattern matches all of s. A backslash in the pattern quotes the next character.
func matchPattern(pattern, s string) bool {
	starPattern, starText, star := "", "", false
	for {
		if strings.HasPrefix(pattern, "*") {
			pattern = pattern[1:]
			starPattern, starText, star = pattern, s, true
			continue
		}
		if pattern == "" && s == "" {
			return true
		}
		if rest, n := matchOne(pattern, s); n > 0 {
			pattern, s = rest, s[n:]
			continue
		}
		if !star || starText == "" {
			return false
		}
		_, n := utf8.DecodeRuneInString(starText)
		starText = starText[n:]
		pattern, s = starPattern, starText
	}
}

// matchOne matches the first element of the pattern, which is no star, with the first character of s. It returns what is left of
// the pattern and the length of the character, 0 when it does not match.
func matchOne(pattern, s string) (rest string, n int) {
	if pattern == "" || s == "" {
		return "", 0
	}
	r, size := utf8.DecodeRuneInString(s)
	switch pattern[0] {
	case '?':
		return pattern[1:], size
	case '[':
		if rest, in, ok := matchBracket(pattern, r); ok {
			if !in {
				return "", 0
			}
			return rest, size
		}
	case '\\':
		if len(pattern) > 1 {
			pattern = pattern[1:]
		}
	}
	// Bytes, not runes: what is no UTF-8 matches itself alone.
	_, size = utf8.DecodeRuneInString(pattern)
	if !strings.HasPrefix(s, pattern[:size]) {
		return "", 0
	}
	return pattern[size:], size
}

var charClasses = map[string]func(rune) bool{
	"alpha": func(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' },
	"digit": func(r rune) bool { return '0' <= r && r <= '9' },
	"alnum": func(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9' },
	"upper": func(r rune) bool { return 'A' <= r && r <= 'Z' },
	"lower": func(r rune) bool { return 'a' <= r && r <= 'z' },
	"space": func(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' },
	"blank": func(r rune) bool { return r == ' ' || r == '\t' },
	"punct": func(r rune) bool {
		return '!' <= r && r <= '/' || ':' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
	},
	"cntrl":  func(r rune) bool { return r < ' ' || r == 0x7f },
	"graph":  func(r rune) bool { return '!' <= r && r <= '~' },
	"print":  func(r rune) bool { return ' ' <= r && r <= '~' },
	"xdigit": func(r rune) bool { return '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'f' },
}

// matchBracket reports whether r is in the bracket expression with which the pattern begins; ok is false when that has no end, so
// that the bracket is an ordinary character.
func matchBracket(pattern string, r rune) (rest string, in, ok bool) {
	p := pattern[1:]
	not := strings.HasPrefix(p, "!") || strings.HasPrefix(p, "^")
	if not {
		p = p[1:]
	}
	next := func() rune {
		if p[0] == '\\' && len(p) > 1 {
			p = p[1:]
		}
		c, n := utf8.DecodeRuneInString(p)
		p = p[n:]
		return c
	}
	for first := true; ; first = false {
		if p == "" {
			return "", false, false
		}
		if p[0] == ']' && !first {
			return p[1:], in != not, true
		}
		if name, after, found := strings.Cut(strings.TrimPrefix(p, "[:"), ":]"); found && strings.HasPrefix(p, "[:") {
			if class := charClasses[name]; class != nil {
				in = in || class(r)
				p = after
				continue
			}
		}
		low := next()
		high := low
		if len(p) > 1 && p[0] == '-' && p[1] != ']' {
			p = p[1:]
			high = next()
		}
		in = in || low <= r && r <= high
	}
}

// patternOf makes a pattern of an expanded field: what was quoted matches itself. meta reports whether anything in it is special.
func patternOf(field []piece) (pattern string, meta bool) {
	var b strings.Builder
	for _, p := range field {
		if !p.quoted {
			meta = meta || strings.ContainsAny(p.text, "*?[")
			b.WriteString(p.text)
			continue
		}
		for i := range len(p.text) {
			if strings.IndexByte(`*?[]\-!^`, p.text[i]) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(p.text[i])
		}
	}
	return b.String(), meta
}

// unquotePattern removes the backslashes that quote characters of a pattern.
func unquotePattern(pattern string) string {
	if !strings.Contains(pattern, `\`) {
		return pattern
	}
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		b.WriteByte(pattern[i])
	}
	return b.String()
}

// glob returns the names of files that the pattern matches, sorted.
func (s *interpreter) glob(pattern string) []string {
	found := []string{""}
	if strings.HasPrefix(pattern, "/") {
		found[0] = "/"
		pattern = strings.TrimLeft(pattern, "/")
	}
	for part, rest, more := "", pattern, true; more && len(found) > 0; {
		part, rest, more = strings.Cut(rest, "/")
		slash := ""
		for ; more && strings.HasPrefix(rest, "/"); rest = rest[1:] {
		}
		if more {
			slash = "/"
		}
		var next []string
		for _, dir := range found {
			s.p.Check()
			for _, name := range s.globPart(dir, part) {
				if more && !s.isDir(dir+name) {
					continue
				}
				next = append(next, dir+name+slash)
			}
		}
		found = next
	}
	slices.Sort(found)
	return found
}

func (s *interpreter) globPart(dir, part string) (names []string) {
	if !strings.ContainsAny(part, "*?[") {
		name := unquotePattern(part)
		if _, err := s.p.Lstat(path.Join("/", s.p.Abs(dir+name))); name != "" && err != nil {
			return nil
		}
		return []string{name}
	}
	entries, err := s.p.ReadDir(s.p.Abs(dir))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(strings.TrimPrefix(part, `\`), ".") {
			continue
		}
		if matchPattern(part, name) {
			names = append(names, name)
		}
	}
	return names
}

func (s *interpreter) isDir(name string) bool {
	info, err := s.p.Stat(s.p.Abs(name))
	return err == nil && info.IsDir()
}
