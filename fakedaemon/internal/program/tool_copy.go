package program

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// destinations calls f for each source with where it goes: the last operand or below it, or below that of -t.
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
	if exists && t.has("i") && !info.IsDir() && !t.asks("overwrite '%s'? ", to) {
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
		if _, err := t.lstat(to); err == nil && (t.has("n") || t.has("i") && !t.asks("overwrite '%s'? ", to)) {
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
