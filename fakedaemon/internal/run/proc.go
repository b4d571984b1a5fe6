package run

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// about are the files of /proc that tell of the machine, and ofProcess those of a process.
var (
	about = map[string]func(s *Space) string{
		"cpuinfo": func(*Space) string { return cpu },
		"loadavg": func(s *Space) string { return fmt.Sprintf("0.00 0.00 0.00 1/%d %d\n", len(s.processes), s.lastPID) },
		"meminfo": func(*Space) string {
			return "MemTotal:        2097152 kB\nMemFree:         1048576 kB\nMemAvailable:    1572864 kB\nBuffers:           65536 kB\n" +
				"Cached:           458752 kB\nSwapCached:            0 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n"
		},
		"stat": func(s *Space) string {
			return fmt.Sprintf("cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\nbtime %d\nprocesses %d\n", s.began.Unix(), s.lastPID)
		},
		"uptime": func(s *Space) string {
			up := s.o.Now().Sub(s.began).Seconds()
			return fmt.Sprintf("%.2f %.2f\n", up, up)
		},
		"version":                func(*Space) string { return "Linux version " + Kernel + " (gcc) #1 SMP\n" },
		"filesystems":            func(*Space) string { return "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\toverlay\n" },
		"swaps":                  func(*Space) string { return "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" },
		"sys/kernel/hostname":    func(s *Space) string { return s.o.Hostname + "\n" },
		"sys/kernel/osrelease":   func(*Space) string { return Kernel + "\n" },
		"sys/kernel/ostype":      func(*Space) string { return "Linux\n" },
		"sys/kernel/random/uuid": (*Space).uuidLocked,
	}
	ofProcess = map[string]func(p *Process) string{
		"cgroup": func(*Process) string { return "0::/\n" },
		"cmdline": func(p *Process) string {
			if p.over {
				return ""
			}
			return terminated(p.args)
		},
		"comm":    func(p *Process) string { return p.comm() + "\n" },
		"environ": func(p *Process) string { return terminated(p.environ) },
		"mounts": func(p *Process) string {
			all := "overlay / overlay rw,relatime 0 0\n" +
				"proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n" +
				"tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0\n" +
				"devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666 0 0\n" +
				"sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0\n" +
				"mqueue /dev/mqueue mqueue rw,nosuid,nodev,noexec,relatime 0 0\n" +
				"shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k 0 0\n"
			for _, m := range p.s.o.Files.Mounts() {
				access, line := "rw", "/dev/vda1 %s ext4 %s,relatime 0 0\n"
				if m.ReadOnly {
					access = "ro"
				}
				if m.Tmpfs {
					line = "tmpfs %s tmpfs %s,nosuid,nodev,noexec,relatime 0 0\n"
				}
				all += fmt.Sprintf(line, strings.ReplaceAll(m.At, " ", `\040`), access)
			}
			return all
		},
		"stat":   (*Process).statLocked,
		"status": (*Process).statusLocked,
	}
)

const cpu = "processor\t: 0\nvendor_id\t: Fake\nmodel name\t: Fake CPU\ncpu MHz\t\t: 1000.000\n\n"

func terminated(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, "\x00") + "\x00"
}

