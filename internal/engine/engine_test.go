package engine

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestByName(t *testing.T) {
	t.Parallel()
	byDefault, ok := ByName("")
	if named, ok2 := ByName("28"); !ok || !ok2 || named != byDefault || named.Version != "28.5.2" {
		t.Errorf("%+v, %+v", byDefault, named)
	}
	if _, ok := ByName("nosuch"); ok {
		t.Error("there is an engine nosuch")
	}
	var names []string
	for _, e := range All() {
		names = append(names, e.Name)
	}
	if !slices.Equal(names, []string{"20.10", "28", "29"}) {
		t.Errorf("all are %q", names)
	}
}

// TestRecorded: what the recorded daemons say of their builds and keep by default (01-version-info and 03-create-inspect of the recordings).
func TestRecorded(t *testing.T) {
	t.Parallel()
	type component struct {
		Name, Version string
		Details       map[string]string
	}
	type daemon struct {
		Platform    struct{ Name string }
		Components  []component
		Driver      string
		MaskedPaths []string
	}
	data, err := os.ReadFile("testdata/recorded.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]daemon
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]daemon)
	for _, e := range All() {
		d := daemon{Driver: e.StorageDriver, MaskedPaths: e.MaskedPaths}
		d.Platform.Name = e.Platform
		details := map[string]string{
			"ApiVersion": e.APIVersion, "MinAPIVersion": e.MinAPIVersion, "GitCommit": e.GitCommit, "BuildTime": e.BuildTime, "GoVersion": e.GoVersion,
		}
		if e.Module != "" {
			details["Module"], details["ModuleVersion"] = e.Module, e.ModuleVersion
		}
		d.Components = append(d.Components, component{"Engine", e.Version, details})
		for i, p := range []Program{e.Containerd, e.Runc, e.Init} {
			d.Components = append(d.Components, component{[]string{"containerd", "runc", "docker-init"}[i], p.Version, map[string]string{"GitCommit": p.GitCommit}})
		}
		got[e.Name] = d
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestFactsTellApart: a fact that is the same of all engines is none.
func TestFactsTellApart(t *testing.T) {
	t.Parallel()
	facts := reflect.TypeFor[Facts]()
	for i := range facts.NumField() {
		var having int
		for _, e := range rows {
			if reflect.ValueOf(e.Facts).Field(i).Bool() {
				having++
			}
		}
		if having == 0 || having == len(rows) {
			t.Errorf("%s is so for %d of %d engines", facts.Field(i).Name, having, len(rows))
		}
	}
}

// TestAPIWarning has the texts of the daemons' logs.
func TestAPIWarning(t *testing.T) {
	t.Parallel()
	const text = `API is accessible on http://0.0.0.0:2375 without encryption.
         Access to the remote API is equivalent to root access on the host. Refer
         to the 'Docker daemon attack surface' section in the documentation for
         more information: https://docs.docker.com/go/attack-surface/`
	for name, want := range map[string]string{
		"20.10": "WARNING: " + text,
		"28": "[DEPRECATION NOTICE]: " + text + `
In future versions this will be a hard failure preventing the daemon from starting! Learn more at: https://docs.docker.com/go/api-security/`,
	} {
		e, _ := ByName(name)
		if got := e.APIWarning("http://0.0.0.0:2375 without encryption"); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
