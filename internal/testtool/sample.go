package testtool

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// AllEnv names the environment variable that makes every sample the whole; .ci/run sets it.
const AllEnv = "FAKEDOCKERD_ALL"

// All reports whether AllEnv is set.
func All() bool { return os.Getenv(AllEnv) != "" }

// NeedAll skips the test unless AllEnv is set: it takes long, for the reason why little is lost without it.
func NeedAll(tb TB, why string) {
	tb.Helper()
	if !All() {
		tb.Skipf("left out, %s: %s=1 runs it", why, AllEnv)
	}
}

// Sample returns n of rows, the same each time, spread from the first to the last; all of them when AllEnv is set. It logs what it
// leaves out.
func Sample[T any](tb interface {
	Helper()
	Logf(format string, args ...any)
}, rows []T, n int) []T {
	tb.Helper()
	if All() || n >= len(rows) {
		return slices.Clone(rows)
	}
	var some []T
	var left []string
	for i, row := range rows {
		// Row i is taken where the count of rows to take up to it grows.
		if len(some) < 1+i*(n-1)/max(1, len(rows)-1) && len(some) < n {
			some = append(some, row)
		} else {
			left = append(left, fmt.Sprint(row))
		}
	}
	tb.Logf("left out %d of %d, %s=1 runs them: %s", len(left), len(rows), AllEnv, strings.Join(left, ", "))
	return some
}
