package conform

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
)

// allDid are the things that clients do wrong.
func allDid() []Did {
	return []Did{
		SentPlaintext, AcceptedServer, AcceptedAnybody, LetIn, Answered, WentOn, SentNoCert, NoAnswer, NeverDialled, AskedNobody,
		DidNotEnd, DidNotRun, Crashed, FailedWithAnswer, RefusedOtherwise, AsExpected, "",
	}
}

// Whatever a client does in any entry has a cause and a cure, and each row of the table is of use.
func TestCausesHaveCures(t *testing.T) {
	t.Parallel()
	used := map[int]bool{}
	for _, e := range entries() {
		for _, did := range allDid() {
			for _, v := range []Verdict{Insecure, Broken, Differs} {
				for _, o := range append(modes.Outcomes(), TimedOut, NotRun, NoRequest, FailsAfterAnswer, Unclassified) {
					d := Deviation{ID: e.ID, Client: "tool", Got: Got{Outcome: o, Verdict: v, Did: did, Want: e.Want[modes.FamilyDocker]}}
					at := slices.IndexFunc(causeRows, func(k causeRow) bool { return k.fits(d) })
					if at < 0 {
						t.Fatalf("%s, %q: no row", e.ID, did)
					}
					used[at] = true
				}
			}
		}
	}
	whole := map[Did]bool{}
	for _, k := range causeRows {
		whole[k.did] = whole[k.did] || k.whole
	}
	for i, k := range causeRows {
		switch {
		case k.what == "" || k.cure == "":
			t.Errorf("%q, %q: what and cure are wanted, got %q", k.did, k.what, k.cure)
		case !used[i]:
			t.Errorf("%q, %q: nothing that a client does comes here", k.did, k.what)
		case strings.Contains(k.what, "%s") != (k.list != nil):
			t.Errorf("%q, %q: a list wants its place", k.did, k.what)
		case k.part && !whole[k.did]:
			t.Errorf("%q, %q: it is a part of nothing", k.did, k.what)
		}
	}
}

// deviating is a report about one client, which does the same in all entries that match.
func deviating(did Did, v Verdict, ids ...string) *Report {
	r := &Report{Clients: []string{"tool"}}
	for _, id := range ids {
		e := newEntryReport(entryByID()[id])
		e.Got["tool"] = Got{Outcome: modes.ConnectionClosed, Verdict: v, Did: did, Want: e.Want[modes.FamilyDocker]}
		r.Entries = append(r.Entries, e)
	}
	return r
}

func TestCauses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		r    *Report
		want []string // number of entries, first entry, what was done
	}{
		"verifies nothing": {
			deviating(AcceptedServer, Insecure, "env/verify0-wrongca", "env/wrongca", "env/srv-expired", "env/srv-san-docker"),
			[]string{"4 env/wrongca accepted a server certificate that no CA in ca.pem has signed, is for another host or has expired"},
		},
		"compares no name": {
			deviating(AcceptedServer, Insecure, "env/srv-san-docker", "env/srv-cn-only"),
			[]string{
				"1 env/srv-san-docker accepted a server certificate that is for another host",
				"1 env/srv-cn-only took the common name of a server certificate for its host",
			},
		},
		"takes 0 for no": {
			deviating(AcceptedServer, Insecure, "env/verify0-wrongca"),
			[]string{"1 env/verify0-wrongca did not verify the server where DOCKER_TLS_VERIFY is 0 or false"},
		},
		"finds no home": {
			deviating(SentPlaintext, Insecure, "tls/mutual/home", "env/verify1-home"),
			[]string{"2 tls/mutual/home sent plaintext where TLS was asked for without DOCKER_CERT_PATH"},
		},
		"knows no TLS": {
			deviating(SentPlaintext, Insecure, "env/verify1-home", "env/tls1-certpath", "env/ref-mtls"),
			[]string{"3 env/ref-mtls sent a request in plaintext although TLS was asked for"},
		},
		"does not know DOCKER_TLS": {
			deviating(SentPlaintext, Insecure, "env/tls1-home", "env/tls1-certpath"),
			[]string{"2 env/tls1-home sent plaintext although DOCKER_TLS=1 asks for TLS"},
		},
		"wants a protocol": {
			deviating(NeverDialled, Broken, "env/no-scheme", "env/ipv6-no-scheme"),
			[]string{"2 env/no-scheme got no answer from a DOCKER_HOST that is written otherwise"},
		},
		"wants the usual files": {
			deviating(NoAnswer, Broken, "tlsverify/mutual/env/client:cert-crlf", "unix/plain/env"),
			[]string{
				"1 tlsverify/mutual/env/client:cert-crlf did not use odd files of its own that must work (cert-crlf)",
				"1 unix/plain/env got no answer from a unix socket",
			},
		},
		"never asks": {
			deviating(NeverDialled, Broken, "unix/plain/env", "tlsverify/mutual/env", "env/no-scheme", "tlsverify/mutual/env/server:revoked"),
			[]string{"4 tlsverify/mutual/env got no answer from a daemon that is in order"},
		},
		"knows few certificates": {
			deviating(NoAnswer, Broken, "tlsverify/mutual/env/server:revoked", "tlsverify/mutual/env/server:ten-thousand-names"),
			[]string{"2 tlsverify/mutual/env/server:revoked refused odd server certificates that must be accepted (revoked and ten-thousand-names)"},
		},
		"nothing": {deviating(AsExpected, Ok, "env/ref-mtls"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, c := range test.r.Causes() {
				got = append(got, fmt.Sprintf("%d %s %s", len(c.IDs), c.IDs[0], c.What))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("causes (-want +got):\n%s", diff)
			}
		})
	}
}

