package fakedaemon

import (
	"errors"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/modes"
)

// FuzzWorld: a world is read and served, or refused with an error that says where it is wrong.
func FuzzWorld(f *testing.F) {
	for _, world := range []string{
		"", "{}", "[]", `{"Containers":[{}]}`, `{"Nothing":1}`, "{}{}",
		`{"Images":[{"Tags":["a:1"],"Config":{"Cmd":["x"]}}],"Containers":[{"Name":"c","Image":"a:1","Status":"running"}]}`,
		`{"Images":[{"Tags":["a"]}],"Containers":[{"Image":"a","Config":{"Healthcheck":{"Test":["CMD","sleep",""]}},"Status":"running"}]}`,
		`{"Images":[{"Tags":["a"]}],"Containers":[{"Image":"a","Cmd":["sleep",""],"Status":"running"},{"Image":"a","Cmd":["sh","-c","sleep"],"Status":"running"}]}`,
		`{"Networks":[{"Name":"n","Subnets":["10.0.0.0/8"]}],"Volumes":[{"Name":"v"}],"Containers":[{"Image":"a","HostConfig":{"Binds":["v:/a"],"NetworkMode":"n"}}]}`,
		`{"Containers":[{"Image":"a","HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"x"}]}}}]}`,
	} {
		f.Add(world)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ReadWorld(strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("the error names no line: %v", err)
			}
			return
		}
		d, err := New(&Options{Listen: []Listen{{Mode: modes.Unix}}, World: w})
		if where := (*WorldError)(nil); err != nil && (!errors.As(err, &where) || where.Element == "") {
			t.Errorf("the error names no element: %v", err)
		}
		if err == nil {
			d.Close()
		}
	})
}
