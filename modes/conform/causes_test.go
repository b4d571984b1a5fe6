package conform

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// allDid are the things that clients do wrong.
func allDid() []Did {
	return []Did{
		SentPlaintext, AcceptedServer, AcceptedAnybody, LetIn, Answered, WentOn, SentNoCert, NoAnswer, NeverDialled, AskedNobody,
		DidNotEnd, DidNotRun, Crashed, FailedWithAnswer, RefusedOtherwise, AsExpected, "",
	}
}

// resultsOf are results of an attempt in an entry that have an outcome: nil when the daemon of the entry cannot be part
// of it.
func resultsOf(o outcome.Class, e modes.Entry) []Result {
	met := func(h fakedaemon.Handshake) Result {
		return Result{Connections: fakedaemon.ConnectionCount{Accepted: 1, Heard: 1}, ExitCode: 1, Handshakes: fakedaemon.Handshakes{h}}
	}
	refused := errors.New("refused")
	overTLS := e.Daemon == modes.TLS || e.Daemon == modes.TLSVerify
	switch {
	case slices.Contains(answers, o):
		all := []Result{{Connections: fakedaemon.ConnectionCount{Accepted: 1, Heard: 1}, Requests: fakedaemon.Requests{{Status: 200}}}}
		if e.Daemon == modes.TLSVerify {
			all = append(all, Result{Connections: fakedaemon.ConnectionCount{Accepted: 1, Heard: 1}, Requests: fakedaemon.Requests{{Status: 200, ClientName: "client"}}})
		}
		return all
	case o == outcome.HTTPToHTTPS:
		if !overTLS {
			return nil
		}
		return []Result{met(fakedaemon.Handshake{Plaintext: true, Err: refused})}
	case o.RefusesServer(), o == outcome.TLSHandshakeFailure:
		if !overTLS {
			return nil
		}
		return []Result{met(fakedaemon.Handshake{Err: refused, AlertReceived: "bad certificate"})}
	case o.RefusesClient():
		if e.Daemon != modes.TLSVerify {
			return nil
		}
		return []Result{met(fakedaemon.Handshake{Err: refused, ServerAccepted: true, AlertSent: "bad certificate"})}
	case o.StopsFirst(), o == outcome.ConnectionRefused, o == outcome.NoSuchSocket, o == NotRun:
		return []Result{{ExitCode: 1}}
	}
	r := met(fakedaemon.Handshake{Err: refused})
	return []Result{{ExitCode: 1, TimedOut: o == TimedOut}, r}
}

// judged are the deviations that judge finds in an entry, whatever clients of any kind do in front of its daemons.
func judged(e modes.Entry) []Deviation {
	var all []Deviation
	type key struct {
		Verdict
		Did
		got, want outcome.Class
	}
	seen := map[key]bool{}
	wantPlain := e.WantPlain()
	outcomes := append(outcome.All(), TimedOut, NotRun, NoRequest, FailsAfterAnswer, Unclassified)
	for _, family := range append(modes.Families(), Unknown) {
		want, ok := e.Want[reference(family)]
		if !ok {
			continue
		}
		impostors := []Result{{}}
		if meetsImpostor(e, want) || want.StopsFirst() && e.Client.Verifies() && (e.Daemon == modes.TLS || e.Daemon == modes.TLSVerify) {
			impostors = append(impostors, Result{Requests: fakedaemon.Requests{{Status: 200}}})
		}
		plain := wantPlain[reference(family)]
		plains := []outcome.Class{""}
		if plain != "" {
			plains = []outcome.Class{plain, outcome.OK, outcome.HTTPSToHTTP, Unclassified}
		}
		for _, got := range outcomes {
			for _, first := range resultsOf(got, e) {
				for _, impostor := range impostors {
					for _, gotPlain := range plains {
						one := trial{entry: e, family: family, want: want, got: got, first: first, impostor: impostor, wantPlain: plain, gotPlain: gotPlain}
						if gotPlain != "" {
							one.plain = resultsOf(gotPlain, modes.Entry{Daemon: modes.TCP})[0]
							one.plain.plain = true
						}
						d := Deviation{ID: e.ID, Client: "tool", Got: Got{Outcome: got, Want: want}}
						d.Verdict, d.Did = one.judge()
						if k := (key{d.Verdict, d.Did, got, want}); d.deviates() && !seen[k] {
							seen[k] = true
							all = append(all, d)
						}
					}
				}
			}
		}
	}
	return all
}

