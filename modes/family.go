package modes

import "github.com/fakedockerd/fakedockerd/modes/outcome"

// Family is a group of clients that behave alike because they share a TLS library and configuration rules.
type Family string

// Families.
const (
	FamilyDocker         Family = "docker"          // the docker CLI 28 and 29
	FamilyDocker20       Family = "docker-20.10"    // the docker CLI 20.10
	FamilyGo             Family = "go"              // Go's crypto/tls used directly
	FamilyGoClient       Family = "go-client"       // github.com/docker/docker/client and github.com/moby/moby/client
	FamilyGoDockerClient Family = "go-dockerclient" // github.com/fsouza/go-dockerclient
	FamilyCurl           Family = "curl"            // curl with OpenSSL
	FamilyDockerPy       Family = "docker-py"       // docker-py 5
	FamilyDockerode      Family = "dockerode"       // dockerode 5 for Node
)

// families is the order in which families are printed. The first three are those of the tables in Markdown.
var families = []Family{
	FamilyDocker, FamilyGo, FamilyCurl, FamilyDocker20, FamilyGoClient, FamilyGoDockerClient, FamilyDockerPy, FamilyDockerode,
}

// Families returns every family, in the order in which they are printed.
func Families() []Family { return append([]Family(nil), families...) }

// Program is a short name for a client of the family, as in "the CLI wants ca.pem".
func (f Family) Program() string {
	switch f {
	case FamilyDocker, FamilyDocker20:
		return "the CLI"
	case FamilyGoClient:
		return "the Go client"
	case FamilyGo:
		return "the Go program"
	}
	return string(f)
}

// configuresBy reports whether clients of the family take their configuration from a source.
func (f Family) configuresBy(s Source) bool {
	switch f {
	case FamilyDocker, FamilyDocker20:
		return true
	case FamilyGo, FamilyCurl:
		return s == Flags
	}
	return s != Context
}

// A library is how a family reads files and checks certificates. Python's and Node's OpenSSL differ from
// curl's by settings and by what they add.
type library int

const (
	goLib     library = iota
	cliLib            // Go with the settings of the released docker CLI (certificates.md, ten facts 5)
	cli20Lib          // the same of CLI 20.10, with Go 1.19
	curlLib           // takes any certificate of its CA file for a root
	pythonLib         // compares names itself and speaks TLS 1.2 (clients.md, part 4)
	nodeLib           // compares names itself and has the security level 1
	libraries
)

func (f Family) library() library {
	switch f {
	case FamilyDocker:
		return cliLib
	case FamilyDocker20:
		return cli20Lib
	case FamilyCurl:
		return curlLib
	case FamilyDockerPy:
		return pythonLib
	case FamilyDockerode:
		return nodeLib
	}
	return goLib
}

func (l library) isGo() bool { return l == goLib || l == cliLib || l == cli20Lib }

// outcomes has what each library does; "" is that it accepts.
type outcomes [libraries]outcome.Class

// every is the same outcome for all libraries.
func every(o outcome.Class) outcomes { return split(o, o) }

// split is an outcome for Go and one for OpenSSL.
func split(inGo, openSSL outcome.Class) outcomes {
	return outcomes{goLib: inGo, cliLib: inGo, cli20Lib: inGo, curlLib: openSSL, pythonLib: openSSL, nodeLib: openSSL}
}

// but changes the outcome of one library.
func (o outcomes) but(l library, with outcome.Class) outcomes {
	o[l] = with
	return o
}
