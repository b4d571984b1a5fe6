package fakedaemon_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// settings of a dockerd 20.10.24 that was asked: all but the proxies, which it has no flags for.
var settings = fakedaemon.Settings{
	RegistryMirrors:    []string{"https://m.example"},
	InsecureRegistries: []string{"reg.example:5000", "10.9.0.0/16"},
	DataRoot:           "/tmp/data",
	LogDriver:          "local",
	LiveRestore:        true,
	Experimental:       true,
	HTTPProxy:          "http://proxy:1",
	HTTPSProxy:         "http://proxy:2",
	NoProxy:            "localhost",
	GenericResources:   []string{"NVIDIA-GPU=UUID1", "apple=3"},
}

func TestSettings(t *testing.T) {
	t.Parallel()
	type info struct {
		DockerRootDir, LoggingDriver, HttpProxy, HttpsProxy, NoProxy string
		LiveRestoreEnabled, ExperimentalBuild                        bool
		GenericResources, RegistryConfig                             json.RawMessage
	}
	const index = `"IndexConfigs":{"docker.io":{"Mirrors":["https://m.example/"],"Name":"docker.io","Official":true,"Secure":true},` +
		`"reg.example:5000":{"Mirrors":[],"Name":"reg.example:5000","Official":false,"Secure":false}},`
	for engine, registries := range map[fakedaemon.Engine]string{
		fakedaemon.Engine20: `{"AllowNondistributableArtifactsCIDRs":[],"AllowNondistributableArtifactsHostnames":[],` + index +
			`"InsecureRegistryCIDRs":["10.9.0.0/16","127.0.0.0/8"],"Mirrors":["https://m.example/"]}`,
		fakedaemon.Engine28: `{` + index + `"InsecureRegistryCIDRs":["10.9.0.0/16","::1/128","127.0.0.0/8"],"Mirrors":["https://m.example/"]}`,
	} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Engine: engine, Settings: settings})
		got := ask[info](t, d, "/info")
		var sorted any
		if err := json.Unmarshal(got.RegistryConfig, &sorted); err != nil {
			t.Fatal(err)
		}
		got.RegistryConfig, _ = json.Marshal(sorted)
		want := info{
			"/tmp/data", "local", "http://proxy:1", "http://proxy:2", "localhost", true, true,
			json.RawMessage(`[{"NamedResourceSpec":{"Kind":"NVIDIA-GPU","Value":"UUID1"}},{"DiscreteResourceSpec":{"Kind":"apple","Value":3}}]`),
			json.RawMessage(registries),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("engine %s (-dockerd +fake):\n%s", engine, diff)
		}
		resp, err := d.HTTPClient().Get("http://docker/_ping")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Docker-Experimental"); got != "true" {
			t.Errorf("engine %s: Docker-Experimental: %s", engine, got)
		}
		if v := ask[struct{ Experimental bool }](t, d, "/version"); !v.Experimental {
			t.Errorf("engine %s: /version is not experimental", engine)
		}
	}
}

// TestReload: the event is that of a dockerd 20.10.24 whose file said other labels, without what the command adds.
func TestReload(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Name: "vm", Labels: []string{"a=1"}, Settings: settings})
	d.Reload(fakedaemon.Reload{
		Labels: []string{"c=1"}, Debug: true,
		RegistryMirrors: settings.RegistryMirrors, InsecureRegistries: settings.InsecureRegistries,
		Attributes: map[string]string{"shutdown-timeout": "3"},
	})
	type info struct {
		ID                        string
		Labels                    []string
		Debug, LiveRestoreEnabled bool
		LoggingDriver             string
	}
	got := ask[info](t, d, "/info")
	if diff := cmp.Diff(info{got.ID, []string{"c=1"}, true, false, "local"}, got); diff != "" {
		t.Errorf("/info (-want +got):\n%s", diff)
	}
	events := d.Events()
	want := fakedaemon.Events{{Time: events[0].Time, Type: "daemon", Action: "reload", ID: got.ID, Scope: "local", Attributes: map[string]string{
		"debug": "true", "insecure-registries": `["reg.example:5000","10.9.0.0/16"]`, "labels": `["c=1"]`, "live-restore": "false",
		"name": "vm", "registry-mirrors": `["https://m.example"]`, "shutdown-timeout": "3",
	}}}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("(-dockerd +fake):\n%s", diff)
	}
}

// TestDefaultLogDriver: containers that name no driver have the daemon's.
func TestDefaultLogDriver(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{
		Settings: fakedaemon.Settings{LogDriver: "local"},
		World:    fakedaemon.World{Containers: []fakedaemon.Container{{Name: "one", Image: "busybox"}}},
	})
	type inspect struct {
		HostConfig struct{ LogConfig struct{ Type string } }
	}
	if got := ask[inspect](t, d, "/containers/one/json").HostConfig.LogConfig.Type; got != "local" {
		t.Errorf("the driver is %s", got)
	}
	resp, err := d.HTTPClient().Get("http://docker/containers/one/checkpoints")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotImplemented {
		t.Errorf("checkpoints: %s", resp.Status)
	}
}
