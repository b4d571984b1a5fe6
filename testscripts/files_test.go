package testscripts_test

import (
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/fakedockerd/fakedockerd/testscripts"
)

// TestFiles: which of Dir, Files and FS counts.
func TestFiles(t *testing.T) {
	t.Parallel()
	written, empty, temp := write(t, "dir.txtar", ""), t.TempDir(), t.TempDir()
	shipped := fstest.MapFS{"fs.txtar": {}, "fs.txt": {}}
	for _, tt := range []struct {
		p    testscripts.Params
		want []string
		err  string
	}{
		{testscripts.Params{Dir: filepath.Dir(written)}, []string{written}, "<nil>"},
		{testscripts.Params{Dir: filepath.Dir(written), Files: []string{"f"}}, []string{"f"}, "<nil>"},
		{testscripts.Params{Dir: filepath.Dir(written), Files: []string{"f"}, FS: shipped}, []string{filepath.Join(temp, "fs.txtar")}, "<nil>"},
		{testscripts.Params{Dir: empty}, nil, "find " + filepath.Join(empty, "*.txtar") + ": file does not exist"},
		{testscripts.Params{}, nil, "find *.txtar: file does not exist"},
	} {
		got, err := testscripts.Files(tt.p, func() string { return temp })
		text := "<nil>"
		if err != nil {
			text = err.Error()
		}
		if !slices.Equal(got, tt.want) || text != tt.err {
			t.Errorf("%+v: %q, %s; want %q, %s", tt.p, got, text, tt.want, tt.err)
		}
	}
}
