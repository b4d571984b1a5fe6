package api

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	imagetypes "github.com/docker/docker/api/types/image"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// withBusybox is a daemon that has bb:1, an import of busybox, some folders and a user.
func withBusybox(t *testing.T, engine string) (http.Handler, *state.State) {
	t.Helper()
	e := engineByName(t, engine)
	st := newStateOf(e, clock, []byte("test"))
	h := New(Config{State: st, Engine: e, Clock: clock})
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range []struct {
		name, link, data string
		mode             int64
	}{
		{"bin/busybox", "", "busybox", 0o755},
		{"dir/", "", "", 0o755},
		{"etc/group", "", "root:x:0:\ng:x:1000:\n", 0o644},
		{"etc/passwd", "", "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\n", 0o644},
		{"lnk", "bin", "", 0o777},
	} {
		header := &tar.Header{Name: f.name, Linkname: f.link, Mode: f.mode, Size: int64(len(f.data))}
		if f.link != "" {
			header.Typeflag = tar.TypeSymlink
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, f.data)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	query := url.Values{"fromSrc": {"-"}, "repo": {"bb:1"}, "changes": {`CMD ["/bin/sh"]`}}
	if status, body := send(t, h, "/images/create?"+query.Encode(), "text/plain", b.Bytes()); status != 200 {
		t.Fatal(status, body)
	}
	return h, st
}

// runSteps are what a build says of the steps after FROM bb:1: text and what it is on engine 20.10.
func runSteps(e string, steps ...string) string {
	text := fmt.Sprintf("Step 1/%d : FROM bb:1\n ---> ID\n", len(steps)+1)
	for n, step := range steps {
		text += fmt.Sprintf("Step %d/%d : %s", n+2, len(steps)+1, step)
	}
	if e != "20.10" {
		text = strings.ReplaceAll(text, "Removing intermediate", " ---> Removed intermediate")
	}
	return text
}

const (
	running = " ---> Running in ID\n"
	removed = "Removing intermediate container ID\n ---> ID\n"
	success = `{"aux":{"ID":"DIGEST"}}` + "\nSuccessfully built ID\n"
	red     = `\u001b[91m`
	plain   = `\u001b[0m`
)

// TestBuildRun: what dockerd 20.10 says when commands run; the images of others differ in words only.
func TestBuildRun(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"20.10", "28", "29"} {
		failed := func(detail, text string) string {
			if engine == "29" {
				return `{"error":"` + text + `","errorDetail":{` + detail + `"message":"` + text + `"}}` + "\n"
			}
			return `{"errorDetail":{` + detail + `"message":"` + text + `"},"error":"` + text + `"}` + "\n"
		}
		code := func(n int, command string) string {
			return failed(fmt.Sprintf(`"code":%d,`, n), fmt.Sprintf("The command '%s' returned a non-zero code: %d", command, n))
		}
		cannot := func(text string) string {
			if engine == "20.10" {
				return failed("", "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "+
					strings.Replace(text, "is a directory: ", "", 1)+": unknown")
			}
			return failed("", "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "+
				"unable to start container process: error during container init: "+text)
		}
		for _, tt := range []struct {
			query, rest string
			want        string
		}{
			{"", "RUN echo hi; echo err >&2; echo x > /f\nRUN cat /f; rm /f\nWORKDIR /w\nRUN touch a; stat -c %n:%a a /w; rm -r /dir\nRUN ls /f /dir\n", runSteps(engine,
				"RUN echo hi; echo err >&2; echo x > /f\n"+running+"hi\n"+red+`err`+"\n"+plain+removed,
				"RUN cat /f; rm /f\n"+running+"x\n"+removed,
				"WORKDIR /w\n"+running+removed,
				"RUN touch a; stat -c %n:%a a /w; rm -r /dir\n"+running+"a:644\n/w:755\n"+removed,
				"RUN ls /f /dir\n"+running+red+"ls: /f: No such file or directory\nls: /dir: No such file or directory\n"+plain) + code(1, "/bin/sh -c ls /f /dir")},
			{"", `RUN ["nosuch"]` + "\n", runSteps(engine, `RUN ["nosuch"]`+"\n"+running) + cannot(`exec: \"nosuch\": executable file not found in $PATH`)},
			{"", `RUN ["/etc"]` + "\n", runSteps(engine, `RUN ["/etc"]`+"\n"+running) + cannot(`exec: \"/etc\": is a directory: permission denied`)},
			{"", "RUN nosuch\n", runSteps(engine, "RUN nosuch\n"+running+red+"/bin/sh: nosuch: not found\n"+plain) + code(127, "/bin/sh -c nosuch")},
			{"", "RUN kill -9 $$\n", runSteps(engine, "RUN kill -9 $$\n"+running+removed) + success},
			{"", `SHELL ["/bin/sh","-ec"]` + "\nRUN echo sh; false; echo no\n", runSteps(engine,
				`SHELL ["/bin/sh","-ec"]`+"\n"+running+removed,
				"RUN echo sh; false; echo no\n"+running+"sh\n") + code(1, "/bin/sh -ec echo sh; false; echo no")},
			{"", "USER u\nENV E=1\nARG G=2\nRUN id; echo $E $G $HOME $PWD\n", runSteps(engine,
				"USER u\n"+running+removed, "ENV E=1\n"+running+removed, "ARG G=2\n"+running+removed,
				"RUN id; echo $E $G $HOME $PWD\n"+running+"uid=1000(u) gid=1000(g) groups=1000(g)\n1 2 /home/u /\n"+removed) + success},
			{"", "USER nosuch\nRUN id\n", runSteps(engine, "USER nosuch\n"+running+removed, "RUN id\n"+running) + failed("", "unable to find user nosuch: no matching entries in passwd file")},
			{"", "VOLUME /v\nRUN echo x > /v/f; echo y > /g\nRUN ls /v /g\n", runSteps(engine, "VOLUME /v\n"+running+removed,
				"RUN echo x > /v/f; echo y > /g\n"+running+removed, "RUN ls /v /g\n"+running+"/g\n\n/v:\n"+removed) + success},
			{"", "RUN printf abc\nRUN printf \"\\303\"\n", runSteps(engine, "RUN printf abc\n"+running+"abc"+removed, `RUN printf "\\303"`+"\n"+running+`\ufffd`+removed) + success},
			{"q=1", "RUN echo out; exit 5\n", runSteps(engine, "RUN echo out; exit 5\n"+running+"out\n") + code(5, "/bin/sh -c echo out; exit 5")},
			{"forcerm=1", "RUN exit 3\n", runSteps(engine, "RUN exit 3\n"+running+strings.TrimSuffix(removed, " ---> ID\n")) + code(3, "/bin/sh -c exit 3")},
			{"rm=0", "RUN exit 0\n", runSteps(engine, "RUN exit 0\n"+running+" ---> ID\n") + success},
		} {
			h, _ := withBusybox(t, engine)
			if d := cmp.Diff(tt.want, built(t, h, tt.query, "FROM bb:1\n"+tt.rest)); d != "" {
				t.Errorf("%s: %q (-want +got)\n%s", engine, tt.rest, d)
			}
		}
	}
}

