package modes

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// WriteScreen writes what a reader of "Protect the Docker daemon socket" asks, on a screen of 80 columns and 24 lines:
// what to type for each daemon mode and each client mode, what the docker CLI then gets, and what it says when
// something was forgotten.
func WriteScreen(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintln(&b, "docker a to e in front of dockerd, 28 and 29: ok, or what is forgotten, 1 to 9")
	fmt.Fprintf(&b, "%-10s%-54s  a  b  c  d  e\n", "dockerd", short+": "+screenPairs)
	for _, d := range Daemons() {
		fmt.Fprintf(&b, "%-10s%-54s", d, typedForDaemon(d))
		for _, c := range Clients() {
			fmt.Fprintf(&b, " %2s", cell(newEntry(d, c, Flags, Material{}).Want[FamilyDocker]))
		}
		fmt.Fprintln(&b)
	}
	for i, c := range Clients() {
		typed := strings.Join(clientEntry(c).typedFlags(), " ")
		if c == ClientPlain {
			typed = fmt.Sprintf("docker -H=%s; the rest add to it; %s check the server", clientEntry(c).ClientHost(screenPaths), verifying())
		}
		fmt.Fprintf(&b, "%c %-10s%s\n", 'a'+i, c, typed)
	}
	mutual := newEntry(TLSVerify, ClientMutual, Env, Material{})
	fmt.Fprintf(&b, "  %-10s%s\n", "as e", strings.Join(mutual.Env(screenPaths), " "))
	fmt.Fprintf(&b, "%-29s%s\n", "forgotten", "what you see")
	for i, s := range slips() {
		fmt.Fprintf(&b, "%d %-26s %s\n", i+1, s.forgotten, s.seen())
	}
	fmt.Fprintln(&b, "All entries and clients: fakedockerd modes --all, or --filter REGEXP for some.")
	_, err := io.WriteString(w, b.String())
	return err
}

// screenPaths are those of a reader of the documentation.
var screenPaths = Paths{
	Host: "HOST:2376", Socket: "/var/run/docker.sock", SSH: "USER@HOST", CA: "ca.pem", Cert: "cert.pem", Key: "key.pem", CertDir: "DIR",
	ServerCert: "server-cert.pem", ServerKey: "server-key.pem", ClientCA: "ca.pem",
}

// short stands for screenPairs, which make lines too long.
const (
	short       = "CERT"
	screenPairs = "--tlscert=server-cert.pem --tlskey=server-key.pem"
)

func clientEntry(c Client) Entry { return newEntry(TLSVerify, c, Flags, Material{}) }

// typedFlags are the docker CLI's arguments without -H.
func (e Entry) typedFlags() []string {
	return slices.DeleteFunc(e.DockerArgs(screenPaths), func(arg string) bool { return strings.HasPrefix(arg, "-H=") })
}

// typedForDaemon is what is typed behind dockerd.
func typedForDaemon(d Daemon) string {
	if typed := d.row().typed; typed != nil {
		return typed(screenPaths)
	}
	return strings.Replace(strings.Join(Entry{Daemon: d}.DockerdArgs(screenPaths), " "), screenPairs, short, 1)
}

// verifying are the letters of the client modes that check the server.
func verifying() string {
	var all []string
	for i, c := range Clients() {
		if c.Verifies() {
			all = append(all, string(rune('a'+i)))
		}
	}
	return strings.Join(all, ", ")
}

// cell is "ok" or the number of the slip with an outcome.
func cell(o outcome.Class) string {
	if o == outcome.OK {
		return "ok"
	}
	i := slices.IndexFunc(slips(), func(s slip) bool { return s.outcome == o })
	if i < 0 {
		return "?"
	}
	return strconv.Itoa(i + 1)
}

// A slip is something that a person forgets.
type slip struct {
	forgotten string
	outcome   outcome.Class
	// part is of what docker says, or dockerd when it does not start; old, "" for the same, is of what docker says in
	// front of dockerd 20.10.
	part, old string
}

