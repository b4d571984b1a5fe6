package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// clientThat returns the one client of a run, which asks the daemon and then calls then with the ID of the entry.
func clientThat(then func(ctx context.Context, id string) error) conform.Options {
	return conform.Options{NoPreflight: true, Parallel: 1, Clients: []conform.Client{
		conform.Func("one", modes.FamilyGo, func(ctx context.Context, a conform.Attempt) conform.Result {
			config, err := a.Entry.GoTLS(a.CAPEM, a.CertPEM, a.KeyPEM)
			if err == nil {
				_, err = conform.Get(ctx, a.Host(), config)
			}
			if e := then(ctx, a.Entry.ID); e != nil {
				err = e
			}
			return conform.Result{Err: err}
		})}}
}

// reported are the IDs that a report in JSON has, and those that it says are unfinished.
func reported(t *testing.T, report string) (tried, unfinished []string) {
	t.Helper()
	var r struct {
		Entries    []struct{ ID string }
		Unfinished []string
	}
	if err := json.Unmarshal([]byte(report), &r); err != nil {
		t.Fatalf("%v\n%s", err, report)
	}
	for _, e := range r.Entries {
		tried = append(tried, e.ID)
	}
	return tried, r.Unfinished
}

const threeEntries = "^(unix/plain|tcp/plain|tcp/mutual)/flags$"

func TestConformReportsUntilItEnds(t *testing.T) {
	t.Parallel()
	stuck := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	for _, test := range []struct {
		name, want string
		code       int
		args       []string
		end        func(ctx context.Context, interrupt context.CancelFunc) error // at unix/plain/flags, the second one
		tried      []string
	}{{
		name: "interrupted", code: exitInterrupted, want: "interrupted: 2 of 3 entries not tried to the end",
		end: func(ctx context.Context, interrupt context.CancelFunc) error {
			interrupt()
			return stuck(ctx)
		},
		tried: []string{"tcp/mutual/flags"},
	}, {
		name: "first deviation", code: 1, args: []string{"--fail-fast"},
		want:  "1 deviation: unix/plain/flags with one; 1 of 3 entries not tried to the end",
		end:   func(context.Context, context.CancelFunc) error { return errors.New("what?") },
		tried: []string{"unix/plain/flags", "tcp/mutual/flags"},
	}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			o := clientThat(func(ctx context.Context, id string) error {
				if id == "unix/plain/flags" {
					return test.end(ctx, interrupt)
				}
				return nil
			})
			o.Timeout = time.Hour
			args := append(test.args, "--format", "json", "--filter", threeEntries, "--parallel", "1")
			stdout, _, err := execConform(ctx, o, args...)
			if err == nil || err.Error() != test.want || conformExit(err) != test.code {
				t.Errorf("error: got %v with exit code %d, want %s with %d", err, conformExit(err), test.want, test.code)
			}
			tried, unfinished := reported(t, stdout)
			if diff := cmp.Diff(test.tried, tried); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			if n := len(tried) + len(unfinished); n != 3 {
				t.Errorf("the report knows of %d entries, want 3: %v and %v", n, tried, unfinished)
			}
		})
	}
}

// TestConformTimeLimit has a client that only the limit ends.
func TestConformTimeLimit(t *testing.T) {
	t.Parallel()
	o := clientThat(func(ctx context.Context, _ string) error {
		<-ctx.Done()
		return ctx.Err()
	})
	stdout, _, err := execConform(t.Context(), o, "--timeout", "1h", "--time-limit", "1ms", "--format", "json", "--filter", threeEntries)
	want := "the time of --time-limit 1ms is up: 3 of 3 entries not tried to the end"
	if err == nil || err.Error() != want || conformExit(err) != exitTimedOut {
		t.Errorf("error: got %v with exit code %d, want %s with %d", err, conformExit(err), want, exitTimedOut)
	}
	if tried, unfinished := reported(t, stdout); len(tried) != 0 || len(unfinished) != 3 {
		t.Errorf("tried %v, unfinished %v", tried, unfinished)
	}
	_, _, err = execConform(t.Context(), o, "--timeout", "1h", "--time-limit", "1ms", "--filter", "^unix/plain/flags$")
	if want := "the time of --time-limit 1ms is up: 1 of 1 entry not tried to the end"; err == nil || err.Error() != want {
		t.Errorf("error: got %v, want %s", err, want)
	}
}

