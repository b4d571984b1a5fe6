package rule_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

const (
	unchecked = rule.TLS | rule.Presents
	verifying = rule.TLS | rule.Verifies
	mutual    = verifying | rule.Presents
)

// sameFamily: there is one of each.
var sameFamily = cmp.Comparer(func(a, b *rule.Family) bool { return a == b })

func wantRefusal(t *testing.T, what string, err error, want outcome.Class) {
	t.Helper()
	r := (*rule.Refusal)(nil)
	if !errors.As(err, &r) || r.Outcome != want || r.Why == "" {
		t.Errorf("%s: got %v, want %s", what, err, want)
	}
}

func TestRefusalNamesItsClass(t *testing.T) {
	t.Parallel()
	_, err := rule.ResolveDocker("29.7.2", []string{"--tls"}, rule.Machine{})
	if want := "client-config-error-missing-file: the CLI wants ca.pem and there is none"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

const all = "ca.pem cert.pem key.pem"

// machine has the files of a client in ".", and those that are named in ~/.docker.
func machine(home, env string) rule.Machine {
	m := rule.Machine{Home: "/home/user", Env: map[string]string{}, Files: map[string]rule.Holds{
		"ca.pem": rule.CA, "other.pem": rule.OtherCA, "cert.pem": rule.CertFile, "key.pem": rule.KeyFile, "empty.pem": rule.Nothing,
		"zone1/ca.pem": rule.CA, "zone1/cert.pem": rule.CertFile, "zone1/key.pem": rule.KeyFile,
		"pool/any.pem": rule.CA,
	}}
	for name := range strings.FieldsSeq(home) {
		m.Files["/home/user/.docker/"+name] = m.Files[name]
	}
	for v := range strings.FieldsSeq(env) {
		name, value, _ := strings.Cut(v, "=")
		m.Env[name] = value
	}
	return m
}

func TestResolveDocker(t *testing.T) {
	t.Parallel()
	const host = "tcp://127.0.0.1:2376"
	on := func(mode rule.Mode, roots ...rule.Holds) rule.Endpoint {
		return rule.Endpoint{Host: host, Mode: mode, Roots: roots, Family: rule.ByName("docker")}
	}
	at := func(host string, e rule.Endpoint) rule.Endpoint {
		e.Host = host
		return e
	}
	for _, test := range []struct {
		version    string // "29.7.2"
		args       string
		home, env  string
		contexts   map[string]string
		current    string
		want       rule.Endpoint
		refuses    outcome.Class
		emptyFlags []string
	}{
		// Hosts.
		{args: "ps", want: at("unix:///var/run/docker.sock", on(rule.Plain))},
		{args: "-H=127.0.0.1:2376 ps", want: on(rule.Plain)},
		{args: "-H127.0.0.1:2376", want: on(rule.Plain)},
		{args: "--host tcp://127.0.0.1:2376", want: on(rule.Plain)},
		{args: "-H :2376", want: at("tcp://localhost:2376", on(rule.Plain))},
		{args: "-H tcp://", want: at("tcp://localhost:2375", on(rule.Plain))},
		{args: "-H tcp://[::1]:", want: at("tcp://[::1]:2375", on(rule.Plain))},
		{args: "-H tcp://[::1]", refuses: outcome.ConfigUsage},
		{args: "-H unix://", want: at("unix:///var/run/docker.sock", on(rule.Plain))},
		{args: "-H ssh://me@there", want: at("ssh://me@there", on(rule.Plain))},
		{args: "-H https://127.0.0.1:2376", refuses: outcome.ConfigUsage},
		{args: "-H tcp://http://x", refuses: outcome.ConfigUsage},
		{args: "-H a -H b", refuses: outcome.ConfigUsage},
		{args: "-H", refuses: outcome.ConfigUsage},
		{args: "--tlsverify", home: all, want: at("tcp://localhost:2376", on(mutual, rule.CA))},
		{args: "--tlsverify -H tcp://127.0.0.1", home: all, want: at("tcp://127.0.0.1:2375", on(mutual, rule.CA))},
		{env: "DOCKER_HOST=" + host, want: on(rule.Plain)},
		{args: "-H " + host, env: "DOCKER_HOST=tcp://elsewhere:1", want: on(rule.Plain)},

		// What the flags say.
		{args: "--tlsverify --tlscacert=ca.pem -H " + host, want: on(verifying, rule.CA)},
		{args: "--tlsverify --tlscacert=other.pem --tlscert=cert.pem --tlskey=key.pem -H " + host, want: on(mutual, rule.OtherCA)},
		{args: "--tls --tlscacert ca.pem --tlscert cert.pem --tlskey key.pem -H " + host, want: on(unchecked, rule.CA)},
		{args: "--tlsverify=false --tlscacert=ca.pem -H " + host, want: on(rule.TLS, rule.CA)},
		{args: "--tls=false --tlsverify --tlscacert=ca.pem -H " + host, want: on(verifying, rule.CA)},
		{args: "--tls=false --tlscacert=ca.pem -H " + host, want: on(rule.Plain)},
		{args: "--tls=perhaps -H " + host, refuses: outcome.ConfigUsage},
		{args: "--tlsfoo -H " + host, refuses: outcome.ConfigUsage},
		{args: "-x", refuses: outcome.ConfigUsage},
		{args: "--debug -D --version -v --help -h --config zone1 --log-level warn -l info -H " + host, want: on(rule.Plain)},
		{args: "-H " + host + " ps --tlsverify", want: on(rule.Plain)},
		{args: "-H " + host + " -- --tlsverify", want: on(rule.Plain)},

		// Files: ca.pem must be there, cert.pem and key.pem only where a flag names them.
		{args: "--tls -H " + host, refuses: outcome.ConfigMissingFile},
		{args: "--tls -H " + host, home: "ca.pem", want: on(rule.TLS, rule.CA)},
		{args: "--tlsverify -H " + host, home: "ca.pem cert.pem", want: on(verifying, rule.CA)},
		{args: "--tlsverify --tlscert=none.pem -H " + host, home: all, refuses: outcome.ConfigMissingFile},
		{args: "--tlsverify --tlscacert=empty.pem -H " + host, refuses: outcome.ConfigBadMaterial},
		{args: "--tlsverify --tlscacert=ca.pem --tlscert=empty.pem --tlskey=key.pem -H " + host, refuses: outcome.ConfigBadMaterial},
		{args: "--tlsverify --tlscacert=ca.pem --tlscert=empty.pem -H " + host, want: on(verifying, rule.CA)},

		// An empty --tlscacert is the system's pool, and without a client certificate it is no TLS at all.
		{args: "--tlsverify --tlscacert= -H " + host, want: on(rule.Plain)},
		{args: "--tlsverify --tlscacert= --tlscert=cert.pem --tlskey=key.pem -H " + host, want: on(mutual)},
		{args: "--tlsverify --tlscacert= --tlscert=cert.pem --tlskey=key.pem -H " + host, env: "SSL_CERT_FILE=other.pem SSL_CERT_DIR=x:pool", want: on(mutual, rule.OtherCA, rule.CA)},
		{version: "20.10.24", args: "--tlsverify --tlscacert= -H " + host, refuses: outcome.ClientCrash},
		{version: "28.2.2", args: "--tlsverify --tlscacert= -H " + host, want: on(rule.Plain)},

		// Quotes around a file are taken off before 29.
		{version: "20.10.24", args: "--tlsverify --tlscacert='ca.pem' -H " + host, want: on(verifying, rule.CA)},
		{version: "28.2.2", args: `--tlsverify --tlscacert="ca.pem" -H ` + host, want: on(verifying, rule.CA)},
		{args: "--tlsverify --tlscacert='ca.pem' -H " + host, refuses: outcome.ConfigMissingFile},

		// The environment: any value turns TLS on, but an empty one.
		{env: "DOCKER_TLS_VERIFY=0 DOCKER_CERT_PATH=zone1 DOCKER_HOST=" + host, want: on(mutual, rule.CA)},
		{env: "DOCKER_TLS=0 DOCKER_CERT_PATH=zone1 DOCKER_HOST=" + host, want: on(unchecked, rule.CA)},
		{env: "DOCKER_TLS_VERIFY= DOCKER_CERT_PATH=zone1 DOCKER_HOST=" + host, want: on(rule.Plain)},
		{env: "DOCKER_CERT_PATH=zone1 DOCKER_HOST=" + host, want: on(rule.Plain)},
		{env: "DOCKER_TLS_VERIFY=1 DOCKER_CONFIG=zone1 DOCKER_HOST=" + host, want: on(mutual, rule.CA)},
		{env: "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=none DOCKER_CONFIG=zone1 DOCKER_HOST=" + host, refuses: outcome.ConfigMissingFile},
		{args: "--tls=false", env: "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=zone1 DOCKER_HOST=" + host, want: on(mutual, rule.CA)},

		// Contexts, and what comes before them.
		{args: "-c mine --tlsverify", contexts: map[string]string{"mine": "host=" + host}, want: on(rule.Plain)},
		{args: "--context mine", contexts: map[string]string{"mine": "host=" + host + ",ca=ca.pem"}, want: on(verifying, rule.CA)},
		{args: "--context mine", env: "DOCKER_HOST=tcp://elsewhere:1", contexts: map[string]string{"mine": "host=" + host}, want: on(rule.Plain)},
		{env: "DOCKER_CONTEXT=mine", contexts: map[string]string{"mine": "host=" + host + ",skip-tls-verify=true"}, want: on(rule.TLS)},
		{env: "DOCKER_CONTEXT=mine DOCKER_HOST=" + host, contexts: map[string]string{"mine": "host=tcp://elsewhere:1"}, want: on(rule.Plain)},
		{args: "-H " + host, env: "DOCKER_CONTEXT=mine", contexts: map[string]string{"mine": "host=tcp://elsewhere:1"}, want: on(rule.Plain)},
		{env: "DOCKER_CONTEXT=default DOCKER_HOST=", current: "mine", want: at("unix:///var/run/docker.sock", on(rule.Plain))},
		{env: "DOCKER_HOST=", current: "mine", contexts: map[string]string{"mine": "host=" + host}, want: on(rule.Plain)},
		{version: "20.10.24", env: "DOCKER_HOST=", current: "mine", want: at("unix:///var/run/docker.sock", on(rule.Plain))},
		{args: "--context mine -H " + host, contexts: map[string]string{"mine": "host=" + host}, refuses: outcome.ConfigUsage},
		{args: "--context none", refuses: outcome.ConfigUsage},
		{args: "--context mine", contexts: map[string]string{"mine": "host=" + host + ",ca=none.pem"}, refuses: outcome.ConfigAtContextCreate},
		{args: "--context mine", contexts: map[string]string{"mine": "host=" + host + ",ca=empty.pem"}, refuses: outcome.ConfigAtContextCreate},
		{args: "--context mine", contexts: map[string]string{"mine": "host=" + host + ",skip-tls-verify=maybe"}, refuses: outcome.ConfigAtContextCreate},

		// A unix socket is never TLS: 28 and 29 leave it out, 20.10 fails.
		{args: "--tlsverify -H unix:///x.sock", home: all, want: at("unix:///x.sock", on(rule.Plain))},
		{args: "--tlsverify --tlscacert=none.pem -H unix:///x.sock", refuses: outcome.ConfigMissingFile},
		{version: "20.10.24", args: "--tlsverify -H unix:///x.sock", home: all, refuses: outcome.TLSOverUnixFails},
		{version: "20.10.24", args: "-c mine", contexts: map[string]string{"mine": "host=unix:///x.sock,ca=ca.pem"}, refuses: outcome.TLSOverUnixFails},
	} {
		m := machine(test.home, test.env)
		m.Contexts, m.CurrentContext = test.contexts, test.current
		version := test.version
		switch version {
		case "":
			version = "29.7.2"
		case "20.10.24":
			test.want.Family = rule.ByName("docker-20.10")
		}
		got, err := rule.ResolveDocker(version, strings.Fields(test.args), m)
		what := version + " " + test.args + " env " + test.env
		if test.refuses != "" {
			wantRefusal(t, what, err, test.refuses)
			continue
		}
		if diff := cmp.Diff(test.want, got, sameFamily, cmpopts.IgnoreUnexported(rule.Endpoint{}), cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", what, err, diff)
		}
	}
}

func TestResolveDockerd(t *testing.T) {
	t.Parallel()
	const host, pair = "tcp://127.0.0.1:2376", " --tlscert=cert.pem --tlskey=key.pem -H tcp://127.0.0.1:2376"
	one := func(mode rule.Mode, cas ...rule.Holds) []rule.Listener {
		return []rule.Listener{{Host: host, Mode: mode, ClientCAs: cas}}
	}
	system := func(cas ...rule.Holds) []rule.Listener {
		return []rule.Listener{{Host: host, Mode: verifying, ClientCAs: cas, SystemPool: true}}
	}
	only := func(host string, mode rule.Mode, cas ...rule.Holds) []rule.Listener {
		return []rule.Listener{{Host: host, Mode: mode, ClientCAs: cas}}
	}
	const file = `"hosts": ["tcp://127.0.0.1:2376"], "tlscert": "cert.pem", "tlskey": "key.pem"`
	for _, test := range []struct {
		engine    string // "29.7.0"
		args      string
		json      string
		home, env string
		want      []rule.Listener // nil: it does not start
	}{
		{want: only("unix:///var/run/docker.sock", rule.Plain)},
		{args: "--tls=false", want: only("unix:///var/run/docker.sock", rule.Plain)},
		{args: "--debug --label=a=b -D -H 127.0.0.1:2376", want: one(rule.Plain)},
		{args: "-H tcp://127.0.0.1:2376 -H 127.0.0.1:2376 -H unix:///x.sock", want: append(one(rule.Plain), rule.Listener{Host: "unix:///x.sock", Mode: rule.Plain})},
		{args: "-H 127.0.0.1", want: only("tcp://127.0.0.1:2375", rule.Plain)},
		{args: "-H :2376", want: only("tcp://localhost:2376", rule.Plain)},
		{args: "-H tcp://127.0.0.1:x"},
		{engine: "20.10.24", args: "-H tcp://127.0.0.1:x"},
		{args: "-H tcp://127.0.0.1:0"},
		{engine: "20.10.24", args: "-H tcp://127.0.0.1:0", want: only("tcp://127.0.0.1:0", rule.Plain)},
		{args: "-H tcp://127.0.0.1:2376/path"},
		{args: "-H tcp://127.0.0.1:99999"},
		{args: "-H fd://"},
		{args: "-H ssh://x"},
		{args: "-H http://x"},
		{args: "-H"},
		{args: "--tls=perhaps"},

		// --tls alone means --tlsverify.
		{args: "--tls" + pair},
		{args: "--tls" + pair, home: "ca.pem", want: one(verifying, rule.CA)},
		{args: "--tls --tlscacert=other.pem" + pair, want: one(verifying, rule.OtherCA)},
		{args: "--tlsverify --tlscacert=ca.pem" + pair, want: one(verifying, rule.CA)},
		{args: "--tls --tlsverify=false" + pair, want: one(rule.TLS)},
		{args: "--tlsverify=false --tlscacert=none.pem" + pair, want: one(rule.TLS)},
		{args: "--tlsverify", home: all, want: only("tcp://localhost:2376", verifying, rule.CA)},
		{args: "--tlsverify --tlscacert=ca.pem -H " + host},
		{args: "--tlsverify --tlscacert=empty.pem" + pair},
		{args: "--tlsverify --tlscacert=ca.pem --tlscert=empty.pem --tlskey=key.pem -H " + host},
		{args: "--tlsverify --tlscacert=" + pair, want: system()},
		{engine: "20.10.24", args: "--tlsverify --tlscacert=" + pair},
		{args: "--tlscacert=ca.pem" + pair, want: one(rule.Plain)},

		// The environment.
		{args: "-H " + host, env: "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=zone1", want: one(rule.Plain)},
		{args: "--tls=false -H " + host, env: "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=zone1", want: one(verifying, rule.CA)},
		{args: "--tls -H " + host, env: "DOCKER_CONFIG=zone1", want: one(verifying, rule.CA)},

		// daemon.json.
		{json: `{}`, want: only("unix:///var/run/docker.sock", rule.Plain)},
		{json: ` `, want: only("unix:///var/run/docker.sock", rule.Plain)},
		{engine: "20.10.24", json: ` `},
		{json: `{"tls": true,}`},
		{json: `{"tls": "yes"}`},
		{json: `{"tls": true, ` + file + `}`, want: system()},
		{json: `{"tls": true, ` + file + `}`, env: "SSL_CERT_FILE=ca.pem", want: system(rule.CA)},
		{json: `{"tls": true, "tlsverify": false, ` + file + `}`, want: one(rule.TLS)},
		{json: `{"tlsverify": false, ` + file + `}`, want: one(rule.TLS)},
		{json: `{"tlsverify": true, "tlscacert": "ca.pem", ` + file + `}`, want: one(verifying, rule.CA)},
		{json: `{"tlsverify": true, "tlscacert": "ca.pem", ` + file + `}`, args: "--tls=false", want: one(verifying, rule.CA)},
		{json: `{"tlsverify": true, "tlscacert": "ca.pem", ` + file + `}`, args: "--tlsverify"},
		{json: `{` + file + `}`, args: "--tlsverify --tlscacert=ca.pem", want: one(verifying, rule.CA)},
		{json: `{` + file + `}`, args: "-H unix:///x.sock"},
		{json: `{"hosts": ["tcp://127.0.0.1:2376"], "tlsverify": true}`, env: "DOCKER_CERT_PATH=zone1"},
		{json: `{"tlsverify": true, "tlscacert": "ca.pem", "tlscert": "cert.pem", "tlskey": "key.pem"}`, want: only("unix:///var/run/docker.sock", rule.Plain)},
		{engine: "20.10.24", json: `{"tlsverify": true, "tlscacert": "ca.pem", "tlscert": "cert.pem", "tlskey": "key.pem"}`,
			want: []rule.Listener{{Host: "tcp://localhost:2376", Mode: verifying, ClientCAs: []rule.Holds{rule.CA}, OldGo: true}}},
	} {
		engine := test.engine
		if engine == "" {
			engine = "29.7.0"
		}
		var file []byte
		if test.json != "" {
			file = []byte(test.json)
		}
		got, err := rule.ResolveDockerd(engine, strings.Fields(test.args), file, machine(test.home, test.env))
		what := strings.Join([]string{engine, test.args, test.json, test.env}, " ")
		if test.want == nil {
			wantRefusal(t, what, err, outcome.DaemonRefusesToStart)
			continue
		}
		if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", what, err, diff)
		}
	}
}