// TestBuildRunTriggers: what an image says with ONBUILD runs in a build that stands on it.
func TestBuildRunTriggers(t *testing.T) {
	t.Parallel()
	h, _ := withBusybox(t, "20.10")
	built(t, h, "t=on:1", "FROM bb:1\nONBUILD RUN echo trig $X > /trig; echo said\nONBUILD ENV A=b\n")
	const run = running + "Removing intermediate container ID\n"
	want := "Step 1/2 : FROM on:1\n# Executing 2 build triggers\n" + running + "said\nRemoving intermediate container ID\n" + run + " ---> ID\n" +
		"Step 2/2 : RUN cat /trig\n" + running + "trig\n" + removed + success
	if d := cmp.Diff(want, built(t, h, "", "FROM on:1\nRUN cat /trig\n")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestBuildRunImage: a step adds what its command has written, also by another stage; the second time it comes from the cache.
func TestBuildRunImage(t *testing.T) {
	t.Parallel()
	const dockerfile = "FROM bb:1 AS one\nRUN echo made > /made && rm -r /dir\nFROM bb:1\nCOPY --from=one /made /w/\nWORKDIR /w\nRUN sed s/made/changed/ made > new\n" +
		"WORKDIR /etc\nRUN true\nHEALTHCHECK CMD cat /w/new\nCMD cat made new; ls /; exit 7\n"
	for _, engine := range []string{"20.10", "28", "29"} {
		h, st := withBusybox(t, engine)
		built(t, h, "t=all:1", dockerfile)
		if again := built(t, h, "", dockerfile); strings.Count(again, "Using cache") != 8 || strings.Contains(again, "Running in") {
			t.Errorf("%s: %s", engine, again)
		}
		type step struct {
			By   string
			Size int64
		}
		var steps []step
		for _, s := range get[[]imagetypes.HistoryResponseItem](t, h, "/images/all:1/history")[:7] {
			steps = append(steps, step{s.CreatedBy, s.Size})
		}
		sizes := []int64{8, 5}
		if engine == "29" { // which counts blocks: that of the layer, of each folder and of each file
			sizes = []int64{3 * 4096, 3 * 4096}
		}
		want := []step{
			{`/bin/sh -c #(nop)  CMD ["/bin/sh" "-c" "cat made new; ls /; exit 7"]`, 0}, {`/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "cat /w/new"] "0s" "0s" "0s" "0s" '\x00'}`, 0},
			{"/bin/sh -c true", 0}, {"/bin/sh -c #(nop) WORKDIR /etc", 0}, {"/bin/sh -c sed s/made/changed/ made > new", sizes[0]}, {"/bin/sh -c #(nop) WORKDIR /w", 0},
			{steps[6].By, sizes[1]},
		}
		if engine == "20.10" {
			want[1].By = strings.Replace(want[1].By, ` "0s" '`, ` '`, 1)
		}
		if d := cmp.Diff(want, steps); d != "" {
			t.Errorf("%s (-want +got)\n%s", engine, d)
		}
		if left := st.Containers(); len(left) != 0 {
			t.Errorf("%s: %d containers are left", engine, len(left))
		}
		c := must[state.Container](t)(st.CreateContainer(state.Container{Image: "all:1", ImageID: must[state.Image](t)(st.Image(state.ImageName{Ref: "docker.io/library/all:1"})).ID}))
		_, streams, err := st.ContainerIO(c.ID)
		if err != nil {
			t.Fatal(err)
		}
		output := streams.Hub.Attach(true, true)
		if err := st.Start(c.ID); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		for {
			_, data, err := output.Next(t.Context())
			if err != nil {
				break
			}
			said.Write(data)
		}
		if d := cmp.Diff("cat: can't open 'made': No such file or directory\ncat: can't open 'new': No such file or directory\nbin\ndev\ndir\netc\nhome\nlnk\nproc\nroot\nsys\ntmp\nusr\nvar\nw\n", said.String()); d != "" {
			t.Errorf("%s (-want +got)\n%s", engine, d)
		}
	}
}

// TestBuildCopyOnto: where files go in what commands have made, as dockerd 20.10 was asked.
func TestBuildCopyOnto(t *testing.T) {
	t.Parallel()
	const errorLine = `{"errorDetail":{"message":"TEXT"},"error":"TEXT"}` + "\n"
	for _, tt := range []struct{ dockerfile, want string }{
		{"COPY a /rel\nRUN ls /t/b", "a\n"},
		{"COPY a /rel/\nRUN ls /t/b", "a\n"},
		{"COPY a /rel/c\nRUN ls /t/b", "c\n"},
		{"COPY a /dangling\nRUN ls -d /dangling; ls /nowhere", "/dangling\nx\n"},
		{"COPY a /lnk/new\nRUN cat /bin/new; ls -d /lnk", "1/lnk\n"},
		{"COPY a /t/up/etc/z\nRUN cat /etc/z", "1"},
		{"COPY a /file\nRUN cat /file", "1"},
		{"COPY dd /t\nRUN ls /t", "b\nup\nx\ny\n"},
		{"COPY dd /rel\nRUN ls /t/b", "x\ny\n"},
		{"COPY --from=0 /rel /q\nRUN ls -ld /q | cut -c1-10", "drwxr-xr-x\n"},
		{"COPY --from=0 /bin/sh /q\nRUN ls -l /q | cut -c1-10", "-rwxr-xr-x\n"},
		{"COPY --from=0 /lnk/busybox /q\nRUN ls -l /q | cut -c1-10", "-rwxr-xr-x\n"},
		{"COPY --from=0 /bin/sh /dir/\nRUN ls /dir", "sh\n"},
		{"WORKDIR /rel\nRUN pwd; touch m; ls /t/b", "/t/b\nm\n"},
		{"WORKDIR /dir\nCOPY a b\nCOPY a .\nCOPY a ..\nRUN ls /dir; ls -d /a", "a\nb\n/a\n"},
		{"RUN mkdir -m 1777 /app\nCOPY a /app\nRUN ls /app; stat -c %a /app", "a\n1777\n"},
		{"RUN mkdir -m 1777 /app\nCOPY dd /app\nRUN ls /app; stat -c %a /app", "x\ny\n1777\n"},
		{"COPY --chown=u:root a /ua\nCOPY --chown=7 a /ub\nRUN stat -c %u:%g /ua /ub", "1000:0\n7:7\n"},
		{"USER u\nCOPY a /ww/a\nWORKDIR /uu\nRUN stat -c '%u %a' /ww/a /ww /uu", "0 644\n0 755\n0 755\n"},
		{"COPY a dd /many/\nRUN ls /many", "a\nx\ny\n"},
		{"COPY a /dir/..\nRUN ls -d /a", "/a\n"},
		{"COPY --chown=u a /x\n", strings.ReplaceAll(errorLine, "TEXT", "unable to convert uid/gid chown string to host mapping: can't find gid for group u: no such group: u")},
		{"COPY --chown=nosuch a /x\n", strings.ReplaceAll(errorLine, "TEXT", "unable to convert uid/gid chown string to host mapping: can't find uid for user nosuch: no such user: nosuch")},
	} {
		h, _ := withBusybox(t, "20.10")
		const before = "FROM bb:1\nRUN ln -s nowhere/x /dangling; mkdir -p /t/b; ln -s /t/b /rel; ln -s ../../.. /t/up; echo f > /file\nFROM bb:1\n" +
			"RUN ln -s nowhere/x /dangling; mkdir -p /t/b; ln -s /t/b /rel; ln -s ../../.. /t/up; echo f > /file\n"
		said := built(t, h, "", before+tt.dockerfile+"\n", "a", "1", "dd/x", "2", "dd/y/z", "3")
		if strings.HasPrefix(tt.want, "{") {
			said = said[strings.LastIndex(strings.TrimSuffix(said, "\n"), "\n")+1:]
		} else {
			said = said[strings.LastIndex(said, running)+len(running):]
			tt.want += removed + success
		}
		if d := cmp.Diff(tt.want, said); d != "" {
			t.Errorf("%q (-want +got)\n%s", tt.dockerfile, d)
		}
	}
}

// TestBuildRunUnknown: what nobody has said anything of is over at once, where it would be a service in a container.
func TestBuildRunUnknown(t *testing.T) {
	t.Parallel()
	st := newState()
	must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/app:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"app"}}}}))
	want := "Step 1/4 : FROM app:1\n ---> ID\nStep 2/4 : COPY --chown=node:node package.json /home/\n ---> ID\nStep 3/4 : RUN npm install\n" + running + " ---> Removed intermediate container ID\n ---> ID\n" +
		"Step 4/4 : RUN [\"make\"]\n" + running + " ---> Removed intermediate container ID\n ---> ID\n" + success
	if d := cmp.Diff(want, built(t, serve(st), "", "FROM app:1\nCOPY --chown=node:node package.json /home/\nRUN npm install\nRUN [\"make\"]\n", "package.json", "{}")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// leaver is a client that leaves when it reads some words.
type leaver struct {
	*httptest.ResponseRecorder
	words string
	leave func()
}

func (l leaver) Write(b []byte) (int, error) {
	if strings.Contains(string(b), l.words) {
		l.leave()
	}
	return l.ResponseRecorder.Write(b)
}

// TestBuildRunCancelled: what a command prints is sent while it runs, and it ends with its client.
func TestBuildRunCancelled(t *testing.T) {
	t.Parallel()
	h, st := withBusybox(t, "28")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	body := bytes.NewReader(contextOf(t, "Dockerfile", "FROM bb:1\nRUN echo hi; sleep 100000\n"))
	w := leaver{httptest.NewRecorder(), `"hi\n"`, cancel}
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/build", body))
	past, sub := st.Subscribe()
	sub.Close()
	var told []string
	for _, event := range past {
		if event.Type == "container" {
			told = append(told, event.Action)
		}
	}
	if d := cmp.Diff([]string{"create", "attach", "start", "kill", "die", "destroy"}, told); d != "" || len(st.Containers()) != 0 {
		t.Errorf("%d containers are left (-want +got)\n%s\n%s", len(st.Containers()), d, w.Body)
	}
}
