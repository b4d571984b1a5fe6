package conform

import (
	"bytes"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

var update = flag.Bool("update", false, "write testdata/report.*")

// someReport has every verdict, an entry that families see differently, and a client that is missing.
func someReport() *Report {
	ok := func(o outcome.Class) Got { return Got{Outcome: o, Verdict: Ok, Want: o, Did: AsExpected} }
	return &Report{
		Clients: []string{"docker", "curl"},
		Missing: []string{"the third is not on PATH"},
		Elapsed: 1234567 * time.Microsecond,
		Entries: []EntryReport{{
			ID: "unix/plain/flags", Daemon: modes.Unix, Client: modes.ClientPlain, Source: modes.Flags, Material: "good",
			Want: map[modes.Family]outcome.Class{modes.FamilyDocker: outcome.OK, modes.FamilyCurl: outcome.OK},
			Why:  "Both speak plain HTTP.",
			Got:  map[string]Got{"docker": ok(outcome.OK), "curl": ok(outcome.OK)},
		}, {
			ID: "tlsverify/mutual/env", Daemon: modes.TLSVerify, Client: modes.ClientMutual, Source: modes.Env, Material: "good",
			Want: map[modes.Family]outcome.Class{modes.FamilyDocker: outcome.OK},
			Why:  "Each trusts the other.",
			Got: map[string]Got{
				"docker": {Outcome: outcome.ConnectionClosed, Verdict: Broken, Did: NoAnswer, Want: outcome.OK, Plain: outcome.HTTPSToHTTP, Text: "one line\nand <another>\x1b", Why: "This is so.", Command: "docker version", Env: []string{"HOME=/h"}, Ledger: "ID\n1", Elapsed: time.Second},
				"curl":   {Verdict: Skipped, Text: "curl has no variables"},
			},
		}, {
			ID: "tlsverify/tls+cert/flags/client:other-ca", Daemon: modes.TLSVerify, Client: modes.ClientTLSCert, Source: modes.Flags, Material: "client:other-ca",
			Want: map[modes.Family]outcome.Class{
				modes.FamilyDocker: outcome.RejectsNoClientCert, modes.FamilyGo: outcome.RejectsNoClientCert, modes.FamilyCurl: outcome.RejectsUnknownClientCA,
			},
			Why: "curl sends what Go leaves out.",
			Got: map[string]Got{
				"docker": {Accepted: true, Outcome: outcome.RejectsUnknownClientCA, Verdict: Differs, Did: RefusedOtherwise, Why: "It was so.", Want: outcome.RejectsNoClientCert, Ledger: "ID\n1"},
				"curl":   {Outcome: outcome.OK, Verdict: Insecure, Did: SentPlaintext, Plain: outcome.OK, Reason: "curl sends it.", Want: outcome.RejectsUnknownClientCA, Ledger: "ID\n1"},
			},
		}},
	}
}

// TestExpected: what the most clients have to do, and the others by name; without a client that of the docker CLI.
func TestExpected(t *testing.T) {
	t.Parallel()
	type wants map[string]outcome.Class
	for want, e := range map[string]EntryReport{
		"an answer":                      {},
		"an answer, server not verified": {Unverified: true},
	} {
		e.Want = map[modes.Family]outcome.Class{modes.FamilyDocker: outcome.OK, modes.FamilyCurl: outcome.RejectsServerExpired}
		if got := e.expected([]string{"a"}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for want, of := range map[string]wants{
		"refuse the server: expired (b: an answer)":          {"a": outcome.RejectsServerExpired, "b": outcome.OK, "c": outcome.RejectsServerExpired},
		"be refused: no client cert (c: stop: missing file)": {"b": outcome.RejectsNoClientCert, "c": outcome.ConfigMissingFile},
		"plaintext, refused (b: TLS, no answer in TLS)":      {"a": outcome.HTTPToHTTPS, "b": outcome.HTTPSToHTTP},
		"stop: bad material":                                 {"c": outcome.ConfigBadMaterial},
		"an answer (a: be refused: client cert expired)":     {"a": outcome.RejectsClientCertExpired, "b": outcome.OK, "c": outcome.OK},
	} {
		e := EntryReport{Got: map[string]Got{}}
		for client, o := range of {
			e.Got[client] = Got{Want: o}
		}
		if got := e.expected([]string{"a", "b", "c"}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*Report, io.Writer) error{
		"report.txt": (*Report).WriteText, "report.verbose.txt": (*Report).WriteVerbose, "report.md": (*Report).WriteMarkdown, "report.json": (*Report).WriteJSON,
		"report.xml": (*Report).WriteJUnit,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got bytes.Buffer
			if err := write(someReport(), &got); err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile("testdata/"+name, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		client    modes.Client
		want, got outcome.Class
		verdict   Verdict
	}{
		{modes.ClientMutual, outcome.OK, outcome.OK, Ok},
		{modes.ClientMutual, outcome.RejectsServerExpired, outcome.RejectsServerExpired, Ok},
		{modes.ClientMutual, outcome.RejectsServerExpired, outcome.OK, Insecure},
		{modes.ClientMutual, outcome.RejectsServerExpired, FailsAfterAnswer, Insecure},
		{modes.ClientMutual, outcome.OK, outcome.HTTPToHTTPS, Insecure},
		{modes.ClientPlain, outcome.OK, outcome.HTTPToHTTPS, Broken},
		{modes.ClientPlain, outcome.HTTPToHTTPS, outcome.ConnectionClosed, Differs},
		{modes.ClientMutual, outcome.OK, outcome.ConfigMissingFile, Broken},
		{modes.ClientMutual, outcome.OK, FailsAfterAnswer, Broken},
		{modes.ClientMutual, outcome.OK, NoRequest, Broken},
		{modes.ClientMutual, outcome.RejectsServerExpired, NoRequest, Differs},
		{modes.ClientTLS, outcome.RejectsNoClientCert, outcome.TLSHandshakeFailure, Differs},
	} {
		one := trial{entry: modes.Entry{Daemon: modes.TLSVerify, Client: test.client}, family: modes.FamilyGo, want: test.want, got: test.got}
		if got, _ := one.judge(); got != test.verdict {
			t.Errorf("client mode %s, want %s, got %s: verdict %s, want %s", test.client, test.want, test.got, got, test.verdict)
		}
	}
}

// TestJudgeTimeOut: of a client whose words nobody knows any refusal will do, but none that it is stopped in.
func TestJudgeTimeOut(t *testing.T) {
	t.Parallel()
	failed := Result{ExitCode: 1, Connections: fakedaemon.ConnectionCount{Accepted: 1, Heard: 1}}
	hung := failed
	hung.ExitCode, hung.TimedOut = 0, true
	for _, test := range []struct {
		got     outcome.Class
		first   Result
		verdict Verdict
		did     Did
	}{
		{Unclassified, failed, Ok, AsExpected},
		{outcome.ConnectionClosed, failed, Ok, AsExpected},
		{TimedOut, hung, Differs, DidNotEnd},
		{outcome.ClientCrash, failed, Differs, Crashed},
		{NoRequest, Result{}, Differs, AskedNobody},
	} {
		one := trial{entry: modes.Entry{Daemon: modes.TLSVerify, Client: modes.ClientMutual}, family: Unknown, want: outcome.RejectsServerExpired, got: test.got, first: test.first}
		if verdict, did := one.judge(); verdict != test.verdict || did != test.did {
			t.Errorf("%s: %s, %s; want %s, %s", test.got, verdict, did, test.verdict, test.did)
		}
	}
}

// A client of a family that is not known may send what the docker CLI does not, and the daemon may accept it.
func TestJudgeVerifiedClient(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		family  modes.Family
		name    string
		verdict Verdict
		did     string
	}{
		{Unknown, "client", Differs, "sent a certificate that the daemon accepts"},
		{Unknown, "", Insecure, "was let in by the daemon"},
		{modes.FamilyDocker, "client", Insecure, "was let in by the daemon"},
	} {
		one := trial{
			entry: modes.Entry{Daemon: modes.TLSVerify, Client: modes.ClientMutual, Source: modes.Flags}, family: test.family,
			want: outcome.RejectsNoClientCert, got: outcome.OK,
			first: Result{Requests: fakedaemon.Requests{{Handshake: 1, ClientName: test.name, Status: 200}}},
		}
		if v, did := one.judge(); v != test.verdict || one.did(did) != test.did {
			t.Errorf("family %q with the certificate of %q: %s, %s; want %s, %s", test.family, test.name, v, one.did(did), test.verdict, test.did)
		}
	}
}

// TestBaseline: what deviates in this run, and the lines of entries that were not tried.
func TestBaseline(t *testing.T) {
	t.Parallel()
	other := Accepted{"curl", "tls/tls/env", Differs, "ok\t-"}
	got := someReport().Baseline(Baseline{{"curl", "unix/plain/flags", Broken, "ok\t-"}, other})
	slices.SortFunc(got, func(a, b Accepted) int { return strings.Compare(a.String(), b.String()) })
	const odd = "tlsverify/tls+cert/flags/client:other-ca"
	want := Baseline{
		other, {"curl", odd, Insecure, "ok\tok"}, {"docker", "tlsverify/mutual/env", Broken, "connection-closed\thttps-to-http"},
		{"docker", odd, Differs, "server-rejects-unknown-client-ca\t-"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCertsOfOneSeed: the daemon, the stranger and the impostor have a CA each.
func TestCertsOfOneSeed(t *testing.T) {
	t.Parallel()
	c := &certCache{seed: []byte("s"), now: time.Now()}
	seen := map[string]bool{}
	for _, whose := range []owner{ofDaemon, ofStranger, ofImpostor} {
		b, err := c.get(certKind{whose: whose})
		if err != nil {
			t.Fatal(err)
		}
		if ca := string(b.CAPEM()); seen[ca] {
			t.Errorf("owner %d has the CA of another", whose)
		} else {
			seen[ca] = true
		}
	}
}