func TestResolveCurl(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args, env string
		want      rule.Endpoint
		refuses   outcome.Class
	}{
		{args: "-sS -i http://h:1/x", want: rule.Endpoint{Host: "tcp://h:1", Mode: rule.Plain}},
		{args: "https://h:1/x --cert cert.pem --key key.pem --cacert ca.pem", want: rule.Endpoint{Host: "tcp://h:1", Mode: mutual, Roots: []rule.Holds{rule.CA}}},
		{args: "-k https://h:1/x -E cert.pem --key key.pem", want: rule.Endpoint{Host: "tcp://h:1", Mode: unchecked}},
		{args: "--insecure https://h:1/x", want: rule.Endpoint{Host: "tcp://h:1", Mode: rule.TLS}},
		{args: "--tls-max 1.2 https://h:1/x", env: "SSL_CERT_DIR=pool", want: rule.Endpoint{Host: "tcp://h:1", Mode: verifying, Roots: []rule.Holds{rule.CA}, TLS12: true}},
		{args: "--unix-socket /x.sock https://localhost/x", want: rule.Endpoint{Host: "unix:///x.sock", Mode: verifying}},
		{args: "https://h:1/x --cacert none.pem", refuses: outcome.ConfigBadMaterial},
		{args: "https://h:1/x --cacert none.pem --cert none.pem --key none.pem", refuses: outcome.ConfigMissingFile},
		{args: "https://h:1/x --cacert empty.pem", refuses: outcome.ConfigBadMaterial},
		{args: "https://h:1/x --cert cert.pem --key none.pem", refuses: outcome.ConfigBadMaterial},
		{args: "-sS", refuses: outcome.ConfigUsage},
		{args: "https://h:1/x --cacert", refuses: outcome.ConfigUsage},
	} {
		got, err := rule.ResolveCurl(strings.Fields(test.args), machine("", test.env))
		if test.refuses != "" {
			wantRefusal(t, test.args, err, test.refuses)
			continue
		}
		test.want.Family = rule.ByName("curl")
		if diff := cmp.Diff(test.want, got, sameFamily, cmpopts.IgnoreUnexported(rule.Endpoint{}), cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", test.args, err, diff)
		}
	}
}

