package fakedaemon_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// readOnly is an authorization plugin: only the user "admin" may do more than look.
type readOnly struct{}

func (readOnly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var ask struct{ User, RequestMethod string }
	switch r.URL.Path {
	case "/Plugin.Activate":
		io.WriteString(w, `{"Implements": ["authz"]}`)
		return
	case "/AuthZPlugin.AuthZReq":
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	answer := map[string]any{"Allow": true}
	if ask.RequestMethod == http.MethodPost && ask.User != "admin" {
		answer = map[string]any{"Allow": false, "Msg": ask.User + " may only look"}
	}
	json.NewEncoder(w).Encode(answer)
}

// The author of an authorization plugin puts it in front of a daemon that verifies its clients, and sees what the plugin
// was sent, and what the client was told.
func ExampleDaemon_AuthzExchanges() {
	dir, err := os.MkdirTemp("", "plugins") // in the place of /run/docker/plugins
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket, err := net.Listen("unix", filepath.Join(dir, "read-only.sock"))
	if err != nil {
		log.Fatal(err)
	}
	plugin := &http.Server{Handler: readOnly{}}
	go plugin.Serve(socket)
	defer plugin.Close()

	d, err := fakedaemon.New(&fakedaemon.Options{
		Mode:                 modes.TLSVerify,
		AuthorizationPlugins: []string{"read-only"},
		PluginDir:            dir,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()

	if _, err := d.HTTPClient().Get("http://docker/v1.51/containers/json"); err != nil {
		log.Fatal(err)
	}
	resp, err := d.HTTPClient().Post("http://docker/v1.51/containers/create", "application/json", strings.NewReader(`{"Image": "alpine"}`))
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(resp.Status, " ", string(body))
	for _, x := range d.AuthzExchanges() {
		if x.Sent.Phase != "" {
			fmt.Println(x.Method, x.Sent.User, x.Sent.RequestMethod, x.Sent.RequestURI, string(x.Sent.RequestBody), x.Sent.ResponseStatusCode, x.Decision.Allow)
		}
	}
	// Output:
	// 403 Forbidden {"message":"authorization denied by plugin read-only: client may only look"}
	// AuthZPlugin.AuthZReq client GET /v1.51/containers/json  0 true
	// AuthZPlugin.AuthZRes client GET /v1.51/containers/json  200 true
	// AuthZPlugin.AuthZReq client POST /v1.51/containers/create {"Image": "alpine"} 0 false
}

// A test can be the authorization plugin itself.
func ExampleOptions_authorize() {
	d, err := fakedaemon.New(&fakedaemon.Options{
		Authorize: func(r fakedaemon.AuthzRequest) fakedaemon.AuthzDecision {
			if r.Phase == fakedaemon.AuthzReq && r.RequestMethod != http.MethodGet {
				return fakedaemon.AuthzDecision{Msg: "look, but do not touch"}
			}
			return fakedaemon.AuthzDecision{Allow: true}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()

	resp, err := d.HTTPClient().Post("http://docker/images/prune", "", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(body))
	// Output:
	// {"message":"authorization denied by plugin Options.Authorize: look, but do not touch"}
}
