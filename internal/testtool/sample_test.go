package testtool

import (
	"fmt"
	"slices"
	"testing"
)

type logged struct {
	testing.TB
	lines []string
}

func (l *logged) Helper() {}

func (l *logged) Logf(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func TestSample(t *testing.T) {
	rows := []int{0, 1, 2, 3, 4, 5, 6}
	for n, want := range map[int][]int{
		0: nil, 1: {0}, 2: {0, 6}, 3: {0, 3, 6}, 4: {0, 2, 4, 6}, 6: {0, 2, 3, 4, 5, 6}, 7: rows, 8: rows,
	} {
		t.Setenv(AllEnv, "")
		l := new(logged)
		if got := Sample(l, rows, n); !slices.Equal(got, want) {
			t.Errorf("%d of 7: %v, want %v", n, got, want)
		}
		if n == 3 && !slices.Equal(l.lines, []string{"left out 4 of 7, FAKEDOCKERD_ALL=1 runs them: 1, 2, 4, 5"}) {
			t.Errorf("logged %q", l.lines)
		}
		if n > 6 && l.lines != nil {
			t.Errorf("all are there, and yet: %q", l.lines)
		}
		t.Setenv(AllEnv, "1")
		if got := Sample(l, rows, n); !slices.Equal(got, rows) {
			t.Errorf("%d of 7 with %s: %v", n, AllEnv, got)
		}
	}
}
