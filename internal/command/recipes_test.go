package command

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// A block is code in a document.
type block struct{ language, text string }

// blocks are the pieces of code in docs/ci.md.
func blocks(t *testing.T) []block {
	t.Helper()
	doc, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(string(doc), -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

// python runs a program of Python that reads a block and prints JSON.
func python(t *testing.T, module, program, text string, into any) {
	t.Helper()
	python := testtool.Need(t, "python3")
	if err := exec.Command(python, "-c", "import "+module).Run(); err != nil {
		if os.Getenv(testtool.RequireEnv) != "" {
			t.Fatalf("python3 has no %s", module)
		}
		t.Skipf("python3 has no %s", module)
	}
	cmd := exec.Command(python, "-c", program)
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%v\n%s\n%s", err, exit.Stderr, text)
	} else if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatal(err)
	}
}

// commands are the strings of a document that run fakedockerd's conform.
func commands(v any) []string {
	var all []string
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "fakedockerd conform ") {
			all = append(all, v)
		}
	case []any:
		for _, e := range v {
			all = append(all, commands(e)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, commands(v[key])...)
		}
	}
	return all
}

// A mytool of the recipes reads the environment as the docker CLI does, as far as the entries of TestRecipes go.
const mytool = `#!/bin/sh
case $DOCKER_HOST in
unix://*) exec curl -sf --unix-socket "${DOCKER_HOST#unix://}" http://docker/version ;;
esac
[ -n "$DOCKER_TLS_VERIFY" ] || exec curl -sf "http://${DOCKER_HOST#tcp://}/version"
exec curl -sf --cacert "$DOCKER_CERT_PATH/ca.pem" --cert "$DOCKER_CERT_PATH/cert.pem" --key "$DOCKER_CERT_PATH/key.pem" \
	"https://${DOCKER_HOST#tcp://}/version"
`

// TestRecipes runs what docs/ci.md says, on a few entries: the YAML can be read, the flags exist, and the reports are there.
func TestRecipes(t *testing.T) {
	t.Parallel()
	testtool.Need(t, "sh")
	testtool.Need(t, "curl")
	var scripts []string
	for _, b := range blocks(t) {
		switch b.language {
		case "sh":
			scripts = append(scripts, b.text)
		case "yaml":
			var doc any
			python(t, "yaml", "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)", b.text, &doc)
			found := commands(doc)
			if len(found) != 1 {
				t.Errorf("%d commands, want 1, in\n%s", len(found), b.text)
			}
			scripts = append(scripts, found...)
		case "starlark":
			var names []string
			python(t, "ast", "import ast, json, sys; "+
				"json.dump([n.func.id for n in ast.walk(ast.parse(sys.stdin.read())) if isinstance(n, ast.Call)], sys.stdout)", b.text, &names)
			if diff := cmp.Diff([]string{"load", "sh_test"}, names); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		default:
			t.Errorf("a block in %q", b.language)
		}
	}
	if len(scripts) != 4 {
		t.Fatalf("%d scripts, want 4", len(scripts))
	}
	for i, name := range []string{"baseline", "github", "gitlab", "bazel"} {
		script := scripts[i]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runRecipe(t, script)
		})
	}
}

func runRecipe(t *testing.T, script string) {
	dir := t.TempDir()
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"mytool": mytool, "conform.txt": "",
		"fakedockerd": "#!/bin/sh\n[ \"$1\" = conform ] || exit 99\nshift\n" +
			"exec " + self + " conform --filter '^(unix/plain|tls/mutual|tlsverify/mutual)/env$' \"$@\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"conform.txt", "fakedockerd", "junit.xml", "mytool", "report.html"}
	shard := []string{"SHARD=1/2", "CI_NODE_INDEX=1", "CI_NODE_TOTAL=2"}
	switch {
	case strings.Contains(script, "XML_OUTPUT_FILE"):
		want[2] = "test.xml"
		shard = []string{"TEST_TOTAL_SHARDS=2", "TEST_SHARD_INDEX=0"}
	case strings.Contains(script, "--update-baseline"):
		want = []string{"conform.txt", "fakedockerd", "mytool"}
		shard = nil
	}
	cmd := exec.Command("sh", "-e", "-c", script, "sh", "./fakedockerd", "conform.txt", "./mytool")
	cmd.Dir = dir
	cmd.Env = append(clientEnv(os.Environ(), nil), "PATH="+dir+":"+os.Getenv("PATH"), asProgram+"=dockerd",
		"FAIL_FAST=--fail-fast", "XML_OUTPUT_FILE="+dir+"/test.xml", "TEST_UNDECLARED_OUTPUTS_DIR="+dir)
	cmd.Env = append(cmd.Env, shard...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	var got []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s\n%s", diff, out)
	}
}
