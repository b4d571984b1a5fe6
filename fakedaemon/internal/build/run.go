package build

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// RunError says that a command ended badly.
type RunError struct {
	Command string
	Code    int
}

func (e *RunError) Error() string {
	return fmt.Sprintf("The command '%s' returned a non-zero code: %d", e.Command, e.Code)
}

// runCommand runs a command in a container.
func (b *builder) runCommand(in *Instruction) error {
	if len(in.Flags) > 0 {
		name, _, _ := strings.Cut(in.Flags[0], "=")
		return needsBuildKit(name)
	}
	cmd := b.shellWords(in)
	env := b.args.env(b.parser, b.Env)
	said := cmd
	if len(env) > 0 {
		var shown []string
		for _, pair := range env {
			name, _, _ := strings.Cut(pair, "=")
			if _, ok := b.args.declared[name]; ok || !b.parser.isProxy(name) {
				shown = append(shown, pair)
			}
		}
		said = slices.Concat([]string{"|" + strconv.Itoa(len(shown))}, shown, cmd)
	}
	if b.cached(said) {
		return nil
	}
	c := b.Config.Clone()
	c.Cmd, c.Entrypoint, c.Env = cmd, []string{""}, append(c.Env, env...)
	c.Healthcheck = &image.Healthcheck{Test: []string{"NONE"}}
	id, err := b.create(c)
	if err != nil {
		return err
	}
	if b.image == "" {
		return errors.New("No image was generated. Is your Dockerfile empty?") // and so nothing that could run
	}
	code, err := b.backend.Run(b.ctx, id, b.Out, red{b.Out})
	switch {
	case b.ctx.Err() != nil:
		b.remove(id)
		return b.ctx.Err()
	case err != nil:
		return err
	case code != 0:
		return &RunError{strings.Join(cmd, " "), code}
	}
	return b.commit(said, id, nil)
}

func needsBuildKit(flag string) error {
	return fmt.Errorf("the %s option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled", flag)
}

// red writes what commands write to standard error (pkg/streamformatter).
type red struct{ io.Writer }

func (w red) Write(b []byte) (int, error) {
	if _, err := fmt.Fprintf(w.Writer, "\x1b[91m%s\x1b[0m", b); err != nil {
		return 0, err
	}
	return len(b), nil
}
