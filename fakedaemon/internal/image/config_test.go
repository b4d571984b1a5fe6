package image

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMergeHealthcheck: field by field, and of another no more than what the container does not say.
func TestMergeHealthcheck(t *testing.T) {
	t.Parallel()
	of := Healthcheck{Test: []string{"CMD", "image"}, Interval: 1, Timeout: 2, StartPeriod: 3, StartInterval: 4, Retries: 5}
	mine := Healthcheck{Test: []string{"CMD", "mine"}, Interval: 6, Timeout: 7, StartPeriod: 8, StartInterval: 9, Retries: 10}
	for _, tt := range []struct{ mine, want Healthcheck }{{Healthcheck{}, of}, {mine, mine}} {
		got := Config{Healthcheck: &tt.mine}.Merge(Config{Healthcheck: &of})
		if d := cmp.Diff(tt.want, *got.Healthcheck); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
}

// TestMerge: a container gets of its image what it does not say itself (daemon/commit.go).
func TestMerge(t *testing.T) {
	t.Parallel()
	of := Config{
		User: "u", WorkingDir: "/w", StopSignal: "SIGINT", Env: []string{"A=image", "AB=image", "C"}, Cmd: []string{"arg"}, Entrypoint: []string{"run"},
		Labels: map[string]string{"a": "image", "b": "image"}, ExposedPorts: []string{"1/tcp"}, Volumes: []string{"/v"}, Healthcheck: &Healthcheck{Retries: 1},
	}
	got := Config{
		Env: []string{"A=mine", "C=mine"}, Labels: map[string]string{"a": "mine"}, ExposedPorts: []string{"2/tcp"}, Volumes: []string{"/w"},
	}.Merge(of)
	want := Config{
		User: "u", WorkingDir: "/w", StopSignal: "SIGINT", Env: []string{"A=mine", "C=mine", "AB=image"}, Cmd: []string{"arg"}, Entrypoint: []string{"run"},
		Labels: map[string]string{"a": "mine", "b": "image"}, ExposedPorts: []string{"2/tcp", "1/tcp"}, Volumes: []string{"/w", "/v"}, Healthcheck: &Healthcheck{Retries: 1},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for _, tt := range []struct{ mine, want Config }{
		{Config{Cmd: []string{"c"}}, Config{Cmd: []string{"c"}, Entrypoint: []string{"run"}}},
		{Config{Entrypoint: []string{"e"}}, Config{Entrypoint: []string{"e"}}},
		{Config{Entrypoint: []string{"e"}, Cmd: []string{"c"}}, Config{Entrypoint: []string{"e"}, Cmd: []string{"c"}}},
	} {
		got := tt.mine.Merge(of)
		if d := cmp.Diff([][]string{tt.want.Entrypoint, tt.want.Cmd}, [][]string{got.Entrypoint, got.Cmd}); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
}
