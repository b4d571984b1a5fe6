package certgen

import "testing"

// Each verdict is of a flaw, and of a side that can have it.
func TestVerdictsHaveFlaws(t *testing.T) {
	t.Parallel()
	known := map[Flaw]sides{}
	for _, table := range flaws {
		for _, f := range table.flaws {
			known[f.name] = f.sides
			if f.spoil == nil && f.files == nil {
				t.Errorf("%s does nothing", f.name)
			}
		}
	}
	for _, table := range []map[Flaw]verdicts{certVerdicts, chainVerdicts, fileVerdicts} {
		for name, v := range table {
			if (v.name != nil || v.ip != nil) && known[name]&onServer == 0 || v.client != nil && known[name]&onClient == 0 || known[name] == 0 {
				t.Errorf("%s has a verdict on a side without it", name)
			}
		}
	}
}
