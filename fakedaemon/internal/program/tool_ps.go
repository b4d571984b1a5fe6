package program

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

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
			fmt.Fprintf(t.out, "%5d %5d %-8.8s %-3s %6d   0%%   0%% %s\n", x.pid, x.parent, psUser(t, x), x.state, 1024, x.args)
		}
		t.out.WriteByte('\n')
	}
}
