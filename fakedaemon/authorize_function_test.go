package fakedaemon_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// TestAuthorize: the function sees what a plugin sees, and decides as one does.
func TestAuthorize(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []fakedaemon.AuthzRequest  // protected by mu
	var decide fakedaemon.AuthzDecision // protected by mu
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify, Authorize: func(r fakedaemon.AuthzRequest) fakedaemon.AuthzDecision {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r)
		if r.Phase == fakedaemon.AuthzRes {
			return decide
		}
		return fakedaemon.AuthzDecision{Allow: true}
	}})
	ask := func(says fakedaemon.AuthzDecision) (clientAnswer, []fakedaemon.AuthzRequest) {
		t.Helper()
		mu.Lock()
		seen, decide = nil, says
		mu.Unlock()
		config := d.ClientTLS()
		config.ServerName = "localhost"
		r := rawRequest{method: "GET", uri: "/v1.51/images/json?all=1", header: map[string]string{"X-A": "b", "X-Registry-Auth": "secret"}}
		answer := r.send(t, connect(t, d.Host(), config))
		mu.Lock()
		defer mu.Unlock()
		return answer, seen
	}
	got, asked := ask(fakedaemon.AuthzDecision{Allow: true})
	if got.Status != 200 || got.Body != "[]\n" {
		t.Errorf("allowed: %+v", got)
	}
	cert := d.ClientTLS().Certificates[0].Certificate[0]
	want := fakedaemon.AuthzRequest{
		Phase: fakedaemon.AuthzReq, User: "client", UserAuthNMethod: "TLS",
		RequestMethod: "GET", RequestURI: "/v1.51/images/json?all=1", RequestHeaders: map[string]string{"X-A": "b"},
	}
	after := want
	after.Phase, after.ResponseStatusCode, after.ResponseBody = fakedaemon.AuthzRes, 200, []byte("[]\n")
	after.ResponseHeaders = map[string]string{
		"Api-Version": "1.51", "Content-Type": "application/json", "Docker-Experimental": "false", "Ostype": "linux", "Server": "Docker/28.5.2 (linux)",
	}
	for i := range asked {
		if certs := asked[i].RequestPeerCertificates; len(certs) != 1 || string(certs[0].Raw) != string(cert) {
			t.Errorf("certificates %v", certs)
		}
		asked[i].RequestPeerCertificates = nil
	}
	if diff := cmp.Diff([]fakedaemon.AuthzRequest{want, after}, asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	got, _ = ask(fakedaemon.AuthzDecision{Msg: "no"})
	if want := `{"message":"authorization denied by plugin Options.Authorize: no"}` + "\n"; got.Status != 403 || got.Body != want {
		t.Errorf("denied: %+v", got)
	}
	got, _ = ask(fakedaemon.AuthzDecision{Allow: true, Err: errors.New("lost")})
	if want := `{"message":"plugin Options.Authorize failed with error: lost"}` + "\n"; got.Status != 500 || got.Body != want {
		t.Errorf("failed: %+v", got)
	}

	table := regexp.MustCompile(` +`).ReplaceAllString(d.AuthzExchanges().String(), " ")
	wantTable := `ID REQUEST PLUGIN CALL USER ABOUT STATUS DECISION
1 1 Options.Authorize AuthZPlugin.AuthZReq client GET /v1.51/images/json?all=1 - allow
2 1 Options.Authorize AuthZPlugin.AuthZRes client GET /v1.51/images/json?all=1 -> 200 - allow
3 2 Options.Authorize AuthZPlugin.AuthZReq client GET /v1.51/images/json?all=1 - allow
4 2 Options.Authorize AuthZPlugin.AuthZRes client GET /v1.51/images/json?all=1 -> 200 - deny: no
5 3 Options.Authorize AuthZPlugin.AuthZReq client GET /v1.51/images/json?all=1 - allow
6 3 Options.Authorize AuthZPlugin.AuthZRes client GET /v1.51/images/json?all=1 -> 200 - failed: lost
`
	if diff := cmp.Diff(wantTable, table); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAuthzCopies: what a function or a test does with what it was given changes nothing.
func TestAuthzCopies(t *testing.T) {
	t.Parallel()
	p := newPlugin(t, "", "truth")
	d := fakedaemon.Start(t, &fakedaemon.Options{PluginDir: p.dir, AuthorizationPlugins: []string{"truth"}, Authorize: func(r fakedaemon.AuthzRequest) fakedaemon.AuthzDecision {
		r.RequestHeaders["X-A"] = "changed"
		if r.ResponseBody != nil {
			r.ResponseBody[0] = '?'
		}
		return fakedaemon.AuthzDecision{Allow: true}
	}})
	got := rawRequest{method: "GET", uri: "/images/json", header: map[string]string{"X-A": "b"}}.send(t, connect(t, d.Host(), nil))
	if got.Body != "[]\n" {
		t.Errorf("answer %q", got.Body)
	}
	xs := d.AuthzExchanges()
	for i := range xs {
		x := &xs[i]
		if x.Request != 0 && x.Sent.RequestHeaders["X-A"] != "b" {
			t.Errorf("%s of %s was sent %v", x.Method, x.Plugin, x.Sent.RequestHeaders)
		}
		for _, m := range []map[string]string{x.Sent.RequestHeaders, x.Sent.ResponseHeaders} {
			for k := range m {
				m[k] = "changed"
			}
		}
		for j := range x.Body {
			x.Body[j] = '?'
		}
		x.Answer[0] = '?'
		for k := range x.Header {
			x.Header[k][0] = "changed"
		}
	}
	for _, x := range d.AuthzExchanges() {
		if strings.Contains(string(x.Body)+string(x.Answer)+x.Header.Get("Host"), "?") || x.Header.Get("Host") == "changed" || x.Sent.RequestHeaders["X-A"] == "changed" {
			t.Errorf("changed: %+v", x)
		}
	}
}

// TestAuthorizeOrder: the function is asked first, then the plugins in their order, about the answer too; who denies ends it.
func TestAuthorizeOrder(t *testing.T) {
	t.Parallel()
	one := newPlugin(t, "", "one")
	newPlugin(t, one.dir, "two")
	var denies atomic.Bool
	d := fakedaemon.Start(t, &fakedaemon.Options{PluginDir: one.dir, AuthorizationPlugins: []string{"two", "one"}, Authorize: func(fakedaemon.AuthzRequest) fakedaemon.AuthzDecision {
		return fakedaemon.AuthzDecision{Allow: !denies.Load()}
	}})
	seen := 0
	check := func(want ...string) {
		t.Helper()
		get(t, d, "http://docker/_ping")
		var got []string
		all := d.AuthzExchanges()
		for _, x := range all[seen:] {
			if x.Request != 0 {
				got = append(got, strings.TrimPrefix(x.Method, "AuthZPlugin.")+" "+x.Plugin)
			}
		}
		seen = len(all)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	}
	check("AuthZReq Options.Authorize", "AuthZReq two", "AuthZReq one", "AuthZRes Options.Authorize", "AuthZRes two", "AuthZRes one")
	if err := d.SetAuthorizationPlugins([]string{"one", "two"}); err != nil {
		t.Fatal(err)
	}
	check("AuthZReq Options.Authorize", "AuthZReq one", "AuthZReq two", "AuthZRes Options.Authorize", "AuthZRes one", "AuthZRes two")
	one.answers("AuthZPlugin.AuthZReq", reply{200, `{"Allow":false}`})
	check("AuthZReq Options.Authorize", "AuthZReq one")
	denies.Store(true)
	check("AuthZReq Options.Authorize")
}

// TestSetAuthorizationPlugins: a list with a plugin that is of no use is refused as a whole.
func TestSetAuthorizationPlugins(t *testing.T) {
	t.Parallel()
	one := newPlugin(t, "", "one")
	two := newPlugin(t, one.dir, "two")
	d := fakedaemon.Start(t, &fakedaemon.Options{PluginDir: one.dir, AuthorizationPlugins: []string{"one"}})
	check := func(wantOne, wantTwo []string) {
		t.Helper()
		get(t, d, "http://docker/_ping")
		if diff := cmp.Diff([][]string{wantOne, wantTwo}, [][]string{methods(one.take()), methods(two.take())}); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	}
	asked := []string{"AuthZPlugin.AuthZReq", "AuthZPlugin.AuthZRes"}
	activated := slices.Concat([]string{"Plugin.Activate"}, asked)
	check(activated, nil)
	failed := new(fakedaemon.PluginError)
	err := d.SetAuthorizationPlugins([]string{"two", "three"})
	if !errors.As(err, &failed) || failed.Name != "three" || err.Error() != `fakedaemon: authorization plugin "three" of `+one.dir+`: plugin "three" not found` {
		t.Errorf("%v", err)
	}
	check(asked, []string{"Plugin.Activate"})
	if err := d.SetAuthorizationPlugins([]string{"two"}); err != nil {
		t.Fatal(err)
	}
	check(nil, asked)
	if err := d.SetAuthorizationPlugins(nil); err != nil {
		t.Fatal(err)
	}
	check(nil, nil)
}

// TestCloseEndsPluginCalls: a plugin that does not answer does not hold up Close.
func TestCloseEndsPluginCalls(t *testing.T) {
	t.Parallel()
	p := newPlugin(t, "", "truth")
	d, err := fakedaemon.New(&fakedaemon.Options{PluginDir: p.dir, AuthorizationPlugins: []string{"truth"}})
	if err != nil {
		t.Fatal(err)
	}
	called, release := make(chan struct{}), make(chan struct{})
	p.block("AuthZPlugin.AuthZReq", called, release)
	t.Cleanup(func() { close(release) })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if resp, err := d.HTTPClient().Get("http://docker/_ping"); err == nil {
			resp.Body.Close()
		}
	}()
	<-called
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	<-ended
}