// slips have the outcomes that the rule gives.
func slips() []slip {
	in := func(id string) outcome.Class {
		all := matrix()
		return all[slices.IndexFunc(all, func(e Entry) bool { return e.ID == id })].Want[FamilyDocker]
	}
	flaw := func(m Material) outcome.Class { return in(newEntry(TLSVerify, ClientMutual, Flags, m).ID) }
	host, noPort := withoutPort()
	return []slip{
		{"docker: the TLS flags", in("tlsverify/plain/flags"), "Client sent an HTTP request to an HTTPS server.", ""},
		{"dockerd: the TLS flags", in("tcp/mutual/flags"), "http: server gave HTTP response to HTTPS client", ""},
		{"docker: a good certificate", in("tlsverify/tlsverify/flags"), "tls: certificate required", "bad certificate"},
		{"docker: --tlscacert", flaw(Material{Client: certgen.CAMissing}), "open {file}: no such file or directory", ""},
		{"docker: the server's CA", flaw(Material{Server: certgen.OtherCA}), "x509: certificate signed by unknown authority", ""},
		{"docker: :2376, dials " + rule.Port(host), noPort, "Cannot connect to the Docker daemon", ""},
		{"openssl: subjectAltName", flaw(Material{Server: certgen.CNOnly}), "certificate relies on legacy Common Name field", ""},
		{"openssl: HOST in its names", flaw(Material{Server: certgen.WrongHostname}), "certificate is valid for {other}, not {name}", ""},
		{"dockerd: --tlsverify=false", tlsAlone(), `could not read CA certificate "{file}"`, ""},
	}
}

// screenFiles are the files that exist where dockerd and docker are started.
var screenFiles = map[string]rule.Holds{
	"ca.pem": rule.CA, "cert.pem": rule.CertFile, "key.pem": rule.KeyFile, "server-cert.pem": rule.CertFile, "server-key.pem": rule.KeyFile,
}

// withoutPort is what the docker CLI dials when it is given a host alone, and the outcome.
func withoutPort() (string, outcome.Class) {
	ls, err := rule.ResolveDockerd(rule.Engine, clientEntry(ClientMutual).DockerdArgs(screenPaths), nil, rule.Machine{Files: screenFiles})
	if err != nil {
		return "", outcomeOf(err)
	}
	e, err := rule.ResolveDocker(rule.CLI, append(clientEntry(ClientMutual).typedFlags(), "-H=HOST"), rule.Machine{Files: screenFiles})
	if err != nil {
		return "", outcomeOf(err)
	}
	l := &ls[0]
	if rule.Port(l.Host) != rule.Port(e.Host) {
		l = nil
	}
	o, _ := rule.Meet(l, e, "", "")
	return e.Host, o
}

// tlsAlone is what becomes of a dockerd with --tls and without --tlsverify=false.
func tlsAlone() outcome.Class {
	args := slices.DeleteFunc(newEntry(TLS, ClientTLS, Flags, Material{}).DockerdArgs(screenPaths), func(arg string) bool { return arg == "--tlsverify=false" })
	_, err := rule.ResolveDockerd(rule.Engine, args, nil, rule.Machine{Home: "~", Files: screenFiles})
	return outcomeOf(err)
}

func outcomeOf(err error) outcome.Class {
	if r := (*rule.Refusal)(nil); errors.As(err, &r) {
		return r.Outcome
	}
	return outcome.OK
}

// seen is what a person then sees: the name of the outcome where the texts have none with these words.
func (s slip) seen() string {
	text := s.part
	if s.outcome != outcome.DaemonRefusesToStart && !dockerSays(s.outcome, s.part, "29") {
		text = string(s.outcome)
	}
	if s.old != "" && dockerSays(s.outcome, s.old, "20.10") {
		text += " (20.10: " + s.old + ")"
	}
	return strings.NewReplacer("{file}", "~/.docker/ca.pem", "{other}", "OTHER", "{name}", "HOST").Replace(text)
}

// dockerSays reports whether the docker CLI says something with an outcome in front of a generation of dockerd.
func dockerSays(o outcome.Class, part, generation string) bool {
	return slices.ContainsFunc(parseTexts(), func(t text) bool {
		return t.Outcome == o && slices.Contains(t.Families, FamilyDocker) &&
			(t.Engines == "" || slices.Contains(strings.Split(t.Engines, ","), generation)) && t.contains(part)
	})
}
