package reference

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
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
func put(files map[string]modes.Holds, dir string, ca modes.Holds, names ...string) {
	for _, name := range names {
		files[path.Join(dir, name)] = map[string]modes.Holds{"ca.pem": ca, "cert.pem": modes.CertFile, "key.pem": modes.KeyFile}[name]
	}
}

// clientMachine is what the recordings' client found around it.
func clientMachine(inv Invocation) modes.Machine {
	m := modes.Machine{
		Home: "{home}",
		Env:  map[string]string{},
		Files: map[string]modes.Holds{
			"{ca}": modes.CA, "{otherca}": modes.OtherCA, "{cert}": modes.CertFile, "{key}": modes.KeyFile,
			"{pki}/empty.pem": modes.Nothing, "{pki}/certdir-good/ca.pem": modes.CA,
		},
	}
	put(m.Files, "{dir}", modes.CA, "ca.pem", "cert.pem", "key.pem")
	put(m.Files, "{pki}/cli-ca-other", modes.OtherCA, "ca.pem", "cert.pem", "key.pem")
	put(m.Files, "{home}/.docker", modes.CA, map[string][]string{
		"home-good":         {"ca.pem", "cert.pem", "key.pem"},
		"home-ca-only":      {"ca.pem"},
		"home-certkey-only": {"cert.pem", "key.pem"},
	}[inv.Home]...)
	for k, v := range inv.Env {
		m.Env[k] = fill(inv, v)[0]
	}
	files := modes.ClientFiles(flaw(inv.ClientCert))
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
func endpoint(inv Invocation) (modes.Endpoint, error) {
	m, args := clientMachine(inv), fill(inv, inv.Args...)
	program, version, _ := strings.Cut(inv.Client, " ")
	switch program {
	case "docker-cli":
		return modes.ResolveDocker(version, args, m)
	case "curl":
		return modes.ResolveCurl(args, m)
	case "go":
		return goEndpoint(args, m)
	case "docker-py":
		return pyEndpoint(args, m)
	case "dockerode":
		return nodeEndpoint(inv, args, m)
	}
	return modes.Endpoint{}, fmt.Errorf("there is no rule for %s", program)
}

// goEndpoint resolves the recordings' Go program: OPTION COMMAND HOST CA CERT KEY, "-" for what is left out.
func goEndpoint(args []string, m modes.Machine) (modes.Endpoint, error) {
	host, ca, cert, key := args[2], args[3], args[4], args[5]
	e := modes.Endpoint{Host: host, Mode: modes.ClientPlain, Family: modes.FamilyGoClient}
	switch args[0] {
	case "FromEnv", "FromEnv+negotiate":
		return modes.ResolveFromEnv(m)
	case "WithHost", "WithTLSClientConfig+scheme-http":
		return e, nil
	case "WithTLSClientConfigFromEnv":
		if strings.HasPrefix(host, "unix://") {
			// The option replaces the transport that knows the socket.
			return e, &modes.Refusal{Outcome: outcome.TLSOverUnixFails}
		}
		env, err := modes.ResolveFromEnv(m)
		env.Host = host
		return env, err
	case "WithScheme-https", "WithTLSClientConfig", "WithTLSClientConfig-before-WithHost":
		return modes.ResolveTLSClientConfig(host, dash(ca), dash(cert), dash(key), m)
	}
	return e, fmt.Errorf("there is no rule for option %s", args[0])
}

// pyEndpoint resolves the recordings' Python program: pyclient.py HOW HOST CA CERT KEY, "-" for what is left out.
func pyEndpoint(args []string, m modes.Machine) (modes.Endpoint, error) {
	how, host, ca, cert, key := args[1], args[2], dash(args[3]), dash(args[4]), dash(args[5])
	switch how {
	case "from_env":
		return modes.ResolveDockerPy(m)
	case "plain":
		m.Env = map[string]string{"DOCKER_HOST": host}
		return modes.ResolveDockerPy(m)
	}
	// Without ca.pem the program of the recordings gives verify=False, but for tls=True.
	return modes.ResolveDockerPyTLS(host, ca, cert, key, ca != "" || how == "tls=True", m)
}

// nodeEndpoint resolves the recordings' Node program: node client.js HOW HOSTNAME PORT CA CERT KEY SOCKET, likewise.
func nodeEndpoint(inv Invocation, args []string, m modes.Machine) (modes.Endpoint, error) {
	how, ca, cert, key, socket := args[2], dash(args[5]), dash(args[6]), dash(args[7]), args[8]
	host := "tcp://" + fill(inv, "{host}")[0]
	switch {
	case how == "env":
		return modes.ResolveDockerode(m)
	case how == "socket":
		m.Env = map[string]string{"DOCKER_HOST": "unix://" + socket}
		return modes.ResolveDockerode(m)
	case strings.HasPrefix(how, "https"), ca != "" && cert != "" && key != "":
		return modes.ResolveDockerodeOptions(host, ca, cert, key, m)
	}
	return modes.Endpoint{Host: host, Mode: modes.ClientPlain, Family: modes.FamilyDockerode}, nil
}

func dash(s string) string { return strings.TrimPrefix(s, "-") }

// listeners resolves the daemon of the recordings.
func listeners(version string, d Daemon, inv Invocation) ([]modes.Listener, error) {
	m := modes.Machine{Home: "{daemonhome}", Env: map[string]string{}, Files: map[string]modes.Holds{}}
	for name, h := range modes.ServerFiles(flaw(inv.ServerCert)) {
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
		m.Files["{daemonhome}/.docker/ca.pem"] = modes.CA
	case "c-json-systempool":
		m.Env["SSL_CERT_FILE"] = "{ca}"
	}
	args := fill(inv, d.Args...)
	if file, ok := strings.CutPrefix(args[0], "JSON:"); ok {
		return modes.ResolveDockerd(version, nil, []byte(file), m)
	}
	return modes.ResolveDockerd(version, args, nil, m)
}

// outcomeOf applies the rule to one row of the recordings.
func outcomeOf(version string, d Daemon, inv Invocation) (outcome.Class, string, error) {
	ls, err := listeners(version, d, inv)
	var e modes.Endpoint
	if err == nil {
		e, err = endpoint(inv)
	}
	if r := (*modes.Refusal)(nil); errors.As(err, &r) {
		return r.Outcome, r.Why, nil
	}
	if err != nil {
		return "", "", err
	}
	if inv.Section == SectionSSH {
		l := &modes.Listener{Host: e.Host, Mode: modes.SSH}
		if inv.SSH != "ok" {
			l = nil
		}
		o, why := modes.Meet(l, e, modes.Material{})
		return o, why, nil
	}
	server, client := flaw(inv.ServerCert), flaw(inv.ClientCert)
	at := slices.IndexFunc(ls, func(l modes.Listener) bool {
		return strings.HasPrefix(l.Host, "unix://") == strings.HasPrefix(e.Host, "unix://")
	})
	var l *modes.Listener
	if at >= 0 {
		l = &ls[at]
		// What the recordings' certificates are for.
		l.Names = []string{"docker.example.test", "127.0.0.1"}
		if server == certgen.CNOnly {
			l.Names = []string{"docker.example.test"}
		}
	}
	o, why := modes.Meet(l, e, modes.Material{Server: server, Client: client})
	return o, why, nil
}
