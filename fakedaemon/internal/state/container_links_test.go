package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// TestLinksOfAdded: links of what a test has put there may lead in a circle, and who was put there running goes on, to be asked for
// more, whatever has become of those that he has linked.
func TestLinksOfAdded(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"20.10": "Cannot link to a non running container: /db AS /web/db",
		"28":    "Cannot link to a non running container: /db AS /web/db",
		"29":    "",
	} {
		lt := newLifeTest(t, Options{Engine: named(name)})
		add := func(name string, running bool, links ...string) {
			c := Container{Name: name, ImageID: lt.image.ID, Config: image.Config{Cmd: []string{"sh"}}, Host: HostConfig{Links: links}}
			if c.State.Running = running; running {
				c.State.StartedAt = lt.time.Now()
			}
			ok[Container](t)(lt.AddContainer(c))
		}
		add("db", false)
		add("web", true, "db:db")
		add("circle", false, "circle/x:x")
		if _, err := lt.Container("circle/x"); class(err) != "NotFound" {
			t.Errorf("%s: %v", name, err)
		}
		id := ok[string](t)(lt.CreateExec("web", ExecConfig{Args: []string{"true"}}))
		got := ""
		if err := lt.StartExec(id); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		web := ok[Container](t)(lt.Container("web/db"))
		if diff := cmp.Diff([]any{"db", []string{"/db:/web/db"}, map[string][]string{web.ID: {"/web/db"}}}, []any{web.Name, lt.Links(ok[Container](t)(lt.Container("web")).ID), lt.LinkNames()}); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		lt.wantStatus("web", "running", 0)
	}
}
