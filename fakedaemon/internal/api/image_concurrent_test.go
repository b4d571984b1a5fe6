package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	imagetypes "github.com/docker/docker/api/types/image"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// TestImagesConcurrently does all that changes images at once, for the race detector; in the end each worker has its own.
func TestImagesConcurrently(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"28", "29"} {
		e, host := engineByName(t, name), testRegistry(t, "")
		st := newStateOf(e, nil, nil)
		must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
		h := New(Config{State: st, Engine: e})
		const workers = 16
		var wg sync.WaitGroup
		for w := range workers {
			wg.Add(1)
			go func() {
				defer wg.Done()
				mine := fmt.Sprintf("%s/w%d", host, w)
				context := contextOf(t, "Dockerfile", fmt.Sprintf("FROM bb:1\nENV W=%d\nCOPY Dockerfile /%d\n", w, w))
				for range 3 {
					if _, body := send(t, h, "/build?t="+mine+":1", "application/x-tar", context); !strings.Contains(body, "Successfully tagged") {
						t.Error(body)
					}
					if body := lines(t, h, "/images/"+mine+"/push?tag=1", ""); !strings.Contains(body, "digest:") {
						t.Error(body)
					}
					_, saved := do(t, h, http.MethodGet, "/images/get?names="+mine+":1", "")
					for _, r := range []string{"GET /images/json?all=1&shared-size=1", "GET /system/df", "GET /images/" + mine + ":1/history", "DELETE /images/" + mine + ":1?force=1", `POST /images/prune?filters={"until":["1h"]}`} {
						method, target, _ := strings.Cut(r, " ")
						if status, body := do(t, h, method, target, ""); status >= 400 && status != http.StatusNotFound {
							t.Errorf("%s: %d %s", r, status, body)
						}
					}
					if body := lines(t, h, "/images/create?fromImage="+mine+"&tag=1", ""); !strings.Contains(body, "Status: ") {
						t.Error(body)
					}
					if _, body := send(t, h, "/images/load", "application/x-tar", []byte(saved)); !strings.Contains(body, "Loaded image: "+mine+":1") {
						t.Error(body)
					}
				}
			}()
		}
		wg.Wait()
		for w := range workers {
			mine := fmt.Sprintf("%s/w%d:1", host, w)
			if got := get[imagetypes.InspectResponse](t, h, "/images/"+mine+"/json"); got.Config.Env[len(got.Config.Env)-1] != fmt.Sprintf("W=%d", w) {
				t.Errorf("%s: %q", mine, got.Config.Env)
			}
		}
	}
}
