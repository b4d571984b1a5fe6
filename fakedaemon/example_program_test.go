package fakedaemon_test

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// call sends a request and decodes the answer.
func call(d *fakedaemon.Daemon, method, path, body string, answer any) {
	req, err := http.NewRequest(method, "http://docker"+path, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := d.HTTPClient().Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		all, _ := io.ReadAll(resp.Body)
		log.Fatalf("%s: %s", resp.Status, all)
	}
	if answer != nil {
		if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
			log.Fatal(err)
		}
	}
}

// A client runs a container, and gets what it printed and its exit code.
func ExampleDaemon_SetProgram() {
	d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.TLSVerify})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	d.AddImage(fakedaemon.Image{Tags: []string{"app:1"}})
	d.SetProgram("migrate", fakedaemon.Program{Stdout: "3 tables\n", Stderr: "no rights for the 4th\n", Exit: 3})

	// The client's part.
	call(d, "POST", "/containers/create?name=job", `{"Image": "app:1", "Cmd": ["sh", "-c", "echo begin; migrate"]}`, nil)
	call(d, "POST", "/containers/job/start", "", nil)
	var end struct{ StatusCode int }
	call(d, "POST", "/containers/job/wait", "", &end)
	resp, err := d.HTTPClient().Get("http://docker/containers/job/logs?stdout=1&stderr=1")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	for { // as stdcopy.StdCopy does
		var header struct {
			Stream uint32 // in its first byte
			Size   uint32
		}
		if binary.Read(resp.Body, binary.BigEndian, &header) != nil {
			break
		}
		text := make([]byte, header.Size)
		if _, err := io.ReadFull(resp.Body, text); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d: %s", header.Stream>>24, text)
	}
	fmt.Println("exit code", end.StatusCode)
	// Output:
	// 1: begin
	// 1: 3 tables
	// 2: no rights for the 4th
	// exit code 3
}

// A client talks with a shell on a terminal, as docker exec -it does.
func ExampleProgram_interactive() {
	d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.TLSVerify})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	d.AddContainer(fakedaemon.Container{Name: "web", Image: "app:1", Cmd: []string{"serve"}})
	d.SetProgram("psql", fakedaemon.Program{Steps: []fakedaemon.Step{
		{Stdout: "app=> "},
		{Expect: "select 1;\n", Stdout: "1\napp=> "},
		{Expect: "\\q\n", Stdout: "bye\n"},
	}})

	// The client's part.
	var exec struct{ ID string }
	call(d, "POST", "/containers/web/exec", `{"Cmd": ["psql"], "Tty": true, "AttachStdin": true, "AttachStdout": true}`, &exec)
	req, err := http.NewRequest("POST", "http://docker/exec/"+exec.ID+"/start", strings.NewReader(`{"Tty": true}`))
	if err != nil {
		log.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Connection": {"Upgrade"}, "Upgrade": {"tcp"}}
	resp, err := d.HTTPClient().Do(req)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status)
	terminal := resp.Body.(io.ReadWriteCloser) // what net/http makes of 101
	defer terminal.Close()
	lines := bufio.NewReader(terminal)
	for _, typed := range []string{"select 1;", `\q`} {
		fmt.Fprint(terminal, typed+"\r") // the enter key
		for range 2 {                    // the terminal's echo, and the answer
			line, err := lines.ReadString('\n')
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("%q\n", line)
		}
	}
	// Output:
	// 101 UPGRADED
	// "app=> select 1;\r\n"
	// "1\r\n"
	// "app=> \\q\r\n"
	// "bye\r\n"
}

// A client copies a file out of a container, as docker cp does.
func ExampleProgram_files() {
	d, err := fakedaemon.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	d.AddImage(fakedaemon.Image{Tags: []string{"busybox"}})

	// The client's part.
	call(d, "POST", "/containers/create?name=web", `{"Image": "busybox", "Cmd": ["sh", "-c", "echo '<h1>hello</h1>' > /srv/index.html"], "WorkingDir": "/srv"}`, nil)
	call(d, "POST", "/containers/web/start", "", nil)
	resp, err := d.HTTPClient().Get("http://docker/containers/web/archive?path=/srv")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	for archive := tar.NewReader(resp.Body); ; {
		file, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %s %q\n", file.FileInfo().Mode(), file.Name, text)
	}
	// Output:
	// drwxr-xr-x srv/ ""
	// -rw-r--r-- srv/index.html "<h1>hello</h1>\n"
}

