package state

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

const (
	fullA = "sha256:aaaa000000000000000000000000000000000000000000000000000000000000"
	fullB = "sha256:bbbb000000000000000000000000000000000000000000000000000000000000"
	fullC = "sha256:cccc000000000000000000000000000000000000000000000000000000000000"
)

// deleteState has a, of the names given, b that was built on it and has no name, and c that was built on b, c:1.
func deleteState(t *testing.T, store bool, refs ...string) *State {
	t.Helper()
	e := *named("28")
	e.StoresManifests = store
	s := New(Options{Engine: &e, Clock: func() time.Time { return time.Unix(1, 0) }, Seed: []byte("x")})
	a := ok[Image](t)(s.AddImage(Image{ID: fullA, Refs: refs, Content: image.Content{Layers: []image.Layer{{Size: 7}}, Config: image.Config{Cmd: []string{"sh"}, Labels: map[string]string{"l": "v"}}}}))
	ok[Image](t)(s.AddImage(Image{ID: fullB, Parent: fullA, Content: image.Content{Layers: a.Layers, Config: image.Config{Cmd: []string{"sh"}}}}))
	ok[Image](t)(s.AddImage(Image{ID: fullC, Parent: fullB, Refs: []string{"docker.io/library/c:1"}, Content: image.Content{Layers: append(a.Layers, image.Layer{Size: 5}), Config: image.Config{Cmd: []string{"sh"}}}}))
	return s
}

// said is what a removal answered and told, with short IDs.
func said(s *State, done []Deletion, err error, from int) string {
	var words []string
	short := func(id string) string {
		if digits, ok := strings.CutPrefix(id, "sha256:"); ok {
			return digits[:4]
		}
		return id
	}
	for _, d := range done {
		if d.Untagged != "" {
			words = append(words, "-"+d.Untagged)
		} else {
			words = append(words, "x"+short(d.Deleted))
		}
	}
	if err != nil {
		words = append(words, err.Error())
	}
	past, sub := s.Subscribe()
	sub.Close()
	for _, e := range past[from:] {
		words = append(words, fmt.Sprintf("%s(%s)", e.Action, short(e.Attributes["name"])))
	}
	return strings.Join(words, " ")
}

func name(ref string) ImageName {
	if repository, tag, _ := cutReference(ref); tag != "" {
		return ImageName{Ref: ref, Given: image.FamiliarName(ref), Familiar: image.FamiliarName(repository) + ":" + tag, OnlyRef: true}
	}
	return ImageName{Given: ref, Familiar: ref + ":latest"}
}

