package fakedaemon_test

import (
	"fmt"
	"log"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// A client over ssh, here the daemon's own, runs the command that connects it. The real docker CLI is given d.Environ().
func ExampleDaemon_SSHConnections() {
	d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.SSH})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	response, err := d.HTTPClient().Get("http://docker/_ping")
	if err != nil {
		log.Fatal(err)
	}
	response.Body.Close()
	for _, c := range d.SSHConnections() {
		fmt.Println("in as", c.User, "with the key of the account:", c.Key == d.SSH().User().Fingerprint())
		for _, s := range c.Sessions {
			fmt.Println(s.Kind, s.Command)
		}
	}
	// Output:
	// in as docker-user with the key of the account: true
	// exec docker system dial-stdio
}
