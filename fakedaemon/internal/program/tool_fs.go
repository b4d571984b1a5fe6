package program

import (
	"io/fs"
	"os"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

const (
	create    = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	appending = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	symlink   = fs.ModeSymlink
)

func (t *tool) stat(name string) (fs.FileInfo, error)      { return t.p.Stat(name) }
func (t *tool) lstat(name string) (fs.FileInfo, error)     { return t.p.Lstat(name) }
func (t *tool) readDir(name string) ([]fs.DirEntry, error) { return t.p.ReadDir(name) }

// abs is the name as the file system wants it; a slash at the end stays.
func (t *tool) abs(name string) string {
	abs := t.p.Abs(name)
	if strings.HasSuffix(name, "/") && abs != "/" {
		abs += "/"
	}
	return abs
}

func (t *tool) mkdir(name string, perm fs.FileMode) error { return t.p.Mkdir(name, perm) }

func (t *tool) remove(name string) error {
	t.p.Check()
	return t.p.Files().Remove(t.abs(name), t.p.User())
}

func (t *tool) rename(from, to string) error {
	return t.p.Files().Rename(t.abs(from), t.abs(to), t.p.User())
}

func (t *tool) symlink(target, name string) error {
	return t.p.Files().Symlink(target, t.abs(name), t.p.User())
}

func (t *tool) link(old, name string) error {
	return t.p.Files().Link(t.abs(old), t.abs(name), t.p.User())
}

func (t *tool) chmod(name string, mode fs.FileMode) error {
	return t.p.Files().Chmod(t.abs(name), mode, t.p.User())
}

// owner of a file and what else stat says of it beside its mode.
func sys(info fs.FileInfo) files.Info {
	if i, ok := info.Sys().(*files.Info); ok {
		return *i
	}
	return files.Info{Links: 1}
}

// bits are the permissions as chmod has them.
func bits(mode fs.FileMode) int {
	n := int(mode.Perm())
	for _, special := range specials {
		if mode&special.mode != 0 {
			n |= special.bit
		}
	}
	return n
}

// fileMode is the opposite of bits.
func fileMode(n int) fs.FileMode {
	mode := fs.FileMode(n & 0o777)
	for _, special := range specials {
		if n&special.bit != 0 {
			mode |= special.mode
		}
	}
	return mode
}

// specials are the bits above the permissions, with where ls shows them, and as what.
var specials = []struct {
	bit    int
	mode   fs.FileMode
	at     int
	letter byte
}{{0o4000, fs.ModeSetuid, 3, 's'}, {0o2000, fs.ModeSetgid, 6, 's'}, {0o1000, fs.ModeSticky, 9, 't'}}

// modeText is the mode as ls shows it.
func modeText(mode fs.FileMode) string {
	text := []byte(string(kindLetter(mode)) + "rwxrwxrwx")
	for i := range 9 {
		if mode&(1<<(8-i)) == 0 {
			text[i+1] = '-'
		}
	}
	for _, special := range specials {
		if mode&special.mode == 0 {
			continue
		}
		if text[special.at] == 'x' {
			text[special.at] = special.letter
		} else {
			text[special.at] = special.letter &^ 0x20
		}
	}
	return string(text)
}

func kindLetter(mode fs.FileMode) byte {
	switch {
	case mode.IsDir():
		return 'd'
	case mode&symlink != 0:
		return 'l'
	case mode&fs.ModeCharDevice != 0:
		return 'c'
	case mode&fs.ModeNamedPipe != 0:
		return 'p'
	case mode&fs.ModeSocket != 0:
		return 's'
	}
	return '-'
}

// join is a name in a folder, as tools print it.
func join(dir, name string) string {
	if strings.HasSuffix(dir, "/") {
		return dir + name
	}
	return dir + "/" + name
}

// blocks are the 512 byte blocks of a file.
func blocks(info fs.FileInfo) int64 {
	if info.IsDir() || info.Mode().IsRegular() {
		return (info.Size() + 4095) / 4096 * 8
	}
	return 0
}

// baseName is the last part of a path.
func baseName(name string) string {
	name = strings.TrimRight(name, "/")
	return name[strings.LastIndexByte(name, '/')+1:]
}

// readMode reads the mode of chmod for a file that has one.
func readMode(text string, have fs.FileMode, umask int) (fs.FileMode, bool) {
	if text != "" && strings.Trim(text, "01234567") == "" && len(text) < 6 {
		n := 0
		for _, c := range text {
			n = n<<3 | int(c-'0')
		}
		return fileMode(n), n <= 0o7777
	}
	mode := bits(have)
	for clause := range strings.SplitSeq(text, ",") {
		end := strings.IndexAny(clause, "+-=")
		if end < 0 {
			return 0, false
		}
		who, masked := 0, 0
		for _, c := range clause[:end] {
			i := strings.IndexRune("ogua", c)
			if i < 0 {
				return 0, false
			}
			who |= []int{0o1007, 0o2070, 0o4700, 0o7777}[i]
		}
		if end == 0 {
			who, masked = 0o7777, umask
		}
		for clause = clause[end:]; clause != ""; {
			operator := clause[0]
			end := strings.IndexAny(clause[1:], "+-=") + 1
			if end == 0 {
				end = len(clause)
			}
			what := 0
			for _, c := range clause[1:end] {
				switch c {
				case 'r', 'w', 'x':
					what |= map[rune]int{'r': 0o444, 'w': 0o222, 'x': 0o111}[c]
				case 'X':
					if have.IsDir() || mode&0o111 != 0 {
						what |= 0o111
					}
				case 's':
					what |= 0o6000
				case 't':
					what |= 0o1000
					who |= 0o1000
				case 'u', 'g', 'o':
					part := mode >> map[rune]int{'u': 6, 'g': 3, 'o': 0}[c] & 7
					what |= part * 0o111
				default:
					return 0, false
				}
			}
			what &= who &^ masked
			switch operator {
			case '+':
				mode |= what
			case '-':
				mode &^= what
			default:
				mode = mode&^(who&0o777) | what
			}
			clause = clause[end:]
		}
	}
	return fileMode(mode), true
}
