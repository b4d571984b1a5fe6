package fakedaemon_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// TestContexts: what WriteContext leaves is what docker context create leaves, and docker uses, exports and imports the
// contexts of several daemons in one folder.
func TestContexts(t *testing.T) {
	t.Parallel()
	testtool.Need(t, "docker")
	ours, theirs, elsewhere, exports := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	docker := func(config string, args ...string) string {
		t.Helper()
		out, code := run(t, nil, "docker", append([]string{"--config", config}, args...)...)
		if code != 0 {
			t.Fatalf("docker %s: exit code %d\n%s", strings.Join(args, " "), code, out)
		}
		return strings.TrimSpace(out)
	}
	ids := map[string]string{}
	for _, mode := range []modes.Daemon{modes.Unix, modes.TCP, modes.TLS, modes.TLSVerify} {
		name := "of-" + string(mode)
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode})
		if err := d.WriteContext(ours, name); err != nil {
			t.Fatal(err)
		}
		endpoint := "host=" + d.Host()
		if mode == modes.TLS || mode == modes.TLSVerify {
			dir := d.CertDir()
			endpoint += ",ca=" + filepath.Join(dir, "ca.pem") + ",cert=" + filepath.Join(dir, "cert.pem") + ",key=" + filepath.Join(dir, "key.pem")
		}
		docker(theirs, "context", "create", name, "--docker", endpoint)
		ids[name] = docker(theirs, "--context", name, "info", "--format", "{{.ID}}")
	}
	if diff := cmp.Diff(tree(t, theirs), tree(t, ours)); diff != "" {
		t.Errorf("(-docker context create +WriteContext)\n%s", diff)
	}
	got := map[string]string{}
	for name := range ids {
		file := filepath.Join(exports, name)
		docker(ours, "context", "export", name, file)
		docker(elsewhere, "context", "import", name, file)
		got[name] = docker(elsewhere, "--context", name, "info", "--format", "{{.ID}}")
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("IDs (-want +imported)\n%s", diff)
	}
}

// tree returns the mode of everything in a folder, and the content of files.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		var b []byte
		if !e.IsDir() {
			b, err = os.ReadFile(path)
		}
		rel, _ := filepath.Rel(dir, path)
		files[rel] = info.Mode().String() + "\n" + string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
