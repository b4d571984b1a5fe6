package program

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// What stands here stands in for the tools, until they are there.

type applet struct {
	run func(p *run.Process, name string, args []string) int
}

func (a applet) call(p *run.Process, name, _ string, args []string) int { return a.run(p, name, args) }

var applets = map[string]applet{
	"echo": {func(p *run.Process, _ string, args []string) int {
		end := "\n"
		for ; len(args) > 0 && args[0] == "-n"; args = args[1:] {
			end = ""
		}
		fmt.Fprint(p.Stdout(), strings.Join(args, " ")+end)
		return 0
	}},
	"printf": {func(p *run.Process, _ string, args []string) int {
		text, _ := unescape(args[0], false)
		fmt.Fprint(p.Stdout(), text)
		return 0
	}},
	"kill": {func(p *run.Process, name string, args []string) int {
		sig := run.SIGTERM
		if strings.HasPrefix(args[0], "-") {
			sig, _ = signalNumber(args[0][1:])
			args = args[1:]
		}
		for _, arg := range args {
			pid, _ := strconv.Atoi(arg)
			if err := p.Kill(pid, sig); err != nil {
				fmt.Fprintf(p.Stderr(), "%s: can't kill pid %d: %s\n", name, pid, reason(err))
				return 1
			}
		}
		return 0
	}},
}

var signalNames = strings.Fields("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN " +
	"TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS")

func signalNumber(text string) (int, bool) {
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

func unescape(text string, _ bool) (string, bool) {
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(text), false
}

func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
