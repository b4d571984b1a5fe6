package modes

import (
	"slices"
	"strings"
	"testing"
)

// TestNoPatternIsShadowed: the first pattern that fits decides, so that one of which an earlier one is a part never does; nor is one of
// use that has the next one of the same outcome as a part.
func TestNoPatternIsShadowed(t *testing.T) {
	t.Parallel()
	for speaker, all := range parseWords() {
		for i, w := range all {
			// What "*" stands for is not known: a part of another pattern must not reach across it.
			text := strings.ReplaceAll(w.pattern, "*", "\x00")
			for j, other := range all {
				between := all[min(i, j):max(i, j)]
				same := !slices.ContainsFunc(between, func(b words) bool { return b.outcome != other.outcome })
				if i != j && (j < i || same && w.outcome == other.outcome) && fits(other.pattern, text) {
					t.Errorf("%s: %q (%s) never decides: %q (%s) is a part of it", speaker, w.pattern, w.outcome, other.pattern, other.outcome)
				}
			}
		}
	}
}

// TestWords: every line of words.tsv is of a speaker and an outcome that exist.
func TestWords(t *testing.T) {
	t.Parallel()
	speakers := []Speaker{GoWords, OpenSSLWords, SystemWords, DaemonWords, AlertWords, APIWords}
	for speaker, all := range parseWords() {
		for _, w := range all {
			if !slices.Contains(speakers, speaker) || !slices.Contains(Outcomes(), w.outcome) || strings.TrimSpace(w.pattern) == "" || slices.Contains(strings.Split(w.pattern, "*"), "") {
				t.Errorf("%s: %+v", speaker, w)
			}
		}
	}
}
