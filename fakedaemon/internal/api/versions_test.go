package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// recordedVersions is what changed between API versions in an engine and the keys of the last one, by request:
// condensed from the recordings of API versions. Of the engines other than 28 it says how the keys differ.
type recordedVersions map[string]struct {
	Changes              []fieldChange
	Keys, Added, Removed []string
}

func readVersions(t *testing.T, name string) recordedVersions {
	t.Helper()
	var v recordedVersions
	if err := json.Unmarshal([]byte(read(t, name)), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

type fieldChange struct {
	To             string
	Added, Removed []string
	TypeChanged    []string `json:"type_changed"`
}

// mapKeys are the objects whose keys are data: the recordings show ".*" for them.
var mapKeys = []string{
	".Config.ExposedPorts", ".Config.Labels", ".GraphDriver.Data", ".HostConfig.PortBindings", ".Networks", ".NetworkSettings.Ports",
	".Labels", ".Options", ".Containers", ".Subnets",
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
	base := readVersions(t, "versions.json")
	for engine, file := range map[string]string{"28": "versions.json", "29": "versions.engine29.json", "20.10": "versions.engine20.json"} {
		e := engineByName(t, engine)
		st := newStateOf(e, clock, []byte("test"))
		written := int64(0)
		if e.StoresManifests {
			written = 4096 // an empty snapshot
		}
		lab(t, st, written)
		h := New(Config{State: st, Engine: e, Clock: clock})
		for target, want := range readVersions(t, file) {
			t.Run(engine+target, func(t *testing.T) {
				t.Parallel()
				changes, last := walkVersions(t, h, e, target)
				if d := cmp.Diff(want.Changes, changes, cmpopts.EquateEmpty()); d != "" {
					t.Errorf("changes (-recorded +got)\n%s", d)
				}
				keys := slices.DeleteFunc(slices.Concat(base[target].Keys, want.Added), func(k string) bool {
					// An exec of the health check shows for an instant only.
					return k == ".ExecIDs[]" || slices.Contains(want.Removed, k)
				})
				slices.Sort(keys)
				if d := cmp.Diff(keys, slices.Sorted(maps.Keys(last))); d != "" {
					t.Errorf("keys of %s (-recorded +got)\n%s", e.APIVersion, d)
				}
			})
		}
	}
}

// walkVersions asks for target in every API version of the engine.
func walkVersions(t *testing.T, h http.Handler, e *engine.Engine, target string) (changes []fieldChange, last map[string]string) {
	t.Helper()
	var first, highest int
	if _, err := fmt.Sscanf(e.MinAPIVersion+" "+e.APIVersion, "1.%d 1.%d", &first, &highest); err != nil {
		t.Fatal(err)
	}
	for minor := first; minor <= highest; minor++ {
		version := fmt.Sprintf("1.%d", minor)
		next := make(map[string]string)
		paths(get[any](t, h, "/v"+version+target), "", next)
		if last != nil {
			if c := compareFields(last, next); c != nil {
				c.To = version
				changes = append(changes, *c)
			}
		}
		last = next
	}
	return changes, last
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
