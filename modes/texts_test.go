package modes

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/words"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestCauses: each cause of causes.tsv is that of a text or of an outcome, has three columns, and each text's cause is
// there.
func TestCauses(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, text := range parseTexts() {
		used[text.cause], used[string(text.Outcome)] = true, true
		if _, ok := parseCauses()[text.cause]; text.cause != "" && !ok {
			t.Errorf("%q: there is no cause %q", text.Pattern, text.cause)
		}
	}
	for _, fields := range words.Rows(causeLines) {
		if len(fields) != 3 || slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != f || f == "" }) {
			t.Errorf("causes.tsv: %q", fields)
		}
		if !used[fields[0]] {
			t.Errorf("causes.tsv: nothing has the cause %q", fields[0])
		}
	}
	for _, fields := range words.Rows(messageLines) {
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

// TestAnswer: texts of one outcome are one cause, with the reason of the text that has its own, and the likeliest outcome comes first.
func TestAnswer(t *testing.T) {
	t.Parallel()
	own := parseCauses()["no-answer"]
	special := text{Outcome: outcome.ConnectionRefused, Programs: []string{"java", "node"}, Pattern: "a", Engines: "20.10", cause: "no-answer", note: "n"}
	plain := text{Outcome: outcome.ConnectionRefused, Families: []Family{FamilyDocker}, Programs: []string{"node"}, Pattern: "b", Engines: "28,29", note: "n"}
	other := text{Outcome: outcome.RejectsNoClientCert, Programs: []string{"ruby"}, Pattern: "c", note: "m"}
	cause, cure := other.remedy()
	for _, found := range [][]text{{special, plain, other}, {plain, other, special}, {other, special, plain}} {
		got := answer("line", ClientSide, found)
		for i := range got.Causes {
			slices.Sort(got.Causes[i].SaidBy)
		}
		slices.Sort(got.Notes)
		want := Answer{Line: "line", Side: ClientSide, Notes: []string{"m", "n"}, byText: true, Causes: []Explanation{
			{Outcome: outcome.RejectsNoClientCert, SaidBy: []string{"ruby"}, Cause: cause, Cure: cure},
			{Outcome: outcome.ConnectionRefused, SaidBy: []string{"docker", "java", "node"}, Engines: "28,29,20.10", Cause: own[0], Cure: own[1], families: []Family{FamilyDocker}},
		}}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(Answer{}, Explanation{})); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
	plain.Engines = ""
	if got := answer("", ClientSide, []text{special, plain}).Causes[0].Engines; got != "" {
		t.Errorf("of any engine and of 20.10: %q", got)
	}
	for _, t2 := range []text{{Outcome: outcome.OK}, {Outcome: outcome.OK, Pattern: "a", vague: true}} {
		if answer("", ClientSide, []text{t2}).byText {
			t.Errorf("%+v says enough", t2)
		}
	}
}

// TestTexts: every text has an outcome and families that exist, the words of its library tell the same, and of every
// outcome that an entry can have it is known what each family says.
func TestTexts(t *testing.T) {
	t.Parallel()
	outcomes := append(outcome.All(), outcome.PermissionDenied, outcome.HandshakeTimeout, outcome.NoSuchHost, outcome.NoAnswer, outcome.DeniedByPlugin, outcome.UpgradeRefused)
	explained := map[string][]Explanation{}
	for _, text := range parseTexts() {
		if !slices.Contains(outcomes, text.Outcome) || text.Pattern == "" || !slices.Contains([]string{"", "20.10", "28,29", "1.x"}, text.Engines) {
			t.Errorf("%+v", text)
		}
		if len(text.Families)+len(text.Programs) == 0 || !slices.Contains([]Side{ClientSide, DaemonSide, ProxySide}, text.Side) {
			t.Errorf("nobody says %+v", text)
		}
		if explained[text.Pattern] == nil {
			for _, a := range Explain(text.Pattern) {
				explained[text.Pattern] = append(explained[text.Pattern], a.Causes...)
			}
		}
		for _, f := range text.Families {
			if !slices.Contains(Families(), f) {
				t.Errorf("%q is said by %s", text.Pattern, f)
			}
		}
		if !slices.ContainsFunc(explained[text.Pattern], func(e Explanation) bool { return e.Outcome == text.Outcome }) {
			t.Errorf("%q is not explained as %s", text.Pattern, text.Outcome)
		}
		for _, e := range explained[text.Pattern] {
			if e.Cause == "" || e.Cure == "" {
				t.Errorf("%s has no cause or no cure", e.Outcome)
			}
		}
	}
	type saying struct {
		family  Family
		outcome outcome.Class
	}
	unknown := map[saying]string{} // an entry
	for _, e := range Entries() {
		for f, o := range e.Want {
			if o != outcome.OK && !slices.ContainsFunc(parseTexts(), func(t text) bool { return t.Outcome == o && slices.Contains(t.Families, f) }) {
				unknown[saying{f, o}] = e.ID
			}
		}
	}
	for s, id := range unknown {
		t.Errorf("%s: what %s says with %s is not known", id, s.family, s.outcome)
	}
}
