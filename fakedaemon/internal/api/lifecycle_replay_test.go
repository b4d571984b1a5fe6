package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// lifecycleStep is a request of testdata/lifecycle.json: the recordings, condensed to what changes containers and execs. One
// without a number prepares for others.
type lifecycleStep struct {
	N    int
	Do   string
	Body json.RawMessage
	Want map[string]lifecycleAnswer // by the names of engines, "20 28 29"
}

type lifecycleAnswer struct {
	Status  int
	Message string
	// Events are their type, action and attributes but for those that every one has.
	Events []string
}

// TestLifecycleRecordings sends what was recorded and compares statuses, messages and events, for each engine.
func TestLifecycleRecordings(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/lifecycle.json")
	if err != nil {
		t.Fatal(err)
	}
	var flows map[string][]lifecycleStep
	if err := json.Unmarshal(raw, &flows); err != nil {
		t.Fatal(err)
	}
	for _, engine := range []string{"20.10", "28", "29"} {
		for name, steps := range flows {
			t.Run(engine+"/"+name, func(t *testing.T) {
				t.Parallel()
				replayLifecycle(t, engine, steps)
			})
		}
	}
}

var (
	longID    = regexp.MustCompile(`[0-9a-f]{64}`)
	actionEnd = regexp.MustCompile(` $`)
)

func replayLifecycle(t *testing.T, engine string, steps []lifecycleStep) {
	e := engineByName(t, engine)
	st := newStateOf(e, clock, []byte("replay"))
	t.Cleanup(st.Close)
	addRecordedImage(t, st)
	h := New(Config{State: st, Engine: e, Clock: clock})
	_, sub := st.Subscribe()
	t.Cleanup(sub.Close)
	for _, step := range steps {
		method, target, _ := strings.Cut(step.Do, " ")
		sub.Take()
		r := httptest.NewRequest(method, strings.ReplaceAll(target, " ", "%20"), strings.NewReader(string(step.Body)))
		if step.Body != nil {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if step.Want == nil {
			continue
		}
		short, _, _ := strings.Cut(engine, ".")
		var want lifecycleAnswer
		known := false
		for engines, answer := range step.Want {
			if slices.Contains(strings.Fields(engines), short) {
				want, known = answer, true
			}
		}
		got := lifecycleAnswer{Status: w.Code, Message: longID.ReplaceAllString(errorText(w), "ID"), Events: eventLines(sub.Take())}
		if d := cmp.Diff(want, got); known && d != "" {
			t.Errorf("step %d, %s (-want +got)\n%s", step.N, step.Do, d)
		}
	}
}

// addRecordedImage adds the image of the recordings.
func addRecordedImage(t *testing.T, st *state.State) {
	t.Helper()
	must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"/bin/sh"}}}}))
}

// errorText is the message of an error.
func errorText(w *httptest.ResponseRecorder) string {
	var e struct{ Message string }
	if w.Code < http.StatusBadRequest || json.Unmarshal(w.Body.Bytes(), &e) != nil {
		return ""
	}
	return e.Message
}

func eventLines(events []state.Event) []string {
	var lines []string
	for _, e := range events {
		line := e.Type + " " + actionEnd.ReplaceAllString(e.Action, "")
		var keys []string
		for key := range e.Attributes {
			if !slices.Contains([]string{"image", "name", "container", "type", "execDuration", "execID"}, key) {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			line += fmt.Sprintf(" %s=%s", key, longID.ReplaceAllString(e.Attributes[key], "ID"))
		}
		lines = append(lines, line)
	}
	return lines
}
