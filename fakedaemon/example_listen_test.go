package fakedaemon_test

import (
	"fmt"
	"net"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// A listener that is open already, such as one from systemd, with the TLS of the daemon on top.
func ExampleListen() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	d, err := fakedaemon.New(&fakedaemon.Options{Listen: []fakedaemon.Listen{
		{Mode: modes.TLSVerify, Listener: l},
		{Mode: modes.Unix},
	}})
	if err != nil {
		panic(err)
	}
	defer d.Close()
	resp, err := d.HTTPClient().Get("http://docker/_ping")
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
	fmt.Println(d.Host() == "tcp://"+l.Addr().String(), resp.Status)
	// Output: true 200 OK
}
