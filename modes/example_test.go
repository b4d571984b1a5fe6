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

// What the docker CLI does with an environment.
func ExampleResolveDocker() {
	e, err := modes.ResolveDocker("29.7.2", []string{"ps"}, modes.Machine{
		Env: map[string]string{"DOCKER_HOST": "tcp://10.10.10.20:2376", "DOCKER_CERT_PATH": "/certs"},
		Files: map[string]modes.Holds{
			"/certs/ca.pem": modes.CA, "/certs/cert.pem": modes.CertFile, "/certs/key.pem": modes.KeyFile,
		},
	})
	fmt.Println(e.Host, e.Mode, err)
	// Output: tcp://10.10.10.20:2376 plain <nil>
}

// The documented spelling of "do not authenticate clients" authenticates them.
func ExampleResolveDockerd() {
	listeners, err := modes.ResolveDockerd("29.7.0",
		[]string{"--tls", "--tlscert=server-cert.pem", "--tlskey=server-key.pem", "-H=0.0.0.0:2376"}, nil,
		modes.Machine{Files: map[string]modes.Holds{
			"server-cert.pem": modes.CertFile, "server-key.pem": modes.KeyFile, "/root/.docker/ca.pem": modes.CA,
		}})
	fmt.Println(listeners[0].Host, listeners[0].Mode, err)
	// Output: tcp://0.0.0.0:2376 tlsverify <nil>
}

func ExampleMeet() {
	listener := &modes.Listener{Host: "tcp://127.0.0.1:2376", Mode: modes.TLSVerify, ClientCAs: []modes.Holds{modes.CA}}
	client := modes.Endpoint{Host: listener.Host, Mode: modes.ClientTLSVerify, Roots: []modes.Holds{modes.CA}, Family: modes.FamilyDocker}
	outcome, why := modes.Meet(listener, client, modes.Material{})
	fmt.Println(outcome)
	fmt.Println(why)
	// Output:
	// server-rejects-no-client-cert
	// the daemon demands a client certificate and the client has none
}