func TestResolveGo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		env     string
		want    rule.Endpoint
		refuses outcome.Class
	}{
		{want: rule.Endpoint{Host: "unix:///var/run/docker.sock", Mode: rule.Plain}},
		{env: "DOCKER_HOST=tcp://h:1 DOCKER_TLS_VERIFY=1", want: rule.Endpoint{Host: "tcp://h:1", Mode: rule.Plain}},
		{env: "DOCKER_HOST=tcp://h:1 DOCKER_CERT_PATH=zone1", want: rule.Endpoint{Host: "tcp://h:1", Mode: unchecked}},
		{env: "DOCKER_HOST=tcp://h:1 DOCKER_CERT_PATH=zone1 DOCKER_TLS_VERIFY=0 SSL_CERT_FILE=other.pem",
			want: rule.Endpoint{Host: "tcp://h:1", Mode: mutual, Roots: []rule.Holds{rule.OtherCA, rule.CA}}},
		{env: "DOCKER_HOST=tcp://h:1 DOCKER_CERT_PATH=none", refuses: outcome.ConfigMissingFile},
		{env: "DOCKER_HOST=h:1", refuses: outcome.ConfigUsage},
	} {
		got, err := rule.ResolveFromEnv(machine("", test.env))
		if test.refuses != "" {
			wantRefusal(t, test.env, err, test.refuses)
			continue
		}
		test.want.Family = rule.ByName("go-client")
		if diff := cmp.Diff(test.want, got, sameFamily, cmpopts.IgnoreUnexported(rule.Endpoint{}), cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", test.env, err, diff)
		}
	}
	m := machine("", "SSL_CERT_FILE=other.pem")
	got, err := rule.ResolveTLSClientConfig("tcp://h:1", "", "cert.pem", "key.pem", m)
	if err != nil || got.Mode != mutual || !slices.Equal(got.Roots, []rule.Holds{rule.OtherCA}) {
		t.Errorf("without CA: %v, %v", got, err)
	}
	got, err = rule.ResolveTLSClientConfig("tcp://h:1", "ca.pem", "", "", m)
	if err != nil || got.Mode != verifying || !slices.Equal(got.Roots, []rule.Holds{rule.CA}) {
		t.Errorf("with CA: %v, %v", got, err)
	}
	_, err = rule.ResolveTLSClientConfig("tcp://h:1", "empty.pem", "", "", m)
	wantRefusal(t, "empty CA", err, outcome.ConfigBadMaterial)
}

