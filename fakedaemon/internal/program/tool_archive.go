package program

import (
	"archive/tar"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// tarring is tar at work.
type tarring struct {
	*tool
	names []string
	dir   string // of -C
	w     *tar.Writer
	told  bool
}

func tarMain(t *tool) {
	args := t.takeArgs()
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		args[0] = "-" + args[0] // the old way; values follow in the order of their letters
		args = oldTar(args)
	}
	if !t.options(applet{options: "cxtvzjJaf:C:Okpmohk^:!:#:T:", long: "exclude=^ strip-components=! file=f directory=C gzip=z verbose=v create=c extract=x list=t " +
		"no-recursion=# numeric-owner=o no-same-owner=o no-same-permissions=o overwrite=p preserve-permissions=p"}, args) {
		t.usage()
		return
	}
	a := &tarring{tool: t, names: t.args, dir: t.value('C', "")}
	switch {
	case t.has("c"):
		a.create()
	case t.has("x"), t.has("t"):
		a.extract()
	default:
		t.usage()
	}
}

// oldTar moves the values of letters without a dash to where getopt has them.
func oldTar(args []string) []string {
	letters, rest := args[0][1:], args[1:]
	var all []string
	for _, c := range letters {
		all = append(all, "-"+string(c))
		if strings.ContainsRune("fCT", c) && len(rest) > 0 {
			all, rest = append(all, rest[0]), rest[1:]
		}
	}
	return append(all, rest...)
}

// in is a name below the folder of -C.
func (a *tarring) in(name string) string {
	if a.dir == "" || path.IsAbs(name) {
		return name
	}
	return join(a.dir, name)
}

func (a *tarring) create() {
	if len(a.names) == 0 {
		a.errorf("empty archive")
		return
	}
	out := file{a.p, 1}
	name := a.value('f', "-")
	if name != "-" {
		var err error
		if out, err = a.openFile(name, create, 0o666); err != nil {
			a.errorf(cannotOpen, name, reason(err))
			return
		}
	}
	buffer := bufio.NewWriterSize(out, 10<<10)
	w := io.Writer(buffer)
	var zip *gzip.Writer
	if a.has("z") || a.has("a") && (strings.HasSuffix(name, "gz")) {
		zip = gzip.NewWriter(buffer)
		w = zip
	}
	a.w = tar.NewWriter(w)
	for _, name := range a.names {
		a.add(name)
	}
	a.w.Close()
	if zip != nil {
		zip.Close()
	}
	if err := buffer.Flush(); err != nil {
		a.errorf("write error: %s", reason(err))
	}
	if a.code != 0 {
		a.errorf("error exit delayed from previous errors")
	}
}

func (a *tarring) excluded(name string) bool {
	for _, pattern := range a.opt['^'] {
		if pattern = strings.TrimSuffix(pattern, "/"); matchPattern(pattern, name) || matchPattern(pattern, path.Base(name)) || strings.HasPrefix(name, pattern+"/") {
			return true
		}
	}
	return false
}

func (a *tarring) add(name string) {
	stat := a.lstat
	if a.has("h") {
		stat = a.stat
	}
	info, err := stat(a.in(name))
	if err != nil {
		a.fail(name, err)
		return
	}
	member := strings.TrimLeft(name, "/")
	if member != name && !a.told {
		a.told = true
		fmt.Fprintf(a.p.Stderr(), "%s: removing leading '/' from member names\n", a.name)
	}
	if a.excluded(member) {
		return
	}
	more := sys(info)
	h := &tar.Header{
		Typeflag: tar.TypeReg, Name: member, Mode: int64(bits(info.Mode())), Uid: more.UID, Gid: more.GID, ModTime: info.ModTime(),
		Uname: a.nameOf(passwd, more.UID), Gname: a.nameOf(group, more.GID),
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		h.Typeflag = tar.TypeDir
		if h.Name = strings.TrimSuffix(h.Name, "/") + "/"; member == "" {
			h.Name = "./"
		}
	case mode&symlink != 0:
		h.Typeflag, h.Linkname = tar.TypeSymlink, more.Target
	case !mode.IsRegular():
		return
	default:
		h.Size = info.Size()
	}
	if a.has("v") {
		w := a.p.Stdout()
		if a.value('f', "-") == "-" {
			w = a.p.Stderr()
		}
		fmt.Fprintln(w, h.Name)
	}
	if a.w.WriteHeader(h) != nil {
		return
	}
	if h.Size > 0 {
		f, err := a.open(a.in(name))
		if err != nil {
			a.fail(name, err)
			return
		}
		_, err = io.CopyN(a.w, f, h.Size)
		f.Close()
		if err != nil {
			return
		}
	}
	if info.IsDir() && !a.has("#") {
		entries, err := a.readDir(a.in(name))
		if err != nil {
			a.fail(name, err)
		}
		for _, e := range entries {
			a.add(join(name, e.Name()))
		}
	}
}

