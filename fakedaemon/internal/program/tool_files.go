package program

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

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
			t.errorf("(null): %s", reason(err))
			return
		}
		fmt.Fprintln(t.out, name)
		return
	}
}

func truncate(t *tool) {
	if !t.has("s") {
		t.usage()
		return
	}
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
