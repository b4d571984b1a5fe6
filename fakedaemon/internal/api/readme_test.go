package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// TestREADMEOperations holds the README's list of what is not imitated against the table.
func TestREADMEOperations(t *testing.T) {
	var tags []string
	byTag := map[string]map[string][]string{}
	for _, op := range Operations() {
		if op.Why == "" {
			continue
		}
		if byTag[op.Tag] == nil {
			tags = append(tags, op.Tag)
			byTag[op.Tag] = map[string][]string{}
		}
		byTag[op.Tag][op.Why] = append(byTag[op.Tag][op.Why], op.ID)
	}
	var b strings.Builder
	b.WriteString("| tag | operations | why |\n|---|---|---|\n")
	for _, tag := range tags {
		for _, op := range Operations() {
			ids := byTag[tag][op.Why]
			if op.Tag != tag || op.Why == "" || ids == nil {
				continue
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", tag, strings.Join(ids, ", "), op.Why)
			delete(byTag[tag], op.Why)
		}
	}
	testtool.Generated(t, "../../../README.md", "operations", b.String())
}
