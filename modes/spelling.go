package modes

import (
	"errors"
	"strings"

	"github.com/fakedockerd/fakedockerd/internal/rule"
)

// A spelling is something that a person types and that does not do what the documentation lets one expect.
type spelling struct {
	typed      string // the command line, variables and daemon.json
	given      string // the files that matter, "" for none but those that are named
	documented string // what Docker's documentation says of it
	does       string // what the rule, and so dockerd 28 and 29 and CLI 28 and 29, make of it; or what OpenSSL 3 and a POSIX shell do
}

// spellings are in the order in which they are printed. The files that a line names are there.
var spellings = []struct {
	typed, given, documented string
	env                      string
	daemonJSON               string
	files                    string // in ~/.docker
	measured                 string // what it does, of programs for which there is no rule
}{
	{typed: "dockerd --tls --tlscert=server-cert.pem --tlskey=server-key.pem -H=tcp://127.0.0.1:2376", given: "nothing in `~/.docker`",
		documented: "clients are not authenticated"},
	{typed: "dockerd --tls --tlscert=server-cert.pem --tlskey=server-key.pem -H=tcp://127.0.0.1:2376", given: "`~/.docker/ca.pem`", files: "ca.pem",
		documented: "clients are not authenticated"},
	{typed: "dockerd", daemonJSON: `{"tls": true, "tlscert": "server-cert.pem", "tlskey": "server-key.pem", "hosts": ["tcp://127.0.0.1:2376"]}`,
		documented: "clients are not authenticated"},
	{typed: "dockerd --tls --tlsverify=false --tlscert=server-cert.pem --tlskey=server-key.pem -H=tcp://127.0.0.1:2376",
		documented: "nothing: this is the spelling of mode tls"},
	{typed: "dockerd -H=tcp://127.0.0.1:2376", env: "DOCKER_TLS_VERIFY=1",
		documented: "the daemon uses TLS and verifies the remote"},
	{typed: "docker --tls -H=tcp://127.0.0.1:2376", given: "nothing in `~/.docker`",
		documented: "the server is authenticated by the public CA pool"},
	{typed: "docker --tls -H=tcp://127.0.0.1:2376", given: "`~/.docker/ca.pem`", files: "ca.pem",
		documented: "the server is authenticated by the public CA pool"},
	{typed: "docker --tls --tlscert=cert.pem --tlskey=key.pem -H=tcp://127.0.0.1:2376", given: "nothing in `~/.docker`",
		documented: "the certificate is presented, the server is not authenticated"},
	{typed: "docker --tlsverify --tlscacert= -H=tcp://127.0.0.1:2376",
		documented: "TLS is used and the server is verified"},
	{typed: "docker --tlsverify -H=tcp://127.0.0.1", given: "`ca.pem`, `cert.pem` and `key.pem` in `~/.docker`", files: "ca.pem cert.pem key.pem",
		documented: "the port of TLS is 2376"},
	{typed: "docker -H=tcp://127.0.0.1:2376", env: "DOCKER_CERT_PATH=.",
		documented: "the files are taken from there"},
	{typed: "docker --tlsverify -H=unix:///var/run/docker.sock", given: "`ca.pem`, `cert.pem` and `key.pem` in `~/.docker`", files: "ca.pem cert.pem key.pem",
		documented: "TLS is used and the server is verified"},
	{typed: "docker -d --tls --tlscert=server-cert.pem --tlskey=server-key.pem -H=tcp://127.0.0.1:2376",
		documented: "the daemon starts (a page of 2015)"},
	{typed: "dockerd --tlsverify --tlscacert=ca.pem --tlscert=server-cert.pem --tlskey=server-key.pem -H=tcp://",
		documented: "the port of TLS is 2376"},
	{typed: "dockerd --tlsverify --tlscacert=ca --tlscert=server-cert --tlskey=server-key -H=tcp://127.0.0.1:2376",
		given: "`ca.pem`, `server-cert.pem` and `server-key.pem`", documented: "the names end in `.pem`"},
	{typed: "docker --tlsverify --tlscacert=ca --tlscert=cert --tlskey=key -H=tcp://127.0.0.1:2376", given: "`ca.pem`, `cert.pem` and `key.pem`",
		documented: "the names end in `.pem`"},
	{typed: "docker --tlsverify -H=tcp://127.0.0.1:2376", given: "`ca`, `cert` and `key` in `~/.docker`", files: "ca cert key",
		documented: "the files are taken from `~/.docker`"},
	{typed: "docker --tlsverify -H=tcp://127.0.0.1:2376", given: "`ca.pem`, `cert` and `key` in `~/.docker`", files: "ca.pem cert key",
		documented: "the files are taken from `~/.docker`"},
	{typed: "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem -extfile extfile.cnf -out server-cert.pem",
		given: "`subjectAltName = DNS:localhost;IP:127.0.0.1` in `extfile.cnf`", documented: "the certificate is for localhost and for 127.0.0.1",
		measured: `the certificate is for one host, "localhost;IP:127.0.0.1", and every client refuses it: flaw san-semicolon`},
	{typed: "echo subjectAltName = DNS:localhost;IP:127.0.0.1 >> extfile.cnf", given: "at a shell's prompt", documented: "the names are in `extfile.cnf`",
		measured: "the shell ends the command at the semicolon: no name is in the file, and none but the common name in the certificate: flaw cn-only"},
	{typed: "openssl genrsa -out key.pem 4096", given: "`umask 0`", documented: "others can read the key until `chmod 0400 key.pem`",
		measured: "OpenSSL 3 makes a new file with mode 0600, whatever the umask; a file that is there keeps its mode"},
}

