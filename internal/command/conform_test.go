package command

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// execConform runs the command. With no client in o they are looked for on PATH.
func execConform(ctx context.Context, o conform.Options, args ...string) (stdout, stderr string, err error) {
	var out, errOut bytes.Buffer
	cmd := conformCommand(o)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	err = cmd.ExecuteContext(ctx)
	return out.String(), errOut.String(), err
}

// onlyGo has the one client that is everywhere.
func onlyGo() conform.Options { return conform.Options{Clients: []conform.Client{conform.Go()}} }

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
	stdout, _, err := execConform(t.Context(), o)
	var want []string
	for _, e := range modes.Entries() {
		if strings.HasPrefix(string(e.Want[modes.FamilyGo]), "server-rejects-") {
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
	stdout, stderr, err := execConform(t.Context(), onlyGo(), "--format", "json", "--filter", "^tlsverify/mutual/flags$")
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	i := slices.IndexFunc(modes.Entries(), func(e modes.Entry) bool { return e.ID == "tlsverify/mutual/flags" })
	var got any
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v\n%s", err, stdout)
	}
	want := map[string]any{"entries": []any{map[string]any{
		"id": "tlsverify/mutual/flags", "daemon": "tlsverify", "client": "mutual", "source": "flags", "material": "good",
		"want": map[string]any{"docker": "ok", "curl": "ok", "go": "ok"},
		"why":  modes.Entries()[i].Why,
		"got":  map[string]any{"go": map[string]any{"outcome": "ok", "verdict": "ok", "text": ""}},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	wantErr := "Client: go (built in, " + runtime.Version() + ")\n1 of 1 entries\n"
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
	want := "| entry | expected | go | verdict |\n| --- | --- | --- | --- |\n| `unix/plain/flags` | ok | ok | ok |\n"
	if !strings.HasPrefix(stdout, want) {
		t.Errorf("report: got\n%s\nwant it to begin with\n%s", stdout, want)
	}
}

func TestConformSaysWhichClientsAreMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	stdout, stderr, err := execConform(t.Context(), conform.Options{}, "--filter", "^unix/plain/flags$")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"Not tried: docker is not on PATH", "Not tried: curl is not on PATH"} {
		if !strings.Contains(stdout, line+".\n") {
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
		`unknown format "yaml": it is text, markdown or json`:    {"--format", "yaml"},
		"--filter: error parsing regexp: missing closing ): `(`": {"--filter", "("},
		`no entry matches "^nothing$"`:                           {"--filter", "^nothing$"},
		`there is no client "podman" here: there are go`:         {"--client", "podman"},
		"--parallel -1 is negative":                              {"--parallel", "-1"},
		"--timeout 0s leaves no time":                            {"--timeout", "0"},
		`conform accepts no arguments, got ["mytool" "ps"]`:      {"mytool", "ps"},
		`strconv.ParseInt: parsing "many": invalid syntax`:       {"--parallel", "many"},
	} {
		_, _, err := execConform(t.Context(), onlyGo(), args...)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: error: got %v, want %s", args, err, want)
		}
	}
}

func TestConformIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	stuck := conform.Func("stuck", modes.FamilyGo, func(ctx context.Context, _ conform.Attempt) conform.Result {
		cancel()
		<-ctx.Done()
		return conform.Result{Err: ctx.Err()}
	})
	stdout, _, err := execConform(ctx, conform.Options{Clients: []conform.Client{stuck}, Timeout: time.Hour})
	if conformExit(err) != exitInterrupted {
		t.Errorf("error: got %v, want exit code %d", err, exitInterrupted)
	}
	if stdout != "" {
		t.Errorf("an interrupted run printed %q", stdout)
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
	o := conform.Options{Clients: []conform.Client{named("one"), named("two"), named("three")}}
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
