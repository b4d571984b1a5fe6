package api

import (
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParametersAgainstDescription holds the generated table against the query parameters of the API description, and
// writes it anew when it is told to.
func TestParametersAgainstDescription(t *testing.T) {
	t.Parallel()
	var (
		anID   = regexp.MustCompile(`^      operationId: "(\w+)"$`)
		aName  = regexp.MustCompile(`^        - name: "?([\w-]+)"?$`)
		inside = regexp.MustCompile(`^          in: "?query"?$`)
		shared = regexp.MustCompile(`^  (?:/|\w)`)
	)
	want := make(map[string][]string)
	var id, name string
	for line := range strings.Lines(readMoby(t, "api/swagger.yaml")) {
		line = strings.TrimRight(line, "\n")
		if shared.MatchString(line) {
			id, name = "", ""
		}
		if m := anID.FindStringSubmatch(line); m != nil {
			id = m[1]
			want[id] = []string{}
		} else if m := aName.FindStringSubmatch(line); m != nil {
			name = m[1]
		} else if inside.MatchString(line) && id != "" {
			want[id] = append(want[id], name)
		}
	}
	for id, more := range undescribed {
		want[id] = append(want[id], more...)
	}
	for id := range want {
		slices.Sort(want[id])
	}
	var b strings.Builder
	b.WriteString("package api\n\n// parameters are the query parameters by operation: generated from the API description by TestParametersAgainstDescription.\nvar parameters = map[string][]string{\n")
	for _, id := range slices.Sorted(maps.Keys(want)) {
		b.WriteString("\t\"" + id + "\": {")
		for i, name := range want[id] {
			b.WriteString([]string{"", ", "}[min(i, 1)] + "\"" + name + "\"")
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	if os.Getenv("FAKEDOCKERD_UPDATE") != "" {
		if err := os.WriteFile("parameters.go", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, parameters); d != "" {
		t.Errorf("parameters.go is stale: run this test with FAKEDOCKERD_UPDATE=1 and gofmt (-description +table)\n%s", d)
	}
}

// TestCheck has requests that are right and requests that are wrong in one thing.
func TestCheck(t *testing.T) {
	t.Parallel()
	s := serve(newState()).(*server)
	for _, test := range []struct{ method, path, query, body, want string }{
		{"GET", "/containers/json", "all=1&filters={}", "", ""},
		{"GET", "/v1.44/containers/json", "al=1", "", `ContainerList has no query parameter "al"; the nearest is "all"`},
		{"GET", "/containers/json", "completely=1", "", `ContainerList has no query parameter "completely"`},
		{"GET", "/containers/json", "siez=1&al=1&all=1", "", "ContainerList has no query parameter \"al\"; the nearest is \"all\"\nContainerList has no query parameter \"siez\"; the nearest is \"size\""},
		{"POST", "/containers/create", "", `{"Imag":"bb:1","HostConfig":{"Memry":1,"Mounts":[{"Type":"bind","Sorce":"/"},{"Sorce":"/"}]},"Cmd":null,"Usr":{"any":[1]}}`, `the body of ContainerCreate has an unknown field "Imag"; the nearest is "Image"
the body of ContainerCreate has an unknown field "HostConfig.Memry"; the nearest is "Memory"
the body of ContainerCreate has an unknown field "HostConfig.Mounts.Sorce"; the nearest is "Source"
the body of ContainerCreate has an unknown field "HostConfig.Mounts.Sorce"; the nearest is "Source"
the body of ContainerCreate has an unknown field "Usr"; the nearest is "User"`},
		{"GET", "/container/json", "", "", `GET /container/json is no route of the API; the nearest is GET /containers/json (ContainerList)`},
		{"POST", "/build/cancel", "", "", `POST /build/cancel is no route of the API; the nearest is POST /build/prune (BuildPrune)`},
		{"POST", "/containers/x/strat", "", "", `POST /containers/x/strat is no route of the API; the nearest is POST /containers/{id:.*}/start (ContainerStart)`},
		{"POST", "/containers/create", "name=x", `{"image":"bb:1","HostConfig":{"Binds":null,"PortBindings":{"80/tcp":[{"HostPort":"1"}]}}}`, ""},
		{"POST", "/containers/create", "", `{"Imag":"bb:1"}`, `the body of ContainerCreate has an unknown field "Imag"; the nearest is "Image"`},
		{"POST", "/containers/create", "", `{"HostConfig":{"PortBindings":{"80/tcp":[{"HostPrt":"1"}]}}}`, `the body of ContainerCreate has an unknown field "HostConfig.PortBindings.80/tcp.HostPrt"; the nearest is "HostPort"`},
		{"POST", "/volumes/create", "", `{"name":"v","DriverOpts":{"any":"thing"},"Labels":{"x":"y"}}`, ""},
		{"POST", "/containers/create", "", `{"Image":`, ""},
	} {
		r := s.route(&http.Request{Method: test.method, URL: &url.URL{Path: test.path, RawQuery: test.query}})
		got := strings.Join(append(CheckRoute(r), CheckBody(r, []byte(test.body))...), "\n")
		if got != test.want {
			t.Errorf("%s %s?%s %s:\n%s\nwant\n%s", test.method, test.path, test.query, test.body, got, test.want)
		}
	}
}
