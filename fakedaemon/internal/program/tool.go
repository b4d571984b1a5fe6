package program

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// banner is the first line that busybox prints of itself: that of the recorded one.
const banner = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary."

// applet is what a tool's name stands for.
type applet struct {
	run func(t *tool)
	// options are as getopt takes them. With "+" in front the first operand ends them; "*" leaves all to the applet.
	options string
	// long are long options that mean a letter, as "name=c".
	long string
	// min is how many operands it wants; fewer are a mistake of usage.
	min int
	// failure is the exit code of mistakes; 0 means 1.
	failure int
}

// tool is an applet in a process.
type tool struct {
	p       *run.Process
	name    string
	dialect string
	args    []string // the operands
	opt     map[byte][]string
	out     *bufio.Writer
	code    int
	failure int
	held    int                // bytes of what it has read
	made    map[uint64]bool    // folders that cp has made, by inode number
	users   map[string][]entry // of /etc/passwd and /etc/group, once read
}

// call runs an applet in a process. The shell's own commands are called so, too.
func (a applet) call(p *run.Process, name, dialect string, args []string) int {
	t := &tool{p: p, name: name, dialect: dialect, opt: make(map[byte][]string), failure: max(a.failure, 1)}
	t.out = bufio.NewWriter(p.Stdout())
	switch {
	case a.options == "*":
		t.args = args
	case !t.options(a, args):
		t.usage()
		return t.code
	}
	if len(t.args) < a.min {
		t.usage()
		return t.code
	}
	a.run(t)
	if err := t.out.Flush(); err != nil && t.code == 0 {
		t.out.Reset(io.Discard)
		t.errorf("write error: %s", reason(err))
	}
	return t.code
}

// errorf prints an error in the tool's name, behind what it has printed before.
func (t *tool) errorf(format string, a ...any) {
	t.out.Flush()
	fmt.Fprintf(t.p.Stderr(), "%s: %s\n", t.name, fmt.Sprintf(format, a...))
	t.code = t.failure
}

// fail prints the error of a file.
func (t *tool) fail(name string, err error) { t.errorf("%s: %s", name, reason(err)) }

func (t *tool) usage() {
	fmt.Fprintf(t.p.Stderr(), "%s\n\nUsage: %s [OPTIONS] [ARGS]\n", banner, t.name)
	t.code = t.failure
}

// reason is an error as strerror has it.
func reason(err error) string {
	var e *fs.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// options takes the options from the arguments and reports whether all are known.
func (t *tool) options(a applet, args []string) bool {
	spec, ordered := strings.CutPrefix(a.options, "+")
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			t.args = append(t.args, args...)
			return true
		case strings.HasPrefix(arg, "--"):
			name, value, given := strings.Cut(arg[2:], "=")
			letter, takes := longOption(spec, a.long, name)
			switch {
			case letter == 0:
				t.errorf("unrecognized option '%s'", arg)
				return false
			case takes && !given && len(args) == 0:
				t.errorf("option '%s' requires an argument", arg)
				return false
			case takes && !given:
				value, args = args[0], args[1:]
			}
			t.opt[letter] = append(t.opt[letter], value)
		case len(arg) > 1 && arg[0] == '-':
			for i := 1; i < len(arg); i++ {
				at := strings.IndexByte(spec, arg[i])
				if at < 0 || arg[i] == ':' {
					t.errorf("invalid option -- '%c'", arg[i])
					return false
				}
				value := ""
				if takes := strings.HasPrefix(spec[at+1:], ":"); takes {
					value = arg[i+1:]
					if optional := strings.HasPrefix(spec[at+1:], "::"); value == "" && !optional {
						if len(args) == 0 {
							t.errorf("option requires an argument -- '%c'", arg[i])
							return false
						}
						value, args = args[0], args[1:]
					}
					t.opt[arg[i]] = append(t.opt[arg[i]], value)
					break
				}
				t.opt[arg[i]] = append(t.opt[arg[i]], value)
			}
		default:
			t.args = append(t.args, arg)
			if ordered {
				t.args = append(t.args, args...)
				return true
			}
		}
	}
	return true
}

// longOption is the letter that a long option means, and whether it takes a value.
func longOption(spec, long, name string) (letter byte, takes bool) {
	for _, option := range strings.Fields(long) {
		if have, short, _ := strings.Cut(option, "="); have == name {
			return short[0], strings.Contains(spec, short+":") && !strings.Contains(spec, short+"::")
		}
	}
	return 0, false
}

func (t *tool) has(letters string) bool {
	return strings.ContainsFunc(letters, func(r rune) bool { return len(t.opt[byte(r)]) > 0 })
}

