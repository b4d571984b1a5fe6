package modes_test

import (
	"fmt"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes"
)

func ExampleEntries() {
	for _, e := range modes.Entries() {
		if e.ID == "tlsverify/mutual/flags/client:other-ca" {
			fmt.Println("docker:", e.Want[modes.FamilyDocker])
			fmt.Println("curl:", e.Want[modes.FamilyCurl])
			fmt.Println(strings.ReplaceAll(e.Why, ". ", ".\n"))
		}
	}
	// Output:
	// docker: server-rejects-no-client-cert
	// curl: server-rejects-unknown-client-ca
	// docker, go, docker-20.10, go-client, go-dockerclient: Go sends no certificate when its issuer is not among the CAs that the daemon names.
	// curl, docker-py, dockerode: the daemon does not trust the CA that signed the client's certificate.
}

func ExampleEntry_DockerArgs() {
	p := modes.Paths{
		Host: "127.0.0.1:2376", CA: "ca.pem", Cert: "cert.pem", Key: "key.pem",
		ClientCA: "ca.pem", ServerCert: "server-cert.pem", ServerKey: "server-key.pem",
	}
	for _, e := range modes.Entries() {
		if e.ID == "tlsverify/mutual/flags" {
			fmt.Println("dockerd", strings.Join(e.DockerdArgs(p), " "))
			fmt.Println("docker", strings.Join(e.DockerArgs(p), " "), "version")
			fmt.Println("curl", strings.Join(e.CurlArgs(p, "/images/json"), " "))
		}
	}
	// Output:
	// dockerd --tlsverify --tlscacert=ca.pem --tlscert=server-cert.pem --tlskey=server-key.pem -H=tcp://127.0.0.1:2376
	// docker --tlsverify --tlscacert=ca.pem --tlscert=cert.pem --tlskey=key.pem -H=tcp://127.0.0.1:2376 version
	// curl -sS https://127.0.0.1:2376/images/json --cert cert.pem --key key.pem --cacert ca.pem
}
