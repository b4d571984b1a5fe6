package transport

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/internal/shellwords"
)

// An SSHRefusal is how a command ends that does not reach the daemon.
type SSHRefusal struct {
	Status uint32
	Stderr string
}

// judgeCommand reports whether a command is that by which clients reach the daemon, `docker system dial-stdio`. It is what
// the docker CLI, docker-py and docker-modem send, the CLI with --host=unix://PATH before "system" when its host has a path. For any other it gives the answer of
// an account with a restricted shell (rbash) that finds nothing but this docker.
func judgeCommand(line string) (refused *SSHRefusal) {
	words, err := shellwords.Split(line)
	if quote := shellwords.Unclosed(0); errors.As(err, &quote) {
		return &SSHRefusal{2, fmt.Sprintf("rbash: -c: line 1: unexpected EOF while looking for matching `%c'\n", quote)}
	}
	if len(words) == 0 {
		return &SSHRefusal{}
	}
	if words[0] != "docker" {
		if strings.Contains(words[0], "/") {
			return &SSHRefusal{1, "rbash: line 1: " + words[0] + ": restricted: cannot specify `/' in command names\n"}
		}
		return &SSHRefusal{127, "rbash: line 1: " + words[0] + ": command not found\n"}
	}
	args := words[1:]
	for len(args) > 0 {
		host, ok := "", false
		switch {
		case (args[0] == "--host" || args[0] == "-H") && len(args) > 1:
			host, ok, args = args[1], true, args[2:]
		case strings.HasPrefix(args[0], "--host="), strings.HasPrefix(args[0], "-H="):
			_, host, ok = strings.Cut(args[0], "=")
			args = args[1:]
		}
		if !ok {
			break
		}
		if path, unix := strings.CutPrefix(host, "unix://"); !unix || !strings.HasPrefix(path, "/") {
			return &SSHRefusal{1, fmt.Sprintf("docker: this account reaches no daemon at %q\n", host)}
		}
	}
	if !slices.Equal(args, []string{"system", "dial-stdio"}) {
		return &SSHRefusal{1, fmt.Sprintf("docker: this account may run nothing but \"docker system dial-stdio\": it was asked for %q\n", line)}
	}
	return nil
}
