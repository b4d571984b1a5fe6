package rule

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// TestFlawsHaveOneRow finds each flaw of certgen that has no row on a side that can have it, or more than one, and each
// row of what is no flaw of that side.
func TestFlawsHaveOneRow(t *testing.T) {
	t.Parallel()
	type material struct{ server, client certgen.Flaw }
	want := map[material]int{}
	for _, f := range certgen.Flaws() {
		if f.Server {
			want[material{server: f.Flaw}] = 1
		}
		if f.Client {
			want[material{client: f.Flaw}] = 1
		}
	}
	got := map[material]int{}
	for _, f := range serverFlaws {
		got[material{server: f.name}]++
	}
	for _, f := range serverNames {
		got[material{server: f.name}]++
	}
	for _, f := range clientFlaws {
		got[material{client: f.name}]++
	}
	for _, f := range slices.Concat(pairFlaws, daemonCAFlaws) {
		got[material{server: f.name}]++
	}
	for _, f := range slices.Concat(pairFlaws, clientCAFlaws) {
		got[material{client: f.name}]++
	}
	for name := range allFiles {
		got[material{client: name}]++
		if name != certgen.AllMissing { // of clients alone
			got[material{server: name}]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-certgen +rows:\n%s", diff)
	}
	for name := range oldGo {
		if got[material{client: name}] == 0 {
			t.Errorf("oldGo has %s, which is no flaw of a client", name)
		}
	}
}
