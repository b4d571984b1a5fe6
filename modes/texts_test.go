package modes

import (
	"slices"
	"strings"
	"testing"
)

// TestCauses: each cause of causes.tsv is that of a text or of an outcome, has three columns, and each text's cause is there.
func TestCauses(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, text := range parseTexts() {
		used[text.cause], used[string(text.Outcome)] = true, true
		if _, ok := parseCauses()[text.cause]; text.cause != "" && !ok {
			t.Errorf("%q: there is no cause %q", text.Pattern, text.cause)
		}
	}
	for _, fields := range rows(causeLines) {
		if len(fields) != 3 || slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != f || f == "" }) {
			t.Errorf("causes.tsv: %q", fields)
		}
		if !used[fields[0]] {
			t.Errorf("causes.tsv: nothing has the cause %q", fields[0])
		}
	}
	for _, fields := range rows(messageLines) {
		if len(fields) < 5 && !strings.HasPrefix(fields[0], "=") || len(fields) > 6 {
			t.Errorf("messages.tsv: %q", fields)
		}
		for _, f := range fields {
			if strings.TrimSpace(f) != f {
				t.Errorf("messages.tsv: a blank at an end of %q is lost in an editor", f)
			}
		}
	}
}
