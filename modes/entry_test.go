package modes_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s: run the test with -update if this is right (-want +got):\n%s", path, diff)
	}
}

func entry(t *testing.T, id string) modes.Entry {
	t.Helper()
	for _, e := range modes.Entries() {
		if e.ID == id {
			return e
		}
	}
	t.Fatalf("there is no entry %s", id)
	return modes.Entry{}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*bytes.Buffer) error{
		"matrix.txt": func(b *bytes.Buffer) error {
			return modes.WriteText(b, slices.DeleteFunc(modes.Entries(), func(e modes.Entry) bool { return strings.HasPrefix(e.ID, oneOfAFlaw) && !inGrid(e) }))
		},
		"flaws.txt":  func(b *bytes.Buffer) error { return writeFlaws(b, modes.Entries()) },
		"screen.txt": func(b *bytes.Buffer) error { return modes.WriteScreen(b) },
		"matrix.md":  func(b *bytes.Buffer) error { return modes.WriteMarkdown(b, modes.Entries()) },
		"entry.json": func(b *bytes.Buffer) error {
			return modes.WriteJSON(b, []modes.Entry{entry(t, "tlsverify/mutual/flags/client:other-ca")})
		},
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

// oneOfAFlaw begins the IDs of the entries that each flaw has one of.
const oneOfAFlaw = "tlsverify/mutual/flags/"

// inGrid reports whether the flaw of an entry is in front of other pairs of modes as well.
func inGrid(e modes.Entry) bool {
	return slices.ContainsFunc(modes.Entries(), func(o modes.Entry) bool { return o.Material == e.Material && strings.HasPrefix(o.ID, "tls/") })
}

// writeFlaws writes what the docker CLI does with each flaw and who does otherwise.
func writeFlaws(b *bytes.Buffer, entries []modes.Entry) error {
	for _, e := range entries {
		id, ok := strings.CutPrefix(e.ID, oneOfAFlaw)
		if !ok {
			continue
		}
		fmt.Fprintf(b, "%s: %s", id, e.Want[modes.FamilyDocker])
		for _, f := range modes.Families() {
			if o := e.Want[f]; o != e.Want[modes.FamilyDocker] && o != "" {
				fmt.Fprintf(b, ", %s %s", f, o)
			}
		}
		fmt.Fprintln(b)
	}
	return nil
}

// failing fails every write.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("full")

func TestOutputsReportWriteErrors(t *testing.T) {
	t.Parallel()
	if err := modes.WriteText(failing{}, modes.Entries()); !errors.Is(err, errFull) {
		t.Errorf("WriteText: %v", err)
	}
	if err := modes.WriteMarkdown(failing{}, modes.Entries()); !errors.Is(err, errFull) {
		t.Errorf("WriteMarkdown: %v", err)
	}
	if err := modes.WriteJSON(failing{}, modes.Entries()); !errors.Is(err, errFull) {
		t.Errorf("WriteJSON: %v", err)
	}
	if err := modes.WriteMarkdownList(failing{}, modes.Entries()); !errors.Is(err, errFull) {
		t.Errorf("WriteMarkdownList: %v", err)
	}
	if err := modes.WriteScreen(failing{}); !errors.Is(err, errFull) {
		t.Errorf("WriteScreen: %v", err)
	}
}

// TestScreenFits: a terminal of 80 columns and 24 lines shows it whole.
func TestScreenFits(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := modes.WriteScreen(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) > 24 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for _, flag := range []string{"--all", "--filter REGEXP"} {
		if !strings.Contains(lines[len(lines)-1], flag) {
			t.Errorf("the last line does not name %s", flag)
		}
	}
}

// TestLegend: every word of the long list that stands for a client has a meaning.
func TestLegend(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := modes.WriteText(&b, nil); err != nil {
		t.Fatal(err)
	}
	for _, f := range modes.Families() {
		if !strings.Contains(b.String(), "\n  "+string(f)+" ") {
			t.Errorf("%s is not in the legend:\n%s", f, b.String())
		}
	}
	if !strings.HasSuffix(b.String(), "\n\nENTRY  OUTCOME AND WHY\n") {
		t.Errorf("there is no header:\n%s", b.String())
	}
}

// TestMarkdownOfSome: tables without entries are left out.
func TestMarkdownOfSome(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := modes.WriteMarkdown(&b, []modes.Entry{entry(t, "tls/tls/flags/server:expired")}); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(b.String(), "\n| mutual | ")
	_, got, _ = strings.Cut(got, "\n")
	got, _, _ = strings.Cut(got, "\nWhat the documentation says")
	want := "\nThe daemon's certificate is flawed. Columns are daemon/client:\n\n| server | tls/tls |\n|---|---|\n| expired | ok |\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestEntries: every entry is complete, and what an entry is made of gives its ID.
func TestEntries(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range modes.Entries() {
		id := string(e.Daemon) + "/" + string(e.Client) + "/" + string(e.Source)
		if e.Material != (modes.Material{}) {
			id += "/" + e.Material.String()
		}
		if !strings.HasPrefix(e.ID, "env/") && e.ID != id {
			t.Errorf("ID %s, want %s", e.ID, id)
		}
		if seen[e.ID] {
			t.Errorf("%s twice", e.ID)
		}
		seen[e.ID] = true
		if e.Documented == "" || e.Why == "" || e.Want[modes.FamilyDocker] == "" {
			t.Errorf("%s is not complete: %+v", e.ID, e)
		}
		for f, o := range e.Want {
			if !slices.Contains(outcome.All(), o) {
				t.Errorf("%s wants %s of %s", e.ID, o, f)
			}
		}
		if _, ok := e.Want[modes.FamilyCurl]; ok != (e.Source == modes.Flags && e.Daemon != modes.SSH) {
			t.Errorf("%s: curl knows flags alone, got %v", e.ID, e.Want)
		}
	}
	for _, f := range certgen.Flaws() {
		// With a flaw in a file of its own a daemon does not start, or its clients see nothing.
		if good := maps.Equal(rule.ServerFiles(f.Flaw), rule.ServerFiles("")); f.Server && good && !seen[oneOfAFlaw+"server:"+string(f.Flaw)] {
			t.Errorf("server flaw %s has no entry", f.Flaw)
		}
		if f.Client && !seen[oneOfAFlaw+"client:"+string(f.Flaw)] {
			t.Errorf("client flaw %s has no entry", f.Flaw)
		}
	}
	if len(seen) != 100+32+24+265+57 {
		t.Errorf("%d entries", len(seen))
	}
}

// TestEntriesAreTheCallers: a caller that changes what it got changes nothing for others.
func TestEntriesAreTheCallers(t *testing.T) {
	t.Parallel()
	for _, entries := range []func() []modes.Entry{modes.Entries, modes.AllEntries} {
		first := entries()
		last := len(first) - 1
		want := first[last].Want[modes.FamilyDocker]
		first[0].Want[modes.FamilyDocker], first[last].Want[modes.FamilyDocker] = outcome.ClientCrash, outcome.ClientCrash
		if now := entries(); now[0].Want[modes.FamilyDocker] != outcome.OK || now[last].Want[modes.FamilyDocker] != want {
			t.Errorf("got %s, %s", now[0].Want[modes.FamilyDocker], now[last].Want[modes.FamilyDocker])
		}
	}
}

// TestWith: dockerd 20.10 is built with an older Go. What it does otherwise was asked of it.
func TestWith(t *testing.T) {
	t.Parallel()
	var got []string
	for _, e := range modes.Entries() {
		old := e.With("20.10.24")
		for _, f := range modes.Families() {
			if old.Want[f] != e.Want[f] {
				got = append(got, strings.Join([]string{e.ID, string(f), string(e.Want[f]), string(old.Want[f])}, " "))
			}
		}
	}
	const serial, names = "tlsverify/mutual/flags/client:negative-serial ", "tlsverify/mutual/flags/client:ten-thousand-names "
	want := []string{
		serial + "docker server-rejects-client-cert-other ok", serial + "curl server-rejects-client-cert-other ok",
		serial + "docker-20.10 server-rejects-client-cert-other ok", serial + "docker-py server-rejects-client-cert-other ok",
		serial + "dockerode server-rejects-client-cert-other ok",
	}
	for _, f := range modes.Families() {
		want = append(want, names+string(f)+" "+string(entry(t, strings.TrimSpace(names)).Want[f])+" server-rejects-client-cert-other")
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	e := entry(t, "tlsverify/mutual/flags/client:negative-serial").With("20.10.24")
	if got := e.From(modes.Env).Want[modes.FamilyDocker]; got != outcome.OK {
		t.Errorf("from the environment: got %s", got)
	}
	if want := "A daemon built with Go before 1.23 reads a negative serial number"; !strings.Contains(strings.ToLower(e.Why), strings.ToLower(want)) {
		t.Errorf("why: %s", e.Why)
	}
}

func TestMaterial(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]modes.Material{
		"good":                                  {},
		"server:expired":                        {Server: "expired"},
		"client:other-ca":                       {Client: "other-ca"},
		"server:self-signed,client:wrong-usage": {Server: "self-signed", Client: "wrong-usage"},
	} {
		if got := m.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(b); got != `"`+want+`"` {
			t.Errorf("JSON %s, want %q", got, want)
		}
	}
}

// The reason of one family is what Why says of it.
func TestReason(t *testing.T) {
	t.Parallel()
	for _, e := range modes.Entries() {
		for _, f := range modes.Families() {
			reason := e.Reason(f)
			if _, can := e.Want[f]; can != (reason != "") {
				t.Errorf("%s, %s: reason %q", e.ID, f, reason)
			}
			if reason != "" && !strings.Contains(e.Why, reason[1:]) {
				t.Errorf("%s, %s: the reason is %q, of all families %q", e.ID, f, reason, e.Why)
			}
		}
	}
	e := entry(t, "tlsverify/mutual/flags/server:cn-only")
	if got, want := e.Reason(modes.FamilyCurl), "Without a subjectAltName the common name counts; the daemon trusts the client's."; got != want {
		t.Errorf("%s: got %q, want %q", e.ID, got, want)
	}
}
