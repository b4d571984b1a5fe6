package conform

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
)

// says writes a program that prints text whatever it is asked.
func says(t *testing.T, path, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+text+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	openSSLCurl  = "curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.19 zlib/1.2.13"
	schannelCurl = "curl 8.9.1 (Windows) libcurl/8.9.1 Schannel zlib/1.3 WinIDN"
)

func names(clients []Client) []string {
	var all []string
	for _, c := range clients {
		all = append(all, c.Name())
	}
	return all
}

func TestFindOnPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	curlPath := filepath.Join(dir, "curl")
	for _, test := range []struct {
		docker, curl   string // what they say of themselves, "" when they are not there
		names, missing []string
	}{
		{names: []string{"go"}, missing: []string{"docker is not on PATH", "curl is not on PATH"}},
		{docker: "Docker version 28.2.2, build e6534b4", curl: openSSLCurl, names: []string{"docker", "curl", "go"}},
		{docker: "podman version 4.3.1", curl: schannelCurl, names: []string{"go"}, missing: []string{
			filepath.Join(dir, "docker") + ` is not a docker CLI: asked for --version it says "podman version 4.3.1"`,
			curlPath + " is not built with OpenSSL",
		}},
	} {
		if test.docker != "" {
			says(t, filepath.Join(dir, "docker"), test.docker)
			says(t, curlPath, test.curl)
		}
		clients, missing, err := Find(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.names, names(clients)); diff != "" {
			t.Errorf("docker %q, curl %q: clients (-want +got):\n%s", test.docker, test.curl, diff)
		}
		if diff := cmp.Diff(test.missing, missing); diff != "" {
			t.Errorf("docker %q, curl %q: missing (-want +got):\n%s", test.docker, test.curl, diff)
		}
	}
}

func TestFindSeveralDockers(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Chdir(dir)
	old := says(t, filepath.Join(dir, "old", "docker"), "Docker version 20.10.24+dfsg1, build 297e128")
	says(t, filepath.Join(dir, "new", "docker"), "Docker version 29.7.2, build 1234567")
	again := says(t, filepath.Join(dir, "again", "docker"), "Docker version 29.7.2, build 1234567")
	clients, _, err := Find(t.Context(), old, "new/docker", again)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"docker 20.10.24+dfsg1", "docker 29.7.2", "docker 29.7.2 " + again, "go"}
	if diff := cmp.Diff(want, names(clients)); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
	if got, want := clients[1].(*docker).path, filepath.Join(dir, "new", "docker"); got != want {
		t.Errorf("path: got %s, want %s", got, want)
	}
	// The old CLI skips what it cannot do; the new one does not.
	for _, e := range modes.Entries() {
		want := e.Daemon == modes.Unix && e.Client != modes.ClientPlain
		if got := clients[0].Skip(e) != ""; got != want {
			t.Errorf("%s: docker 20.10 skips it: %t, want %t", e.ID, got, want)
		}
		if why := clients[1].Skip(e); why != "" {
			t.Errorf("%s: docker 29 skips it: %s", e.ID, why)
		}
	}
	wrong := says(t, filepath.Join(dir, "wrong"), "what?")
	_, _, err = Find(t.Context(), wrong)
	if want := wrong + ` is not a docker CLI: asked for --version it says "what?"`; err == nil || err.Error() != want {
		t.Errorf("error: got %v, want %s", err, want)
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	a := Attempt{
		Entry: modes.Entry{Daemon: modes.TCP, Client: modes.ClientMutual, Source: modes.Env},
		Paths: modes.Paths{Host: "127.0.0.1:2376", CertDir: "/my certs"},
		Home:  "/home/o'neill",
	}
	got := typed(a.variables(), commandLine("/bin/docker", []string{"version", "--format", "{{.Server}}", ""}))
	want := `HOME='/home/o'\''neill' DOCKER_HOST=tcp://127.0.0.1:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH='/my certs' ` +
		`/bin/docker version --format '{{.Server}}' ''`
	if got != want {
		t.Errorf("command line:\ngot  %s\nwant %s", got, want)
	}
}

// TestDockerContext: a context is made and then used, and both is what was run.
func TestDockerContext(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := says(t, filepath.Join(dir, "docker"), "hello")
	a := Attempt{
		Entry: entryByID()["tlsverify/mutual/context"], Home: dir,
		Paths: modes.Paths{Host: "127.0.0.1:2376", CA: "/c/ca.pem", Cert: "/c/cert.pem", Key: "/c/key.pem"},
	}
	r := Docker("docker", path).Do(t.Context(), a)
	want := path + " context create conform --docker host=tcp://127.0.0.1:2376,ca=/c/ca.pem,cert=/c/cert.pem,key=/c/key.pem && " +
		path + " --context conform version"
	if diff := cmp.Diff(want, r.Command); diff != "" || r.Err != nil || r.Stdout != "hello\n" {
		t.Errorf("%v, %q (-want +got):\n%s", r.Err, r.Stdout, diff)
	}
}
