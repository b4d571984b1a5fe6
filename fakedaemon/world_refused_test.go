package fakedaemon_test

import (
	"errors"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// TestWorldRefused: a world with what no daemon has is refused, with dockerd's words where it has some.
func TestWorldRefused(t *testing.T) {
	t.Parallel()
	one := func(c fakedaemon.Container) fakedaemon.World {
		c.Name = "one"
		return fakedaemon.World{Containers: []fakedaemon.Container{c}}
	}
	for _, tt := range []struct {
		engine fakedaemon.Engine
		world  fakedaemon.World
		want   string
	}{
		{"28", one(fakedaemon.Container{Network: "container:one"}), `containers[0] "one": cannot join own network namespace`},
		{"20.10", one(fakedaemon.Container{Network: "container:one"}), `containers[0] "one": cannot join own network`},
		{"28", one(fakedaemon.Container{Network: "container:none"}), `containers[0] "one": joining network namespace of container: No such container: none`},
		{"28", fakedaemon.World{Containers: []fakedaemon.Container{
			{Name: "one", Network: "container:two"}, {Name: "two", Network: "container:one"},
		}}, `containers[0] "one": joining network namespace of container: No such container: two`},
		{"28", fakedaemon.World{Containers: []fakedaemon.Container{
			{Name: "one", Status: "exited"}, {Name: "two", Network: "container:one"},
		}}, `containers[1] "two": cannot join network namespace of a non running container: container one is exited`},
		{"28", fakedaemon.World{Images: []fakedaemon.Image{{Tags: []string{"x:1"}, Size: -5}}}, `images[0] "x:1": size -5: must not be negative`},
		{"28", one(fakedaemon.Container{SizeRw: -5}), `containers[0] "one": size -5, 0 restarts: must not be negative`},
		{"28", one(fakedaemon.Container{RestartCount: -1}), `containers[0] "one": size 0, -1 restarts: must not be negative`},
	} {
		d, err := fakedaemon.New(&fakedaemon.Options{Engine: tt.engine, World: tt.world})
		if wrong := (*fakedaemon.WorldError)(nil); !errors.As(err, &wrong) || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
		if err == nil {
			d.Close()
		}
	}
}

// TestWorldSleeps: a world may have a command whose argument makes no sense, as it may have any other that fails.
func TestWorldSleeps(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{World: fakedaemon.World{Containers: []fakedaemon.Container{
		{Name: "one", Cmd: []string{"sleep", ""}, Config: []byte(`{"Healthcheck":{"Test":["CMD","sleep",""],"Interval":1000000}}`)},
	}}})
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