// Whatever a client does in any entry has a cause and a cure, and each row of the table is of use: it is the first that
// fits something that judge says.
func TestCausesHaveCures(t *testing.T) {
	t.Parallel()
	used := map[int]bool{}
	use := func(d Deviation) {
		at := slices.IndexFunc(causeRows, func(k causeRow) bool { return k.fits(d) })
		if at < 0 {
			t.Fatalf("%s, %q, %s: no row", d.ID, d.Did, d.Verdict)
		}
		used[at] = true
	}
	for _, e := range Entries() {
		for _, d := range judged(e) {
			use(d)
		}
	}
	use(Deviation{ID: "mine", Got: Got{Verdict: Insecure}}) // of a report by hand
	whole := map[Did]bool{}
	for _, k := range causeRows {
		whole[k.did] = whole[k.did] || k.whole != nil
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
		e.Got["tool"] = Got{Outcome: outcome.ConnectionClosed, Verdict: v, Did: did, Want: e.Want[modes.FamilyDocker]}
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
		"sends more than the docker CLI": {
			deviating(Answered, Differs, "env/tls1-noca", "tlsverify/mutual/env/server:daemonca-leaf-client-cert", "tlsverify/mutual/env/client:leaf-trusted"),
			[]string{
				"2 tlsverify/mutual/env/server:daemonca-leaf-client-cert was let in with a certificate that it was not expected to send",
				"1 env/tls1-noca went on where files of its own had to stop it (tls1-noca)",
			},
		},
		"looks only into DOCKER_CERT_PATH": {
			deviating(SentNoCert, Broken, "tlsverify/mutual/home", "env/verify1-home", "env/verify1-DOCKER_CONFIG", "env/tls1-home", "env/tls1-certpath", "env/srvnv-expired"),
			[]string{
				"3 env/verify1-DOCKER_CONFIG sent no certificate where the files are not in DOCKER_CERT_PATH",
				"3 env/tls1-home sent no certificate with DOCKER_TLS=1",
			},
		},
		"sends no certificate at all": {
			deviating(SentNoCert, Broken, "tlsverify/mutual/home", "env/tls1-home", "env/ref-mtls"),
			[]string{"3 env/ref-mtls sent no certificate to a daemon that asks for one"},
		},
		"speaks TLS over TCP alone": {
			deviating(NoAnswer, Broken, "env/localhost", "unix/plain/env", "unix/mutual/env", "env/no-scheme", "tcp/plain/env", "tlsverify/mutual/env/server:key-rsa1024"),
			[]string{
				"2 unix/mutual/env got no answer from a unix socket",
				"1 env/localhost got no answer from a daemon that is in order",
				"1 env/no-scheme got no answer from a DOCKER_HOST that is written otherwise",
				"1 tcp/plain/env got no answer where no TLS is asked for",
				"1 tlsverify/mutual/env/server:key-rsa1024 refused odd server certificates that must be accepted (key-rsa1024)",
			},
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
	for i, m := range Entries() {
		e := newEntryReport(m)
		for n, c := range clients {
			g := Got{Outcome: outcome.ConnectionClosed, Verdict: Verdicts()[i%3], Did: did[(i/3+n)%len(did)], Want: m.Want[modes.FamilyDocker]}
			if i%7 == 0 {
				g = Got{Verdict: Skipped, Text: "told by flags: --mode has no command for client mode " + string(m.Client)}
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

// TestWrap: lines end at blanks, and words that are too wide where they have to.
func TestWrap(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                  {""},
		"one two":           {"one", "two"},
		"a b  c de":         {"a b c", "de"},
		"a bcd":             {"a bcd"},
		"é bcd":             {"é bcd"},
		"abcdefghijklm":     {"abcde", "fghij", "klm"},
		"a bcdefghijklmn o": {"a", "bcdef", "ghijk", "lmn o"},
		"abcde fghij":       {"abcde", "fghij"},
	} {
		if diff := cmp.Diff(want, wrap(text, 5)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// Of one client the table has no column.
func TestTextOfOneClient(t *testing.T) {
	t.Parallel()
	r := deviating(DidNotEnd, Broken, "tlsverify/mutual/flags")
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := `tool: BROKEN. In 1 of 1 entry it did not do what was expected: 1 broken.

VERDICT   ENTRIES  WHAT IT DID, FIRST IN                         WHAT HELPS
broken          1  did not end in time                           Give the connection, the handshake and the answer a
                   tlsverify/mutual/flags                        limit of time each, shorter than --timeout.

1 entry tried in 0s. All that is known: -v, or --format html for a browser.
One of them again: --filter '^tlsverify/mutual/flags$'
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
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
	want := fmt.Sprintf("tool: OK. In all %d entries it did what was expected.\n\n%d entries tried in 0s. All that is known: -v, or --format html for a browser.\n", n, n)
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
