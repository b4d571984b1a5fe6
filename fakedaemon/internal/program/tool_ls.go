package program

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// listed is a file that ls shows.
type listed struct {
	name string // as it is shown
	path string
	info fs.FileInfo
}

func ls(t *tool) {
	if t.has("$gn") {
		t.opt['l'] = []string{""}
	}
	names := t.args
	if len(names) == 0 {
		names = []string{"."}
	}
	var single, folders []listed
	for _, name := range names {
		stat := t.lstat
		if t.has("LH") || !t.has("dlF") && !t.has("i") {
			stat = t.stat
		}
		info, err := stat(name)
		if err != nil && !t.has("L") {
			info, err = t.lstat(name)
		}
		if err != nil {
			t.fail(name, err)
			continue
		}
		if l := (listed{name, name, info}); info.IsDir() && !t.has("d") {
			folders = append(folders, l)
		} else {
			single = append(single, l)
		}
	}
	t.sortListed(single)
	t.sortListed(folders)
	t.show(single)
	named := len(names) > 1 || t.has("R")
	for i, folder := range folders {
		t.listFolder(folder, named, i > 0 || len(single) > 0)
	}
}

func (t *tool) listFolder(folder listed, named, gap bool) {
	entries, err := t.readDir(folder.path)
	if err == nil {
		err = t.p.Access(folder.path, 4)
	}
	if err != nil {
		t.errorf("can't open '%s': %s", folder.name, reason(err))
		return
	}
	if gap {
		fmt.Fprintln(t.out)
	}
	if named {
		fmt.Fprintf(t.out, "%s:\n", folder.name)
	}
	var all []listed
	if t.has("a") {
		for _, name := range []string{".", ".."} {
			if info, err := t.stat(join(folder.path, name)); err == nil {
				all = append(all, listed{name, join(folder.path, name), info})
			}
		}
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && !t.has("aA") {
			continue
		}
		stat := t.lstat
		if t.has("L") {
			stat = t.stat
		}
		if info, err := stat(join(folder.path, e.Name())); err == nil {
			all = append(all, listed{e.Name(), join(folder.path, e.Name()), info})
		}
	}
	t.sortListed(all)
	if t.has("ls") {
		var total int64
		for _, l := range all {
			total += blocks(l.info) / 2
		}
		fmt.Fprintf(t.out, "total %s\n", t.human(total*1024, 1024, 0))
	}
	t.show(all)
	if !t.has("R") {
		return
	}
	for _, l := range all {
		if l.info.IsDir() && l.name != "." && l.name != ".." {
			l.name = l.path
			t.listFolder(l, true, true)
		}
	}
}

