package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// eventState has a little history: of a container, a network, a volume and an image, a second ago.
func eventState(t *testing.T, e *engine.Engine) *state.State {
	t.Helper()
	st := newStateOf(e, clock, []byte("events"))
	addRecordedImage(t, st)
	img := st.Images()[0]
	must[state.Container](t)(st.CreateContainer(state.Container{Name: "ev1", Image: "bb:1", ImageID: img.ID, Config: image.Config{Cmd: []string{"true"}, Labels: map[string]string{"k": "v"}}}))
	if err := st.Start("ev1"); err != nil {
		t.Fatal(err)
	}
	id := must[string](t)(st.CreateExec(createRunning(t, st, "ev2", "sleep", "1000").ID, state.ExecConfig{Args: []string{"sh", "-c", "a > b"}}))
	if err := st.StartExec(id); err != nil {
		t.Fatal(err)
	}
	return st
}

// TestEventFilters: which events of the past come back.
func TestEventFilters(t *testing.T) {
	t.Parallel()
	e := engineByName(t, "28")
	st := eventState(t, e)
	later := func() time.Time { return now.Add(time.Second) }
	h := New(Config{State: st, Engine: e, Clock: later})
	ev1 := must[state.Container](t)(st.Container("ev1"))
	for filters, want := range map[string]int{
		``:                          11,
		`{"type":["container"]}`:    8,
		`{"type":["network"]}`:      3,
		`{"event":["start","die"]}`: 3,
		`{"event":["exec_create"]}`: 1,
		`{"container":["ev1"]}`:     3,
		`{"container":["ev"]}`:      8,
		fmt.Sprintf(`{"container":["%s"]}`, ev1.ID[:12]): 3,
		`{"label":["k=v"]}`:                    3,
		`{"image":["bb"]}`:                     8,
		`{"image":["bb:1"],"event":["die"]}`:   1,
		`{"scope":["swarm"]}`:                  0,
		`{"bogus":["x"]}`:                      11,
		`{"type":["network"],"network":["b"]}`: 3,
	} {
		target := "/events?since=1&until=" + fmt.Sprint(now.Unix()) + "&filters=" + url.QueryEscape(filters)
		status, text := do(t, h, http.MethodGet, target, "")
		if got := strings.Count(text, "\n"); status != http.StatusOK || got != want {
			t.Errorf("%s: %d events, want %d\n%s", filters, got, want, text)
		}
	}
	for target, want := range map[string]string{
		"/events?since=10&until=5":            "`since` time (10) cannot be after `until` time (5)",
		"/events?filters=bad":                 "invalid filter",
		"/events?since=abc":                   `strconv.ParseInt: parsing "abc": invalid syntax`,
		"/events?since=1&until=2&filters=bad": "invalid filter",
	} {
		if _, text := do(t, h, http.MethodGet, target, ""); text != message(want) {
			t.Errorf("%s: %s", target, text)
		}
	}
}

// TestEventSpan: what came before since and after until is not sent, what came at that very time is.
func TestEventSpan(t *testing.T) {
	t.Parallel()
	at := now
	st := newStateOf(nil, func() time.Time { return at }, nil)
	for i := range 4 {
		at = now.Add(time.Duration(i) * 1500 * time.Millisecond)
		must[state.Volume](t)(st.CreateVolume(state.Volume{Name: fmt.Sprintf("v%d", i)}))
	}
	h := New(Config{State: st, Clock: func() time.Time { return now.Add(time.Minute) }})
	begin := now.Unix()
	for _, tt := range []struct{ since, until, want string }{
		{"0", fmt.Sprint(begin + 30), "v0 v1 v2 v3"},
		{fmt.Sprint(begin), fmt.Sprint(begin + 30), "v0 v1 v2 v3"},
		{fmt.Sprintf("%d.000000001", begin), fmt.Sprint(begin + 30), "v1 v2 v3"},
		{fmt.Sprintf("%d.500000000", begin+1), fmt.Sprint(begin + 3), "v1 v2"},
		{fmt.Sprintf("%d.500000001", begin+1), fmt.Sprintf("%d.500000000", begin+4), "v2 v3"},
		{fmt.Sprintf("%d.500000001", begin+1), fmt.Sprintf("%d.499999999", begin+4), "v2"},
		{fmt.Sprint(begin + 5), fmt.Sprint(begin + 30), ""},
		{"", fmt.Sprint(begin + 3), "v0 v1 v2"},
		{"", fmt.Sprint(begin - 1), ""},
	} {
		_, text := do(t, h, http.MethodGet, "/events?since="+tt.since+"&until="+tt.until, "")
		var got []string
		for line := range strings.Lines(text) {
			var e struct{ Actor struct{ ID string } }
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Actor.ID)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("since %s until %s: got %q, want %s", tt.since, tt.until, got, tt.want)
		}
	}
}

