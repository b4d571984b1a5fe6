package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// recordedRequest is a request of a flow of the recordings, with the answers of the engines. What differs from run to run is in braces,
// and pools are counted from the default one of the bridge. A request without answers is sent for what it does.
type recordedRequest struct {
	Step    int
	Request string
	Body    *string
	Answers []struct {
		Engines []string // nil is all
		Status  int
		Body    json.RawMessage
	}
}

// changing is what differs from run to run, in the order in which it is looked for.
var changing = []struct {
	is   *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "{hex}"},
	{regexp.MustCompile(`SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}`), "{token}"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "{short}"},
	{regexp.MustCompile(`\b[0-9a-z]{25}\b`), "{id}"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`), "{time}"},
	{regexp.MustCompile(`(?:[0-9a-f]{2}:){5}[0-9a-f]{2}`), "{mac}"},
	{regexp.MustCompile(`-----BEGIN CERT(?s:.*?)-----END CERTIFICATE-----\\n`), "{cert}"},
	{regexp.MustCompile(`"CertIssuerPublicKey":"[^"]*"`), `"CertIssuerPublicKey":"{key}"`},
	{regexp.MustCompile(`"Index":\d+`), `"Index":0`},
}

func constant(t *testing.T, body string) any {
	t.Helper()
	for _, c := range changing {
		body = c.is.ReplaceAllString(body, c.word)
	}
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	// Lists of the swarm are in the order of the IDs.
	if list, ok := v.([]any); ok {
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return v
}

// replay sends a flow to each engine, on what prepare has added.
func replay(t *testing.T, name string, prepare func(*testing.T, *state.State)) {
	var flow []recordedRequest
	if err := json.Unmarshal([]byte(read(t, name)), &flow); err != nil {
		t.Fatal(err)
	}
	for _, e := range engine.All() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			st := newStateOf(e, nil, nil)
			t.Cleanup(st.Close)
			prepare(t, st)
			h := New(Config{State: st, Engine: e, Host: Host{Name: "vm", MemTotal: 25276510208}})
			compared := 0
			for _, row := range flow {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, row.http(t))
				i := slices.IndexFunc(row.Answers, func(a struct {
					Engines []string
					Status  int
					Body    json.RawMessage
				}) bool {
					return a.Engines == nil || slices.Contains(a.Engines, e.Name)
				})
				if i < 0 {
					continue
				}
				compared++
				want := row.Answers[i]
				if w.Code != want.Status {
					t.Errorf("step %d, %s: status %d, want %d: %s", row.Step, row.Request, w.Code, want.Status, w.Body)
					continue
				}
				if want.Body == nil {
					if w.Body.Len() > 0 || w.Header().Get("Content-Type") != "" {
						t.Errorf("step %d, %s: %s %q, want nothing", row.Step, row.Request, w.Header().Get("Content-Type"), w.Body)
					}
					continue
				}
				if got := w.Header().Get("Content-Type"); got != "application/json" {
					t.Errorf("step %d, %s: Content-Type %q", row.Step, row.Request, got)
				}
				if d := cmp.Diff(constant(t, string(want.Body)), constant(t, w.Body.String())); d != "" {
					t.Errorf("step %d, %s (-recorded +got)\n%s", row.Step, row.Request, d)
				}
			}
			if compared < len(flow)*3/4 {
				t.Errorf("only %d of %d requests were compared", compared, len(flow))
			}
		})
	}
}

func (r *recordedRequest) http(t *testing.T) *http.Request {
	t.Helper()
	method, target, _ := strings.Cut(r.Request, " ")
	path, query, _ := strings.Cut(target, "?")
	body := ""
	if r.Body != nil {
		body = *r.Body
	}
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.RawQuery = values.Encode()
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// sleepers adds the image of the recordings, nc1 that runs and nc2 that does not.
func sleepers(t *testing.T, st *state.State) {
	t.Helper()
	img := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	sleep := image.Config{Cmd: []string{"sleep", "1000"}}
	must[state.Container](t)(st.AddContainer(state.Container{Name: "nc1", Image: "bb:1", ImageID: img.ID, Config: sleep, State: state.ContainerState{Running: true, StartedAt: st.Now()}}))
	must[state.Container](t)(st.AddContainer(state.Container{Name: "nc2", Image: "bb:1", ImageID: img.ID, Config: sleep}))
}

// TestNetworkFlow replays flow 15-networks.
func TestNetworkFlow(t *testing.T) {
	t.Parallel()
	replay(t, "networks.json", sleepers)
}

// TestVolumeFlow replays flow 16-volumes, in which a container has the volume v1.
func TestVolumeFlow(t *testing.T) {
	t.Parallel()
	replay(t, "volumes.json", sleepers)
}

// TestSwarmFlow replays flow 24-swarm.
func TestSwarmFlow(t *testing.T) {
	t.Parallel()
	replay(t, "swarm.json", func(t *testing.T, st *state.State) {
		must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	})
}
