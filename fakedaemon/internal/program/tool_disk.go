package program

import "fmt"

func du(t *tool) {
	names := t.args
	if len(names) == 0 {
		names = []string{"."}
	}
	depth, ok := t.number('d', 1<<30)
	if !ok {
		return
	}
	if t.has("s") {
		depth = 0
	}
	unit := int64(1024)
	if t.has("m") {
		unit = 1 << 20
	}
	var total int64
	seen := make(map[uint64]bool)
	var walk func(name string, level int) int64
	walk = func(name string, level int) int64 {
		stat := t.lstat
		if t.has("L") || t.has("H") && level == 0 {
			stat = t.stat
		}
		info, err := stat(name)
		if err != nil {
			t.fail(name, err)
			return 0
		}
		if more := sys(info); more.Links > 1 && !info.IsDir() && !t.has("l") {
			if seen[more.Inode] {
				return 0
			}
			seen[more.Inode] = true
		}
		sum := blocks(info) * 512
		if info.IsDir() {
			entries, err := t.readDir(name)
			if err != nil {
				t.fail(name, err)
			}
			for _, e := range entries {
				sum += walk(join(name, e.Name()), level+1)
			}
		}
		if level <= depth && (level == 0 || info.IsDir() || t.has("a")) {
			fmt.Fprintf(t.out, "%s\t%s\n", t.human(sum, unit, 0), name)
		}
		return sum
	}
	for _, name := range names {
		total += walk(name, 0)
	}
	if t.has("c") {
		fmt.Fprintf(t.out, "%s\ttotal\n", t.human(total, unit, 0))
	}
}

// df tells of a disk that is made up but for what the container uses of it.
func df(t *tool) {
	const size, other = 64 << 30, 16 << 30
	used, _ := t.p.Files().Size()
	used += other
	unit, head, width := int64(1024), "1K-blocks", 10
	if t.has("h") {
		head = "     Size"
	}
	if t.has("m") {
		unit, head = 1<<20, "1M-blocks"
	}
	names := t.args
	var missing []string
	rows := [][2]string{{"overlay", "/"}, {"tmpfs", "/dev"}, {"shm", "/dev/shm"}}
	if len(names) > 0 {
		rows = rows[:0]
	}
	for _, name := range names {
		if _, err := t.stat(name); err != nil {
			missing = append(missing, name)
			continue
		}
		rows = append(rows, [2]string{"overlay", "/"})
	}
	fmt.Fprintf(t.out, "Filesystem           %9s      Used Available Use%% Mounted on\n", head)
	for _, name := range missing {
		t.errorf("%s: can't find mount point", name)
	}
	for _, row := range rows {
		all, taken := int64(size), used
		if row[0] != "overlay" {
			all, taken = 64<<20, 0
		}
		fmt.Fprintf(t.out, "%-20s %s %s %s %3d%% %s\n", row[0], t.human(all, unit, width-1), t.human(taken, unit, width-1), t.human(all-taken, unit, width-1), (taken*100+all-1)/all, row[1])
	}
}
