package command

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// TestFolderInPlaceOfASocket has what was asked of dockerd 20.10.24 and what the other engines' text is.
func TestFolderInPlaceOfASocket(t *testing.T) {
	t.Parallel()
	for engine, want := range map[fakedaemon.Engine]string{
		fakedaemon.Engine20: "failed to load listeners: can't create unix socket {dir}: is a directory",
		fakedaemon.Engine28: "failed to load listeners: can't create unix socket {dir}: unlink {dir}: is a directory",
	} {
		dir := filepath.Join(workDir(t), "s.sock")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		p := newProcess(t, "dockerd", "--engine", string(engine), "-H", "unix://"+dir)
		if code, _ := p.run(); code != 1 {
			t.Errorf("engine %s: exit code %d", engine, code)
		}
		if diff := cmp.Diff(strings.ReplaceAll(want, "{dir}", dir), p.lines[len(p.lines)-1]); diff != "" {
			t.Errorf("engine %s (-dockerd +fake):\n%s", engine, diff)
		}
	}
}

// TestHandshakeErrorLines: engine 20.10 sets a format of its own for what net/http logs (959 rows of the recorded matrix).
func TestHandshakeErrorLines(t *testing.T) {
	t.Parallel()
	for engine, begin := range map[fakedaemon.Engine]string{
		fakedaemon.Engine20: `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} I \| `,
		fakedaemon.Engine28: `\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `,
		fakedaemon.Engine29: `\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `,
	} {
		m := material()
		p := newProcess(t, "dockerd", "--engine", string(engine), "-H", "127.0.0.1:0", "--tlsverify",
			"--tlscacert="+m.dir+"/ca.pem", "--tlscert="+m.dir+"/server-cert.pem", "--tlskey="+m.dir+"/server-key.pem")
		p.start()
		_, addr, _ := strings.Cut(strings.TrimSuffix(p.until("API listen on"), `"`), "API listen on ")
		conn, err := net.DialTimeout("tcp", addr, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte("this is no handshake"))
		line := p.until("TLS handshake error")
		conn.Close()
		if want := regexp.MustCompile("^" + begin + `http: TLS handshake error from 127\.0\.0\.1:\d+: `); !want.MatchString(line) {
			t.Errorf("engine %s: %q does not match %s", engine, line, want)
		}
	}
}
