package image

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestParseConfig: all that the config of an image says of it.
func TestParseConfig(t *testing.T) {
	t.Parallel()
	blob := NewBlob(DockerConfig, []byte(`{"architecture":"arm","author":"a","comment":"c","config":{"Hostname":"h","User":"u",`+
		`"ExposedPorts":{"2/udp":{},"1/tcp":{}},"Tty":true,"OpenStdin":true,"Env":["E=1"],"Cmd":["c"],"Healthcheck":{"Test":["CMD","t"],`+
		`"Interval":1,"Timeout":2,"StartPeriod":3,"StartInterval":4,"Retries":5},"Volumes":{"/w":{},"/v":{}},"WorkingDir":"/d","Entrypoint":["e"],`+
		`"OnBuild":["RUN x"],"Labels":{"l":"1"},"StopSignal":"SIGINT","Shell":["sh"]},"container":"id","container_config":{"Cmd":["x"]},`+
		`"created":"2026-01-02T03:04:05.6Z","docker_version":"28.5.2","history":[{"created":"2025-01-02T03:04:05Z","created_by":"RUN","author":"b","comment":"d"},`+
		`{"empty_layer":true}],"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:1","sha256:2"]},"variant":"v7"}`))
	got, err := ParseConfig(blob)
	want := Content{
		Created: time.Date(2026, 1, 2, 3, 4, 5, 6e8, time.UTC), Comment: "c", Author: "a", Architecture: "arm", Variant: "v7", OS: "linux", DockerVersion: "28.5.2",
		Container: "id", ContainerConfig: []byte(`{"Cmd":["x"]}`), ConfigBlob: blob, Layers: []Layer{{DiffID: "sha256:1"}, {DiffID: "sha256:2"}},
		History: []History{{Created: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), CreatedBy: "RUN", Author: "b", Comment: "d"}, {EmptyLayer: true}},
		Config: Config{
			Hostname: "h", User: "u", WorkingDir: "/d", StopSignal: "SIGINT", Env: []string{"E=1"}, Cmd: []string{"c"}, Entrypoint: []string{"e"},
			OnBuild: []string{"RUN x"}, Shell: []string{"sh"}, Labels: map[string]string{"l": "1"}, ExposedPorts: []string{"1/tcp", "2/udp"}, Volumes: []string{"/v", "/w"},
			Tty: true, OpenStdin: true, Healthcheck: &Healthcheck{Test: []string{"CMD", "t"}, Interval: 1, Timeout: 2, StartPeriod: 3, StartInterval: 4, Retries: 5},
		},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	if got, err = ParseConfig(NewBlob(DockerConfig, []byte(`{"rootfs":{}}`))); err != nil || !got.Created.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err = ParseConfig(NewBlob(DockerConfig, []byte("x"))); err == nil || err.Error() != "invalid character 'x' looking for beginning of value" {
		t.Error(err)
	}
}

// TestClone: what is written to a copy is not in the original.
func TestClone(t *testing.T) {
	t.Parallel()
	make := func() Content {
		list := func() []string { return []string{"a"} }
		return Content{Layers: []Layer{{Size: 1}}, History: []History{{Comment: "c"}}, Config: Config{
			Env: list(), Cmd: list(), Entrypoint: list(), OnBuild: list(), Shell: list(), ExposedPorts: list(), Volumes: list(),
			Labels: map[string]string{"a": "b"}, Healthcheck: &Healthcheck{Test: list(), Retries: 1},
		}}
	}
	original := make()
	c := original.Clone()
	if d := cmp.Diff(original, c); d != "" {
		t.Errorf("(-original +copy)\n%s", d)
	}
	c.Layers[0].Size, c.History[0].Comment, c.Config.Labels["a"], c.Config.Healthcheck.Retries = 2, "d", "c", 2
	for _, list := range [][]string{c.Config.Env, c.Config.Cmd, c.Config.Entrypoint, c.Config.OnBuild, c.Config.Shell, c.Config.ExposedPorts, c.Config.Volumes, c.Config.Healthcheck.Test} {
		list[0] = "changed"
	}
	if d := cmp.Diff(make(), original); d != "" {
		t.Errorf("(-before +after)\n%s", d)
	}
}

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
