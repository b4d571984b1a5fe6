package state

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/internal/engine"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

var testTime = time.Date(2026, 11, 22, 2, 55, 43, 0, time.UTC)

func fresh() *State {
	return New(Options{Clock: func() time.Time { return testTime }, Seed: []byte("test")})
}

// named is an engine that there is.
func named(name string) *engine.Engine {
	e, ok := engine.ByName(name)
	if !ok {
		panic("no engine " + name)
	}
	return e
}

func ok[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// withImage is a fresh state with one image and the ID of that.
func withImage(t *testing.T) (*State, string) {
	t.Helper()
	s := fresh()
	return s, ok[Image](t)(s.AddImage(Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}})).ID
}

// class names the class of an error.
func class(err error) string {
	for name, is := range map[string]bool{
		"":            err == nil,
		"NotFound":    errors.As(err, new(NotFound)),
		"Conflict":    errors.As(err, new(Conflict)),
		"NotModified": errors.As(err, new(NotModified)),
		"Invalid":     errors.As(err, new(Invalid)),
		"Ambiguous":   errors.As(err, new(Ambiguous)),
		"Forbidden":   errors.As(err, new(Forbidden)),
		"Unavailable": errors.As(err, new(Unavailable)),
	} {
		if is {
			return name
		}
	}
	return fmt.Sprintf("%T", err)
}

func check(t *testing.T, what string, err error, wantClass, wantText string) {
	t.Helper()
	if class(err) != wantClass || err != nil && err.Error() != wantText {
		t.Errorf("%s: %s %q, want %s %q", what, class(err), err, wantClass, wantText)
	}
}

// TestSeed: the same seed gives the same IDs and names, of each kind whatever happens to the others.
func TestSeed(t *testing.T) {
	t.Parallel()
	run := func(seed string, volumes int) string {
		s := New(Options{Seed: []byte(seed), Clock: func() time.Time { return time.Unix(1, 0) }})
		for range volumes {
			ok[Volume](t)(s.AddVolume(Volume{}))
		}
		img := ok[Image](t)(s.AddImage(Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
		c := ok[Container](t)(s.AddContainer(Container{ImageID: img.ID, State: ContainerState{Running: true}}))
		return strings.Join([]string{s.ID(), img.ID, img.Layers[0].DiffID, c.ID, c.Name, c.SandboxID, c.Endpoints["bridge"].MacAddress, s.Networks()[0].ID}, " ")
	}
	if a, b := run("a", 0), run("a", 3); a != b {
		t.Errorf("one seed gave\n%s\n%s", a, b)
	}
	if a, b := run("a", 0), run("b", 0); a == b {
		t.Errorf("two seeds gave %s", a)
	}
	if a, b := run("", 0), run("", 0); a == b {
		t.Errorf("no seed gave %s twice", a)
	}
}

func TestIDForms(t *testing.T) {
	t.Parallel()
	for _, seed := range []string{"", "a"} {
		g := ids{seed: []byte(seed), count: map[string]uint64{}}
		for range 200 {
			for form, v := range map[string]string{
				`^[0-9a-f]{64}$`: g.hex("x"),
				`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`: g.uuid("x"),
				`^[0-9a-f][26ae](:[0-9a-f]{2}){5}$`:                                     g.mac(),
				`^[a-z]+_[a-z]+$`:                                                       g.name(),
			} {
				if !regexp.MustCompile(form).MatchString(v) {
					t.Fatalf("%q is not of the form %s", v, form)
				}
			}
		}
	}
}

// TestUUID: but for the four digits that a UUID has fixed, each is drawn of all.
func TestUUID(t *testing.T) {
	t.Parallel()
	g := ids{seed: []byte("a"), count: map[string]uint64{}}
	var drawn [36]map[byte]bool
	for range 500 {
		for n, digit := range []byte(g.uuid("x")) {
			if drawn[n] == nil {
				drawn[n] = make(map[byte]bool)
			}
			drawn[n][digit] = true
		}
	}
	for n, digits := range drawn {
		want := 16
		switch n {
		case 8, 13, 14, 18, 23:
			want = 1
		case 19:
			want = 4
		}
		if len(digits) != want {
			t.Errorf("%d digits at %d, want %d", len(digits), n, want)
		}
	}
}

// someID is a valid ID with a random start that is likely to be shared.
func someID(r *rand.Rand) string {
	const alphabet = "ab0"
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String() + fmt.Sprintf("%0*x", 64-b.Len(), r.Uint64())
}

// TestContainerLookup compares lookups of random terms with the rule spelled out: full ID, then name, then a
// prefix that only one ID has.
func TestContainerLookup(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		s, img := withImage(t)
		byID, byName := map[string]bool{}, map[string]string{}
		var terms []string
		for n := range 1 + r.IntN(8) {
			id := someID(r)
			name := fmt.Sprintf("c%d", n)
			if r.IntN(2) == 0 && n > 0 {
				// A name that is also a prefix of another's ID, or all of it.
				name = terms[r.IntN(len(terms))]
			}
			c, err := s.AddContainer(Container{ID: id, Name: name, ImageID: img})
			if err != nil {
				continue
			}
			byID[c.ID], byName[c.Name] = true, c.ID
			terms = append(terms, c.ID, c.Name, "/"+c.Name, c.ID[:2], c.ID[:3], c.ID[:1+r.IntN(63)], strings.ToUpper(c.ID[:4])+"x")
		}
		for _, term := range terms {
			want, wantClass := "", "NotFound"
			if named, ok := byName[strings.TrimPrefix(term, "/")]; byID[term] {
				want = term
			} else if ok {
				want = named
			} else {
				for id := range byID {
					if strings.HasPrefix(id, term) {
						if want != "" {
							want, wantClass = "", "Ambiguous"
							break
						}
						want = id
					}
				}
			}
			if want != "" {
				wantClass = ""
			}
			got, err := s.Container(term)
			if got.ID != want || class(err) != wantClass {
				t.Fatalf("%q: %q %v, want %q %s among %v", term, got.ID, err, want, wantClass, byName)
			}
		}
	}
}

// TestNetworkLookup does the same for networks.
func TestNetworkLookup(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		s := fresh()
		for n := range 1 + r.IntN(8) {
			name := fmt.Sprintf("n%d", n)
			if r.IntN(2) == 0 {
				name = someID(r)[:2]
			}
			_, err := s.AddNetwork(Network{ID: someID(r), Name: name})
			if c := class(err); c != "" && c != "Conflict" {
				t.Fatal(err)
			}
		}
		all := s.Networks()
		var terms []string
		for _, n := range all {
			terms = append(terms, n.ID, n.Name, n.ID[:1], n.ID[:2], n.ID[:5], n.Name+"x")
		}
		for _, term := range terms {
			var full, named, prefixed []string
			for _, n := range all {
				if n.ID == term {
					full = append(full, n.ID)
				}
				if n.Name == term {
					named = append(named, n.ID)
				}
				if strings.HasPrefix(n.ID, term) {
					prefixed = append(prefixed, n.ID)
				}
			}
			want, wantClass := "", "NotFound"
			switch {
			case len(full) == 1:
				want, wantClass = full[0], ""
			case len(named) == 1:
				want, wantClass = named[0], ""
			case len(prefixed) == 1:
				want, wantClass = prefixed[0], ""
			case len(prefixed) > 1:
				wantClass = "Ambiguous"
			}
			got, err := s.Network(term)
			if got.ID != want || class(err) != wantClass {
				t.Fatalf("%q: %q %v, want %q %s", term, got.ID, err, want, wantClass)
			}
		}
	}
}

