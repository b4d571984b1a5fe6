package state

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestProgram: what commands do, of which nothing is run.
func TestProgram(t *testing.T) {
	t.Parallel()
	const runs = -1
	s := New(Options{})
	s.SetProgram("mine", Program{ExitCode: 4, After: time.Second})
	s.SetProgram("mine --fast", Program{ExitCode: 5})
	for _, tt := range []struct {
		args  []string
		stdin bool
		code  int
		after time.Duration
	}{
		{args: []string{"true"}},
		{args: []string{"/bin/false"}, code: 1},
		{args: []string{"sleep", "1000"}, after: 1000 * time.Second},
		{args: []string{"sleep", "0.5", "1m"}, after: 60500 * time.Millisecond},
		{args: []string{"sleep", "infinity"}, code: runs},
		{args: []string{"sleep", "x"}, code: 1},
		{args: []string{"echo", "hi"}},
		{args: []string{"cat"}},
		{args: []string{"cat"}, stdin: true, code: runs},
		{args: []string{"sh"}},
		{args: []string{"sh"}, stdin: true, code: runs},
		{args: []string{"sh", "entry.sh"}, code: runs},
		{args: []string{"tail", "-f", "/dev/null"}, code: runs},
		{args: []string{"nginx", "-g", "daemon off;"}, code: runs},
		{args: []string{"sh", "-c", "exit 42"}, code: 42},
		{args: []string{"sh", "-c", "echo a; sleep 0.3; exit 7"}, code: 7, after: 300 * time.Millisecond},
		{args: []string{"sh", "-c", "true && exit 3 || exit 4"}, code: 3},
		{args: []string{"sh", "-c", "false && exit 3 || exit 4"}, code: 4},
		{args: []string{"bash", "-ec", "false\nexit 9"}, code: 1},
		{args: []string{"sh", "-c", "false\nexit 9"}, code: 9},
		{args: []string{"sh", "-c", "echo 'a; exit 5' > /f 2>&1"}},
		{args: []string{"sh", "-c", "kill -9 $$; exit 2"}, code: 2},
		{args: []string{"sh", "-c", "while true; do :; done"}, code: runs},
		{args: []string{"sh", "-c", "sleep 5 & wait"}, code: runs},
		{args: []string{"sh", "-c", "if x; then y; fi"}, code: runs},
		{args: []string{"sh", "-c", "exec ./server --port 80"}, code: runs},
		{args: []string{"sh", "-c", "nosuchtool; echo"}},
		{args: []string{"sh", "-c", "nosuchtool"}, code: 127},
		{args: []string{"sh", "-c", "FOO=1 nosuchtool"}, code: 127},
		{args: []string{"sh", "-c", "touch /a && test -f /a"}},
		{args: []string{"sh", "-c", "rm -f /a; [ -f /a ]"}, code: 1},
		{args: []string{"test", "!", "-e", "/a"}},
		{args: []string{"tail", "/dev/zero"}, code: 137},
		{args: []string{"mine"}, code: 4, after: time.Second},
		{args: []string{"mine", "--fast"}, code: 5},
		{args: []string{"/usr/bin/mine", "-x"}, code: 4, after: time.Second},
		{args: []string{"sh", "-c", "sleep 1; mine"}, code: 4, after: 2 * time.Second},
	} {
		p := s.programLocked(Process{Args: tt.args, Stdin: tt.stdin, First: true, files: make(files)})
		if p.Error != "" || p.Runs != (tt.code == runs) || !p.Runs && (p.ExitCode != tt.code || p.After != tt.after) {
			t.Errorf("%q: %+v, want %d after %v", tt.args, p, tt.code, tt.after)
		}
	}
}

// TestProgramStart: why programs are not started, in runc's words.
func TestProgramStart(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for name, want := range map[string]Program{
		"nosuchcommand": {Error: `exec: "nosuchcommand": executable file not found in $PATH`, ExitCode: 127},
		"/nosuchfile":   {Error: `exec: "/nosuchfile": stat /nosuchfile: no such file or directory`, ExitCode: 127},
		"/etc":          {Error: `exec: "/etc": is a directory: permission denied`, ExitCode: 126},
		"/etc/passwd":   {Error: `exec: "/etc/passwd": permission denied`, ExitCode: 126},
	} {
		if d := cmp.Diff(want, s.programLocked(Process{Args: []string{name}})); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}

// TestProgramSignals: what signals do to a first process, and to one behind an init.
func TestProgramSignals(t *testing.T) {
	t.Parallel()
	const goesOn = -1
	for _, tt := range []struct {
		script      string
		stop        int
		signal      int
		first, init int // exit codes
	}{
		{"sleep 1000", 0, sigterm, goesOn, 143},
		{"sleep 1000", 0, 2, goesOn, 130},
		{"sleep 1000", 0, sigkill, 137, 137},
		{"sleep 1000", 0, 17, goesOn, goesOn},
		{"server", 0, sigterm, 0, 0},
		{"server", 0, 10, goesOn, 138},
		{"server", 10, 10, 0, 0},
		{`trap "exit 5" INT; while true; do sleep 1; done`, 0, 2, 5, 5},
		{`trap "exit 5" SIGINT TERM; sleep 9`, 0, sigterm, 5, 5},
		{`trap "" TERM; sleep 9`, 0, sigterm, goesOn, goesOn},
		{`trap "echo hup" HUP; sleep 9`, 0, 1, goesOn, goesOn},
	} {
		s := New(Options{})
		p := s.programLocked(Process{Args: []string{"sh", "-c", tt.script}, First: true, StopSignal: tt.stop, files: make(files)})
		for first, want := range map[bool]int{true: tt.first, false: tt.init} {
			ends, code := p.signalled(tt.signal, first)
			if ends != (want != goesOn) || ends && code != want {
				t.Errorf("%s: signal %d, first %v: %v %d, want %d", tt.script, tt.signal, first, ends, code, want)
			}
		}
	}
}
