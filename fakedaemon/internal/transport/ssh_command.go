package transport

import (
	"fmt"
	"slices"
	"strings"
)

// An SSHRefusal is how a command ends that does not reach the daemon.
type SSHRefusal struct {
	Status uint32
	Stderr string
}

// judgeCommand says whether a command is that by which clients reach the daemon, `docker system dial-stdio`. It is what
// the docker CLI, docker-py and docker-modem send, the CLI with --host=unix://PATH before "system" when its host has a path. For any other it gives the answer of
// an account with a restricted shell (rbash) that finds nothing but this docker.
func judgeCommand(line string) (refused *SSHRefusal) {
	words, err := shellWords(line)
	if err != nil {
		return &SSHRefusal{2, "rbash: -c: line 1: " + err.Error() + "\n"}
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

// shellWords splits a line as a POSIX shell does, at blanks, with quotes and backslashes. What else a shell knows is taken
// as it stands.
func shellWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	var quote rune
	escaped := false
	for _, r := range line {
		switch {
		case escaped:
			if quote == '"' && !strings.ContainsRune("$`\"\\\n", r) {
				word.WriteByte('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case strings.ContainsRune(" \t\n", r):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			inWord = true
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("unexpected EOF while looking for matching `%c'", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
