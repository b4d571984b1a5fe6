package modes

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A term is a mode, what is typed for it and what it means.
type term struct{ name, typed, means string }

// daemonTerms are the daemon modes.
func daemonTerms() []term {
	var all []term
	for _, d := range daemons {
		all = append(all, term{string(d.name), typedForDaemon(d.name), d.means})
	}
	return all
}

// clientTerms are the client modes. What is typed is for docker.
func clientTerms() []term {
	all := []term{{string(ClientPlain), "", "no TLS"}}
	for _, c := range Clients()[1:] {
		means := "does not check the server"
		if c.Verifies() {
			means = "checks the server"
		}
		if c.Presents() {
			means += ", presents a certificate"
		} else {
			means += ", presents no certificate"
		}
		all = append(all, term{string(c), strings.Join(clientEntry(c).typedFlags(), " "), means})
	}
	return all
}

// sourceTerms say where a client has its mode and files from.
var sourceTerms = []term{
	{name: string(Flags), means: "its flags"},
	{name: string(Env), means: "DOCKER_HOST, DOCKER_TLS_VERIFY or DOCKER_TLS, and DOCKER_CERT_PATH"},
	{name: string(Home), means: "the same variables without DOCKER_CERT_PATH, and ~/.docker"},
	{name: string(Context), means: "a docker context"},
}

var outcomeTerms = []term{
	{name: string(outcome.OK), means: "an answer came back"},
	{name: kind(outcome.ConfigUsage), means: "the client stopped before it dialled"},
	{name: kind(outcome.RejectsServerOther), means: "the client refused the daemon's certificate"},
	{name: kind(outcome.RejectsClientCertOther), means: "the daemon refused the client"},
	{name: string(outcome.HTTPToHTTPS), means: "the client spoke plain HTTP to a daemon that wants TLS"},
	{name: string(outcome.HTTPSToHTTP), means: "the client spoke TLS to a daemon that has none"},
}

// kind is the outcomes that begin alike.
func kind(o outcome.Class) string { return strings.TrimSuffix(string(o), o.Detail()) + "*" }

// familyTerms are the families.
func familyTerms() []term {
	var all []term
	for _, f := range rule.Families() {
		all = append(all, term{name: f.Name, means: f.Doc})
	}
	return all
}

// legend says what the words of the long list stand for.
func legend() string {
	var b strings.Builder
	fmt.Fprintln(&b, "An entry is DAEMON/CLIENT/SOURCE, and /SIDE:FLAW where a certificate or a file is wrong (fakedockerd certs --flaws has the flaws).")
	fmt.Fprint(&b, "The entries env/NAME are environments of users, most of them careless; the daemon is in mode tlsverify where the name says no other.\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	section := func(head string, terms []term) {
		fmt.Fprintf(w, "\n%s\n", head)
		for _, t := range terms {
			typed := t.typed
			if typed != "" {
				typed += "\t"
			}
			fmt.Fprintf(w, "  %s\t%s%s\n", t.name, typed, t.means)
		}
		w.Flush()
	}
	section("DAEMON: the flags of dockerd; "+short+" is "+screenPairs, daemonTerms())
	section("CLIENT: the flags of docker", clientTerms())
	section("SOURCE: where the client has its mode and its files from", sourceTerms)
	section("OUTCOME: that of every client or, where they differ, of each", outcomeTerms)
	section("The clients", familyTerms())
	return b.String()
}

// markdownLegend says the same of the modes alone.
func markdownLegend() string {
	var b strings.Builder
	write := func(head string, terms []term) {
		fmt.Fprintf(&b, "| %s | what it does |\n|---|---|---|\n", head)
		for _, t := range terms {
			typed := t.typed
			switch {
			case typed == "":
				typed = "nothing"
			case typed[0] == '-':
				typed = "`" + strings.Replace(typed, short, screenPairs, 1) + "`"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", t.name, typed, t.means)
		}
	}
	write("daemon | typed behind `dockerd`", daemonTerms())
	b.WriteString("\n")
	write("client | typed behind `docker -H="+clientEntry(ClientPlain).ClientHost(screenPaths)+"`", clientTerms())
	return b.String()
}
