package program

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// found is a file that find looks at.
type found struct {
	name  string
	info  fs.FileInfo
	depth int
}

// predicate is a part of find's expression.
type predicate func(f found) bool

// finding is find at work.
type finding struct {
	*tool
	args          []string
	least, most   int
	depth, follow bool
	acts          bool // it has an action, so it does not print by itself
	prune, quit   bool
	bad           bool
	batches       []*batch
	nested        int // how deep the expression is
}

// batch is what -exec ... + collects.
type batch struct{ args, names []string }

func find(t *tool) {
	f := &finding{tool: t, most: 1 << 30}
	args := t.args
	for len(args) > 0 && (args[0] == "-L" || args[0] == "-H" || args[0] == "-P") {
		f.follow = args[0] == "-L"
		args = args[1:]
	}
	var names []string
	for len(args) > 0 && args[0] != "(" && args[0] != "!" && !strings.HasPrefix(args[0], "-") {
		names, args = append(names, args[0]), args[1:]
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	f.args = args
	expression := f.either()
	if f.bad {
		return
	}
	if len(f.args) > 0 {
		t.errorf("unrecognized: %s", f.args[0])
		t.usage()
		return
	}
	if !f.acts {
		inner := expression
		expression = func(x found) bool {
			if inner(x) {
				fmt.Fprintln(t.out, x.name)
			}
			return true
		}
	}
	for _, name := range names {
		f.walk(name, 0, expression)
	}
	for _, b := range f.batches {
		f.runBatch(b)
	}
}

func (f *finding) walk(name string, depth int, expression predicate) {
	f.p.Check()
	stat := f.lstat
	if f.follow {
		stat = f.stat
	}
	info, err := stat(name)
	if err != nil && f.follow {
		info, err = f.lstat(name)
	}
	if err != nil {
		f.fail(name, err)
		return
	}
	f.prune = false
	if !f.depth && depth >= f.least {
		expression(found{name, info, depth})
	}
	if info.IsDir() && depth < f.most && !f.prune && !f.quit {
		entries, err := f.readDir(name)
		if err == nil {
			err = f.p.Access(name, 4)
		}
		if err != nil {
			f.fail(name, err)
		} else {
			for _, e := range entries {
				if f.walk(join(name, e.Name()), depth+1, expression); f.quit {
					return
				}
			}
		}
	}
	if f.depth && depth >= f.least {
		expression(found{name, info, depth})
	}
}

func (f *finding) next() string {
	if len(f.args) == 0 {
		return ""
	}
	return f.args[0]
}

func (f *finding) take() string {
	arg := f.next()
	f.args = f.args[min(1, len(f.args)):]
	return arg
}

func (f *finding) complain(format string, a ...any) predicate {
	if !f.bad {
		f.errorf(format, a...)
	}
	f.bad, f.args = true, nil
	return func(found) bool { return false }
}

func (f *finding) either() predicate {
	left := f.both()
	for f.next() == "-o" || f.next() == "-or" {
		f.take()
		a, b := left, f.both()
		left = func(x found) bool { return a(x) || b(x) }
	}
	return left
}

func (f *finding) both() predicate {
	left := predicate(func(found) bool { return true })
	for {
		switch arg := f.next(); {
		case arg == "" || arg == ")" || arg == "-o" || arg == "-or":
			return left
		case arg == "-a" || arg == "-and":
			f.take()
		default:
			a, b := left, f.primary()
			left = func(x found) bool { return a(x) && b(x) }
		}
	}
}

func (f *finding) primary() predicate {
	if f.nested++; f.nested > maxArithDepth {
		return f.complain("too many arguments")
	}
	defer func() { f.nested-- }()
	word := f.take()
	switch word {
	case "!", "-not":
		inner := f.primary()
		return func(x found) bool { return !inner(x) }
	case "(":
		inner := f.either()
		if f.take() != ")" {
			return f.complain("unpaired '('")
		}
		return inner
	}
	p, ok := findTests[word]
	if !ok {
		f.complain("unrecognized: %s", word)
		f.usage()
		return nil
	}
	if p.arg && len(f.args) == 0 {
		return f.complain("%s requires an argument", word)
	}
	arg := ""
	if p.arg {
		arg = f.take()
	}
	return p.make(f, word, arg)
}

type findTest struct {
	arg  bool
	make func(f *finding, word, arg string) predicate
}

var findTests map[string]findTest

func init() {
	always := func(set func(f *finding)) findTest {
		return findTest{false, func(f *finding, _, _ string) predicate {
			set(f)
			return func(found) bool { return true }
		}}
	}
	number := func(set func(f *finding, n int)) findTest {
		return findTest{true, func(f *finding, _, arg string) predicate {
			n, err := strconv.Atoi(arg)
			if err != nil || n < 0 {
				return f.complain("invalid number '%s'", arg)
			}
			set(f, n)
			return func(found) bool { return true }
		}}
	}
	glob := func(fold bool, of func(x found) string) findTest {
		return findTest{true, func(_ *finding, _, pattern string) predicate {
			if fold {
				pattern = strings.ToLower(pattern)
			}
			return func(x found) bool {
				text := of(x)
				if fold {
					text = strings.ToLower(text)
				}
				return matchPattern(pattern, text)
			}
		}}
	}
	base := func(x found) string {
		if b := baseName(x.name); b != "" {
			return b
		}
		return x.name
	}
	whole := func(x found) string { return x.name }
	// compared is a test of a number: more than, less than or exactly.
	compared := func(of func(f *finding, x found) int64) findTest {
		return findTest{true, func(f *finding, _, arg string) predicate {
			n, err := strconv.ParseInt(strings.TrimLeft(arg, "+-"), 10, 64)
			if err != nil {
				return f.complain("invalid number '%s'", arg)
			}
			return func(x found) bool { return compareSign(arg, of(f, x), n) }
		}}
	}
	age := func(unit time.Duration) findTest {
		return compared(func(f *finding, x found) int64 { return int64(f.p.Now().Sub(x.info.ModTime()) / unit) })
	}
	findTests = map[string]findTest{
		"-name": glob(false, base), "-iname": glob(true, base), "-path": glob(false, whole), "-ipath": glob(true, whole),
		"-maxdepth": number(func(f *finding, n int) { f.most = n }), "-mindepth": number(func(f *finding, n int) { f.least = n }),
		"-depth": always(func(f *finding) { f.depth = true }), "-follow": always(func(f *finding) { f.follow = true }),
		"-xdev": always(func(*finding) {}), "-mount": always(func(*finding) {}), "-noleaf": always(func(*finding) {}),
		"-mtime": age(24 * time.Hour), "-atime": age(24 * time.Hour), "-ctime": age(24 * time.Hour), "-mmin": age(time.Minute), "-amin": age(time.Minute), "-cmin": age(time.Minute),
		"-links": compared(func(_ *finding, x found) int64 { return int64(sys(x.info).Links) }),
		"-inum":  compared(func(_ *finding, x found) int64 { return int64(sys(x.info).Inode) }),
		"-type": {true, func(f *finding, _, arg string) predicate {
			if len(arg) != 1 || !strings.Contains("fdlbcsp", arg) {
				return f.complain("invalid argument '%s' to '-type'", arg)
			}
			want := strings.Replace(arg, "f", "-", 1)[0]
			return func(x found) bool { return kindLetter(x.info.Mode()) == want }
		}},
		"-size": {true, func(f *finding, _, arg string) predicate {
			digits, unit := strings.TrimLeft(arg, "+-"), int64(512)
			if digits != "" {
				if n, ok := map[byte]int64{'c': 1, 'k': 1024, 'b': 512, 'w': 2, 'M': 1 << 20, 'G': 1 << 30}[digits[len(digits)-1]]; ok {
					digits, unit = digits[:len(digits)-1], n
				}
			}
			n, err := strconv.ParseInt(digits, 10, 64)
			if err != nil {
				return f.complain("invalid number '%s'", arg)
			}
			return func(x found) bool { return compareSign(arg, x.info.Size(), n*unit) }
		}},
		"-perm": {true, func(f *finding, _, arg string) predicate {
			mode, ok := readMode(strings.TrimLeft(arg, "-+/"), 0, 0)
			if !ok {
				return f.complain("invalid mode '%s'", arg)
			}
			want := bits(mode)
			return func(x found) bool {
				switch have := bits(x.info.Mode()); arg[0] {
				case '-':
					return have&want == want
				case '+', '/':
					return want == 0 || have&want != 0
				default:
					return have == want
				}
			}
		}},
		"-newer": {true, func(f *finding, _, arg string) predicate {
			info, err := f.stat(arg)
			if err != nil {
				return f.complain("can't stat '%s': %s", arg, reason(err))
			}
			return func(x found) bool { return x.info.ModTime().After(info.ModTime()) }
		}},
		"-user": {true, func(f *finding, _, arg string) predicate {
			id, ok := f.idOf(passwd, arg)
			if !ok {
				return f.complain("unknown user %s", arg)
			}
			return func(x found) bool { return sys(x.info).UID == id }
		}},
		"-group": {true, func(f *finding, _, arg string) predicate {
			id, ok := f.idOf(group, arg)
			if !ok {
				return f.complain("unknown group %s", arg)
			}
			return func(x found) bool { return sys(x.info).GID == id }
		}},
		"-regex": {true, func(f *finding, _, arg string) predicate {
			re, err := posix("^"+arg+"$", false, false)
			if err != nil {
				return f.complain("bad regex '%s'", arg)
			}
			return func(x found) bool { return re.MatchString(x.name) }
		}},
		"-empty": {false, func(f *finding, _, _ string) predicate {
			return func(x found) bool {
				if x.info.IsDir() {
					entries, err := f.readDir(x.name)
					return err == nil && len(entries) == 0
				}
				return x.info.Mode().IsRegular() && x.info.Size() == 0
			}
		}},
		"-executable": {false, func(f *finding, _, _ string) predicate {
			return func(x found) bool { return f.p.Access(x.name, 1) == nil }
		}},
		"-prune": {false, func(f *finding, _, _ string) predicate {
			return func(found) bool { f.prune = true; return true }
		}},
		"-quit": {false, func(f *finding, _, _ string) predicate {
			f.acts = true
			return func(found) bool { f.quit = true; return true }
		}},
		"-true": always(func(*finding) {}),
		"-print": {false, func(f *finding, _, _ string) predicate {
			f.acts = true
			return func(x found) bool { fmt.Fprintln(f.out, x.name); return true }
		}},
		"-print0": {false, func(f *finding, _, _ string) predicate {
			f.acts = true
			return func(x found) bool { fmt.Fprint(f.out, x.name, "\x00"); return true }
		}},
		"-delete": {false, func(f *finding, _, _ string) predicate {
			f.acts, f.depth = true, true
			return func(x found) bool {
				if x.name == "." {
					return true
				}
				err := f.remove(x.name)
				if err != nil {
					f.fail(x.name, err)
				}
				return err == nil
			}
		}},
		"-exec": {false, makeExec}, "-ok": {false, makeExec},
	}
}

// compareSign holds a number against one that has a plus for more and a minus for less in front.
func compareSign(arg string, have, want int64) bool {
	switch arg[0] {
	case '+':
		return have > want
	case '-':
		return have < want
	}
	return have == want
}

func makeExec(f *finding, word, _ string) predicate {
	f.acts = true
	var args []string
	for len(f.args) > 0 && f.next() != ";" && (f.next() != "+" || len(args) == 0 || args[len(args)-1] != "{}") {
		args = append(args, f.take())
	}
	if len(f.args) == 0 || len(args) == 0 {
		return f.complain("%s requires an argument", word)
	}
	if f.take() == "+" {
		b := &batch{args: args[:len(args)-1]}
		f.batches = append(f.batches, b)
		return func(x found) bool { b.names = append(b.names, x.name); return true }
	}
	return func(x found) bool {
		line := make([]string, len(args))
		for i, arg := range args {
			line[i] = strings.ReplaceAll(arg, "{}", x.name)
		}
		return f.spawn(line) == 0
	}
}

func (f *finding) runBatch(b *batch) {
	if len(b.names) > 0 && f.spawn(append(b.args, b.names...)) != 0 {
		f.code = 1
	}
}

// spawn runs a program in a child and waits for it.
func (t *tool) spawn(args []string) (code int) {
	t.out.Flush()
	pid, err := t.p.Fork(func(p *run.Process) int { return t.become(p, args, nil) })
	if err != nil {
		t.errorf("can't fork: %s", reason(err))
		return 1
	}
	for {
		status, err := t.p.Wait(pid, false)
		if err == nil {
			return status.Code
		}
		if err != run.EINTR {
			return 1
		}
	}
}

// become makes another program of a process, or says why not.
func (t *tool) become(p *run.Process, args, env []string) int {
	t.out.Flush()
	err := p.Exec(args, env)
	code, why := 127, "No such file or directory"
	if e, ok := err.(*run.StartError); ok && e.Code == 126 {
		if strings.Contains(e.Text, "exec format error") && args[0] != "/bin/sh" {
			file, _ := look(p, args[0]) // as execvp runs what is no program
			return t.become(p, append([]string{"/bin/sh", file}, args[1:]...), env)
		}
		code, why = 126, "Permission denied"
	}
	format := "%s: can't execute '%s': %s\n"
	if t.name == "xargs" {
		format = "%s: %s: %s\n"
	}
	fmt.Fprintf(p.Stderr(), format, t.name, args[0], why)
	return code
}
