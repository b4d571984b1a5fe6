package testscripts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("| command | what it does |\n|---|---|\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.usage, c.doc)
	}
	testtool.Generated(t, "README.md", "commands", b.String())
}
