package flows

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
)

var (
	flowPattern = flag.String("flow", "", "replay the flows whose names contain this")
	engineName  = flag.String("engine", "", "replay this engine's flows only")
	verbose     = flag.Bool("differences", false, "print every difference whole")
)

// TestFlows replays the flows with the real docker CLI.
func TestFlows(t *testing.T) {
	flows, err := Flows()
	if err != nil {
		t.Fatal(err)
	}
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
				if len(steps[flow.Name]) == 0 || !strings.Contains(flow.Name, *flowPattern) {
					continue
				}
				t.Run(flow.Name, func(t *testing.T) {
					dir, err := os.MkdirTemp("", "flow") // short, for a socket's path
					if err != nil {
						t.Fatal(err)
					}
					defer os.RemoveAll(dir)
					p := &Replayer{Engine: engine, Docker: docker, Dir: dir}
					result, err := p.Replay(flow, steps[flow.Name])
					if err != nil {
						t.Error(err)
					}
					fmt.Printf("%-6s %-28s tried %3d agreed %3d held back %2d\n", engine, flow.Name, result.Tried, result.Agreed, result.HeldBack)
					for _, d := range result.Differences {
						fmt.Printf("    #%d %s: %s\n", d.N, d.Cmd[:min(len(d.Cmd), 120)], strings.Join(d.What, "; "))
						if *verbose {
							fmt.Println(d.Diff)
						}
					}
				})
			}
		})
	}
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
