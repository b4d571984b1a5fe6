package api

import (
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// TestImageMemory: what an image of one large file takes, in percent of its size, while it is built, imported, saved and loaded.
// Each copy more makes all other requests wait for a garbage collection. It runs alone, as others would be counted.
func TestImageMemory(t *testing.T) {
	const size = 4 << 20
	data := strings.Repeat("0123456789abcdef", size/16)
	context := contextOf(t, "Dockerfile", "FROM scratch\nCOPY file /\n", "file", data)
	for _, name := range []string{"20.10", "28", "29"} {
		e := engineByName(t, name)
		h := New(Config{State: newStateOf(e, clock, nil), Engine: e})
		do := func(what, method, target string, body []byte, most int) []byte {
			var w *httptest.ResponseRecorder
			took := math.MaxInt
			// What else allocates, counts too: the least of some times is that of the request.
			for times := 0; times < 5 && took > most; times++ {
				r := httptest.NewRequest(method, target, bytes.NewReader(body))
				r.Header.Set("Content-Type", "application/x-tar")
				w = httptest.NewRecorder()
				w.Body.Grow(2 * size)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				h.ServeHTTP(w, r)
				runtime.ReadMemStats(&after)
				took = min(took, int((after.TotalAlloc-before.TotalAlloc)*100/size))
			}
			if took > most {
				t.Errorf("%s: %s took %d%%, want at most %d%%", name, what, took, most)
			}
			if w.Code != http.StatusOK || strings.Contains(w.Body.String()[:min(w.Body.Len(), 1000)], "error") {
				t.Fatal(what, w.Code, w.Body)
			}
			return w.Body.Bytes()
		}
		do("build", http.MethodPost, "/build?t=a:1", context, 300) // the file, and the tar of the layer
		do("import", http.MethodPost, "/images/create?fromSrc=-&repo=b&tag=1", context, 150)
		saved := do("save", http.MethodGet, "/images/b:1/get", nil, 10)
		do("load", http.MethodPost, "/images/load", saved, 150)
	}
}
