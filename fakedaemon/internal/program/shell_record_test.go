package program

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// A shellScript is a script and the shells of which it is the same here as there.
type shellScript struct{ shells, text string }

// String is short, for what Sample says.
func (s shellScript) String() string { return s.text[:min(len(s.text), 12)] }

// recordedShells are the real shells: their names here, and how they are called.
var recordedShells = []struct {
	name string
	d    *dialect
	real []string
}{
	{"ash", ash, []string{"busybox", "sh"}},
	{"dash", dash, []string{"sh"}},
	{"bash", bash, []string{"bash"}},
}

const shellRecord = "testdata/shell.json"

// readShellRecord gives the recorded outcomes, by shell and script.
func readShellRecord(t *testing.T) map[string]map[string]shellOutcome {
	t.Helper()
	record := make(map[string]map[string]shellOutcome)
	b, err := os.ReadFile(shellRecord)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &record); err != nil {
		t.Fatal(err)
	}
	return record
}

// TestShellRecorded runs every script as the real shells did when they were asked.
func TestShellRecorded(t *testing.T) {
	record := readShellRecord(t)
	for _, shell := range recordedShells {
		for _, script := range shellScripts {
			if !strings.Contains(" "+script.shells+" ", " "+shell.name+" ") {
				continue
			}
			want, ok := record[shell.name][script.text]
			if !ok {
				t.Errorf("%s: %q is not recorded: run TestShellReal with %s=1", shell.name, script.text, testtool.UpdateEnv)
				continue
			}
			got := runScript(t, shell.d, "", shellNames[shell.d], "-c", script.text)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s: (-want +got)\n%s", shell.name, script.text, diff)
			}
		}
	}
}

// realShell runs a script in a real shell, in an empty folder.
func realShell(t *testing.T, text string, shell ...string) shellOutcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, shell[0], append(shell[1:], "-c", text)...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = t.TempDir(), strings.NewReader(""), &out, &errs
	cmd.Env = []string{"PATH=/bin:/usr/bin", "HOME=/root"}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	code := cmd.ProcessState.ExitCode()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		code = 128 + int(status.Signal())
	}
	return shellOutcome{out.String(), errs.String(), code}
}

// shellVersions are the shells that were recorded.
var shellVersions = map[string]string{
	"ash":  "busybox | head -n 1 | grep -q 'v1.35.0'",
	"dash": "grep -q '^12' /etc/debian_version && readlink /bin/sh | grep -q dash",
	"bash": "bash --version | grep -q 'version 5.2.15'",
}

// timed are scripts in which it matters how fast processes are.
var timed = regexp.MustCompile(`sleep|kill|[^&>]&[^&>1-9]|[^&>]&$`)

// TestShellReal asks the real shells whether they do as was recorded.
func TestShellReal(t *testing.T) {
	// What this process ignores the shells would ignore, and tell.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT)
	defer signal.Stop(signals)
	update := os.Getenv(testtool.UpdateEnv) != ""
	record := map[string]map[string]shellOutcome{}
	for _, shell := range recordedShells {
		t.Run(shell.name, func(t *testing.T) {
			program := testtool.Need(t, shell.real[0])
			if err := exec.Command("sh", "-c", shellVersions[shell.name]).Run(); err != nil {
				t.Skipf("%s is not the version that was recorded", program)
			}
			outcomes := make(map[string]shellOutcome)
			record[shell.name] = outcomes
			var recorded map[string]shellOutcome
			if !update {
				recorded = readShellRecord(t)[shell.name]
			}
			for _, script := range testtool.Sample(t, shellScripts, 60) {
				if !strings.Contains(" "+script.shells+" ", " "+shell.name+" ") {
					continue
				}
				// On a busy machine, processes that run at once say what they say in another order.
				if !update && timed.MatchString(script.text) {
					continue
				}
				got := realShell(t, script.text, shell.real...)
				outcomes[script.text] = got
				if diff := cmp.Diff(recorded[script.text], got); diff != "" && !update {
					t.Errorf("%s: (-recorded +real)\n%s", script.text, diff)
				}
			}
		})
	}
	if !update {
		return
	}
	b, err := json.MarshalIndent(record, "", "\t")
	if err == nil {
		err = os.WriteFile(shellRecord, append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
