package conform

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Find returns the clients of this machine: the docker CLIs at the given paths or, when there are none, the one on
// PATH; the curl on PATH when it is built with OpenSSL; and the built-in Go client. Missing says what is not there, one
// sentence each. The error names a path that holds no docker CLI.
func Find(ctx context.Context, dockers ...string) (clients []Client, missing []string, err error) {
	named := len(dockers) > 0
	if !named {
		if path, err := exec.LookPath("docker"); err == nil {
			dockers = []string{path}
		} else {
			missing = append(missing, "docker is not on PATH")
		}
	}
	for _, path := range dockers {
		// A report is read elsewhere.
		if path, err = filepath.Abs(path); err != nil {
			return nil, nil, err
		}
		out, err := output(ctx, path, "--version")
		version := dockerVersion.FindStringSubmatch(out)
		switch {
		case version != nil:
			clients = append(clients, &docker{name: "docker", path: path, version: version[1]})
		case named:
			return nil, nil, notDocker(path, out, err)
		default:
			missing = append(missing, notDocker(path, out, err).Error())
		}
	}
	tellApart(clients)
	switch path, err := exec.LookPath("curl"); {
	case err != nil:
		missing = append(missing, "curl is not on PATH")
	default:
		out, _ := output(ctx, path, "--version")
		if version := curlVersion.FindStringSubmatch(out); version != nil {
			clients = append(clients, &curl{name: "curl", path: path, version: version[1]})
		} else {
			missing = append(missing, path+" is not built with OpenSSL")
		}
	}
	return append(clients, Go()), missing, nil
}

var (
	dockerVersion = regexp.MustCompile(`^Docker version ([^, ]+)`)
	curlVersion   = regexp.MustCompile(`^curl (\S+) .* OpenSSL/`)
)

// tellApart adds the version to the names of several docker CLIs, and the path where the versions are equal too.
func tellApart(clients []Client) {
	if len(clients) < 2 {
		return
	}
	taken := map[string]bool{}
	for _, c := range clients {
		d := c.(*docker)
		d.name += " " + d.version
		if taken[d.name] {
			d.name += " " + d.path
		}
		taken[d.name] = true
	}
}

func notDocker(path, said string, err error) error {
	if err != nil {
		return fmt.Errorf("%s is not a docker CLI: %w", path, err)
	}
	return fmt.Errorf("%s is not a docker CLI: asked for --version it says %q", path, said)
}

// output returns the first line of what a program says of itself.
func output(ctx context.Context, program string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, program, args...).Output()
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line), err
}