func TestImageLookup(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 30 {
		s := fresh()
		for n := range 1 + r.IntN(8) {
			_, err := s.AddImage(Image{ID: "sha256:" + someID(r), Refs: []string{fmt.Sprintf("r:%d", n), "r:last"}})
			if c := class(err); c != "" && c != "Conflict" {
				t.Fatal(err)
			}
		}
		all := s.Images()
		last := all[len(all)-1]
		if got, err := s.Image(ImageName{Ref: "r:last", Given: "nosuch"}); err != nil || got.ID != last.ID {
			t.Fatalf("the newest image has a reference that all wanted: %v %v", got.ID, err)
		}
		for _, i := range all[:len(all)-1] {
			if len(i.Refs) != 1 || i.Refs[0] == "r:last" {
				t.Fatalf("%v still has a reference that it lost", i.Refs)
			}
		}
		for _, i := range all {
			digits := strings.TrimPrefix(i.ID, "sha256:")
			for _, prefix := range []string{digits, digits[:1], digits[:2], digits[:6]} {
				hits := 0
				for _, other := range all {
					if strings.HasPrefix(other.ID, "sha256:"+prefix) {
						hits++
					}
				}
				for _, term := range []string{prefix, "sha256:" + prefix} {
					got, err := s.Image(ImageName{Ref: "r:nosuch", Given: term, Familiar: "r:nosuch"})
					if hits == 1 && (err != nil || got.ID != i.ID) || hits > 1 && class(err) != "NotFound" {
						t.Fatalf("%q, which %d have: %q %v", term, hits, got.ID, err)
					}
				}
			}
		}
	}
	_, err := fresh().Image(ImageName{Ref: "docker.io/library/nosuch:latest", Given: "nosuch", Familiar: "nosuch:latest"})
	check(t, "nosuch", err, "NotFound", "No such image: nosuch:latest")
}

