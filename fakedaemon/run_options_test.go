package fakedaemon

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
)

// TestGroupAdd: processes have the groups of docker run --group-add (dockerd 20.10).
func TestGroupAdd(t *testing.T) {
	t.Parallel()
	d := startStreams(t, modes.Unix)
	for add, want := range map[string]ran{
		`"1000","1001"`:    {Stdout: "0 10 1000 1001\n"},
		`"wheel","77","0"`: {Stdout: "0 10 77\n"},
	} {
		got := runContainer(t, d, `{"Image":"busybox","Cmd":["id","-G"],"HostConfig":{"GroupAdd":[`+add+`]}}`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", add, diff)
		}
	}
}