// uuidLocked gives another one each time.
func (s *Space) uuidLocked() string {
	var b [16]byte
	s.random.Read(b[:])
	b[6], b[8] = b[6]&0xf|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x\n", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// procLocked gives what is at a path below /proc.
func (p *Process) procLocked(at []string) *node {
	name := strings.Join(at, "/")
	switch text := about[name]; {
	case text != nil:
		return &node{mode: 0o444, text: func() string { return text(p.s) }}
	case name == "self":
		return linkTo(strconv.Itoa(p.pid))
	case name == "mounts":
		return linkTo("self/mounts")
	}
	if n := folderOf(); p.entriesLocked(n, name) {
		n.mode = fs.ModeDir | 0o555
		return n
	}
	pid, err := strconv.Atoi(at[0])
	q := p.s.processes[pid]
	if err != nil || q == nil {
		return nil
	}
	n := q.ownLocked(at[1:])
	if n != nil {
		n.owner, n.modified = q.user, q.started
	}
	return n
}

// entriesLocked fills a folder of the machine, and reports whether there is one of that name.
func (p *Process) entriesLocked(n *node, name string) bool {
	below := name + "/"
	if name == "" {
		below = ""
		n.entries = append(n.entries, "mounts", "self")
		for pid := range p.s.processes {
			n.entries = append(n.entries, strconv.Itoa(pid))
		}
	}
	for file := range about {
		if rest, ok := strings.CutPrefix(file, below); ok {
			entry, _, _ := strings.Cut(rest, "/")
			n.entries = append(n.entries, entry)
		}
	}
	slices.Sort(n.entries)
	n.entries = slices.Compact(n.entries)
	return len(n.entries) > 0
}

func linkTo(name string) *node { return &node{mode: fs.ModeSymlink | 0o777, link: name} }

// ownLocked gives what is at a path below the folder of a process.
func (p *Process) ownLocked(at []string) *node {
	switch {
	case len(at) == 0:
		n := folderOf("cwd", "exe", "fd", "root")
		n.mode = fs.ModeDir | 0o555
		n.entries = slices.AppendSeq(n.entries, maps.Keys(ofProcess))
		return n
	case at[0] == "fd":
		return p.descriptorLocked(at[1:])
	case len(at) > 1:
		return nil
	case at[0] == "cwd" && !p.over:
		return linkTo(p.dir)
	case at[0] == "root" && !p.over:
		return linkTo("/")
	case at[0] == "exe" && !p.over:
		if exe := p.exeLocked(); exe != "" {
			return linkTo(exe)
		}
		return nil
	}
	text := ofProcess[at[0]]
	if text == nil {
		return nil
	}
	n := &node{mode: 0o444, text: func() string { return text(p) }}
	if at[0] == "environ" {
		n.mode = 0o400
	}
	return n
}

// exeLocked gives the file that its program comes from, found again by its name.
func (p *Process) exeLocked() string {
	if len(p.args) == 0 {
		return ""
	}
	dirs := []string{p.dir}
	if name := p.args[0]; strings.HasPrefix(name, "/") {
		dirs = []string{""}
	} else if !strings.Contains(name, "/") {
		for _, v := range p.environ {
			if value, ok := strings.CutPrefix(v, "PATH="); ok {
				dirs = strings.Split(value, ":")
			}
		}
	}
	for _, dir := range dirs {
		at, err := p.s.o.Files.Resolve(dir + "/" + p.args[0])
		if err == nil && p.s.o.Files.Access(at, 1, p.user) == nil {
			return at
		}
	}
	return ""
}

func (p *Process) descriptorLocked(at []string) *node {
	switch {
	case len(at) == 0:
		n := folderOf()
		n.mode = fs.ModeDir | 0o500
		for fd, d := range p.fds {
			if d.f != nil {
				n.entries = append(n.entries, strconv.Itoa(fd))
			}
		}
		return n
	case len(at) > 1:
		return nil
	}
	fd, err := strconv.Atoi(at[0])
	if err != nil {
		return nil
	}
	f, err := p.openLocked(fd)
	if err != nil {
		return nil
	}
	mode := fs.FileMode(0o500) // l-wx------ and so on: what may be done with the descriptor
	switch f.flags & access {
	case 1:
		mode = 0o300
	case 2:
		mode = 0o700
	}
	return &node{mode: fs.ModeSymlink | mode, link: f.file.name(), behind: f.file}
}

// comm is its name, of at most 15 bytes.
func (p *Process) comm() string {
	if len(p.args) == 0 {
		return ""
	}
	name := path.Base(p.args[0])
	return name[:min(len(name), 15)]
}

// statLocked is /proc/N/stat.
func (p *Process) statLocked() string {
	terminal, foreground := 0, -1
	if p.tty != nil {
		terminal, foreground = 136<<8|p.tty.number, p.tty.group()
	}
	ticks := p.started.Sub(p.s.began) / (10 * time.Millisecond)
	return fmt.Sprintf("%d (%s) %c %d %d %d %d %d 4194304 0 0 0 0 0 0 0 0 20 0 1 0 %d 1048576 256 18446744073709551615"+
		" 0 0 0 0 0 0 %d %d %d 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 %d\n", p.pid, p.comm(), p.stateLocked(), p.parentLocked(), p.group, p.session,
		terminal, foreground, ticks, uint64(p.pending), p.signalsLocked(ignored), p.signalsLocked(caught), p.code<<8)
}

// statusLocked is /proc/N/status.
func (p *Process) statusLocked() string {
	words := map[byte]string{'R': "running", 'S': "sleeping", 'T': "stopped", 'Z': "zombie"}
	state := p.stateLocked()
	var groups strings.Builder
	for _, g := range p.groups {
		fmt.Fprintf(&groups, "%d ", g)
	}
	var b strings.Builder
	row := func(name, format string, values ...any) { fmt.Fprintf(&b, name+":\t"+format+"\n", values...) }
	row("Name", "%s", p.comm())
	row("Umask", "%04o", p.umask)
	row("State", "%c (%s)", state, words[state])
	row("Tgid", "%d", p.pid)
	row("Ngid", "0")
	row("Pid", "%d", p.pid)
	row("PPid", "%d", p.parentLocked())
	row("TracerPid", "0")
	row("Uid", "%[1]d\t%[1]d\t%[1]d\t%[1]d", p.user.UID)
	row("Gid", "%[1]d\t%[1]d\t%[1]d\t%[1]d", p.user.GID)
	row("FDSize", "64")
	row("Groups", "%s", &groups)
	row("NStgid", "%d", p.pid)
	row("NSpid", "%d", p.pid)
	row("NSpgid", "%d", p.group)
	row("NSsid", "%d", p.session)
	if state != 'Z' {
		row("VmSize", "    1024 kB")
		row("VmRSS", "    1024 kB")
	}
	row("Threads", "1")
	row("SigPnd", "%016x", uint64(p.pending))
	row("ShdPnd", "%016x", 0)
	row("SigBlk", "%016x", 0)
	row("SigIgn", "%016x", uint64(p.signalsLocked(ignored)))
	row("SigCgt", "%016x", uint64(p.signalsLocked(caught)))
	return b.String()
}

// signalsLocked gives the signals of a disposition.
func (p *Process) signalsLocked(d disposition) (set sigset) {
	for sig := 1; sig <= sigMax; sig++ {
		if p.signals[sig] == d {
			set |= bit(sig)
		}
	}
	return set
}
