package files

import (
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestTarFS: folders that hold something are not in the tar, so that /tmp stays what it is.
func TestTarFS(t *testing.T) {
	t.Parallel()
	made, changed := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)
	data, err := TarFS(fstest.MapFS{
		"etc/app.conf": {Data: []byte("x=1\n")},
		"etc/link":     {Data: []byte("app.conf"), Mode: fs.ModeSymlink | 0o777},
		"bin/run":      {Data: []byte("#!/bin/sh\n"), Mode: 0o755 | fs.ModeSetuid, ModTime: changed},
		"tmp/x":        {Data: []byte("y"), Mode: 0o600},
		"var/empty":    {Mode: fs.ModeDir | 0o700},
		"var/plain":    {Mode: fs.ModeDir},
	}, made)
	if err != nil {
		t.Fatal(err)
	}
	got := make(Tree)
	if err := got.Untar(bytes.NewReader(data), ""); err != nil {
		t.Fatal(err)
	}
	want := Tree{
		"etc/app.conf": {Data: []byte("x=1\n"), Mode: 0o644, Modified: made},
		"etc/link":     {Link: "app.conf", Mode: 0o777, Modified: made},
		"bin/run":      {Data: []byte("#!/bin/sh\n"), Mode: 0o4755, Modified: changed},
		"tmp/x":        {Data: []byte("y"), Mode: 0o600, Modified: made},
		"var/empty":    {Dir: true, Mode: 0o700, Modified: made},
		"var/plain":    {Dir: true, Mode: 0o755, Modified: made},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, err = TarFS(fstest.MapFS{"dev/null": {Mode: fs.ModeDevice | fs.ModeCharDevice}}, made)
	if want := "read dev/null: a file of type Dc--------- is not imitated"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
