package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadyFileOfOwnCertificates: the name of -H and the client's files, by which a client verifies the daemon, are in it.
func TestReadyFileOfOwnCertificates(t *testing.T) {
	t.Parallel()
	m, file := material(), filepath.Join(workDir(t), "ready.json")
	p := newProcess(t, "dockerd", "--ready-file", file, "-H", "tcp://localhost:0", "--tlsverify",
		"--tlscacert="+m.dir+"/ca.pem", "--tlscert="+m.dir+"/server-cert.pem", "--tlskey="+m.dir+"/server-key.pem")
	p.start()
	p.until("API listen on")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got ready
	if err := json.Unmarshal(regexp.MustCompile(`localhost:\d+`).ReplaceAll(b, []byte("localhost:PORT")), &got); err != nil {
		t.Fatal(err)
	}
	want := ready{
		Hosts:        []string{"tcp://localhost:PORT"},
		Environment:  map[string]string{"DOCKER_HOST": "tcp://localhost:PORT", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": m.dir},
		Certificates: m.dir,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
