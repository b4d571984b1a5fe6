package program

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// duration reads seconds with a unit behind them.
func duration(text string) (time.Duration, bool) {
	digits, unit := text, time.Second
	if text != "" {
		if u, ok := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[text[len(text)-1]]; ok {
			digits, unit = text[:len(text)-1], u
		}
	}
	if strings.HasPrefix(digits, "inf") {
		return 1<<63 - 1, true
	}
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil || x < 0 || x != x {
		return 0, false
	}
	if x*float64(unit) >= 1<<63 {
		return 1<<63 - 1, true
	}
	return time.Duration(x * float64(unit)), true
}

func sleep(t *tool) {
	var total time.Duration
	for _, arg := range t.args {
		d, ok := duration(arg)
		if !ok {
			t.errorf("invalid number '%s'", arg)
			return
		}
		if total += d; total < 0 {
			total = 1<<63 - 1
		}
	}
	t.wait(total)
}

// wait sleeps, also when a signal comes between.
func (t *tool) wait(d time.Duration) {
	if d == 1<<63-1 {
		for {
			_ = t.p.Pause() // for ever
		}
	}
	for end := t.p.Now().Add(d); t.p.Sleep(d) == run.EINTR; {
		t.p.Caught()
		d = end.Sub(t.p.Now())
	}
}

func usleep(t *tool) {
	n, err := strconv.ParseUint(t.args[0], 10, 31)
	if err != nil {
		t.errorf("invalid number '%s'", t.args[0])
		return
	}
	t.wait(time.Duration(n) * time.Microsecond)
}

// signalNames are those of Linux, from 1 on.
var signalNames = strings.Fields("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS")

// signalNumber reads a signal by its number or its name.
func signalNumber(text string) (sig int, ok bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return n, n >= 0 && n <= 64
	}
	text = strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if text == "EXIT" {
		return 0, true
	}
	i := slices.Index(signalNames, text)
	return i + 1, i >= 0
}

// kill is also killall and pkill.
func kill(t *tool) {
	args, sig := t.args, run.SIGTERM
	if len(args) > 0 && (args[0] == "-l" || args[0] == "-L") {
		t.listSignals(args[1:])
		return
	}
	if len(args) > 0 && args[0] == "-q" {
		args = args[1:]
	}
	if len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && args[0] != "--" {
		name := args[0][1:]
		if args = args[1:]; name == "s" && len(args) > 0 {
			name, args = args[0], args[1:]
		}
		var ok bool
		if sig, ok = signalNumber(name); !ok {
			t.errorf("bad signal name '%s'", name)
			return
		}
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		t.errorf("you need to specify whom to kill")
		return
	}
	for _, arg := range args {
		if t.name == "killall" {
			t.killAll(arg, sig)
			continue
		}
		pid, err := strconv.Atoi(arg)
		if err != nil {
			t.errorf("invalid number '%s'", arg)
		} else if err := t.p.Kill(pid, sig); err != nil {
			t.errorf("can't kill pid %d: %s", pid, reason(err))
		}
	}
}

func (t *tool) listSignals(args []string) {
	for _, arg := range args {
		sig, err := strconv.Atoi(arg)
		if named, ok := signalNumber(arg); err != nil && !ok {
			t.errorf("unknown signal '%s'", arg)
			return
		} else if err != nil {
			fmt.Fprintln(t.out, named)
		} else if sig &= 127; sig > 0 && sig <= len(signalNames) {
			fmt.Fprintln(t.out, signalNames[sig-1])
		} else {
			fmt.Fprintln(t.out, sig)
		}
	}
	if len(args) > 0 {
		return
	}
	for i, name := range signalNames {
		fmt.Fprintf(t.out, "%2d) %s\n", i+1, name)
	}
}

func (t *tool) killAll(name string, sig int) {
	pids := t.pids(name)
	if len(pids) == 0 {
		t.errorf("%s: no process killed", name)
	}
	for _, pid := range pids {
		if err := t.p.Kill(pid, sig); err != nil {
			t.errorf("can't kill pid %d: %s", pid, reason(err))
		}
	}
}

// timeout runs a program in its own process; a child ends it when the time is over.
func timeout(t *tool) {
	d, ok := duration(t.args[0])
	sig, known := signalNumber(t.value('s', "TERM"))
	after, okAfter := duration(t.value('k', "0"))
	switch {
	case !known:
		t.errorf("bad signal name '%s'", t.value('s', ""))
		return
	case !ok || !okAfter:
		t.errorf("invalid number '%s'", t.args[0])
		return
	}
	self := t.p.Pid()
	_, err := t.p.Fork(func(p *run.Process) int {
		watch := func(d time.Duration) bool {
			for ; d > 0; d -= time.Second {
				if p.Sleep(min(d, time.Second)); p.Parent() != self || p.Kill(self, 0) != nil {
					return false
				}
			}
			return true
		}
		for fd := range 3 {
			p.Close(fd)
		}
		if d == 0 || watch(d) {
			_ = p.Kill(self, sig) // it may have ended just now
			if after > 0 && watch(after) {
				_ = p.Kill(self, run.SIGKILL)
			}
		}
		return 0
	})
	if err != nil {
		t.errorf("can't fork: %s", reason(err))
		return
	}
	t.code = t.become(t.p, t.args[1:], nil)
}

