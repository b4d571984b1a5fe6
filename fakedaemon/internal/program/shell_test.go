package program

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
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

// outcome is what comes of a script.
type outcome struct {
	Out, Err string
	Code     int
}

// shellTree is the file system of the scripts.
func shellTree(t testing.TB) *files.FS {
	t.Helper()
	f := files.NewFS(time.Now)
	for _, dir := range []string{"/bin", "/dev", "/etc", "/root", "/tmp", "/w"} {
		if err := f.Mkdir(dir, 0o777, files.Owner{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"sh", "cat", "env", "sleep", "yes"} {
		writeFile(t, f, "/bin/"+name, name, 0o755)
	}
	writeFile(t, f, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n", 0o644)
	return f
}

func writeFile(t testing.TB, f *files.FS, name, text string, mode os.FileMode) {
	t.Helper()
	h, err := f.Open(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode, files.Owner{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Append([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// shellPrograms are the programs beside the shell.
func shellPrograms(d *dialect) func(p *run.Process, args []string) (run.Main, error) {
	return func(p *run.Process, args []string) (run.Main, error) {
		switch strings.TrimPrefix(args[0], "/bin/") {
		case "sh", "dash", "bash":
			return shellMain(d), nil
		case "cat":
			return func(p *run.Process) int {
				_, _ = io.Copy(p.Stdout(), p.Stdin())
				return 0
			}, nil
		case "yes":
			return func(p *run.Process) int {
				for {
					_, _ = p.Write(1, []byte("y\n"))
				}
			}, nil
		case "env":
			return func(p *run.Process) int {
				_, _ = io.WriteString(p.Stdout(), strings.Join(append(p.Env(), ""), "\n"))
				return 0
			}, nil
		case "sleep":
			return func(p *run.Process) int {
				d, err := time.ParseDuration(p.Args()[1] + "s")
				if err != nil {
					return 1
				}
				_ = p.Sleep(d)
				return 0
			}, nil
		}
		return nil, &run.StartError{Text: "exec format error", Code: 126}
	}
}

// runScript runs a command line in a shell of ours, to its end. What waits for ever is an error, after a minute of a clock that runs on
// when all wait.
func runScript(t *testing.T, d *dialect, stdin string, args ...string) (result outcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		space := run.NewSpace(run.Options{Files: shellTree(t), Find: shellPrograms(d), Hostname: "box"})
		defer space.Close()
		var out, errs sink
		in := new(run.Input)
		code := make(chan int, 1)
		_, err := space.Start(run.Spec{
			Args: args, Env: []string{"PATH=/bin", "HOME=/root"}, Dir: "/w", Stdin: in.Device(), Stdout: &out, Stderr: &errs,
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
			result = outcome{out.String(), errs.String(), c}
		case <-time.After(time.Hour):
			t.Fatalf("%q does not end: %+v", args, space.Processes())
		}
	})
	return result
}

func TestShell(t *testing.T) {
	for _, test := range []struct {
		d      *dialect
		script string
		want   outcome
	}{
		{ash, "echo out; echo err >&2; exit 3", outcome{"out\n", "err\n", 3}},
		{ash, "nosuch", outcome{"", "sh: nosuch: not found\n", 127}},
		{dash, "nosuch", outcome{"", "sh: 1: nosuch: not found\n", 127}},
		{bash, "nosuch", outcome{"", "sh: line 1: nosuch: command not found\n", 127}},
		{ash, `trap "echo got; exit 5" INT; while true; do sleep 0.1; kill -INT $$; done`, outcome{"got\n", "", 5}},
		{ash, "if true; fi", outcome{"", "sh: syntax error: unexpected \"fi\" (expecting \"then\")\n", 2}},
	} {
		got := runScript(t, test.d, "", "sh", "-c", test.script)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.script, diff)
		}
	}
}