// What is accepted is no cause; the worst verdict comes first, then the cause of most.
func TestCausesAreInOrder(t *testing.T) {
	t.Parallel()
	r := &Report{Clients: []string{"tool"}}
	add := func(id string, did Did, v Verdict, accepted bool) {
		e := deviating(did, v, id).Entries[0]
		got := e.Got["tool"]
		got.Accepted = accepted
		e.Got["tool"] = got
		r.Entries = append(r.Entries, e)
	}
	add("env/ref-mtls", SentNoCert, Broken, false)
	add("env/verify0", NoAnswer, Broken, true)
	add("env/caonly", RefusedOtherwise, Differs, false)
	add("env/verify-true", Crashed, Broken, false)
	add("env/localhost", Crashed, Broken, false)
	add("env/verify1-noca", AcceptedAnybody, Insecure, false)
	got := r.Causes()
	for i := range got {
		got[i].What, got[i].Cure = "", ""
	}
	want := []Cause{
		{Client: "tool", Verdict: Insecure, Did: AcceptedAnybody, IDs: []string{"env/verify1-noca"}},
		{Client: "tool", Verdict: Broken, Did: Crashed, IDs: []string{"env/localhost", "env/verify-true"}},
		{Client: "tool", Verdict: Broken, Did: SentNoCert, IDs: []string{"env/ref-mtls"}},
		{Client: "tool", Verdict: Differs, Did: RefusedOtherwise, IDs: []string{"env/caonly"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
}

// worstReport is a whole run in which everything goes wrong in every way.
func worstReport(clients ...string) *Report {
	r := &Report{Clients: clients, Missing: []string{"docker is not on PATH"}}
	did := allDid()
	for i, m := range entries() {
		e := newEntryReport(m)
		for n, c := range clients {
			g := Got{Outcome: modes.ConnectionClosed, Verdict: Verdicts()[i%3], Did: did[(i/3+n)%len(did)], Want: m.Want[modes.FamilyDocker]}
			if i%7 == 0 {
				g = Got{Verdict: Skipped, Text: "there is no command for client mode " + string(m.Client)}
			}
			e.Got[c] = g
		}
		r.Entries = append(r.Entries, e)
	}
	return r
}

// A report fits a screen, however much went wrong.
func TestTextFits(t *testing.T) {
	t.Parallel()
	for _, clients := range [][]string{{"tool"}, {"docker", "curl", "go"}, {"a-client-with-a-name-that-is-longer-than-its-column", "curl"}} {
		r := worstReport(clients...)
		var b bytes.Buffer
		if err := r.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if len(lines) > 40 {
			t.Errorf("%d clients: %d lines, want at most 40:\n%s", len(clients), len(lines), b.String())
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n > 120 {
				t.Errorf("%d columns, want at most 120:\n%s", n, line)
			}
		}
		shown, about := 0, 0
		for _, row := range regexp.MustCompile(`(?m)^(?:insecure|broken|differs|and) +(\d+)  `).FindAllStringSubmatch(b.String(), -1) {
			n, err := strconv.Atoi(row[1])
			if err != nil {
				t.Fatal(err)
			}
			shown++
			about += n
		}
		if all := len(r.Deviations()); about != all || shown < 5 {
			t.Errorf("%d clients: %d rows are about %d deviations, want all %d:\n%s", len(clients), shown, about, all, b.String())
		}
		var long bytes.Buffer
		if err := r.WriteVerbose(&long); err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Causes() {
			if !strings.Contains(long.String(), c.IDs[0]) {
				t.Errorf("-v does not have %s", c.IDs[0])
			}
		}
	}
}

// When all is well there is little to say.
func TestTextOfGoodClients(t *testing.T) {
	t.Parallel()
	r := deviating(AsExpected, Ok, slices.Sorted(maps.Keys(entryByID()))...)
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	n := len(r.Entries)
	want := fmt.Sprintf("tool: OK. In all %d entries it did what was expected.\n\n%d entries in 0s. All that is known: -v, or --format html for a browser.\n", n, n)
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
