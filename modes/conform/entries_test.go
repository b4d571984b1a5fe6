package conform

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
)

// TestEntriesFromTheEnvironment: what is flawed is told by flags and by the environment, to every family that reads it.
func TestEntriesFromTheEnvironment(t *testing.T) {
	t.Parallel()
	byID := map[string]modes.Entry{}
	for _, e := range Entries() {
		if _, ok := byID[e.ID]; ok {
			t.Errorf("%s twice", e.ID)
		}
		byID[e.ID] = e
	}
	for _, e := range modes.Entries() {
		if e.Material == (modes.Material{}) || e.Source != modes.Flags {
			continue
		}
		if id := strings.Replace(e.ID, "/flags/", "/env/", 1); byID[id].Source != modes.Env {
			t.Errorf("there is no entry %s", id)
		}
	}
	want := map[modes.Family]modes.Outcome{
		modes.FamilyDocker: modes.RejectsNoClientCert, modes.FamilyDocker20: modes.RejectsNoClientCert, modes.FamilyGoClient: modes.ConfigMissingFile,
		modes.FamilyGoDockerClient: modes.RejectsNoClientCert, modes.FamilyDockerPy: modes.ConfigBadMaterial, modes.FamilyDockerode: modes.ConfigMissingFile,
	}
	if diff := cmp.Diff(want, byID["tlsverify/mutual/env/client:cert-missing"].Want); diff != "" {
		t.Errorf("without cert.pem (-want +got):\n%s", diff)
	}
}

// TestEntriesAreTheCallers: a caller that changes what it got changes nothing for others.
func TestEntriesAreTheCallers(t *testing.T) {
	t.Parallel()
	first := Entries()
	last := len(first) - 1
	before := first[last].Want[modes.FamilyDocker]
	first[last].Want[modes.FamilyDocker] = modes.ClientCrash
	if i := slices.IndexFunc(Entries(), func(e modes.Entry) bool { return e.ID == first[last].ID }); Entries()[i].Want[modes.FamilyDocker] != before {
		t.Errorf("%s was changed", first[last].ID)
	}
}
