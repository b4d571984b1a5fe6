package state

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
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

// TestRestoreMeanwhile: what was begun before a Restore adds nothing after it, and no commit leaves a container paused.
func TestRestoreMeanwhile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what, error string
		do          func(lt *lifeTest, meanwhile func()) error
	}{
		{"commit", "No such container: ", func(lt *lifeTest, meanwhile func()) error {
			_, err := lt.CommitImage(Commit{Container: "c1", Pause: true, Ref: "docker.io/library/made:1", Configure: func(Container) (image.Config, []byte, []byte, error) {
				meanwhile()
				return image.Config{}, nil, nil, nil
			}})
			return err
		}},
		{"build", "No such image: sha256:", func(lt *lifeTest, meanwhile func()) error {
			_, err := lt.AddBuildStep(BuildStep{Parent: lt.image.ID, CreatedBy: "COPY", Era: lt.Era(), Tar: func(*files.FS) ([]byte, error) {
				checkUnlocked(lt.T, lt.State, meanwhile)
				return image.EmptyFile(1, "file"), nil
			}})
			return err
		}},
		{"load", "No such image: sha256:", func(lt *lifeTest, meanwhile func()) error {
			era := lt.Era()
			meanwhile()
			_, _, err := lt.StoreImage(era, Image{Content: image.Content{Comment: "loaded"}})
			return err
		}},
	} {
		lt := newLifeTest(t, Options{})
		lt.run(Container{Name: "c1"}, "sleep", "1000")
		var want []any
		err := tt.do(lt, func() {
			lt.must(lt.Restore(ok[*Snapshot](t)(lt.Snapshot())))
			want = everything(lt.State)
		})
		if class(err) != "NotFound" || !strings.HasPrefix(err.Error(), tt.error) {
			t.Errorf("%s: %v", tt.what, err)
		}
		if d := cmp.Diff(want, everything(lt.State)); d != "" {
			t.Errorf("%s: (-restored +afterwards)\n%s", tt.what, d)
		}
		lt.wantStatus("c1", "running", 0)
	}
}
