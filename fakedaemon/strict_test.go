package fakedaemon_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// errorsOf is a fakedaemon.TB that keeps what is an error.
type errorsOf struct {
	testing.TB
	errs chan string
}

func (e errorsOf) Errorf(format string, args ...any) { e.errs <- args[0].(error).Error() }

func TestStrict(t *testing.T) {
	t.Parallel()
	const (
		query = `fakedaemon: Options.Strict: request 1: ContainerList has no query parameter "al"; the nearest is "all"`
		field = `fakedaemon: Options.Strict: request 4: the body of VolumeCreate has an unknown field "Nam"; the nearest is "Name"`
		route = `fakedaemon: Options.Strict: request 2: GET /container/json is no route of the API; the nearest is GET /containers/json (ContainerList)`
	)
	ask := func(d *fakedaemon.Daemon) {
		for _, path := range []string{"/containers/json?al=1", "/container/json", "/containers/json?all=1"} {
			resp, err := d.HTTPClient().Get("http://docker" + path)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		resp, err := d.HTTPClient().Post("http://docker/volumes/create", "application/json", strings.NewReader(`{"Nam":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 201 {
			t.Errorf("an unknown field is answered with %s", resp.Status)
		}
	}
	t.Run("Start", func(t *testing.T) {
		tb := errorsOf{t, make(chan string, 3)}
		ask(fakedaemon.Start(tb, &fakedaemon.Options{Strict: true}))
		if d := cmp.Diff([]string{query, route, field}, []string{<-tb.errs, <-tb.errs, <-tb.errs}); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
	t.Run("New", func(t *testing.T) {
		d, err := fakedaemon.New(&fakedaemon.Options{Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		ask(d)
		if d := cmp.Diff(strings.Join([]string{query, route, field}, "\n"), d.Close().Error()); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
	t.Run("not strict", func(t *testing.T) { ask(fakedaemon.Start(t, nil)) })
}
