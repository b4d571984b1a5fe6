package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// BenchmarkImages lists, finds and removes among 10,000 images: what one costs.
func BenchmarkImages(b *testing.B) {
	const n = 10_000
	for _, name := range []string{"28", "29"} {
		e, _ := engine.ByName(name)
		st := newStateOf(e, clock, []byte("test"))
		h := New(Config{State: st, Engine: e, Clock: clock})
		fill := func() {
			for i := range n {
				if _, err := st.AddImage(state.Image{Refs: []string{fmt.Sprintf("docker.io/library/i%d:1", i)}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}); err != nil {
					b.Fatal(err)
				}
			}
		}
		ask := func(method, target string) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
			if w.Code >= 300 {
				b.Fatal(w.Body)
			}
		}
		b.Run(name+"/add", func(b *testing.B) {
			for b.Loop() {
				st.PruneImages(false, func(state.Image) bool { return true })
				fill()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/image")
		})
		for _, target := range []string{"/images/json", "/images/json?shared-size=1", "/system/df"} {
			b.Run(name+target, func(b *testing.B) {
				for b.Loop() {
					ask(http.MethodGet, target)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/image")
			})
		}
		b.Run(name+"/inspect", func(b *testing.B) {
			for b.Loop() {
				ask(http.MethodGet, "/images/i5000:1/json")
			}
		})
		b.Run(name+"/tag and remove", func(b *testing.B) {
			for b.Loop() {
				ask(http.MethodPost, "/images/i5000:1/tag?repo=x&tag=1")
				ask(http.MethodDelete, "/images/x:1")
			}
		})
	}
}
