package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// recordedVersions is what changed between API versions in dockerd 28.5.2 and the keys of the last one, by
// request: condensed from the recordings of API versions.
type recordedVersions map[string]struct {
	Changes []fieldChange
	Keys    []string
}

type fieldChange struct {
	To             string
	Added, Removed []string
	TypeChanged    []string `json:"type_changed"`
}

// mapKeys are the objects whose keys are data: the recordings show ".*" for them.
var mapKeys = []string{
	".Config.ExposedPorts", ".Config.Labels", ".GraphDriver.Data", ".HostConfig.PortBindings", ".Networks", ".NetworkSettings.Ports",
	".Labels", ".Options", ".Containers",
}

// paths collects the paths of all keys in a JSON value and the types of their values.
func paths(v any, path string, into map[string]string) {
	kind := fmt.Sprintf("%T", v)
	switch v := v.(type) {
	case nil:
		kind = "null"
	case map[string]any:
		kind = "object"
		isMap := slices.ContainsFunc(mapKeys, func(suffix string) bool { return strings.HasSuffix(path, suffix) })
		for key, value := range v {
			if isMap {
				key = "*"
			}
			paths(value, path+"."+key, into)
		}
	case []any:
		kind = "array"
		for _, value := range v {
			paths(value, path+"[]", into)
		}
	}
	if into[path] == "" || into[path] == "null" {
		into[path] = kind
	}
}

// TestFieldsByVersion walks through all API versions and compares what comes and goes with the recordings.
func TestFieldsByVersion(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/versions.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded recordedVersions
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	st := newState()
	lab(t, st)
	h := serve(st)
	for target, want := range recorded {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			var changes []fieldChange
			var last map[string]string
			for minor := 24; minor <= 51; minor++ {
				version := fmt.Sprintf("1.%d", minor)
				status, body := do(t, h, http.MethodGet, "/v"+version+target, "")
				if status != http.StatusOK {
					t.Fatalf("API %s: %d %s", version, status, body)
				}
				var v any
				if err := json.Unmarshal([]byte(body), &v); err != nil {
					t.Fatal(err)
				}
				next := make(map[string]string)
				paths(v, "", next)
				if last != nil {
					if c := compareFields(last, next); c != nil {
						c.To = version
						changes = append(changes, *c)
					}
				}
				last = next
			}
			if d := cmp.Diff(want.Changes, changes, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("changes (-recorded +got)\n%s", d)
			}
			// An exec of the health check shows for an instant only.
			keys := slices.DeleteFunc(want.Keys, func(k string) bool { return k == ".ExecIDs[]" })
			var got []string
			for k := range last {
				got = append(got, k)
			}
			slices.Sort(got)
			if d := cmp.Diff(keys, got); d != "" {
				t.Errorf("keys of 1.51 (-recorded +got)\n%s", d)
			}
		})
	}
}

// compareFields gives what has come and gone, without what is below it.
func compareFields(old, next map[string]string) *fieldChange {
	var c fieldChange
	below := func(path string, in map[string]string) bool {
		i := max(strings.LastIndex(path, "."), strings.LastIndex(path, "["))
		return i > 0 && in[path[:i]] == ""
	}
	for path, kind := range next {
		switch was := old[path]; {
		case was == "" && !below(path, old):
			c.Added = append(c.Added, path)
		case was != "" && was != kind:
			c.TypeChanged = append(c.TypeChanged, fmt.Sprintf("%s: %s -> %s", path, was, kind))
		}
	}
	for path := range old {
		if next[path] == "" && !below(path, next) {
			c.Removed = append(c.Removed, path)
		}
	}
	if c.Added == nil && c.Removed == nil && c.TypeChanged == nil {
		return nil
	}
	slices.Sort(c.Added)
	slices.Sort(c.Removed)
	slices.Sort(c.TypeChanged)
	return &c
}
