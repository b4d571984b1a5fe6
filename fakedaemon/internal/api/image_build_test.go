package api

import (
	"archive/tar"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	imagetypes "github.com/docker/docker/api/types/image"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// contextOf is a tar of files: names and contents by turns. A name that ends with a slash is a folder.
func contextOf(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for n := 0; n < len(files); n += 2 {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: files[n], Size: int64(len(files[n+1])), Mode: 0o644}
		if strings.HasSuffix(files[n], "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[n+1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var (
	aStreamed = regexp.MustCompile(`\{"stream":"((?:[^"\\]|\\.)*)"\}\n`)
	aShortID  = regexp.MustCompile(`\b[0-9a-f]{12}\b`)
)

// built builds a Dockerfile with other files and returns what it says, without IDs.
func built(t *testing.T, h http.Handler, query, dockerfile string, files ...string) string {
	t.Helper()
	_, body := send(t, h, "/build?"+query, "application/x-tar", contextOf(t, append([]string{"Dockerfile", dockerfile}, files...)...))
	body = aStreamed.ReplaceAllStringFunc(body, func(line string) string {
		return strings.NewReplacer(`\n`, "\n", `\"`, `"`, `\u003e`, ">", `\u0026`, "&").Replace(aStreamed.FindStringSubmatch(line)[1])
	})
	return aShortID.ReplaceAllString(aDigest.ReplaceAllString(body, "DIGEST"), "ID")
}

// TestBuild has 21-build-classic of the recordings. Which of its two outputs a command writes first is up to chance there.
func TestBuild(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"20.10", "28", "29"} {
		e := engineByName(t, name)
		st := newStateOf(e, nil, nil)
		must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Comment: "Imported from -", Config: image.Config{Cmd: []string{"/bin/sh"}, Env: []string{"PATH=/usr/bin:/bin"}}}}))
		h := New(Config{State: st, Engine: e})
		removed, failed, on := " ---> Removed intermediate container ID\n", `{"errorDetail":{DETAIL},"error":"TEXT"}`, "on "
		switch {
		case e.OldBuilder:
			removed, on = "Removing intermediate container ID\n", ""
		case e.NewFieldOrder:
			failed = `{"error":"TEXT","errorDetail":{DETAIL}}`
		}
		fail := func(detail, text string) string {
			return strings.NewReplacer("DETAIL", detail, "TEXT", text).Replace(failed) + "\n"
		}
		const (
			scratch = "FROM scratch\nCOPY hello /hello\nLABEL a=b\n"
			args    = "FROM bb:1\nARG V=1\nENV X=$V\nRUN echo run $X && echo err >&2\nWORKDIR /w\nCMD [\"echo\",\"built\"]\n"
			done    = `{"aux":{"ID":"DIGEST"}}` + "\nSuccessfully built ID\n"
		)
		for _, tt := range []struct {
			step, query, dockerfile string
			files                   []string
			want                    string
		}{
			{"1", "t=built:1", scratch, []string{"hello", "hi\n"}, "Step 1/3 : FROM scratch\n ---> \nStep 2/3 : COPY hello /hello\n ---> ID\nStep 3/3 : LABEL a=b\n ---> Running in ID\n" +
				removed + " ---> ID\n" + done + "Successfully tagged built:1\n"},
			{"2", "t=built:1", scratch, []string{"hello", "hi\n"}, "Step 1/3 : FROM scratch\n ---> \nStep 2/3 : COPY hello /hello\n ---> Using cache\n ---> ID\nStep 3/3 : LABEL a=b\n ---> Using cache\n ---> ID\n" +
				done + "Successfully tagged built:1\n"},
			{"3", "q=1&t=built:2&nocache=1&buildargs=" + url.QueryEscape(`{"V":"2"}`) + "&labels=" + url.QueryEscape(`{"l":"m"}`), args, nil, "DIGEST\n"},
			{"4", "t=built:2&forcerm=1&buildargs=" + url.QueryEscape(`{"V":"3"}`), args, nil, "Step 1/6 : FROM bb:1\n ---> ID\nStep 2/6 : ARG V=1\n ---> Using cache\n ---> ID\nStep 3/6 : ENV X=$V\n ---> Running in ID\n" + removed +
				" ---> ID\nStep 4/6 : RUN echo run $X && echo err >&2\n ---> Running in ID\nrun 3\n" + `\u001b[91m` + "err\n" + `\u001b[0m` + removed + " ---> ID\nStep 5/6 : WORKDIR /w\n ---> Running in ID\n" + removed +
				" ---> ID\nStep 6/6 : CMD [\"echo\",\"built\"]\n ---> Running in ID\n" + removed + " ---> ID\n" + done + "Successfully tagged built:2\n"},
			{"5", "", "FROM bb:1\nRUN exit 3\n", nil, "Step 1/2 : FROM bb:1\n ---> ID\nStep 2/2 : RUN exit 3\n ---> Running in ID\n" +
				fail(`"code":3,"message":"The command '/bin/sh -c exit 3' returned a non-zero code: 3"`, "The command '/bin/sh -c exit 3' returned a non-zero code: 3")},
			{"6", "", "FROM bb:1\nBOGUS x\n", nil, message("dockerfile parse error " + on + "line 2: unknown instruction: BOGUS")},
			{"7", "", "FROM bb:1\nCOPY nosuch /x\n", nil, "Step 1/2 : FROM bb:1\n ---> ID\nStep 2/2 : COPY nosuch /x\n" +
				fail(`"message":"COPY failed: file not found in build context or excluded by .dockerignore: stat nosuch: file does not exist"`,
					"COPY failed: file not found in build context or excluded by .dockerignore: stat nosuch: file does not exist")},
		} {
			if d := cmp.Diff(tt.want, built(t, h, tt.query, tt.dockerfile, tt.files...)); d != "" {
				t.Errorf("%s: %s (-recorded +got)\n%s", name, tt.step, d)
			}
		}
		var created []string
		for _, step := range get[[]imagetypes.HistoryResponseItem](t, h, "/images/built:2/history") {
			created = append(created, step.CreatedBy)
		}
		want := []string{
			`/bin/sh -c #(nop)  CMD ["echo" "built"]`, "/bin/sh -c #(nop) WORKDIR /w", "|1 V=3 /bin/sh -c echo run $X && echo err >&2",
			"/bin/sh -c #(nop)  ENV X=3", "/bin/sh -c #(nop)  ARG V=1", "",
		}
		if d := cmp.Diff(want, created); d != "" {
			t.Errorf("%s: 10 (-recorded +got)\n%s", name, d)
		}
		for _, tt := range []struct {
			query  string
			status int
			want   string
		}{
			{"t=x", 500, "Cannot locate specified Dockerfile: Dockerfile"},
			{"dockerfile=nosuch", 500, "Cannot locate specified Dockerfile: nosuch"},
			{"t=BAD", 500, "invalid reference format: repository name (library/BAD) must be lowercase"},
			{"version=bogus", 400, `invalid version "bogus"`},
			{"version=2", 501, "ImageBuild with BuildKit is not imitated by fakedockerd: there is no BuildKit"},
		} {
			if e.UnclassedErrors {
				tt.want = strings.Replace(tt.want, " (library/BAD)", "", 1)
				tt.status = max(tt.status, 500)
			}
			if status, body := send(t, h, "/build?"+tt.query, "application/x-tar", nil); status != tt.status || body != message(tt.want) {
				t.Errorf("%s: %s: %d %s", name, tt.query, status, body)
			}
		}
	}
}

