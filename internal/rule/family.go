package rule

import (
	"slices"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/words"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A Family is a group of clients that behave alike because they share a TLS library and configuration rules.
type Family struct {
	Name    string
	Doc     string        // what its clients are, for a legend
	Program string        // one of them in a sentence, as in "the CLI wants ca.pem"; "" is Name
	Library Library       // how they read files and check certificates
	Speaks  words.Speaker // whose words they use

	Variables     bool // they can be told by DOCKER_HOST and its like
	Contexts      bool // and by a docker context
	SSH           bool // they reach a daemon over ssh by themselves
	PingsForUsage bool // they ask a daemon, any, while they print how to use them

	// Calls are the outcomes in whose place their words, or the recordings, have another.
	Calls map[outcome.Class]outcome.Class
	// Cannot reports whether they cannot be told a setting, although they can be told in its way; nil is never.
	Cannot func(Setting) bool
	// Resolve says what one of them makes of a setting and of the machine: the endpoint that it dials, or a *[Refusal].
	Resolve func(Setting, Machine) (Endpoint, error)
}

// rows are in the order in which families are printed. The first three are those of the tables in Markdown.
var rows []*Family

// What resolves a setting looks at the rows itself.
func init() {
	rows = []*Family{
		{
			Name: "docker", Doc: "the docker CLI 28 and 29", Program: "the CLI", Library: cliLib, Speaks: words.Go,
			Variables: true, Contexts: true, SSH: true, PingsForUsage: true, Resolve: Setting.docker,
		},
		{
			Name: "go", Doc: "crypto/tls", Program: "the Go program", Library: goLib, Speaks: words.Go,
			Calls:   map[outcome.Class]outcome.Class{outcome.ConfigEncryptedKey: outcome.ConfigBadMaterial}, // crypto/tls does not look why it cannot parse a key
			Cannot:  func(s Setting) bool { return inFolder(s.Flaw) },                                       // it is given what the files hold
			Resolve: Setting.goTLS,
		},
		{
			Name: "curl", Doc: "curl with OpenSSL", Library: curlLib, Speaks: words.OpenSSL,
			Calls:   map[outcome.Class]outcome.Class{outcome.NoSuchSocket: outcome.ConnectionRefused},
			Resolve: Setting.curl,
		},
		{
			Name: "docker-20.10", Doc: "the docker CLI 20.10", Program: "the CLI", Library: cli20Lib, Speaks: words.Go,
			Variables: true, Contexts: true, SSH: true, PingsForUsage: true, Resolve: Setting.docker20,
		},
		{
			Name: "go-client", Doc: "docker/docker/client and moby/moby/client, FromEnv", Program: "the Go client", Library: goLib, Speaks: words.Go,
			Variables: true, Cannot: Setting.uncheckedByFlags, Resolve: Setting.goClient,
		},
		{
			Name: "go-dockerclient", Doc: "fsouza/go-dockerclient", Library: goLib, Speaks: words.Go,
			Variables: true, Calls: map[outcome.Class]outcome.Class{outcome.ConfigEncryptedKey: outcome.ConfigBadMaterial},
			Resolve: Setting.goDockerClient,
		},
		{
			Name: "docker-py", Doc: "docker-py for Python", Library: pythonLib, Speaks: words.OpenSSL,
			Variables: true, SSH: true, Calls: map[outcome.Class]outcome.Class{outcome.ConfigMissingFile: outcome.ConfigBadMaterial},
			Resolve: Setting.dockerPy,
		},
		{
			Name: "dockerode", Doc: "dockerode for Node", Library: nodeLib, Speaks: words.OpenSSL,
			Variables: true, SSH: true, Cannot: Setting.notByDockerode, Resolve: Setting.dockerode,
		},
	}
}

// Families returns every family, in the order in which they are printed.
func Families() []*Family { return slices.Clone(rows) }

// ByName returns the family of a name, nil when there is none. Of a nil family is known what all have in common.
func ByName(name string) *Family {
	at := slices.IndexFunc(rows, func(f *Family) bool { return f.Name == name })
	if at < 0 {
		return nil
	}
	return rows[at]
}

// Speakers are those whose words clients of the family may use.
func (f *Family) Speakers() []words.Speaker {
	if f == nil {
		return []words.Speaker{words.Go, words.OpenSSL}
	}
	return []words.Speaker{f.Speaks}
}

// CanBeTold reports whether clients of the family can be told a setting.
func (f *Family) CanBeTold(s Setting) bool {
	switch {
	case s.Variables && !f.Variables, s.Context != "" && !f.Contexts, overSSH(s.Host) && !f.SSH:
		return false
	}
	return f.Cannot == nil || !f.Cannot(s)
}

func (f *Family) library() Library {
	if f == nil {
		return goLib
	}
	return f.Library
}

func (f *Family) program() string {
	switch {
	case f == nil:
		return "the client"
	case f.Program != "":
		return f.Program
	}
	return f.Name
}

// calls is an outcome as it is with clients of the family.
func (f *Family) calls(o outcome.Class) outcome.Class {
	if f != nil && f.Calls[o] != "" {
		return f.Calls[o]
	}
	return o
}

// A Mode is what a side does. A daemon presents its certificate without being told.
type Mode uint8

// Modes, which are added up. The zero value speaks no TLS.
const (
	TLS Mode = 1 << iota
	Verifies
	Presents

	Plain Mode = 0
)

func (m Mode) verifies() bool { return m&Verifies != 0 }
func (m Mode) presents() bool { return m&Presents != 0 }

// withTLS is a client's mode.
func withTLS(verifies, presents bool) Mode {
	m := TLS
	if verifies {
		m |= Verifies
	}
	if presents {
		m |= Presents
	}
	return m
}

// A Setting is what a client is told: by flags or arguments unless it says otherwise.
type Setting struct {
	Variables bool   // by DOCKER_HOST and its like, which the machine has
	Context   string // by a docker context of that name, which the machine has; "" is none

	Mode          Mode
	Host          string       // in the form of DOCKER_HOST
	CA, Cert, Key string       // the files that its mode may need
	Flaw          certgen.Flaw // of these files
}

// files are those that the mode needs, "" for the others.
func (s Setting) files() (ca, cert, key string) {
	if s.Mode.verifies() {
		ca = s.CA
	}
	if s.Mode.presents() {
		cert, key = s.Cert, s.Key
	}
	return ca, cert, key
}

// uncheckedByFlags: some libraries cannot be told by arguments to use TLS and not to check.
func (s Setting) uncheckedByFlags() bool {
	return !s.Variables && s.Mode != Plain && !s.Mode.verifies()
}
