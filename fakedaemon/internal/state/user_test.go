package state

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// TestFindAccount: who NAME[:GROUP] is, by the files that dockerd 20.10 was asked with.
func TestFindAccount(t *testing.T) {
	t.Parallel()
	fs := files.NewFS(time.Now, files.Tree{
		"etc/passwd": {Data: []byte("root:x:0:0:root:/root:/bin/sh\nbroken\nme:x:1000:1001::/home/me:/bin/sh\n")},
		"etc/group":  {Data: []byte("root:x:0:\nwheel:x:10:root,me\nown:x:1001:\nother:x:12:me\n")},
	})
	type result struct {
		UID, GID int
		Groups   []int
		Home     string
		Err      string
	}
	for user, want := range map[string]result{
		"":           {0, 0, []int{0, 10}, "/root", ""},
		"0":          {0, 0, []int{0, 10}, "/root", ""},
		"me":         {1000, 1001, []int{1001, 10, 12}, "/home/me", ""},
		"1000":       {1000, 1001, []int{1001, 10, 12}, "/home/me", ""},
		"me:wheel":   {1000, 10, []int{10}, "/home/me", ""},
		"me:77":      {1000, 77, []int{77}, "/home/me", ""},
		"77":         {77, 0, []int{0}, "/", ""},
		"77:other":   {77, 12, []int{12}, "/", ""},
		":wheel":     {0, 10, []int{10}, "/root", ""},
		"nosuch":     {Err: "unable to find user nosuch: no matching entries in passwd file"},
		"me:nosuch":  {Err: "unable to find group nosuch: no matching entries in group file"},
		"-1":         {Err: "uids and gids must be in range 0-2147483647"},
		"2147483648": {Err: "uids and gids must be in range 0-2147483647"},
		"0:-1":       {Err: "uids and gids must be in range 0-2147483647"},
	} {
		a, err := findAccount(fs, user)
		got := result{a.UID, a.GID, a.groups, a.home, ""}
		if err != nil {
			got = result{Err: err.Error()}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got)\n%s", user, d)
		}
	}
	if a, err := findAccount(files.NewFS(time.Now), "0"); err != nil || a.home != "/" {
		t.Errorf("without files: %+v %v", a, err)
	}
}

// TestGroupAdd: dockerd 20.10 was asked for the groups, and for its word on one that is not there.
func TestGroupAdd(t *testing.T) {
	t.Parallel()
	fs := files.NewFS(time.Now, files.Tree{
		"etc/passwd": {Data: []byte("root:x:0:0:root:/root:/bin/sh\nme:x:1000:1001::/home/me:/bin/sh\n")},
		"etc/group":  {Data: []byte("root:x:0:\nwheel:x:10:root,me\naudio:x:29:\nstaff:x:50:\nown:x:1001:\n")},
	})
	for _, tt := range []struct {
		user              string
		add               []string
		services, capital bool
		want              []int
		err               string
	}{
		{"root:root", []string{"staff", "wheel", "audio", "777"}, false, false, []int{0, 50, 10, 29, 777}, ""},
		{"", []string{"staff", "wheel"}, false, false, []int{0, 10, 50}, ""},
		{"me", []string{"777", "5"}, false, false, []int{1001, 10, 777, 5}, ""},
		{"", []string{"nosuch"}, false, true, nil, "Unable to find group nosuch: no matching entries in group file"},
		{"", []string{"nosuch"}, true, false, nil, "unable to find group nosuch: no matching entries in group file"},
		{"", []string{"web"}, true, false, []int{0, 10, firstUser}, ""},
		{"", []string{"-1"}, true, false, nil, "uids and gids must be in range 0-2147483647"},
		{"", []string{"2147483648"}, false, false, nil, "uids and gids must be in range 0-2147483647"},
	} {
		a, err := findAccount(fs, tt.user)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.addGroups(fs, tt.add, tt.services, tt.capital); tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%v: %v, want %s", tt.add, err, tt.err)
			}
		} else if diff := cmp.Diff(tt.want, a.groups); diff != "" || err != nil {
			t.Errorf("%q and %v: %v (-want +got)\n%s", tt.user, tt.add, err, diff)
		}
	}
}

// TestGroupAddOfContainer: all processes of a container have its groups, and a group that is not there stops its start.
func TestGroupAddOfContainer(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.SetProgram("groups-of", prints(func(p *run.Process) string { return fmt.Sprintln(p.Groups()) }))
	lt.run(Container{Name: "c1", Host: HostConfig{GroupAdd: []string{"staff", "777"}}, Config: image.Config{User: "1:1"}}, "groups-of")
	lt.run(Container{Name: "c2", Config: image.Config{User: "1:1"}}, "groups-of")
	lt.wantLogs("c1", "stdout [1 50 777]\n")
	lt.wantLogs("c2", "stdout [1]\n")
	lt.create(Container{Name: "c3", Host: HostConfig{GroupAdd: []string{"nosuch"}}}, "groups-of")
	if err := lt.Start("c3"); class(err) != "*errors.errorString" || err.Error() != "unable to find group nosuch: no matching entries in group file" {
		t.Errorf("%T %v", err, err)
	}
	lt.wantStatus("c3", "created", exitUnknown)
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		tty  bool
		more [][]string
		want []string
	}{
		{false, nil, []string{defaultPath, "HOSTNAME=h", "HOME=/root"}},
		{true, [][]string{{"A=1", "PATH=/bin"}, {"A=2", "B=3"}}, []string{"PATH=/bin", "HOSTNAME=h", "TERM=xterm", "A=2", "B=3", "HOME=/root"}},
		{true, [][]string{{"TERM=dumb", "HOME=/x"}, {"HOSTNAME"}}, []string{defaultPath, "TERM=dumb", "HOME=/x"}},
	} {
		if d := cmp.Diff(tt.want, environment("h", tt.tty, "/root", tt.more...)); d != "" {
			t.Errorf("%v (-want +got)\n%s", tt.more, d)
		}
	}
}
