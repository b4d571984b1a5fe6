package conform

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fakedockerd/fakedockerd/modes"
)

// A Report is what Run found.
type Report struct {
	// Clients are the names of the clients, in the order of their columns.
	Clients []string
	// Missing says which clients were looked for and not found, one sentence each.
	Missing []string
	Entries []EntryReport
	// Unfinished are the IDs of the entries that the run did not come to, or not to the end of.
	Unfinished []string
	// Elapsed is how long the run took.
	Elapsed time.Duration
}

// An EntryReport is one entry of the matrix with what each client made of it.
type EntryReport struct {
	ID       string                         `json:"id"`
	Daemon   modes.Daemon                   `json:"daemon"`
	Client   modes.Client                   `json:"client"`
	Source   modes.Source                   `json:"source"`
	Material string                         `json:"material"`
	Want     map[modes.Family]modes.Outcome `json:"want"`
	Why      string                         `json:"why"`
	// Unverified says that the docker CLI gets an answer over TLS and does not verify the server: "ok" is not "secure".
	Unverified bool           `json:"unverified,omitempty"`
	Got        map[string]Got `json:"got"` // by the name of the client
}

// Got is what one client made of an entry.
type Got struct {
	Outcome modes.Outcome `json:"outcome"` // "" when it was skipped
	Verdict Verdict       `json:"verdict"`
	// Text is what the client said, or why it was skipped.
	Text string `json:"text"`
	// Plain is the outcome in front of a plain daemon at the address of the entry's; "" when there was none.
	Plain modes.Outcome `json:"plain,omitempty"`
	// Impostor is the outcome in front of an impostor: a daemon with the same flaw, or with the certificate of a stranger, that asks
	// for no client certificate and answers; "" when there was none.
	Impostor modes.Outcome `json:"impostor,omitempty"`
	// Did says what the client did, for a cell of a table; "" when it was skipped.
	Did Did `json:"did,omitempty"`
	// Why says in one sentence what is wrong; "" when nothing is.
	Why string `json:"why,omitempty"`
	// Accepted says that a baseline has this deviation.
	Accepted bool `json:"accepted,omitempty"`
	// Want is the outcome that was expected of the client.
	Want modes.Outcome `json:"-"`
	// Command is what was run, "" for a client that is a Go function, and Env the variables that were set for it. The
	// files and the daemon no longer exist.
	Command string   `json:"-"`
	Env     []string `json:"-"`
	// Ledger is the daemons' side: a line for each handshake and request.
	Ledger string `json:"-"`
	// Elapsed is how long it all took.
	Elapsed time.Duration `json:"-"`
}

// shown is what tables say of it.
func (g Got) shown() string {
	text := string(g.Outcome)
	if g.deviates() && slices.Contains(answers, g.Plain) {
		text += ", plain daemon: " + string(g.Plain)
	}
	return text
}

func (g Got) deviates() bool { return g.Verdict != Ok && g.Verdict != Skipped }

func newEntryReport(e modes.Entry) EntryReport {
	return EntryReport{
		ID: e.ID, Daemon: e.Daemon, Client: e.Client, Source: e.Source, Material: e.Material.String(),
		Want: maps.Clone(e.Want), Why: e.Why, Unverified: unverified(e), Got: map[string]Got{},
	}
}

func unverified(e modes.Entry) bool {
	encrypted := e.Daemon == modes.TLS || e.Daemon == modes.TLSVerify
	return encrypted && e.Want[modes.FamilyDocker] == modes.OK && !e.Client.Verifies()
}

// worst is the worst verdict of an entry.
func (e EntryReport) worst() Verdict {
	for _, v := range Verdicts() {
		for _, got := range e.Got {
			if got.Verdict == v {
				return v
			}
		}
	}
	return Skipped
}

// expected is the expected outcome, and those of the clients of which another is expected.
func (e EntryReport) expected(clients []string) string {
	count := map[modes.Outcome]int{}
	var usual modes.Outcome
	for _, c := range clients {
		want := e.Got[c].Want
		if want == "" {
			continue
		}
		if count[want]++; count[want] > count[usual] {
			usual = want
		}
	}
	if usual == "" {
		usual = e.Want[modes.FamilyDocker]
	}
	text := string(usual)
	if e.Unverified {
		text += ", server not verified"
	}
	for _, c := range clients {
		if want := e.Got[c].Want; want != "" && want != usual {
			text += fmt.Sprintf(" (%s: %s)", c, want)
		}
	}
	return text
}

// A Deviation is one client that did not do in an entry what it had to do.
type Deviation struct {
	ID     string // of the entry
	Reason string // of what was expected
	Client string // its name
	Got
}

