package modes_test

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

var paths = modes.Paths{
	Host: "127.0.0.1:2376", Socket: "/run/docker.sock", SSH: "docker-user@127.0.0.1:22",
	CA: "ca.pem", Cert: "cert.pem", Key: "key.pem", CertDir: "zone1", ConfigDir: "config", SystemCA: "system/ca.pem",
	ServerCert: "server-cert.pem", ServerKey: "server-key.pem", ClientCA: "daemon-ca.pem",
}

// rendered is everything that an entry renders as text.
type rendered struct {
	Dockerd, Docker, Context, Curl string
	Env, Layout                    []string
	JSON                           string
}

// layout is the layout of an entry in the form "certs/ca.pem:ca".
func layout(e modes.Entry) []string {
	var all []string
	for _, f := range e.Layout() {
		all = append(all, string(f.Dir)+"/"+f.Name+":"+string(f.Holds))
	}
	return all
}

func render(e modes.Entry) rendered {
	return rendered{
		Dockerd: strings.Join(e.DockerdArgs(paths), " "), Docker: strings.Join(e.DockerArgs(paths), " "),
		Context: strings.Join(e.ContextArgs(paths, "mine"), " "), Curl: strings.Join(e.CurlArgs(paths, "/images/json"), " "),
		Env: e.Env(paths), Layout: layout(e), JSON: string(e.DaemonJSON(paths)),
	}
}

