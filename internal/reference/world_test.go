package reference

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// load returns the recordings, and the daemons by key.
func load(t *testing.T) (*Data, map[string]Daemon) {
	t.Helper()
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	daemons := map[string]Daemon{}
	for _, one := range d.Daemons {
		daemons[one.Key] = one
	}
	return d, daemons
}

// flaw is the name that the rule has for a condition of the recordings, "" for good material.
func flaw(condition string) certgen.Flaw {
	switch condition {
	case "good", "good (SAN has no ::1)":
		return certgen.Good
	case "eku-client", "eku-server":
		return certgen.WrongUsage
	}
	return certgen.Flaw(condition)
}

// knownFlaws reports whether there are the flaws of the server and of the client, of which the rule then has a row.
func knownFlaws(server, client certgen.Flaw) bool {
	s, _ := server.Info()
	c, _ := client.Info()
	return (server == certgen.Good || s.Server) && (client == certgen.Good || c.Client)
}

// fill puts an address and a socket in the place of {host} and {sock}. The other placeholders name files, which the rule
// knows by these names.
func fill(inv Invocation, args ...string) []string {
	name := inv.TargetName
	if name == "" {
		name = "127.0.0.1"
	}
	out := slices.Clone(args)
	for i, arg := range out {
		out[i] = strings.NewReplacer("{host}", name+":12376", "{sock}", "/run/docker.sock").Replace(arg)
	}
	return out
}

// put says that a folder holds the files of a client, or those of them that are named.
func put(files map[string]rule.Holds, dir string, ca rule.Holds, names ...string) {
	for _, name := range names {
		files[path.Join(dir, name)] = map[string]rule.Holds{"ca.pem": ca, "cert.pem": rule.CertFile, "key.pem": rule.KeyFile}[name]
	}
}

// clientMachine is what the recordings' client found around it.
func clientMachine(inv Invocation) rule.Machine {
	m := rule.Machine{
		Home: "{home}",
		Env:  map[string]string{},
		Files: map[string]rule.Holds{
			"{ca}": rule.CA, "{otherca}": rule.OtherCA, "{cert}": rule.CertFile, "{key}": rule.KeyFile,
			"{pki}/empty.pem": rule.Nothing, "{pki}/certdir-good/ca.pem": rule.CA,
		},
	}
	put(m.Files, "{dir}", rule.CA, "ca.pem", "cert.pem", "key.pem")
	put(m.Files, "{pki}/cli-ca-other", rule.OtherCA, "ca.pem", "cert.pem", "key.pem")
	put(m.Files, "{home}/.docker", rule.CA, map[string][]string{
		"home-good":         {"ca.pem", "cert.pem", "key.pem"},
		"home-ca-only":      {"ca.pem"},
		"home-certkey-only": {"cert.pem", "key.pem"},
	}[inv.Home]...)
	for k, v := range inv.Env {
		m.Env[k] = fill(inv, v)[0]
	}
	files := rule.ClientFiles(flaw(inv.ClientCert))
	for name, placeholder := range map[string]string{"ca.pem": "{ca}", "cert.pem": "{cert}", "key.pem": "{key}"} {
		for _, path := range []string{placeholder, "{dir}/" + name} {
			delete(m.Files, path)
			if h, ok := files[name]; ok {
				m.Files[path] = h
			}
		}
	}
	if inv.Setup != nil { // context create NAME --docker FIELDS, or NAME at the end
		at, name := slices.Index(inv.Setup, "--docker"), inv.Setup[2]
		if at == 2 {
			name = inv.Setup[len(inv.Setup)-1]
		}
		m.Contexts = map[string]string{name: fill(inv, inv.Setup[at+1])[0]}
	}
	m.NoSSH = inv.Env["PATH"] == "{a directory without ssh}"
	return m
}

// endpoint resolves the client of the recordings.
func endpoint(inv Invocation) (rule.Endpoint, error) {
	m, args := clientMachine(inv), fill(inv, inv.Args...)
	program, version, _ := strings.Cut(inv.Client, " ")
	switch program {
	case "docker-cli":
		return rule.ResolveDocker(version, args, m)
	case "curl":
		return rule.ResolveCurl(args, m)
	case "go":
		return goEndpoint(args, m)
	case "docker-py":
		return pyEndpoint(args, m)
	case "dockerode":
		return nodeEndpoint(inv, args, m)
	}
	return rule.Endpoint{}, fmt.Errorf("there is no rule for %s", program)
}

