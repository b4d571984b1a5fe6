package program

// applets are the tools by name.
var applets map[string]applet

func init() {
	applets = map[string]applet{
		// Text.
		"cat":    {run: cat, options: "AbeEnstTuv"},
		"cut":    {run: cut, options: "b:c:f:d:sn", long: "bytes=b characters=c fields=f delimiter=d only-delimited=s"},
		"egrep":  {run: grep, options: grepOptions, long: grepLong, failure: 2},
		"fgrep":  {run: grep, options: grepOptions, long: grepLong, failure: 2},
		"grep":   {run: grep, options: grepOptions, long: grepLong, failure: 2},
		"head":   {run: head, options: "*"},
		"nl":     {run: nl, options: "b:"},
		"rev":    {run: rev},
		"sed":    {run: sed, options: "e:f:i::nrE", long: "expression=e file=f in-place=i quiet=n silent=n regexp-extended=r"},
		"sort":   {run: sortLines, options: "bcdfgik:hMno:rst:uVzmS:T:", long: "unique=u reverse=r numeric-sort=n key=k output=o field-separator=t", failure: 2},
		"tac":    {run: tac},
		"tail":   {run: tail, options: "*"},
		"tee":    {run: tee, options: "ai"},
		"tr":     {run: tr, options: "+cCds", min: 1},
		"uniq":   {run: uniq, options: "cdf:is:uw:", long: "count=c repeated=d unique=u ignore-case=i"},
		"wc":     {run: wc, options: "clLmw", long: "lines=l words=w bytes=c chars=m"},
		"awk":    {run: awk, options: "+F:v:f:", min: 1},
		"base64": {run: base64Main, options: "dw:", long: "decode=d wrap=w"},
		"hd":     {run: hexdump, options: "Ce:n:v"}, "hexdump": {run: hexdump, options: "Ce:n:v"},
		"od":     {run: od, options: "A:bcdN:ot:vx"},
		"md5sum": {run: sum, options: sumOptions, long: sumLong}, "sha1sum": {run: sum, options: sumOptions, long: sumLong},
		"sha256sum": {run: sum, options: sumOptions, long: sumLong}, "sha512sum": {run: sum, options: sumOptions, long: sumLong},

		// Output and decisions.
		"echo": {run: echo, options: "*"}, "printf": {run: printf, options: "*", min: 1}, "seq": {run: seq, options: "+ws:", min: 1}, "yes": {run: yes, options: "*"},
		"true": {run: succeed, options: "*"}, "false": {run: failure, options: "*"}, "sync": {run: succeed, options: "*"},
		"test": {run: test, options: "*", failure: 2}, "[": {run: test, options: "*", failure: 2}, "[[": {run: test, options: "*", failure: 2},
		"expr": {run: expr, options: "*", failure: 2},
		"date": {run: date, options: "d:I::r:Rs:uD:", long: "date=d reference=r rfc-2822=R set=s utc=u iso-8601=I"},

		// Files.
		"chgrp":  {run: chown, options: "Rhcvf", min: 2},
		"chmod":  {run: chmod, options: "*"},
		"chown":  {run: chown, options: "RhcvfLHP", long: "recursive=R no-dereference=h", min: 2},
		"cp":     {run: cp, options: "adfHilLnpPrRst:Tuv", long: "archive=a recursive=R force=f verbose=v parents=@", min: 1},
		"dd":     {run: dd, options: "*"},
		"df":     {run: df, options: "ahkmPTt:i", long: "human-readable=h"},
		"du":     {run: du, options: "abcd:hHklLmsx", long: "summarize=s human-readable=h max-depth=d"},
		"find":   {run: find, options: "*"},
		"gunzip": {run: gzipMain, options: gzipOptions, long: gzipLong}, "gzip": {run: gzipMain, options: gzipOptions, long: gzipLong}, "zcat": {run: gzipMain, options: gzipOptions},
		"ln":       {run: ln, options: "bfnsS:tTv", long: "symbolic=s force=f", min: 1},
		"ls":       {run: ls, options: "1aACdFghHiklLnprRsStTuvw:xXc@::$%", long: "color=@ full-time=$ all=a almost-all=A human-readable=h recursive=R reverse=r group-directories-first=%"},
		"mkdir":    {run: mkdir, options: "m:pv", long: "parents=p mode=m verbose=v", min: 1},
		"mktemp":   {run: mktemp, options: "dp:qtu", long: "directory=d"},
		"mv":       {run: mv, options: "finTt:v", long: "force=f no-clobber=n verbose=v", min: 1},
		"readlink": {run: readlink, options: "fnsvqe", long: "canonicalize=f", min: 1},
		"realpath": {run: realpath, options: "seqm", min: 1},
		"rm":       {run: rm, options: "fiRrv", long: "recursive=r force=f verbose=v"},
		"rmdir":    {run: rmdir, options: "pi", long: "parents=p ignore-fail-on-non-empty=i", min: 1},
		"stat":     {run: stat, options: "c:fLt", long: "format=c dereference=L terse=t", min: 1},
		"tar":      {run: tarMain, options: "*"},
		"touch":    {run: touch, options: "acd:hmr:t:", long: "date=d reference=r no-create=c", min: 1},
		"truncate": {run: truncate, options: "cs:", long: "size=s no-create=c", min: 1},
		"unlink":   {run: unlink, min: 1},

		// Names.
		"basename": {run: basename, options: "as:", min: 1}, "dirname": {run: dirname, min: 1},
		"arch": {run: uname}, "uname": {run: uname, options: "amnoprsvi"},
		"groups": {run: groups}, "id": {run: id, options: "gGnru"}, "whoami": {run: whoami}, "hostname": {run: hostname, options: "sidf"},
		"pwd": {run: pwd, options: "LP"}, "which": {run: which, options: "a", min: 1}, "nproc": {run: nproc, options: "*"},

		// Processes.
		"env": {run: env, options: "+0iu:", long: "ignore-environment=i unset=u null=0"}, "printenv": {run: printenv},
		"kill": {run: kill, options: "*"}, "killall": {run: kill, options: "*"}, "pidof": {run: pidof, options: "so:"},
		"nice": {run: prefix, options: "+n:", min: 1}, "setsid": {run: prefix, options: "+c", min: 1}, "nohup": {run: nohup, options: "+", min: 1, failure: 127},
		"ps":    {run: ps, options: "o:aAdeflT"},
		"sleep": {run: sleep, options: "*", min: 1}, "usleep": {run: usleep, min: 1},
		"time":    {run: timeCommand, options: "+pv", min: 1},
		"timeout": {run: timeout, options: "+s:k:", long: "signal=s kill-after=k", min: 2},
		"top":     {run: top, options: "bn:d:m"},
		"xargs":   {run: xargs, options: "+0iI:L:n:P:prs:tx", long: "null=0 no-run-if-empty=r max-args=n"},

		// The terminal and the machine.
		"clear": {run: clearScreen}, "reset": {run: reset}, "stty": {run: stty, options: "*"}, "tty": {run: tty, options: "s"},
		"mount": {run: mount, options: "*"},
		"free":  {run: free, options: "bhkmg"}, "uptime": {run: uptime}, "w": {run: w},
		"adduser":  {run: addUser, options: addUserOptions, long: "home=h gecos=c shell=s ingroup=G system=S disabled-password=D no-create-home=H uid=u", min: 1},
		"addgroup": {run: addUser, options: "g:Sr", long: "gid=g system=S", min: 1},
		"useradd":  {run: addUser, options: addUserOptions, long: "create-home=m shell=s uid=u gid=g groups=G system=r home-dir=d no-create-home=M no-log-init=l comment=c", min: 1},
		"groupadd": {run: addUser, options: "g:rfo", long: "gid=g system=r force=f", min: 1},

		// There is no network.
		"nc": {run: noNetwork, options: "lnp:uvw:z"}, "nslookup": {run: noNetwork},
		"ping": {run: noNetwork, options: "46c:i:I:qs:t:w:W:"},
		"wget": {run: noNetwork, options: "cO:o:qSP:T:U:", long: "quiet=q spider=S timeout=T output-document=O no-check-certificate=c header=U"},

		// Packages are said to be installed.
		"apk": {run: succeed, options: "*"}, "apt": {run: succeed, options: "*"}, "apt-get": {run: succeed, options: "*"}, "dpkg": {run: succeed, options: "*"},
		"hello": {run: hello, options: "*"},
	}
}

const (
	grepOptions    = "lnqvscFiHhe:f:LorRm:A:B:C:EaIwxz@::"
	grepLong       = "quiet=q silent=q invert-match=v ignore-case=i count=c extended-regexp=E fixed-strings=F line-number=n only-matching=o recursive=r color=@ word-regexp=w"
	gzipOptions    = "cdfkt123456789"
	gzipLong       = "stdout=c decompress=d force=f keep=k"
	sumOptions     = "bcsw"
	sumLong        = "check=c status=s"
	addUserOptions = "h:d:g:s:G:SDHu:c:mMrNl"
)
