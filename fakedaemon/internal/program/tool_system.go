package program

import (
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

func id(t *tool) {
	uid, gid := t.p.User().UID, t.p.User().GID
	groups := slices.Clone(t.p.Groups())
	if len(t.args) > 0 {
		all, i := t.index(passwd, func(e entry) bool { return e.name == t.args[0] })
		if i < 0 {
			t.errorf("unknown user %s", t.args[0])
			return
		}
		uid, gid, groups = all[i].id, all[i].gid, nil
		for _, g := range t.entries(group) {
			if slices.Contains(g.members, t.args[0]) {
				groups = append(groups, g.id)
			}
		}
	}
	if len(groups) == 0 || len(t.args) > 0 || t.dialect == "debian" {
		groups = append([]int{gid}, slices.DeleteFunc(groups, func(g int) bool { return g == gid })...)
	}
	show := func(file string, n int) string {
		if t.has("n") {
			return t.nameOf(file, n)
		}
		return strconv.Itoa(n)
	}
	switch {
	case t.has("u"):
		fmt.Fprintln(t.out, show(passwd, uid))
	case t.has("g"):
		fmt.Fprintln(t.out, show(group, gid))
	case t.has("G"):
		var all []string
		for _, g := range groups {
			all = append(all, show(group, g))
		}
		fmt.Fprintln(t.out, strings.Join(all, " "))
	default:
		full := func(file string, n int) string {
			if name := t.nameOf(file, n); name != strconv.Itoa(n) {
				return fmt.Sprintf("%d(%s)", n, name)
			}
			return strconv.Itoa(n)
		}
		fmt.Fprintf(t.out, "uid=%s gid=%s", full(passwd, uid), full(group, gid))
		if len(t.p.Groups()) > 0 || len(t.args) > 0 {
			var all []string
			for _, g := range groups {
				all = append(all, full(group, g))
			}
			fmt.Fprintf(t.out, " groups=%s", strings.Join(all, ","))
		}
		fmt.Fprintln(t.out)
	}
}

func whoami(t *tool) {
	name := t.nameOf(passwd, t.p.User().UID)
	if name == strconv.Itoa(t.p.User().UID) {
		t.errorf("unknown uid %s", name)
		return
	}
	fmt.Fprintln(t.out, name)
}

func groups(t *tool) {
	t.opt['G'], t.opt['n'] = []string{""}, []string{""}
	id(t)
}

func hostname(t *tool) {
	name, _, _ := strings.Cut(t.p.Hostname(), ".")
	switch {
	case len(t.args) > 0:
		t.errorf("sethostname: Operation not permitted")
	case t.has("i"):
		hosts, _ := t.whole("/etc/hosts")
		for line := range strings.Lines(string(hosts)) {
			if fields := strings.Fields(line); len(fields) > 1 && slices.Contains(fields[1:], t.p.Hostname()) {
				fmt.Fprintln(t.out, fields[0])
				return
			}
		}
		t.errorf("%s: Host name lookup failure", t.p.Hostname())
	case t.has("s"):
		fmt.Fprintln(t.out, name)
	case t.has("d"):
		_, domain, _ := strings.Cut(t.p.Hostname(), ".")
		fmt.Fprintln(t.out, domain)
	default:
		fmt.Fprintln(t.out, t.p.Hostname())
	}
}

// Release is what uname -r says.
const release = "6.1.0-fakedockerd"

func uname(t *tool) {
	if t.name == "arch" {
		t.opt['m'] = []string{""}
	}
	var all []string
	for _, part := range []struct{ letter, text string }{
		{"s", "Linux"}, {"n", t.p.Hostname()}, {"r", release}, {"v", "#1 SMP"}, {"m", "x86_64"}, {"p", "unknown"}, {"i", "unknown"}, {"o", t.system()},
	} {
		if t.has(part.letter) || t.has("a") && part.text != "unknown" || len(t.opt) == 0 && part.letter == "s" {
			all = append(all, part.text)
		}
	}
	fmt.Fprintln(t.out, strings.Join(all, " "))
}

func (t *tool) system() string {
	if t.dialect == "alpine" {
		return "Linux"
	}
	return "GNU/Linux"
}

func which(t *tool) {
	for _, name := range t.args {
		if file, err := look(t.p, name); err == nil {
			fmt.Fprintln(t.out, file)
		} else {
			t.code = 1
		}
	}
}

func basename(t *tool) {
	names, suffix := t.args, t.value('s', "")
	if !t.has("as") {
		if len(names) > 2 {
			t.usage()
			return
		}
		if len(names) == 2 {
			suffix, names = names[1], names[:1]
		}
	}
	for _, name := range names {
		base := baseName(name)
		if base == "" && name != "" {
			base = "/"
		}
		if base != suffix {
			base = strings.TrimSuffix(base, suffix)
		}
		fmt.Fprintln(t.out, base)
	}
}

func dirname(t *tool) {
	name := strings.TrimRight(t.args[0], "/")
	at := strings.LastIndexByte(name, '/')
	switch {
	case name == "" && t.args[0] != "":
		name = "/"
	case at < 0:
		name = "."
	default:
		if name = strings.TrimRight(name[:at], "/"); name == "" {
			name = "/"
		}
	}
	fmt.Fprintln(t.out, name)
}

func pwd(t *tool) { fmt.Fprintln(t.out, t.p.Dir()) }

func tty(t *tool) {
	name, err := t.p.Readlink("/proc/self/fd/0")
	if err != nil || !t.p.IsTerminal(0) {
		name, t.code = "not a tty", 1
	}
	if !t.has("s") {
		fmt.Fprintln(t.out, name)
	}
}

func clearScreen(t *tool) { t.out.WriteString("\x1b[H\x1b[J") }
func reset(t *tool)       { t.out.WriteString("\x1bc\x1b(B\x1b[m\x1b[J\x1b[?25h") }

func free(t *tool) {
	unit := int64(1024)
	if t.has("m") {
		unit = 1 << 20
	}
	fmt.Fprint(t.out, "              total        used        free      shared  buff/cache   available\nMem:  ")
	for i, kib := range []int64{8388608, 1048576, 7340032, 1024, 589824, 7208960} {
		text := t.human(kib<<10, unit, 0)
		if t.has("b") {
			text = strconv.FormatInt(kib<<10, 10)
		}
		fmt.Fprintf(t.out, "%*s", map[bool]int{true: 13, false: 12}[i == 0], text)
	}
	fmt.Fprint(t.out, "\nSwap:            0           0           0\n")
}

func uptime(t *tool) {
	fmt.Fprintf(t.out, " %s up 1 day,  0:00,  0 users,  load average: 0.00, 0.00, 0.00\n", t.p.Now().UTC().Format("15:04:05"))
}

// mount lists what is mounted; a container may mount nothing.
func mount(t *tool) {
	if len(t.args) > 0 {
		t.errorf("permission denied (are you root?)")
		return
	}
	mounts, _ := t.whole("/proc/mounts")
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) == 6 {
			fmt.Fprintf(t.out, "%s on %s type %s (%s)\n", f[0], strings.ReplaceAll(f[1], `\040`, " "), f[2], f[3])
		}
	}
}

