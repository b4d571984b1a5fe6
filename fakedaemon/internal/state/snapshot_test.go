package state

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// everything is what can be seen of a state.
func everything(s *State) []any {
	past, sub := s.Subscribe()
	sub.Close()
	return []any{s.Images(), s.Networks(), s.Volumes(), s.Containers(), past}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"28", "20.10"} {
		now := time.Unix(1e9, 0).UTC()
		s := New(Options{Clock: func() time.Time { return now }, Seed: []byte("seed"), Engine: named(name)})
		must := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		img, err := s.AddImage(Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}, Volumes: []string{"/v"}}, Layers: []image.Layer{{Size: 10}}}})
		must(img, err)
		must(s.AddNetwork(Network{Name: "back"}))
		must(s.AddNetwork(Network{Name: "own", Subnets: []Subnet{{Subnet: "10.9.0.0/24"}}}))
		must(s.CreateVolume(Volume{Name: "data"}))
		must(s.AddContainer(Container{
			Name: "run", ImageID: img.ID, Image: "bb:1", State: ContainerState{Running: true, StartedAt: now},
			Config: image.Config{ExposedPorts: []string{"80/tcp"}},
			Host:   HostConfig{NetworkMode: "own", Binds: []string{"data:/data"}, PortBindings: map[string][]PortBinding{"80/tcp": {{}}}},
		}))
		must(s.AddContainer(Container{Name: "made", ImageID: img.ID, Image: "bb:1", Host: HostConfig{NetworkMode: "back"}}))
		before := everything(s)
		snap, err := s.Snapshot()
		must(snap, err)

		change := func() []Container {
			must(nil, s.Remove("run", RemoveOptions{Force: true, Volumes: true}))
			c, err := s.CreateContainer(Container{Name: "new", ImageID: img.ID, Image: "bb:1", Endpoints: map[string]Endpoint{}})
			must(c, err)
			must(s.CreateVolume(Volume{}))
			published, err := s.AddContainer(Container{
				Name: "published", ImageID: img.ID, Image: "bb:1", State: ContainerState{Running: true, StartedAt: now},
				Config: image.Config{ExposedPorts: []string{"81/tcp"}},
				Host:   HostConfig{PortBindings: map[string][]PortBinding{"81/tcp": {{}}}},
			})
			must(published, err)
			return []Container{c, published}
		}
		exited, stop, err := s.Wait("run", Removed)
		must(nil, err)
		defer stop()
		first := change()
		select {
		case <-exited:
		default:
			t.Fatalf("%s: the wait goes on", name)
		}
		must(nil, s.Restore(snap))
		if d := cmp.Diff(before, everything(s)); d != "" {
			t.Errorf("%s: (-before +restored)\n%s", name, d)
		}
		second := change()
		if d := cmp.Diff(first, second); d != "" {
			t.Errorf("%s: what is created after Restore is other: (-first +second)\n%s", name, d)
		}
		must(nil, s.Restore(snap))
		if d := cmp.Diff(before, everything(s)); d != "" {
			t.Errorf("%s: (-before +restored again)\n%s", name, d)
		}
	}
}
