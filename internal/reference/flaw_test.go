package reference

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// TestFlaws puts real clients in front of the flaws of either side, one in ten or all of them, and compares what they do with the
// rule. Package conform does so with curl and other CLIs. NODE_PATH must name the folder that holds dockerode.
func TestFlaws(t *testing.T) {
	t.Parallel()
	goClient := filepath.Join(t.TempDir(), "goclient")
	if out, err := exec.Command("go", "build", "-o", goClient, "./goclient").CombinedOutput(); err != nil {
		t.Fatalf("goclient: %v\n%s", err, out)
	}
	for name, client := range map[string]func(t *testing.T) conform.Client{
		"docker-28": func(t *testing.T) conform.Client { return conform.Docker("docker", dockercli.Path(t, "28.5.2")) },
		"docker/docker/client": func(t *testing.T) conform.Client {
			return program("docker/docker/client", modes.FamilyGoClient, func(a conform.Attempt) []string { return goArgs(goClient, "docker", a) })
		},
		"moby/moby/client": func(t *testing.T) conform.Client {
			return program("moby/moby/client", modes.FamilyGoClient, func(a conform.Attempt) []string { return goArgs(goClient, "moby", a) })
		},
		"docker-py": func(t *testing.T) conform.Client {
			python := having(t, "docker-py 5", []string{"/usr/bin/python3", "python3"}, "-c", "import docker; assert docker.__version__.startswith('5.')")
			return program("docker-py", modes.FamilyDockerPy, func(a conform.Attempt) []string { return pyArgs(python, a) })
		},
		"dockerode": func(t *testing.T) conform.Client {
			node := having(t, "dockerode 5", []string{"node"}, "-e", "if (!/^5\\./.test(require('dockerode/package.json').version)) process.exit(1)")
			return program("dockerode", modes.FamilyDockerode, func(a conform.Attempt) []string { return nodeArgs(node, a) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tryFlaws(t, client(t))
		})
	}
}

// tryFlaws tries a client on the entries that have a flaw.
func tryFlaws(t *testing.T, c conform.Client) {
	entries := make(chan modes.Entry)
	var wg sync.WaitGroup
	var mu sync.Mutex // protects tried
	tried := 0
	for range 2 {
		wg.Go(func() {
			for e := range entries {
				got, err := conform.Try(t.Context(), c, e, nil)
				if err != nil {
					t.Error(err)
					continue
				}
				if got.Verdict == conform.Skipped {
					continue
				}
				mu.Lock()
				tried++
				mu.Unlock()
				if got.Outcome != got.Want {
					t.Errorf("%s: got %s, want %s: %s\n%s\n%s", e.ID, got.Outcome, got.Want, e.Why, got.Text, got.Ledger)
				}
			}
		})
	}
	n := 0
	for _, e := range modes.Entries() {
		if e.Material != (modes.Material{}) && e.Source == modes.Flags {
			if n++; *all || n%10 == 0 {
				entries <- e
			}
		}
	}
	close(entries)
	wg.Wait()
	t.Logf("%d flaws tried", tried)
}

// having finds a program that has a library. Where none has it, the test is skipped, or fails when testtool.RequireEnv is set.
func having(t *testing.T, what string, programs []string, check ...string) string {
	t.Helper()
	for _, p := range programs {
		if exec.Command(p, check...).Run() == nil {
			return p
		}
	}
	if os.Getenv(testtool.RequireEnv) != "" {
		t.Fatalf("%s is not installed and %s is set", what, testtool.RequireEnv)
	}
	t.Skipf("%s is not installed", what)
	return ""
}

// program is a client that is a command.
func program(name string, family modes.Family, args func(conform.Attempt) []string) conform.Client {
	return conform.Func(name, family, func(ctx context.Context, a conform.Attempt) conform.Result {
		argv := args(a)
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Env = a.Env
		if path := os.Getenv("NODE_PATH"); path != "" {
			cmd.Env = append(cmd.Env, "NODE_PATH="+path)
		}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		r := conform.Result{}
		var exit *exec.ExitError
		if err := cmd.Run(); errors.As(err, &exit) {
			r.ExitCode = exit.ExitCode()
		} else if err != nil {
			r.Err = err
		}
		r.Stdout, r.Stderr = stdout.String(), stderr.String()
		return r
	})
}

// files are the files that the mode of an entry needs, "-" for the others.
func files(a conform.Attempt) (ca, cert, key string) {
	ca, cert, key = "-", "-", "-"
	if a.Entry.Client.Verifies() {
		ca = a.Paths.CA
	}
	if a.Entry.Client.Presents() {
		cert, key = a.Paths.Cert, a.Paths.Key
	}
	return ca, cert, key
}

func goArgs(path, client string, a conform.Attempt) []string {
	ca, cert, key := files(a)
	return []string{path, client, "WithTLSClientConfig", "version", a.Host(), ca, cert, key}
}

func pyArgs(path string, a conform.Attempt) []string {
	ca, cert, key := files(a)
	verify := "0"
	if ca != "-" {
		verify = "1"
	}
	return []string{path, "pyclient.py", a.Host(), verify, ca, cert, key}
}

func nodeArgs(path string, a conform.Attempt) []string {
	ca, cert, key := files(a)
	host, port, err := net.SplitHostPort(strings.TrimPrefix(a.Host(), "tcp://"))
	if err != nil {
		panic(err) // entries with flaws are all about TCP
	}
	return []string{path, "nodeclient.js", host, port, ca, cert, key, "-"}
}