// unpacked reads what may be packed.
func unpacked(r io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 32<<10)
	magic, _ := in.Peek(3)
	switch {
	case strings.HasPrefix(string(magic), "\x1f\x8b"):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		return z, nil
	case string(magic) == "BZh":
		return bzip2.NewReader(in), nil
	}
	return in, errNotPacked
}

var errNotPacked = errors.New("no gzip/bzip2/xz magic")

func (a *tarring) extract() {
	name := a.value('f', "-")
	f, err := a.open(name)
	if err != nil {
		a.errorf(cannotOpen, name, reason(err))
		return
	}
	defer f.Close()
	r, err := unpacked(f)
	if err == errNotPacked && a.has("zjJ") {
		a.errorf("invalid magic")
		return
	}
	if r == nil {
		a.errorf("short read")
		return
	}
	strip, ok := a.number('!', 0)
	if !ok {
		return
	}
	found := make(map[string]bool)
	reader := tar.NewReader(r)
	for read := 0; ; read++ {
		h, err := reader.Next()
		if err == io.EOF && (read > 0 || name != "-") && (read > 0 || a.size(name) >= 1024) {
			break
		}
		if err != nil {
			a.errorf("%s", map[bool]string{true: "invalid tar magic", false: "short read"}[errors.Is(err, tar.ErrHeader) && read > 0])
			return
		}
		if !a.wanted(h.Name, found) || a.excluded(strings.TrimSuffix(h.Name, "/")) {
			continue
		}
		if a.has("t") {
			a.list(h)
			continue
		}
		target := strings.TrimLeft(h.Name, "/")
		for range strip {
			_, target, _ = strings.Cut(target, "/")
		}
		if target == "" {
			continue
		}
		if a.has("v") {
			fmt.Fprintln(a.out, h.Name)
		}
		if a.has("O") {
			io.Copy(a.out, reader)
			continue
		}
		if !a.put(h, target, reader) {
			return
		}
	}
	for _, name := range a.names {
		if !found[name] {
			a.errorf("%s: not found in archive", name)
			return
		}
	}
}

func (a *tarring) size(name string) int64 {
	info, err := a.stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (a *tarring) wanted(member string, found map[string]bool) bool {
	if len(a.names) == 0 {
		return true
	}
	for _, name := range a.names {
		if plain := strings.TrimSuffix(name, "/"); member == name || strings.TrimSuffix(member, "/") == plain || strings.HasPrefix(member, plain+"/") || matchPattern(name, member) {
			found[name] = true
			return true
		}
	}
	return false
}

func (a *tarring) list(h *tar.Header) {
	if !a.has("v") {
		fmt.Fprintln(a.out, h.Name)
		return
	}
	owner := fmt.Sprintf("%d/%d", h.Uid, h.Gid)
	if h.Uname != "" && !a.has("o") {
		owner = h.Uname + "/" + h.Gname
	}
	fmt.Fprintf(a.out, "%s %s %9d %s %s", modeText(h.FileInfo().Mode()), owner, h.Size, h.ModTime.UTC().Format("2006-01-02 15:04:05"), h.Name)
	if h.Linkname != "" {
		fmt.Fprintf(a.out, " -> %s", h.Linkname)
	}
	fmt.Fprintln(a.out)
}

// put makes the file of a member; it reports whether tar goes on.
func (a *tarring) put(h *tar.Header, target string, content io.Reader) bool {
	name := a.in(target)
	if strings.Contains("/"+target+"/", "/../") {
		a.errorf("name with '..' found: '%s'", h.Name)
		return false
	}
	if parent := path.Dir(strings.TrimSuffix(name, "/")); parent != "." && !a.parents(parent) {
		return false
	}
	have, err := a.lstat(strings.TrimSuffix(name, "/"))
	exists := err == nil
	if exists && a.has("k") && !have.IsDir() {
		return true
	}
	if exists && h.Typeflag != tar.TypeDir && !have.IsDir() {
		a.remove(name)
	}
	mode := fileMode(int(h.Mode & 0o7777))
	switch h.Typeflag {
	case tar.TypeDir:
		name = strings.TrimSuffix(name, "/")
		if !exists || !have.IsDir() {
			if err := a.mkdir(name, mode.Perm()|0o700); err != nil {
				a.errorf("can't make dir %s: %s", target, reason(err))
				return false
			}
		}
	case tar.TypeSymlink:
		if err := a.symlink(h.Linkname, name); err != nil {
			a.errorf("can't create symlink '%s' to '%s': %s", target, h.Linkname, reason(err))
			return false
		}
		a.owner(name, h, a.p.Files().Lchown)
		return true
	case tar.TypeLink:
		if err := a.link(a.in(h.Linkname), name); err != nil {
			a.errorf("can't create hardlink '%s' to '%s': %s", target, h.Linkname, reason(err))
			return false
		}
		return true
	case tar.TypeReg:
		f, err := a.openFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode.Perm())
		if err != nil {
			a.errorf(cannotOpen, target, reason(err))
			return false
		}
		_, err = io.CopyBuffer(onlyWriter{f}, onlyReader{content}, make([]byte, 64<<10))
		f.Close()
		if err != nil {
			a.errorf("%s", map[bool]string{true: "short read", false: "write error: " + reason(err)}[errors.Is(err, io.ErrUnexpectedEOF)])
			return false
		}
	default:
		return true
	}
	a.owner(name, h, a.p.Files().Chown)
	_ = a.chmod(name, mode)
	if !a.has("m") {
		_ = a.p.Files().Chtimes(a.abs(name), h.ModTime, a.p.User())
	}
	return true
}

