package modes

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A Text is what a client says with an outcome, without what it writes before every error ("error during connect: Get ...").
type Text struct {
	Outcome  Outcome
	Families []Family
	// Engines are the generations of dockerd in front of which it was seen, "20.10" or "28,29"; "" is all of them.
	Engines string
	// Pattern is the text, with names in braces for what differs from case to case: "{host}", "{file}", "{name}".
	Pattern string
}

// textLines has one text per line: outcome, families, engines and pattern. They are those of the recordings (tls/matrix.json) and, of
// outcomes that have none there, of the same clients in front of the flaws of certificates.md.
//
//go:embed texts.tsv
var textLines string

var parseTexts = sync.OnceValue(func() []Text {
	var all []Text
	for _, fields := range rows(textLines) {
		t := Text{Outcome: Outcome(fields[0]), Engines: fields[2], Pattern: fields[3]}
		for f := range strings.SplitSeq(fields[1], ",") {
			t.Families = append(t.Families, Family(f))
		}
		all = append(all, t)
	}
	return all
})

// Texts returns what clients say with each outcome. The slice is the caller's.
func Texts() []Text {
	all := slices.Clone(parseTexts())
	for i := range all {
		all[i].Families = slices.Clone(all[i].Families)
	}
	return all
}

var placeholder = regexp.MustCompile(`\{[a-zA-Z]+\}`)

// literals are what a pattern says between its placeholders.
func (t Text) literals() []string { return placeholder.Split(t.Pattern, -1) }

// weight is how much of a pattern is not left open.
func (t Text) weight() int { return len(strings.Join(t.literals(), "")) }

// in reports whether a message contains the text.
func (t Text) in(message string) bool { return fits(strings.Join(t.literals(), "*"), message) }

// contains reports whether a message is a part of the text.
func (t Text) contains(message string) bool { return strings.Contains(t.Pattern, message) }