// TestMeet has what the entries of the matrix do not show.
func TestMeet(t *testing.T) {
	t.Parallel()
	l := rule.Listener{Host: "tcp://127.0.0.1:2376", Mode: verifying, ClientCAs: []rule.Holds{rule.CA}, Names: []string{"docker.test", "127.0.0.1"}}
	with := func(change func(*rule.Listener)) *rule.Listener {
		c := l
		change(&c)
		return &c
	}
	same := with(func(*rule.Listener) {})
	systemPool := with(func(l *rule.Listener) { l.SystemPool = true })
	oldGo := with(func(l *rule.Listener) { l.OldGo = true })
	for _, test := range []struct {
		l      *rule.Listener
		host   string // tcp://127.0.0.1:2376
		roots  []rule.Holds
		server certgen.Flaw
		client certgen.Flaw
		docker outcome.Class
		curl   outcome.Class
	}{
		{l: nil, docker: outcome.ConnectionRefused, curl: outcome.ConnectionRefused},
		{l: nil, host: "unix:///x.sock", docker: outcome.NoSuchSocket, curl: outcome.ConnectionRefused},
		{l: same, docker: outcome.OK, curl: outcome.OK},
		{l: same, host: "tcp://localhost:2376", docker: outcome.RejectsServerHostname, curl: outcome.RejectsServerHostname},
		{l: same, roots: []rule.Holds{rule.OtherCA}, docker: outcome.RejectsServerUnknownAuthority, curl: outcome.RejectsServerUnknownAuthority},
		{l: same, roots: []rule.Holds{rule.OtherCA}, server: "other-ca", docker: outcome.OK, curl: outcome.OK},
		{l: same, roots: []rule.Holds{rule.OtherCA}, server: "expired", docker: outcome.RejectsServerExpired, curl: outcome.RejectsServerUnknownAuthority},
		{l: same, roots: []rule.Holds{rule.OtherCA}, host: "tcp://localhost:2376", docker: outcome.RejectsServerHostname, curl: outcome.RejectsServerUnknownAuthority},
		{l: same, server: "cn-only", docker: outcome.RejectsServerHostname, curl: outcome.OK},
		{l: same, host: "tcp://docker.test:2376", server: "cn-only", docker: outcome.RejectsServerLegacyCN, curl: outcome.OK},
		{l: same, host: "tcp://other.test:2376", server: "cn-only", docker: outcome.RejectsServerLegacyCN, curl: outcome.RejectsServerHostname},
		{l: same, server: "other-ca-same-subject", docker: outcome.RejectsServerUnknownAuthority, curl: outcome.RejectsServerWeakCrypto},
		{l: same, server: "expired", client: "expired", docker: outcome.RejectsServerExpired, curl: outcome.RejectsServerExpired},
		{l: systemPool, client: "other-ca", docker: outcome.RejectsUnknownClientCA, curl: outcome.RejectsUnknownClientCA},
		{l: systemPool, client: "self-signed", docker: outcome.RejectsUnknownClientCA, curl: outcome.RejectsUnknownClientCA},
		{l: same, client: "ten-thousand-names", docker: outcome.OK, curl: outcome.ConnectionClosed},
		{l: oldGo, client: "ten-thousand-names", docker: outcome.RejectsClientCertOther, curl: outcome.RejectsClientCertOther},
		{l: oldGo, client: "duplicate-extension", docker: outcome.ConfigBadMaterial, curl: outcome.ConfigBadMaterial},
	} {
		e := rule.Endpoint{Host: test.host, Mode: mutual, Roots: test.roots}
		if e.Host == "" {
			e.Host = "tcp://127.0.0.1:2376"
		}
		if e.Roots == nil {
			e.Roots = []rule.Holds{rule.CA}
		}
		for family, want := range map[string]outcome.Class{"docker": test.docker, "go": test.docker, "curl": test.curl} {
			e.Family = rule.ByName(family)
			if got, why := rule.Meet(test.l, e, test.server, test.client); got != want || why == "" {
				t.Errorf("%s to %s, %q and %q, trusting %v: got %s (%s), want %s", family, e.Host, test.server, test.client, e.Roots, got, why, want)
			}
		}
	}
}

