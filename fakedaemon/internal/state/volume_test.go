package state

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

func TestAddVolume(t *testing.T) {
	t.Parallel()
	s := fresh()
	v1 := ok[Volume](t)(s.AddVolume(Volume{Name: "v1", Labels: map[string]string{"a": "b"}, Options: map[string]string{"o": "1"}}))
	// The first one's options win (16-volumes step 9 of the recordings).
	if d := cmp.Diff(v1, ok[Volume](t)(s.AddVolume(Volume{Name: "v1", Options: map[string]string{"o": "2"}}))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	_, err := s.AddVolume(Volume{Name: "bad name"})
	check(t, "bad name", err, "Invalid", `create bad name: "bad name" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`)
	_, err = s.Volume("nosuch")
	check(t, "nosuch", err, "NotFound", "get nosuch: no such volume")
	if got := told(s, "volume"); got != nil {
		t.Errorf("events %q", got)
	}
}

// TestCreateVolumeErrors has the checks of volume/service and volume/local.
func TestCreateVolumeErrors(t *testing.T) {
	t.Parallel()
	s := fresh()
	ok[Volume](t)(s.AddVolume(Volume{Name: "nfs1", Driver: "nfs"}))
	options := func(o map[string]string) Volume { return Volume{Name: "v1", Options: o} }
	for _, tt := range []struct {
		v           Volume
		class, text string
	}{
		{Volume{Name: "x"}, "Invalid", "create x: volume name is too short, names should be at least two alphanumeric characters"},
		{Volume{Name: "v1", Driver: "nosuch"}, "NotFound", `create v1: error looking up volume plugin nosuch: plugin "nosuch" not found`},
		{Volume{Name: "nfs1", Driver: "local"}, "Conflict", "create nfs1: driver 'nfs' already has volume 'nfs1': volume name must be unique"},
		{options(map[string]string{"a": "b"}), "Invalid", `create v1: invalid option: "a"`},
		{options(map[string]string{"type": "nfs"}), "Invalid", `create v1: missing required option: "device"`},
		{options(map[string]string{"o": "ro", "type": "nfs"}), "Invalid", `create v1: missing required option: "device"`},
		{options(map[string]string{"size": "1m"}), "Invalid", "create v1: quota size requested but no quota support"},
		{options(map[string]string{"size": "x"}), "Invalid", "create v1: invalid size: 'x'"},
	} {
		_, err := s.CreateVolume(tt.v)
		check(t, tt.text, err, tt.class, tt.text)
	}
	if got := len(s.Volumes()); got != 1 {
		t.Errorf("%d volumes", got)
	}
}

// TestVolumeLife creates, mounts, prunes and removes volumes, with their events.
func TestVolumeLife(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"28", "20.10"} {
		e := named(name)
		s := New(Options{Engine: e, Seed: []byte("test")})
		img := ok[Image](t)(s.AddImage(Image{Content: image.Content{Config: image.Config{Cmd: []string{"sleep", "1000"}}}})).ID
		for _, v := range []Volume{{Name: "v1"}, {Name: "v1"}, {Name: "v2", Size: 3}, {Name: "v3", Options: map[string]string{"type": "tmpfs", "device": "tmpfs"}}, {Size: 4}} {
			ok[Volume](t)(s.CreateVolume(v))
		}
		c := ok[Container](t)(s.CreateContainer(Container{Name: "c1", ImageID: img, Host: HostConfig{Binds: []string{"v1:/data:ro"}}}))
		if v, _ := s.Volume("v1"); v.RefCount != 1 {
			t.Errorf("RefCount is %d", v.RefCount)
		}
		if err := s.Start("c1"); err != nil {
			t.Fatal(err)
		}
		for _, force := range []bool{false, true} {
			check(t, "in use", s.RemoveVolume("v1", force), "Conflict", "remove v1: volume is in use - ["+c.ID+"]")
		}
		anonymous := func(v Volume) bool { _, ok := v.Labels[AnonymousLabel]; return ok }
		if !e.MarksAnonymousVolumes {
			anonymous = func(v Volume) bool { return len(v.Name) == 64 }
		}
		if removed, reclaimed := s.PruneVolumes(anonymous); len(removed) != 1 || reclaimed != 4 {
			t.Errorf("pruned %q, %d bytes", removed, reclaimed)
		}
		if removed, reclaimed := s.PruneVolumes(func(Volume) bool { return true }); len(removed) != 1 || removed[0] != "v2" || reclaimed != 3 {
			t.Errorf("pruned %q, %d bytes", removed, reclaimed)
		}
		if err := s.Remove("c1", RemoveOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveVolume("v1", false); err != nil {
			t.Error(err)
		}
		check(t, "gone", s.RemoveVolume("v1", false), "NotFound", "get v1: no such volume")
		check(t, "gone", s.RemoveVolume("v1", true), "", "")
		want := []string{"create", "create", "create", "create", "mount  /data", "destroy", "prune", "destroy", "prune", "unmount", "destroy"}
		if e.RepeatsEvents {
			// An event more for what was there, and none for what a prune removes.
			want = []string{"create", "create", "create", "create", "create", "create", "mount  /data", "prune", "prune", "unmount", "destroy"}
		}
		if d := cmp.Diff(want, told(s, "volume")); d != "" {
			t.Errorf("%s: events (-want +got)\n%s", name, d)
		}
	}
}

// TestVolumes: a volume is there once, and has users as long as one of their mounts is its.
func TestVolumes(t *testing.T) {
	t.Parallel()
	x := volumes{engine: named("28"), ids: &ids{seed: []byte("test"), count: make(map[string]uint64)}, now: func() time.Time { return testTime }}
	data := ok[*Volume](t)(x.add(Volume{Name: "data", Labels: map[string]string{"a": "b"}}))
	anonymous := ok[*Volume](t)(x.add(Volume{}))
	if again := ok[*Volume](t)(x.add(Volume{Name: "data", Driver: "nfs"})); again != data || data.Driver != "local" || !data.Created.Equal(testTime) {
		t.Errorf("%+v is not %+v", again, data)
	}
	if _, marked := anonymous.Labels[AnonymousLabel]; !marked || len(anonymous.Name) != 64 {
		t.Errorf("%+v", anonymous)
	}
	mounts := func(names ...string) (list []Mount) {
		for _, name := range names {
			list = append(list, Mount{Type: "volume", Name: name})
		}
		return append(list, Mount{Type: "bind", Name: "data"})
	}
	c1, c2 := &Container{ID: "c1", Mounts: mounts("data", "data", anonymous.Name)}, &Container{ID: "c2", Mounts: mounts("data", "nosuch")}
	for _, step := range []struct {
		do   func(*Container)
		c    *Container
		want [2]int
	}{{x.retain, c1, [2]int{1, 1}}, {x.retain, c2, [2]int{2, 1}}, {x.release, c1, [2]int{1, 0}}, {x.release, c2, [2]int{0, 0}}} {
		step.do(step.c)
		if got := [2]int{x.copy(data).RefCount, x.copy(anonymous).RefCount}; got != step.want {
			t.Errorf("after %s: %v users, want %v", step.c.ID, got, step.want)
		}
	}
	x.copy(data).Labels["a"] = "changed"
	if data.Labels["a"] != "b" {
		t.Error("a copy changes the volume")
	}
	x.drop(func(v *Volume) bool { return v == data })
	if x.mounted(Mount{Type: "volume", Name: "data"}) != nil || len(x.list) != 1 || x.mounted(Mount{Type: "volume", Name: anonymous.Name}) != anonymous {
		t.Errorf("left are %v", x.byName)
	}
}

// TestRemoveWithVolumes: an anonymous volume goes with the last container that mounts it.
func TestRemoveWithVolumes(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	ok[Container](t)(s.CreateContainer(Container{Name: "c1", ImageID: img, Config: image.Config{Volumes: []string{"/a"}}, Host: HostConfig{Binds: []string{"v1:/b"}}}))
	ok[Container](t)(s.CreateContainer(Container{Name: "c2", ImageID: img, Host: HostConfig{VolumesFrom: []string{"c1"}}}))
	for i, want := range []int{2, 1} {
		if err := s.Remove([]string{"c1", "c2"}[i], RemoveOptions{Volumes: true}); err != nil {
			t.Fatal(err)
		}
		if got := s.Volumes(); len(got) != want {
			t.Errorf("%d volumes, want %d: %+v", len(got), want, got)
		}
	}
}
