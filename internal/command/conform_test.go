package command

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// execConform runs the command. With no client in o they are looked for on PATH.
func execConform(ctx context.Context, o conform.Options, args ...string) (stdout, stderr string, err error) {
	var out, errOut bytes.Buffer
	cmd := conformCommand(o)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(append([]string{}, args...)) // nil is the test binary's own
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	err = cmd.ExecuteContext(ctx)
	return out.String(), errOut.String(), err
}

// onlyGo has the one client that is everywhere.
func onlyGo() conform.Options {
	return conform.Options{NoPreflight: true, Clients: []conform.Client{conform.Go()}}
}

func TestConformNamesWhatAWrongDaemonLetsIn(t *testing.T) {
	t.Parallel()
	o := onlyGo()
	o.NewDaemon = func(d *fakedaemon.Options) (conform.Daemon, error) {
		if d.Mode == modes.TLSVerify {
			// RootCAs where ClientCAs was meant: nobody is verified.
			config := d.Certs.ServerTLS()
			config.RootCAs, config.ClientCAs, config.ClientAuth = config.ClientCAs, nil, tls.RequestClientCert
			d = &fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: d.Mode, TLS: config}}, Certs: d.Certs}
		}
		return fakedaemon.New(d)
	}
	some := regexp.MustCompile("")
	if !testtool.All() {
		some = regexp.MustCompile("^(tcp|tls|tlsverify)/[a-z]+/(flags|env)(/client:[a-d].*)?$")
		t.Logf("entries of %s, %s=1 tries them all", some, testtool.AllEnv)
	}
	stdout, _, err := execConform(t.Context(), o, "-v", "--filter", some.String())
	var want []string
	for _, e := range modes.Entries() {
		// Nobody can read one of the certificates of cert-then-corrupt.
		if some.MatchString(e.ID) && e.Want[modes.FamilyGo].RefusesClient() && e.Material.Client != "cert-then-corrupt" {
			want = append(want, e.ID)
		}
	}
	if len(want) == 0 {
		t.Fatal("no entry in which the daemon refuses the client")
	}
	if err == nil || conformExit(err) != 1 {
		t.Errorf("error: got %v with exit code %d, want one with exit code 1", err, conformExit(err))
	}
	var got []string
	for line := range strings.Lines(stdout) {
		if id, ok := strings.CutSuffix(line, ": go is insecure\n"); ok {
			got = append(got, id)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries named as insecure (-want +got):\n%s", diff)
	}
}

// conformExit is what main makes of an error.
func conformExit(err error) int {
	if coded := (*exitError)(nil); errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}