// Sockets from systemd: the first host fd:// takes them all.
func TestResolveDockerdActivated(t *testing.T) {
	t.Parallel()
	const socket, port = "unix:///run/docker.sock", "tcp://127.0.0.1:2375"
	pair := []rule.Listener{{Host: port, Mode: rule.Plain}, {Host: socket, Mode: rule.Plain}}
	for _, test := range []struct {
		args   string
		passed []string
		want   []rule.Listener // nil: it does not start
	}{
		{"-H fd://", nil, nil},
		{"-H fd://", []string{socket, port}, pair},
		{"-H fd://*", []string{socket, port}, pair},
		{"-H fd://3", []string{socket, port}, pair[1:]},
		{"-H fd://4", []string{socket, port}, pair[:1]},
		{"-H fd:// -H " + port, []string{socket}, pair},
		{"-H fd://5", []string{socket, port}, nil},
		{"-H fd://2", []string{socket, port}, nil},
		{"-H fd://docker.socket", []string{socket}, nil},
		{"-H fd://3 -H fd://4", []string{socket, port}, nil},
		{"--tlsverify --tlscacert=ca.pem --tlscert=cert.pem --tlskey=key.pem -H fd://", []string{socket, port},
			[]rule.Listener{{Host: port, Mode: verifying, ClientCAs: []rule.Holds{rule.CA}}, pair[1]}},
	} {
		m := rule.Machine{Activated: test.passed, Files: map[string]rule.Holds{"ca.pem": rule.CA, "cert.pem": rule.CertFile, "key.pem": rule.KeyFile}}
		got, err := rule.ResolveDockerd("28.5.2", strings.Fields(test.args), nil, m)
		if (err == nil) != (test.want != nil) {
			t.Errorf("%s with %q: %v", test.args, test.passed, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s with %q (-want +got)\n%s", test.args, test.passed, diff)
		}
	}
}