// TestConformFailFastKnowsTheBaseline ends only with what the baseline does not have.
func TestConformFailFastKnowsTheBaseline(t *testing.T) {
	t.Parallel()
	o := clientThat(func(_ context.Context, id string) error {
		if id == "unix/plain/flags" {
			return errors.New("what?")
		}
		return nil
	})
	args := []string{"--format", "json", "--filter", threeEntries, "--parallel", "1", "--baseline", t.TempDir() + "/baseline"}
	if _, _, err := execConform(t.Context(), o, append(args, "--update-baseline")...); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, err := execConform(t.Context(), o, append(args, "--fail-fast")...)
	if err != nil {
		t.Error(err)
	}
	if tried, unfinished := reported(t, stdout); len(tried) != 3 || unfinished != nil {
		t.Errorf("tried %v, unfinished %v", tried, unfinished)
	}
	if strings.Contains(stderr, "broken") {
		t.Errorf("what is accepted is said to be found:\n%s", stderr)
	}
}

// An interrupted run leaves the baseline as it was: it may have been interrupted because it went wrong.
func TestConformInterruptedKeepsTheBaseline(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/baseline"
	o := clientThat(func(ctx context.Context, id string) error {
		<-ctx.Done()
		return ctx.Err()
	})
	_, _, err := execConform(t.Context(), o, "--time-limit", "1ms", "--filter", threeEntries, "--update-baseline", "--baseline", file)
	if conformExit(err) != exitTimedOut {
		t.Errorf("error: got %v, want exit code %d", err, exitTimedOut)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the baseline: got %v, want that there is none", err)
	}
}

// stuckConform starts a run whose command never ends, and returns once the command runs. A process of the command, in a session of
// its own, holds the command's output until the test ends.
func stuckConform(t *testing.T, dir string) *process {
	t.Helper()
	open := func(name string) *os.File {
		name = filepath.Join(t.TempDir(), name)
		if out, err := exec.Command(testtool.Need(t, "mkfifo"), name).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		f, err := os.OpenFile(name, os.O_RDWR, 0) // for reading alone, it would wait for a writer
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	ready, hold := open("ready"), open("hold")
	testtool.Need(t, "setsid")
	p := newProcess(t, "dockerd", "conform", "--format", "json", "--",
		testtool.Need(t, "sh"), "-c", `setsid sh -c 'read line <"$1"' - "$2" & echo >"$1"; wait`, "-", ready.Name(), hold.Name())
	p.Env = append(p.Env, "TMPDIR="+dir)
	p.start()
	ready.SetReadDeadline(time.Now().Add(patience))
	if _, err := ready.Read(make([]byte, 1)); err != nil {
		t.Fatalf("the command does not start: %v", err)
	}
	return p
}

// TestConformSignals interrupts a run once, and then another until it ends.
func TestConformSignals(t *testing.T) {
	t.Parallel()
	p := stuckConform(t, t.TempDir())
	p.Process.Signal(os.Interrupt)
	if code := p.end(); code != exitInterrupted {
		t.Errorf("after a signal: exit code %d, want %d\n%s", code, exitInterrupted, strings.Join(p.lines, "\n"))
	}
	if last := p.lines[len(p.lines)-1]; !strings.HasPrefix(last, "interrupted: ") {
		t.Errorf("the last line: got %q", last)
	}

	// One that waits for its command takes a second here. So may a busy machine between two signals, but not every time.
	var problem string
	for range 5 {
		if problem = endsAtOnce(t); problem == "" {
			return
		}
	}
	t.Error(problem)
}

// endsAtOnce interrupts a run until it ends, and says why that was not the second signal's doing.
func endsAtOnce(t *testing.T) (problem string) {
	t.Helper()
	dir := t.TempDir()
	p := stuckConform(t, dir)
	ended := make(chan struct{})
	var signals sync.WaitGroup
	signals.Go(func() {
		again := time.NewTicker(time.Millisecond)
		defer again.Stop()
		for {
			select {
			case <-again.C:
				p.Process.Signal(os.Interrupt)
			case <-ended:
				return
			}
		}
	})
	p.end()
	close(ended)
	signals.Wait()
	if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		return fmt.Sprintf("after two signals: got %v, want that it ends at once", p.ProcessState)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) == 0 {
		return fmt.Sprintf("after two signals: files %v, error %v, want that it tidied nothing up", left, err)
	}
	return ""
}

