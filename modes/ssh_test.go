package modes_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestSSHCommand: what is recorded (tls/matrix.json, section ssh), and what cli/connhelper does between those versions.
func TestSSHCommand(t *testing.T) {
	t.Parallel()
	const host = "ssh://docker-user@host1.example.com"
	for _, test := range []struct{ version, host, want string }{
		{"20.10.24", host, "ssh|-l|docker-user|--|host1.example.com|docker|system|dial-stdio"},
		{"20.10.24+dfsg1", host + ":2222", "ssh|-l|docker-user|-p|2222|--|host1.example.com|docker|system|dial-stdio"},
		{"20.10.24", "ssh://docker-user@[::1]:2222", "ssh|-l|docker-user|-p|2222|--|::1|docker|system|dial-stdio"},
		{"20.10.24", "ssh://-oProxyCommand=x@host1.example.com", "ssh|-l|-oProxyCommand=x|--|host1.example.com|docker|system|dial-stdio"},
		{"24.0.9", host + ":2222/run/x%20y.sock", "ssh|-o ConnectTimeout=30|-l|docker-user|-p|2222|--|host1.example.com|docker|--host|unix:///run/x y.sock|system|dial-stdio"},
		{"28.2.2", host + ":2222/run/x%20y.sock", "ssh|-o ConnectTimeout=30|-T|-l|docker-user|-p|2222|--|host1.example.com|docker|--host|unix:///run/x y.sock|system|dial-stdio"},
		{"28.3.1", host + "/", "ssh|-o ConnectTimeout=30|-T|-l|docker-user|--|host1.example.com|docker|--host|unix:///|system|dial-stdio"},
		{"28.3.2", host + "/", "ssh|-l|docker-user|-o ConnectTimeout=30|-T|--|host1.example.com|docker system dial-stdio"},
		{"29.7.2", host, "ssh|-l|docker-user|-o ConnectTimeout=30|-T|--|host1.example.com|docker system dial-stdio"},
		{"29.7.2", "ssh://[::1]", "ssh|-o ConnectTimeout=30|-T|--|::1|docker system dial-stdio"},
		{"29.7.2", host + ":2222/run/x%20y.sock", "ssh|-l|docker-user|-p|2222|-o ConnectTimeout=30|-T|--|host1.example.com|docker '--host=unix:///run/x y.sock' system dial-stdio"},
		{"29.7.2", "ssh://-oProxyCommand=x@host1.example.com", "ssh|-l|'-oProxyCommand=x'|-o ConnectTimeout=30|-T|--|host1.example.com|docker system dial-stdio"},
		{"29.7.2", "ssh://o'neil@h/a$b", `ssh|-l|"o'neil"|-o ConnectTimeout=30|-T|--|h|docker '--host=unix:///a$b' system dial-stdio`},
		{"28.2.2", host + "/run/x%20y.sock?a=b", "the URL"},
		{"20.10.24", host + "/run/docker.sock", "it takes no path behind the host"},
		{"29.7.2", host + "?a=b", "it takes no query behind the host"},
		{"29.7.2", host + "#f", "it takes no fragment behind the host"},
		{"29.7.2", "ssh://me:secret@h", "it takes no password in the URL"},
		{"29.7.2", "ssh://", "the URL names no host"},
		{"29.7.2", "ssh://me@", "the URL names no host"},
		{"29.7.2", "ssh://h/%01", `it cannot quote "--host=unix:///\x01" for a shell`},
		{"29.7.2", "ssh://-oProxyCommand=touch%20x/", `it cannot parse the URL: parse "ssh://-oProxyCommand=touch%20x/": invalid URL escape "%20"`},
	} {
		got, err := modes.SSHCommand(test.version, test.host)
		if r := (*modes.Refusal)(nil); errors.As(err, &r) {
			if r.Outcome != outcome.ConfigUsage || r.Why != test.want && test.want != "the URL" {
				t.Errorf("CLI %s, %s: %v, want %s", test.version, test.host, err, test.want)
			}
			continue
		}
		if diff := cmp.Diff(strings.Split(test.want, "|"), got); diff != "" || err != nil {
			t.Errorf("CLI %s, %s: %v (-want +got)\n%s", test.version, test.host, err, diff)
		}
	}
}

