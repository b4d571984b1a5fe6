package api

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// TestConcurrent adds and reads at once, for the race detector; in the end nothing is lost.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	st := newState()
	h := serve(st)
	img := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}, Labels: map[string]string{"a": "b"}}}}))
	const workers, each = 6, 10
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := range each {
				_, err := st.AddContainer(state.Container{
					Name:    fmt.Sprintf("c%d-%d", w, n),
					Image:   "bb:1",
					ImageID: img.ID,
					Host:    state.HostConfig{Binds: []string{fmt.Sprintf("v%d:/data", n)}, PortBindings: map[string][]state.PortBinding{"80/tcp": {{}}}},
					State:   state.ContainerState{Running: true, StartedAt: now},
				})
				if err != nil {
					t.Error(err)
				}
				for _, target := range []string{
					"/containers/json?all=1&size=1", "/containers/c0-0/json", "/images/json?shared-size=1", "/images/bb:1/json",
					"/networks", "/networks/bridge", "/volumes", "/volumes/v0", "/system/df", "/v1.24/info", "/version",
				} {
					if status, body := do(t, h, http.MethodGet, target, ""); status != 200 && status != 404 {
						t.Errorf("GET %s: %d %s", target, status, body)
					}
				}
			}
		}()
	}
	wg.Wait()
	if got := len(st.Containers()); got != workers*each {
		t.Errorf("%d containers, want %d", got, workers*each)
	}
	if got := len(st.Volumes()); got != each {
		t.Errorf("%d volumes, want %d", got, each)
	}
	addresses, ports := map[string]bool{}, map[string]bool{}
	for _, c := range st.Containers() {
		addresses[c.Endpoints["bridge"].IPAddress] = true
		ports[c.Ports["80/tcp"][0].HostPort] = true
	}
	if len(addresses) != workers*each || len(ports) != workers*each {
		t.Errorf("%d addresses and %d ports for %d containers", len(addresses), len(ports), workers*each)
	}
}