// allSpellings are those of the table, with what the rule gives.
func allSpellings() []spelling {
	all := make([]spelling, 0, len(spellings))
	for _, s := range spellings {
		m := rule.Machine{Home: "~", Env: map[string]string{}, Files: map[string]rule.Holds{
			"ca.pem": rule.CA, "cert.pem": rule.CertFile, "key.pem": rule.KeyFile, "server-cert.pem": rule.CertFile, "server-key.pem": rule.KeyFile,
		}}
		for name := range strings.FieldsSeq(s.files) {
			m.Files["~/.docker/"+name] = m.Files[strings.TrimSuffix(name, ".pem")+".pem"]
		}
		typed := s.typed
		if s.env != "" {
			name, value, _ := strings.Cut(s.env, "=")
			m.Env[name] = value
			typed = s.env + " " + typed
		}
		var daemonJSON []byte
		if s.daemonJSON != "" {
			daemonJSON = []byte(s.daemonJSON)
			typed += " with daemon.json " + s.daemonJSON
		}
		if s.measured != "" {
			all = append(all, spelling{typed, s.given, s.documented, s.measured})
			continue
		}
		args := strings.Fields(s.typed)
		does := doesDocker
		if args[0] == "dockerd" {
			does = func(args []string, m rule.Machine) string { return doesDockerd(args, daemonJSON, m) }
		}
		all = append(all, spelling{typed, s.given, s.documented, does(args[1:], m)})
	}
	return all
}

func doesDockerd(args []string, daemonJSON []byte, m rule.Machine) string {
	ls, err := rule.ResolveDockerd(rule.Engine, args, daemonJSON, m)
	if r := (*rule.Refusal)(nil); errors.As(err, &r) {
		return "does not start: " + r.Why
	}
	does := "mode " + string(daemonOf(ls[0])) + " on " + ls[0].Host
	if ls[0].SystemPool {
		does += ", with the CAs of the system"
	}
	return does
}

func doesDocker(args []string, m rule.Machine) string {
	e, err := rule.ResolveDocker(rule.CLI, args, m)
	if r := (*rule.Refusal)(nil); errors.As(err, &r) {
		return "stops: " + r.Why
	}
	return "client mode " + string(clientOf(e.Mode)) + " to " + e.Host
}
