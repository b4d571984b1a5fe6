package flows

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// world is what a flow finds: a folder, the sockets, the registries.
type world struct {
	dir        string
	registries []*httptest.Server
	// there and here are the recorded names and what stands in their place.
	toHere, toThere *strings.Replacer
}

// lab is the folder of the recorded commands.
const lab = "/lab"

// The registries of the recordings: one open, and one that asks for this user.
const (
	openRegistry = "127.0.0.1:22500"
	authRegistry = "127.0.0.1:22501"
	user         = "bob"
	password     = "secret"
)

func newWorld(dir string) (*world, error) {
	if err := os.MkdirAll(filepath.Join(dir, "home"), 0o755); err != nil {
		return nil, err
	}
	quiet := registry.Logger(log.New(io.Discard, "", 0))
	open := httptest.NewServer(inWords(registry.New(quiet)))
	auth := httptest.NewServer(basicAuth(inWords(registry.New(quiet))))
	addr := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }
	return &world{
		dir:        dir,
		registries: []*httptest.Server{open, auth},
		toHere:     strings.NewReplacer(lab+"/", dir+"/", openRegistry, addr(open), authRegistry, addr(auth)),
		toThere: strings.NewReplacer(dir+"/", lab+"/", addr(open), openRegistry, addr(auth), authRegistry,
			url.QueryEscape(addr(open)), url.QueryEscape(openRegistry), url.QueryEscape(addr(auth)), url.QueryEscape(authRegistry)),
	}, nil
}

// inWords says that there is no manifest in the words of the recorded registry, the CNCF distribution.
func inWords(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead || !strings.Contains(r.URL.Path, "/manifests/") {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if answer.Code == http.StatusNotFound {
			answer = httptest.NewRecorder()
			answer.Header().Set("Content-Type", "application/json; charset=utf-8")
			answer.WriteHeader(http.StatusNotFound)
			io.WriteString(answer, `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`+"\n")
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		if r.Method == http.MethodGet {
			w.Write(answer.Body.Bytes())
		}
	})
}

// basicAuth asks for the user as the registry of the CNCF distribution does with htpasswd.
func basicAuth(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, pass, ok := r.BasicAuth(); ok && name == user && pass == password {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}`+"\n")
	})
}

func (w *world) close() {
	for _, s := range w.registries {
		s.Close()
	}
}

func (w *world) here(text string) string  { return w.toHere.Replace(text) }
func (w *world) there(text string) string { return w.toThere.Replace(text) }

// start starts the daemon with what the recorded ones had: the image bb:1.
func (w *world) start(engine string) (*fakedaemon.Daemon, error) {
	d, err := fakedaemon.New(&fakedaemon.Options{
		Engine: fakedaemon.Engine(engine),
		Name:   "vm",
		Listen: []fakedaemon.Listen{
			{Mode: modes.Unix, Addr: filepath.Join(w.dir, "docker.sock")},
			{Mode: modes.Unix, Addr: filepath.Join(w.dir, "up.sock")},
		},
	})
	if err != nil {
		return nil, err
	}
	if err := w.importImage(d); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// folders are those of the image, beside those of its files: 14 with them and the root, as the recorded size of engine 29 says.
var folders = []string{"dev", "home", "proc", "root", "sbin", "sys", "tmp", "usr", "usr/bin", "usr/sbin", "var"}

// elf is how a program begins.
const elf = "\x7fELF"

// passwd has the recorded size, too.
const passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\nuser:x:10:10::/:/bin/sh\n"

// importImage makes the image bb:1 as the recorded ones were made: by docker import, of files that are in the folder too. Its busybox
// is none of the daemon's, as long as the recorded one.
func (w *world) importImage(d *fakedaemon.Daemon) error {
	tools, err := busyboxTools()
	if err != nil {
		return err
	}
	root := filepath.Join(w.dir, "img", "root")
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	for _, f := range []struct{ name, data string }{{"bin/busybox", elf + strings.Repeat("\x00", 1982280-len(elf))}, {"etc/passwd", passwd}} {
		mode := int64(0o644)
		if path.Dir(f.name) == "bin" {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, f.name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, f.name), []byte(f.data), fs.FileMode(mode)); err != nil {
			return err
		}
		if err := tw.WriteHeader(&tar.Header{Name: f.name, Mode: mode, Size: int64(len(f.data))}); err != nil {
			return err
		}
		if _, err := io.WriteString(tw, f.data); err != nil {
			return err
		}
	}
	for _, name := range folders {
		mode := int64(0o755)
		if name == "tmp" {
			mode = 0o1777
		}
		if err := tw.WriteHeader(&tar.Header{Name: name + "/", Typeflag: tar.TypeDir, Mode: mode}); err != nil {
			return err
		}
	}
	for _, name := range tools {
		if err := tw.WriteHeader(&tar.Header{Name: "bin/" + name, Typeflag: tar.TypeSymlink, Linkname: "busybox", Mode: 0o777}); err != nil {
			return err
		}
	}
	if err := tw.Close(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.dir, "img", "bb.tar"), b.Bytes(), 0o644); err != nil {
		return err
	}
	query := url.Values{"fromSrc": {"-"}, "repo": {"bb"}, "tag": {"1"}, "changes": {`CMD ["/bin/sh"]`, "ENV PATH=/usr/bin:/bin"}}
	resp, err := d.HTTPClient().Post("http://docker/images/create?"+query.Encode(), "application/x-tar", &b)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if answer, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("docker import bb:1: %s %s %w", resp.Status, answer, err)
	}
	return nil
}

// busyboxTools are the names of the tools of busybox that every daemon knows.
func busyboxTools() (tools []string, err error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	d, err := fakedaemon.New(&fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.Unix, Addr: filepath.Join(dir, "docker.sock")}}})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	d.AddContainer(fakedaemon.Container{Name: "c1", Image: "busybox"})
	resp, err := d.HTTPClient().Get("http://docker/containers/c1/archive?path=/bin")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	for r := tar.NewReader(resp.Body); ; {
		h, err := r.Next()
		if err == io.EOF {
			return tools, nil
		}
		if err != nil {
			return nil, err
		}
		if name := path.Base(h.Name); h.Typeflag != tar.TypeDir && name != "busybox" {
			tools = append(tools, name)
		}
	}
}

// env is the environment of a command: DOCKER_HOST is the recorded socket, UP the one beside it.
func (w *world) env(d *fakedaemon.Daemon, docker string) []string {
	env := []string{
		"PATH=" + docker + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + filepath.Join(w.dir, "home"),
		"DOCKER_HOST=" + d.Host(),
		"UP=" + strings.TrimPrefix(d.Hosts()[1], "unix://"),
		"LANG=C.UTF-8",
		"TZ=UTC",
	}
	return env
}
