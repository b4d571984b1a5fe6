package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// exchange sends a request on a connection of its own and returns the whole answer, up to the end of the connection. Then
// is called once the head of the answer has come.
func exchange(t *testing.T, srv *httptest.Server, head, body string, then func()) string {
	t.Helper()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
	r := bufio.NewReader(conn)
	var all strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %q", err, all.String())
		}
		if !strings.HasPrefix(line, "Date: ") {
			all.WriteString(line)
		}
		if line == "\r\n" {
			break
		}
	}
	if then != nil {
		then()
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return all.String() + string(rest)
}

const upgrade = " HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp"

// TestContainerAttach: what prints nothing is a stream that ends with the process; errors are no JSON (09-attach of the recordings).
func TestContainerAttach(t *testing.T) {
	t.Parallel()
	srv, st := lifeServer(t, "28")
	kill := func() {
		if err := st.Kill("c1", ""); err != nil {
			t.Error(err)
		}
	}
	if got, want := exchange(t, srv, "POST /containers/c1/attach?stream=1&stdout=1"+upgrade, "", kill), "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"; got != want {
		t.Errorf("%q", got)
	}
	if got, want := exchange(t, srv, "POST /v1.41/containers/c1/attach?logs=0 HTTP/1.1", "", nil), "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"; got != want {
		t.Errorf("%q", got)
	}
	createRunning(t, st, "c2", "sleep", "1000")
	if err := st.Pause("c2"); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{
		"nosuch/attach?stream=1":            "404 Not Found\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nNo such container: nosuch\r\n",
		"c1/attach?detachKeys=bogus-key":    "400 Bad Request\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nInvalid detach keys (bogus-key) provided\r\n",
		"c2/attach?stream=1&detachKeys=a,b": "409 Conflict\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\ncontainer c2 is paused, unpause the container before attach\r\n",
	} {
		if got := exchange(t, srv, "POST /containers/"+target+upgrade, "", nil); got != "HTTP/1.1 "+want {
			t.Errorf("%s: %q", target, got)
		}
	}
	createRunning(t, st, "c3", "nginx")
	if got := sendTo(t, "POST", srv.URL+"/containers/c3/attach?stream=1"); got.StatusCode != 501 {
		t.Errorf("of what may print: %d", got.StatusCode)
	}
}

// TestExecAttached: an exec that prints nothing, and why one cannot start (08-exec of the recordings).
func TestExecAttached(t *testing.T) {
	t.Parallel()
	const fields = "Api-Version: VERSION\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: Docker/ENGINE (linux)\r\n\r\n"
	for name, media := range map[string]string{"20.10": "raw", "28": "multiplexed", "29": "multiplexed"} {
		srv, st := lifeServer(t, name)
		e := engineByName(t, name)
		head := strings.NewReplacer("VERSION", e.APIVersion, "ENGINE", e.Version).Replace("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker." + media + "-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n" + fields)
		start := func(cmd string) string {
			id := must[string](t)(st.CreateExec("c1", state.ExecConfig{Args: []string{cmd}}))
			return exchange(t, srv, "POST /exec/"+id+"/start"+upgrade, `{"Detach":false}`, nil)
		}
		if got := start("true"); got != head {
			t.Errorf("%s: %q, want %q", name, got, head)
		}
		text := `OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH`
		if name == "20.10" {
			text += ": unknown"
		}
		text += "\r\n"
		if got, want := start("nosuch"), head+"\x01\x00\x00\x00\x00\x00\x00"+string(rune(len(text)))+text; got != want && name != "20.10" || !strings.HasSuffix(got, text) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
