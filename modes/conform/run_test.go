package conform

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// good is the built-in client as a function, after which then is called with the ID of the entry.
func good(name string, then func(ctx context.Context, id string) error) Client {
	return Func(name, modes.FamilyGo, func(ctx context.Context, a Attempt) Result {
		r := doGo(ctx, a)
		if err := then(ctx, a.Entry.ID); err != nil {
			r.Err = err
		}
		return r
	})
}

// deafTo returns a client that gets no answer in the entry of an ID.
func deafTo(deaf string) Client {
	return good("one", func(_ context.Context, id string) error {
		if id == deaf {
			return errors.New("what?")
		}
		return nil
	})
}

// fewEntries are these, in the order of the matrix.
var fewEntries = regexp.MustCompile(`^(unix/(plain|tls)/flags|tcp/(plain|mutual)/flags|tls/tlsverify/flags|env/tls1-home)$`)

func ids(r *Report) []string {
	var all []string
	for _, e := range r.Entries {
		all = append(all, e.ID)
	}
	return all
}

func TestRunReportsProgress(t *testing.T) {
	t.Parallel()
	var got []Progress
	o := &Options{
		Clients: []Client{deafTo("tcp/plain/flags")}, Filter: fewEntries, Parallel: 1,
		Progress: func(p Progress) { got = append(got, p) },
	}
	r := runEntries(t, o)
	none, one := map[Verdict]int{}, map[Verdict]int{Broken: 1}
	want := []Progress{
		{1, 6, none, 0}, // tcp/mutual/flags, which tells most
		{2, 6, none, 0}, {3, 6, none, 0},
		{4, 6, none, 0}, {4, 6, one, 0}, // tcp/plain/flags
		{5, 6, one, 0}, {6, 6, one, 0},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Progress{}, "Left")); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	// No client of family go has source env; what is skipped is in the report and in no count.
	if diff := cmp.Diff([]string{
		"unix/plain/flags", "unix/tls/flags", "tcp/plain/flags", "tcp/mutual/flags", "tls/tlsverify/flags", "env/tls1-home",
	}, ids(r)); diff != "" {
		t.Errorf("entries of the report (-want +got):\n%s", diff)
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	var got []Progress
	now := time.Unix(0, 0)
	accepted := Got{Outcome: NoRequest, Verdict: Differs}
	o := &Options{
		Progress: func(p Progress) { got = append(got, p) },
		Accepted: Baseline{newAccepted("one", "a", accepted)},
	}
	count := newTally(o, func() time.Time { return now })
	count.p.Total = 10
	now = now.Add(8 * time.Second)
	count.attempted()
	now = now.Add(4 * time.Second)
	count.attempted()
	deviates := []bool{
		count.judged("one", "a", accepted, 0),
		count.judged("one", "b", accepted, -2), // two attempts were not needed
		count.judged("one", "c", Got{Verdict: Insecure}, 0),
		count.judged("one", "d", Got{Verdict: Ok}, 0),
		count.judged("one", "e", Got{Verdict: Skipped}, 0),
	}
	if diff := cmp.Diff([]bool{false, true, true, false, false}, deviates); diff != "" {
		t.Errorf("what counts (-want +got):\n%s", diff)
	}
	want := []Progress{
		{1, 10, map[Verdict]int{}, 72 * time.Second},
		{2, 10, map[Verdict]int{}, 48 * time.Second},
		{2, 8, map[Verdict]int{Differs: 1}, 36 * time.Second},
		{2, 8, map[Verdict]int{Differs: 1, Insecure: 1}, 36 * time.Second},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

// TestExpectedAttempts: what is expected before a run is what a good client makes.
func TestExpectedAttempts(t *testing.T) {
	t.Parallel()
	want := map[string]int{
		"unix/mutual/flags": 1, "tcp/mutual/flags": 1, "tls/plain/flags": 1, "tlsverify/tlsverify/flags": 2,
		"tls/tlsverify/flags/server:expired": 2, "tlsverify/mutual/flags/server:expired": 3,
		"tlsverify/mutual/flags/client:expired": 2, "env/ref-mtls": 0,
	}
	got, made := map[string]int{}, map[string]int{}
	for _, e := range Entries() {
		if want[e.ID] == 0 && e.ID != "env/ref-mtls" {
			continue
		}
		got[e.ID], made[e.ID] = (&Options{}).expected(Go(), e), 0
		if _, err := Try(t.Context(), Go(), e, &Options{attempted: func() { made[e.ID]++ }}); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("expected (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
}

func TestTellingFirst(t *testing.T) {
	t.Parallel()
	all := Entries()
	order := tellingFirst(all)
	var got []string
	for _, i := range order[:20] {
		got = append(got, all[i].ID)
	}
	want := []string{
		"env/ref-mtls", "tlsverify/mutual/flags", "tlsverify/mutual/env", "tlsverify/mutual/home", "tlsverify/mutual/context",
		"env/srv-expired",
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Errorf("first entries (-want +got):\n%s", diff)
	}
	slices.Sort(order)
	for i, n := range order {
		if i != n {
			t.Fatalf("entry %s is there twice or not at all", all[i].ID)
		}
	}
	for _, pattern := range telling {
		if !slices.ContainsFunc(all, func(e modes.Entry) bool { return matches(pattern, e) }) {
			t.Errorf("no entry is like %s", pattern)
		}
	}
}

// TestTellingFirstHasOneOfEveryKind looks at what follows the telling ones.
func TestTellingFirstHasOneOfEveryKind(t *testing.T) {
	t.Parallel()
	var few []modes.Entry
	for _, id := range []string{
		"unix/plain/flags", "unix/plain/env", "unix/tls/flags", "tlsverify/mutual/flags", "tlsverify/mutual/env",
		"tlsverify/mutual/flags/client:expired", "tlsverify/mutual/flags/client:not-yet-valid", "tls/plain/flags",
	} {
		few = append(few, Entries()[slices.IndexFunc(Entries(), func(e modes.Entry) bool { return e.ID == id })])
	}
	if diff := cmp.Diff([]int{3, 4, 0, 2, 5, 7, 1, 6}, tellingFirst(few)); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestRunIsCancelled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		make func(context.Context) (context.Context, context.CancelFunc)
		want error
	}{
		{"by a signal", context.WithCancel, context.Canceled},
		{"by its time", newDeadline, context.DeadlineExceeded},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, end := test.make(t.Context())
			defer end()
			client := good("one", func(ctx context.Context, id string) error {
				if id == "unix/tls/flags" {
					end()
					<-ctx.Done()
				}
				return nil
			})
			r, err := Run(ctx, &Options{Clients: []Client{client}, Filter: fewEntries, Parallel: 1})
			if !errors.Is(err, test.want) {
				t.Errorf("error: got %v, want %v", err, test.want)
			}
			if r == nil {
				t.Fatal("no report")
			}
			want := []string{"unix/plain/flags", "tcp/mutual/flags", "env/tls1-home"}
			if diff := cmp.Diff(want, ids(r)); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"unix/tls/flags", "tcp/plain/flags", "tls/tlsverify/flags"}, r.Unfinished); diff != "" {
				t.Errorf("unfinished (-want +got):\n%s", diff)
			}
		})
	}
}