func (a *tarring) owner(name string, h *tar.Header, chown func(string, int, int, files.Owner) error) {
	if a.p.User().UID != 0 || a.has("o") {
		return
	}
	uid, gid := h.Uid, h.Gid
	if id, ok := a.idOf(passwd, h.Uname); ok && h.Uname != "" {
		uid = id
	}
	if id, ok := a.idOf(group, h.Gname); ok && h.Gname != "" {
		gid = id
	}
	_ = chown(a.abs(name), uid, gid, a.p.User())
}

// gzipMain is gzip, gunzip and zcat.
func gzipMain(t *tool) {
	unpack := t.name != "gzip" || t.has("d") || t.has("t")
	if len(t.args) == 0 {
		t.args = []string{"-"}
	}
	for _, name := range t.args {
		in, err := t.open(name)
		if err != nil {
			t.fail(name, err)
			continue
		}
		t.pack(name, in, unpack)
		in.Close()
	}
}

func (t *tool) pack(name string, in file, unpack bool) {
	out := io.Writer(t.out)
	toFile := name != "-" && !t.has("c") && t.name != "zcat" && !t.has("t")
	target := name + ".gz"
	info, err := t.stat(name)
	if err == nil && info.IsDir() {
		t.errorf("can't remove file '%s': Is a directory", name)
		return
	}
	if toFile {
		if unpack {
			var ok bool
			if target, ok = strings.CutSuffix(name, ".gz"); !ok {
				if target, ok = strings.CutSuffix(name, ".tgz"); !ok {
					t.errorf("%s: unknown suffix - ignored", name)
					return
				}
				target += ".tar"
			}
		}
		flag := os.O_WRONLY | os.O_CREATE | os.O_EXCL
		if t.has("f") {
			flag = create
		}
		f, err := t.openFile(target, flag, info.Mode().Perm())
		if err != nil {
			t.errorf(cannotOpen, target, reason(err))
			return
		}
		defer f.Close()
		out = f
	} else if t.has("t") {
		out = io.Discard
	}
	if unpack {
		var r io.Reader
		if r, err = unpacked(in); err == nil {
			_, err = io.Copy(onlyWriter{out}, onlyReader{r})
		}
		if err != nil {
			why := "corrupted data"
			if err == errNotPacked && t.name == "zcat" {
				why = err.Error()
			} else if err == errNotPacked {
				why = "invalid magic"
			} else if errors.Is(err, io.ErrUnexpectedEOF) {
				why = "unexpected end of file"
			}
			t.errorf("%s", why)
		}
	} else {
		w := gzip.NewWriter(out)
		if _, err = io.Copy(w, onlyReader{in}); err == nil {
			err = w.Close()
		}
		if err != nil {
			t.errorf("write error: %s", reason(err))
		}
	}
	if !toFile {
		return
	}
	if err != nil {
		t.remove(target)
		return
	}
	if !t.has("k") {
		t.remove(name)
	}
}