// A program of a test's own does in Go what a script cannot.
func ExampleProgram_run() {
	d, err := fakedaemon.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	d.AddImage(fakedaemon.Image{Tags: []string{"app:1"}, Cmd: []string{"serve"}})
	d.SetProgram("serve", fakedaemon.Program{Image: "app:1", Run: func(p *fakedaemon.Process) int {
		config, err := p.ReadFile("/etc/app.conf")
		if err != nil {
			fmt.Fprintln(p.Stderr(), err)
			return 78
		}
		const sigterm = 15
		p.Catch(sigterm)
		fmt.Fprintf(p.Stdout(), "serving %s as process %d\n", config, p.Pid())
		return p.Wait() // docker stop
	}})

	// The client's part.
	call(d, "POST", "/containers/create?name=web", `{"Image": "app:1", "Tty": true}`, nil)
	call(d, "POST", "/containers/web/start", "", nil)
	resp, err := d.HTTPClient().Get("http://docker/containers/web/logs?stdout=1")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	var web struct{ State struct{ ExitCode int } }
	call(d, "GET", "/containers/web/json", "", &web)
	fmt.Printf("%q, exit code %d\n", text, web.State.ExitCode)
	// Output:
	// "open /etc/app.conf: no such file or directory\r\n", exit code 78
}

// A test waits for what a client does on its stream.
func ExampleDaemon_WaitStream() {
	d, err := fakedaemon.New(&fakedaemon.Options{Mode: modes.TLSVerify})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	d.AddContainer(fakedaemon.Container{Name: "web", Image: "app:1", Cmd: []string{"serve"}})

	// The client's part: it sends a line to an exec, reads the answer and leaves.
	var exec struct{ ID string }
	call(d, "POST", "/containers/web/exec", `{"Cmd": ["cat"], "AttachStdin": true, "AttachStdout": true}`, &exec)
	req, err := http.NewRequest("POST", "http://docker/exec/"+exec.ID+"/start", strings.NewReader("{}"))
	if err != nil {
		log.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Connection": {"Upgrade"}, "Upgrade": {"tcp"}}
	resp, err := d.HTTPClient().Do(req)
	if err != nil {
		log.Fatal(err)
	}
	conn := resp.Body.(io.ReadWriteCloser)
	fmt.Fprintln(conn, "hello")
	if _, err := io.ReadFull(conn, make([]byte, len("\x01\x00\x00\x00\x00\x00\x00\x06hello\n"))); err != nil {
		log.Fatal(err)
	}
	conn.Close()

	s, err := d.WaitStream(context.Background(), func(s fakedaemon.Stream) bool { return s.End != "" })
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Operation, s.Received, s.Frames, s.ClientEOF)
	// Output:
	// ExecStart 6 1 true
}

// The connection of an exec breaks after 16 bytes.
func ExampleStreamFault() {
	d, err := fakedaemon.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	d.AddContainer(fakedaemon.Container{Name: "web"})
	d.Inject(fakedaemon.StreamFault{Operation: "ExecStart", After: 16, Times: 1})

	// The client's part.
	for range 2 {
		var exec struct{ ID string }
		call(d, "POST", "/containers/web/exec", `{"Cmd": ["echo", "the answer of the exec"], "Tty": true, "AttachStdout": true}`, &exec)
		resp, err := d.HTTPClient().Post("http://docker/exec/"+exec.ID+"/start", "application/json", strings.NewReader(`{"Tty": true}`))
		if err != nil {
			log.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		var e struct{ ExitCode int }
		call(d, "GET", "/exec/"+exec.ID+"/json", "", &e)
		fmt.Printf("%q, %v, exit code %d\n", text, err, e.ExitCode)
	}
	// Output:
	// "the answer of th", <nil>, exit code 0
	// "the answer of the exec\r\n", <nil>, exit code 0
}
