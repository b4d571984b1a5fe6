package build

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// daemon is a backend that notes what is asked of it. A command of its is "exit N".
type daemon struct {
	images map[string]Image // by name and by ID
	steps  []Step
	ran    []string
	gone   []string
	cancel func()
	file   string // what is in dir/f
}

func (d *daemon) CheckPlatform(platform string) error {
	if platform != "linux" {
		return errors.New("no such platform")
	}
	return nil
}

func (d *daemon) Image(_ context.Context, name, _ string) (Image, error) {
	img, ok := d.images[name]
	if !ok {
		return Image{}, fmt.Errorf("no image %s", name)
	}
	return img, nil
}

func (d *daemon) Cached(parent, createdBy string) (Image, bool) {
	for n, step := range slices.Backward(d.steps) {
		if step.Parent == parent && step.CreatedBy() == createdBy {
			return d.images[imageID(n)], true
		}
	}
	return Image{}, false
}

func imageID(n int) string { return fmt.Sprintf("sha256:%012d", n+1) }

func (d *daemon) Create(image string, c image.Config) (string, error) {
	ran := fmt.Sprintf("%q %q %q", c.Entrypoint, c.Cmd, c.Env)
	if h := c.Healthcheck; h != nil {
		ran += fmt.Sprintf(" %q", h.Test)
	}
	d.ran = append(d.ran, ran)
	return fmt.Sprintf("c%011d", len(d.ran)), nil
}

func (d *daemon) Run(ctx context.Context, _ string, stdout, stderr io.Writer) (code int, err error) {
	if d.cancel != nil {
		d.cancel()
		return 0, ctx.Err()
	}
	_, after, _ := strings.Cut(d.ran[len(d.ran)-1], "exit ")
	fmt.Sscan(after, &code)
	return code, nil
}

func (d *daemon) Remove(container string) error {
	d.gone = append(d.gone, container)
	return nil
}

func (d *daemon) Commit(step Step) (Image, error) {
	img := Image{imageID(len(d.steps)), step.Config}
	d.steps = append(d.steps, step)
	d.images[img.ID] = img
	return img, nil
}

func (d *daemon) Files(image string) *files.FS {
	tree := make(files.Tree)
	for n := range d.steps {
		maps.Copy(tree, d.steps[n].Layer)
		if imageID(n) == image {
			break
		}
	}
	return files.NewFS(time.Now, tree)
}

func (d *daemon) Owner(_, name string) (who files.Owner, err error) {
	user, group, ok := strings.Cut(name, ":")
	if !ok {
		group = user
	}
	if who.UID, err = strconv.Atoi(user); err == nil {
		who.GID, err = strconv.Atoi(group)
	}
	return who, err
}

func (d *daemon) Download(_ context.Context, url string) ([]byte, error) { return []byte(url), nil }

func newDaemon() *daemon {
	return &daemon{file: "3", images: map[string]Image{"base": {"sha256:base", image.Config{
		Env: []string{"PATH=/bin", "FROM=base"}, Cmd: []string{"sh"}, OnBuild: []string{"ENV TRIGGERED=1", "LABEL a=b"}, Healthcheck: &image.Healthcheck{Test: []string{"CMD", "x"}},
	}}}}
}

// build builds a Dockerfile with a small context and returns what is said.
func (d *daemon) build(p Parser, dockerfile string, o Options) (image, said string, err error) {
	var out strings.Builder
	archive := new(bytes.Buffer)
	w := tar.NewWriter(archive)
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "deep/file", Size: 1, Uid: 7})
	io.WriteString(w, "4")
	w.Close()
	o.Context = files.Tree{
		"Dockerfile": {Data: []byte(dockerfile)}, "a": {Data: []byte("1"), Mode: 0o644, UID: 5}, "b": {Data: []byte("2"), Mode: 0o600},
		"dir/f": {Data: []byte(d.file)}, "t.tar": {Data: archive.Bytes()},
	}
	o.Out, o.Built = &out, func(image string) { fmt.Fprintf(&out, "built %s\n", image) }
	image, err = Build(context.Background(), p, d, o)
	return image, out.String(), err
}

