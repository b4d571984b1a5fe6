package tools

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// explanations has every deviation that conform finds of these clients, below the sentences that explain it: first a line
// "client NAME, NAME", then for each explanation its sentences and, behind a tab, a verdict and an entry a line.
//
//go:embed testdata/deviations.txt
var explanations []byte

// An explanation is what is behind some deviations of clients.
type explanation struct {
	clients []string
	why     string
	ids     map[conform.Verdict][]string
}

func explained(t *testing.T) []*explanation {
	t.Helper()
	var every []*explanation
	var clients []string
	var why []string
	for line := range bytes.Lines(explanations) {
		text := strings.TrimSpace(string(line))
		names, head := strings.CutPrefix(text, "client ")
		switch {
		case text == "" || text[0] == '#':
		case head:
			clients = strings.Split(names, ", ")
		case line[0] != '\t':
			why = append(why, text)
		default:
			verdict, id, ok := strings.Cut(text, " ")
			if !ok || !slices.Contains(conform.Verdicts(), conform.Verdict(verdict)) {
				t.Fatalf("deviations.txt: %q is not VERDICT ENTRY", text)
			}
			if why != nil {
				every = append(every, &explanation{clients, strings.Join(why, " "), map[conform.Verdict][]string{}})
				why = nil
			}
			last := every[len(every)-1]
			last.ids[conform.Verdict(verdict)] = append(last.ids[conform.Verdict(verdict)], id)
		}
	}
	return every
}

// deviations gives the verdicts that are explained, by client and entry.
func deviations(t *testing.T) map[string]map[string]conform.Verdict {
	t.Helper()
	every := map[string]map[string]conform.Verdict{}
	for _, e := range explained(t) {
		for _, client := range e.clients {
			if every[client] == nil {
				every[client] = map[string]conform.Verdict{}
			}
			for verdict, ids := range e.ids {
				for _, id := range ids {
					if every[client][id] != "" {
						t.Errorf("deviations.txt: %s of %s is explained twice", id, client)
					}
					every[client][id] = verdict
				}
			}
		}
	}
	return every
}

// TestExplanations holds docs/clients.md against what is explained, and both against the letters of the environments: what is not as with
// the docker CLI is explained.
func TestExplanations(t *testing.T) {
	exists := map[string]bool{}
	for _, e := range conform.Entries() {
		exists[e.ID] = true
	}
	known := map[string]bool{"curl": true}
	for _, c := range clients {
		known[c.name] = true
	}
	for client, entries := range deviations(t) {
		if !known[client] {
			t.Errorf("deviations.txt: there is no client %s", client)
		}
		for id := range entries {
			if !exists[id] {
				t.Errorf("deviations.txt: there is no entry %s", id)
			}
		}
	}
	for _, c := range clients {
		for name, letter := range expected(c.name) {
			if verdict := deviations(t)[c.name]["env/"+name]; strings.HasSuffix(letter, "*") != (verdict != "") {
				t.Errorf("%s in env/%s: %s is explained as %q", c.name, name, letter, verdict)
			}
		}
	}
	testtool.Generated(t, "../../../docs/clients.md", "deviations", explanationTables(explained(t)))
}

func explanationTables(every []*explanation) string {
	var b strings.Builder
	head := ""
	for i, e := range every {
		if names := strings.Join(e.clients, ", "); names != head {
			head = names
			total := 0
			for _, other := range every[i:] {
				if strings.Join(other.clients, ", ") == head {
					for _, ids := range other.ids {
						total += len(ids)
					}
				}
			}
			if i > 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "### %s\n\n%d deviations:\n\n| why | entries |\n| --- | --- |\n", head, total)
		}
		var entries []string
		for _, v := range conform.Verdicts() {
			if ids := e.ids[v]; len(ids) > 0 {
				entries = append(entries, fmt.Sprintf("%s: `%s`", v, strings.Join(ids, "` `")))
			}
		}
		fmt.Fprintf(&b, "| %s | %s |\n", e.why, strings.Join(entries, "<br>"))
	}
	return b.String()
}
