//go:build unix

package testscripts_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// An interrupted command ends the daemons of its scenario and removes what it has made.
func TestScriptCommandInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	started, release := filepath.Join(dir, "started"), filepath.Join(dir, "release")
	for _, fifo := range []string{started, release} {
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := write(t, "x.txtar", fmt.Sprintf(`dockerd --pidfile=pid -H unix://$RUN/d.sock &
exec sh -c 'exec 3<>%s; echo $(cat pid) $RUN $WORK > %s; read x <&3'
`, release, started))
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := script(ctx, file)
		ended <- err
	}()
	announced := make(chan string, 1)
	go func() {
		line, err := os.ReadFile(started) // waits for the scenario, which then waits for release
		if err != nil {
			t.Error(err)
		}
		announced <- string(line)
	}()
	var line string
	select {
	case line = <-announced:
	case err := <-ended:
		t.Fatalf("it ended before it was interrupted: %v", err)
	}
	defer func() {
		if err := os.WriteFile(release, []byte("\n"), 0o600); err != nil {
			t.Error(err)
		}
	}()
	interrupt()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
	var pid int
	var made [2]string
	if _, err := fmt.Sscan(line, &pid, &made[0], &made[1]); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("dockerd is still running: %v", err)
	}
	for _, dir := range made {
		if _, err := os.Stat(strings.TrimSpace(dir)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", dir, err)
		}
	}
}