// TestResolveSSH: what clients make of a host behind ssh and of TLS settings beside it.
func TestResolveSSH(t *testing.T) {
	t.Parallel()
	const host = "ssh://me@there:2222"
	files := map[string]modes.Holds{"ca.pem": modes.CA, "cert.pem": modes.CertFile, "key.pem": modes.KeyFile, "/certs/ca.pem": modes.CA, "/certs/cert.pem": modes.CertFile, "/certs/key.pem": modes.KeyFile}
	secure := map[string]string{"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"}
	docker := func(version string, args ...string) func(modes.Machine) (modes.Endpoint, error) {
		return func(m modes.Machine) (modes.Endpoint, error) { return modes.ResolveDocker(version, args, m) }
	}
	full := []string{"--tlsverify", "--tlscacert=ca.pem", "--tlscert=cert.pem", "--tlskey=key.pem", "-H", host}
	for name, test := range map[string]struct {
		resolve func(modes.Machine) (modes.Endpoint, error)
		m       modes.Machine
		want    string // the host, and the client mode unless it is plain; or the refusal
	}{
		"flags":               {docker("29.7.2", "-H", host), modes.Machine{}, host},
		"TLS flags":           {docker("29.7.2", full...), modes.Machine{Files: files}, host},
		"TLS flags, 20.10":    {docker("20.10.24", full...), modes.Machine{Files: files}, host},
		"missing files":       {docker("29.7.2", full...), modes.Machine{}, string(outcome.ConfigMissingFile)},
		"context":             {docker("29.7.2", "--context", "far"), modes.Machine{Contexts: map[string]string{"far": "host=" + host}}, host},
		"bad context":         {docker("29.7.2", "--context", "far"), modes.Machine{Contexts: map[string]string{"far": "host=ssh://me:secret@there"}}, string(outcome.ConfigAtContextCreate)},
		"no ssh":              {docker("29.7.2", "-H", host), modes.Machine{NoSSH: true}, string(outcome.ConfigUsage)},
		"no ssh, and TCP":     {docker("29.7.2", "-H", "tcp://there:2375"), modes.Machine{NoSSH: true}, "tcp://there:2375"},
		"docker-py":           {modes.ResolveDockerPy, modes.Machine{Env: secure, Files: files}, host},
		"docker-py, no files": {modes.ResolveDockerPy, modes.Machine{Env: secure}, string(outcome.ConfigBadMaterial)},
		"dockerode":           {modes.ResolveDockerode, modes.Machine{Env: map[string]string{"DOCKER_HOST": host}}, host},
		"dockerode, TLS":      {modes.ResolveDockerode, modes.Machine{Env: secure, Files: files}, "tcp://there:2222 mutual"},
	} {
		e, err := test.resolve(test.m)
		got := e.Host
		if e.Mode != modes.ClientPlain {
			got += " " + string(e.Mode)
		}
		if r := (*modes.Refusal)(nil); errors.As(err, &r) {
			got, err = string(r.Outcome), nil
		}
		if got != test.want || err != nil {
			t.Errorf("%s: %s, %v, want %s", name, got, err, test.want)
		}
	}
}

// TestMeetSSH: who gets through to whom.
func TestMeetSSH(t *testing.T) {
	t.Parallel()
	far := &modes.Listener{Host: "ssh://me@there", Mode: modes.SSH}
	over := modes.Endpoint{Host: "ssh://me@there", Mode: modes.ClientPlain, Family: modes.FamilyDocker}
	at := func(m modes.Client) modes.Endpoint {
		return modes.Endpoint{Host: "tcp://there:22", Mode: m, Family: modes.FamilyDockerode}
	}
	for _, test := range []struct {
		l    *modes.Listener
		e    modes.Endpoint
		want outcome.Class
	}{
		{far, over, outcome.OK},
		{nil, over, outcome.SSHCommandFailed},
		{&modes.Listener{Host: "tcp://there:22", Mode: modes.TCP}, over, outcome.SSHCommandFailed},
		{far, at(modes.ClientMutual), outcome.HTTPSToHTTP},
		{far, at(modes.ClientPlain), outcome.ConnectionClosed},
	} {
		if got, why := modes.Meet(test.l, test.e, modes.Material{}); got != test.want || why == "" {
			t.Errorf("%v, %v: %s (%s), want %s", test.l, test.e, got, why, test.want)
		}
	}
}
