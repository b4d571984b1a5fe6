package command

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/engine"
	"github.com/fakedockerd/fakedockerd/modes"
)

// TestEveryEngineStarts: a row names start-up facts that there are.
func TestEveryEngineStarts(t *testing.T) {
	t.Parallel()
	for _, e := range engine.All() {
		if _, ok := startUps[e.StartUp]; !ok {
			t.Errorf("engine %s: there is no start-up %q", e.Name, e.StartUp)
		}
	}
}

// TestEnginesTellOneVersion holds --version to what the API of the engine answers.
func TestEnginesTellOneVersion(t *testing.T) {
	t.Parallel()
	for engine := range generations {
		d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.Unix, Engine: engine})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		path := strings.TrimPrefix(d.Host(), "unix://")
		c := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}}}
		resp, err := c.Get("http://docker/_ping")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		server, _, _ := strings.Cut(strings.TrimPrefix(resp.Header.Get("Server"), "Docker/"), " ")

		p, stdout, _ := newBufferedProgram()
		if code := p.main([]string{"dockerd", "--version", "--engine", string(engine)}, nil); code != 0 {
			t.Errorf("engine %s: exit code %d", engine, code)
		}
		if diff := cmp.Diff("Docker version "+server+", build fakedockerd\n", stdout.String()); diff != "" {
			t.Errorf("engine %s (-API +command):\n%s", engine, diff)
		}
	}
}

func TestUnknownEngineIsNamed(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--engine", "27"}, {"--tls", "--engine=27", "--no-such-flag"}} {
		p, stdout, stderr := newBufferedProgram()
		code := p.main(append([]string{"dockerd"}, args...), nil)
		if diff := cmp.Diff(`--engine 27 is unknown: use one of ["20.10" "28" "29"]`+"\n", stderr.String()); code != 1 || diff != "" || stdout.Len() > 0 {
			t.Errorf("%q: exit code %d, stdout %q, stderr (-want +got):\n%s", args, code, stdout, diff)
		}
	}
}

// TestFlagsOfAnEngine has a flag of one engine that another one refuses, and keys of its file.
func TestFlagsOfAnEngine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		engine fakedaemon.Engine
		arg    string
		want   string // of the answer, its first line
	}{
		{fakedaemon.Engine28, "--default-stop-timeout=3", "Status: unknown flag: --default-stop-timeout"},
		{fakedaemon.Engine29, "--default-stop-timeout=3", "configuration OK"},
		{fakedaemon.Engine28, "--allow-nondistributable-artifacts=x", "configuration OK"},
		{fakedaemon.Engine29, "--allow-nondistributable-artifacts=x", "Status: unknown flag: --allow-nondistributable-artifacts"},
		{fakedaemon.Engine20, "--log-format=json", "Status: unknown flag: --log-format"},
		{fakedaemon.Engine20, "--oom-score-adjust=1", "Status: unknown flag: --validate"},
		{fakedaemon.Engine20, "--tlskey=\"", "panic: runtime error: slice bounds out of range [1:0]"},
	} {
		p, _, stderr := newBufferedProgram()
		p.main([]string{"dockerd", "--engine", string(test.engine), test.arg, "--validate"}, nil)
		if got, _, _ := strings.Cut(stderr.String(), "\n"); got != test.want {
			t.Errorf("engine %s, %s: %q, want %q", test.engine, test.arg, got, test.want)
		}
	}
}
