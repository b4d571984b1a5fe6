package buildkit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/build"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/build/buildtest"
)

var ours = build.Parser{}

// read reads a Dockerfile as dockerd 28 does (builder/remotecontext/detect.go, builder/dockerfile/builder.go).
func read(data []byte) ([]build.Instruction, error) {
	f, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("failed to parse Dockerfile: %w", err)
	}
	if _, _, err := instructions.Parse(f.AST, nil); err != nil {
		return nil, err
	}
	var all []build.Instruction
	for _, node := range f.AST.Children {
		in := build.Instruction{
			Name: node.Value, Flags: node.Flags, Args: args(node), JSON: node.Attributes["json"], Text: strings.TrimSpace(node.Original), Line: node.StartLine,
		}
		cmd, err := instructions.ParseInstruction(node)
		if err != nil {
			return nil, err
		}
		switch cmd := cmd.(type) {
		case *instructions.ExposeCommand:
			in.Args = cmd.Ports
		case *instructions.VolumeCommand:
			in.Args = cmd.Volumes
		}
		for _, h := range node.Heredocs {
			in.Heredocs = append(in.Heredocs, build.Heredoc{Name: h.Name, Content: h.Content})
		}
		all = append(all, in)
	}
	return all, nil
}

// args are the arguments of an instruction, without the "=" between names and values.
func args(node *parser.Node) (all []string) {
	for n := node.Next; n != nil; n = n.Next {
		if len(n.Children) == 0 {
			all = append(all, n.Value)
			continue
		}
		trigger := n.Children[0]
		all = append(all, trigger.Value)
		if _, ok := command.Commands[strings.ToLower(trigger.Value)]; ok {
			all = append(all, args(trigger)...)
		}
	}
	if name := strings.ToLower(node.Value); name == command.Env || name == command.Label {
		for i := 2; i < len(all); i += 2 {
			all = slices.Delete(all, i, i+1)
		}
	}
	return all
}

func expand(text string, escape rune) (whole string, words []string, err error) {
	var env []string
	for name, value := range buildtest.Variables {
		env = append(env, name+"="+value)
	}
	if whole, _, err = shell.NewLex(escape).ProcessWord(text, shell.EnvsFromSlice(env)); err == nil {
		words, err = shell.NewLex(escape).ProcessWords(text, shell.EnvsFromSlice(env))
	}
	return whole, words, err
}

func TestParser(t *testing.T) {
	for _, dockerfile := range buildtest.Dockerfiles {
		if d := buildtest.Difference(ours, read, []byte(dockerfile)); d != "" {
			t.Errorf("%.200q: %.400s", dockerfile, d)
		}
	}
	for _, text := range buildtest.Words {
		if d := buildtest.WordDifference(ours, expand, text); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}

// TestKnownDifferences: what is meant to be read otherwise, and FuzzParser passes over.
func TestKnownDifferences(t *testing.T) {
	for dockerfile, why := range map[string]string{
		"FROM a\nRUN --mount=from=$A y": "mounts are BuildKit's alone: the classic builder refuses the flag whatever is in it",
		"FROM a\nRUN --device=a,x=1 y":  "likewise devices",
	} {
		if d := buildtest.Difference(ours, read, []byte(dockerfile)); d == "" || !buildtest.Mounts([]byte(dockerfile)) {
			t.Errorf("%q is read in the same way. It was not: %s", dockerfile, why)
		}
	}
}

func FuzzParser(f *testing.F) {
	for _, dockerfile := range buildtest.Dockerfiles {
		if len(dockerfile) < 1000 {
			f.Add([]byte(dockerfile))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 || buildtest.Mounts(data) {
			return
		}
		if d := buildtest.Difference(ours, read, data); d != "" {
			t.Error(d)
		}
	})
}

func FuzzExpand(f *testing.F) {
	for _, text := range buildtest.Words {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d := buildtest.WordDifference(ours, expand, text); d != "" {
			t.Error(d)
		}
	})
}
