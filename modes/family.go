package modes

import "github.com/fakedockerd/fakedockerd/internal/rule"

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

// Families returns every family, in the order in which they are printed.
func Families() []Family {
	var all []Family
	for _, f := range rule.Families() {
		all = append(all, Family(f.Name))
	}
	return all
}