// TestCopies: what is given to State and what it gives belongs to the caller.
func TestCopies(t *testing.T) {
	t.Parallel()
	s := fresh()
	labels := map[string]string{"a": "b"}
	env := []string{"A=b"}
	img := ok[Image](t)(s.AddImage(Image{Refs: []string{"x:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}, Env: env, Labels: labels, Healthcheck: &image.Healthcheck{Test: []string{"NONE"}}}}}))
	ok[Network](t)(s.AddNetwork(Network{Name: "n1", Labels: labels, Subnets: []Subnet{{Subnet: "10.0.0.0/24", Auxiliary: map[string]string{"a": "10.0.0.9"}}}}))
	ok[Volume](t)(s.AddVolume(Volume{Name: "v1", Labels: labels}))
	ok[Container](t)(s.AddContainer(Container{
		Name: "c1", ImageID: img.ID, Config: image.Config{Labels: labels},
		Host:  HostConfig{NetworkMode: "n1", Aliases: []string{"al"}, Binds: []string{"v1:/a"}, PortBindings: map[string][]PortBinding{"80/tcp": {{HostPort: "80"}}}},
		State: ContainerState{Running: true, Health: &Health{Status: "healthy", Log: []HealthResult{{Output: "out"}}}},
	}))
	before := fmt.Sprintf("%+v", dump(s))
	spoil := func() {
		c, _ := s.Container("c1")
		for _, c := range append(s.Containers(), c) {
			c.Config.Labels["x"], c.Config.Env[0], c.Config.Cmd[0], c.Mounts[0].Name, c.Host.Binds[0] = "x", "x", "x", "x", "x"
			c.Host.PortBindings["80/tcp"][0].HostPort, c.Ports["80/tcp"][0].HostPort = "x", "x"
			c.State.Health.Status, c.State.Health.Log[0].Output = "x", "x"
			c.Config.Healthcheck.Test[0] = "x"
			c.Endpoints["n1"].Aliases[0], c.Endpoints["n1"].DNSNames[0] = "x", "x"
			maps.DeleteFunc(c.Endpoints, func(string, Endpoint) bool { return true })
		}
		i, _ := s.Image(ImageName{Ref: "x:1"})
		for _, i := range append(s.Images(), i) {
			i.Refs[0], i.Layers[0].DiffID, i.Config.Env[0], i.Config.Labels["x"] = "x", "x", "x", "x"
		}
		n, _ := s.Network("n1")
		for _, n := range append(s.Networks()[3:], n) {
			n.Labels["x"], n.Subnets[0].Subnet, n.Subnets[0].Auxiliary["x"] = "x", "x", "x"
		}
		v, _ := s.Volume("v1")
		for _, v := range append(s.Volumes(), v) {
			v.Labels["x"] = "x"
		}
		labels["y"], env[0] = "y", "y"
	}
	spoil()
	if after := fmt.Sprintf("%+v", dump(s)); after != before {
		t.Errorf("changed from outside:\n%s\n%s", before, after)
	}
}

// dump is all there is, without pointers.
func dump(s *State) []any {
	var all []any
	for _, c := range s.Containers() {
		all = append(all, *c.State.Health, *c.Config.Healthcheck)
		c.State.Health, c.Config.Healthcheck = nil, nil
		all = append(all, c)
	}
	for _, i := range s.Images() {
		all = append(all, *i.Config.Healthcheck)
		i.Config.Healthcheck = nil
		all = append(all, i)
	}
	return append(all, s.Networks(), s.Volumes())
}

// TestSeededIDs has values of a seed: they stay as they are from one version to the next.
func TestSeededIDs(t *testing.T) {
	t.Parallel()
	g := &ids{seed: []byte("test"), count: make(map[string]uint64)}
	for _, tt := range []struct{ got, want string }{
		{g.hex("container"), "6276d47403d16ff9ec1c6b5d5f756005617755f09b6ac018b36cd5c54a46c119"},
		{g.hex("container"), "f4cc74f0485594e543db4fab9753fcc4cf48be0bd75a105c3e7737dc48296abd"},
		{g.hex("network"), "ccf79877e4dda025156eeca2683aecbbe6deabee287e163751d1c0f17b926213"},
		{g.uuid("daemon"), "3a9b8caa-a45d-416c-a664-8ee6f5901385"},
		{g.uuid("daemon"), "30c3181f-c806-4470-a15f-418a15ac925d"},
		{g.fingerprint("daemon"), "QMK3:VMVD:XC45:RR6V:YNLP:PGYW:QM5Y:O7PC:PVR7:6EEY:ZGGG:3TD2"},
		{g.mac(), "e6:57:a0:91:b5:a7"},
		{g.mac(), "7a:35:d6:37:d9:8e"},
		{g.name(), "tender_dijkstra"},
		{g.name(), "modest_darwin"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}
