package program

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// rootUser may do everything.
var rootUser = files.Owner{}

// elf is how programs begin. Behind it stand the program and its dialect: the file is known wherever it is copied to.
const elf = "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00 fakedockerd "

// markOf is what is in the file of a program.
func markOf(program, dialect string) []byte { return []byte(elf + program + " " + dialect + "\n") }

// mark reads what markOf has made.
func mark(data []byte) (program, dialect string, ok bool) {
	rest, ok := bytes.CutPrefix(data, []byte(elf))
	if !ok {
		return "", "", false
	}
	line, _, _ := strings.Cut(string(rest), "\n")
	program, dialect, _ = strings.Cut(line, " ")
	return program, dialect, true
}

// Base is the usual files of an image by the name of its repository: busybox, alpine, debian, ubuntu and hello-world.
// Any other is like debian with the tools of busybox. Nobody changes it.
func Base(name string) files.Tree {
	if tree, ok := bases[name]; ok {
		return tree()
	}
	return bases["debian+busybox"]()
}

var bases = map[string]func() files.Tree{
	"busybox":        sync.OnceValue(busyboxBase),
	"alpine":         sync.OnceValue(alpineBase),
	"debian":         sync.OnceValue(func() files.Tree { return debianBase(debianRelease, notDebian) }),
	"ubuntu":         sync.OnceValue(ubuntuBase),
	"debian+busybox": sync.OnceValue(func() files.Tree { return debianBase(debianRelease, unknown) }),
	"hello-world":    sync.OnceValue(func() files.Tree { return files.Tree{"hello": program(markOf("hello", ""))} }),
}

// Complete gives the files of an image whose busybox is only there in name, as one that is made for a test may have: neither a
// program nor a script. It gets busybox's usual files beside its own. Any other tree stays as it is.
func Complete(tree files.Tree) files.Tree {
	f, ok := tree["bin/busybox"]
	if _, _, ours := mark(f.Data); !ok || ours || f.Mode&0o111 == 0 || f.Dir || f.Link != "" ||
		bytes.HasPrefix(f.Data, []byte("\x7fELF")) || bytes.HasPrefix(f.Data, []byte("#!")) {
		return tree
	}
	all := maps.Clone(Base("busybox"))
	for name, f := range all {
		if _, _, program := mark(f.Data); program {
			all[name] = link("/bin/busybox")
		}
	}
	maps.Copy(all, tree)
	return all
}

// made is when the files of all bases were made.
var made = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func program(data []byte) files.File { return files.File{Data: data, Mode: 0o755, Modified: made} }
func text(data string) files.File {
	return files.File{Data: []byte(data), Mode: 0o644, Modified: made}
}
func folder(mode int64) files.File { return files.File{Dir: true, Mode: mode, Modified: made} }
func link(to string) files.File    { return files.File{Link: to, Mode: 0o777, Modified: made} }

// skeleton is what all bases have.
func skeleton(passwd, group string) files.Tree {
	t := files.Tree{
		"root": folder(0o700), "tmp": folder(0o1777), "var/tmp": folder(0o1777), "home": folder(0o755), "etc/passwd": text(passwd), "etc/group": text(group),
		"etc/shadow": {Data: []byte("root:*::0:::::\n"), Mode: 0o640, Modified: made},
	}
	for _, name := range []string{"dev", "etc", "proc", "sys", "usr", "usr/bin", "usr/sbin", "var", "var/log", "var/spool"} {
		t[name] = folder(0o755)
	}
	return t
}

// tools are the names of all that busybox is.
func tools() []string {
	names := slices.Collect(maps.Keys(applets))
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(notBusybox, name) })
	return slices.Sorted(slices.Values(append(names, "sh", "ash", "busybox")))
}

// notBusybox are applets that stand for other programs.
var notBusybox = []string{"hello", "apk", "apt-get", "apt", "dpkg", "useradd", "groupadd"}

func busyboxBase() files.Tree {
	t := skeleton(
		"root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nbin:x:2:2:bin:/bin:/bin/false\n"+
			"sys:x:3:3:sys:/dev:/bin/false\nsync:x:4:100:sync:/bin:/bin/sync\nmail:x:8:8:mail:/var/spool/mail:/bin/false\n"+
			"www-data:x:33:33:www-data:/var/www:/bin/false\noperator:x:37:37:Operator:/var:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
		"root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nlp:x:7:\nmail:x:8:\nkmem:x:9:\nwheel:x:10:root\n"+
			"cdrom:x:11:\ndialout:x:18:\nfloppy:x:19:\nvideo:x:28:\naudio:x:29:\ntape:x:32:\nwww-data:x:33:\noperator:x:37:\n"+
			"utmp:x:43:\nplugdev:x:46:\nstaff:x:50:\nlock:x:54:\nnetdev:x:82:\nusers:x:100:\nnogroup:x:65534:\n")
	busybox := program(markOf("busybox", ""))
	t["bin"] = folder(0o755)
	for _, name := range tools() {
		t["bin/"+name] = busybox
	}
	t["usr/bin/env"] = busybox
	t["etc/localtime"] = text("TZif2")
	return t
}