// TestDeleteImage has the rules of daemon/images/image_delete.go and of daemon/containerd/image_delete.go, as far as the
// recordings have them (12-images, 13-pull-push-login) in their words.
func TestDeleteImage(t *testing.T) {
	t.Parallel()
	const (
		x1, x2 = "docker.io/library/x:1", "docker.io/library/x:2"
		y1     = "docker.io/library/y:1"
		xd     = "docker.io/library/x@" + fullA
		c1     = "docker.io/library/c:1"
	)
	type use struct {
		id      string
		running bool
	}
	for _, tt := range []struct {
		what         string
		refs         []string
		use          *use
		name         string
		force, keep  bool
		graph, store string
	}{
		{"one of two names", []string{x1, x2}, nil, x1, false, false, "-x:1 untag(aaaa)", "-x:1 untag(x:1)"},
		{"a name, others in other repositories", []string{x1, y1}, nil, x1, false, false, "-x:1 untag(aaaa)", "-x:1 untag(x:1)"},
		{"the last name of a parent", []string{x1}, nil, x1, false, false, "-x:1 untag(aaaa)", "-x:1 xaaaa untag(x:1) delete(aaaa)"},
		{"the last tag, with a digest of the repository", []string{x1, xd, y1}, nil, x1, false, false,
			"-x:1 -x@" + fullA + " untag(aaaa)", "-x:1 -x@" + fullA + " untag(x:1) untag(x@" + fullA + ")"},
		{"a leaf with all that it was built on", nil, nil, c1, false, false, "-c:1 xcccc xCHAIN xbbbb xaaaa xLAYER untag(cccc) delete(cccc) delete(bbbb) delete(aaaa)",
			"-c:1 xcccc xbbbb xaaaa untag(c:1) delete(cccc) delete(bbbb) delete(aaaa)"},
		{"a leaf alone", nil, nil, c1, false, true, "-c:1 xcccc xCHAIN untag(cccc) delete(cccc)", "-c:1 xcccc untag(c:1) delete(cccc)"},
		{"a leaf on a parent with a name", []string{x1}, nil, c1, false, false, "-c:1 xcccc xCHAIN xbbbb untag(cccc) delete(cccc) delete(bbbb)",
			"-c:1 xcccc xbbbb untag(c:1) delete(cccc) delete(bbbb)"},
		{"a leaf by its ID", nil, nil, "cccc", false, true, "-c:1 xcccc xCHAIN untag(cccc) delete(cccc)", "-c:1 xcccc untag(c:1) delete(cccc)"},
		{"by ID with two repositories", []string{x1, y1}, nil, "aaaa", false, true,
			"conflict: unable to delete aaaa00000000 (cannot be forced) - image has dependent child images",
			"conflict: unable to delete aaaa00000000 (must be forced) - image is referenced in multiple repositories"},
		{"used by a stopped container", nil, &use{fullC, false}, c1, false, false,
			`conflict: unable to remove repository reference "c:1" (must force) - container CONTAINER is using its referenced image cccc00000000`,
			`conflict: unable to delete c:1 (must be forced) - container CONTAINER is using its referenced image cccc00000000`},
		{"used by a stopped container, by ID", nil, &use{fullC, false}, "cccc", false, false,
			"conflict: unable to delete cccc00000000 (must be forced) - image is being used by stopped container CONTAINER",
			"conflict: unable to delete cccc00000000 (must be forced) - image is being used by stopped container CONTAINER"},
		{"used by a stopped container, forced", nil, &use{fullC, false}, c1, true, true, "-c:1 xcccc untag(cccc) delete(cccc)", "-c:1 untag(c:1)"},
		{"used by a running container, forced", nil, &use{fullC, true}, c1, true, false, "-c:1 untag(cccc)", "-c:1 untag(c:1)"},
		{"used by a running container, by ID, forced", nil, &use{fullC, true}, "cccc", true, false,
			"conflict: unable to delete cccc00000000 (cannot be forced) - image is being used by running container CONTAINER",
			"conflict: unable to delete cccc00000000 (cannot be forced) - image is being used by running container CONTAINER"},
		{"unknown", nil, nil, "docker.io/library/nosuch:1", false, false, "No such image: nosuch:1", "No such image: nosuch:1"},
	} {
		for _, store := range []bool{false, true} {
			s := deleteState(t, store, tt.refs...)
			container, from := "", 0
			if tt.use != nil {
				c := ok[Container](t)(s.AddContainer(Container{ImageID: tt.use.id, Image: "c:1", State: ContainerState{Running: tt.use.running, StartedAt: time.Unix(1, 0)}}))
				container = shortID(c.ID)
				past, sub := s.Subscribe()
				sub.Close()
				from = len(past)
			}
			a, c := ok[Image](t)(s.Image(ImageName{Given: fullA})), ok[Image](t)(s.Image(ImageName{Given: fullC}))
			done, err := s.DeleteImage(name(tt.name), tt.force, !tt.keep)
			want := tt.graph
			if store {
				want = tt.store
			}
			want = strings.NewReplacer("CONTAINER", container, "CHAIN", c.Layers[1].ChainID[7:11], "LAYER", a.Layers[0].DiffID[7:11]).Replace(want)
			if got := said(s, done, err, from); got != want {
				t.Errorf("%s, image store %t:\n%s, want\n%s", tt.what, store, got, want)
			}
		}
	}
}

// TestDeleteImageByDigest: in containerd's image store, a repository with the digest stands for its own names alone.
func TestDeleteImageByDigest(t *testing.T) {
	t.Parallel()
	const x1, x2, y1, xd = "docker.io/library/x:1", "docker.io/library/x:2", "docker.io/library/y:1", "docker.io/library/x@" + fullA
	for _, tt := range []struct {
		what  string
		refs  []string
		force bool
		want  string
	}{
		{"another repository has it too", []string{x1, y1}, false, "-x:1 untag(x:1)"},
		{"another repository has it too, forced", []string{x1, y1}, true, "-x:1 untag(x:1)"},
		{"all tags of the repository", []string{x1, x2, xd, y1}, true, "-x:1 -x:2 -x@" + fullA + " untag(x:1) untag(x:2) untag(x@" + fullA + ")"},
		{"no other repository has it", []string{x1}, true, "-x:1 xaaaa untag(x:1) delete(aaaa)"},
		{"only another repository has it", []string{y1}, true, "No such image: x@" + fullA},
	} {
		s := deleteState(t, true, tt.refs...)
		done, err := s.DeleteImage(ImageName{Ref: xd, Given: fullA, Familiar: "x@" + fullA}, tt.force, true)
		if diff := cmp.Diff(tt.want, said(s, done, err, 0)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.what, diff)
		}
	}
}

