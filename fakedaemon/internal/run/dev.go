package run

import (
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// node is a file of /dev or /proc.
type node struct {
	mode         fs.FileMode
	link         string
	entries      []string
	merged       bool // the file system has more in this folder
	behind       file // of a descriptor: its link is only a name
	device       file
	text         func() string
	major, minor int
	owner        files.Owner
	modified     time.Time
}

func (n *node) info(name string) *info {
	return &info{name: name, mode: n.mode, size: int64(len(n.link)), modified: n.modified, owner: n.owner, major: n.major, minor: n.minor}
}

// open gives what a descriptor of it has behind it.
func (n *node) open(p *Process, flag int) (file, error) {
	writes := flag&access != os.O_RDONLY
	switch {
	case flag&(os.O_CREATE|os.O_EXCL) == os.O_CREATE|os.O_EXCL:
		return nil, files.EEXIST
	case n.mode.IsDir() && (writes || flag&os.O_CREATE != 0):
		return nil, files.EISDIR
	case n.mode.IsDir():
		return folder{}, nil
	case n.behind != nil:
		r, ok := n.behind.(*regular)
		if ok && (flag&os.O_TRUNC != 0 || r.flags&access != os.O_RDWR && r.flags&access != flag&access) {
			return p.openFileLocked(n.link, flag&^os.O_CREATE, 0)
		}
		return n.behind, nil
	case n.text != nil && writes:
		return nil, files.EACCES
	case n.text != nil:
		return text(n.text()), nil
	case n.device == nil:
		return nil, ENXIO
	}
	return n.device, nil
}

// characters are the devices that every container has, with their numbers.
var characters = map[string]*node{
	"null":    {device: null{}, major: 1, minor: 3},
	"zero":    {device: zero{}, major: 1, minor: 5},
	"full":    {device: full{}, major: 1, minor: 7},
	"random":  {device: random{}, major: 1, minor: 8},
	"urandom": {device: random{}, major: 1, minor: 9},
	"tty":     {major: 5, minor: 0},
}

// links are the symbolic links of /dev.
var links = map[string]string{
	"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx",
}

// nodeLocked gives what this package has at a name that is resolved; nil is nothing.
func (p *Process) nodeLocked(name string) *node {
	if !strings.HasPrefix(name, "/dev") && !strings.HasPrefix(name, "/proc") {
		return nil
	}
	var n *node
	switch at := strings.Split(name[1:], "/"); {
	case name == "/dev":
		n = folderOf("console", "fd", "full", "null", "ptmx", "pts", "random", "stderr", "stdin", "stdout", "tty", "urandom", "zero")
		n.merged = true
	case at[0] == "dev" && len(at) == 2:
		n = p.deviceLocked(at[1])
	case at[0] == "dev" && at[1] == "pts" && len(at) == 3:
		if i, err := strconv.Atoi(at[2]); err == nil && i >= 0 && i < len(p.s.terminals) {
			n = p.s.terminals[i].node()
		}
	case at[0] == "proc":
		n = p.procLocked(at[1:])
	}
	if n != nil && n.modified.IsZero() {
		n.modified = p.s.began
	}
	return n
}

func folderOf(entries ...string) *node { return &node{mode: fs.ModeDir | 0o755, entries: entries} }

func (p *Process) deviceLocked(name string) *node {
	if link := links[name]; link != "" {
		return &node{mode: fs.ModeSymlink | 0o777, link: link}
	}
	if c := characters[name]; c != nil {
		n := *c
		n.mode = fs.ModeDevice | fs.ModeCharDevice | 0o666
		if name == "tty" && p.tty != nil {
			n.device = p.tty
		}
		return &n
	}
	switch name {
	case "console":
		if t := p.s.console; t != nil {
			return t.node()
		}
	case "pts":
		n := folderOf()
		for i, t := range p.s.terminals {
			if t != nil {
				n.entries = append(n.entries, strconv.Itoa(i))
			}
		}
		return n
	}
	return nil
}

// node is a terminal as a file; that of no terminal is none.
func (t *TTY) node() *node {
	if t == nil {
		return nil
	}
	return &node{mode: fs.ModeDevice | fs.ModeCharDevice | 0o620, device: t, major: 136, minor: t.number, owner: files.Owner{GID: 5}}
}

// plain is what files have in common that nothing is to be done about.
type plain struct{}

func (plain) read(*Process, *openFile, []byte) (int, error)  { return 0, io.EOF }
func (plain) write(*Process, *openFile, []byte) (int, error) { return 0, files.EINVAL }
func (plain) opened(int)                                     {}
func (plain) close(*Space, *openFile)                        {}

type null struct{ plain }

func (null) write(_ *Process, _ *openFile, b []byte) (int, error) { return len(b), nil }
func (null) name() string                                         { return "/dev/null" }
func (null) stat() (fs.FileInfo, error)                           { return character("null") }

type zero struct{ plain }

func (zero) read(_ *Process, _ *openFile, b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
func (zero) write(_ *Process, _ *openFile, b []byte) (int, error) { return len(b), nil }
func (zero) name() string                                         { return "/dev/zero" }
func (zero) stat() (fs.FileInfo, error)                           { return character("zero") }

type full struct{ zero }

func (full) write(*Process, *openFile, []byte) (int, error) { return 0, files.ENOSPC }
func (full) name() string                                   { return "/dev/full" }
func (full) stat() (fs.FileInfo, error)                     { return character("full") }

type random struct{ plain }

func (random) read(p *Process, _ *openFile, b []byte) (int, error)  { return p.s.random.Read(b) }
func (random) write(_ *Process, _ *openFile, b []byte) (int, error) { return len(b), nil }
func (random) name() string                                         { return "/dev/random" }
func (random) stat() (fs.FileInfo, error)                           { return character("random") }

func character(name string) (fs.FileInfo, error) {
	n := *characters[name]
	n.mode = fs.ModeDevice | fs.ModeCharDevice | 0o666
	return n.info(name), nil
}

// folder is an open folder of /dev or /proc.
type folder struct{ plain }

func (folder) read(*Process, *openFile, []byte) (int, error) { return 0, files.EISDIR }
func (folder) name() string                                  { return "/proc" }
func (folder) stat() (fs.FileInfo, error)                    { return folderOf().info("proc"), nil }

// text is an open file of /proc: what it says when it is opened.
type text string

func (t text) read(_ *Process, o *openFile, b []byte) (int, error) {
	if o.offset >= int64(len(t)) {
		return 0, io.EOF
	}
	n := copy(b, t[o.offset:])
	o.offset += int64(n)
	return n, nil
}
func (text) write(*Process, *openFile, []byte) (int, error) { return 0, files.EBADF }
func (text) opened(int)                                     {}
func (text) close(*Space, *openFile)                        {}
func (text) name() string                                   { return "/proc" }
func (text) stat() (fs.FileInfo, error)                     { return &info{name: "proc", mode: 0o444}, nil }

func (d *device) name() string { return "pipe:[" + strconv.FormatUint(d.inode, 10) + "]" }

func (d *device) stat() (fs.FileInfo, error) {
	return &info{name: d.name(), mode: fs.ModeNamedPipe | 0o600, inode: d.inode}, nil
}
