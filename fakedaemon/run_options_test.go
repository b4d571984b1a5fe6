package fakedaemon

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
)

// TestGroupAdd: processes have the groups of docker run --group-add (dockerd 20.10).
func TestGroupAdd(t *testing.T) {
	t.Parallel()
	d := startStreams(t, modes.Unix)
	for add, want := range map[string]ran{
		`"1000","1001"`:    {Stdout: "0 10 1000 1001\n"},
		`"wheel","77","0"`: {Stdout: "0 10 77\n"},
	} {
		got := runContainer(t, d, `{"Image":"busybox","Cmd":["id","-G"],"HostConfig":{"GroupAdd":[`+add+`]}}`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", add, diff)
		}
	}
}

// TestGroupAddNames: what moby's own test of --group-add sees in busybox.
func TestGroupAddNames(t *testing.T) {
	t.Parallel()
	d := Start(t, &Options{World: World{Images: []Image{{Tags: []string{"busybox"}}}}})
	r := runContainer(t, d, `{"Image":"busybox","User":"root:root","Cmd":["id"],"HostConfig":{"GroupAdd":["staff","wheel","audio","777"]}}`)
	if want := "uid=0(root) gid=0(root) groups=0(root),10(wheel),29(audio),50(staff),777\n"; r.Stdout != want || r.Code != 0 {
		t.Errorf("%+v, want %q", r, want)
	}
}

// TestLinks: a linked container is in the environment and the hosts of another, and found by its alias until the link is removed
// (daemon/links and daemon/delete.go). Docker 29 has no such environment.
func TestLinks(t *testing.T) {
	t.Parallel()
	const (
		variables = "MY_DB_ENV_FOO=1\nMY_DB_NAME=/web/my-db\nMY_DB_PORT=tcp://172.17.0.2:80\n" +
			"MY_DB_PORT_5432_TCP_ADDR=172.17.0.2\nMY_DB_PORT_5432_TCP_END=tcp://172.17.0.2:5434\nMY_DB_PORT_5432_TCP_PORT_END=5434\n" +
			"MY_DB_PORT_5432_TCP_PORT_START=5432\nMY_DB_PORT_5432_TCP_PROTO=tcp\nMY_DB_PORT_5432_TCP_START=tcp://172.17.0.2:5432\n" +
			"MY_DB_PORT_80_TCP=tcp://172.17.0.2:80\nMY_DB_PORT_80_TCP_ADDR=172.17.0.2\nMY_DB_PORT_80_TCP_PORT=80\n" +
			"MY_DB_PORT_80_TCP_PROTO=tcp\n"
		hosts = "172.17.0.2\tmy-db dbhost renamed\n"
	)
	for engine, want := range map[Engine]string{Engine20: variables + hosts, Engine28: variables + hosts, Engine29: hosts} {
		d := Start(t, &Options{Engine: engine, World: World{Images: []Image{{Tags: []string{"busybox"}}}}})
		do := func(method, path string) string {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), method, "http://docker"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := d.HTTPClient().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			return resp.Status[:3] + " " + string(body)
		}
		post(t, d, "/containers/create?name=db", `{"Image":"busybox","Hostname":"dbhost","Cmd":["sleep","9999"],"Env":["FOO=1"],`+
			`"ExposedPorts":{"5433/tcp":{},"80/tcp":{},"5434/tcp":{},"5432/tcp":{}}}`, nil)
		const linked = `"Image":"busybox","Cmd":["sh","-c","env | grep MY_DB | sort; grep my-db /etc/hosts"],"HostConfig":{"Links":["db:my-db"]}}`
		post(t, d, "/containers/create?name=early", "{"+linked, nil)
		refused := "204 "
		if engine != Engine29 {
			refused = `500 {"message":"Cannot link to a non running container: /db AS /early/my-db"}` + "\n"
		}
		if got := do("POST", "/containers/early/start"); got != refused {
			t.Errorf("%s: %s", engine, got)
		}
		post(t, d, "/containers/db/start", "", nil)
		post(t, d, "/containers/create?name=web", "{"+linked, nil)
		post(t, d, "/containers/db/rename?name=renamed", "", nil)
		post(t, d, "/containers/web/start", "", nil)
		post(t, d, "/containers/web/wait", "", nil)
		resp, err := d.HTTPClient().Get("http://docker/containers/web/logs?stdout=1")
		if err != nil {
			t.Fatal(err)
		}
		stdout, _ := readFrames(t, resp.Body)
		resp.Body.Close()
		inspected := getJSON[struct{ HostConfig struct{ Links []string } }](t, d, "/containers/web/json")
		listed := getJSON[[]struct{ Names []string }](t, d, "/containers/json?filters="+url.QueryEscape(`{"name":["^/web/my"]}`))
		if diff := cmp.Diff([]any{[]string{"/renamed:/web/my-db"}, []string{"/early/my-db", "/renamed", "/web/my-db"}}, []any{inspected.HostConfig.Links, listed[0].Names}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", engine, diff)
		}
		if diff := cmp.Diff(want, stdout); diff != "" {
			t.Errorf("%s (-want +got):\n%s", engine, diff)
		}
		got := []string{do("DELETE", "/containers/web/my-db?link=1"), do("DELETE", "/containers/web/my-db?link=1"), do("POST", "/containers/renamed/pause")}
		if diff := cmp.Diff([]string{"204 ", `404 {"message":"No such container: web/my-db"}` + "\n", "204 "}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", engine, diff)
		}
	}
}
