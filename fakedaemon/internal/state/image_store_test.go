package state

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/program"
)

// TestImageStore: what is found among images, without a state.
func TestImageStore(t *testing.T) {
	t.Parallel()
	layer := func(ids ...string) (list []image.Layer) {
		for n, id := range ids {
			list = append(list, image.Layer{DiffID: id, ChainID: strings.Join(ids[:n+1], "/")})
		}
		return list
	}
	step := func(createdBy string) []image.History { return []image.History{{CreatedBy: createdBy}} }
	var s images
	for _, i := range []Image{
		{ID: "sha256:a1", Refs: []string{"r/x:1", "r/x@d"}, Repositories: []string{"r/z", "q/x"}, Content: image.Content{Digest: "sha256:d1", Layers: layer("1", "2")}},
		{ID: "sha256:a2", Parent: "sha256:a1", Refs: []string{"r/x:2"}, Repositories: []string{"r/x"}, Content: image.Content{Layers: layer("1", "3"), History: step("run")}},
		{ID: "sha256:b3", Parent: "sha256:a1", Content: image.Content{Layers: layer("1", "2", "4"), History: step("run")}},
	} {
		ok[*Image](t)(s.add(i))
	}
	id := func(i *Image, err error) string {
		if err != nil {
			return err.Error()
		}
		return i.ID
	}
	built := func(parent, createdBy string) string {
		if i := s.findBuilt(parent, createdBy); i != nil {
			return i.ID
		}
		return "none"
	}
	const missing = "No such image: f"
	for what, tt := range map[string]struct{ got, want any }{
		"ID":                {id(s.find(ImageName{Given: "sha256:a1"})), "sha256:a1"},
		"digest":            {id(s.find(ImageName{Given: "d1"})), "sha256:a1"},
		"prefix":            {id(s.find(ImageName{Given: "b"})), "sha256:b3"},
		"prefix of two":     {id(s.find(ImageName{Given: "a", Familiar: "f"})), missing},
		"prefix of none":    {id(s.find(ImageName{Given: "c", Familiar: "f"})), missing},
		"reference":         {id(s.find(ImageName{Ref: "r/x:2", Given: "b"})), "sha256:a2"},
		"only reference":    {id(s.find(ImageName{Ref: "r/x:3", Given: "b", Familiar: "f", OnlyRef: true})), missing},
		"same ID":           {id(s.add(Image{ID: "sha256:a2"})), "image sha256:a2 exists"},
		"references":        {s.refsOf("r/x"), []string{"r/x:1", "r/x:2", "r/x@d"}},
		"repositories":      {s.layerRepositories("1", "r"), []string{"r/x", "r/z"}},
		"layers":            {s.findLayers([]string{"1", "2", "4", "5"}), layer("1", "2", "4")},
		"first layers":      {s.findLayers([]string{"1", "6"}), layer("1")},
		"no layers":         {s.findLayers([]string{"2"}), []image.Layer(nil)},
		"newest step":       {built("sha256:a1", "run"), "sha256:b3"},
		"other step":        {built("sha256:a1", "copy"), "none"},
		"step of no parent": {built("sha256:b3", "run"), "none"},
	} {
		if d := cmp.Diff(tt.want, tt.got); d != "" {
			t.Errorf("%s (-want +got)\n%s", what, d)
		}
	}
	if removed := s.remove(s.ids["sha256:b3"]); !cmp.Equal(removed, layer("1", "2", "4")[2:]) {
		t.Errorf("removed %v", removed)
	}
}

// checkUnlocked is for what is done while content is made: it calls meanwhile, if there is one and the lock may be taken.
func checkUnlocked(t *testing.T, s *State, meanwhile func()) {
	if !s.mu.TryLock() {
		t.Error("the lock is held")
		return
	}
	s.mu.Unlock()
	if meanwhile != nil {
		meanwhile()
	}
}

// TestContentWithoutLock: while an image is made of a layer or of a container, others may do what they want, even remove what
// it is made of (moby, image/store.go).
func TestContentWithoutLock(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"28", "29"} {
		s := New(Options{Engine: named(name), Seed: []byte("x")})
		parent := ok[Image](t)(s.AddImage(Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}})).ID
		c := ok[Container](t)(s.AddContainer(Container{Name: "c1", ImageID: parent}))
		remove := func() {
			ok[[]Deletion](t)(s.DeleteImage(ImageName{Given: parent}, true, true))
		}
		build := func(meanwhile func()) (Image, error) {
			return s.AddBuildStep(BuildStep{Parent: parent, CreatedBy: "COPY", Tar: func(*files.FS) ([]byte, error) {
				checkUnlocked(t, s, meanwhile)
				return image.EmptyFile(1<<20, "file"), nil
			}})
		}
		commit := func(meanwhile func()) (Image, error) {
			return s.CommitImage(Commit{Container: c.ID, Configure: func(Container) (image.Config, []byte, []byte, error) {
				checkUnlocked(t, s, meanwhile)
				return image.Config{}, nil, nil, nil
			}})
		}
		for _, of := range []func(func()) (Image, error){build, commit} {
			if i, err := of(nil); err != nil || i.Parent != parent {
				t.Fatalf("%s: %v of %s, want %s", name, err, i.Parent, parent)
			}
		}
		first := ok[Container](t)(s.CreateContainer(Container{Name: "c2", ImageID: parent, Config: image.Config{Cmd: []string{"true"}}}))
		s.lives[first.ID].base = files.NewBase(nil, func() (files.Tree, error) {
			checkUnlocked(t, s, nil)
			return program.Base("busybox"), nil
		})
		if err := s.Start(first.ID); err != nil {
			t.Error(err)
		}
		s.PruneImages(false, func(i Image) bool { return i.ID != parent })
		if _, err := build(remove); name == "28" {
			check(t, name, err, "NotFound", "failed to export image: failed to set parent "+parent+": unknown parent image ID "+parent)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		check(t, name, func() error { _, err := commit(nil); return err }(), "NotFound", "No such image: "+parent)
	}
}

// TestCommitPauses: a container is paused while an image is made of it, and goes on unless something else has happened.
func TestCommitPauses(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		meanwhile func(s *State) error
		want      []string
	}{
		"nothing": {func(*State) error { return nil }, []string{"pause", "image create", "commit", "unpause"}},
		"unpause": {func(s *State) error { return s.Unpause("c1") }, []string{"pause", "unpause", "image create", "commit"}},
		"removal": {
			func(s *State) error { return s.Remove("c1", RemoveOptions{Force: true}) },
			[]string{"pause", "kill 9", "network disconnect", "die 137", "destroy", "image create", "commit"},
		},
	} {
		lt := newLifeTest(t, Options{})
		lt.run(Container{Name: "c1"}, "sleep", "1000")
		lt.actions()
		_, err := lt.CommitImage(Commit{
			Container: "c1", Pause: true, TellsCreate: true,
			Configure: func(c Container) (image.Config, []byte, []byte, error) {
				if !c.State.Paused {
					t.Errorf("%s: runs", what)
				}
				return image.Config{}, nil, nil, tt.meanwhile(lt.State)
			},
		})
		lt.must(err)
		if d := cmp.Diff(tt.want, lt.actions()); d != "" {
			t.Errorf("%s (-want +got)\n%s", what, d)
		}
	}
}
