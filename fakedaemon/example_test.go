package fakedaemon_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os/exec"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// A daemon that demands client certificates, and a client that has one.
func ExampleNew() {
	d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.TLSVerify})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()

	resp, err := d.HTTPClient().Get("https://docker/_ping")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(body), resp.Header.Get("Server"))
	for _, r := range d.Requests() {
		fmt.Println(r.ClientName, "asked for", r.Operation)
	}
	// Output:
	// OK Docker/28.5.2 (linux)
	// client asked for SystemPing
}

// A program gets to the daemon by its environment, whatever DOCKER_ variables the developer has set.
func ExampleDaemon_Environ() {
	d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.TLSVerify})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	d.AddContainer(fakedaemon.Container{Name: "web"})

	cmd := exec.Command("docker", "ps", "--format", "{{.Names}}")
	cmd.Env = d.Environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		log.Fatalf("%v\n%s", err, out)
	}
	fmt.Printf("%s", out) // web
}

// Whether a client verified anything is in the ledger, also when it got no answer.
func ExampleDaemon_Handshakes() {
	d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.TLSVerify})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()

	// A client that trusts the daemon and has forgotten its own certificate.
	config := d.ClientTLS()
	config.Certificates = nil
	forgetful := &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	defer forgetful.CloseIdleConnections()
	if _, err := forgetful.Get("https" + d.Host()[len("tcp"):] + "/_ping"); err == nil {
		log.Fatal("the daemon let it in")
	}
	for _, h := range d.Handshakes() {
		fmt.Println(h.Err)
		fmt.Println("sent alert:", h.AlertSent)
	}
	// Output:
	// tls: client didn't provide a certificate
	// sent alert: tls: certificate required
}

// The second request fails as a daemon out of memory would make it.
func ExampleDaemon_Inject() {
	d, err := fakedaemon.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()

	ask := func() {
		resp, err := d.HTTPClient().Get("http://docker/containers/json")
		if err != nil {
			log.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		fmt.Printf("%d %s", resp.StatusCode, body)
	}
	ask()
	d.Inject(fakedaemon.HTTPFault{Operation: "ContainerList", Status: 500, Message: "out of memory", Times: 1})
	ask()
	ask()
	// Output:
	// 200 []
	// 500 {"message":"out of memory"}
	// 200 []
}
