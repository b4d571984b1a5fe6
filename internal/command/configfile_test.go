package command

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFillMap: of a map, a file's keys stay as they are, and those that it lacks come from the flags.
func TestFillMap(t *testing.T) {
	t.Parallel()
	file := struct{ M map[string]int }{map[string]int{"both": 1, "file": 2}}
	flags := struct{ M map[string]int }{map[string]int{"both": 3, "flags": 4}}
	fill(reflect.ValueOf(&file).Elem(), reflect.ValueOf(flags))
	if d := cmp.Diff(map[string]int{"both": 1, "file": 2, "flags": 4}, file.M); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