// alpineBin are the tools that alpine has in /bin; the others are in /usr/bin.
const alpineBin = ` ash base64 busybox cat chgrp chmod chown cp date dd df echo egrep false fgrep grep gunzip gzip hostname kill ln ls mkdir mktemp mount mv
 pidof ping printenv ps pwd rev rm rmdir sed sh sleep stat stty su sync tar touch true uname usleep watch zcat `

func alpineBase() files.Tree {
	t := skeleton(
		"root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/sbin/nologin\ndaemon:x:2:2:daemon:/sbin:/sbin/nologin\nlp:x:4:7:lp:/var/spool/lpd:/sbin/nologin\n"+
			"sync:x:5:0:sync:/sbin:/bin/sync\nmail:x:8:12:mail:/var/mail:/sbin/nologin\nguest:x:405:100:guest:/dev/null:/sbin/nologin\n"+
			"nobody:x:65534:65534:nobody:/:/sbin/nologin\n",
		"root:x:0:root\nbin:x:1:root,bin,daemon\ndaemon:x:2:root,bin,daemon\nsys:x:3:root,bin\nadm:x:4:root,daemon\ntty:x:5:\ndisk:x:6:root\nlp:x:7:lp\n"+
			"wheel:x:10:root\nmail:x:12:mail\nping:x:999:\nnogroup:x:65533:\nnobody:x:65534:\nusers:x:100:games\n")
	t["bin"], t["sbin"], t["lib"] = folder(0o755), folder(0o755), folder(0o755)
	for _, name := range tools() {
		dir := "usr/bin/"
		if strings.Contains(alpineBin, " "+name+" ") {
			dir = "bin/"
		}
		t[dir+name] = link("/bin/busybox")
	}
	t["bin/busybox"] = program(markOf("busybox", "alpine"))
	t["sbin/apk"] = program(markOf("apk", "alpine"))
	t["etc/alpine-release"] = text("3.22.0\n")
	t["etc/os-release"] = text("NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.0\nPRETTY_NAME=\"Alpine Linux v3.22\"\n" +
		"HOME_URL=\"https://alpinelinux.org/\"\nBUG_REPORT_URL=\"https://gitlab.alpinelinux.org/alpine/aports/-/issues\"\n")
	return t
}

const debianRelease = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\n" +
	"VERSION_CODENAME=bookworm\nID=debian\nHOME_URL=\"https://www.debian.org/\"\nSUPPORT_URL=\"https://www.debian.org/support\"\n" +
	"BUG_REPORT_URL=\"https://bugs.debian.org/\"\n"

const ubuntuRelease = "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION=\"24.04.3 LTS (Noble Numbat)\"\n" +
	"VERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nHOME_URL=\"https://www.ubuntu.com/\"\nSUPPORT_URL=\"https://help.ubuntu.com/\"\n" +
	"BUG_REPORT_URL=\"https://bugs.launchpad.net/ubuntu/\"\nUBUNTU_CODENAME=noble\n"

// notDebian are the tools that debian's images do not have.
var notDebian = []string{"usleep", "wget", "nc", "ping", "nslookup", "top", "free", "uptime", "w", "ps", "killall", "pidof", "ash", "busybox", "apk", "hello", "httpd", "adduser", "addgroup"}

// unknown are the tools that an image nobody described does not have: those of the network would fail, where health checks ask with
// them for what the image's own service is taken to do.
var unknown = []string{"apk", "hello", "curl", "wget", "nc", "nslookup", "ping"}

// procps are tools that ubuntu's images have beside debian's.
var procps = []string{"free", "pidof", "ps", "top", "uptime", "w"}

func ubuntuBase() files.Tree {
	without := slices.DeleteFunc(slices.Clone(notDebian), func(name string) bool { return slices.Contains(procps, name) })
	t := debianBase(ubuntuRelease, without)
	t["var/log/dmesg"] = files.File{Mode: 0o640, Modified: made} // initscripts made it until 16.04, and clients' examples follow it
	return t
}

func debianBase(release string, without []string) files.Tree {
	t := skeleton(
		"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nbin:x:2:2:bin:/bin:/usr/sbin/nologin\n"+
			"sys:x:3:3:sys:/dev:/usr/sbin/nologin\nsync:x:4:65534:sync:/bin:/bin/sync\ngames:x:5:60:games:/usr/games:/usr/sbin/nologin\n"+
			"mail:x:8:8:mail:/var/mail:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"+
			"_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nlp:x:7:\nmail:x:8:\nwww-data:x:33:\nusers:x:100:\nstaff:x:50:\nnogroup:x:65534:\n")
	for name, target := range map[string]string{"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "usr/bin/sh": "dash"} {
		t[name] = link(target)
	}
	for _, name := range []string{"usr/lib", "usr/local", "usr/local/bin", "opt", "srv", "mnt", "media", "run", "boot"} {
		t[name] = folder(0o755)
	}
	names := append(slices.Sorted(maps.Keys(applets)), "bash", "dash")
	for _, name := range names {
		if !slices.Contains(without, name) {
			t["usr/bin/"+name] = program(markOf(name, "debian"))
		}
	}
	t["etc/os-release"] = text(release)
	if release == debianRelease {
		t["etc/debian_version"] = text("12.12\n")
	}
	return t
}