// TestBuildEvents has the order of 21-build-classic#1.
func TestBuildEvents(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"20.10": "container create, container destroy, image tag",
		"28":    "container create, image create, container destroy, image tag",
		"29":    "image create, container create, image create, container destroy, image tag",
	} {
		e := engineByName(t, name)
		st := newStateOf(e, nil, nil)
		built(t, New(Config{State: st, Engine: e}), "t=built:1", "FROM scratch\nCOPY hello /hello\nLABEL a=b\n", "hello", "hi")
		past, sub := st.Subscribe()
		sub.Close()
		var told []string
		for _, event := range past {
			told = append(told, event.Type+" "+event.Action)
		}
		if got := strings.Join(told, ", "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestBuildInstructions: what each does to an image.
func TestBuildInstructions(t *testing.T) {
	t.Parallel()
	st := newState()
	must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}, OnBuild: []string{"ENV TRIGGERED=1"}}}}))
	h := serve(st)
	const dockerfile = `# escape=\
ARG BASE=bb:1
FROM scratch AS files
COPY a dir/ /in/
FROM ${BASE}
MAINTAINER me
ENV A=1 B="two words" C=${A:-x}\
    D=${NOSUCH:+y}
LABEL x=$A
# a comment between

ARG WHO
EXPOSE 80 53/udp
USER u:$WHO
VOLUME ["/v"]
STOPSIGNAL SIGUSR1
HEALTHCHECK --interval=5s --retries=2 CMD true
ENTRYPOINT ["/e"]
ONBUILD RUN x
WORKDIR /w
WORKDIR sub
COPY --from=files /in/a /in/f ./
ADD t.tar /t/
SHELL ["/bin/bash", "-c"]
CMD run
`
	inner := string(contextOf(t, "deep/file", "x"))
	got := built(t, h, "t=all&buildargs="+url.QueryEscape(`{"WHO":"g","UNUSED":"1"}`), dockerfile, "a", "1", "dir/", "", "dir/f", "2", "t.tar", inner)
	if !strings.HasSuffix(got, `{"aux":{"ID":"DIGEST"}}`+"\n[Warning] One or more build-args [UNUSED] were not consumed\nSuccessfully built ID\nSuccessfully tagged all:latest\n") {
		t.Error(got)
	}
	img := must[state.Image](t)(st.Image(state.ImageName{Ref: "docker.io/library/all:latest"}))
	want := image.Config{
		User: "u:g", WorkingDir: "/w/sub", StopSignal: "SIGUSR1",
		Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TRIGGERED=1", "A=1", "B=two words", "C=x", "D="},
		Cmd:        []string{"/bin/bash", "-c", "run"},
		Entrypoint: []string{"/e"}, OnBuild: []string{"RUN x"}, Labels: map[string]string{"x": "1"},
		Shell: []string{"/bin/bash", "-c"}, ExposedPorts: []string{"53/udp", "80/tcp"}, Volumes: []string{"/v"},
		Healthcheck: &image.Healthcheck{Test: []string{"CMD-SHELL", "true"}, Interval: 5e9, Retries: 2},
	}
	if d := cmp.Diff(want, img.Config); d != "" || img.Author != "me" {
		t.Errorf("%q (-want +got)\n%s", img.Author, d)
	}
	tree, err := img.Files()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"w/sub/a": "1", "w/sub/f": "2", "t/deep/file": "x"} {
		if got, ok := tree.Read(name); !ok || string(got) != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestBuildCache: after the first step that is new, none comes from the cache, and --no-cache asks for none.
func TestBuildCache(t *testing.T) {
	t.Parallel()
	st := state.New(state.Options{})
	must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	h := serve(st)
	const dockerfile = "FROM bb:1\nENV A=1\nCOPY f /f\nENV B=2\n"
	for _, tt := range []struct {
		query, content string
		cached         int
	}{
		{"", "1", 0},
		{"", "1", 3},
		{"", "2", 1},
		{"", "1", 3},
		{"nocache=1", "1", 0},
	} {
		if got := built(t, h, tt.query, dockerfile, "f", tt.content); strings.Count(got, "Using cache") != tt.cached {
			t.Errorf("%s %s: want %d steps from the cache\n%s", tt.query, tt.content, tt.cached, got)
		}
	}
	// The same stages by another name: what came before decides.
	if got := built(t, h, "", "FROM bb:1\nENV Z=0\nENV A=1\n"); strings.Contains(got, "Using cache") {
		t.Error(got)
	}
}

// TestBuildRefusals: what dockerd says of Dockerfiles that it cannot build.
func TestBuildRefusals(t *testing.T) {
	t.Parallel()
	st := newState()
	must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	h := serve(st)
	for _, tt := range []struct{ query, dockerfile, want string }{
		{"", "", "the Dockerfile (Dockerfile) cannot be empty"},
		{"", "# nothing\n", "failed to parse Dockerfile: file with no instructions"},
		{"", "RUN x\n", `{"message":"no build stage in current context"}`},
		{"", "FROM a b\n", "dockerfile parse error on line 1: FROM requires either one or three arguments"},
		{"", "FROM bb:1\nENV\n", "dockerfile parse error on line 2: ENV requires at least one argument"},
		{"target=nosuch", "FROM bb:1\n", `target stage \"nosuch\" could not be found`},
		{"", "FROM bb:1\nRUN --mount=type=cache,target=/x true\n", "the --mount option requires BuildKit."},
		{"", "FROM bb:1\nCOPY one\n", "COPY requires at least two arguments"},
		{"q=1", "FROM bb:1\nCOPY nosuch /x\n", "Step 1/2 : FROM bb:1\n ---> ID\nStep 2/2 : COPY nosuch /x\n{\"error"},
		{"q=1", "BOGUS", `{"message":"dockerfile parse error on line 1: unknown instruction: BOGUS"}`},
		{"", "FROM bb:1\nSTOPSIGNAL BOGUS\n", "invalid signal: BOGUS"},
		{"", "FROM --platform=a/b/c/d bb:1\n", `failed to parse platform a/b/c/d: \"a/b/c/d\": cannot parse platform specifier: invalid argument`},
		{"", "FROM bb:1\nCOPY *.none /x\n", "COPY failed: no source files were specified"},
		{"", "FROM bb:1\nCOPY Dockerfile Dockerfile /x\n", "When using COPY with more than one source file, the destination must be a directory and end with a /"},
		{"", "FROM bb:1\nRUN nosuch-program\n", "returned a non-zero code: 127"},
		{"", "FROM nosuch:1\n", "lookup registry-1.docker.io on 10.255.255.53:53"},
		{"", "FROM scratch\n", "No image was generated. Is your Dockerfile empty?"},
	} {
		if got := built(t, h, tt.query, tt.dockerfile); !strings.Contains(got, tt.want) {
			t.Errorf("%q: %s, want %s", tt.dockerfile, got, tt.want)
		}
	}
}
