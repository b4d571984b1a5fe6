package program

import (
	"bytes"
	"io"
	"io/fs"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// tailed is a file that tail shows.
type tailed struct {
	name  string
	file  file
	open  bool
	inode uint64
}

func tail(t *tool) {
	args := dashNumber(t.takeArgs())
	if len(args) > 0 && len(args[0]) > 1 && args[0][0] == '+' {
		args = append([]string{"-n", args[0]}, args[1:]...)
	}
	if !t.options(applet{options: "n:c:qvfFs:"}, args) {
		t.usage()
		return
	}
	n, sign, inBytes, ok := t.count()
	if !ok {
		return
	}
	names := t.args
	if len(names) == 0 {
		names = []string{"-"}
	}
	many, first := len(names) > 1 && !t.has("q") || t.has("v"), true
	var all []*tailed
	for _, name := range names {
		f, err := t.open(name)
		x := &tailed{name: name, file: f, open: err == nil}
		if err != nil {
			t.errorf(cannotOpen, name, reason(err))
			if !t.has("F") {
				continue
			}
		}
		all = append(all, x)
		if !x.open {
			continue
		}
		weight := 1
		if info, err := t.stat(name); err == nil {
			x.inode = sys(info).Inode
			if info.Mode()&fs.ModeCharDevice != 0 {
				weight = 16 // what comes of /dev/zero has no end: it need not take long
			}
		}
		t.title(name, many, &first)
		if err := t.ending(f, n, sign, inBytes, weight); err != nil {
			t.errorf("read error: %s", reason(err))
		}
	}
	if len(all) == 0 {
		t.errorf("no files")
		return
	}
	if !t.has("fF") {
		return
	}
	pause, ok := t.number('s', 1)
	if !ok {
		return
	}
	t.out.Flush()
	t.follow(all, many, time.Duration(pause)*time.Second)
}

// ending prints the end of a file, of which what is kept counts times weight.
func (t *tool) ending(r io.Reader, n int, sign byte, inBytes bool, weight int) error {
	switch {
	case sign == '+' && inBytes:
		_, err := io.CopyN(io.Discard, r, int64(max(0, n-1)))
		if err == nil {
			_, err = io.Copy(t.out, r)
		}
		return ignoreEOF(err)
	case sign == '+':
		skip := max(0, n-1)
		return t.eachLine(r, '\n', func(line []byte) error {
			if skip--; skip < 0 {
				t.out.Write(line)
			}
			return nil
		})
	}
	var kept []byte
	b, enough := make([]byte, 64<<10), 256<<10
	for {
		size, err := r.Read(b)
		if kept = append(kept, b[:size]...); len(kept) > enough {
			kept = append([]byte(nil), lastPart(kept, n, inBytes)...)
			enough = max(enough, 2*len(kept))
		}
		t.bound(weight * len(kept))
		if err != nil {
			t.out.Write(lastPart(kept, n, inBytes))
			return ignoreEOF(err)
		}
	}
}

// lastPart is the last lines or bytes.
func lastPart(data []byte, n int, inBytes bool) []byte {
	if inBytes {
		return data[max(0, len(data)-n):]
	}
	at := len(bytes.TrimSuffix(data, []byte("\n")))
	for range n {
		if at = bytes.LastIndexByte(data[:at], '\n'); at < 0 {
			return data
		}
	}
	if n == 0 {
		return nil
	}
	return data[at+1:]
}

// follow prints what comes to files, looking once in a while as busybox does.
func (t *tool) follow(all []*tailed, many bool, pause time.Duration) {
	quiet := true // nothing will ever come
	for _, x := range all {
		info, err := t.stat(x.name)
		quiet = quiet && err == nil && info.Mode()&fs.ModeCharDevice != 0 && x.name != "-"
	}
	shown := all[0]
	for _, x := range all {
		if x.open {
			shown = x
		}
	}
	b := make([]byte, 64<<10)
	for {
		if quiet {
			_ = t.p.Pause() // until a signal
		} else if err := t.p.Sleep(pause); err == run.EINTR {
			continue
		}
		for _, x := range all {
			if t.has("F") && !t.reopen(x) {
				continue
			}
			for {
				n, err := x.file.Read(b)
				if n > 0 {
					if first := false; many && shown != x {
						t.title(x.name, true, &first)
						t.out.Flush()
					}
					shown = x
					if _, err := t.p.Stdout().Write(b[:n]); err != nil {
						return
					}
				}
				if err != nil || n == 0 {
					break
				}
			}
		}
	}
}

// reopen opens the file again that has the name now, if it is another.
func (t *tool) reopen(x *tailed) bool {
	info, err := t.stat(x.name)
	if err != nil {
		if x.open {
			t.errorf("%s has been removed; following name", x.name)
			x.file.Close()
			x.open = false
		}
		return false
	}
	if x.open && sys(info).Inode == x.inode {
		return true
	}
	if x.open {
		x.file.Close()
		t.errorf("%s has been replaced; following end of new file", x.name)
	}
	f, err := t.open(x.name)
	x.file, x.open, x.inode = f, err == nil, sys(info).Inode
	return x.open
}
