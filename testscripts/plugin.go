package testscripts

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// pluginFolder is where dockerd looks for sockets of plugins.
const pluginFolder = "/run/docker/plugins"

// plugin is an authorization plugin.
type plugin struct {
	answer, log string     // files; immutable
	mu          sync.Mutex // held while the log is written
}

func (s *scenario) runPlugin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: plugin name answer.json")
	}
	folder := ts.Getenv("RUN")
	if s.private {
		folder = pluginFolder
		ts.Check(os.MkdirAll(folder, 0o755))
	}
	l, err := net.Listen("unix", filepath.Join(folder, args[0]+".sock"))
	ts.Check(err)
	server := &http.Server{Handler: &plugin{answer: ts.MkAbs(args[1]), log: ts.MkAbs(args[0] + ".log")}}
	go server.Serve(l)
	ts.Defer(func() { server.Close() })
}

// ServeHTTP notes the call, and answers it with what the file holds now.
func (p *plugin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the daemon has gone
	}
	if len(body) == 0 {
		body = []byte("\n")
	}
	answer := []byte(`{"Implements":["authz"]}`)
	if r.URL.Path != "/Plugin.Activate" {
		if answer, err = os.ReadFile(p.answer); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	if err := p.note(fmt.Sprintf("%s %s", r.URL.Path[1:], body)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Write(answer)
}

func (p *plugin) note(line string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(line)
	return err
}
