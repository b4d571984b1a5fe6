package flows

import (
	"bufio"
	_ "embed"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

var (
	all         = flag.Bool("all", false, "replay every flow, not only those that are quick")
	flowPattern = flag.String("flow", "", "replay the flows whose names contain this")
	engineName  = flag.String("engine", "", "replay this engine's flows only")
	differences = flag.Bool("differences", false, "print every difference whole")
)

// quick are the flows that are replayed without -all.
var quick = []string{"18-errors", "19-resolution", "23-plugins-misc"}

// listedFile has the steps in which the fake does something else, and why: ENGINE FLOW#STEP REASON. A step with a ~ in front
// of its number agrees in some runs.
//
//go:embed listed.txt
var listedFile string

// listing is what listedFile says of one step.
type listing struct {
	reason   string
	unsteady bool
}

// listed reads listedFile; the keys are ENGINE FLOW#STEP.
func listed(t *testing.T) map[string]listing {
	t.Helper()
	all := make(map[string]listing)
	lines := bufio.NewScanner(strings.NewReader(listedFile))
	for lines.Scan() {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		engine, rest, ok := strings.Cut(line, " ")
		step, reason, ok2 := strings.Cut(rest, " ")
		if !ok || !ok2 || reason == "?" {
			t.Fatalf("listed.txt: %q has no reason", line)
		}
		plain := strings.Replace(step, "#~", "#", 1)
		all[engine+" "+plain] = listing{reason, plain != step}
	}
	return all
}

// TestFlows replays the flows with the real docker CLI. It prints how many steps agreed, and fails for a step that neither agrees
// nor is listed, and for one that is listed and agrees.
func TestFlows(t *testing.T) {
	testtool.Need(t, "bash")
	testtool.Need(t, "curl")
	testtool.Need(t, "script")
	flows, err := Flows()
	if err != nil {
		t.Fatal(err)
	}
	why := listed(t)
	var report reporter
	t.Cleanup(func() { report.print(t) })
	for _, engine := range slices.Sorted(maps.Keys(Engines())) {
		if *engineName != "" && engine != *engineName {
			continue
		}
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			steps, err := Steps(engine)
			if err != nil {
				t.Fatal(err)
			}
			docker := cli(t, engine)
			for _, flow := range flows {
				if len(steps[flow.Name]) == 0 || !strings.Contains(flow.Name, *flowPattern) || *flowPattern == "" && !*all && !slices.Contains(quick, flow.Name) {
					continue
				}
				t.Run(flow.Name, func(t *testing.T) {
					result := replay(t, engine, docker, flow, steps[flow.Name])
					wrong := judge(engine, flow.Name, steps[flow.Name], result, why)
					if len(wrong) > 0 {
						// The recorded pauses are real time, which a busy machine has less of: once more.
						result = replay(t, engine, docker, flow, steps[flow.Name])
						wrong = judge(engine, flow.Name, steps[flow.Name], result, why)
					}
					report.add(engine, flow.Name, result)
					for _, w := range wrong {
						t.Error(w)
					}
				})
			}
		})
	}
}

func replay(t *testing.T, engine, docker string, flow Flow, steps []Step) Result {
	t.Helper()
	dir, err := os.MkdirTemp("", "flow") // short, for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	p := &Replayer{Engine: engine, Docker: docker, Dir: dir}
	result, err := p.Replay(flow, steps)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// judge says what of a result is not as listed.
func judge(engine, flow string, steps []Step, result Result, why map[string]listing) (wrong []string) {
	differs := make(map[string]bool)
	for _, d := range result.Differences {
		key := fmt.Sprintf("%s %s#%d", engine, flow, d.N)
		differs[key] = true
		if _, ok := why[key]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s %s: %s\n%s", key, d.Cmd, strings.Join(d.What, "; "), d.Diff))
		}
	}
	for _, s := range steps {
		key := fmt.Sprintf("%s %s#%d", engine, flow, s.N)
		if l, ok := why[key]; ok && !l.unsteady && !differs[key] {
			wrong = append(wrong, fmt.Sprintf("%s %s agrees, and is listed: %s", key, s.Cmd, l.reason))
		}
	}
	return wrong
}

// reporter prints what came of all flows.
type reporter struct {
	mu    sync.Mutex
	lines []string // protected by mu
	sum   Result   // protected by mu
}

func (r *reporter) add(engine, flow string, result Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := fmt.Sprintf("%-6s %-28s tried %3d agreed %3d held back %2d", engine, flow, result.Tried, result.Agreed, result.HeldBack)
	for _, d := range result.Differences {
		line += fmt.Sprintf("\n\t#%d %s: %s", d.N, d.Cmd[:min(len(d.Cmd), 120)], strings.Join(d.What, "; "))
		if *differences {
			line += "\n" + d.Diff
		}
	}
	r.lines = append(r.lines, line)
	r.sum.Tried += result.Tried
	r.sum.Agreed += result.Agreed
}

func (r *reporter) print(t *testing.T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.lines)
	t.Logf("\n%s\nin all: tried %d agreed %d", strings.Join(r.lines, "\n"), r.sum.Tried, r.sum.Agreed)
}

// cli is the docker CLI of the recordings of an engine, or the nearest.
func cli(t *testing.T, engine string) string {
	if engine == "29" {
		return dockercli.Path(t, "29.7.2")
	}
	if docker, err := exec.LookPath("docker"); err == nil {
		return docker
	}
	return dockercli.Path(t, "28.5.2")
}