func env(t *tool) {
	variables := t.p.Env()
	args := t.args
	if len(args) > 0 && args[0] == "-" {
		t.opt['i'], args = []string{""}, args[1:]
	}
	if t.has("i") {
		variables = []string{}
	}
	for _, name := range t.opt['u'] {
		variables = slices.DeleteFunc(variables, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		name, _, _ := strings.Cut(args[0], "=")
		variables = slices.DeleteFunc(variables, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		variables, args = append(variables, args[0]), args[1:]
	}
	if len(args) > 0 {
		t.code = t.become(t.p, args, variables)
		return
	}
	end := "\n"
	if t.has("0") {
		end = "\x00"
	}
	for _, v := range variables {
		t.out.WriteString(v + end)
	}
}

func printenv(t *tool) {
	if len(t.args) == 0 {
		env(t)
		return
	}
	variables := t.p.Env()
	for _, name := range t.args {
		i := slices.IndexFunc(variables, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		if i < 0 {
			t.code = 1
			continue
		}
		fmt.Fprintln(t.out, variables[i][len(name)+1:])
	}
}

func nohup(t *tool) {
	t.p.Ignore(run.SIGHUP)
	if t.p.IsTerminal(1) {
		if f, err := t.openFile("nohup.out", appending, 0o600); err == nil {
			fmt.Fprintf(t.p.Stderr(), "%s: appending output to nohup.out\n", t.name)
			t.p.Dup2(f.fd, 1)
			f.Close()
		}
	}
	t.code = t.become(t.p, t.args, nil)
}

// prefix runs a program as it is: nice, setsid and the like.
func prefix(t *tool) { t.code = t.become(t.p, t.args, nil) }

func timeCommand(t *tool) {
	start := t.p.Now()
	t.code = t.spawn(t.args)
	d := t.p.Now().Sub(start)
	format := "%s\t%dm %.2fs\n"
	if t.has("p") {
		format = "%[1]s %.2[3]f\n"
	}
	for _, row := range []struct {
		name string
		d    time.Duration
	}{{"real", d}, {"user", 0}, {"sys", 0}} {
		fmt.Fprintf(t.p.Stderr(), format, row.name, int(row.d/time.Minute), (row.d % time.Minute).Seconds())
	}
}

func xargs(t *tool) {
	command := t.args
	if len(command) == 0 {
		command = []string{"echo"}
	}
	most, ok := t.number('n', 1<<30)
	if !ok {
		return
	}
	insert := t.value('I', "")
	if t.has("i") && insert == "" {
		insert = "{}"
	}
	runLine := func(args []string) bool {
		line := append(slices.Clone(command), args...)
		if insert != "" {
			line = slices.Clone(command)
			for i, arg := range line {
				line[i] = strings.ReplaceAll(arg, insert, args[0])
			}
		}
		if t.has("t") {
			fmt.Fprintln(t.p.Stderr(), strings.Join(line, " "))
		}
		switch code := t.spawn(line); {
		case code == 255:
			t.errorf("%s: exited with status 255; aborting", line[0])
			t.code = 124
			return false
		case code == 126 || code == 127:
			t.code = code
			return false
		case code != 0:
			t.code = 123
		}
		return true
	}
	var batch []string
	ran := false
	flush := func() bool {
		ran = true
		all := batch
		batch = nil
		return runLine(all)
	}
	err := t.words(func(word string) error {
		if batch = append(batch, word); len(batch) == most || insert != "" || len(batch) == 4096 {
			if !flush() {
				return errStop
			}
		}
		return nil
	})
	if errors.Is(err, errStop) {
		return
	}
	if err != nil {
		t.errorf("%s", err)
		return
	}
	if len(batch) > 0 || !ran && !t.has("r") && insert == "" {
		flush()
	}
}

// words reads the arguments of xargs: words with quotes, lines with -I, or what ends in NUL with -0.
func (t *tool) words(f func(word string) error) error {
	if t.has("0Ii") {
		end := byte('\n')
		if t.has("0") {
			end = 0
		}
		return t.eachLine(file{t.p, 0}, end, func(line []byte) error {
			word := strings.TrimSuffix(string(line), string(end))
			if !t.has("0") {
				word = strings.TrimLeft(word, " \t")
			}
			if word == "" && !t.has("0") {
				return nil
			}
			return f(word)
		})
	}
	var word []byte
	in, quote, escaped := false, byte(0), false
	b := make([]byte, 16<<10)
	for {
		n, err := t.p.Read(0, b)
		t.bound(len(word))
		for _, c := range b[:n] {
			switch {
			case escaped:
				word, in, escaped = append(word, c), true, false
			case quote != 0 && c == '\n':
				return errors.New("unmatched " + map[byte]string{'"': "double", '\'': "single"}[quote] + " quote")
			case quote != 0 && c == quote:
				quote = 0
			case quote != 0:
				word = append(word, c)
			case c == '\\':
				escaped = true
			case c == '"' || c == '\'':
				quote, in = c, true
			case c == ' ' || c == '\t' || c == '\n':
				if in {
					if err := f(string(word)); err != nil {
						return err
					}
				}
				word, in = nil, false
			default:
				word, in = append(word, c), true
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if quote != 0 {
		return errors.New("unmatched " + map[byte]string{'"': "double", '\'': "single"}[quote] + " quote")
	}
	if in {
		return f(string(word))
	}
	return nil
}