func TestConformJSON(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := execConform(t.Context(), onlyGo(), "--format", "json", "--filter", "^tls/tlsverify/flags$")
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	i := slices.IndexFunc(modes.Entries(), func(e modes.Entry) bool { return e.ID == "tls/tlsverify/flags" })
	var got any
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v\n%s", err, stdout)
	}
	outcomes := map[string]any{}
	for family, outcome := range modes.Entries()[i].Want {
		outcomes[string(family)] = string(outcome)
	}
	want := map[string]any{"causes": []any{}, "entries": []any{map[string]any{
		"id": "tls/tlsverify/flags", "daemon": "tls", "client": "tlsverify", "source": "flags", "material": "good",
		"want": outcomes,
		"why":  modes.Entries()[i].Why,
		"got":  map[string]any{"go": map[string]any{"outcome": "ok", "verdict": "ok", "text": "", "plain": "https-to-http", "did": "as expected"}},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	wantErr := "Client: go (built in, " + runtime.Version() + ")\n1 of 2 attempts\n2 of 2 attempts\n"
	stderr = regexp.MustCompile(", about .* left").ReplaceAllString(stderr, "")
	if diff := cmp.Diff(wantErr, stderr); diff != "" {
		t.Errorf("standard error (-want +got):\n%s", diff)
	}
}

func TestConformMarkdown(t *testing.T) {
	t.Parallel()
	stdout, _, err := execConform(t.Context(), onlyGo(), "--format", "markdown", "--filter", "^unix/plain/flags$")
	if err != nil {
		t.Fatal(err)
	}
	want := "**go: OK.** In the only entry it did what was expected.\n\n\n<details><summary>The only entry</summary>\n\n" +
		"| entry | expected | go | verdict |\n| --- | --- | --- | --- |\n| `unix/plain/flags` | an answer | as expected | ok |\n\n</details>\n"
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestConformSaysWhichClientsAreMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	stdout, stderr, err := execConform(t.Context(), conform.Options{}, "--filter", "^unix/plain/flags$")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"Not tried: docker is not on PATH", "Not tried: curl is not on PATH"} {
		if !strings.Contains(stdout, "not tried      "+strings.TrimPrefix(line, "Not tried: ")+"\n") {
			t.Errorf("the report does not say %q:\n%s", line, stdout)
		}
		if !strings.Contains(stderr, line+"\n") {
			t.Errorf("standard error does not say %q:\n%s", line, stderr)
		}
	}
}

func TestConformList(t *testing.T) {
	t.Parallel()
	stdout, _, err := execConform(t.Context(), conform.Options{}, "--list", "--filter", "^unix/plain/")
	if err != nil {
		t.Fatal(err)
	}
	want := "unix/plain/flags\nunix/plain/env\nunix/plain/home\nunix/plain/context\n"
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestConformRefusesBadInput(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`unknown format "yaml": it is text, markdown, json, junit or html`:                      {"--format", "yaml"},
		"--filter: error parsing regexp: missing closing ): `(`":                                {"--filter", "("},
		`no entry matches "^nothing$"`:                                                          {"--filter", "^nothing$"},
		`there is no client "podman" here: there are go`:                                        {"--client", "podman"},
		"there is no command after --":                                                          {"--"},
		"--mode \"mutual\" is not MODE=COMMAND":                                                 {"--mode", "mutual"},
		"--mode gives two commands for client mode plain":                                       {"--mode", "plain=a", "--mode", "plain=b"},
		"--mode plain: 'a: the quote ' is not closed":                                           {"--mode", "plain='a"},
		"--client and --docker select clients of this machine: leave them out beside a command": {"--client", "go", "--", "true"},
		"--update-baseline needs the file that --baseline names":                                {"--update-baseline"},
		`--shard: "4/3" is not a shard: it is I/N, from 1/N to N/N`:                             {"--shard", "4/3"},
		"--parallel -1 is negative":                                                             {"--parallel", "-1"},
		"--timeout 0s leaves no time":                                                           {"--timeout", "0"},
		"--time-limit -1s is negative":                                                          {"--time-limit", "-1s"},
		"--update-baseline needs a whole run: leave out --fail-fast":                            {"--update-baseline", "--baseline", "x", "--fail-fast"},
		`conform accepts no arguments before --, got ["mytool" "ps"]`:                           {"mytool", "ps"},
		"strconv.ParseInt: parsing \"many\": invalid syntax\nSee 'conform --help'.":             {"--parallel", "many"},
	} {
		_, _, err := execConform(t.Context(), onlyGo(), args...)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: error: got %v, want %s", args, err, want)
		}
		if code := conformExit(err); code != exitSetup {
			t.Errorf("%q: exit code %d, want %d", args, code, exitSetup)
		}
	}
}