// A deadline is a context whose time is up when end is called.
type deadline struct {
	context.Context
	done chan struct{}
}

func newDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	d := &deadline{ctx, make(chan struct{})}
	return d, func() {
		select {
		case <-d.done:
		default:
			close(d.done)
		}
	}
}

func (d *deadline) Done() <-chan struct{} { return d.done }

func (d *deadline) Err() error {
	select {
	case <-d.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func TestRunFailsFast(t *testing.T) {
	t.Parallel()
	deaf := deafTo("unix/tls/flags")
	whole := runEntries(t, &Options{Clients: []Client{deaf}, Filter: fewEntries})
	o := &Options{Clients: []Client{deaf, Go()}, Filter: fewEntries, Parallel: 1, FailFast: true}
	r := runEntries(t, o)
	if diff := cmp.Diff([]string{"unix/plain/flags", "unix/tls/flags", "tcp/mutual/flags", "env/tls1-home"}, ids(r)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"tcp/plain/flags", "tls/tlsverify/flags"}, r.Unfinished); diff != "" {
		t.Errorf("unfinished (-want +got):\n%s", diff)
	}
	if d := r.Deviations(); len(d) != 1 || d[0].ID != "unix/tls/flags" || d[0].Verdict != Differs {
		t.Errorf("deviations: %v", d)
	}
	if got := r.Entries[1].Got["go"].Verdict; got != Ok {
		t.Errorf("the client after the one that deviates: got %q, want ok", got)
	}
	o.Accepted = whole.Baseline(nil)
	if r := runEntries(t, o); r.Unfinished != nil || len(r.Deviations()) != 1 {
		t.Errorf("with a baseline: unfinished %v, deviations %v", r.Unfinished, r.Deviations())
	}
}

func TestReportSaysWhatIsUnfinished(t *testing.T) {
	t.Parallel()
	r := &Report{
		Clients: []string{"one"}, Unfinished: []string{"tcp/plain/flags"},
		Entries: []EntryReport{{ID: "unix/plain/flags", Got: map[string]Got{"one": {Verdict: Ok}}}},
	}
	for format, test := range map[string]struct {
		write func(*Report, io.Writer) error
		want  string
	}{
		"text":     {(*Report).WriteText, "\nnot tried      1 entry, because the run ended before\n"},
		"markdown": {(*Report).WriteMarkdown, "\n- not tried: 1 entry, because the run ended before\n"},
		"html":     {(*Report).WriteHTML, "\n<p>Not tried: 1 entry, because the run ended before.</p>\n"},
		"json":     {(*Report).WriteJSON, "\n  \"unfinished\": [\n    \"tcp/plain/flags\"\n  ]\n"},
		"junit": {(*Report).WriteJUnit, `<testcase classname="one" name="the whole run" time="0.000">
      <error message="1 entry not tried to the end">tcp/plain/flags</error>`},
	} {
		var got bytes.Buffer
		if err := test.write(r, &got); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(got.String(), test.want) {
			t.Errorf("%s: no %q in\n%s", format, test.want, got.String())
		}
	}
}

// TestRunSavesStarts: a command that stops before it dials is started once, and judged as if it had been started for
// each daemon. One that dials meets them all.
func TestRunSavesStarts(t *testing.T) {
	t.Parallel()
	shell, curl := testtool.Need(t, "sh"), testtool.Need(t, "curl")
	for _, test := range []struct {
		name, script string
		made         map[string]int
	}{
		{"stops", "echo no >&2; exit 3", map[string]int{"tlsverify/mutual/env/server:expired": 1, "tlsverify/mutual/env/client:ca-missing": 1, "tls/tlsverify/env": 1}},
		{
			"dials", curl + " -s http://${DOCKER_HOST#tcp://}/ >&2; exit 3",
			map[string]int{"tlsverify/mutual/env/server:expired": 3, "tlsverify/mutual/env/client:ca-missing": 3, "tls/tlsverify/env": 2},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := Command(Tool{Name: "toy", Command: []string{shell, "-c", test.script}})
			if err != nil {
				t.Fatal(err)
			}
			made := map[string]int{}
			for _, e := range Entries() {
				if test.made[e.ID] == 0 {
					continue
				}
				saved, err := Try(t.Context(), c, e, &Options{attempted: func() { made[e.ID]++ }})
				if err != nil {
					t.Fatal(err)
				}
				// A function may remember: it meets every daemon.
				all, err := Try(t.Context(), Func("toy", Unknown, c.Do), e, nil)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(all, saved, cmpopts.IgnoreFields(Got{}, "Elapsed", "Env", "Ledger")); diff != "" {
					t.Errorf("%s (-every start +those that are not saved):\n%s", e.ID, diff)
				}
			}
			if diff := cmp.Diff(test.made, made); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
		})
	}
}
