package program

import (
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// destinations calls f for each source with where it goes: the last operand or, if that is a folder, below it; below that of -t.
func (t *tool) destinations(f func(from, to string)) {
	sources, last := t.args, t.value('t', "")
	into := last != ""
	if !into {
		if len(sources) < 2 {
			t.usage()
			return
		}
		sources, last = sources[:len(sources)-1], sources[len(sources)-1]
		info, err := t.stat(last)
		into = err == nil && info.IsDir() && !t.has("T") || len(sources) > 1
	}
	for _, from := range sources {
		to := last
		if into {
			to = join(last, baseName(from))
		}
		f(from, to)
	}
}

func cp(t *tool) {
	t.destinations(func(from, to string) { t.copy(from, to, true) })
}

func (t *tool) copy(from, to string, given bool) {
	recursive := t.has("arR")
	stat := t.lstat
	if t.has("L") || given && t.has("H") || !recursive && !t.has("dP") {
		stat = t.stat
	}
	info, err := stat(from)
	if err != nil {
		t.errorf("can't stat '%s': %s", from, reason(err))
		return
	}
	have, err := t.stat(to)
	exists := err == nil
	if exists && t.has("n") || exists && t.has("u") && !info.ModTime().After(have.ModTime()) {
		return
	}
	if info.IsDir() && !recursive {
		t.errorf("omitting directory '%s'", from)
		return
	}
	if exists && have.IsDir() && !info.IsDir() {
		t.errorf("'%s' is a directory", to)
		return
	}
	if exists && sys(info).Inode == sys(have).Inode && sys(info).Inode != 0 && !t.has("ls") {
		t.errorf("'%s' and '%s' are the same file", from, to)
		return
	}
	if t.has("v") {
		fmt.Fprintf(t.out, "'%s' -> '%s'\n", from, to)
	}
	switch {
	case info.IsDir():
		if !t.copyFolder(from, to, info, exists && have.IsDir()) {
			return
		}
	case t.has("l"), t.has("s"), info.Mode()&symlink != 0:
		if _, err := t.lstat(to); err == nil && !t.has("ls") || t.has("f") {
			t.remove(to)
		}
		switch {
		case t.has("s"):
			err = t.symlink(from, to)
		case t.has("l"):
			err = t.link(from, to)
		default:
			err = t.symlink(sys(info).Target, to)
		}
		if err != nil {
			t.errorf("can't create link '%s': %s", to, reason(err))
			return
		}
	default:
		if !t.copyFile(from, to, info) {
			return
		}
	}
	if t.has("pa") && info.Mode()&symlink == 0 {
		t.keep(to, info)
	}
}

// keep gives a file the owner, the mode and the time of another.
func (t *tool) keep(name string, info fs.FileInfo) {
	_ = t.p.Files().Chtimes(t.abs(name), info.ModTime(), t.p.User())
	owner := sys(info)
	if err := t.p.Files().Lchown(t.abs(name), owner.UID, owner.GID, t.p.User()); err != nil && t.p.User().UID == 0 {
		t.errorf("can't preserve %s of '%s': %s", "ownership", name, reason(err))
	}
	_ = t.chmod(name, info.Mode())
}

func (t *tool) copyFolder(from, to string, info fs.FileInfo, exists bool) bool {
	if t.made[sys(info).Inode] {
		t.errorf("recursion detected, omitting directory '%s'", from)
		return false
	}
	if !exists {
		if err := t.mkdir(to, info.Mode().Perm()|0o700); err != nil {
			t.errorf("can't create directory '%s': %s", to, reason(err))
			return false
		}
		if info, err := t.stat(to); err == nil {
			if t.made == nil {
				t.made = make(map[uint64]bool)
			}
			t.made[sys(info).Inode] = true
		}
	}
	entries, err := t.readDir(from)
	if err != nil {
		t.errorf("can't open '%s': %s", from, reason(err))
		return false
	}
	for _, e := range entries {
		t.copy(join(from, e.Name()), join(to, e.Name()), false)
	}
	return true
}

func (t *tool) copyFile(from, to string, info fs.FileInfo) bool {
	in, err := t.open(from)
	if err != nil {
		t.errorf(cannotOpen, from, reason(err))
		return false
	}
	defer in.Close()
	out, err := t.openFile(to, create, info.Mode().Perm())
	if err != nil && t.has("f") && t.remove(to) == nil {
		out, err = t.openFile(to, create, info.Mode().Perm())
	}
	if err != nil {
		t.errorf("can't create '%s': %s", to, reason(err))
		return false
	}
	defer out.Close()
	if _, err := io.CopyBuffer(onlyWriter{out}, onlyReader{in}, make([]byte, 64<<10)); err != nil {
		t.errorf("write error: %s", reason(err))
		return false
	}
	return true
}

func mv(t *tool) {
	t.destinations(func(from, to string) {
		if _, err := t.lstat(to); err == nil && t.has("n") {
			return
		}
		err := t.rename(from, to)
		switch {
		case err == nil:
		case strings.Contains(err.Error(), "cross-device"):
			t.opt['a'] = []string{""}
			before := t.code
			if t.copy(from, to, true); t.code == before {
				err = t.removeAll(from)
			}
		default:
			t.errorf("can't rename '%s': %s", from, reason(err))
			return
		}
		if t.has("v") && err == nil {
			fmt.Fprintf(t.out, "'%s' -> '%s'\n", from, to)
		}
	})
}

func rm(t *tool) {
	if len(t.args) == 0 && !t.has("f") {
		t.usage()
		return
	}
	for _, name := range t.args {
		if base := baseName(name); base == "." || base == ".." || t.p.Abs(name) == "/" && t.has("rR") {
			t.errorf("can't remove '.' or '..'")
			continue
		}
		info, err := t.lstat(name)
		switch {
		case err != nil && t.has("f") && strings.Contains(err.Error(), "no such"):
			continue
		case err != nil:
			t.errorf("can't remove '%s': %s", name, reason(err))
			continue
		case info.IsDir() && !t.has("rR"):
			t.errorf("'%s' is a directory", name)
			continue
		case t.has("i") && !t.asks("remove '%s'? ", name):
			continue
		}
		t.removeAll(name)
	}
}

// asks puts a question on standard error and reports whether the answer is yes.
func (t *tool) asks(question, name string) bool {
	t.out.Flush()
	fmt.Fprintf(t.p.Stderr(), t.name+": "+question, name)
	answer, b := "", make([]byte, 1)
	for {
		if _, err := t.p.Read(0, b); err != nil || b[0] == '\n' {
			return strings.HasPrefix(answer, "y") || strings.HasPrefix(answer, "Y")
		}
		answer += string(b)
	}
}

func (t *tool) removeAll(name string) error {
	if info, err := t.lstat(name); err == nil && info.IsDir() {
		entries, err := t.readDir(name)
		if err != nil {
			t.errorf("can't open '%s': %s", name, reason(err))
		}
		for _, e := range entries {
			if err := t.removeAll(join(name, e.Name())); err != nil {
				return err
			}
		}
	}
	err := t.remove(name)
	if err != nil {
		t.errorf("can't remove '%s': %s", name, reason(err))
	} else if t.has("v") {
		fmt.Fprintf(t.out, "removed '%s'\n", name)
	}
	return err
}

func rmdir(t *tool) {
	for _, name := range t.args {
		for {
			if err := t.remove(name + "/"); err != nil {
				if !strings.Contains(err.Error(), "not empty") || !t.has("i") {
					t.errorf("'%s': %s", name, reason(err))
				}
				break
			}
			if name = path.Dir(name); !t.has("p") || name == "." || name == "/" {
				break
			}
		}
	}
}

func mkdir(t *tool) {
	mode := fs.FileMode(0o777)
	if t.has("m") {
		var ok bool
		if mode, ok = readMode(t.value('m', ""), 0o777, 0); !ok {
			t.errorf("invalid mode '%s'", t.value('m', ""))
			return
		}
	}
	for _, name := range t.args {
		if t.has("p") {
			if !t.parents(path.Dir(name)) {
				continue
			}
			if info, err := t.stat(name); err == nil && info.IsDir() {
				continue
			}
		}
		if err := t.mkdir(name, mode); err != nil {
			t.errorf("can't create directory '%s': %s", name, reason(err))
			continue
		}
		if t.has("m") {
			_ = t.chmod(name, mode)
		}
		if t.has("v") {
			fmt.Fprintf(t.out, "created directory: '%s'\n", name)
		}
	}
}

// parents makes the folders of a path that are not there.
func (t *tool) parents(name string) bool {
	info, err := t.stat(name)
	switch {
	case name == "." || name == "/" || err == nil && info.IsDir():
		return true
	case err == nil:
		err = files.ENOTDIR
	case !t.parents(path.Dir(name)):
		return false
	default:
		err = t.mkdir(name, 0o777)
	}
	if err != nil {
		t.errorf("can't create directory '%s/': %s", name, reason(err))
		return false
	}
	if t.has("v") && t.name == "mkdir" {
		fmt.Fprintf(t.out, "created directory: '%s/'\n", name)
	}
	return true
}

func touch(t *tool) {
	when := t.p.Now()
	text := t.value('d', t.value('t', ""))
	if text != "" {
		var ok bool
		if when, ok = readDate(text, when); !ok {
			t.errorf("invalid date '%s'", text)
			return
		}
	}
	if t.has("r") {
		info, err := t.stat(t.value('r', ""))
		if err != nil {
			t.fail(t.value('r', ""), err)
			return
		}
		when = info.ModTime()
	}
	for _, name := range t.args {
		if _, err := t.stat(name); err != nil {
			if t.has("c") {
				continue
			}
			f, err := t.openFile(name, appending, 0o666)
			if err != nil {
				t.fail(name, err)
				continue
			}
			f.Close()
			if text == "" && !t.has("r") {
				continue
			}
		}
		err := t.p.Files().Chtimes(t.abs(name), when, t.p.User())
		if err != nil && text == "" && t.p.Access(name, 2) == nil {
			err = t.p.Files().Chtimes(t.abs(name), when, rootUser)
		}
		if err != nil && !t.device(name) {
			t.fail(name, err)
		}
	}
}

func (t *tool) device(name string) bool {
	info, err := t.stat(name)
	return err == nil && info.Mode()&fs.ModeDevice != 0
}

func ln(t *tool) {
	if len(t.args) == 1 {
		t.args = append(t.args, baseName(t.args[0]))
		t.opt['T'] = []string{""}
	}
	if last := t.args[len(t.args)-1]; t.has("n") {
		if info, err := t.lstat(last); err == nil && info.Mode()&symlink != 0 {
			t.opt['T'] = []string{""}
		}
	}
	t.destinations(func(from, to string) {
		if !t.has("s") {
			if _, err := t.lstat(from); err != nil {
				t.fail(from, err)
				return
			}
		}
		if t.has("f") {
			if info, err := t.lstat(to); err == nil && !info.IsDir() {
				t.remove(to)
			}
		}
		var err error
		if t.has("s") {
			err = t.symlink(from, to)
		} else {
			err = t.link(from, to)
		}
		if err != nil {
			t.fail(to, err)
		} else if t.has("v") {
			fmt.Fprintf(t.out, "'%s' -> '%s'\n", to, from)
		}
	})
}

func readlink(t *tool) {
	for _, name := range t.args {
		var target string
		var err error
		if t.has("f") {
			if _, err = t.stat(name); err == nil {
				target, err = t.p.Files().Resolve(t.p.Abs(name))
			}
		} else {
			target, err = t.p.Readlink(name)
		}
		if err != nil {
			if t.code = 1; t.has("v") {
				t.fail(name, err)
			}
			continue
		}
		if t.out.WriteString(target); !t.has("n") {
			t.out.WriteByte('\n')
		}
	}
}

func realpath(t *tool) {
	for _, name := range t.args {
		_, err := t.stat(name)
		target := ""
		if err == nil {
			target, err = t.p.Files().Resolve(t.p.Abs(name))
		}
		if err != nil {
			t.fail(name, err)
			continue
		}
		fmt.Fprintln(t.out, target)
	}
}

// each calls f for operands and, with -R, for all that is below them.
func (t *tool) each(names []string, f func(name string, info fs.FileInfo)) {
	for _, name := range names {
		info, err := t.lstat(name)
		if err == nil && info.Mode()&symlink != 0 && !t.has("h") {
			if t.has("R") {
				continue
			}
			info, err = t.stat(name)
		}
		if err != nil {
			if !t.has("f") {
				t.fail(name, err)
			}
			t.code = t.failure
			continue
		}
		f(name, info)
		if info.IsDir() && t.has("R") {
			entries, err := t.readDir(name)
			if err != nil {
				t.fail(name, err)
			}
			var below []string
			for _, e := range entries {
				below = append(below, join(name, e.Name()))
			}
			t.each(below, f)
		}
	}
}

// chmodArgs lets a mode such as "-w" be one.
func chmod(t *tool) {
	args := t.takeArgs()
	for i, arg := range args {
		if len(arg) > 1 && arg[0] == '-' && strings.IndexByte("rwxXst", arg[1]) >= 0 {
			args[i] = "a" + arg
		}
	}
	if !t.options(applet{options: "Rvcf"}, args) || len(t.args) < 2 {
		t.usage()
		return
	}
	text := t.args[0]
	mask := t.p.Umask(0)
	t.p.Umask(mask)
	if _, ok := readMode(text, 0, 0); !ok {
		t.errorf("invalid mode '%s'", text)
		return
	}
	t.each(t.args[1:], func(name string, info fs.FileInfo) {
		mode, _ := readMode(text, info.Mode(), int(mask))
		if err := t.chmod(name, mode); err != nil {
			t.fail(name, err)
			return
		}
		if t.has("v") || t.has("c") && bits(mode) != bits(info.Mode()) {
			fmt.Fprintf(t.out, "mode of '%s' changed to %04o (%s)\n", name, bits(mode), modeText(mode)[1:])
		}
	})
}

// chown is also chgrp.
func chown(t *tool) {
	text := t.args[0]
	user, groupName, both := strings.Cut(text, ":")
	if t.name == "chgrp" {
		user, groupName, both = "", text, true
	}
	uid, gid, ok1, ok2 := -1, -1, true, true
	if user != "" {
		uid, ok1 = t.idOf(passwd, user)
	}
	if groupName != "" {
		gid, ok2 = t.idOf(group, groupName)
	} else if both && ok1 {
		if all, i := t.index(passwd, func(e entry) bool { return e.id == uid }); i >= 0 {
			gid = all[i].gid
		}
	}
	switch {
	case t.name == "chgrp" && !ok2:
		t.errorf("unknown group %s", text)
	case !ok1 && !both:
		t.errorf("unknown user %s", text)
	case !ok1 || !ok2:
		t.errorf("unknown user/group %s", text)
	default:
		t.each(t.args[1:], func(name string, info fs.FileInfo) {
			change := t.p.Files().Chown
			if t.has("h") {
				change = t.p.Files().Lchown
			}
			if err := change(t.abs(name), uid, gid, t.p.User()); err != nil {
				t.fail(name, err)
				return
			}
			if have := sys(info); t.has("v") || t.has("c") && (uid != have.UID || gid != have.GID) {
				fmt.Fprintf(t.out, "changed ownership of '%s' to %d:%d\n", name, uid, gid)
			}
		})
	}
}

func mktemp(t *tool) {
	template := "tmp.XXXXXX"
	dir := t.value('p', t.p.Getenv("TMPDIR"))
	if dir == "" {
		dir = "/tmp"
	}
	if len(t.args) > 0 {
		template = t.args[0]
	}
	if len(t.args) == 0 || t.has("pt") {
		template = join(dir, template)
	}
	stem, ok := strings.CutSuffix(template, "XXXXXX")
	if !ok {
		t.errorf("(null): Invalid argument")
		return
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for {
		name := stem
		for range 6 {
			name += string(letters[rand.IntN(len(letters))])
		}
		if _, err := t.lstat(name); err == nil {
			continue
		}
		var err error
		switch {
		case t.has("u"):
		case t.has("d"):
			err = t.mkdir(name, 0o700)
		default:
			var f file
			if f, err = t.openFile(name, create, 0o600); err == nil {
				f.Close()
			}
		}
		if err != nil {
			t.errorf("%s: %s", template, reason(err))
			return
		}
		fmt.Fprintln(t.out, name)
		return
	}
}

func truncate(t *tool) {
	n, ok := size(t.value('s', ""))
	if !ok {
		t.errorf("invalid number '%s'", t.value('s', ""))
		return
	}
	for _, name := range t.args {
		flag := appending
		if t.has("c") {
			flag &^= os.O_CREATE
		}
		f, err := t.openFile(name, flag, 0o666)
		if err == nil {
			f.Close()
			var h *files.Handle
			if h, err = t.p.Files().Open(t.abs(name), os.O_WRONLY, 0, t.p.User()); err == nil {
				err = h.Truncate(int64(n))
				h.Close()
			}
		}
		if err != nil && !t.has("c") {
			t.fail(name, err)
		}
	}
}

func unlink(t *tool) {
	if err := t.remove(t.args[0]); err != nil {
		t.errorf("can't remove file '%s': %s", t.args[0], reason(err))
	}
}

// readDate reads the forms of a date that busybox knows; a part that is left out is that of now.
func readDate(text string, now time.Time) (time.Time, bool) {
	now = now.UTC()
	var seconds int64
	if n, err := fmt.Sscanf(text, "@%d", &seconds); n == 1 && err == nil {
		return time.Unix(seconds, 0).UTC(), true
	}
	for _, layout := range []string{
		"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700",
		"2006.01.02-15:04:05", "2006.01.02-15:04", "200601021504.05", "200601021504", "Mon Jan _2 15:04:05 MST 2006", "Mon, 2 Jan 2006 15:04:05 -0700",
	} {
		if when, err := time.Parse(layout, text); err == nil {
			return when.UTC(), true
		}
	}
	for _, layout := range []string{"15:04:05", "15:04", "01021504", "01.02-15:04:05", "01.02-15:04"} {
		when, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		month, day := now.Month(), now.Day()
		if strings.Contains(layout, "01") {
			month, day = when.Month(), when.Day()
		}
		return time.Date(now.Year(), month, day, when.Hour(), when.Minute(), when.Second(), 0, time.UTC), true
	}
	return now, false
}