// TestEventForms: the media type and the form of an event, by engine and API version.
func TestEventForms(t *testing.T) {
	t.Parallel()
	const (
		legacy = `{"status":"exec_create: sh -c a \u003e b","id":"ID","from":"bb:1","Type":"container","Action":"exec_create: sh -c a \u003e b","Actor":{"ID":"ID","Attributes":{"execID":"ID","image":"bb:1","name":"ev2"}},"scope":"local","time":1795316143,"timeNano":1795316143000000000}`
		plain  = `{"Type":"container","Action":"exec_create: sh -c a \u003e b","Actor":{"ID":"ID","Attributes":{"execID":"ID","image":"bb:1","name":"ev2"}},"scope":"local","time":1795316143,"timeNano":1795316143000000000}`
		sorted = `{"Action":"exec_create: sh -c a \u003e b","Actor":{"Attributes":{"execID":"ID","image":"bb:1","name":"ev2"},"ID":"ID"},"Type":"container","from":"bb:1","id":"ID","scope":"local","status":"exec_create: sh -c a \u003e b","time":1795316143,"timeNano":1795316143000000000}`
	)
	for _, tt := range []struct{ engine, version, accept, media, want string }{
		{"20.10", "", "", "application/json", legacy},
		{"28", "", "application/jsonl", "application/json", legacy},
		{"29", "/v1.51", "application/jsonl", "application/json", sorted},
		{"29", "", "", "application/jsonl", plain},
		{"29", "", "application/json, application/x-ndjson;q=0.9", "application/x-ndjson", plain},
		{"29", "", "application/json-seq", "application/json-seq", "\x1e" + plain},
	} {
		e := engineByName(t, tt.engine)
		h := New(Config{State: eventState(t, e), Engine: e, Clock: func() time.Time { return now.Add(time.Second) }})
		r := httptest.NewRequest(http.MethodGet, tt.version+"/events?since=1&until="+fmt.Sprint(now.Unix())+`&filters={"event":["exec_create"]}`, nil)
		r.Header.Set("Accept", tt.accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := longID.ReplaceAllString(w.Body.String(), "ID"); got != tt.want+"\n" || w.Header().Get("Content-Type") != tt.media {
			t.Errorf("%+v: %s\n%s", tt, w.Header().Get("Content-Type"), got)
		}
	}
}

// TestEventStream: headers come before the first event, events as they happen, and the end with until.
func TestEventStream(t *testing.T) {
	t.Parallel()
	srv, st := lifeServer(t, "28")
	resp := sendTo(t, http.MethodGet, srv.URL+`/events?filters={"event":["kill","die"]}`)
	lines := bufio.NewReader(resp.Body)
	if err := st.Kill("c1", ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"Action":"kill"`, `"Action":"die"`} {
		if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, want) {
			t.Errorf("%q %v, want %s", line, err, want)
		}
	}
	until := fmt.Sprintf("%.9f", float64(time.Now().Add(100*time.Millisecond).UnixNano())/1e9)
	if rest, err := io.ReadAll(sendTo(t, http.MethodGet, srv.URL+"/events?until="+until+`&filters={"event":["nosuch"]}`).Body); err != nil || len(rest) > 0 {
		t.Errorf("%q %v", rest, err)
	}
}
