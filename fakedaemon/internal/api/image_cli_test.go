package api

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/dockercli"
)

// TestImagesWithDocker takes an image with the real CLI through tag, push, removal, pull, save and load, against each
// engine and a registry that wants a password. What is said is that of the recordings (12-images, 13-pull-push-login).
func TestImagesWithDocker(t *testing.T) {
	t.Parallel()
	for engine, version := range map[string]string{"20.10": "28.5.2", "28": "28.5.2", "29": "29.7.2"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			e := engineByName(t, engine)
			st := newStateOf(e, nil, nil)
			img := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Layers: []image.Layer{{Size: 4096}}, Config: image.Config{Cmd: []string{"sh"}}}}))
			daemon := httptest.NewServer(New(Config{State: st, Engine: e}))
			defer daemon.Close()
			registry, home := testRegistry(t, "secret"), t.TempDir()
			cli := dockercli.Path(t, version)
			layer := strings.TrimPrefix(img.Layers[0].DiffID, "sha256:")[:12]
			blob := shortDigest(img.Layers[0].Blob.Digest)
			manifest := must[image.Blob](t)((&push{server: New(Config{Engine: e}).(*server)}).manifestOf(img))
			pushing, pulling := layer+": Preparing\n"+layer+": Pushed\n", blob+": Pulling fs layer\n"+blob+": Verifying Checksum\n"+blob+": Download complete\n"+blob+": Pull complete\n"
			digests := "Untagged: REGISTRY/bb@" + manifest.Digest + "\n"
			chain := "Deleted: " + img.Layers[0].DiffID + "\n"
			if e.StoresManifests {
				pushing, pulling, digests, chain = blob+": Pushed\n", blob+": Pulling fs layer\n"+blob+": Download complete\n"+blob+": Pull complete\n", "", ""
			}
			said := func(text string) string {
				return strings.NewReplacer("REGISTRY", registry, "MANIFEST", manifest.Digest, "ID", img.ID).Replace(text)
			}
			for _, tt := range []struct{ args, stdout, stderr string }{
				{"tag bb:1 REGISTRY/bb:1", "", ""},
				{"tag nosuch:1 x:1", "", "Error response from daemon: No such image: nosuch:1\n"},
				{"login -u bob -p wrong REGISTRY", "", "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\nError response from daemon: login attempt to http://REGISTRY/v2/ failed with status: 401 Unauthorized\n"},
				{"pull REGISTRY/bb:1", "", "*no basic auth credentials\n"},
				{"login -u bob -p secret REGISTRY", "Login Succeeded\n", "*"},
				{"push REGISTRY/bb:1", "The push refers to repository [REGISTRY/bb]\n" + pushing + "1: digest: MANIFEST size: *", "*"},
				{"pull -q REGISTRY/bb:1", "REGISTRY/bb:1\n", ""},
				{"rmi REGISTRY/bb:1", "Untagged: REGISTRY/bb:1\n" + digests, ""},
				{"rmi bb:1", "Untagged: bb:1\nDeleted: ID\n" + chain, ""},
				{"pull REGISTRY/bb:1", "1: Pulling from bb\n" + pulling + "Digest: MANIFEST\nStatus: Downloaded newer image for REGISTRY/bb:1\nREGISTRY/bb:1\n", ""},
				{"image inspect -f {{.Id}} REGISTRY/bb:1", "ID\n", ""},
				{"save -o saved.tar REGISTRY/bb:1", "", ""},
				{"rmi -f REGISTRY/bb:1", "Untagged: REGISTRY/bb:1\n" + digests + "Deleted: ID\n" + chain, ""},
				{"load -i saved.tar", "Loaded image: REGISTRY/bb:1\n", ""},
				{"history -q --no-trunc REGISTRY/bb:1", "ID\n", ""},
				{"image prune -a -f", "*", ""},
				{"images -q", "", ""},
				{"builder prune -f", "Total reclaimed space: 0B\n", "*"},
				{"search x", "", "*connect: network is unreachable\n"},
			} {
				cmd := exec.Command(cli, strings.Fields(said(tt.args))...)
				cmd.Env = []string{"DOCKER_HOST=tcp://" + daemon.Listener.Addr().String(), "HOME=" + home, "DOCKER_CONFIG=" + home, "PATH=" + os.Getenv("PATH")}
				cmd.Dir = home
				var stdout, stderr bytes.Buffer
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				_ = cmd.Run() // an exit code goes with what it says
				for _, out := range []struct{ name, got, want string }{{"stdout", stdout.String(), said(tt.stdout)}, {"stderr", stderr.String(), said(tt.stderr)}} {
					if before, after, ok := strings.Cut(out.want, "*"); ok && strings.HasPrefix(out.got, before) && strings.HasSuffix(out.got, after) {
						continue
					}
					if d := cmp.Diff(out.want, out.got); d != "" {
						t.Fatalf("docker %s: %s (-want +got)\n%s", tt.args, out.name, d)
					}
				}
			}
			if info, err := os.Stat(filepath.Join(home, "saved.tar")); err != nil || info.Size() < 4096 {
				t.Errorf("%v, %v", info, err)
			}
		})
	}
}
