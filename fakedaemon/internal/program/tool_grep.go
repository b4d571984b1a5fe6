package program

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// grep is also egrep and fgrep.
func grep(t *tool) {
	patterns, args := slices.Clone(t.opt['e']), t.args
	for _, name := range t.opt['f'] {
		data, err := t.whole(name)
		if err != nil {
			t.fail(name, err)
			return
		}
		patterns = append(patterns, strings.TrimSuffix(string(data), "\n"))
	}
	if patterns == nil {
		if len(args) == 0 {
			t.usage()
			return
		}
		patterns, args = args[:1], args[1:]
	}
	g := &grepping{tool: t, end: '\n'}
	if t.has("z") {
		g.end = 0
	}
	for _, text := range patterns {
		for pattern := range strings.SplitSeq(text, "\n") {
			re, err := t.grepPattern(pattern)
			if err != nil {
				t.errorf("bad regex '%s'", pattern)
				return
			}
			g.patterns = append(g.patterns, re)
		}
	}
	var ok1, ok2, ok3, ok4 bool
	g.most, ok1 = t.number('m', 1<<30)
	around, ok2 := t.number('C', 0)
	g.before, ok3 = t.number('B', around)
	g.after, ok4 = t.number('A', around)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return
	}
	if t.has("rR") && len(args) == 0 {
		args = []string{"."}
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	g.named = (len(args) > 1 || t.has("rR") || t.has("H")) && !t.has("h")
	for _, name := range args {
		if g.file(name, true); g.found && t.has("q") {
			break
		}
	}
	if g.found == t.has("L") && t.code == 0 {
		t.code = 1
	}
	if g.found && t.has("q") {
		t.code = 0
	}
}

func (t *tool) grepPattern(pattern string) (*regexp.Regexp, error) {
	if t.has("F") || t.name == "fgrep" {
		pattern = regexp.QuoteMeta(pattern)
		if t.has("x") {
			pattern = `\A` + pattern + `\z`
		} else if t.has("w") {
			pattern = `\b` + pattern + `\b`
		}
		if t.has("i") {
			pattern = "(?i)" + pattern
		}
		return regexp.Compile(pattern)
	}
	extended := t.has("E") || t.name == "egrep"
	open, end := `\(`, `\)`
	if extended {
		open, end = "(", ")"
	}
	if t.has("x") {
		pattern = "^" + open + pattern + end + "$"
	} else if t.has("w") {
		pattern = `\b` + open + pattern + end + `\b`
	}
	return posix(pattern, extended, t.has("i"))
}

type grepping struct {
	*tool
	patterns            []*regexp.Regexp
	end                 byte
	named, found        bool
	most, before, after int
	shown               bool // something of a context
}

func (g *grepping) file(name string, given bool) {
	if name != "-" {
		info, err := g.stat(name)
		if err != nil {
			if !g.has("s") {
				g.fail(name, err)
			}
			g.code = g.failure
			return
		}
		if info.IsDir() {
			if !g.has("rR") {
				return
			}
			entries, err := g.readDir(name)
			if err != nil {
				g.fail(name, err)
			}
			for _, e := range entries {
				if e.Type()&symlink != 0 && !g.has("R") {
					if info, err := g.stat(path.Join(name, e.Name())); err != nil {
						code := g.code
						g.fail(join(name, e.Name()), err)
						g.code = code
						continue
					} else if info.IsDir() {
						continue
					}
				}
				g.file(join(name, e.Name()), false)
			}
			return
		}
	}
	r, err := g.open(name)
	if err != nil {
		if !g.has("s") {
			g.fail(name, err)
		}
		g.code = g.failure
		return
	}
	defer r.Close()
	if name == "-" {
		name = "(standard input)"
	}
	if err := ignoreStop(g.lines(name, r)); err != nil {
		g.fail(name, err)
	}
}

// find finds the first match in a line from a place on.
func (g *grepping) find(line []byte, from int) (at []int) {
	for _, re := range g.patterns {
		if m := re.FindIndex(line[from:]); m != nil && (at == nil || m[0]+from < at[0] || m[0]+from == at[0] && m[1]+from > at[1]) {
			at = []int{m[0] + from, m[1] + from}
		}
	}
	return at
}

func (g *grepping) lines(name string, r io.Reader) error {
	number, count, left, last := 0, 0, 0, 0
	var before [][]byte
	quiet := g.has("qlLc")
	show := func(line []byte, number int, mark byte) {
		if (g.before > 0 || g.after > 0) && g.shown && number != last+1 {
			fmt.Fprintln(g.out, "--")
		}
		g.shown, last = true, number
		g.prefix(name, number, mark)
		g.out.Write(append(line[:len(line):len(line)], g.end))
	}
	if g.most == 0 {
		return nil
	}
	err := g.eachLine(r, g.end, func(line []byte) error {
		line = bytes.TrimSuffix(line, []byte{g.end})
		number++
		at := g.find(line, 0)
		if (at != nil) == g.has("v") {
			switch {
			case left > 0 && !quiet:
				show(line, number, '-')
				left--
			case g.before > 0:
				if before = append(before, line); len(before) > g.before {
					before = before[1:]
				}
			}
			if count == g.most && left == 0 {
				return errStop
			}
			return nil
		}
		if count++; g.has("o") && !quiet {
			for at != nil {
				if at[1] > at[0] {
					g.prefix(name, number, ':')
					g.out.Write(append(line[at[0]:at[1]:at[1]], g.end))
				}
				from := max(at[1], at[0]+1)
				if at = nil; from <= len(line) {
					at = g.find(line, from)
				}
			}
		} else if !quiet {
			for i, line := range before {
				show(line, number-len(before)+i, '-')
			}
			before = nil
			show(line, number, ':')
			left = g.after
		}
		if g.has("qlL") || count == g.most && left == 0 {
			return errStop
		}
		return nil
	})
	g.found = g.found || count > 0
	switch {
	case g.has("q"):
	case g.has("l") && count > 0, g.has("L") && count == 0:
		fmt.Fprintln(g.out, name)
	case g.has("c") && !g.has("lL"):
		g.prefix(name, 0, ':')
		fmt.Fprintln(g.out, count)
	}
	return err
}

func (g *grepping) prefix(name string, number int, mark byte) {
	if g.named {
		fmt.Fprintf(g.out, "%s%c", name, mark)
	}
	if g.has("n") && number > 0 {
		fmt.Fprintf(g.out, "%d%c", number, mark)
	}
}
