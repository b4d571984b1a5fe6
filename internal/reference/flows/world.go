package flows

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
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
	open := httptest.NewServer(registry.New(quiet))
	auth := httptest.NewServer(basicAuth(registry.New(quiet)))
	addr := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }
	return &world{
		dir:        dir,
		registries: []*httptest.Server{open, auth},
		toHere:     strings.NewReplacer(lab+"/", dir+"/", openRegistry, addr(open), authRegistry, addr(auth)),
		toThere: strings.NewReplacer(dir+"/", lab+"/", addr(open), openRegistry, addr(auth), authRegistry,
			url.QueryEscape(addr(open)), url.QueryEscape(openRegistry), url.QueryEscape(addr(auth)), url.QueryEscape(authRegistry)),
	}, nil
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
	d.AddImage(fakedaemon.Image{Tags: []string{"bb:1"}, Cmd: []string{"/bin/sh"}, Env: []string{"PATH=/usr/bin:/bin"}, Size: 1982386})
	return d, nil
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