// TestBuild has what docker/docker v28.5.2 says, and v20.10.24 where that is another.
func TestBuild(t *testing.T) {
	t.Parallel()
	value := "given"
	for name, p := range parsers {
		d := newDaemon()
		const dockerfile = "ARG V=base\nARG W=${V}2\nFROM scratch AS Files\nCOPY --chown=1:2 a /x\nFROM --platform=linux $V\nARG V\nARG G=no H\nENV A=$G$W B=$V\nRUN x $A\n" +
			"COPY --from=files /x y/\nLABEL c=d \\\n\n e=f\nHEALTHCHECK --timeout=1s CMD y\nSHELL [\"/bin/bash\", \"-c\"]\nRUN [\"z\"]\nWORKDIR sub\nCMD run"
		id, said, err := d.build(p, dockerfile, Options{
			Remove: true, Args: map[string]*string{"G": &value, "UNUSED": &value, "HTTP_PROXY": &value, "all_proxy": nil}, Labels: map[string]string{"l": "$m"},
		})
		if err != nil || id != imageID(len(d.steps)-1) {
			t.Fatalf("%s: %s %v", name, id, err)
		}
		want := "\x1b[91m[WARNING]: Empty continuation line found in: LABEL c=d  e=f\n\x1b[0m" +
			"\x1b[91m[WARNING]: Empty continuation lines will become errors in a future release.\n\x1b[0m" +
			`Step 1/17 : ARG V=base
Step 2/17 : ARG W=${V}2
Step 3/17 : FROM scratch AS Files
 ---> 
Step 4/17 : COPY --chown=1:2 a /x
 ---> 000000000001
built sha256:000000000001
Step 5/17 : FROM --platform=linux $V
# Executing 2 build triggers
 ---> Running in c00000000001
 ---> Removed intermediate container c00000000001
 ---> Running in c00000000002
 ---> Removed intermediate container c00000000002
 ---> 000000000003
Step 6/17 : ARG V
 ---> Running in c00000000003
 ---> Removed intermediate container c00000000003
 ---> 000000000004
Step 7/17 : ARG G=no H
 ---> Running in c00000000004
 ---> Removed intermediate container c00000000004
 ---> 000000000005
Step 8/17 : ENV A=$G$W B=$V
 ---> Running in c00000000005
 ---> Removed intermediate container c00000000005
 ---> 000000000006
Step 9/17 : RUN x $A
 ---> Running in c00000000006
 ---> Removed intermediate container c00000000006
 ---> 000000000007
Step 10/17 : COPY --from=files /x y/
 ---> 000000000008
Step 11/17 : LABEL c=d  e=f
 ---> Running in c00000000007
 ---> Removed intermediate container c00000000007
 ---> 000000000009
Step 12/17 : HEALTHCHECK --timeout=1s CMD y
Note: overriding previous HEALTHCHECK: [CMD x]
 ---> Running in c00000000008
 ---> Removed intermediate container c00000000008
 ---> 000000000010
Step 13/17 : SHELL ["/bin/bash", "-c"]
 ---> Running in c00000000009
 ---> Removed intermediate container c00000000009
 ---> 000000000011
Step 14/17 : RUN ["z"]
 ---> Running in c00000000010
 ---> Removed intermediate container c00000000010
 ---> 000000000012
Step 15/17 : WORKDIR sub
 ---> Running in c00000000011
 ---> Removed intermediate container c00000000011
 ---> 000000000013
Step 16/17 : CMD run
 ---> Running in c00000000012
 ---> Removed intermediate container c00000000012
 ---> 000000000014
Step 17/17 : LABEL l=$m
 ---> Running in c00000000013
 ---> Removed intermediate container c00000000013
 ---> 000000000015
built sha256:000000000015
`
		unused := "[Warning] One or more build-args [UNUSED] were not consumed\n"
		if health := `HEALTHCHECK &{["CMD-SHELL" "y"] "0s" "1s" "0s" "0s" '\x00'}`; p.Old {
			unused = strings.Replace(unused, "UNUSED", "UNUSED all_proxy", 1)
			want = strings.ReplaceAll(want, " ---> Removed intermediate", "Removing intermediate")
			want = strings.Replace(want, "found in: ", "found in:\n    ", 1)
			want = strings.Replace(want, "\x1b[0m\x1b[91m", "", 1)
			checkCreatedBy(t, name, d, strings.Replace(health, ` "0s" '`, ` '`, 1))
		} else {
			checkCreatedBy(t, name, d, health)
		}
		if diff := cmp.Diff(want+unused, said); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		last := d.steps[len(d.steps)-1].Config
		config := image.Config{
			WorkingDir: "/sub", Env: []string{"PATH=/bin", "FROM=base", "TRIGGERED=1", "A=given", "B=base"}, Cmd: []string{"/bin/bash", "-c", "run"},
			Shell: []string{"/bin/bash", "-c"}, Labels: map[string]string{"a": "b", "c": "d", "e": "f", "l": "$m"}, Healthcheck: &image.Healthcheck{Test: []string{"CMD-SHELL", "y"}, Timeout: 1e9},
		}
		if diff := cmp.Diff(config, last); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if run := `[""] ["/bin/sh" "-c" "x $A"] ["PATH=/bin" "FROM=base" "TRIGGERED=1" "A=given" "B=base" "G=given" "HTTP_PROXY=given" "V=base"] ["NONE"]`; d.ran[5] != run {
			t.Errorf("%s: %s, want %s", name, d.ran[5], run)
		}
		layers := []files.Tree{
			{"x": {Data: []byte("1"), Mode: 0o644, UID: 1, GID: 2}}, {"y/x": {Data: []byte("1"), Mode: 0o644, UID: 1, GID: 2}},
		}
		if diff := cmp.Diff(layers, []files.Tree{d.steps[0].Layer, d.steps[7].Layer}); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

var hashed = regexp.MustCompile("file:[0-9a-f]{64}")

func checkCreatedBy(t *testing.T, name string, d *daemon, health string) {
	t.Helper()
	var got []string
	for _, step := range d.steps {
		got = append(got, hashed.ReplaceAllString(step.CreatedBy(), "file:HASH"))
	}
	const nop = "/bin/sh -c #(nop) "
	want := []string{
		nop + "COPY --chown=1:2 file:HASH in /x ", nop + " ENV TRIGGERED=1", nop + " LABEL a=b", nop + " ARG V", nop + " ARG G=no H", nop + " ENV A=given B=base",
		"|2 G=given V=base /bin/sh -c x $A", nop + "COPY file:HASH in y/ ", nop + " LABEL c=d e=f", nop + " " + health, "/bin/bash -c #(nop)  SHELL [/bin/bash -c]", "|2 G=given V=base z",
		"/bin/bash -c #(nop) WORKDIR /sub", `/bin/bash -c #(nop)  CMD ["/bin/bash" "-c" "run"]`, "/bin/bash -c #(nop)  LABEL l=$m",
	}
	if name == "old" {
		want[0] = strings.Replace(want[0], "1:2 ", "1:2", 1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

// TestCopy: what lands where, and whose it is.
func TestCopy(t *testing.T) {
	t.Parallel()
	one := files.File{Data: []byte("1"), Mode: 0o644}
	for _, tt := range []struct {
		instruction string
		want        files.Tree
	}{
		{"COPY a /x", files.Tree{"x": one}},
		{"COPY a x/", files.Tree{"w/x/a": one}},
		{"COPY a .", files.Tree{"w/a": one}},
		{"COPY a b /", files.Tree{"a": one, "b": {Data: []byte("2"), Mode: 0o600}}},
		{"COPY dir /d", files.Tree{"d": {Dir: true, Mode: 0o755}, "d/f": {Data: []byte("3")}}},
		{"COPY di* /", files.Tree{"f": {Data: []byte("3")}}},
		{`COPY ["a", "x y"]`, files.Tree{"w/x y": one}},
		{"COPY --chown=3 a /x", files.Tree{"x": {Data: []byte("1"), Mode: 0o644, UID: 3, GID: 3}}},
		{"ADD http://h/p /x/", files.Tree{"x/p": {Data: []byte("http://h/p"), Mode: 0o600}}},
	} {
		d := newDaemon()
		if _, _, err := d.build(parsers["new"], "FROM scratch\nWORKDIR /w\n"+tt.instruction, Options{}); err != nil {
			t.Errorf("%s: %v", tt.instruction, err)
		} else if diff := cmp.Diff(tt.want, d.steps[1].Layer); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.instruction, diff)
		}
	}
	d := newDaemon()
	if _, _, err := d.build(parsers["new"], "FROM scratch\nADD t.tar /t\nCOPY t.tar /", Options{}); err != nil {
		t.Fatal(err)
	}
	if f := d.steps[0].Layer["t/deep/file"]; string(f.Data) != "4" || f.UID != 7 || d.steps[1].Layer["t.tar"].Data == nil {
		t.Errorf("%+v", f)
	}
}

// TestStages: what a stage takes of those before it, and what not.
func TestStages(t *testing.T) {
	t.Parallel()
	d := newDaemon()
	const dockerfile = "FROM scratch AS one\nCOPY a /x\nCMD a\nFROM base\nENTRYPOINT b\nCOPY --from=0 --chown=9:8 /x /y\nFROM one\nUSER u"
	if _, _, err := d.build(parsers["new"], dockerfile, Options{}); err != nil {
		t.Fatal(err)
	}
	want := files.Tree{"y": {Data: []byte("1"), Mode: 0o644, UID: 9, GID: 8}}
	if diff := cmp.Diff(want, d.steps[5].Layer); diff != "" || d.steps[5].Config.Cmd != nil {
		t.Errorf("%q (-want +got)\n%s", d.steps[5].Config.Cmd, diff)
	}
	if last := d.steps[6]; last.Parent != imageID(1) || last.Config.Cmd == nil || last.Config.User != "u" {
		t.Errorf("%+v", last)
	}
}

// TestCacheAndContainers: a step that is new ends the use of the cache; containers stay unless they are to be removed.
func TestCacheAndContainers(t *testing.T) {
	t.Parallel()
	d := newDaemon()
	for _, tt := range []struct {
		dockerfile string
		o          Options
		cached     int
		gone       int
	}{
		{"FROM scratch\nENV A=1\nENV B=1", Options{}, 0, 0},
		{"FROM scratch\nENV A=1\nENV B=1", Options{Remove: true}, 2, 0},
		{"FROM scratch\nENV A=1\nENV B=1", Options{NoCache: true, Remove: true}, 0, 2},
		{"FROM scratch\nENV A=2\nENV B=1", Options{ForceRemove: true}, 0, 2},
		{"FROM base\nRUN exit 3", Options{Remove: true}, 0, 2},
		{"FROM base\nRUN exit 3", Options{Remove: true, ForceRemove: true}, 2, 1},
	} {
		d.gone = nil
		_, said, _ := d.build(parsers["new"], tt.dockerfile, tt.o)
		if strings.Count(said, "Using cache") != tt.cached || len(d.gone) != tt.gone {
			t.Errorf("%q %+v: %d containers removed\n%s", tt.dockerfile, tt.o, len(d.gone), said)
		}
	}
}

// TestCacheOfFolder: a folder whose files are others is another source.
func TestCacheOfFolder(t *testing.T) {
	t.Parallel()
	d := newDaemon()
	for i, text := range []string{"1", "1", "2"} {
		d.file = text
		_, said, err := d.build(parsers["new"], "FROM scratch\nCOPY dir /x", Options{})
		if cached := strings.Contains(said, "Using cache"); err != nil || cached != (i == 1) {
			t.Errorf("%d: %v\n%s", i, err, said)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ parser, dockerfile, target, want string }{
		{"new", "FROM scratch\n", "", "No image was generated. Is your Dockerfile empty?"},
		{"new", "FROM scratch\n", "0", `target stage "0" could not be found`},
		{"old", "FROM scratch AS a\n", "b", "failed to reach build target b in Dockerfile"},
		{"new", "FROM nosuch\n", "", "no image nosuch"},
		{"new", "FROM $NONE", "", "base name ($NONE) should not be blank"},
		{"new", "FROM ${", "", `failed to process "${": syntax error: missing '}'`},
		{"new", "FROM --platform=x base", "", "failed to parse platform x: no such platform"},
		{"new", "FROM scratch AS a\nFROM scratch AS A", "", "a stage name already used"},
		{"new", "ARG A=${\nFROM scratch", "", `failed to process "${": syntax error: missing '}'`},
		{"new", "FROM base\nRUN exit 3", "", "The command '/bin/sh -c exit 3' returned a non-zero code: 3"},
		{"new", "FROM base\nRUN --mount=type=cache,target=/x y", "", "the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled"},
		{"new", "FROM base\nCOPY --chmod=755 a b", "", "the --chmod option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled"},
		{"new", "FROM base\nCOPY a b /x", "", "When using COPY with more than one source file, the destination must be a directory and end with a /"},
		{"new", "FROM base\nCOPY *.none /x", "", "COPY failed: no source files were specified"},
		{"new", "FROM base\nCOPY <<EOF /x\na\nEOF", "", "COPY failed: no source files were specified"},
		{"new", "FROM base\nCOPY http://x/y /x", "", "COPY failed: source can't be a URL for COPY"},
		{"new", "FROM base\nADD nosuch /x", "", "ADD failed: file not found in build context or excluded by .dockerignore: stat nosuch: file does not exist"},
		{"new", "FROM base\nCOPY --from=0 a b", "", "invalid from flag value 0: refers to current build stage"},
		{"new", "FROM base\nCOPY --from=1 a b", "", "invalid from flag value 1: index out of bounds"},
		{"new", "FROM base\nCOPY --from=nosuch a b", "", "invalid from flag value nosuch: no image nosuch"},
		{"new", "FROM base\nCOPY --from=base a b", "", "COPY failed: file not found in build context or excluded by .dockerignore: stat a: file does not exist"},
		{"new", "FROM trigger", "", "onbuild trigger should be a single expression"},
		{"new", "FROM unknown", "", "unknown instruction: BOGUS"},
		{"new", "FROM stage", "", "*instructions.Stage is not a command type"},
	} {
		d := newDaemon()
		for name, trigger := range map[string]string{"trigger": "RUN x\nRUN y", "unknown": "BOGUS x", "stage": "FROM x"} {
			d.images[name] = Image{"sha256:" + name, image.Config{OnBuild: []string{trigger}}}
		}
		if _, _, err := d.build(parsers[tt.parser], tt.dockerfile, Options{Target: tt.target}); err == nil || !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.dockerfile, err, tt.want)
		}
	}
	if _, err := Build(context.Background(), Parser{}, newDaemon(), Options{Context: files.Tree{"dockerfile": {Data: []byte("FROM")}}}); err == nil ||
		err.Error() != "dockerfile parse error on line 1: FROM requires either one or three arguments" {
		t.Error(err)
	}
	if _, err := Build(context.Background(), Parser{}, newDaemon(), Options{Dockerfile: "x", Context: files.Tree{"dockerfile": {}}}); err == nil ||
		err.Error() != "Cannot locate specified Dockerfile: x" {
		t.Error(err)
	}
}

// TestCancelled: a client that leaves takes the container of the step with it; between steps the build says so.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	d := newDaemon()
	d.cancel = cancel
	var out strings.Builder
	o := Options{Context: files.Tree{"Dockerfile": {Data: []byte("FROM base\nRUN x")}}, Out: &out, Built: func(string) {}}
	if _, err := Build(ctx, parsers["new"], d, o); !errors.Is(err, context.Canceled) || len(d.gone) != 1 {
		t.Errorf("%v, %q", err, d.gone)
	}
	out.Reset()
	if _, err := Build(ctx, parsers["new"], newDaemon(), o); err == nil || err.Error() != "Build cancelled" || !strings.HasSuffix(out.String(), "\nBuild cancelled\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
