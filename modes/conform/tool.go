package conform

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes"
)

// Unknown is the family of a client of which the matrix knows nothing. It is held against the docker CLI: what the CLI
// gets must work, what the CLI refuses must be refused, in whatever words.
const Unknown modes.Family = ""

// A Tool is a command of somebody's own that talks to a daemon.
//
// Command is tried with the environment that the entry sets: every entry with source env or home. Modes holds commands
// by client mode, for the entries with source flags. In the arguments {host} stands for the daemon's address in the
// form of DOCKER_HOST, {addr} for its host:port or the path of its socket, {port} for its port, {ca}, {cert} and {key}
// for the client's files and {certdir} for a folder of which the entry says what is in it. A Command with {ca}, {cert}
// or {key} is told by these alone: it is that of client mode mutual. One with {port} or ://{addr} is not tried on unix
// sockets.
type Tool struct {
	Name    string // "" means the base name of the program
	Command []string
	Modes   map[modes.Client][]string
}

// Command returns a client that is a command. Its error says which program cannot be found, which
// client mode does not exist, or that there is no command.
func Command(t Tool) (Client, error) {
	c := &tool{name: t.Name, modes: map[modes.Client][]string{}}
	if files := slices.ContainsFunc(t.Command, namesFile); len(t.Command) > 0 && files {
		c.modes[modes.ClientMutual] = t.Command
	} else {
		c.command = t.Command
	}
	for mode, command := range t.Modes {
		if !slices.Contains(modes.Clients(), mode) {
			return nil, fmt.Errorf("there is no client mode %q: there are %v", mode, modes.Clients())
		}
		if len(command) == 0 {
			return nil, fmt.Errorf("the command for client mode %s is empty", mode)
		}
		c.modes[mode] = command
	}
	var err error
	if c.command, err = c.resolve(c.command); err != nil {
		return nil, err
	}
	for _, mode := range modes.Clients() {
		if c.modes[mode], err = c.resolve(c.modes[mode]); err != nil {
			return nil, err
		}
	}
	if c.name == "" {
		return nil, errors.New("there is no command to try")
	}
	return c, nil
}

// resolve checks a command and makes its program absolute: a report is read elsewhere.
func (c *tool) resolve(command []string) ([]string, error) {
	if len(command) == 0 {
		return nil, nil
	}
	path, err := exec.LookPath(command[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil, err
	}
	if c.name == "" {
		c.name = filepath.Base(command[0])
	}
	return append([]string{path}, command[1:]...), nil
}

func namesFile(arg string) bool {
	return strings.Contains(arg, "{ca}") || strings.Contains(arg, "{cert}") || strings.Contains(arg, "{key}")
}

func namesPort(arg string) bool {
	return strings.Contains(arg, "{port}") || strings.Contains(arg, "://{addr}")
}

// A tool is immutable.
type tool struct {
	name    string
	command []string                  // told by the environment; nil: none
	modes   map[modes.Client][]string // told by its arguments
}

func (c *tool) Name() string         { return c.name }
func (c *tool) Family() modes.Family { return Unknown }

func (c *tool) String() string {
	command := c.command
	for _, mode := range modes.Clients() {
		if command == nil {
			command = c.modes[mode]
		}
	}
	return c.name + " (" + command[0] + ")"
}

func (c *tool) Skip(e modes.Entry) string {
	command := c.commandFor(e)
	switch {
	case e.Source == modes.Context:
		return noContext
	case e.Source == modes.Flags && !c.byFlags():
		return "told by flags: --mode takes a command for each client mode"
	case e.Source == modes.Flags && command == nil:
		return "told by flags: --mode has no command for client mode " + string(e.Client)
	case command == nil:
		return "there is no command that is told by the environment"
	case slices.ContainsFunc(command, namesPort):
		return wayOf(e.Daemon).noPort
	}
	return ""
}

// commands are those that the tool has, each once.
func (c *tool) commands() [][]string {
	var all [][]string
	for _, command := range append([][]string{c.command}, slices.Collect(maps.Values(c.modes))...) {
		if command != nil && !slices.ContainsFunc(all, func(other []string) bool { return slices.Equal(other, command) }) {
			all = append(all, command)
		}
	}
	slices.SortFunc(all, slices.Compare)
	return all
}

// byFlags reports whether there is a command for any client mode.
func (c *tool) byFlags() bool {
	return slices.ContainsFunc(modes.Clients(), func(m modes.Client) bool { return c.modes[m] != nil })
}

// commandFor is the command for an entry; nil when there is none.
func (c *tool) commandFor(e modes.Entry) []string {
	if e.Source == modes.Flags {
		return c.modes[e.Client]
	}
	return c.command
}

func (c *tool) Do(ctx context.Context, a Attempt) Result {
	args := fill(c.commandFor(a.Entry), a)
	return run(ctx, a, args[0], args[1:]...)
}

// fill puts the values of an attempt in the place of the placeholders.
func fill(command []string, a Attempt) []string {
	host := a.Host()
	_, addr, _ := strings.Cut(host, "://")
	_, port, _ := net.SplitHostPort(addr)
	values := strings.NewReplacer("{host}", host, "{addr}", addr, "{port}", port,
		"{ca}", a.Paths.CA, "{cert}", a.Paths.Cert, "{key}", a.Paths.Key, "{certdir}", a.Paths.CertDir)
	args := slices.Clone(command)
	for i := range args[1:] {
		args[i+1] = values.Replace(args[i+1])
	}
	return args
}
