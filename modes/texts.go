package modes

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/internal/words"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A text is what a program says with an outcome, without what it writes before every error ("error during connect: Get
// ...").
type text struct {
	Outcome outcome.Class
	// Families are the clients of the matrix that say it, Programs all others, such as "java".
	Families []Family
	Programs []string
	// Side is who wrote the line.
	Side Side
	// Engines are the generations of dockerd in front of which it was seen, "20.10", "28,29" or "1.x"; "" is all of
	// them.
	Engines string
	// Pattern is the text, with names in braces for what differs from case to case: "{host}", "{file}", "{name}".
	Pattern string

	cause string // a key of causes.tsv, "" for the cause of the outcome
	vague bool   // any other text tells more
	note  string // a remark about the text itself
	glob  string // the pattern with "*" for its placeholders
}

// textLines has one text per line: outcome, families, engines and pattern. They are recorded or, of outcomes of which
// no recording has one, those of the same clients in front of certgen's flaws.
//
//go:embed texts.tsv
var textLines string

// messageLines has what other programs say; its head says what its columns are. The messages come from running the
// programs, those of .NET and rustls from their source, and the old ones from what people asked.
//
//go:embed messages.tsv
var messageLines string

var parseTexts = sync.OnceValue(func() []text {
	var all []text
	for _, fields := range words.Rows(textLines) {
		t := text{Outcome: outcome.Class(fields[0]), Side: ClientSide, Engines: fields[2], Pattern: fields[3]}
		for f := range strings.SplitSeq(fields[1], ",") {
			t.Families = append(t.Families, Family(f))
		}
		all = append(all, t)
	}
	all = append(all, parseMessages(messageLines)...)
	for i := range all {
		all[i].glob = placeholder.ReplaceAllString(all[i].Pattern, "*")
	}
	return all
})

// parseMessages gives one text for each outcome of a message.
func parseMessages(table string) []text {
	var all []text
	lists := map[string]string{}
	for _, fields := range words.Rows(table) {
		if strings.HasPrefix(fields[0], "=") {
			lists[fields[0]] = fields[1]
			continue
		}
		if len(fields) < 5 {
			panic(fmt.Sprintf("messages.tsv: %q has too few columns", fields))
		}
		if fields[2] == mark {
			continue
		}
		list, of, _ := strings.Cut(fields[2], "@")
		if lists[list] == "" {
			list, of = fields[2], ""
		} else {
			list = lists[list]
		}
		for one := range strings.SplitSeq(list, ",") {
			class, engines, _ := strings.Cut(one, "@")
			if of != "" {
				engines = of
			}
			t := text{
				Outcome: outcome.Class(class), Programs: strings.Split(fields[1], ","), Side: Side(fields[0]), Engines: strings.ReplaceAll(engines, "/", ","),
				Pattern: fields[4], cause: fields[3],
			}
			if len(fields) > 5 {
				t.note = fields[5]
			}
			if t.cause == little {
				t.cause, t.vague = "", true
			}
			all = append(all, t)
		}
	}
	return all
}

// little stands in messages.tsv for the cause of a text that says little.
const little = "?"

var placeholder = regexp.MustCompile(`\{[a-zA-Z]+\}`)

// weight is how much of a pattern is not left open.
func (t text) weight() int { return len(t.glob) - strings.Count(t.glob, "*") }

// in reports whether a message contains the text.
func (t text) in(message string) bool { return words.Fits(t.glob, message) }

// contains reports whether a message is a part of the text, in whatever case.
func (t text) contains(message string) bool {
	return strings.Contains(strings.ToLower(t.Pattern), strings.ToLower(message))
}
