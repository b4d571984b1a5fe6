package testscripts_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/testscripts"
)

// script runs the script command on args and returns what it prints, without times.
func script(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := testscripts.NewCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(append([]string{}, args...)) // nil would be the arguments of the test
	err := cmd.ExecuteContext(ctx)
	return regexp.MustCompile(`\d+\.\d+s`).ReplaceAllString(out.String(), "0s"), err
}

// write writes a scenario and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestScriptCommand(t *testing.T) {
	t.Parallel()
	pass := write(t, "pass.txtar", "exec dockerd --version\nstdout '^Docker version '\n")
	fail := write(t, "fail.txtar", "# breaks\nexec dockerd --version\nstdout nonsense\n")
	skip := write(t, "skip.txtar", "skip 'not today'\n")

	out, err := script(t.Context(), pass, skip)
	want := "ok    " + pass + "  0s\nskip  " + skip + "  0s  not today\n1 ok, 0 failed, 1 skipped\n"
	if out != want || err != nil {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}

	out, err = script(t.Context(), pass, fail)
	if err == nil || err.Error() != "1 of 2 scenarios failed" {
		t.Errorf("got error %v", err)
	}
	if !strings.Contains(out, "\nFAIL  "+fail+"  0s\n") || !strings.Contains(out, "fail.txtar:3: no match for `nonsense` found in stdout") {
		t.Errorf("the report does not say what failed:\n%s", out)
	}

	if out, _ = script(t.Context(), "-v", pass); !strings.Contains(out, "> exec dockerd --version") {
		t.Errorf("-v does not show the script:\n%s", out)
	}
}

func TestScriptCommandBadInput(t *testing.T) {
	posix(t)
	t.Parallel()
	dir := t.TempDir()
	for want, args := range map[string][]string{
		"script needs a FILE\nSee 'script --help'.": nil,
		"none.txtar: no such file":                  {"none.txtar"},
		"is a folder: name its .txtar":              {dir},
		"no/docker: no such file":                   {"--docker", "no/docker", write(t, "x.txtar", "")},
	} {
		if _, err := script(t.Context(), args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("script %q: %v, want %q", args, err, want)
		}
	}
}

// What a scenario does wrong, and what the report says of it.
func TestScenariosThatFail(t *testing.T) {
	posix(t)
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"exits":       {"dockerd --tls -H tcp://127.0.0.1:0 &\n", "dockerd exited: exit status 1"},
		"succeeds":    {"! dockerd --version\n", "dockerd exited: exit status 0"},
		"fails":       {"dockerd --nonsense\n", "dockerd exited: exit status 1"},
		"listens":     {"! dockerd -H unix://$RUN/d.sock\n", "dockerd listens: end the line with & to let it go on in the background"},
		"same name":   {"dockerd -H unix://$RUN/1.sock &d&\ndockerd -H unix://$RUN/2.sock &d&\n", `a dockerd named "d" is running`},
		"not started": {"term d\n", `no dockerd named "d" is running`},
		"killed":      {"dockerd --pidfile=pid -H unix://$RUN/d.sock &\nexec sh -c 'kill -9 $(cat pid)'\n", "FAIL: dockerd : signal: killed"},
		"condition":   {"[nonsense] need sh\n", `bad condition "nonsense": unknown condition`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := script(t.Context(), write(t, "x.txtar", tt.text))
			if err == nil || !strings.Contains(out, tt.want) {
				t.Errorf("error %v, report without %q:\n%s", err, tt.want, out)
			}
		})
	}
}

func TestNeed(t *testing.T) {
	posix(t)
	file := write(t, "x.txtar", "need sh no-such-program\n")
	t.Setenv("FAKEDOCKERD_REQUIRE_TOOLS", "")
	out, err := script(t.Context(), file)
	if !strings.Contains(out, "no-such-program is not installed\n0 ok, 0 failed, 1 skipped\n") || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
	t.Setenv("FAKEDOCKERD_REQUIRE_TOOLS", "1")
	out, err = script(t.Context(), file)
	if !strings.Contains(out, "no-such-program is not installed and FAKEDOCKERD_REQUIRE_TOOLS is set") || err == nil {
		t.Errorf("got %q, %v", out, err)
	}
}

// Nothing that changes what docker, curl, Python or Node trust, or where they connect, reaches a scenario, be it a
// program that it runs or its dockerd.
func TestEnvironmentIsScrubbed(t *testing.T) {
	posix(t)
	for _, name := range []string{
		"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION",
		"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
	} {
		t.Setenv(name, "of the caller")
	}
	t.Setenv("HOME", t.TempDir())
	out, err := script(t.Context(), write(t, "x.txtar", `exec fakedockerd script environ env.json
exec ls -l env.json
stdout ^-rw-------
! grep 'of the caller' env.json
grep 'HOME='$WORK/home env.json
env OF_THE_SCENARIO=1
dockerd -H unix://$RUN/d.sock &
exec sh -c 'cat $RUN/environ*.json > d.json'
! grep 'of the caller' d.json
grep OF_THE_SCENARIO=1 d.json
`))
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReadmeScenario(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)\n```\n(.*?)```\n").FindSubmatch(readme)
	if block == nil {
		t.Fatal("README.md has no scenario")
	}
	versions := dockercli.Versions()
	docker := dockercli.Path(t, versions[len(versions)-1])
	if out, err := script(t.Context(), "--docker", docker, write(t, "readme.txtar", string(block[1]))); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