func TestConformCommand(t *testing.T) {
	t.Parallel()
	curl := testtool.Need(t, "curl")
	stdout, stderr, err := execConform(t.Context(), conform.Options{}, "--format", "json", "--name", "mytool",
		"--mode", "mutual="+curl+" -sS https://{addr}/version --cacert {ca} --cert {cert} --key '{key}'",
		"--filter", "^(env/ref-mtls|tlsverify/(mutual|tls)/flags|tlsverify/mutual/flags/server:(expired|cn-only))$",
		"--", curl, "-sS", "http://{addr}/version")
	if err == nil || err.Error() != "2 deviations, the first: tlsverify/mutual/flags/server:cn-only with mytool" {
		t.Errorf("error: got %v\n%s", err, stderr)
	}
	var report struct {
		Entries []struct {
			ID  string
			Got map[string]struct{ Verdict, Outcome, Plain, Text, Why string }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v\n%s", err, stdout)
	}
	got := map[string]string{}
	for _, e := range report.Entries {
		g := e.Got["mytool"]
		got[e.ID] = strings.Join([]string{g.Verdict, g.Outcome, g.Plain, g.Why}, "|")
		if g.Verdict == "skipped" {
			got[e.ID] = "skipped: " + g.Text
		}
	}
	want := map[string]string{
		"env/ref-mtls": "insecure|http-to-https|ok|DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH: mytool spoke plaintext; " +
			"the docker CLI uses the files of DOCKER_CERT_PATH.",
		"tlsverify/mutual/flags":                "ok|ok|https-to-http|",
		"tlsverify/tls/flags":                   "skipped: told by flags: --mode has no command for client mode tls",
		"tlsverify/mutual/flags/server:expired": "ok|client-rejects-server-expired|https-to-http|",
		// What OpenSSL accepts and Go does not.
		"tlsverify/mutual/flags/server:cn-only": got["tlsverify/mutual/flags/server:cn-only"],
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if v, _, _ := strings.Cut(got["tlsverify/mutual/flags/server:cn-only"], "|"); v != "insecure" {
		t.Errorf("cn-only: got %s, want insecure", got["tlsverify/mutual/flags/server:cn-only"])
	}
}

func TestConformBaseline(t *testing.T) {
	t.Parallel()
	o := func(answer error) conform.Options {
		return conform.Options{NoPreflight: true, Clients: []conform.Client{conform.Func("one", modes.FamilyGo, func(context.Context, conform.Attempt) conform.Result {
			return conform.Result{Err: answer}
		})}}
	}
	file := t.TempDir() + "/baseline"
	all, part := "^(tcp|unix)/plain/flags$", "^unix/plain/flags$"
	try := func(want string, o conform.Options, args ...string) {
		t.Helper()
		_, _, err := execConform(t.Context(), o, append(args, "--baseline", file)...)
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), file, "FILE")
		}
		if got != want {
			t.Errorf("%q: error: got %q, want %q", args, got, want)
		}
	}
	deaf := errors.New("what?")
	try("--baseline FILE: there is no such file: --update-baseline makes it", o(deaf), "--filter", all)
	try("", o(deaf), "--filter", all, "--update-baseline")
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "# Accepted differences. `fakedockerd conform --update-baseline` writes this file.\n" +
		"one\ttcp/plain/flags\tbroken\tunclassified\t-\none\tunix/plain/flags\tbroken\tunclassified\t-\n"
	if diff := cmp.Diff(want, string(written)); diff != "" {
		t.Errorf("baseline (-want +got):\n%s", diff)
	}
	try("", o(deaf), "--filter", all)
	try("", o(deaf), "--filter", part, "--update-baseline")
	try("", o(deaf), "--filter", all)
	try("1 deviation: tls/mutual/flags with one", o(deaf), "--filter", all+"|^tls/mutual/flags$")
	try("2 deviations, the first: unix/plain/flags with one", o(nil), "--filter", all)
	good := onlyGo()
	good.Clients[0] = conform.Func("one", modes.FamilyGo, func(ctx context.Context, a conform.Attempt) conform.Result {
		_, err := conform.Get(ctx, a.Host(), nil)
		return conform.Result{Err: err}
	})
	try(`2 lines of FILE are no longer so, the first: "one\ttcp/plain/flags\tbroken\tunclassified\t-"; --update-baseline removes them`, good, "--filter", all)
	try("", good, "--filter", all, "--update-baseline")
	try("", good, "--filter", all)
	if err := os.WriteFile(file, []byte("one unix/plain/flags broken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	try(`--baseline FILE: line 1 is not CLIENT, ENTRY, VERDICT, OUTCOME and OUTCOME with tabs between them: "one unix/plain/flags broken"`, good, "--filter", all)
}

// TestConformNamesOneFirst: the report and the error name the same entry.
func TestConformNamesOneFirst(t *testing.T) {
	t.Parallel()
	o := conform.Options{NoPreflight: true, Clients: []conform.Client{
		conform.Func("one", modes.FamilyGo, func(ctx context.Context, a conform.Attempt) conform.Result {
			config, err := a.Entry.GoTLS(a.CAPEM, a.CertPEM, a.KeyPEM)
			if err == nil {
				config.InsecureSkipVerify = true
				_, err = conform.Get(ctx, a.Host(), config)
			}
			return conform.Result{Err: err}
		})}}
	const first = "tlsverify/mutual/flags/server:other-ca" // not the first of the matrix, but the plainest of them
	stdout, _, err := execConform(t.Context(), o, "--filter", "^tlsverify/mutual/flags/server:(expired|other-ca)$")
	if want := "2 deviations, the first: " + first + " with one"; err == nil || err.Error() != want {
		t.Errorf("error: got %v, want %s", err, want)
	}
	if want := "\nOne of them again: --filter '^" + first + "$'\n"; !strings.Contains(stdout, want) {
		t.Errorf("no %q in\n%s", want, stdout)
	}
}

func TestConformShards(t *testing.T) {
	list := func(args ...string) []string {
		t.Helper()
		stdout, _, err := execConform(t.Context(), conform.Options{}, append(args, "--list")...)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(stdout)
	}
	whole := list()
	var parts []string
	for _, shard := range []string{"1/3", "2/3", "3/3"} {
		part := list("--shard", shard)
		if n := len(part); n < len(whole)/3 || n > len(whole)/3+1 {
			t.Errorf("shard %s has %d of %d entries", shard, n, len(whole))
		}
		parts = append(parts, part...)
	}
	slices.Sort(parts)
	slices.Sort(whole)
	if diff := cmp.Diff(whole, parts); diff != "" {
		t.Errorf("all entries (-whole +shards):\n%s", diff)
	}
	second := list("--shard", "2/3")
	status := t.TempDir() + "/status"
	t.Setenv("TEST_TOTAL_SHARDS", "3")
	t.Setenv("TEST_SHARD_INDEX", "1")
	t.Setenv("TEST_SHARD_STATUS_FILE", status)
	if diff := cmp.Diff(second, list()); diff != "" {
		t.Errorf("Bazel's second shard (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(status); err != nil {
		t.Error(err)
	}
	t.Setenv("TEST_SHARD_INDEX", "3")
	if _, _, err := execConform(t.Context(), conform.Options{}, "--list"); err == nil || err.Error() != `TEST_SHARD_INDEX="3" of TEST_TOTAL_SHARDS="3" is not a shard` {
		t.Errorf("error: got %v", err)
	}
}

func TestConformRunsOnlyTheNamedClients(t *testing.T) {
	t.Parallel()
	named := func(name string) conform.Client {
		return conform.Func(name, modes.FamilyGo, func(ctx context.Context, a conform.Attempt) conform.Result {
			_, err := conform.Get(ctx, a.Host(), nil)
			return conform.Result{Err: err}
		})
	}
	o := conform.Options{NoPreflight: true, Clients: []conform.Client{named("one"), named("two"), named("three")}}
	stdout, _, err := execConform(t.Context(), o, "--client", "three", "--client", "one", "--format", "json", "--filter", "^unix/plain/flags$")
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Entries []struct{ Got map[string]any }
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(report.Entries[0].Got))
	if diff := cmp.Diff([]string{"one", "three"}, got); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
}
