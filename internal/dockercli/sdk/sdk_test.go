// Package sdk runs the Go clients of the Engine API against a fakedaemon.
package sdk

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// answers is what a client makes of the operations that both clients have.
type answers struct {
	Version     string // negotiated
	Ping        string // highest version of the daemon
	Server      string // version of the engine
	MinVersion  string
	Info        info
	Containers  []string // names
	Container   string   // "name status image" by inspect
	Images      []string // tags
	Image       string   // ID by inspect
	Networks    []string
	Volumes     []string
	VolumeBytes int64
}

type info struct {
	ID                 string
	Containers, Images int
}

// client is one of the Go clients.
type client interface {
	ask(ctx context.Context, container, image string) (answers, error)
}

// connect makes a client of host; dir has the certificates, "" means no TLS.
var clients = map[string]func(host, dir string) (client, error){
	"docker/docker/client v28.5.2": newDocker,
	"moby/moby/client v0.6.2":      newMoby,
}

func seed(d *fakedaemon.Daemon) (container string) {
	d.AddNetwork(fakedaemon.Network{Name: "back"})
	d.AddVolume(fakedaemon.Volume{Name: "data", Size: 1234})
	d.AddImage(fakedaemon.Image{Tags: []string{"app:1", "app:latest"}})
	container = d.AddContainer(fakedaemon.Container{Name: "web", Image: "app:1", Network: "back", Publish: []string{"8080:80"}, Volumes: []string{"data:/data"}})
	d.AddContainer(fakedaemon.Container{Name: "job", Image: "app:1", Status: "exited", ExitCode: 3})
	return container
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, mode := range []modes.Daemon{modes.Unix, modes.TCP, modes.TLS, modes.TLSVerify} {
		for name, connect := range clients {
			t.Run(string(mode)+"/"+name, func(t *testing.T) {
				t.Parallel()
				d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode})
				container := seed(d)
				dir := ""
				if mode == modes.TLS || mode == modes.TLSVerify {
					dir = d.CertDir()
				}
				c, err := connect(d.Host(), dir)
				if err != nil {
					t.Fatal(err)
				}
				got, err := c.ask(t.Context(), container, "app:1")
				if err != nil {
					t.Fatalf("%v\n%s", err, d.Requests())
				}
				if got.Info.ID == "" || !strings.HasPrefix(got.Image, "sha256:") {
					t.Errorf("an ID is missing: %+v", got)
				}
				got.Info.ID, got.Image = "", ""
				want := answers{
					Version: "1.51", Ping: "1.51", Server: "28.5.2", MinVersion: "1.24",
					Info:        info{Containers: 2, Images: 1},
					Containers:  []string{"/job", "/web"},
					Container:   "/web running app:1",
					Images:      []string{"app:1", "app:latest"},
					Networks:    []string{"back", "bridge", "host", "none"},
					Volumes:     []string{"data"},
					VolumeBytes: 1234,
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("answers (-want +got):\n%s", diff)
				}
				for _, r := range d.Requests() {
					if r.Status != 200 || r.Version != "1.51" && r.Operation != "SystemPing" && r.Operation != "SystemPingHead" {
						t.Errorf("request %v", r)
					}
				}
			})
		}
	}
}

// Both clients are refused without a certificate, and the ledger says that they had none.
func TestNoCertificate(t *testing.T) {
	t.Parallel()
	for name, connect := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
			c, err := connect(d.Host(), filepath.Join(d.CertDir(), "ca.pem"))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.ask(t.Context(), "", ""); err == nil {
				t.Errorf("it was answered: %+v", got)
			}
			if len(d.Requests()) != 0 {
				t.Errorf("requests came through:\n%s", d.Requests())
			}
			handshakes := d.Handshakes()
			if len(handshakes) == 0 {
				t.Fatal("no handshake")
			}
			for _, h := range handshakes {
				if h.Err == nil || len(h.Certificates) != 0 || !h.CertificateRequested {
					t.Errorf("handshake %v", h)
				}
			}
		})
	}
}

// files returns the three files of WithTLSClientConfig: those of a folder, or only a CA.
func files(dir string) (ca, cert, key string) {
	if filepath.Ext(dir) == ".pem" {
		return dir, "", ""
	}
	return filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}
