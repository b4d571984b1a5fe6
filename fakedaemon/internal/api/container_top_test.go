package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// TestContainerTopOfAll: what the processes of a container have started is told too, by the numbers of the host.
func TestContainerTopOfAll(t *testing.T) {
	t.Parallel()
	st := newState()
	t.Cleanup(st.Close)
	addRecordedImage(t, st)
	st.SetProgram("parent", state.Program{Run: func(p *run.Process) int {
		_, _ = p.Fork(func(p *run.Process) int {
			_ = p.Pause()
			return 0
		})
		_ = p.Pause()
		return 0
	}})
	st.SetProgram("beside", state.Program{Runs: true})
	createRunning(t, st, "c1", "parent", "x")
	id := must[string](t)(st.CreateExec("c1", state.ExecConfig{Args: []string{"beside"}, User: "7"}))
	if err := st.StartExec(id); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	serve(st).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/containers/c1/top?ps_args=-o+pid,ppid,user,args", nil))
	want := `{"Processes":[["4200000","4199972","root","parent x"],["4200002","4200000","root","parent x"],["4200001","4199972","7","beside"]],"Titles":["PID","PPID","USER","COMMAND"]}` + "\n"
	if d := cmp.Diff(want, w.Body.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
