package fakedaemon_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

func TestReadWorld(t *testing.T) {
	t.Parallel()
	const text = `{
  "images": [{"tags": ["app:1"]}],
  "volumes": [{"name": "data"}],
  "programs": {"migrate --all": {"stdout": "done\n", "after": "1.5s", "exit": 3, "catches": {"15": 0}},
    "ask": {"steps": [{"stdout": "name? "}, {"expect": "\n", "after": "1ms", "stderr": "no\n"}]}},
  "containers": [{"Name": "web", "image": "app:1", "status": "exited", "exitCode": 3, "hostConfig": {"Memory": 6291456}}]
}`
	got, err := fakedaemon.ReadWorld(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := fakedaemon.World{
		Images:  []fakedaemon.Image{{Tags: []string{"app:1"}}},
		Volumes: []fakedaemon.Volume{{Name: "data"}},
		Programs: map[string]fakedaemon.Program{
			"migrate --all": {Stdout: "done\n", After: 1500 * time.Millisecond, Exit: 3, Catches: map[int]int{15: 0}},
			"ask":           {Steps: []fakedaemon.Step{{Stdout: "name? "}, {Expect: "\n", After: time.Millisecond, Stderr: "no\n"}}},
		},
		Containers: []fakedaemon.Container{{Name: "web", Image: "app:1", Status: "exited", ExitCode: 3, HostConfig: []byte(`{"Memory": 6291456}`)}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for text, want := range map[string]string{
		"":                    "line 1: there is no JSON",
		"{\n\"images\": [\n}": "line 3: invalid character '}' looking for beginning of value",
		"{\n\"image\": []}":   `line 2: unknown field "image"; the nearest is "Images"`,
		"{\"containers\": [\n{\"image\": \"a\",\n\"nmae\": 1}]}":       `line 3: unknown field "containers.nmae"; the nearest is "Name"`,
		"{\"containers\": [{\"hostConfig\": {\n\n\"Memry\": 1}}]}":     `line 3: unknown field "containers.hostConfig.Memry"; the nearest is "Memory"`,
		"{\"containers\": [{\"config\": {\"Usr\": \"\"}}]}":            `line 1: unknown field "containers.config.Usr"; the nearest is "User"`,
		"{\"containers\": [\n{\"name\": 1}]}":                          "line 2: json: cannot unmarshal number into Go struct field Container.Containers.Name of type string",
		"{\"programs\": {\"a\": {},\n\"b\": {\"after\": 1}}}":          `line 2: "after" is 1: give a text such as "1.5s"`,
		"{\"programs\": {\"a\": {\"steps\": [\n{\"after\": \"1\"}]}}}": `line 2: "after" is "1": give a text such as "1.5s"`,
		"{\"programs\": {\"a\":\n{\n\"exit\": \"1\"}}}":                `line 3: cannot read string as int: "Exit"`,
		"{\"programs\": {\"a\":\n{\"exits\": 1}}}":                     `line 2: unknown field "programs.a.exits"; the nearest is "Exit"`,
		"{} {}": "line 1: something follows the JSON",
	} {
		if _, err := fakedaemon.ReadWorld(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("ReadWorld(%q) gave the error\n%v, want\n%s", text, err, want)
		}
	}
}

func TestWorld(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{World: fakedaemon.World{
		Images:     []fakedaemon.Image{{Tags: []string{"app:1"}}},
		Networks:   []fakedaemon.Network{{Name: "back"}},
		Volumes:    []fakedaemon.Volume{{Name: "data"}},
		Containers: []fakedaemon.Container{{Name: "web", Image: "app:1", Network: "back", Volumes: []string{"data:/data"}}},
	}})
	resp, err := d.HTTPClient().Get("http://docker/containers/web/json")
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("the container: %v, %v", resp, err)
	} else {
		resp.Body.Close()
	}

	_, err = fakedaemon.New(&fakedaemon.Options{World: fakedaemon.World{Containers: []fakedaemon.Container{{Name: "a1"}, {Name: "a1"}}}})
	var world *fakedaemon.WorldError
	if !errors.As(err, &world) || world.Element != "containers[1]" || world.Name != "a1" {
		t.Errorf("New gave the error %v", err)
	}
}

func TestConfigFields(t *testing.T) {
	t.Parallel()
	tb := &failingTest{TB: t}
	d := fakedaemon.Start(tb, nil)
	t.Cleanup(func() { d.Close() })
	d.AddContainer(fakedaemon.Container{Config: []byte(`{"Usr": "x", "StopTimeout": 1}`), HostConfig: []byte(`{"memory": 6291456, "Memry": 1}`)})
	const want = `fakedaemon: AddContainer: Config has an unknown field "Usr"; the nearest is "User"
HostConfig has an unknown field "Memry"; the nearest is "Memory"`
	if diff := cmp.Diff(want, tb.fatal); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