func hello(t *tool) {
	t.out.WriteString(helloText)
}

const helloText = `
Hello from Docker!
This message shows that your installation appears to be working correctly.

To generate this message, Docker took the following steps:
 1. The Docker client contacted the Docker daemon.
 2. The Docker daemon pulled the "hello-world" image from the Docker Hub.
    (amd64)
 3. The Docker daemon created a new container from that image which runs the
    executable that produces the output you are currently reading.
 4. The Docker daemon streamed that output to the Docker client, which sent it
    to your terminal.

To try something more ambitious, you can run an Ubuntu container with:
 $ docker run -it ubuntu bash

Share images, automate workflows, and more with a free Docker ID:
 https://hub.docker.com/

For more examples and ideas, visit:
 https://docs.docker.com/get-started/

`

// dd copies blocks.
func dd(t *tool) {
	set := map[string]string{"if": "-", "of": "-", "bs": "512", "skip": "0", "seek": "0", "count": "", "conv": "", "status": "", "iflag": "", "oflag": ""}
	for _, arg := range t.args {
		name, value, ok := strings.Cut(arg, "=")
		if name == "ibs" || name == "obs" {
			name = "bs"
		}
		if _, known := set[name]; !ok || !known {
			t.usage()
			return
		}
		set[name] = value
	}
	n := make(map[string]int)
	for _, name := range []string{"bs", "skip", "seek", "count"} {
		if set[name] == "" {
			n[name] = 1 << 60
			continue
		}
		var ok bool
		if n[name], ok = size(set[name]); !ok || name == "bs" && n[name] == 0 {
			t.errorf("invalid number '%s'", set[name])
			return
		}
	}
	in, err := t.open(set["if"])
	if err != nil {
		t.errorf(cannotOpen, set["if"], reason(err))
		return
	}
	out := file{t.p, 1}
	if set["of"] != "-" {
		flag := create
		if strings.Contains(set["conv"], "notrunc") || n["seek"] > 0 {
			flag &^= os.O_TRUNC
		}
		if strings.Contains(set["oflag"], "append") {
			flag |= os.O_APPEND
		}
		if out, err = t.openFile(set["of"], flag, 0o666); err != nil {
			t.errorf(cannotOpen, set["of"], reason(err))
			return
		}
	}
	if n["bs"] > 256<<20 {
		t.p.OutOfMemory()
	}
	b := make([]byte, n["bs"])
	for range n["skip"] {
		if _, err := io.ReadFull(in, b); err != nil {
			break
		}
	}
	if n["seek"] > 0 {
		_, _ = t.p.Seek(out.fd, int64(n["seek"]*n["bs"]), io.SeekStart)
	}
	full, part := 0, 0
	for full+part < n["count"] {
		size, err := in.Read(b)
		if strings.Contains(set["iflag"], "fullblock") && err == nil && size < len(b) {
			more, _ := io.ReadFull(in, b[size:])
			size += more
		}
		if size == 0 {
			if err != nil && err != io.EOF {
				t.errorf("%s: %s", set["if"], reason(err))
				return
			}
			break
		}
		if size == len(b) {
			full++
		} else {
			part++
			if strings.Contains(set["conv"], "sync") && !strings.Contains(set["conv"], "fsync") {
				for i := range b[size:] {
					b[size+i] = 0
				}
				size = len(b)
			}
		}
		if _, err := out.Write(b[:size]); err != nil {
			t.errorf("error writing '%s': %s", strings.Replace(set["of"], "-", "standard output", 1), reason(err))
			break
		}
	}
	if set["status"] != "none" {
		fmt.Fprintf(t.p.Stderr(), "%[1]d+%[2]d records in\n%[1]d+%[2]d records out\n", full, part)
	}
}

