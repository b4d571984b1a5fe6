package conform

import (
	"errors"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// byCommonName are the flaws of a server whose only name is its common name, docker.example.test.
var byCommonName = []certgen.Flaw{certgen.CNOnly, certgen.SANEmpty, certgen.SANURIOnly}

// ruleOf is what the rule says of a client of family f that presents, checks and calls the daemon by name, when the material
// has a flaw. It is [modes.Refusal]'s when either side stops.
func ruleOf(t *testing.T, f modes.Family, name string, m modes.Material) outcome.Class {
	t.Helper()
	p := modes.Paths{
		Host: name + ":2376", CA: "/client/ca.pem", Cert: "/client/cert.pem", Key: "/client/key.pem",
		ServerCert: "/server/server-cert.pem", ServerKey: "/server/server-key.pem", ClientCA: "/server/ca.pem",
	}
	e := modes.Entry{Daemon: modes.TLSVerify, Client: modes.ClientMutual, Source: modes.Flags, Material: modes.Material{Client: m.Client}}
	daemon, client := modes.Machine{Files: map[string]modes.Holds{}}, modes.Machine{Files: map[string]modes.Holds{}, Home: "/home/user"}
	for name, h := range modes.ServerFiles(m.Server) {
		daemon.Files[path.Join("/server", name)] = h
	}
	for name, h := range modes.ClientFiles(m.Client) {
		client.Files[path.Join("/client", name)] = h
	}
	listeners, err := modes.ResolveDockerd("29.7.0", e.DockerdArgs(p), nil, daemon)
	var end modes.Endpoint
	if err == nil {
		switch f {
		case modes.FamilyDocker:
			end, err = modes.ResolveDocker("29.7.2", e.DockerArgs(p), client)
		case modes.FamilyCurl:
			end, err = modes.ResolveCurl(e.CurlArgs(p, "/version"), client)
			end.TLS12 = true // as certgen.Verdict.Curl
		case modes.FamilyGoClient:
			end, err = modes.ResolveTLSClientConfig(e.ClientHost(p), p.CA, p.Cert, p.Key, client)
		default:
			end = modes.Endpoint{Host: e.ClientHost(p), Mode: modes.ClientMutual, Roots: []modes.Holds{modes.CA}, Family: f}
		}
	}
	if refusal := (*modes.Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Outcome
	}
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(byCommonName, m.Server) {
		listeners[0].Names = []string{"docker.example.test"}
	}
	o, _ := modes.Meet(&listeners[0], end, m)
	return o
}

// goSays is the outcome of a Go program that says text; "" is nothing.
func goSays(text string) outcome.Class {
	if text == "" {
		return outcome.OK
	}
	return modes.GoWords.Recognize(text)
}

// curlExits says whether curl ends with a code in an outcome.
func curlExits(code int, o outcome.Class) bool {
	switch code {
	case 0:
		return o == outcome.OK
	case 35:
		return o.RefusesServer() || o.RefusesClient() || o == outcome.TLSHandshakeFailure
	case 58, 77:
		return o.StopsFirst()
	case 60:
		return o.RefusesServer() || o == outcome.RejectsClientCertExpired || o == outcome.RejectsClientCertNotYetValid
	}
	return false
}

// TestVerdictsOfServerFlaws holds what certgen declares of a flawed daemon against the rule of package modes.
func TestVerdictsOfServerFlaws(t *testing.T) {
	t.Parallel()
	for _, f := range certgen.Flaws() {
		if !f.Server {
			continue
		}
		for name, v := range map[string]certgen.Verdict{"docker.example.test": f.ByName, "127.0.0.1": f.ByIP} {
			m := modes.Material{Server: f.Flaw}
			rule := func(family modes.Family) outcome.Class { return ruleOf(t, family, name, m) }
			if starts := rule(modes.FamilyGo) != outcome.DaemonRefusesToStart; f.Kind == certgen.KindFile && starts == (v.Load != "" && v.Go == "") {
				t.Errorf("%s: the rule says that the daemon starts: %v; certgen that it says %q", m, starts, v.Load)
			}
			if rule(modes.FamilyGo) == outcome.DaemonRefusesToStart {
				continue
			}
			if got, want := goSays(v.Go), rule(modes.FamilyGo); got != want {
				t.Errorf("%s as %s: Go says %q, %s; the rule has %s", m, name, v.Go, got, want)
			}
			if got, want := goSays(v.Docker), rule(modes.FamilyDocker); got != want {
				t.Errorf("%s as %s: the docker CLI says %q, %s; the rule has %s", m, name, v.Docker, got, want)
			}
			if want := rule(modes.FamilyCurl); !curlExits(v.Curl, want) {
				t.Errorf("%s as %s: curl exits with %d; the rule has %s", m, name, v.Curl, want)
			}
		}
	}
}

// alerts are those with which a daemon refuses a client with TLS 1.3 (the recordings, tls/notes.md, "must get right" 1).
var alerts = map[outcome.Class][]string{
	outcome.RejectsNoClientCert:          {"certificate required"},
	outcome.RejectsUnknownClientCA:       {"unknown certificate authority"},
	outcome.RejectsClientCertExpired:     {"expired certificate"},
	outcome.RejectsClientCertNotYetValid: {"expired certificate"},
	outcome.RejectsClientCertEKU:         {"bad certificate"},
	outcome.RejectsClientCertOther:       {"bad certificate", "error decoding message"},
}

// TestVerdictsOfClientFlaws does the same for flawed clients.
func TestVerdictsOfClientFlaws(t *testing.T) {
	t.Parallel()
	for _, f := range certgen.Flaws() {
		if !f.Client {
			continue
		}
		m, v := modes.Material{Client: f.Flaw}, f.OfClient
		rule := func(family modes.Family) outcome.Class { return ruleOf(t, family, "127.0.0.1", m) }

		if o := rule(modes.FamilyGoClient); o.StopsFirst() != (v.Load != "") || v.Load != "" && o != goSays(v.Load) {
			t.Errorf("%s: a Go program says %q of its files; the rule has %s", m, v.Load, o)
		}
		o := rule(modes.FamilyDocker)
		if alert, ok := strings.CutPrefix(v.Docker, "remote error: tls: "); ok && !slices.Contains(alerts[o], alert) || !ok && o != goSays(v.Docker) {
			t.Errorf("%s: the docker CLI says %q; the rule has %s", m, v.Docker, o)
		}
		if o := rule(modes.FamilyCurl); !curlExits(v.Curl, o) {
			t.Errorf("%s: curl exits with %d; the rule has %s", m, v.Curl, o)
		}
		// What the daemon says of a certificate that it gets.
		for _, family := range []modes.Family{modes.FamilyDocker, modes.FamilyCurl} {
			o := rule(family)
			if gets := strings.HasPrefix(string(o), "server-rejects-client-cert-") || o == outcome.RejectsUnknownClientCA; gets && modes.DaemonWords.Recognize(v.Go) != o {
				t.Errorf("%s: the daemon says %q; the rule has %s for %s", m, v.Go, o, family)
			} else if family == modes.FamilyDocker && o == outcome.OK && v.Go != "" {
				t.Errorf("%s: the daemon says %q; the rule lets in %s", m, v.Go, family)
			}
		}
	}
}
