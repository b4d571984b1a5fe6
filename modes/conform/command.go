package conform

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/internal/shellwords"
	"github.com/fakedockerd/fakedockerd/modes"
)

// Docker returns the docker CLI at path, which is absolute. It runs `docker version` with the flags, environment, files
// or context of the entry.
func Docker(name, path string) Client { return &docker{name: name, path: path} }

// A docker is immutable.
type docker struct {
	name, path string
	version    string // "28.2.2", "" unknown
}

func (c *docker) Name() string         { return c.name }
func (c *docker) Family() modes.Family { return modes.FamilyDocker }

func (c *docker) String() string { return strings.TrimSpace("docker "+c.version) + " (" + c.path + ")" }

func (c *docker) Skip(e modes.Entry) string {
	switch {
	case e.Daemon == modes.Unix && runtime.GOOS == "windows":
		return "the docker CLI has no unix sockets on Windows"
	case e.Daemon == modes.Unix && e.Client != modes.ClientPlain && strings.HasPrefix(c.version, "20."):
		// Later versions leave TLS out.
		return "CLI 20.10 with TLS settings takes the path of a socket for a host name"
	}
	return ""
}

// contextName is the docker context of an attempt; each has a home of its own.
const contextName = "conform"

func (c *docker) Do(ctx context.Context, a Attempt) Result {
	if a.Entry.Source != modes.Context {
		return run(ctx, a, c.path, append(a.Entry.DockerArgs(a.Paths), "version")...)
	}
	created := run(ctx, a, c.path, a.Entry.ContextArgs(a.Paths, contextName)...)
	if created.failed() {
		return created
	}
	r := run(ctx, a, c.path, "--context", contextName, "version")
	r.Command = created.Command + " && " + r.Command
	return r
}

// Curl returns the curl at path, which is absolute and built with OpenSSL. It asks for /version.
func Curl(name, path string) Client { return &curl{name: name, path: path} }

// A curl is immutable.
type curl struct {
	name, path string
	version    string // "7.88.1", "" unknown
}

func (c *curl) Name() string            { return c.name }
func (c *curl) Family() modes.Family    { return modes.FamilyCurl }
func (c *curl) Skip(modes.Entry) string { return "" }
func (c *curl) String() string          { return strings.TrimSpace("curl "+c.version) + " (" + c.path + ")" }

func (c *curl) Do(ctx context.Context, a Attempt) Result {
	// -i shows the status: curl ends with 0 after any answer.
	return run(ctx, a, c.path, append([]string{"-i"}, a.Entry.CurlArgs(a.Paths, "/version")...)...)
}

// killDelay is how long a client that has been told to stop is still waited for.
const killDelay = time.Second

// run runs a command to its end, or to that of ctx, when it is killed with all that it has started.
func run(ctx context.Context, a Attempt, program string, args ...string) Result {
	var stdout, stderr clipped
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = a.Env
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = killDelay
	killGroup(cmd)
	err := cmd.Run()
	r := Result{Command: commandLine(program, args), Env: a.variables(), Stdout: stdout.String(), Stderr: stderr.String()}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		r.ExitCode = exit.ExitCode()
	case errors.Is(err, exec.ErrWaitDelay):
		// It has ended with 0, and something that it has started holds its output.
	case err != nil:
		r.ExitCode, r.Err = -1, err
	}
	return r
}

// longestOutput is how much of a command's output is kept, of its beginning and of its end.
const longestOutput = 256 << 10

// clipped is an output of which the middle is left out when it is long. The zero value is empty.
type clipped struct {
	head, tail []byte
	cut        bool
}

func (c *clipped) Write(b []byte) (int, error) {
	n := min(len(b), longestOutput-len(c.head))
	c.head = append(c.head, b[:n]...)
	c.tail = append(c.tail, b[n:]...)
	if len(c.tail) > 2*longestOutput {
		c.tail, c.cut = append(c.tail[:0], c.tail[len(c.tail)-longestOutput:]...), true
	}
	return len(b), nil
}

func (c *clipped) String() string {
	if !c.cut {
		return string(c.head) + string(c.tail)
	}
	return string(c.head) + "\n[...]\n" + string(c.tail)
}

// variables are what the attempt sets in the environment.
func (a Attempt) variables() []string {
	return append([]string{"HOME=" + a.Home}, a.Entry.Env(a.Paths)...)
}

// commandLine is a command as one types it in a POSIX shell.
func commandLine(program string, args []string) string {
	var words []string
	for _, arg := range append([]string{program}, args...) {
		words = append(words, shellwords.Quote(arg))
	}
	return strings.Join(words, " ")
}

// typed is a command with the variables that are set for it, as one types it in a POSIX shell.
func typed(env []string, command string) string {
	if command == "" {
		return ""
	}
	var words []string
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		words = append(words, name+"="+shellwords.Quote(value))
	}
	return strings.Join(append(words, command), " ")
}

// scrubbed are the variables that change what a client trusts, dials or reads, as patterns of path.Match.
var scrubbed = []string{
	"DOCKER_*", "BUILDX_*", "COMPOSE_*",
	"*_CA_BUNDLE", "*_CAINFO", "*_CA_CERTS", "SSL_CERT_*", "OPENSSL_*", "SSLKEYLOGFILE", "GODEBUG",
	"NODE_OPTIONS", "NODE_TLS_*", "PYTHONHTTPSVERIFY", "RUBYOPT", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
	"*_PROXY", "*_proxy", "CURL_*", "XDG_CONFIG_HOME", "HOME", "USERPROFILE",
}

// environ is this process's environment with the given home and without what is scrubbed.
func environ(home string) []string {
	var env []string
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !isScrubbed(name) {
			env = append(env, v)
		}
	}
	return append(env, "HOME="+home, "USERPROFILE="+home)
}

func isScrubbed(name string) bool {
	for _, pattern := range scrubbed {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}
