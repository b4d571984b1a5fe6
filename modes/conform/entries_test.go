package conform

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
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
	want := map[modes.Family]outcome.Class{
		modes.FamilyDocker: outcome.RejectsNoClientCert, modes.FamilyDocker20: outcome.RejectsNoClientCert, modes.FamilyGoClient: outcome.ConfigMissingFile,
		modes.FamilyGoDockerClient: outcome.RejectsNoClientCert, modes.FamilyDockerPy: outcome.ConfigBadMaterial, modes.FamilyDockerode: outcome.ConfigMissingFile,
	}
	if diff := cmp.Diff(want, byID["tlsverify/mutual/env/client:cert-missing"].Want); diff != "" {
		t.Errorf("without cert.pem (-want +got):\n%s", diff)
	}
}
