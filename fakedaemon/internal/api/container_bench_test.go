package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// manyContainers is a state with n containers of one image, half of which run.
func manyContainers(tb testing.TB, n int) *state.State {
	tb.Helper()
	st := newState()
	img, err := st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}})
	if err != nil {
		tb.Fatal(err)
	}
	for i := range n {
		c := state.Container{Name: fmt.Sprintf("c%d", i), Image: "bb:1", ImageID: img.ID, Config: image.Config{Labels: map[string]string{"n": fmt.Sprint(i % 10)}}}
		if i%2 == 0 {
			c.State = state.ContainerState{Running: true, StartedAt: clock()}
		}
		if _, err := st.AddContainer(c); err != nil {
			tb.Fatal(err)
		}
	}
	return st
}

// BenchmarkContainers lists, filters and inspects among ever more containers. ns/container says that the cost of each
// stays the same: of a list for each container that exists, of an inspection for the one.
func BenchmarkContainers(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		h := serve(manyContainers(b, n))
		for _, bb := range []struct {
			name, path string
			each       int
		}{
			{"list", "/containers/json?all=1", n},
			{"filter", `/containers/json?filters={"label":["n=4"],"name":["^/c1"]}`, n},
			{"inspect", "/containers/c" + fmt.Sprint(n/2) + "/json", 1},
		} {
			b.Run(fmt.Sprintf("%s/%d", bb.name, n), func(b *testing.B) {
				for b.Loop() {
					w := httptest.NewRecorder()
					h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, bb.path, nil))
					if w.Code != http.StatusOK {
						b.Fatal(w.Body)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(bb.each), "ns/container")
			})
		}
	}
}
