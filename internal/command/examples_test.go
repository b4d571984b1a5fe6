package command

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
)

// TestCertsExample runs the commands that certs --help shows, with a free port in the place of 2376.
func TestCertsExample(t *testing.T) {
	t.Parallel()
	docker := dockercli.Path(t, "28.5.2")
	program, _, _ := newBufferedProgram()
	lines := strings.Split(strings.ReplaceAll(program.newCertsCommand().Example, ":2376", ":"+freePort(t)), "\n")
	dir := workDir(t)
	command := func(line, name string) []string {
		t.Helper()
		words := strings.Fields(line)
		if words[0] != name {
			t.Fatalf("%q does not start with %s", line, name)
		}
		return words[1:]
	}

	certs := newProcess(t, "dockerd", command(lines[0], "fakedockerd")...)
	certs.Dir = dir
	if code, _ := certs.run(); code != 0 {
		t.Fatalf("%s: exit %d, %q", lines[0], code, certs.lines)
	}
	daemon := newProcess(t, "dockerd", command(lines[1], "dockerd")...)
	daemon.Dir = dir
	daemon.start()
	daemon.until("API listen on")
	client := exec.Command(docker, command(lines[2], "docker")...)
	client.Dir = dir
	client.Env = append(clientEnv(os.Environ(), nil), "HOME="+dir)
	if out, err := client.CombinedOutput(); err != nil || !strings.Contains(string(out), "\nServer:") {
		t.Errorf("%s: %v\n%s", lines[2], err, out)
	}
}