// addUser is adduser, useradd, addgroup and groupadd: a line more in /etc/passwd or /etc/group.
func addUser(t *tool) {
	if t.p.User().UID != 0 {
		t.errorf("permission denied (are you root?)")
		return
	}
	t.out.Flush()
	name := t.args[0]
	isGroup := strings.Contains(t.name, "group")
	gid := -1
	if isGroup && len(t.args) > 1 { // addgroup USER GROUP
		t.joinGroup(t.args[0], t.args[1])
		return
	}
	free := func(file string, from int) int {
		for t.nameOf(file, from) != strconv.Itoa(from) {
			from++
		}
		return from
	}
	from := 1000
	if t.has("Sr") {
		from = 100
	}
	if g := t.value('G', t.value('g', "")); g != "" && !isGroup && t.name != "useradd" || t.name == "useradd" && t.has("g") {
		var ok bool
		if gid, ok = t.idOf(group, t.value('g', g)); t.name == "adduser" {
			gid, ok = t.idOf(group, t.value('G', g))
		}
		if !ok {
			t.errorf("unknown group %s", g)
			return
		}
	}
	file := passwd
	if isGroup {
		file = group
	}
	if _, i := t.index(file, func(e entry) bool { return e.name == name }); i >= 0 {
		if !t.has("f") {
			t.errorf("%s '%s' in use", map[bool]string{true: "group", false: "user"}[isGroup], name)
		}
		return
	}
	number := free(file, from)
	if text := t.value('u', t.value('g', "")); text != "" && (isGroup || t.has("u")) {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.errorf("invalid number '%s'", text)
			return
		}
		number = n
	}
	if isGroup {
		t.appendLine(group, fmt.Sprintf("%s:x:%d:\n", name, number))
		return
	}
	if gid < 0 {
		if gid = number; t.has("S") {
			gid = 65533
		} else {
			t.appendLine(group, fmt.Sprintf("%s:x:%d:\n", name, gid))
		}
	}
	home := t.value('h', t.value('d', "/home/"+name))
	t.appendLine(passwd, fmt.Sprintf("%s:x:%d:%d:%s:%s:%s\n", name, number, gid, t.value('c', "Linux User,,,"), home, t.value('s', "/bin/sh")))
	for _, g := range strings.FieldsFunc(t.value('G', ""), func(r rune) bool { return r == ',' }) {
		if t.name == "useradd" {
			t.joinGroup(name, g)
		}
	}
	if t.name == "useradd" && !t.has("m") || t.has("HM") {
		return
	}
	if t.parents(path.Dir(home)) && t.mkdir(home, 0o755) == nil {
		_ = t.p.Files().Chown(home, number, gid, rootUser)
	}
}

func (t *tool) appendLine(name, line string) {
	f, err := t.openFile(name, appending, 0o644)
	if err != nil {
		t.fail(name, err)
		return
	}
	defer f.Close()
	f.Write([]byte(line))
}

// joinGroup adds a user to a group.
func (t *tool) joinGroup(user, name string) {
	data, _ := t.whole(group)
	var b strings.Builder
	found := false
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, name+":") {
			if found = true; !strings.HasSuffix(line, ":") {
				line += ","
			}
			line += user
		}
		b.WriteString(line + "\n")
	}
	if !found {
		t.errorf("unknown group %s", name)
		return
	}
	f, err := t.openFile(group, create, 0o644)
	if err != nil {
		t.fail(group, err)
		return
	}
	defer f.Close()
	io.WriteString(f, b.String())
}

func nproc(t *tool) { fmt.Fprintln(t.out, 1) }

func w(t *tool) { fmt.Fprintln(t.out, "USER\t\tTTY\t\tIDLE\tTIME\t\t HOST") }

// succeed does what cannot be seen, and does it well.
func succeed(*tool)   {}
func failure(t *tool) { t.code = 1 }
