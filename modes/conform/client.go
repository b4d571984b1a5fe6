package conform

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes"
)

// A Client is a client under test. Several attempts use it at once.
type Client interface {
	// Name is its name in the report, unique among the clients of a run.
	Name() string
	// Family says which of an entry's expected outcomes is this client's; a client that is none of the matrix's has
	// Unknown.
	Family() modes.Family
	// Skip says why the client cannot express an entry that its family can; "" means it can.
	Skip(e modes.Entry) string
	// Do makes one attempt: configured as a says, it asks the daemon for anything, and tells what it saw. It returns
	// soon after ctx is done.
	Do(ctx context.Context, a Attempt) Result
}

// An Attempt is one client in front of one daemon that nobody else talks to.
type Attempt struct {
	Entry modes.Entry
	// Paths are the daemon's address and the client's files, which exist; those of the daemon are "".
	Paths modes.Paths
	// Home is a folder that holds nothing but what the entry puts into .docker.
	Home string
	// Env is the whole environment of a client that is a command: this process's without what would change how a client
	// behaves, with HOME and the variables of the entry.
	Env []string
	// CAPEM, CertPEM and KeyPEM are what the client's files hold; of a flaw of the files themselves they have nothing.
	CAPEM, CertPEM, KeyPEM []byte
}

// Host is the daemon's address in the form of DOCKER_HOST.
func (a Attempt) Host() string { return a.Entry.ClientHost(a.Paths) }

// Func returns a client that is a Go function. It skips only what its family cannot express.
func Func(name string, family modes.Family, do func(ctx context.Context, a Attempt) Result) Client {
	return &function{name, family, do}
}

// A function is immutable.
type function struct {
	name   string
	family modes.Family
	do     func(ctx context.Context, a Attempt) Result
}

func (c *function) Name() string                             { return c.name }
func (c *function) Family() modes.Family                     { return c.family }
func (c *function) Skip(modes.Entry) string                  { return "" }
func (c *function) Do(ctx context.Context, a Attempt) Result { return c.do(ctx, a) }

// Go returns the built-in client, which is net/http with the TLS config that the entry renders.
func Go() Client { return builtIn{Func("go", modes.FamilyGo, doGo)} }

type builtIn struct{ Client }

func (builtIn) String() string { return "go (built in, " + runtime.Version() + ")" }

func doGo(ctx context.Context, a Attempt) Result {
	config, err := a.Entry.GoTLS(a.CAPEM, a.CertPEM, a.KeyPEM)
	if err != nil {
		return Result{Err: err}
	}
	body, err := Get(ctx, a.Host(), config)
	return Result{Stdout: body, Err: err}
}

// Get asks the daemon at host, in the form of DOCKER_HOST, for /version and returns the body of the answer. It speaks
// plain HTTP when config is nil. An answer with a status of 400 or above is an error that holds its status and body.
func Get(ctx context.Context, host string, config *tls.Config) (string, error) {
	network, address, ok := strings.Cut(host, "://")
	if !ok {
		return "", fmt.Errorf("conform: host %q is not PROTOCOL://ADDRESS", host)
	}
	transport := &http.Transport{
		TLSClientConfig: config.Clone(), // a dial may outlive Get, and its caller may change config then
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}
	defer transport.CloseIdleConnections()
	url := "http://"
	if config != nil {
		url = "https://"
	}
	if network == "unix" {
		url += "localhost/version"
	} else {
		url += address + "/version"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return "", fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}
