package state

import (
	"fmt"
	"strings"
	"testing"
)

// TestScripts: what scripts do as the first process of a container, and after it what they do beside another and with standard input
// if that is something else.
func TestScripts(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for _, tt := range []struct{ script, want string }{
		{"A=1", "0 0s"},
		{"A=1 B=2 exit 3", "3 0s"},
		{"a/b=1", "runs prints map[2:0 3:0 15:0]; 0 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
		{"set -e; false; exit 3", "1 0s"},
		{"set -x; false; exit 3", "3 0s"},
		{"set e; false; exit 3", "3 0s"},
		{"set -eu\nfalse\nexit 3", "1 0s"},
		{"exit", "0 0s"},
		{"exit 256", "0 0s"},
		{"exit 257", "1 0s"},
		{"exit -1", "255 0s"},
		{"exit 3; exit 4", "3 0s"},
		{"exec", "0 0s"},
		{"exec; exit 3", "3 0s"},
		{"exec true; exit 3", "0 0s"},
		{"env A=1 exit 3", "3 0s"},
		{"nohup sleep 5", "0 5s"},
		{"env; exit 2", "2 0s"},
		{"trap", "0 0s"},
		{"trap x", "0 0s"},
		{`trap "exit 3" TERM; sleep 5`, "0 5s map[15:3]"},
		{`trap "" TERM INT; sleep 5`, "0 5s map[2:-1 15:-1]"},
		{`trap "exit 3" 15 2`, "0 0s map[2:3 15:3]"},
		{`trap "exit 4" BOGUS`, "0 0s map[]"},
		{`trap "echo" HUP; exec server`, "runs prints map[1:-1 2:0 3:0 15:0]; 0 0s prints map[1:-1]; ; runs prints map[1:-1 2:0 3:0 10:0 15:0]"},
		{"kill -9 $$; exit 2", "2 0s; 137 0s"},
		{"kill -TERM $$; exit 2", "2 0s; 143 0s"},
		{"kill $$; exit 2", "2 0s"},
		{"kill -TERM 1; exit 2", "2 0s"},
		{"kill -BOGUS $$; exit 2", "2 0s"},
		{"kill", "0 0s"},
		{"kill -CHLD $$; exit 2", "2 0s"},
		{`trap "exit 6" USR1; kill -USR1 $$; exit 2`, "6 0s map[10:6]"},
		{"wait", "0 0s"},
		{"wait; exit 2", "2 0s"},
		{"server & exit 2", "2 0s prints"},
		{"cat /f", "0 0s prints"},
		{"cat /dev/zero; exit 2", `137 0s "" true; ; 137 0s "" true prints`},
		{"tail -f /x", "runs prints"},
		{"tail -F /x", "runs prints"},
		{"tail -n /x", "0 0s prints"},
		{"tail", "0 0s; ; runs prints"},
		{"tail x", "0 0s prints"},
		{"test -f /a", "1 0s"},
		{"touch /a /b; rm /b; test -f /a && test ! -f /b && exit 5", "5 0s"},
		{"[ -e /a ] || exit 6", "6 0s"},
		{"[ 1 = 1 ] && exit 7", "7 0s"},
		{"test", "0 0s"},
		{"test -d /a", "0 0s"},
		{"mkdir a; echo b", "0 0s prints"},
		{"nosuchx", "127 0s prints"},
		{"nosuchx || exit 3", "3 0s prints"},
		{"sleep", "0 0s"},
		{"sleep 1s 2m 1h 1d", "0 25h2m1s"},
		{"sleep 1x", "1 0s"},
		{"sleep inf; exit 3", "runs"},
		{"false | true", "0 0s"},
		{"true | false", "1 0s"},
		{"false || true && exit 8", "8 0s"},
		{"true || exit 8; exit 9", "9 0s"},
		{"false && exit 8; exit 9", "9 0s"},
		{"echo 'a' > /x; exit 3", "3 0s prints"},
		{"echo a>b; exit 4", "4 0s prints"},
		{"echo 2>&1; exit 5", "5 0s prints"},
		{"echo a >> b < c; exit 6", "6 0s prints"},
		{`exit "3"`, "3 0s"},
		{`exit \3`, "3 0s"},
		{`echo "a\"; exit 4"; exit 5`, "5 0s prints"},
		{`echo "a;\\" ; exit 7`, "7 0s prints"},
		{`echo 'a\'; exit 8`, "8 0s prints"},
		{`exit 1"2"`, "12 0s"},
		{"exit 2>x", "0 0s"},
		{`exit 12\`, "12 0s"},
		{"; ;", "0 0s"},
		{"exit 3 # c", "3 0s"},
		{`sh -c "exit 9"`, "9 0s"},
		{`sh -ec "false; exit 3"`, "1 0s"},
		{"bash -c", "0 0s; ; runs prints"},
		{"sh x", "runs prints map[2:0 3:0 15:0]; 0 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
		{"dash; exit 2", "2 0s; ; runs prints"},
		{"ash -e", "0 0s; ; runs prints"},
		{"server; exit 3", "runs prints map[2:0 3:0 15:0]; 3 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
		{"/bin/server", "runs prints map[2:0 3:0 15:0]; 0 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
		{"while true; do sleep 1; done", "runs prints"},
		{"if true; then exit 3; fi", "runs prints map[2:0 3:0 15:0]; 0 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
		{"for a in b; do exit 4; done", "runs prints map[2:0 3:0 15:0]; 0 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
		{"{ exit 5; }", "runs prints map[2:0 3:0 15:0]; 0 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
		{"(exit 6)", "runs prints map[2:0 3:0 15:0]; 0 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
		{"f() { exit 7; }; f", "runs prints map[2:0 3:0 15:0]; 0 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
		{"true\ttab; exit 4", "4 0s"},
		{"exit\t5", "5 0s"},
		{"a|b||c&&d&e", "runs prints map[2:0 3:0 15:0]; 0 0s prints; ; runs prints map[2:0 3:0 10:0 15:0]"},
	} {
		var all []string
		for _, process := range []Process{{First: true}, {}, {First: true, Stdin: true}, {First: true, StopSignal: sigkill + 1}} {
			process.Args, process.files = []string{"sh", "-c", tt.script}, files{"/e": true}
			p := s.programLocked(process)
			text := fmt.Sprintf("%d %v", p.ExitCode, p.After)
			if p.Runs {
				text = "runs"
			}
			if p.Error != "" || p.OOM {
				text += fmt.Sprintf(" %q %t", p.Error, p.OOM)
			}
			if p.Prints {
				text += " prints"
			}
			if p.Catches != nil {
				text += fmt.Sprint(" ", p.Catches)
			}
			if len(all) == 0 || text != all[0] {
				all = append(all, text)
			} else {
				all = append(all, "")
			}
		}
		got := strings.TrimRight(strings.Join(all, "; "), "; ")
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.script, got, tt.want)
		}
	}
}