func TestConformProgress(t *testing.T) {
	t.Parallel()
	found := map[conform.Verdict]int{conform.Differs: 1, conform.Insecure: 3}
	for want, p := range map[string]conform.Progress{
		"0 of 0 attempts":  {},
		"7 of 20 attempts": {Done: 7, Total: 20},
		"312 of 1104 attempts, 3 insecure, 1 differs, about 40 s left": {Done: 312, Total: 1104, Found: found, Left: 41 * time.Second},
		"1 of 9 attempts, about 1 s left":                              {Done: 1, Total: 9, Left: time.Millisecond},
		"1 of 9 attempts, about 8 s left":                              {Done: 1, Total: 9, Left: 7600 * time.Millisecond},
		"1 of 9 attempts, about 90 s left":                             {Done: 1, Total: 9, Left: 89 * time.Second},
		"1 of 9 attempts, about 2 min left":                            {Done: 1, Total: 9, Left: 95 * time.Second},
	} {
		if got := progressText(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, test := range []struct {
		terminal bool
		want     string
	}{
		{false, "2 of 20 attempts\n4 of 20 attempts\n6 of 20 attempts\n8 of 20 attempts\n10 of 20 attempts\n" +
			"12 of 20 attempts\n14 of 20 attempts\n16 of 20 attempts\n18 of 20 attempts\n20 of 20 attempts\n"},
		{true, "\r1 of 20 attempts\x1b[K\r2 of 20 attempts\x1b[K\r3 of 20 attempts\x1b[K\r4 of 20 attempts\x1b[K\n"},
	} {
		var out bytes.Buffer
		l := newProgressLine(&out)
		l.terminal = test.terminal
		for i := range 20 {
			if test.terminal && i == 4 {
				break // an interrupted run
			}
			l.show(conform.Progress{Done: i + 1, Total: 20})
		}
		l.end()
		if diff := cmp.Diff(test.want, out.String()); diff != "" {
			t.Errorf("terminal %t (-want +got):\n%s", test.terminal, diff)
		}
	}
}

// TestConformOutput: files in the formats that their names say, also of a run that was ended.
func TestConformOutput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	o := clientThat(func(ctx context.Context, id string) error {
		if id == "unix/plain/flags" {
			interrupt()
			<-ctx.Done()
		}
		return nil
	})
	args := []string{"--format", "markdown", "--parallel", "1", "--filter", threeEntries}
	for _, name := range []string{"a.txt", "a.md", "a.json", "a.xml", "a.html"} {
		args = append(args, "--output", dir+"/"+name)
	}
	stdout, _, err := execConform(ctx, o, args...)
	if conformExit(err) != exitInterrupted {
		t.Errorf("error: got %v, want exit code %d", err, exitInterrupted)
	}
	for name, begin := range map[string]string{"a.txt": "", "a.md": stdout, "a.json": "{\n", "a.xml": "<?xml ", "a.html": "<!"} {
		got, err := os.ReadFile(dir + "/" + name)
		if err != nil || !strings.HasPrefix(string(got), begin) || len(got) == 0 {
			t.Errorf("%s: got %v and\n%s\nwant it to begin with\n%s", name, err, got, begin)
		}
	}
	for want, args := range map[string][]string{
		"--output a.pdf: the name ends in .txt, .md, .json, .xml (JUnit) or .html": {"--output", "a.pdf"},
		"--output: open " + dir + "/no/a.xml: no such file or directory":           {"--output", dir + "/no/a.xml"},
	} {
		if _, _, err := execConform(t.Context(), onlyGo(), args...); err == nil || err.Error() != want {
			t.Errorf("error: got %v, want %s", err, want)
		}
	}
	// What judges nothing leaves nothing.
	none := dir + "/none.html"
	if _, _, err := execConform(t.Context(), conform.Options{}, "--output", none, "--", testtool.Need(t, "false")); conformExit(err) != exitSetup {
		t.Errorf("error: got %v, want exit code %d", err, exitSetup)
	}
	if _, err := os.Stat(none); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the report of nothing: got %v, want that there is none", err)
	}
}
