package rule_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/rule"
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
		{"28.x", host, "ssh|-o ConnectTimeout=30|-T|-l|docker-user|--|host1.example.com|docker|system|dial-stdio"},
		{"28.3.", host, "ssh|-o ConnectTimeout=30|-T|-l|docker-user|--|host1.example.com|docker|system|dial-stdio"},
		{"28.3.2-rc1", host, "ssh|-l|docker-user|-o ConnectTimeout=30|-T|--|host1.example.com|docker system dial-stdio"},
		{"dev", host, "ssh|-l|docker-user|--|host1.example.com|docker|system|dial-stdio"},
		{"", host, "ssh|-l|docker-user|--|host1.example.com|docker|system|dial-stdio"},
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
		got, err := rule.SSHCommand(test.version, test.host)
		if r := (*rule.Refusal)(nil); errors.As(err, &r) {
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
	files := map[string]rule.Holds{"ca.pem": rule.CA, "cert.pem": rule.CertFile, "key.pem": rule.KeyFile, "/certs/ca.pem": rule.CA, "/certs/cert.pem": rule.CertFile, "/certs/key.pem": rule.KeyFile}
	secure := map[string]string{"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"}
	docker := func(version string, args ...string) func(rule.Machine) (rule.Endpoint, error) {
		return func(m rule.Machine) (rule.Endpoint, error) { return rule.ResolveDocker(version, args, m) }
	}
	full := []string{"--tlsverify", "--tlscacert=ca.pem", "--tlscert=cert.pem", "--tlskey=key.pem", "-H", host}
	for name, test := range map[string]struct {
		resolve func(rule.Machine) (rule.Endpoint, error)
		m       rule.Machine
		want    string // the host, and the client mode unless it is plain; or the refusal
	}{
		"flags":               {docker("29.7.2", "-H", host), rule.Machine{}, host},
		"TLS flags":           {docker("29.7.2", full...), rule.Machine{Files: files}, host},
		"TLS flags, 20.10":    {docker("20.10.24", full...), rule.Machine{Files: files}, host},
		"missing files":       {docker("29.7.2", full...), rule.Machine{}, string(outcome.ConfigMissingFile)},
		"context":             {docker("29.7.2", "--context", "far"), rule.Machine{Contexts: map[string]string{"far": "host=" + host}}, host},
		"bad context":         {docker("29.7.2", "--context", "far"), rule.Machine{Contexts: map[string]string{"far": "host=ssh://me:secret@there"}}, string(outcome.ConfigAtContextCreate)},
		"no ssh":              {docker("29.7.2", "-H", host), rule.Machine{NoSSH: true}, string(outcome.ConfigUsage)},
		"no ssh, and TCP":     {docker("29.7.2", "-H", "tcp://there:2375"), rule.Machine{NoSSH: true}, "tcp://there:2375"},
		"docker-py":           {rule.ResolveDockerPy, rule.Machine{Env: secure, Files: files}, host},
		"docker-py, no files": {rule.ResolveDockerPy, rule.Machine{Env: secure}, string(outcome.ConfigBadMaterial)},
		"dockerode":           {rule.ResolveDockerode, rule.Machine{Env: map[string]string{"DOCKER_HOST": host}}, host},
		"dockerode, TLS":      {rule.ResolveDockerode, rule.Machine{Env: secure, Files: files}, "tcp://there:2222 mutual"},
	} {
		e, err := test.resolve(test.m)
		got := e.Host
		if e.Mode == mutual {
			got += " mutual"
		}
		if r := (*rule.Refusal)(nil); errors.As(err, &r) {
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
	far := &rule.Listener{Host: "ssh://me@there", SSH: true}
	over := rule.Endpoint{Host: "ssh://me@there", Mode: rule.Plain, Family: rule.ByName("docker")}
	at := func(m rule.Mode) rule.Endpoint {
		return rule.Endpoint{Host: "tcp://there:22", Mode: m, Family: rule.ByName("dockerode")}
	}
	for _, test := range []struct {
		l    *rule.Listener
		e    rule.Endpoint
		want outcome.Class
	}{
		{far, over, outcome.OK},
		{nil, over, outcome.SSHCommandFailed},
		{&rule.Listener{Host: "tcp://there:22", Mode: rule.Plain}, over, outcome.SSHCommandFailed},
		{far, at(mutual), outcome.HTTPSToHTTP},
		{far, at(rule.Plain), outcome.ConnectionClosed},
	} {
		if got, why := rule.Meet(test.l, test.e, "", ""); got != test.want || why == "" {
			t.Errorf("%v, %v: %s (%s), want %s", test.l, test.e, got, why, test.want)
		}
	}
}
