package command

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
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

// TestIgnoredVariable: of the variables of dockerd one has no effect here, and the warning names it.
func TestIgnoredVariable(t *testing.T) {
	t.Setenv("DOCKER_MIN_API_VERSION", "1.24")
	o := &options{flags: new(pflag.FlagSet)}
	if got := o.ignored(nil); !slices.Equal(got, []string{"DOCKER_MIN_API_VERSION"}) {
		t.Errorf("%q", got)
	}
}
