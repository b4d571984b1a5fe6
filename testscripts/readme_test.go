package testscripts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

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

// The units in the documentation are those that the scenario runs.
func TestSystemdUnits(t *testing.T) {
	t.Parallel()
	text, err := scripts.ReadFile("scripts/socket_activation.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range txtar.Parse(text).Files {
		files[f.Name] = string(f.Data)
	}
	var b strings.Builder
	for _, unit := range []struct{ path, file string }{
		{"/etc/systemd/system/docker.socket", "docker.socket"},
		{"/etc/systemd/system/docker.service", "docker.service"},
		{"/etc/systemd/system/docker.service.d/override.conf", "override.conf"},
	} {
		fmt.Fprintf(&b, "`%s`:\n\n```ini\n%s```\n\n", unit.path, files[unit.file])
	}
	testtool.Generated(t, "../docs/systemd.md", "units", b.String())
}
