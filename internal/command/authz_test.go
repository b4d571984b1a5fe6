package command

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// authzPlugin is an authorization plugin. It notes what is called.
type authzPlugin struct {
	activation string

	mu    sync.Mutex
	calls []string // protected by mu
}

const implementsAuthz = `{"Implements":["authz"]}`

func startPlugin(t *testing.T, dir, name, activation string) *authzPlugin {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(dir, name+".sock"))
	if err != nil {
		t.Fatal(err)
	}
	p := &authzPlugin{activation: activation}
	s := &http.Server{Handler: p}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return p
}

func (p *authzPlugin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, r.URL.Path)
	if r.URL.Path == "/Plugin.Activate" {
		io.WriteString(w, p.activation)
	} else {
		io.WriteString(w, `{"Allow":true}`)
	}
}

func (p *authzPlugin) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := p.calls
	p.calls = nil
	return calls
}

// TestServeWithPlugins compares what is logged with what dockerd logs (section authz of the wire recordings).
func TestServeWithPlugins(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("sockets and their errors are those of Linux")
	}
	b, err := os.ReadFile("testdata/authz-startup.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name    string
		Engines []fakedaemon.Engine // nil means all
		Started bool
		Log     []string
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Engines == nil {
			c.Engines = []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28, fakedaemon.Engine29}
		}
		for _, e := range c.Engines {
			t.Run(string(e)+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				dir := workDir(t)
				name := preparePlugin(t, dir, c.Name)
				p := newProcess(t, "dockerd", "--engine", string(e), "-H", "unix://"+dir+"/d.sock", "--plugin-dir", dir, "--authorization-plugin", name)
				p.start()
				if c.Started {
					p.until("API listen on")
					return
				}
				if code := p.end(); code != 1 {
					t.Errorf("exit %d, dockerd exits with 1", code)
				}
				got := plain(p.lines)
				if i := slices.IndexFunc(got, func(l string) bool { return strings.Contains(l, `msg="Docker daemon"`) }); i < 0 {
					t.Errorf("no start in the log:\n%s", strings.Join(got, "\n"))
				} else {
					got = got[i+1:]
				}
				for i := range got {
					got[i] = strings.TrimPrefix(got[i], `time="{time}" `)
				}
				want := recordedLog(e, filepath.Join(dir, "truth.sock"), c.Log)
				if name != "" { // what dockerd does not say comes last
					want = append(want, `level=info msg="Plugin \"truth\" was looked for in `+dir+`; --real-waits waits 15 s for one that is missing or down"`)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-dockerd +fake):\n%s", diff)
				}
			})
		}
	}
}

// TestPluginHintWithRealWaits: what is set is not advised.
func TestPluginHintWithRealWaits(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("sockets are those of Linux")
	}
	dir := workDir(t)
	startPlugin(t, dir, "truth", `{"Implements":["VolumeDriver"]}`)
	p := newProcess(t, "dockerd", "-H", "unix://"+dir+"/d.sock", "--plugin-dir", dir, "--authorization-plugin", "truth", "--real-waits")
	if code, _ := p.run(); code != 1 {
		t.Errorf("exit %d, dockerd exits with 1", code)
	}
	checkHint(t, p, `level=info msg="Plugin \"truth\" was looked for in `+dir+`"`)
}

// preparePlugin makes the plugin of a recorded start and returns its name.
func preparePlugin(t *testing.T, dir, start string) string {
	t.Helper()
	switch start {
	case "plugin missing":
	case "empty plugin name":
		return ""
	case "activation says it implements something else":
		startPlugin(t, dir, "truth", `{"Implements":["VolumeDriver"]}`)
	case "activation answers garbage":
		startPlugin(t, dir, "truth", "garbage")
	case "stale socket file":
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "truth.sock"), Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		l.SetUnlinkOnClose(false)
		l.Close()
	case "plugin present", "unix only":
		startPlugin(t, dir, "truth", implementsAuthz)
	default:
		t.Fatalf("what is a start with %q?", start)
	}
	return "truth"
}

