package command

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// TestDebugLogsRequests has the lines of dockerd's middleware (api/server/middleware/debug.go of v20.10.24 and v28.5.2).
func TestDebugLogsRequests(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	const time = `time="{time}" level=debug msg=`
	fields := func(method, rest string) string { return ` method=` + method + ` module=api request-url=` + rest }
	const form = `{"Image":"no.such/image","Secret":"*****"}`
	fields28 := []string{
		time + `"handling GET request"` + fields("GET", `"/v1.30/_ping?a=b" vars="map[version:1.30]"`),
		time + `"handling POST request" form-data=` + quote(form) + fields("POST", `/containers/create vars="map[]"`),
		time + `"error response for POST request" error-response="No such image: no.such/image:latest" form-data=` + quote(form) +
			fields("POST", `/containers/create status=404 vars="map[]"`),
	}
	for engine, want := range map[fakedaemon.Engine][]string{
		fakedaemon.Engine20: {time + `"Calling GET /v1.30/_ping?a=b"`, time + `"Calling POST /containers/create"`, time + quote("form data: "+form)},
		fakedaemon.Engine28: fields28,
	} {
		socket := workDir(t) + "/s.sock"
		p := newProcess(t, "dockerd", "--engine", string(engine), "-D", "-H", "unix://"+socket)
		p.start()
		p.until("API listen on")
		c := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}}
		resp, err := c.Get("http://docker/v1.30/_ping?a=b")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		resp, err = c.Post("http://docker/containers/create", "application/json", strings.NewReader(`{"Image": "no.such/image", "Secret": "x"}`))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s %v", resp.Status, body, err)
		}
		p.Process.Signal(os.Interrupt)
		p.end()
		got := slices.DeleteFunc(p.lines, func(l string) bool {
			return !strings.Contains(l, "level=debug") || strings.Contains(l, "Listener created")
		})
		if diff := cmp.Diff(want, plain(got)); diff != "" {
			t.Errorf("engine %s (-dockerd +fake):\n%s", engine, diff)
		}
	}
}
