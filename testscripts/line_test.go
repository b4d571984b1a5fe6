package testscripts_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/modes"
)

const bbID = "sha256:bcb9e4bba0f0ec7f91496621ba87c79395ef3e394b07d6319f8d277c8c10066f"

// The documented client line prints what it prints against dockerd 28.5.2 in the same state. The files of testdata/line
// hold what docker 28 and 29 made of recorded answers: of flow 01-version-info, of 12-images and, three hours later, of
// 02-ps-list.
func TestDocumentedLine(t *testing.T) {
	t.Parallel()
	almostEmpty := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
	almostEmpty.AddImage(bb())
	for _, version := range dockercli.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			major, _, _ := strings.Cut(version, ".")
			docker := dockercli.Path(t, version)
			for _, tt := range []struct {
				daemon        *fakedaemon.Daemon
				command, file string
			}{
				{almostEmpty, "version", "version"},
				{almostEmpty, "info", "info-" + major},
				{almostEmpty, "images", "images-" + major},
				{withContainers(t), "ps", "ps"},
			} {
				want, err := os.ReadFile(filepath.Join("testdata", "line", tt.file+".txt"))
				if err != nil {
					t.Fatal(err)
				}
				got := documentedLine(t, docker, tt.daemon, tt.command)
				if diff := cmp.Diff(normal(string(want)), normal(got)); diff != "" {
					t.Errorf("docker %s (-recorded +got):\n%s", tt.command, diff)
				}
			}
		})
	}
}

// documentedLine runs docker in a folder with the documented files and returns what it prints.
func documentedLine(t *testing.T, docker string, d *fakedaemon.Daemon, command string) string {
	t.Helper()
	host, err := url.Parse(d.Host())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(docker, "--tlsverify", "--tlscacert=ca.pem", "--tlscert=cert.pem", "--tlskey=key.pem", "-H="+host.Host, command)
	cmd.Dir = d.CertDir()
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return string(out)
}

var (
	client   = regexp.MustCompile(`(?s)^Client:.*?\n\n(Server:)`)
	ofHost   = regexp.MustCompile(`(?m)^( (?:Kernel Version|Operating System|CPUs|Total Memory|Name|ID|Docker Root Dir):).*$`)
	runtimes = regexp.MustCompile(`(?m)^( Runtimes:) runc (io\.containerd\.runc\.v2)$`)
)

// normal removes from an output what is the client's or the host's, and gives the runtimes, which docker prints in any
// order, one.
func normal(output string) string {
	output = client.ReplaceAllString(output, "$1")
	output = ofHost.ReplaceAllString(output, "$1")
	return runtimes.ReplaceAllString(output, "$1 $2 runc")
}

func bb() fakedaemon.Image {
	return fakedaemon.Image{ID: bbID, Tags: []string{"bb:1"}, Created: time.Now().Add(-2*time.Minute - 20*time.Second), Size: 1982386}
}

// withContainers starts a daemon with the running containers of flow 02-ps-list.
func withContainers(t *testing.T) *fakedaemon.Daemon {
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
	d.AddImage(bb())
	d.AddNetwork(fakedaemon.Network{Name: "fnet"})
	created := time.Now().Add(-3*time.Hour - 20*time.Minute)
	for i, c := range []fakedaemon.Container{
		{ID: "704e575333709a094b4194d06fc23c5662c6601917a9f937b71d63462fb346a5", Name: "run1", Publish: []string{"22101:80", "22102:81/udp"}},
		{ID: "c5bc6a349a3ad873c32ad7d4dcaa0ff7f4e7318555692b112c90845643f7f520", Name: "paus1", Status: "paused"},
		{ID: "3ceee52ede9da1d5dfe27b959c484a443f57b5f5766fc439fd5a3062fa983be1", Name: "netc", Network: "fnet", Volumes: []string{"fvol:/data"}},
	} {
		c.Image, c.Cmd = "bb:1", []string{"sleep", "1000"}
		c.Created = created.Add(time.Duration(i) * time.Second)
		d.AddContainer(c)
	}
	return d
}