func TestRenderings(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]rendered{
		"tlsverify/mutual/flags": {
			Dockerd: "--tlsverify --tlscacert=daemon-ca.pem --tlscert=server-cert.pem --tlskey=server-key.pem -H=tcp://127.0.0.1:2376",
			Docker:  "--tlsverify --tlscacert=ca.pem --tlscert=cert.pem --tlskey=key.pem -H=tcp://127.0.0.1:2376",
			Curl:    "-sS https://127.0.0.1:2376/images/json --cert cert.pem --key key.pem --cacert ca.pem",
			JSON: `{
  "hosts": [
    "tcp://127.0.0.1:2376"
  ],
  "tls": true,
  "tlsverify": true,
  "tlscacert": "daemon-ca.pem",
  "tlscert": "server-cert.pem",
  "tlskey": "server-key.pem"
}
`,
		},
		"tls/tls/env": {
			Dockerd: "--tls --tlsverify=false --tlscert=server-cert.pem --tlskey=server-key.pem -H=tcp://127.0.0.1:2376",
			Env:     []string{"DOCKER_HOST=tcp://127.0.0.1:2376", "DOCKER_TLS=1", "DOCKER_CERT_PATH=zone1"},
			Layout:  []string{"certs/ca.pem:ca"},
			JSON: `{
  "hosts": [
    "tcp://127.0.0.1:2376"
  ],
  "tls": true,
  "tlsverify": false,
  "tlscert": "server-cert.pem",
  "tlskey": "server-key.pem"
}
`,
		},
		"env/verify1-DOCKER_CONFIG": {
			Dockerd: "--tlsverify --tlscacert=daemon-ca.pem --tlscert=server-cert.pem --tlskey=server-key.pem -H=tcp://127.0.0.1:2376",
			Env:     []string{"DOCKER_HOST=tcp://127.0.0.1:2376", "DOCKER_TLS_VERIFY=1", "DOCKER_CONFIG=config"},
			Layout:  []string{"config/ca.pem:ca", "config/cert.pem:cert", "config/key.pem:key"},
			JSON: `{
  "hosts": [
    "tcp://127.0.0.1:2376"
  ],
  "tls": true,
  "tlsverify": true,
  "tlscacert": "daemon-ca.pem",
  "tlscert": "server-cert.pem",
  "tlskey": "server-key.pem"
}
`,
		},
		"env/unix-verify1-nocerts": {
			Dockerd: "-H=unix:///run/docker.sock",
			Env:     []string{"DOCKER_HOST=unix:///run/docker.sock", "DOCKER_TLS_VERIFY=1"},
			JSON:    "{\n  \"hosts\": [\n    \"unix:///run/docker.sock\"\n  ]\n}\n",
		},
		"tcp/tlsverify/home": {
			Dockerd: "-H=tcp://127.0.0.1:2376",
			Env:     []string{"DOCKER_HOST=tcp://127.0.0.1:2376", "DOCKER_TLS_VERIFY=1"},
			Layout:  []string{"home/ca.pem:ca"},
			JSON:    "{\n  \"hosts\": [\n    \"tcp://127.0.0.1:2376\"\n  ]\n}\n",
		},
		"unix/plain/home": {
			Dockerd: "-H=unix:///run/docker.sock",
			Env:     []string{"DOCKER_HOST=unix:///run/docker.sock"},
			Layout:  []string{"home/ca.pem:ca", "home/cert.pem:cert", "home/key.pem:key"},
			JSON:    "{\n  \"hosts\": [\n    \"unix:///run/docker.sock\"\n  ]\n}\n",
		},
		"unix/tls+cert/context": {
			Dockerd: "-H=unix:///run/docker.sock",
			Context: "context create mine --docker host=unix:///run/docker.sock,cert=cert.pem,key=key.pem,skip-tls-verify=true",
			JSON:    "{\n  \"hosts\": [\n    \"unix:///run/docker.sock\"\n  ]\n}\n",
		},
		"unix/mutual/flags": {
			Dockerd: "-H=unix:///run/docker.sock",
			Docker:  "--tlsverify --tlscacert=ca.pem --tlscert=cert.pem --tlskey=key.pem -H=unix:///run/docker.sock",
			Curl:    "-sS --unix-socket /run/docker.sock https://localhost/images/json --cert cert.pem --key key.pem --cacert ca.pem",
			JSON:    "{\n  \"hosts\": [\n    \"unix:///run/docker.sock\"\n  ]\n}\n",
		},
	} {
		if diff := cmp.Diff(want, render(entry(t, id))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

// TestCommonNameIsDialledByName: the flaw shows only there.
func TestCommonNameIsDialledByName(t *testing.T) {
	t.Parallel()
	e := entry(t, "tlsverify/mutual/flags/server:cn-only")
	if got := e.ClientHost(paths); got != "tcp://localhost:2376" {
		t.Errorf("client dials %s", got)
	}
	if got := e.DaemonHost(paths); got != "tcp://127.0.0.1:2376" {
		t.Errorf("daemon listens on %s", got)
	}
}

// TestSpellingsOfOneEntryAgree: daemon.json and flags of an entry mean the same to every engine, and to the
// mode that the entry names.
func TestSpellingsOfOneEntryAgree(t *testing.T) {
	t.Parallel()
	m := rule.Machine{Files: map[string]rule.Holds{
		paths.ClientCA: rule.CA, paths.ServerCert: rule.CertFile, paths.ServerKey: rule.KeyFile,
	}}
	for _, e := range modes.Entries() {
		want := []rule.Listener{{Host: e.DaemonHost(paths), Mode: map[modes.Daemon]rule.Mode{modes.TLS: rule.TLS, modes.TLSVerify: rule.TLS | rule.Verifies}[e.Daemon]}}
		if e.Daemon == modes.TLSVerify {
			want[0].ClientCAs = []rule.Holds{rule.CA}
		}
		for _, engine := range []string{"20.10.24", "28.5.2", "29.7.0"} {
			want[0].OldGo = e.Daemon == modes.TLSVerify && engine == "20.10.24"
			byFlags, err := rule.ResolveDockerd(engine, e.DockerdArgs(paths), nil, m)
			if diff := cmp.Diff(want, byFlags); diff != "" || err != nil {
				t.Errorf("%s: flags of %s: %v (-want +got)\n%s", e.ID, engine, err, diff)
			}
			byFile, err := rule.ResolveDockerd(engine, nil, e.DaemonJSON(paths), m)
			if diff := cmp.Diff(want, byFile); diff != "" || err != nil {
				t.Errorf("%s: daemon.json of %s: %v (-want +got)\n%s", e.ID, engine, err, diff)
			}
		}
	}
}

// TestDockerVersionsAgree: what the matrix says of the docker CLI holds for 28 and 29, and for 20.10 but on
// unix sockets.
func TestDockerVersionsAgree(t *testing.T) {
	t.Parallel()
	for _, e := range modes.Entries() {
		if strings.HasPrefix(e.ID, "env/") {
			continue
		}
		m := rule.Machine{Home: "/home/user", Env: map[string]string{}, Files: map[string]rule.Holds{
			paths.CA: rule.CA, paths.Cert: rule.CertFile, paths.Key: rule.KeyFile,
		}}
		for _, f := range e.Layout() {
			m.Files[map[modes.Dir]string{modes.CertsDir: paths.CertDir, modes.HomeDir: "/home/user/.docker"}[f.Dir]+"/"+f.Name] = rule.Holds(f.Holds)
		}
		for _, v := range e.Env(paths) {
			name, value, _ := strings.Cut(v, "=")
			m.Env[name] = value
		}
		args := e.DockerArgs(paths)
		if create := e.ContextArgs(paths, "mine"); create != nil {
			m.Contexts = map[string]string{"mine": create[len(create)-1]}
			args = []string{"--context", "mine"}
		}
		want := rule.Endpoint{Host: e.ClientHost(paths)}
		if e.Daemon != modes.Unix && e.Daemon != modes.SSH {
			want.Mode = map[modes.Client]rule.Mode{
				modes.ClientTLS: rule.TLS, modes.ClientTLSCert: rule.TLS | rule.Presents, modes.ClientTLSVerify: rule.TLS | rule.Verifies,
				modes.ClientMutual: rule.TLS | rule.Verifies | rule.Presents,
			}[e.Client]
		}
		for _, version := range []string{"20.10.24", "28.2.2", "29.7.2"} {
			got, err := rule.ResolveDocker(version, args, m)
			if version == "20.10.24" && e.Daemon == modes.Unix && e.Client != modes.ClientPlain {
				if r := (*rule.Refusal)(nil); !errors.As(err, &r) || r.Outcome != outcome.TLSOverUnixFails {
					t.Errorf("%s: %v", e.ID, err)
				}
				continue
			}
			if err != nil || got.Host != want.Host || got.Mode != want.Mode {
				t.Errorf("%s: CLI %s: got %v, %v, want %v", e.ID, version, got, err, want)
			}
		}
	}
}

// TestGoTLS runs the handshake of what is rendered.
func TestGoTLS(t *testing.T) {
	t.Parallel()
	b, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	pair := b.Client()
	for _, client := range []modes.Client{modes.ClientTLS, modes.ClientTLSCert, modes.ClientTLSVerify, modes.ClientMutual} {
		e := entry(t, "tls/"+string(client)+"/flags")
		config, err := e.GoTLS(b.CAPEM(), pair.CertPEM, pair.KeyPEM)
		if err != nil {
			t.Fatal(err)
		}
		config.ServerName = "127.0.0.1"
		server := b.ServerTLS()
		server.ClientAuth = tls.RequestClientCert
		state := handshake(t, server, config)
		if got := len(state.PeerCertificates) > 0; got != client.Presents() {
			t.Errorf("%s: the server got a certificate: %v", client, got)
		}
		if got := !config.InsecureSkipVerify; got != client.Verifies() {
			t.Errorf("%s: checks the server: %v", client, got)
		}
	}
	if config, err := entry(t, "tls/plain/flags").GoTLS(nil, nil, nil); config != nil || err != nil {
		t.Errorf("plain: %v, %v", config, err)
	}
	if _, err := entry(t, "tls/tlsverify/flags").GoTLS(nil, nil, nil); err == nil {
		t.Error("a CA without certificate is accepted")
	}
	if _, err := entry(t, "tls/tls+cert/flags").GoTLS(nil, pair.CertPEM, nil); err == nil {
		t.Error("a certificate without key is accepted")
	}
	config, err := entry(t, "tls/tlsverify/flags/server:cn-only").GoTLS(b.CAPEM(), nil, nil)
	if err != nil || config.ServerName != "localhost" {
		t.Errorf("cn-only: %v, %v", config, err)
	}
}

// handshake returns what the server knows when both sides are through.
func handshake(t *testing.T, server, client *tls.Config) tls.ConnectionState {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	done := make(chan error, 1)
	go func() { done <- tls.Client(b, client).Handshake() }()
	s := tls.Server(a, server)
	if err := s.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return s.ConnectionState()
}
