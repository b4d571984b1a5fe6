package reference

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// sshHost is the host of a row in section ssh.
func sshHost(inv Invocation) string {
	if at := slices.Index(inv.Args, "-H"); at >= 0 {
		return inv.Args[at+1]
	}
	if host := inv.Env["DOCKER_HOST"]; host != "" {
		return host
	}
	return strings.TrimPrefix(inv.Setup[3], "host=")
}

// TestSSHCommand holds the command line of ssh against every recorded one.
func TestSSHCommand(t *testing.T) {
	t.Parallel()
	d, _ := load(t)
	tried := 0
	for _, inv := range d.Invocations {
		if inv.Section != SectionSSH || inv.SSHArgv == nil {
			continue
		}
		tried++
		_, version, _ := strings.Cut(inv.Client, " ")
		got, err := modes.SSHCommand(version, sshHost(inv))
		if diff := cmp.Diff(inv.SSHArgv, got); diff != "" || err != nil {
			t.Errorf("%s %s: %v (-want +got)\n%s", inv.Client, inv.Label, err, diff)
		}
	}
	if tried != 56 {
		t.Errorf("%d rows name a command, want 56", tried)
	}
}

// relay stands in PATH as ssh: it writes its arguments down, and runs OpenSSH for the same account and command on the fake.
const relay = `#!/bin/sh
{ printf '%%s\n' ssh "$@"; echo; } >>"$HOME/argv"
while [ "$1" != -- ]; do
	[ "$1" = -l ] && user=$2
	shift
done
shift 2
exec %s "ssh://docker-user@%s" "$@"
`

// TestReplaySSH runs the recorded commands with the pinned CLIs and OpenSSH in front of the fake.
func TestReplaySSH(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the recordings are from Linux")
	}
	testtool.Need(t, "ssh")
	programs := clients(t)
	data, _ := load(t)
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.SSH})
	bin := t.TempDir()
	_, addr, _ := strings.Cut(d.Host(), "@")
	script := fmt.Sprintf(relay, filepath.Join(d.SSHHome(), "bin", "ssh"), addr)
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.Certs().WriteDir(filepath.Join(bin, "certs")); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{dir}", filepath.Join(bin, "certs"), "{a directory without ssh}", "/nonexistent")
	tried := 0
	for _, inv := range data.Invocations {
		client := strings.HasPrefix(inv.Client, "docker-cli 28") || strings.HasPrefix(inv.Client, "docker-cli 29")
		asked := !slices.Contains(inv.Args, "events") // a stream
		if inv.Section != SectionSSH || !client || inv.SSH != "ok" || !asked {
			continue
		}
		tried++
		home := t.TempDir()
		path := bin + ":" + os.Getenv("PATH")
		if inv.Env["PATH"] != "" {
			path = fill.Replace(inv.Env["PATH"])
		}
		env := []string{"HOME=" + home, "PATH=" + path}
		if host := inv.Env["DOCKER_HOST"]; host != "" {
			env = append(env, "DOCKER_HOST="+host)
		}
		p := &place{fill: fill}
		program := programOf(programs, inv.Client)
		if inv.Setup != nil {
			if r := p.exec(program, env, home, inv.Setup); r.ExitCode != 0 {
				t.Errorf("%s: %s", inv.Label, r.Text())
			}
		}
		before := len(d.Requests())
		r := p.exec(program, env, home, inv.Args)
		r.Requests = d.Requests()[before:]
		want := inv.Results[0].Outcome
		version := map[bool]string{true: "28.5.2", false: "29.7.2"}[strings.HasPrefix(inv.Client, "docker-cli 28")]
		var argv []string
		if inv.SSHArgv != nil {
			// Between the recorded 28.2.2 and the pinned 28.5.2 it has changed.
			var err error
			if argv, err = modes.SSHCommand(version, sshHost(inv)); err != nil {
				t.Error(err)
			}
		}
		if got := conform.Classify(modes.FamilyDocker, r); string(got) != want {
			t.Errorf("docker %s %q: %s, want %s: %s", version, inv.Args, got, want, r.Text())
		}
		written, err := os.ReadFile(filepath.Join(home, "argv"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		var got []string
		if first, _, ok := strings.Cut(string(written), "\n\n"); ok {
			got = strings.Split(first, "\n")
		}
		if diff := cmp.Diff(argv, got); diff != "" {
			t.Errorf("docker %s %q: ssh's arguments (-want +got)\n%s", version, inv.Args, diff)
		}
	}
	t.Logf("%d rows replayed", tried)
	if tried < 30 {
		t.Errorf("only %d rows to replay", tried)
	}
}
