package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
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

// TestContainerAttach: a stream that ends with the process; errors are no JSON (09-attach of the recordings).
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

// TestContainerAttachParameters: lines that have been printed before, what is attached, and when the answer ends.
func TestContainerAttachParameters(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	id := must[state.Container](t)(st.Container("c1")).ID
	streams := streamsOf(t, st, "c1")
	streams.Hub.Write(stream.Stdout, []byte("before\npart"))
	streams.Hub.Write(stream.Stderr, []byte("error\n"))
	must[state.Container](t)(st.CreateContainer(state.Container{Name: "none", Image: "bb:1", ImageID: st.Images()[0].ID, HostConfigJSON: []byte(`{"LogConfig":{"Type":"none"}}`)}))
	before, failed := frame(stream.Stdout, "before\n"), frame(stream.Stderr, "error\n")
	const plain = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
	for target, want := range map[string]string{
		"c1/attach?logs=1&stream=0&stdout=1&stderr=1": before + failed,
		"c1/attach?logs=1&stdout=1":                   before,
		"c1/attach?logs=1&stderr=1":                   failed,
		"c1/attach?logs=1&stream=1":                   "",
		"c1/attach?stream=1":                          "",
		"c1/attach?stdout=1":                          "",
		"none/attach?logs=1&stdout=1&stream=1":        frame(stream.Stdout, "Error attaching: configured logging driver does not support reading\n"),
	} {
		if got := exchange(t, srv, "POST /containers/"+target+" HTTP/1.1", "", nil); got != plain+want {
			t.Errorf("%s: %q", target, got)
		}
	}
	print := func() {
		streams.Hub.Write(stream.Stdout, []byte("ial\n"))
		streams.Hub.Write(stream.Stderr, []byte("more\n"))
		if err := st.Kill("c1", ""); err != nil {
			t.Error(err)
		}
	}
	if got, want := exchange(t, srv, "POST /containers/c1/attach?logs=1&stream=1&stdout=1 HTTP/1.1", "", print), plain+before+frame(stream.Stdout, "ial\n"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var attached int
	past, sub := st.Subscribe()
	sub.Close()
	for _, e := range past {
		if e.Action == "attach" && e.ID == id {
			attached++
		}
	}
	if attached != 7 { // not of what could not be read
		t.Errorf("%d events", attached)
	}
}

// TestContainerAttachTerminal: what a terminal prints is not in frames, and its keys end an attachment, with an event (09-attach
// and 26-extra of the recordings).
func TestContainerAttachTerminal(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	c := must[state.Container](t)(st.CreateContainer(state.Container{Name: "tty", Image: "bb:1", ImageID: st.Images()[0].ID, Config: image.Config{Cmd: []string{"sleep", "1000"}, Tty: true, OpenStdin: true}}))
	if err := st.Start("tty"); err != nil {
		t.Fatal(err)
	}
	conn := must[net.Conn](t)(net.Dial("tcp", srv.Listener.Addr().String()))
	defer conn.Close()
	fmt.Fprint(conn, "POST /containers/tty/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
	const head = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
	got := make([]byte, len(head))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != head {
		t.Fatalf("%q, %v", got, err)
	}
	streamsOf(t, st, "tty").Hub.Write(stream.Stdout, []byte("hi\r\n"))
	// It comes behind the event of the attachment.
	if _, err := io.ReadFull(conn, got[:4]); err != nil || string(got[:4]) != "hi\r\n" {
		t.Fatalf("%q, %v", got[:4], err)
	}
	past, sub := st.Subscribe()
	defer sub.Close()
	fmt.Fprint(conn, "\x10\x11")
	if got, err := io.ReadAll(conn); err != nil || len(got) > 0 {
		t.Errorf("%q, %v", got, err)
	}
	conn.Close()
	<-sub.Ready()
	if events := sub.Take(); len(events) != 1 || events[0].Action != "detach" || events[0].ID != c.ID {
		t.Errorf("%+v after %+v", events, past)
	}
}

// TestContainerAttachRemoved: the removal of a container that has never run ends who is attached.
func TestContainerAttachRemoved(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	must[state.Container](t)(st.CreateContainer(state.Container{Name: "new", Image: "bb:1", ImageID: st.Images()[0].ID, Config: image.Config{Cmd: []string{"true"}}}))
	conn := must[net.Conn](t)(net.Dial("tcp", srv.Listener.Addr().String()))
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprint(conn, "POST /containers/new/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: docker\r\n\r\n")
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
	got := make([]byte, len(head))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != head {
		t.Fatalf("%q, %v", got, err)
	}
	if err := st.Remove("new", state.RemoveOptions{}); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}

// TestExecAttachedStreams has what dockerd 20.10 answers: the request's terminal decides what is sent, the exec's what it is.
func TestExecAttachedStreams(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	for name, row := range map[string]struct {
		config state.ExecConfig
		body   string
		media  string
		want   string
	}{
		"frames":           {state.ExecConfig{OpenStdout: true, OpenStderr: true}, `{}`, "multiplexed", frame(stream.Stdout, "out\n") + frame(stream.Stderr, "err\n")},
		"stdout alone":     {state.ExecConfig{OpenStdout: true}, `{}`, "multiplexed", frame(stream.Stdout, "out\n")},
		"raw without err":  {state.ExecConfig{OpenStdout: true, OpenStderr: true}, `{"Tty":true}`, "raw", "out\n"},
		"terminal, frames": {state.ExecConfig{OpenStdout: true, OpenStderr: true, Tty: true}, `{}`, "multiplexed", frame(stream.Stdout, "out\n") + frame(stream.Stderr, "err\n")},
		"nothing":          {state.ExecConfig{}, `{}`, "multiplexed", ""},
	} {
		row.config.Args = []string{"sleep", "1000"}
		id := must[string](t)(st.CreateExec("c1", row.config))
		streams := must[*state.IO](t)(st.ExecIO(id))
		print := func() {
			streams.Hub.Write(stream.Stdout, []byte("out\n"))
			streams.Hub.Write(stream.Stderr, []byte("err\n"))
			streams.Hub.EndRun()
		}
		got := exchange(t, srv, "POST /exec/"+id+"/start"+upgrade, row.body, print)
		head, body, _ := strings.Cut(got, "\r\n\r\n")
		if body != row.want || !strings.Contains(head, "\r\nContent-Type: application/vnd.docker."+row.media+"-stream\r\n") {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
	id := must[string](t)(st.CreateExec("c1", state.ExecConfig{Args: []string{"sleep", "1000"}, OpenStdin: true, OpenStdout: true, Tty: true, DetachKeys: []byte("ab")}))
	conn := must[net.Conn](t)(net.Dial("tcp", srv.Listener.Addr().String()))
	defer conn.Close()
	fmt.Fprintf(conn, "POST /exec/%s/start HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"Tty\":true}", id)
	r := bufio.NewReader(conn)
	for line := ""; line != "\r\n"; {
		line = must[string](t)(r.ReadString('\n'))
	}
	fmt.Fprint(conn, "ab")
	if got, err := io.ReadAll(r); err != nil || string(got) != "exec attach failed: error on attach stdin: read escape sequence\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	if e := must[state.Exec](t)(st.Exec(id)); !e.Running {
		t.Error("it does not run on")
	}
}
