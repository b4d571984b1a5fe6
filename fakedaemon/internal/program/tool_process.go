package program

import (
	"errors"
	"fmt"
	"io"
	"path"
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
		sig, ok := signalNumber(arg)
		if !ok {
			t.errorf("unknown signal '%s'", arg)
			return
		}
		if _, err := strconv.Atoi(arg); err != nil {
			fmt.Fprintln(t.out, sig)
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

// process is what /proc tells of one.
type process struct {
	pid, parent, group, session, terminal, uid, gid int
	state                                           string
	comm, args                                      string
}

// processes reads /proc.
func (t *tool) processes() (all []process) {
	entries, _ := t.p.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err1 := t.whole("/proc/" + e.Name() + "/stat")
		cmdline, err2 := t.whole("/proc/" + e.Name() + "/cmdline")
		if err1 != nil || err2 != nil {
			continue // it is over
		}
		x := process{pid: pid}
		_, rest, _ := strings.Cut(string(stat), " (")
		end := strings.LastIndex(rest, ") ")
		x.comm = rest[:end]
		fmt.Sscan(rest[end+2:], &x.state, &x.parent, &x.group, &x.session, &x.terminal)
		if x.args = strings.TrimSuffix(strings.ReplaceAll(string(cmdline), "\x00", " "), " "); x.args == "" || x.state == "Z" {
			x.args = "[" + x.comm + "]"
		}
		status, _ := t.whole("/proc/" + e.Name() + "/status")
		for line := range strings.Lines(string(status)) {
			fmt.Sscanf(line, "Uid:\t%d", &x.uid)
			fmt.Sscanf(line, "Gid:\t%d", &x.gid)
		}
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b process) int { return a.pid - b.pid })
	return all
}

// pids are the processes of a program, the newest first, without this one.
func (t *tool) pids(name string) (pids []int) {
	for _, x := range slices.Backward(t.processes()) {
		if base := path.Base(name); x.pid != t.p.Pid() && (x.comm == base || len(x.comm) == 15 && strings.HasPrefix(base, x.comm)) {
			pids = append(pids, x.pid)
		}
	}
	return pids
}

func pidof(t *tool) {
	omit := t.opt['o']
	var all []string
	for _, name := range t.args {
		for _, pid := range t.pids(name) {
			if text := strconv.Itoa(pid); !slices.Contains(omit, text) && !(slices.Contains(omit, "%PPID") && pid == t.p.Parent()) {
				all = append(all, text)
			}
		}
	}
	if len(all) == 0 {
		t.code = 1
		return
	}
	if t.has("s") {
		all = all[:1]
	}
	fmt.Fprintln(t.out, strings.Join(all, " "))
}

// psColumn is what ps shows of a process.
type psColumn struct {
	head  string
	width int // below 0: to the right
	of    func(t *tool, x process) string
}

var psColumns = map[string]psColumn{
	"user": {"USER", 8, psUser}, "ruser": {"RUSER", 8, psUser}, "group": {"GROUP", 8, psGroup}, "rgroup": {"RGROUP", 8, psGroup},
	"comm": {"COMMAND", 16, func(_ *tool, x process) string { return x.comm }},
	"args": {"COMMAND", 256, func(_ *tool, x process) string { return x.args }},
	"pid":  psNumber("PID", func(x process) int { return x.pid }), "ppid": psNumber("PPID", func(x process) int { return x.parent }),
	"pgid": psNumber("PGID", func(x process) int { return x.group }), "sid": psNumber("SID", func(x process) int { return x.session }),
	"nice": psNumber("NI", func(process) int { return 0 }),
	"tty": {"TT", 6, func(_ *tool, x process) string {
		if x.terminal == 0 {
			return "?"
		}
		return fmt.Sprintf("%d,%d", x.terminal>>8, x.terminal&255)
	}},
	"stat": {"STAT", 4, func(_ *tool, x process) string { return x.state }},
	"time": {"TIME", 5, func(*tool, process) string { return "0:00" }},
	"vsz":  {"VSZ", 4, func(*tool, process) string { return "1024" }}, "rss": {"RSS", 4, func(*tool, process) string { return "1024" }},
}

func psNumber(head string, of func(x process) int) psColumn {
	return psColumn{head, -5, func(_ *tool, x process) string { return strconv.Itoa(of(x)) }}
}

func psUser(t *tool, x process) string  { return t.nameOf(passwd, x.uid) }
func psGroup(t *tool, x process) string { return t.nameOf(group, x.gid) }

const psSupported = "user,group,comm,args,pid,ppid,pgid,nice,rgroup,ruser,tty,vsz,sid,stat,rss"

func ps(t *tool) {
	names := []string{"pid", "user", "args"}
	if t.dialect == "alpine" {
		names = []string{"pid", "user", "time", "args"}
	}
	if t.has("o") {
		names = strings.FieldsFunc(strings.Join(t.opt['o'], ","), func(r rune) bool { return r == ',' || r == ' ' })
	}
	var columns []psColumn
	for _, name := range names {
		name, head, renamed := strings.Cut(name, "=")
		c, ok := psColumns[name]
		if !ok {
			t.errorf("bad -o argument '%s', supported arguments: %s", name, psSupported)
			return
		}
		if renamed {
			c.head = head
		}
		columns = append(columns, c)
	}
	row := func(text func(c psColumn) string) {
		for i, c := range columns {
			last, width := i == len(columns)-1, c.width
			switch value := text(c); {
			case width < 0:
				fmt.Fprintf(t.out, "%*s", -width, value)
			case last:
				t.out.WriteString(value)
			default:
				fmt.Fprintf(t.out, "%-*.*s", width, width, value)
			}
			if !last {
				t.out.WriteByte(' ')
			}
		}
		t.out.WriteByte('\n')
	}
	if slices.ContainsFunc(columns, func(c psColumn) bool { return c.head != "" }) {
		row(func(c psColumn) string {
			if c.width < 0 {
				return fmt.Sprintf("%-*s", -c.width, c.head)
			}
			return c.head
		})
	}
	for _, x := range t.processes() {
		row(func(c psColumn) string { return c.of(t, x) })
	}
}

// top shows the processes once or, without -b and -n, again and again.
func top(t *tool) {
	rounds, ok := t.number('n', 0)
	pause, ok2 := t.number('d', 5)
	if !ok || !ok2 {
		return
	}
	for i := 0; rounds == 0 || i < rounds; i++ {
		if i > 0 {
			t.out.Flush()
			t.wait(time.Duration(pause) * time.Second)
		}
		if t.p.IsTerminal(1) && !t.has("b") {
			t.out.WriteString("\x1b[H\x1b[J")
		}
		fmt.Fprint(t.out, "Mem: 1048576K used, 7340032K free, 1024K shrd, 65536K buff, 524288K cached\nCPU:   0% usr   0% sys   0% nic 100% idle   0% io   0% irq   0% sirq\n")
		all := t.processes()
		fmt.Fprintf(t.out, "Load average: 0.00 0.00 0.00 1/%d %d\n  PID  PPID USER     STAT   VSZ %%VSZ %%CPU COMMAND\n", len(all), t.p.Pid())
		for _, x := range all {
			fmt.Fprintf(t.out, "%5d %5d %-8.8s %-3s  %6d   0%%   0%% %s\n", x.pid, x.parent, psUser(t, x), x.state, 1024, x.args)
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
