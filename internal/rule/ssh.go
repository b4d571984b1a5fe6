package rule

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// SSHCommand returns the command that the docker CLI of a version ("20.10.24", "28.2.2", "29.7.2") runs to reach a host
// such as "ssh://docker-user@host1.example.com:2222", the program first, or a *[Refusal]. Sources: section ssh of
// tls/matrix.json and cli/connhelper of the CLI.
//
// On the other machine its last words go to a shell, which CLIs before 28.3.2 do not think of: what they write of a
// path with blanks in it is not one word there.
func SSHCommand(version, host string) ([]string, error) {
	u, err := url.Parse(host)
	if err != nil {
		return nil, &Refusal{outcome.ConfigUsage, fmt.Sprintf("it cannot parse the URL: %v", err)}
	}
	withPath := !before(version, 24, 0, 0)
	if why := unfitForSSH(u, withPath); why != "" {
		return nil, &Refusal{outcome.ConfigUsage, why}
	}
	var flags []string
	if withPath {
		flags = append(flags, "-o ConnectTimeout=30")
	}
	if !before(version, 27, 2, 0) {
		flags = append(flags, "-T")
	}
	user, port := []string{}, []string{}
	if u.User.Username() != "" {
		user = []string{"-l", u.User.Username()}
	}
	if u.Port() != "" {
		port = []string{"-p", u.Port()}
	}
	remote := []string{"docker", "system", "dial-stdio"}
	if before(version, 28, 3, 2) {
		if u.Path != "" {
			remote = []string{"docker", "--host", "unix://" + u.Path, "system", "dial-stdio"}
		}
		return slices.Concat([]string{"ssh"}, flags, user, port, []string{"--", u.Hostname()}, remote), nil
	}
	if strings.Trim(u.Path, "/") != "" {
		remote = []string{"docker", "--host=unix://" + u.Path, "system", "dial-stdio"}
	}
	for _, words := range [][]string{user, port, remote} {
		for i, word := range words {
			if strings.ContainsFunc(word, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }) {
				return nil, &Refusal{outcome.ConfigUsage, fmt.Sprintf("it cannot quote %q for a shell", word)}
			}
			words[i] = shellQuote(word)
		}
	}
	return slices.Concat([]string{"ssh"}, user, port, flags, []string{"--", shellQuote(u.Hostname()), strings.Join(remote, " ")}), nil
}

// unfitForSSH says what the CLI refuses in a URL, "" for nothing.
func unfitForSSH(u *url.URL, withPath bool) string {
	_, password := u.User.Password()
	switch {
	case password:
		return "it takes no password in the URL"
	case u.Hostname() == "":
		return "the URL names no host"
	case u.Path != "" && !withPath:
		return "it takes no path behind the host"
	case u.RawQuery != "":
		return "it takes no query behind the host"
	case u.Fragment != "":
		return "it takes no fragment behind the host"
	}
	return ""
}

// shellQuote quotes a word as the CLI does (mvdan.cc/sh), in single quotes where it can.
func shellQuote(word string) string {
	switch {
	case word == "":
		return "''"
	case !strings.ContainsAny(word, ";\"'()$|&>< \t\r\n`\\#{~*?[="):
		return word
	case !strings.Contains(word, "'"):
		return "'" + word + "'"
	}
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`, "`", "\\`", "$", `\$`).Replace(word) + `"`
}

// before reports whether a version comes before another. What is no number counts as 0.
func before(version string, major, minor, patch int) bool {
	have := strings.SplitN(version, ".", 3)
	for i, want := range []int{major, minor, patch} {
		n := 0
		if i < len(have) {
			notDigit := func(r rune) bool { return r < '0' || r > '9' }
			if numbers := strings.FieldsFunc(have[i], notDigit); len(numbers) > 0 {
				n, _ = strconv.Atoi(numbers[0])
			}
		}
		if n != want {
			return n < want
		}
	}
	return false
}

// overSSH reports whether a host is reached over ssh.
func overSSH(host string) bool { return strings.HasPrefix(host, "ssh://") }

// resolveSSH is the docker CLI's endpoint of a host that is reached over ssh. TLS settings count for nothing there, and
// the files that they name need only exist.
func (ep *dockerEndpoint) resolveSSH(version string, e Endpoint) (Endpoint, error) {
	if _, err := SSHCommand(version, ep.host); err != nil {
		return e, err
	}
	if ep.ca != "" || ep.cert != "" || ep.key != "" || ep.skipVerify {
		e.note = "the CLI leaves TLS out over ssh"
	}
	return e, nil
}

// meetSSH is what becomes of a client that starts ssh, or speaks it.
func meetSSH(l *Listener) (outcome.Class, string) {
	if l == nil || !l.SSH {
		return outcome.SSHCommandFailed, "ssh does not get through to a docker"
	}
	return outcome.OK, "the docker of the account connects the client to the daemon's socket"
}
