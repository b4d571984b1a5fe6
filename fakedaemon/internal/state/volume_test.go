package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
		img := ok[Image](t)(s.AddImage(Image{Config: Config{Cmd: []string{"sleep", "1000"}}})).ID
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
