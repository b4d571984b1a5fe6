package fakedaemon

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func getJSON[T any](t *testing.T, d *Daemon, path string) (v T) {
	t.Helper()
	resp, err := d.HTTPClient().Get("http://docker" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v", path, resp.Status, err)
	}
	return v
}

// TestImageFiles: what an image and a container are given is there for programs and clients, and counts.
func TestImageFiles(t *testing.T) {
	t.Parallel()
	// A graph driver counts bytes, containerd's image store blocks of files and of folders.
	type sizes struct{ SizeRw, SizeRootFs int64 }
	for engine, want := range map[Engine]sizes{
		Engine28: {5 + 2, 5 + 2 + 4 + 31 + DefaultImageSize},
		Engine20: {5 + 2, 5 + 2 + 4 + 31 + DefaultImageSize},
		Engine29: {6 * 4096, 6*4096 + 6*4096 + DefaultImageSize + 20480}, // what dockerd puts into every container
	} {
		d := Start(t, &Options{Engine: engine, Clock: func() time.Time { return time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC) }})
		d.AddImage(Image{Tags: []string{"app:1"}, Files: fstest.MapFS{
			"etc/app.conf": {Data: []byte("x=1\n")},
			"usr/bin/tool": {Data: []byte("#!/bin/sh\ncat /etc/app.conf $1\n"), Mode: 0o755},
		}})
		web := d.AddContainer(Container{Name: "web", Image: "app:1", Volumes: []string{"data:/data"}, Cmd: []string{"serve"}, Files: fstest.MapFS{
			"etc/app.conf": {Data: []byte("x=22\n")},
			"srv/index":    {Data: []byte("hi")},
			"data/kept":    {Data: []byte("volume\n")},
		}})
		for body, want := range map[string]ran{
			`{"Image":"app:1","Cmd":["tool"]}`:                                                    {Stdout: "x=1\n"},
			`{"Image":"app:1","Cmd":["sh","-c","stat -c '%a %U %y' /etc/app.conf /tmp"]}`:         {Stdout: "644 root 2026-11-22 02:00:00.000000000 +0000\n1777 root 2026-01-01 00:00:00.000000000 +0000\n"},
			`{"Image":"app:1","Cmd":["tool","/data/kept"],"HostConfig":{"Binds":["data:/data"]}}`: {Stdout: "x=1\nvolume\n"},
		} {
			if diff := cmp.Diff(want, runContainer(t, d, body)); diff != "" {
				t.Errorf("%s: %s: %s", engine, body, diff)
			}
		}
		type change struct {
			Path string
			Kind int
		}
		if diff := cmp.Diff([]change{{"/data", 1}, {"/etc", 0}, {"/etc/app.conf", 0}, {"/srv", 0}, {"/srv/index", 1}}, getJSON[[]change](t, d, "/containers/web/changes")); diff != "" {
			t.Errorf("%s: %s", engine, diff)
		}
		if diff := cmp.Diff(want, getJSON[sizes](t, d, "/containers/"+web+"/json?size=1")); diff != "" {
			t.Errorf("%s: %s", engine, diff)
		}
	}
}

// TestImageFilesRefused: what cannot be put there is refused.
func TestImageFilesRefused(t *testing.T) {
	t.Parallel()
	d := Start(t, nil)
	pipe := fstest.MapFS{"run/pipe": {Mode: 1 << 25}}
	const want = "read run/pipe: a file of type p--------- is not imitated"
	if _, err := d.addImage(Image{Files: pipe}); err == nil || err.Error() != want {
		t.Errorf("an image: %v", err)
	}
	if _, err := d.addContainer(Container{Files: pipe}); err == nil || err.Error() != want {
		t.Errorf("a container: %v", err)
	}
	if containers := d.state.Containers(); len(containers) != 0 {
		t.Errorf("%d containers", len(containers))
	}
}