func (t *tool) sortListed(all []listed) {
	slices.SortStableFunc(all, func(a, b listed) int {
		c := 0
		if t.has("%") {
			c = boolInt(b.info.IsDir()) - boolInt(a.info.IsDir())
			if c != 0 {
				return c
			}
		}
		switch {
		case t.has("t"):
			c = b.info.ModTime().Compare(a.info.ModTime())
		case t.has("S"):
			c = cmp.Compare(b.info.Size(), a.info.Size())
		case t.has("X"):
			c = strings.Compare(path.Ext(a.name), path.Ext(b.name))
		case t.has("v"):
			c = compareVersions(a.name, b.name)
		}
		if c == 0 {
			c = strings.Compare(a.name, b.name)
		}
		if t.has("r") {
			c = -c
		}
		return c
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// human is a size in units, or with -h by the letter.
func (t *tool) human(size, unit int64, width int) string {
	if !t.has("h") {
		return fmt.Sprintf("%*d", width, (size+unit-1)/unit)
	}
	return fmt.Sprintf("%*s", width, humanSize(size, unit == 1))
}

func humanSize(size int64, bytes bool) string {
	if bytes && size < 1024 {
		return strconv.FormatInt(size, 10)
	}
	x := float64(size)
	for _, letter := range "\x00KMGTPE" {
		if x < 1024 || letter == 'E' {
			if letter == 0 {
				if size == 0 {
					return "0"
				}
				return fmt.Sprintf("%.1fK", x/1024)
			}
			return fmt.Sprintf("%.1f%c", x, letter)
		}
		x /= 1024
	}
	return ""
}

// show prints files in columns, one by one or long.
func (t *tool) show(all []listed) {
	if t.has("l") {
		for _, l := range all {
			t.long(l)
		}
		return
	}
	columns := (t.has("Cx") || t.p.IsTerminal(1)) && !t.has("1")
	var texts []string
	widest := 0
	for _, l := range all {
		text := t.prefixed(l) + t.coloured(l.name, l.info) + t.indicator(l.info)
		texts = append(texts, text)
		widest = max(widest, len([]rune(t.prefixed(l)+l.name+t.indicator(l.info))))
	}
	if !columns {
		for _, text := range texts {
			fmt.Fprintln(t.out, text)
		}
		return
	}
	width := 80
	if _, cols, err := t.p.Size(1); err == nil && cols > 0 {
		width = int(cols)
	}
	if n, ok := t.number('w', width); ok {
		width = n
	}
	per := max(1, width/(widest+2))
	rows := (len(all) + per - 1) / per
	for row := range rows {
		pad := 0
		for column := range per {
			at := row + column*rows
			if t.has("x") {
				at = row*per + column
			}
			if at >= len(all) {
				break
			}
			fmt.Fprintf(t.out, "%*s%s", pad, "", texts[at])
			pad = widest + 2 - len([]rune(t.prefixed(all[at])+all[at].name+t.indicator(all[at].info)))
		}
		fmt.Fprintln(t.out)
	}
}

func (t *tool) prefixed(l listed) (text string) {
	if t.has("i") {
		text = fmt.Sprintf("%7d ", sys(l.info).Inode)
	}
	if t.has("s") {
		text += fmt.Sprintf("%6d ", blocks(l.info)/2)
	}
	return text
}

// indicator is what -F and -p put behind a name.
func (t *tool) indicator(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsDir() && t.has("Fp"):
		return "/"
	case !t.has("F"):
	case mode&symlink != 0:
		return "@"
	case mode&fs.ModeNamedPipe != 0:
		return "|"
	case mode&fs.ModeSocket != 0:
		return "="
	case mode.IsRegular() && mode&0o111 != 0:
		return "*"
	}
	return ""
}

// coloured is a name with --color, and on a terminal where busybox is built so.
func (t *tool) coloured(name string, info fs.FileInfo) string {
	when := t.value('@', "")
	if t.has("@") && (when == "" || when == "auto") || !t.has("@") && t.dialect == "alpine" {
		when = "never"
		if t.p.IsTerminal(1) {
			when = "always"
		}
	}
	if when != "always" {
		return name
	}
	bold, color := 1, 0
	switch mode := info.Mode(); {
	case mode.IsDir():
		color = 34
	case mode&symlink != 0:
		color = 36
	case mode&fs.ModeDevice != 0:
		color = 33
	case mode&0o111 != 0:
		color = 32
	default:
		bold = 0
	}
	return fmt.Sprintf("\x1b[%d;%dm%s\x1b[m", bold, color, name)
}

func (t *tool) long(l listed) {
	info, more := l.info, sys(l.info)
	t.out.WriteString(t.prefixed(l))
	user, groupName := t.nameOf(passwd, more.UID), t.nameOf(group, more.GID)
	if t.has("n") {
		user, groupName = strconv.Itoa(more.UID), strconv.Itoa(more.GID)
	}
	fmt.Fprintf(t.out, "%-10s %4d ", modeText(info.Mode()), more.Links)
	if !t.has("g") {
		fmt.Fprintf(t.out, "%-8.8s ", user)
	}
	fmt.Fprintf(t.out, "%-8.8s ", groupName)
	if info.Mode()&fs.ModeDevice != 0 {
		major, minor, _ := run.DeviceNumber(info)
		fmt.Fprintf(t.out, "%4d, %3d ", major, minor)
	} else if t.has("h") {
		fmt.Fprintf(t.out, "%7s ", humanSize(info.Size(), true))
	} else {
		fmt.Fprintf(t.out, "%9d ", info.Size())
	}
	when := info.ModTime().UTC()
	switch age := t.p.Now().Sub(when); {
	case t.has("$"):
		t.out.WriteString(when.Format("2006-01-02 15:04:05 -0700"))
	case age > 365*24*time.Hour/2 || age < -15*time.Minute:
		t.out.WriteString(when.Format("Jan _2  2006"))
	default:
		t.out.WriteString(when.Format("Jan _2 15:04"))
	}
	fmt.Fprintf(t.out, " %s", t.coloured(l.name, info))
	if info.Mode()&symlink != 0 {
		target, _ := t.p.Readlink(l.path)
		fmt.Fprintf(t.out, " -> %s", target)
		if behind, err := t.stat(l.path); err == nil && t.has("F") {
			t.out.WriteString(t.indicator(behind))
		}
	} else {
		t.out.WriteString(t.indicator(info))
	}
	fmt.Fprintln(t.out)
}

// kind is a file's as stat says it.
func kind(info fs.FileInfo) string {
	switch letter := kindLetter(info.Mode()); {
	case letter == 'd':
		return "directory"
	case letter == 'l':
		return "symbolic link"
	case letter == 'c':
		return "character special file"
	case letter == 'p':
		return "fifo"
	case letter == 's':
		return "socket"
	case info.Size() == 0:
		return "regular empty file"
	}
	return "regular file"
}

const statTime = "2006-01-02 15:04:05.000000000 -0700"

func stat(t *tool) {
	for _, name := range t.args {
		look := t.lstat
		if t.has("L") {
			look = t.stat
		}
		info, err := look(name)
		if err != nil {
			t.errorf("can't stat '%s': %s", name, reason(err))
			continue
		}
		format := t.value('c', "")
		if format == "" {
			if t.has("t") {
				format = "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %o"
			} else {
				format = "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Dh/%dd\tInode: %-10i  Links: %h"
				if info.Mode()&fs.ModeDevice != 0 {
					format = strings.Replace(format, "Links: %h", "Links: %-5h Device type: %t,%T", 1)
				}
				format += "\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z"
			}
		}
		t.statFormat(format, name, info)
		fmt.Fprintln(t.out)
	}
}

func (t *tool) statFormat(format, name string, info fs.FileInfo) {
	more := sys(info)
	major, minor, _ := run.DeviceNumber(info)
	quoted := name
	if info.Mode()&symlink != 0 {
		target, _ := t.p.Readlink(name)
		quoted = fmt.Sprintf("'%s' -> '%s'", name, target)
	}
	kinds := map[byte]int{'-': 0o100000, 'd': 0o40000, 'l': 0o120000, 'c': 0o20000, 'p': 0o10000, 's': 0o140000}
	values := map[byte]any{
		'n': name, 'N': quoted, 's': info.Size(), 'b': blocks(info), 'B': 512, 'o': 4096, 'F': kind(info), 'D': "33", 'd': 51, 'i': more.Inode, 'h': more.Links,
		'a': octal(bits(info.Mode())), 'A': modeText(info.Mode()), 'u': more.UID, 'g': more.GID, 'U': t.nameOrUnknown(passwd, more.UID), 'G': t.nameOrUnknown(group, more.GID),
		'f': strconv.FormatInt(int64(kinds[kindLetter(info.Mode())]|bits(info.Mode())), 16), 't': strconv.FormatInt(int64(major), 16), 'T': strconv.FormatInt(int64(minor), 16), 'm': "/",
	}
	for letter, layout := range map[byte]string{'x': "", 'y': "", 'z': "", 'X': "unix", 'Y': "unix", 'Z': "unix"} {
		if values[letter] = info.ModTime().UTC().Format(statTime); layout != "" {
			values[letter] = info.ModTime().Unix()
		}
	}
	for format != "" {
		at := strings.IndexByte(format, '%')
		if at < 0 || at == len(format)-1 {
			t.out.WriteString(format)
			return
		}
		t.out.WriteString(format[:at])
		end := at + 1
		for end < len(format)-1 && strings.IndexByte("-0123456789.+ #", format[end]) >= 0 {
			end++
		}
		if value, ok := values[format[end]]; ok {
			fmt.Fprintf(t.out, format[at:end]+"v", value)
		} else {
			t.out.WriteByte(format[end])
		}
		format = format[end+1:]
	}
}

func (t *tool) nameOrUnknown(file string, id int) string {
	if name := t.nameOf(file, id); name != strconv.Itoa(id) {
		return name
	}
	return "UNKNOWN"
}

// octal is printed to the base of 8.
type octal int

func (o octal) Format(f fmt.State, _ rune) {
	width, _ := f.Width()
	fmt.Fprintf(f, "%0*o", width, int(o))
}
