package command

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// unknownCommand refuses a first word that is no command; args are those of os.Args. dockerd's refusal of arguments is
// left to those that follow a flag, and to a program of its name.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) < 2 || strings.TrimSuffix(filepath.Base(args[0]), ".exe") == "dockerd" {
		return nil
	}
	word := args[1]
	if word == "" || strings.HasPrefix(word, "-") || strings.HasPrefix(word, cobra.ShellCompRequestCmd) {
		return nil
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args[1:]...)
	if cmd, _, err := root.Find(args[1:]); err != nil || cmd != root {
		return nil
	}
	root.SuggestionsMinimumDistance = 2 // SuggestionsFor does not set cobra's default
	var known, near []string
	for _, cmd := range root.Commands() {
		if cmd.IsAvailableCommand() {
			known = append(known, cmd.Name())
		}
	}
	for _, name := range root.SuggestionsFor(word) {
		near = append(near, fmt.Sprintf("%q", name))
	}
	hint := "the commands are " + enumerate(known, "and")
	if near != nil {
		hint = "did you mean " + enumerate(near, "or") + "?"
	}
	return fmt.Errorf("unknown command %q: %s\nSee 'fakedockerd --help'.", word, hint)
}

// enumerate joins words as a sentence does.
func enumerate(words []string, conjunction string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