// value is that of an option, or what it is by default.
func (t *tool) value(letter byte, otherwise string) string {
	if all := t.opt[letter]; len(all) > 0 {
		return all[len(all)-1]
	}
	return otherwise
}

// number is the value of an option that is one; what is none is an error, and not ok.
func (t *tool) number(letter byte, otherwise int) (n int, ok bool) {
	text := t.value(letter, strconv.Itoa(otherwise))
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.errorf("invalid number '%s'", text)
		return 0, false
	}
	return n, true
}

// file is an open descriptor.
type file struct {
	p  *run.Process
	fd int
}

func (f file) Read(b []byte) (int, error)  { return f.p.Read(f.fd, b) }
func (f file) Write(b []byte) (int, error) { return f.p.Write(f.fd, b) }
func (f file) Close() error {
	if f.fd < 3 {
		return nil
	}
	return f.p.Close(f.fd)
}

// open opens a file to be read; "-" is standard input.
func (t *tool) open(name string) (file, error) {
	if name == "-" {
		return file{t.p, 0}, nil
	}
	return t.openFile(name, os.O_RDONLY, 0)
}

func (t *tool) openFile(name string, flag int, perm fs.FileMode) (file, error) {
	fd, err := t.p.Open(name, flag, perm)
	return file{t.p, fd}, err
}

// inputs calls f for each operand, or for standard input. Words tell of a file that cannot be opened.
func (t *tool) inputs(names []string, words string, f func(name string, r io.Reader) error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		r, err := t.open(name)
		if err != nil {
			t.errorf(words, name, reason(err))
			continue
		}
		err = f(name, r)
		r.Close()
		if errors.Is(err, errStop) {
			return
		}
		if err != nil {
			t.fail(name, err)
		}
	}
}

// errStop ends inputs and eachLine without an error.
var errStop = errors.New("stop")

// cannotOpen are the words of most tools for a file that is not there.
const (
	plain      = "%s: %s"
	cannotOpen = "can't open '%s': %s"
)

// eachLine calls f with each line, with its end if it has one. What a terminal is to show goes out before it waits.
func (t *tool) eachLine(r io.Reader, end byte, f func(line []byte) error) error {
	in := bufio.NewReaderSize(r, 16<<10)
	for {
		var line []byte
		part, err := in.ReadSlice(end)
		for ; err == bufio.ErrBufferFull; part, err = in.ReadSlice(end) {
			line = append(line, part...)
			t.bound(len(line))
		}
		if line = append(line, part...); len(line) > 0 {
			if err := f(line); err != nil {
				return err
			}
			if in.Buffered() == 0 && t.p.IsTerminal(1) {
				t.out.Flush()
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// maxHeld is how many bytes a tool keeps of what it reads before the kernel kills it.
const maxHeld = 16 << 20

// hold notes that a tool keeps bytes until it is over.
func (t *tool) hold(bytes int) {
	t.held += bytes
	t.bound(t.held)
}

func (t *tool) bound(bytes int) {
	if bytes > maxHeld {
		t.p.OutOfMemory()
	}
}

// whole is what is in a file.
func (t *tool) whole(name string) ([]byte, error) {
	f, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxHeld+1))
	t.bound(len(data))
	return data, err
}

// entry is a line of /etc/passwd or /etc/group.
type entry struct {
	name    string
	id, gid int
	members []string
}

// entries are the lines of /etc/passwd or /etc/group.
func (t *tool) entries(file string) []entry {
	if all, ok := t.users[file]; ok {
		return all
	}
	data, _ := t.whole(file)
	var all []entry
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) < 4 {
			continue
		}
		e := entry{name: fields[0]}
		e.id, _ = strconv.Atoi(fields[2])
		e.gid, _ = strconv.Atoi(fields[3])
		e.members = strings.Split(fields[3], ",")
		all = append(all, e)
	}
	if t.users == nil {
		t.users = make(map[string][]entry)
	}
	t.users[file] = all
	return all
}

const (
	passwd = "/etc/passwd"
	group  = "/etc/group"
)

// nameOf is the name of a user or a group, or its number.
func (t *tool) nameOf(file string, id int) string {
	if all, i := t.index(file, func(e entry) bool { return e.id == id }); i >= 0 {
		return all[i].name
	}
	return strconv.Itoa(id)
}

// idOf is the number of a user or a group.
func (t *tool) idOf(file, name string) (id int, ok bool) {
	if all, i := t.index(file, func(e entry) bool { return e.name == name }); i >= 0 {
		return all[i].id, true
	}
	id, err := strconv.Atoi(name)
	return id, err == nil
}

func (t *tool) index(file string, f func(entry) bool) ([]entry, int) {
	all := t.entries(file)
	return all, slices.IndexFunc(all, f)
}
