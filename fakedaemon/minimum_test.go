package fakedaemon_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// TestMinAPIVersion is Docker 29.0, whose minimum was 1.44, as clients meet it.
func TestMinAPIVersion(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Engine: fakedaemon.Engine29, MinAPIVersion: "1.44"})
	got := map[string]string{}
	for _, path := range []string{"/v1.43/_ping", "/v1.44/_ping", "/_ping", "/v1.43/version"} {
		resp, err := d.HTTPClient().Get("http://docker" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		got[path] = resp.Status + " " + resp.Header.Get("Api-Version") + " " + strings.TrimSpace(string(body))
	}
	const tooOld = `400 Bad Request 1.55 {"message":"client version 1.43 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version"}`
	want := map[string]string{"/v1.43/_ping": tooOld, "/v1.43/version": tooOld, "/v1.44/_ping": "200 OK 1.55 OK", "/_ping": "200 OK 1.55 OK"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	type version struct {
		MinAPIVersion string
		Components    []struct{ Details map[string]string }
	}
	v := ask[version](t, d, "/version")
	if v.MinAPIVersion != "1.44" || v.Components[0].Details["MinAPIVersion"] != "1.44" {
		t.Errorf("/version tells %+v", v)
	}
}

func TestMinAPIVersionRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		engine       fakedaemon.Engine
		version, err string
	}{
		{fakedaemon.Engine20, "1.24", "engine 20.10 has no other minimum API version than 1.12"},
		{fakedaemon.Engine28, "v1.44", `API version must be provided without "v" prefix`},
		{fakedaemon.Engine28, "1.23", "minimum supported API version is 1.24: 1.23"},
		{fakedaemon.Engine28, "1.52", "maximum supported API version is 1.51: 1.52"},
		{fakedaemon.Engine29, "1.23", "minimum supported API version is 1.24: 1.23"},
		{fakedaemon.Engine29, "1.56", "maximum supported API version is 1.55: 1.56"},
	} {
		d, err := fakedaemon.New(&fakedaemon.Options{Engine: c.engine, MinAPIVersion: c.version})
		if err == nil {
			d.Close()
			t.Errorf("engine %s: %s is taken", c.engine, c.version)
			continue
		}
		if diff := cmp.Diff("fakedaemon: Options.MinAPIVersion: "+c.err, err.Error()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
