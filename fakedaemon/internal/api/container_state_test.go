package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// lifeServer is a daemon on a socket, with a container c1 that runs.
func lifeServer(t *testing.T, engine string) (*httptest.Server, *state.State) {
	t.Helper()
	e := engineByName(t, engine)
	st := newStateOf(e, nil, []byte("life"))
	addRecordedImage(t, st)
	srv := httptest.NewServer(New(Config{State: st, Engine: e}))
	t.Cleanup(func() {
		st.Close()
		srv.CloseClientConnections()
		srv.Close()
	})
	createRunning(t, st, "c1", "sleep", "1000")
	return srv, st
}

func createRunning(t *testing.T, st *state.State, name string, cmd ...string) state.Container {
	t.Helper()
	img := st.Images()[0]
	c := must[state.Container](t)(st.CreateContainer(state.Container{Name: name, Image: "bb:1", ImageID: img.ID, Config: image.Config{Cmd: cmd}}))
	if err := st.Start(name); err != nil {
		t.Fatal(err)
	}
	return c
}

func sendTo(t *testing.T, method, url string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func bodyOf(t *testing.T, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestContainerWait: headers come at once from API 1.30 on, the body when the condition holds.
func TestContainerWait(t *testing.T) {
	t.Parallel()
	for engine, want := range map[string]string{"28": `{"StatusCode":137}`, "20.10": `{"Error":null,"StatusCode":137}`} {
		srv, st := lifeServer(t, engine)
		resp := sendTo(t, http.MethodPost, srv.URL+"/containers/c1/wait?condition=next-exit")
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v", engine, resp.StatusCode, resp.Header)
		}
		if err := st.Kill("c1", ""); err != nil {
			t.Fatal(err)
		}
		if got := bodyOf(t, resp); got != want+"\n" {
			t.Errorf("%s: %q", engine, got)
		}
		bogus := sendTo(t, http.MethodPost, srv.URL+"/containers/c1/wait?condition=bogus")
		if text := bodyOf(t, bogus); engine == "28" && (bogus.StatusCode != http.StatusBadRequest || text != message(`invalid condition: "bogus"`)) || engine != "28" && text != want+"\n" {
			t.Errorf("%s: %d %s", engine, bogus.StatusCode, text)
		}
	}
	srv, st := lifeServer(t, "28")
	must[state.Container](t)(st.CreateContainer(state.Container{Name: "bad", Image: "bb:1", ImageID: st.Images()[0].ID, Config: image.Config{Cmd: []string{"nosuch"}}}))
	if err := st.Start("bad"); err == nil {
		t.Error("a program that is not there was started")
	}
	var exit struct {
		StatusCode int
		Error      struct{ Message string }
	}
	if err := json.Unmarshal([]byte(bodyOf(t, sendTo(t, http.MethodPost, srv.URL+"/containers/bad/wait"))), &exit); err != nil || exit.StatusCode != 127 || !strings.Contains(exit.Error.Message, "executable file not found") {
		t.Errorf("%+v %v", exit, err)
	}
}

// TestContainerWaitConditions: each wait ends with an exit of its own, and a wrong one does at the latest when the container is removed.
func TestContainerWaitConditions(t *testing.T) {
	t.Parallel()
	srv, st := lifeServer(t, "28")
	c := must[state.Container](t)(st.CreateContainer(state.Container{Name: "c2", Image: "bb:1", ImageID: st.Images()[0].ID, Config: image.Config{Cmd: []string{"sleep", "1000"}}}))
	wait := func(query string) *http.Response { // it is waited for when the header is there
		return sendTo(t, http.MethodPost, srv.URL+"/containers/c2/wait"+query)
	}
	ends := func(code int) {
		t.Helper()
		for _, err := range []error{st.Start(c.ID), st.Exit(c.ID, code)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	waits := map[string]*http.Response{
		"0, created": wait(""), "0, created, not-running": wait("?condition=not-running"),
		"1, created, next-exit": wait("?condition=next-exit"), "3, created, removed": wait("?condition=removed"),
	}
	ends(1)
	waits["1, exited"] = wait("")
	waits["2, exited, next-exit"] = wait("?condition=next-exit")
	waits["3, exited, removed"] = wait("?condition=removed")
	ends(2)
	if err := st.Start(c.ID); err != nil {
		t.Fatal(err)
	}
	waits["3, running"] = wait("")
	waits["3, running, next-exit"] = wait("?condition=next-exit")
	if err := st.Exit(c.ID, 3); err != nil {
		t.Fatal(err)
	}
	if err := st.Remove(c.ID, state.RemoveOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, resp := range waits {
		code, _, _ := strings.Cut(name, ",")
		if got := bodyOf(t, resp); got != `{"StatusCode":`+code+"}\n" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestContainerUpdate: what is changed shows, what cannot be is refused.
func TestContainerUpdate(t *testing.T) {
	t.Parallel()
	st := newState()
	addRecordedImage(t, st)
	h := serve(st)
	createRunning(t, st, "c1", "sleep", "1000")
	for _, tt := range []struct {
		body   string
		status int
		want   string
	}{
		{`{"CpuShares":100,"Memory":33554432,"MemorySwap":67108864,"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3},"PidsLimit":-1}`, 200, `{"Warnings":null}` + "\n"},
		{`{"Memory":134217728}`, 409, "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"},
		{`{"NanoCpus":1000000000}`, 200, `{"Warnings":null}` + "\n"},
		{`{"CpuPeriod":100000}`, 409, "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set"},
		{`{"Memory":1000}`, 400, "Minimum memory limit allowed is 6MB"},
		{`{"RestartPolicy":{"Name":"always","MaximumRetryCount":2}}`, 400, "maximum retry count can only be used with 'on-failure'"},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/containers/c1/update", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(w, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %s", tt.body, w.Code, w.Body)
		}
	}
	c := get[container.InspectResponse](t, h, "/containers/c1/json")
	if hc := c.HostConfig; hc.CPUShares != 100 || hc.Memory != 32<<20 || hc.NanoCPUs != 1e9 || hc.CPUPeriod != 0 || hc.RestartPolicy.MaximumRetryCount != 3 || hc.ShmSize != 64<<20 {
		t.Errorf("%+v", hc)
	}
}

// TestRemoveSharedVolume: with v, an anonymous volume goes with the last container that mounts it, unless that has mounted it by its name
// (daemon/mounts.go).
func TestRemoveSharedVolume(t *testing.T) {
	t.Parallel()
	for _, e := range engine.All() {
		for second, kept := range map[string]int{`"VolumesFrom":["c1"]`: 0, `"Binds":["VOLUME:/w"]`: 1, `"Mounts":[{"Type":"volume","Source":"VOLUME","Target":"/w"}]`: 1} {
			h, _ := withImage(t, e)
			create := func(name, host string) (volume string) {
				t.Helper()
				if status, text := post(h, "/containers/create?name="+name, "application/json", host); status != http.StatusCreated {
					t.Fatalf("%d %s", status, text)
				}
				return get[struct{ Mounts []struct{ Name string } }](t, h, "/containers/"+name+"/json").Mounts[0].Name
			}
			volume := create("c1", `{"Image":"bb:1","Volumes":{"/v":{}}}`)
			create("c2", `{"Image":"bb:1","HostConfig":{`+strings.ReplaceAll(second, "VOLUME", volume)+`}}`)
			remove := func(name string, want int) {
				t.Helper()
				if status, text := do(t, h, http.MethodDelete, "/containers/"+name+"?v=1", ""); status != http.StatusNoContent {
					t.Fatalf("%d %s", status, text)
				}
				if got := get[struct{ Volumes []any }](t, h, "/volumes").Volumes; len(got) != want {
					t.Errorf("%s, %s: without %s there are the volumes %v, want %d", e.Name, second, name, got, want)
				}
			}
			remove("c1", 1)
			remove("c2", kept)
		}
	}
}

// TestContainerTop: columns are those that ps would print.
func TestContainerTop(t *testing.T) {
	t.Parallel()
	st := newState()
	addRecordedImage(t, st)
	h := serve(st)
	createRunning(t, st, "c1", "/bin/sleep", "1000")
	id := must[string](t)(st.CreateExec("c1", state.ExecConfig{Args: []string{"sleep", "9"}}))
	if err := st.StartExec(id); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]container.TopResponse{
		"":                 {Titles: strings.Fields("UID PID PPID C STIME TTY TIME CMD"), Processes: [][]string{{"root", "4200000", "4199972", "0", "02:55", "?", "00:00:00", "/bin/sleep 1000"}, {"root", "4200001", "4199972", "0", "02:55", "?", "00:00:00", "sleep 9"}}},
		"?ps_args=aux":     {Titles: strings.Fields("USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"), Processes: [][]string{{"root", "4200000", "0.0", "0.0", "2268", "1584", "?", "Ss", "02:55", "0:00", "/bin/sleep 1000"}, {"root", "4200001", "0.0", "0.0", "2268", "1584", "?", "Ss", "02:55", "0:00", "sleep 9"}}},
		"?ps_args=-eo+pid": {Titles: []string{"PID"}, Processes: [][]string{{"4200000"}, {"4200001"}}},
		"?ps_args=-o+pid%2Ccomm": {
			Titles: []string{"PID", "COMMAND"}, Processes: [][]string{{"4200000", "sleep"}, {"4200001", "sleep"}},
		},
	} {
		if d := cmp.Diff(want, get[container.TopResponse](t, h, "/containers/c1/top"+args)); d != "" {
			t.Errorf("%s (-want +got)\n%s", args, d)
		}
	}
	for args, want := range map[string]string{
		"bogus":           "ps: error: unsupported option (BSD syntax)",
		"-9":              "ps: error: unsupported SysV option",
		"-o nosuch":       `ps: error: unknown user-defined format specifier "nosuch"`,
		"-o comm":         "Couldn't find PID field in ps output",
		"-o user=PID,pid": `specifying "user=PID,pid" is not allowed`,
	} {
		if status, text := do(t, h, http.MethodGet, "/containers/c1/top?ps_args="+strings.ReplaceAll(args, " ", "+"), ""); status != http.StatusInternalServerError || text != message(want) {
			t.Errorf("%s: %d %s", args, status, text)
		}
	}
}

// TestContainerStats: one measurement, two of them, none, and a stream that ends with the container.
func TestContainerStats(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"20.10", "28", "29"} {
		srv, st := lifeServer(t, engine)
		stats := func(query string) (s container.StatsResponse) {
			if err := json.Unmarshal([]byte(bodyOf(t, sendTo(t, http.MethodGet, srv.URL+"/containers/c1/stats?"+query))), &s); err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := stats("stream=false")
		if s.Name != "/c1" || s.PreRead.IsZero() || s.CPUStats.SystemUsage <= s.PreCPUStats.SystemUsage || s.MemoryStats.Limit != 8<<30 || s.PidsStats.Current != 1 || len(s.Networks) != 1 {
			t.Errorf("%s: %+v", engine, s)
		}
		if s := stats("stream=false&one-shot=1"); !s.PreRead.IsZero() || (s.Name == "") != (engine == "28") {
			t.Errorf("%s, one-shot: %+v", engine, s)
		}
		both := sendTo(t, http.MethodGet, srv.URL+"/containers/c1/stats?stream=1&one-shot=1")
		if refused := both.StatusCode == http.StatusBadRequest; refused != (engine != "29") {
			t.Errorf("%s: %d", engine, both.StatusCode)
		} else if !refused {
			var first, second container.StatsResponse
			dec := json.NewDecoder(both.Body)
			if err := errors.Join(dec.Decode(&first), dec.Decode(&second)); err != nil || !first.PreRead.IsZero() || second.PreRead.IsZero() || second.PreCPUStats.SystemUsage == 0 {
				t.Errorf("%s: %v, before the first %v, before the second %v", engine, err, first.PreRead, second.PreRead)
			}
		}
		stream := sendTo(t, http.MethodGet, srv.URL+"/containers/c1/stats")
		line, err := bufio.NewReader(stream.Body).ReadString('\n')
		if err != nil || !strings.Contains(line, `"name":"/c1"`) || stream.Header.Get("Content-Type") != "" {
			t.Errorf("%s: %q %v %v", engine, line, err, stream.Header)
		}
		if err := st.Stop(t.Context(), "c1", state.StopOptions{}); err != nil {
			t.Fatal(err)
		}
		if s := stats("stream=false"); !s.Read.IsZero() || s.MemoryStats.Usage != 0 {
			t.Errorf("%s, stopped: %+v", engine, s)
		}
	}
}

// TestBodies20: what engine 20.10 makes of bodies and restart policies, as docker/docker v20.10.24 does.
func TestBodies20(t *testing.T) {
	t.Parallel()
	e := engineByName(t, "20.10")
	st := newStateOf(e, clock, []byte("legacy"))
	addRecordedImage(t, st)
	createRunning(t, st, "c1", "sleep", "1000")
	h := New(Config{State: st, Engine: e, Clock: clock})
	for _, tt := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/containers/c1/exec", "", 400, "got EOF while reading request body"},
		{"/containers/c1/update", "{bad", 500, "invalid character 'b' looking for beginning of object key string"},
		{"/containers/c1/update", `{"RestartPolicy":{"Name":"always","MaximumRetryCount":2}}`, 400, "maximum retry count cannot be used with restart policy 'always'"},
		{"/containers/c1/update", `{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":-2}}`, 400, "maximum retry count cannot be negative"},
		{"/containers/c1/kill?signal=99", "", 500, "Cannot kill container: c1: The linux daemon does not support signal 99"},
		{"/containers/c1/resize?h=abc&w=1", "", 400, `strconv.Atoi: parsing "abc": invalid syntax`},
	} {
		r := httptest.NewRequest(http.MethodPost, tt.path, strings.NewReader(tt.body))
		if tt.body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status || w.Body.String() != message(tt.want) {
			t.Errorf("%s %s: %d %s", tt.path, tt.body, w.Code, w.Body)
		}
	}
	if err := st.Kill("c1", ""); err != nil {
		t.Fatal(err)
	}
	if status, text := do(t, h, http.MethodPost, "/v1.19/containers/c1/kill", ""); status != http.StatusNoContent {
		t.Errorf("kill of what does not run, below API 1.20: %d %s", status, text)
	}
}