// TestPruneImages: nameless images go, or all that nobody uses, with what they stand on.
func TestPruneImages(t *testing.T) {
	t.Parallel()
	all := func(Image) bool { return true }
	for _, tt := range []struct {
		what                string
		store, danglingOnly bool
		match               func(Image) bool
		want                string
	}{
		{"graph driver, nothing is dangling", false, true, all, "prune()"},
		{"graph driver, all", false, false, all, "-c:1 xcccc xCHAIN xbbbb untag(cccc) delete(cccc) delete(bbbb) prune()"},
		{"graph driver, none matches", false, false, func(Image) bool { return false }, "prune()"},
		{"image store, nameless", true, true, all, "-moby-dangling@" + fullB + " xbbbb untag(moby-dangling@" + fullB + ")"},
		{"image store, all", true, false, all, "-c:1 xcccc -moby-dangling@" + fullB + " xbbbb untag(c:1) untag(moby-dangling@" + fullB + ")"},
	} {
		s := deleteState(t, tt.store, "docker.io/library/x:1")
		ok[Container](t)(s.AddContainer(Container{ImageID: fullA, Image: "x:1"}))
		c := ok[Image](t)(s.Image(ImageName{Given: fullC}))
		past, sub := s.Subscribe()
		sub.Close()
		done, reclaimed := s.PruneImages(tt.danglingOnly, tt.match)
		want := strings.NewReplacer("CHAIN", c.Layers[1].ChainID[7:11]).Replace(tt.want)
		if got := said(s, done, nil, len(past)); got != want {
			t.Errorf("%s: %s, want %s", tt.what, got, want)
		}
		past, sub = s.Subscribe()
		sub.Close()
		told := Event{Type: "image", Action: "prune", Scope: "local", Attributes: map[string]string{"reclaimed": strconv.FormatInt(reclaimed, 10)}}
		if diff := cmp.Diff(told, past[len(past)-1], cmpopts.IgnoreFields(Event{}, "Time")); diff != "" && !tt.store {
			t.Errorf("%s: %s", tt.what, diff)
		}
		if (reclaimed > 0) != (len(done) > 0) {
			t.Errorf("%s: %d bytes reclaimed", tt.what, reclaimed)
		}
	}
}

// TestImageIndex: whatever is done to images, what finds them agrees with them.
func TestImageIndex(t *testing.T) {
	t.Parallel()
	for _, store := range []bool{false, true} {
		s := deleteState(t, store, "docker.io/library/x:1")
		for n := range 300 {
			images := s.Images()
			ref := fmt.Sprintf("docker.io/library/r%d:%d", n%3, n%5)
			switch pick := n * 7 % 5; {
			case pick == 0 || len(images) == 0:
				i := Image{Refs: []string{ref}, Content: image.Content{Comment: fmt.Sprint(n)}}
				if len(images) > 0 {
					i.Parent, i.Layers = images[0].ID, images[0].Layers
				}
				ok[Image](t)(s.AddImage(i))
			case pick == 1:
				if err := s.TagImage(images[n%len(images)].ID, ref); err != nil {
					t.Fatal(err)
				}
			case pick == 2:
				_, _ = s.DeleteImage(name(ref), n%2 == 0, n%4 < 2)
			case pick == 3:
				_, _ = s.DeleteImage(ImageName{Given: images[n%len(images)].ID}, true, true)
			case n%20 == 4:
				s.PruneImages(n%2 == 0, func(i Image) bool { return len(i.Refs) < 2 })
			}
			checkIndex(t, &s.images)
		}
	}
}

func checkIndex(t *testing.T, s *images) {
	t.Helper()
	refs, children, layers := map[string]string{}, map[string]int{}, map[string]int{}
	for _, i := range s.list {
		if s.ids[i.ID] != i || !slices.IsSorted(i.Refs) {
			t.Fatalf("%s: %v", i.ID, i.Refs)
		}
		for _, ref := range i.Refs {
			refs[ref] = i.ID
		}
		if i.Parent != "" {
			children[i.Parent]++
		}
		for _, l := range i.Layers {
			layers[l.ChainID]++
		}
	}
	got := map[string]string{}
	for ref, i := range s.refs {
		got[ref] = i.ID
	}
	if d := cmp.Diff(refs, got); d != "" {
		t.Fatalf("references (-images +index)\n%s", d)
	}
	for id, n := range s.children {
		if children[id] != n {
			t.Fatalf("%d children of %s, want %d", n, id, children[id])
		}
	}
	if d := cmp.Diff(layers, s.layers); d != "" {
		t.Fatalf("layers (-images +index)\n%s", d)
	}
	for id, i := range s.ids {
		if !slices.Contains(s.list, i) {
			t.Fatalf("%s is gone", id)
		}
	}
}
