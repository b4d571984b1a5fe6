package command

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// newBufferedProgram returns a program in this process and what it prints.
func newBufferedProgram() (p *program, stdout, stderr *bytes.Buffer) {
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	addrs := hosts.Docker()
	addrs.Socket = "/nosuch/docker.sock" // a daemon by mistake does not start
	return &program{stdout: stdout, stderr: stderr, addrs: addrs, log: newLogger(stderr)}, stdout, stderr
}

// clearEnv leaves no DOCKER_ variable and an empty home.
func clearEnv(t *testing.T) {
	t.Helper()
	for name := range variables(os.Environ()) {
		if strings.HasPrefix(name, "DOCKER_") {
			t.Setenv(name, "") // so that it is restored
			os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", material().emptyHome)
}

// validateJSON is what dockerd 28.5.2, run with --validate, was seen to answer: its first line on standard error.
//
//go:embed testdata/validate.json
var validateJSON []byte

func TestValidate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the recorded texts are those of Linux")
	}
	clearEnv(t)
	var rows []struct {
		Args   []string
		File   *string
		Exit   int
		Stdout string
		Stderr string
	}
	if err := json.Unmarshal(validateJSON, &rows); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "daemon.json")
	for _, r := range rows {
		args := append([]string{"dockerd"}, r.Args...)
		name := strings.Join(r.Args, " ")
		if r.File != nil {
			name += " " + *r.File
			args = append(args, "--config-file", file)
			if err := os.WriteFile(file, []byte(*r.File), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, stdout, stderr := newBufferedProgram()
		code := p.main(args, nil)
		first, _, _ := strings.Cut(stderr.String(), "\n")
		got := fmt.Sprintf("exit %d\n%s\n%s", code, strings.TrimSuffix(stdout.String(), "\n"), first)
		fill := strings.NewReplacer("{unable}", "unable to configure the Docker daemon with file "+file+": ", "{file}", file)
		want := fmt.Sprintf("exit %d\n%s\n%s", r.Exit, r.Stdout, fill.Replace(r.Stderr))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("dockerd %s (-dockerd +fake):\n%s", name, diff)
		}
	}
}

func TestValidateReadsOtherEncodings(t *testing.T) {
	clearEnv(t)
	wide := func(order string, s string) string {
		b := order
		for _, r := range s {
			pair := []byte{byte(r), 0}
			if order == "\xfe\xff" {
				pair = []byte{0, byte(r)}
			}
			b += string(pair)
		}
		return b
	}
	const text = `{"tls":"x"}`
	for name, content := range map[string]string{
		"UTF-8": text, "UTF-8 with BOM": "\xef\xbb\xbf" + text,
		"UTF-16LE": wide("\xff\xfe", text), "UTF-16BE": wide("\xfe\xff", text),
	} {
		file := filepath.Join(t.TempDir(), "daemon.json")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		p, _, stderr := newBufferedProgram()
		p.main([]string{"dockerd", "--config-file", file}, nil)
		want := "unable to configure the Docker daemon with file " + file + ": json: cannot unmarshal string into Go struct field Config.CommonConfig.tls of type bool\n"
		if diff := cmp.Diff(want, stderr.String()); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
	file := filepath.Join(t.TempDir(), "daemon.json")
	if err := os.WriteFile(file, []byte("{\"tlscert\":\"\xff\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, _, stderr := newBufferedProgram()
	p.main([]string{"dockerd", "--config-file", file}, nil)
	want := "unable to configure the Docker daemon with file " + file + ": failed to decode configuration JSON at offset 16: encoding: invalid UTF-8\n"
	if diff := cmp.Diff(want, stderr.String()); diff != "" {
		t.Errorf("invalid UTF-8 (-dockerd +fake):\n%s", diff)
	}
}
