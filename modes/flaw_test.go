package modes

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// TestFlawsHaveOneRow finds each flaw of certgen that has no row on a side that can have it, or more than one, and each row of what is no
// flaw of that side.
func TestFlawsHaveOneRow(t *testing.T) {
	t.Parallel()
	want := map[Material]int{}
	for _, f := range certgen.Flaws() {
		if f.Server {
			want[Material{Server: f.Flaw}] = 1
		}
		if f.Client {
			want[Material{Client: f.Flaw}] = 1
		}
	}
	got := map[Material]int{}
	for _, f := range serverFlaws {
		got[Material{Server: f.name}]++
	}
	for _, f := range serverNames {
		got[Material{Server: f.name}]++
	}
	for _, f := range clientFlaws {
		got[Material{Client: f.name}]++
	}
	for _, f := range slices.Concat(pairFlaws, daemonCAFlaws) {
		got[Material{Server: f.name}]++
	}
	for _, f := range slices.Concat(pairFlaws, clientCAFlaws) {
		got[Material{Client: f.name}]++
	}
	for name := range allFiles {
		got[Material{Client: name}]++
		if name != certgen.AllMissing { // of clients alone
			got[Material{Server: name}]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-certgen +rows:\n%s", diff)
	}
	for name := range oldGo {
		if got[Material{Client: name}] == 0 {
			t.Errorf("oldGo has %s, which is no flaw of a client", name)
		}
	}
	for _, name := range dialledByName {
		if serverNameOf(name).name == "" {
			t.Errorf("dialledByName has %s, which is no flaw of a name", name)
		}
	}
}