// recordedLog fills the placeholders of a recorded log: the retries one by one, and how the engine names a socket.
func recordedLog(e fakedaemon.Engine, sock string, log []string) []string {
	target, url := "plugin.moby.localhost", "http://plugin.moby.localhost"
	if e == fakedaemon.Engine20 {
		target, url = sock, "http://"+strings.ReplaceAll(sock, "/", "%2F")
	}
	var lines []string
	for _, l := range log {
		l = strings.NewReplacer("{sock}", sock, "{target}", target, "{url}", url).Replace(l)
		if before, after, ok := strings.Cut(l, "{1s 2s 4s 8s}"); ok {
			for _, pause := range []string{"1s", "2s", "4s", "8s"} {
				lines = append(lines, before+pause+after)
			}
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

// TestReloadPlugins does what was done with dockerd 28.5.2: SIGHUP makes the list of daemon.json the one that is asked,
// and ends the daemon when a plugin is missing. GET /info goes on naming the first list.
func TestReloadPlugins(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	dir := workDir(t)
	one, two := startPlugin(t, dir, "one", implementsAuthz), startPlugin(t, dir, "two", implementsAuthz)
	file, sock := filepath.Join(dir, "daemon.json"), filepath.Join(dir, "d.sock")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"authorization-plugins":["one"]}`)
	p := newProcess(t, "dockerd", "-H", "unix://"+sock, "--plugin-dir", dir, "--config-file", file)
	p.start()
	p.until("API listen on")
	reload := func(content string) {
		t.Helper()
		write(content)
		p.Process.Signal(syscall.SIGHUP)
		p.until("Reloaded configuration")
	}
	asked := []string{"/AuthZPlugin.AuthZReq", "/AuthZPlugin.AuthZRes"}
	activated := append([]string{"/Plugin.Activate"}, asked...)
	check := func(wantOne, wantTwo []string) {
		t.Helper()
		info := getInfo(t, sock)
		if diff := cmp.Diff([][]string{wantOne, wantTwo, {"one"}}, [][]string{one.take(), two.take(), info}); diff != "" {
			t.Errorf("calls and /info (-dockerd +fake):\n%s", diff)
		}
	}
	check(activated, nil)
	reload(`{"authorization-plugins":["two","one","two"]}`)
	check(asked, activated)
	reload(`{"authorization-plugins":[]}`)
	check(nil, nil)
	reload(`{"authorization-plugins":["two"]}`)
	check(nil, asked)
	reload(`{}`)
	check(nil, nil)

	write(`{"authorization-plugins":["nope"]}`)
	n := len(p.lines)
	p.Process.Signal(syscall.SIGHUP)
	if code := p.end(); code != 1 {
		t.Errorf("exit %d, dockerd exits with 1", code)
	}
	want := append([]string{`level=info msg="Got signal to reload configuration" config-file=` + quote(file)},
		recordedLog(fakedaemon.Engine28, "", []string{`level=warning msg="Unable to locate plugin: nope, retrying in {1s 2s 4s 8s}"`})...)
	want = append(want, `level=fatal msg="Error validating authorization plugin" error="plugin \"nope\" not found"`)
	var got []string
	for _, l := range plain(p.lines[n:]) {
		got = append(got, strings.TrimPrefix(l, `time="{time}" `))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-dockerd +fake):\n%s", diff)
	}
}

// getInfo gives the authorization plugins that GET /info names.
func getInfo(t *testing.T, sock string) []string {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", sock)
		},
	}}
	resp, err := c.Get("http://docker/info")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var info struct {
		Plugins struct{ Authorization []string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&info); err != nil {
		t.Fatal(err)
	}
	return info.Plugins.Authorization
}

// TestReloadForgetsThePluginsOfTheFlags, as dockerd 28.5.2 was seen to do.
func TestReloadForgetsThePluginsOfTheFlags(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	dir := workDir(t)
	one := startPlugin(t, dir, "one", implementsAuthz)
	p := newProcess(t, "dockerd", "-H", "unix://"+dir+"/d.sock", "--plugin-dir", dir, "--authorization-plugin", "one")
	p.start()
	p.until("API listen on")
	one.take()
	p.Process.Signal(syscall.SIGHUP)
	p.until("Reloaded configuration")
	if diff := cmp.Diff([]string{"one"}, getInfo(t, dir+"/d.sock")); diff != "" {
		t.Errorf("/info (-want +got):\n%s", diff)
	}
	if calls := one.take(); calls != nil {
		t.Errorf("asked after the reload: %q", calls)
	}
}

// TestRelativePluginDir: dockerd's folders are absolute; one that is not is taken from where the daemon is started.
func TestRelativePluginDir(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("sockets are those of Linux")
	}
	dir := workDir(t)
	if err := os.Mkdir(filepath.Join(dir, "plug"), 0o700); err != nil {
		t.Fatal(err)
	}
	plugin := startPlugin(t, filepath.Join(dir, "plug"), "truth", implementsAuthz)
	p := newProcess(t, "dockerd", "-H", "unix://"+dir+"/d.sock", "--plugin-dir", "plug", "--authorization-plugin", "truth")
	p.Dir = dir
	p.start()
	p.until("API listen on")
	if diff := cmp.Diff([]string{"/Plugin.Activate"}, plugin.take()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