// goEndpoint resolves the recordings' Go program: OPTION COMMAND HOST CA CERT KEY, "-" for what is left out.
func goEndpoint(args []string, m rule.Machine) (rule.Endpoint, error) {
	host, ca, cert, key := args[2], args[3], args[4], args[5]
	e := rule.Endpoint{Host: host, Family: rule.ByName("go-client")}
	switch args[0] {
	case "FromEnv", "FromEnv+negotiate":
		return rule.ResolveFromEnv(m)
	case "WithHost", "WithTLSClientConfig+scheme-http":
		return e, nil
	case "WithTLSClientConfigFromEnv":
		if strings.HasPrefix(host, "unix://") {
			// The option replaces the transport that knows the socket.
			return e, &rule.Refusal{Outcome: outcome.TLSOverUnixFails}
		}
		env, err := rule.ResolveFromEnv(m)
		env.Host = host
		return env, err
	case "WithScheme-https", "WithTLSClientConfig", "WithTLSClientConfig-before-WithHost":
		return rule.ResolveTLSClientConfig(host, dash(ca), dash(cert), dash(key), m)
	}
	return e, fmt.Errorf("there is no rule for option %s", args[0])
}

// pyEndpoint resolves the recordings' Python program: pyclient.py HOW HOST CA CERT KEY, "-" for what is left out.
func pyEndpoint(args []string, m rule.Machine) (rule.Endpoint, error) {
	how, host, ca, cert, key := args[1], args[2], dash(args[3]), dash(args[4]), dash(args[5])
	switch how {
	case "from_env":
		return rule.ResolveDockerPy(m)
	case "plain":
		m.Env = map[string]string{"DOCKER_HOST": host}
		return rule.ResolveDockerPy(m)
	}
	// Without ca.pem the program of the recordings gives verify=False, but for tls=True.
	return rule.ResolveDockerPyTLS(host, ca, cert, key, ca != "" || how == "tls=True", m)
}

// nodeEndpoint resolves the recordings' Node program: node client.js HOW HOSTNAME PORT CA CERT KEY SOCKET, likewise.
func nodeEndpoint(inv Invocation, args []string, m rule.Machine) (rule.Endpoint, error) {
	how, ca, cert, key, socket := args[2], dash(args[5]), dash(args[6]), dash(args[7]), args[8]
	host := "tcp://" + fill(inv, "{host}")[0]
	switch {
	case how == "env":
		return rule.ResolveDockerode(m)
	case how == "socket":
		m.Env = map[string]string{"DOCKER_HOST": "unix://" + socket}
		return rule.ResolveDockerode(m)
	case strings.HasPrefix(how, "https"), ca != "" && cert != "" && key != "":
		return rule.ResolveDockerodeOptions(host, ca, cert, key, m)
	}
	return rule.Endpoint{Host: host, Family: rule.ByName("dockerode")}, nil
}

func dash(s string) string { return strings.TrimPrefix(s, "-") }

// listeners resolves the daemon of the recordings.
func listeners(version string, d Daemon, inv Invocation) ([]rule.Listener, error) {
	m := rule.Machine{Home: "{daemonhome}", Env: map[string]string{}, Files: map[string]rule.Holds{}}
	for name, h := range rule.ServerFiles(flaw(inv.ServerCert)) {
		for _, placeholder := range map[string][]string{
			"ca.pem": {"{ca}", "{daemon-ca}"}, "server-cert.pem": {"{server-cert}"}, "server-key.pem": {"{server-key}"},
		}[name] {
			m.Files[placeholder] = h
		}
	}
	switch letter, _, _ := strings.Cut(d.Mode, " "); letter {
	case "none":
		return nil, nil
	case "c-home":
		m.Files["{daemonhome}/.docker/ca.pem"] = rule.CA
	case "c-json-systempool":
		m.Env["SSL_CERT_FILE"] = "{ca}"
	}
	args := fill(inv, d.Args...)
	if file, ok := strings.CutPrefix(args[0], "JSON:"); ok {
		return rule.ResolveDockerd(version, nil, []byte(file), m)
	}
	return rule.ResolveDockerd(version, args, nil, m)
}

// outcomeOf applies the rule to one row of the recordings.
func outcomeOf(version string, d Daemon, inv Invocation) (outcome.Class, string, error) {
	ls, err := listeners(version, d, inv)
	var e rule.Endpoint
	if err == nil {
		e, err = endpoint(inv)
	}
	if r := (*rule.Refusal)(nil); errors.As(err, &r) {
		return r.Outcome, r.Why, nil
	}
	if err != nil {
		return "", "", err
	}
	if inv.Section == SectionSSH {
		l := &rule.Listener{Host: e.Host, SSH: true}
		if inv.SSH != "ok" {
			l = nil
		}
		o, why := rule.Meet(l, e, "", "")
		return o, why, nil
	}
	server, client := flaw(inv.ServerCert), flaw(inv.ClientCert)
	at := slices.IndexFunc(ls, func(l rule.Listener) bool {
		return strings.HasPrefix(l.Host, "unix://") == strings.HasPrefix(e.Host, "unix://")
	})
	var l *rule.Listener
	if at >= 0 {
		l = &ls[at]
		// What the recordings' certificates are for.
		l.Names = []string{"docker.example.test", "127.0.0.1"}
		if server == certgen.CNOnly {
			l.Names = []string{"docker.example.test"}
		}
	}
	o, why := rule.Meet(l, e, server, client)
	return o, why, nil
}
