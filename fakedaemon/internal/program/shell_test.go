package program

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// sink is a device that keeps what is written to it.
type sink struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *sink) Read([]byte) (int, error) { return 0, io.EOF }
func (s *sink) Close() error             { return nil }

func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// shellOutcome is what comes of a script.
type shellOutcome struct {
	Out, Err string
	Code     int
}

// shellBases are the images in which the shells are tested.
var shellBases = map[*dialect]string{ash: "busybox", dash: "debian", bash: "debian"}

// shellFiles are the files of a script.
func shellFiles(d *dialect) *files.FS {
	return files.NewFS(time.Now, Base(shellBases[d]), files.Tree{"w": {Dir: true, Mode: 0o777}})
}

// shellNames are the names of the dialects.
var shellNames = map[*dialect]string{ash: "sh", dash: "sh", bash: "bash"}

// runScript runs a command line in a shell of ours, to its end. What waits for ever is an error, after a minute of a clock that runs on
// when all wait.
func runScript(t *testing.T, d *dialect, stdin string, args ...string) (result shellOutcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		space := run.NewSpace(run.Options{Files: shellFiles(d), Find: Find, Hostname: "box"})
		defer space.Close()
		var out, errs sink
		in := new(run.Input)
		code := make(chan int, 1)
		_, err := space.Start(run.Spec{
			Args: args, Env: []string{"PATH=/bin:/usr/bin", "HOME=/root"}, Dir: "/w", Stdin: in.Device(), Stdout: &out, Stderr: &errs,
			Exited: func(c int, _ bool) { code <- c },
		})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = in.Write(context.Background(), []byte(stdin))
			in.CloseWrite()
		}()
		select {
		case c := <-code:
			result = shellOutcome{out.String(), errs.String(), c}
		case <-time.After(time.Hour):
			t.Fatalf("%q does not end: %+v", args, space.Processes())
		}
	})
	return result
}

// TestShellInput reads scripts from files and from standard input, of which what follows the script's own lines is for its commands.
func TestShellInput(t *testing.T) {
	for _, test := range []struct {
		d     *dialect
		stdin string
		args  []string
		want  shellOutcome
	}{
		{ash, "echo a\nexit 3\necho b\n", []string{"sh"}, shellOutcome{"a\n", "", 3}},
		{ash, "echo $0 $1", []string{"sh", "-s", "x"}, shellOutcome{"sh x\n", "", 0}},
		{ash, "echo 'echo $0 $1; nosuch' > s; sh ./s y\n", []string{"sh"}, shellOutcome{"./s y\n", "./s: line 1: nosuch: not found\n", 127}},
		{bash, "read x\nhello\necho \"[$x]\"\ncat\nrest\n", []string{"bash"}, shellOutcome{"[hello]\nrest\n", "", 0}},
		{ash, "read x\nhello\n", []string{"sh"}, shellOutcome{"", "sh: hello: not found\n", 127}},
		{dash, "f() {\nnosuch\n}\nf\n", []string{"sh"}, shellOutcome{"", "sh: 2: nosuch: not found\n", 127}},
		{ash, "hello\n", []string{"sh", "-c", "read x; echo $x; cat", "name"}, shellOutcome{"hello\n", "", 0}},
		{ash, "", []string{"sh", "nosuch"}, shellOutcome{"", "sh: can't open 'nosuch': No such file or directory\n", 2}},
		{ash, "", []string{"sh", "-ec", "false; echo no"}, shellOutcome{"", "", 1}},
		{ash, "", []string{"/bin/sh", "-c", "nosuch"}, shellOutcome{"", "/bin/sh: nosuch: not found\n", 127}},
	} {
		got := runScript(t, test.d, test.stdin, test.args...)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q < %q: (-want +got)\n%s", test.args, test.stdin, diff)
		}
	}
}

func TestShell(t *testing.T) {
	for _, test := range []struct {
		d      *dialect
		script string
		want   shellOutcome
	}{
		{ash, "echo out; echo err >&2; exit 3", shellOutcome{"out\n", "err\n", 3}},
		{ash, "nosuch", shellOutcome{"", "sh: nosuch: not found\n", 127}},
		{dash, "nosuch", shellOutcome{"", "sh: 1: nosuch: not found\n", 127}},
		{bash, "nosuch", shellOutcome{"", "bash: line 1: nosuch: command not found\n", 127}},
		{ash, `trap "echo got; exit 5" INT; while true; do sleep 0.1; kill -INT $$; done`, shellOutcome{"got\n", "", 5}},
		{ash, "if true; fi", shellOutcome{"", "sh: syntax error: unexpected \"fi\" (expecting \"then\")\n", 2}},
	} {
		got := runScript(t, test.d, "", shellNames[test.d], "-c", test.script)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.script, diff)
		}
	}
}
