package state

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// account is who a process runs as.
type account struct {
	files.Owner
	groups []int
	home   string
}

// firstUser is the number of a user that is no part of the system.
const firstUser = 1000

// imaginable reports whether a user exists where nobody has said what is in the image: all but those called nosuch..., as every
// program does.
func imaginable(user string) bool { return !strings.HasPrefix(user, "nosuch") }

// findOwner finds who USER[:GROUP] means as COPY has it: without a group, that of the user's name.
func findOwner(fs *files.FS, name string, services bool) (files.Owner, error) {
	user, group, ok := strings.Cut(name, ":")
	if !ok {
		group = user
	}
	number := func(file, name string) (int, bool) {
		if n, err := strconv.Atoi(name); err == nil {
			return n, true
		}
		for _, line := range colonLines(fs, file, 3) {
			if line[0] == name {
				n, err := strconv.Atoi(line[2])
				return n, err == nil
			}
		}
		return firstUser, services && imaginable(name)
	}
	uid, ok := number("/etc/passwd", user)
	if !ok {
		return files.Owner{}, fmt.Errorf("can't find uid for user %s: no such user: %s", user, user)
	}
	gid, ok := number("/etc/group", group)
	if !ok {
		return files.Owner{}, fmt.Errorf("can't find gid for group %s: no such group: %s", group, group)
	}
	return files.Owner{UID: uid, GID: gid}, nil
}

// findAccount finds who NAME[:GROUP] means in the files of a container, with numbers or names (github.com/moby/sys/user). Its
// errors have no class.
func findAccount(fs *files.FS, user string) (account, error) {
	a := account{home: "/"}
	name, group, _ := strings.Cut(user, ":")
	uid, uidErr := strconv.Atoi(name)
	gid, gidErr := strconv.Atoi(group)
	if uidErr != nil && name != "" || name == "" {
		uid = 0
	}
	found := ""
	for _, line := range colonLines(fs, "/etc/passwd", 7) {
		if have, _ := strconv.Atoi(line[2]); line[0] != name && (have != uid || name != "" && uidErr != nil) {
			continue
		}
		a.UID, _ = strconv.Atoi(line[2])
		a.GID, _ = strconv.Atoi(line[3])
		found, a.home = line[0], line[5]
		break
	}
	switch {
	case found != "" || name == "":
	case uidErr != nil:
		return a, errors.New(noUser(name))
	case uid < 0 || uid > math.MaxInt32:
		return a, errRange
	default:
		a.UID = uid
	}
	named := group == ""
	for _, line := range colonLines(fs, "/etc/group", 4) {
		have, _ := strconv.Atoi(line[2])
		switch {
		case group == "" && found != "" && slices.Contains(strings.Split(line[3], ","), found):
			a.groups = append(a.groups, have)
		case !named && (line[0] == group || gidErr == nil && have == gid):
			a.GID, named = have, true
		}
	}
	switch {
	case named:
	case gidErr != nil:
		return a, noGroup(group)
	case gid < 0 || gid > math.MaxInt32:
		return a, errRange
	default:
		a.GID = gid
	}
	if !slices.Contains(a.groups, a.GID) {
		a.groups = slices.Insert(a.groups, 0, a.GID) // as dockerd adds it (daemon/oci_linux.go)
	}
	return a, nil
}

// addGroups adds the groups of docker run --group-add, by name or number. The error has no class.
func (a *account) addGroups(fs *files.FS, names []string, services, capital bool) error {
	if len(names) == 0 {
		return nil
	}
	lines := colonLines(fs, "/etc/group", 4)
	for _, name := range names {
		number, err := strconv.Atoi(name)
		at := slices.IndexFunc(lines, func(line []string) bool { return line[0] == name || err == nil && line[2] == name })
		switch {
		case at >= 0:
			number, _ = strconv.Atoi(lines[at][2])
		case err != nil && services && imaginable(name):
			number = firstUser
		case err != nil && capital:
			return fmt.Errorf("Unable to find group %s: no matching entries in group file", name)
		case err != nil:
			return noGroup(name)
		case number < 0 || number > math.MaxInt32:
			return errRange
		}
		if !slices.Contains(a.groups, number) {
			a.groups = append(slices.Clip(a.groups), number)
		}
	}
	return nil
}

func noGroup(name string) error {
	return fmt.Errorf("unable to find group %s: no matching entries in group file", name)
}

var errRange = fmt.Errorf("uids and gids must be in range 0-%d", math.MaxInt32)

func noUser(name string) string {
	return fmt.Sprintf("unable to find user %s: no matching entries in passwd file", name)
}

// colonLines are the lines of a file such as /etc/passwd that have that many parts.
func colonLines(fs *files.FS, name string, parts int) [][]string {
	h, err := fs.Open(name, os.O_RDONLY, 0, files.Owner{})
	if err != nil {
		return nil
	}
	defer h.Close()
	info, err := h.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	data := make([]byte, info.Size())
	if _, err := h.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil
	}
	var lines [][]string
	for line := range strings.Lines(string(data)) {
		if line := strings.Split(strings.TrimSpace(line), ":"); len(line) >= parts {
			lines = append(lines, line)
		}
	}
	return lines
}

// defaultPath is where programs are looked for unless the image says otherwise.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environment is what a process finds: what dockerd begins with, what the image and the client say, and the HOME of runc.
func environment(hostname string, tty bool, home string, more ...[]string) []string {
	env := []string{defaultPath, "HOSTNAME=" + hostname}
	if tty {
		env = append(env, "TERM=xterm")
	}
	for _, list := range more {
		for _, entry := range list {
			name, _, set := strings.Cut(entry, "=")
			same := func(have string) bool { return strings.HasPrefix(have, name+"=") }
			switch at := slices.IndexFunc(env, same); {
			case !set:
				env = slices.DeleteFunc(env, same)
			case at >= 0:
				env[at] = entry
			default:
				env = append(env, entry)
			}
		}
	}
	if !slices.ContainsFunc(env, func(have string) bool { return strings.HasPrefix(have, "HOME=") }) {
		env = append(env, "HOME="+home)
	}
	return env
}
