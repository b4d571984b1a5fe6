package english_test

import (
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/english"
)

func TestCount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		n          int
		noun, want string
	}{
		{0, "entry", "0 entries"}, {1, "entry", "1 entry"}, {2, "entry", "2 entries"},
		{1, "deviation", "1 deviation"}, {11, "deviation", "11 deviations"},
	} {
		if got := english.Count(test.n, test.noun); got != test.want {
			t.Errorf("%d of %s: got %q, want %q", test.n, test.noun, got, test.want)
		}
	}
}
