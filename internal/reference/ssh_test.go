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
	"github.com/fakedockerd/fakedockerd/internal/rule"
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
		got, err := rule.SSHCommand(version, sshHost(inv))
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
		if inv.Section != SectionSSH || !client || inv.SSH != "ok" {
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
			if argv, err = rule.SSHCommand(version, sshHost(inv)); err != nil {
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

// TestSSHClients holds docker-py and dockerode, told by the environment, to what the matrix says of them over ssh. NODE_PATH must
// name the folder that holds dockerode.
func TestSSHClients(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no ssh agent on Windows")
	}
	testtool.Need(t, "ssh")
	for name, client := range map[string]func(t *testing.T) conform.Client{
		"docker-py": func(t *testing.T) conform.Client {
			python := having(t, "docker-py 5 with paramiko", []string{"/usr/bin/python3", "python3"}, "-c", "import docker, paramiko; assert docker.__version__.startswith('5.')")
			const script = "import docker; print(docker.from_env(version='auto').version()['Version'])"
			return program("docker-py", modes.FamilyDockerPy, func(conform.Attempt) []string { return []string{python, "-c", script} })
		},
		"dockerode": func(t *testing.T) conform.Client {
			node := having(t, "dockerode 5", []string{"node"}, "-e", "if (!/^5\\./.test(require('dockerode/package.json').version)) process.exit(1)")
			const script = "const fail = e => { console.error(`Error code=${e.code}: ${e.message}`); process.exitCode = 1; };" +
				"try { new (require('dockerode'))().version().then(v => console.log(v.Version), fail) } catch (e) { fail(e) }"
			return program("dockerode", modes.FamilyDockerode, func(conform.Attempt) []string { return []string{node, "-e", script} })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client(t)
			tried := 0
			for _, e := range modes.Entries() {
				few := e.Client == modes.ClientPlain || e.Client == modes.ClientMutual
				if e.Daemon != modes.SSH || e.Source != modes.Env && e.Source != modes.Home || !*all && !few {
					continue
				}
				tried++
				got, err := conform.Try(t.Context(), c, e, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got.Outcome != got.Want {
					t.Errorf("%s: got %s, want %s: %s\n%s\n%s", e.ID, got.Outcome, got.Want, e.Why, got.Text, got.Ledger)
				}
			}
			t.Logf("%d entries tried", tried)
			if tried < 4 {
				t.Error("too few")
			}
		})
	}
}