// Deviations lists what is neither ok nor skipped nor accepted: flawed certificates that were accepted, then the worst
// verdict first, then in the order of the entries.
func (r *Report) Deviations() []Deviation {
	var all []Deviation
	for _, e := range r.Entries {
		for _, c := range r.Clients {
			if got := e.Got[c]; got.deviates() && !got.Accepted {
				all = append(all, Deviation{e.ID, e.Why, c, got})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Deviation) int { return a.rank() - b.rank() })
	return all
}

func (d Deviation) rank() int {
	if d.falseAccept() {
		return -1
	}
	return slices.Index(Verdicts(), d.Verdict)
}

// falseAccept says whether a certificate was accepted that had to be refused.
func (d Deviation) falseAccept() bool {
	refused := strings.HasPrefix(string(d.Want), "client-rejects-server-") || strings.HasPrefix(string(d.Want), "server-rejects-")
	return d.Verdict == Insecure && refused && slices.Contains(answers, d.Outcome)
}

// Count returns how many attempts have each verdict.
func (r *Report) Count() map[Verdict]int {
	count := map[Verdict]int{}
	for _, e := range r.Entries {
		for _, got := range e.Got {
			count[got.Verdict]++
		}
	}
	return count
}

// accepted counts the deviations that a baseline has.
func (r *Report) accepted() int {
	n := 0
	for _, e := range r.Entries {
		for _, got := range e.Got {
			if got.Accepted {
				n++
			}
		}
	}
	return n
}

// summary is the last line of a report.
func (r *Report) summary() string {
	count := r.Count()
	var parts []string
	for _, v := range Verdicts() {
		if n := count[v]; n > 0 || v == Ok {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if n := r.accepted(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of these accepted", n))
	}
	if n := len(r.Unfinished); n > 0 {
		parts = append(parts, fmt.Sprintf("%d entries not tried to the end", n))
	}
	return fmt.Sprintf("%d entries with %s in %s: %s", len(r.Entries), strings.Join(r.Clients, ", "),
		r.Elapsed.Round(10*time.Millisecond), strings.Join(parts, ", "))
}

// WriteText writes the table for a terminal, then each deviation with its cause, then one line with the counts.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(append(append([]string{"ENTRY", "EXPECTED"}, r.Clients...), "VERDICT"), "\t"))
	for _, e := range r.Entries {
		cells := []string{e.ID, e.expected(r.Clients)}
		for _, c := range r.Clients {
			cells = append(cells, cell(e.Got[c]))
		}
		fmt.Fprintln(t, strings.Join(append(cells, string(e.worst())), "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	for _, d := range r.Deviations() {
		b.WriteString("\n" + d.String())
	}
	for _, m := range r.Missing {
		b.WriteString("\nNot tried: " + m + ".")
	}
	_, err := fmt.Fprintf(w, "%s\n%s\n", b.String(), r.summary())
	return err
}

// cell is what a column of the text table shows of a client.
func cell(g Got) string {
	switch g.Verdict {
	case Skipped:
		return "-"
	case Ok:
		return "as expected"
	}
	return g.shown()
}

// String is a paragraph that says everything that is known of the attempt.
func (d Deviation) String() string {
	var b strings.Builder
	verdict := string(d.Verdict)
	if d.Verdict != Differs {
		verdict = "is " + verdict
	}
	fmt.Fprintf(&b, "%s: %s %s\n", d.ID, d.Client, verdict)
	got := string(d.Outcome)
	if d.Plain != "" {
		got += ", in front of a plain daemon " + string(d.Plain)
	}
	for _, line := range [][2]string{
		{"why", d.Why},
		{"expected", string(d.Want)},
		{"got", got},
		{"reason", d.Reason},
		{"ran", typed(d.Env, d.Command)},
		{"said", d.Text},
		{"daemon", d.Ledger},
	} {
		if line[1] != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", line[0], strings.ReplaceAll(line[1], "\n", "\n            "))
		}
	}
	return b.String()
}

// WriteMarkdown writes the table, the deviations and the counts as GitHub reads them.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	head := append(append([]string{"entry", "expected"}, r.Clients...), "verdict")
	row := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	row(head)
	row(slices.Repeat([]string{"---"}, len(head)))
	for _, e := range r.Entries {
		cells := []string{"`" + e.ID + "`", e.expected(r.Clients)}
		for _, c := range r.Clients {
			got := e.Got[c].shown()
			if e.Got[c].Verdict == Skipped {
				got = "-"
			}
			cells = append(cells, got)
		}
		verdict := string(e.worst())
		if verdict != string(Ok) && verdict != string(Skipped) {
			verdict = "**" + verdict + "**"
		}
		row(append(cells, verdict))
	}
	for _, d := range r.Deviations() {
		b.WriteString("\n```text\n" + d.String() + "```\n")
	}
	for _, m := range r.Missing {
		b.WriteString("\nNot tried: " + m + ".\n")
	}
	b.WriteString("\n" + r.summary() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes {"entries": [...]}, indented.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Entries    []EntryReport `json:"entries"`
		Unfinished []string      `json:"unfinished,omitempty"`
	}{r.Entries, r.Unfinished})
}
