package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	imagetypes "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// pushIndex puts an image for two platforms into a registry as name:tag, and returns the digest of the list and the images.
func pushIndex(t *testing.T, host, name string) (digest string, images map[string]state.Image) {
	t.Helper()
	put := func(path, mediaType string, data []byte) {
		t.Helper()
		req, err := http.NewRequest(http.MethodPut, "http://"+host+"/v2/"+name+path, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", mediaType)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusCreated {
			t.Fatalf("%s: %s", path, resp.Status)
		}
	}
	images = make(map[string]state.Image)
	var manifests []map[string]any
	for _, arch := range []string{"arm64", "amd64"} {
		st := newStateOf(engineByName(t, "29"), clock, []byte(arch))
		img := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{host + "/" + name + ":" + arch}, Content: image.Content{Architecture: arch, Config: image.Config{Cmd: []string{arch}}}}))
		if got := lines(t, New(Config{State: st, Engine: engineByName(t, "29")}), "/images/"+host+"/"+name+"/push?tag="+arch, ""); !strings.Contains(got, "digest:") {
			t.Fatal(got)
		}
		images[arch] = img
		manifests = append(manifests, map[string]any{
			"mediaType": img.Manifest.MediaType, "digest": img.Manifest.Digest, "size": len(img.Manifest.Data), "platform": map[string]string{"os": "linux", "architecture": arch},
		})
	}
	const mediaType = "application/vnd.oci.image.index.v1+json"
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": mediaType, "manifests": manifests})
	if err != nil {
		t.Fatal(err)
	}
	put("/manifests/1", mediaType, index)
	return image.NewBlob(mediaType, index).Digest, images
}

// TestIndex: of an image for several platforms, the daemon's comes, or the one that is asked for; its digest is that of
// the list. Containerd's image store has the list as the image.
func TestIndex(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"20.10", "28", "29"} {
		e := engineByName(t, name)
		host := testRegistry(t, "")
		digest, images := pushIndex(t, host, "multi")
		st := newStateOf(e, clock, nil)
		h := New(Config{State: st, Engine: e, Clock: clock})
		if got := lines(t, h, "/images/create?fromImage="+host+"/multi&tag=1", ""); !strings.Contains(got, "Downloaded newer image for "+host+"/multi:1") {
			t.Fatalf("%s: %s", name, got)
		}
		got := get[imagetypes.InspectResponse](t, h, "/images/"+host+"/multi:1/json")
		id := images["amd64"].ConfigBlob.Digest
		if e.StoresManifests {
			id = digest
		}
		if got.ID != id || got.Architecture != "amd64" || got.Config.Cmd[0] != "amd64" || len(got.RepoDigests) != 1 || got.RepoDigests[0] != host+"/multi@"+digest {
			t.Errorf("%s: %+v", name, got)
		}
		// It can be asked for by the digest of the list.
		if got := lines(t, h, "/images/create?fromImage="+host+"/multi&tag="+url.QueryEscape(digest), ""); !strings.Contains(got, "Image is up to date") && !e.StoresManifests {
			t.Errorf("%s: %s", name, got)
		}
		if got := lines(t, h, "/images/create?fromImage="+host+"/multi&tag=1&platform=linux/s390x", ""); !strings.Contains(got, "no matching manifest for linux/s390x in the manifest list entries") {
			t.Errorf("%s: %s", name, got)
		}
		inspected := get[registry.DistributionInspect](t, h, "/distribution/"+host+"/multi:1/json")
		if inspected.Descriptor.Digest.String() != digest || len(inspected.Platforms) != 2 {
			t.Errorf("%s: %+v", name, inspected)
		}
		// What is here of it goes on.
		pushed := lines(t, h, "/images/"+host+"/multi/push?tag=1", "")
		if !strings.Contains(pushed, "1: digest: DIGEST") || e.StoresManifests != strings.Contains(pushed, `"manifestPushedInsteadOfIndex":true`) {
			t.Errorf("%s: %s", name, pushed)
		}
		_, saved := do(t, h, http.MethodGet, "/images/get?names="+host+"/multi:1", "")
		fresh := New(Config{Engine: e})
		if status, body := send(t, fresh, "/images/load", "application/x-tar", []byte(saved)); status != 200 || !strings.Contains(body, "Loaded image: "+host+"/multi:1") {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if loaded := get[imagetypes.InspectResponse](t, fresh, "/images/"+host+"/multi:1/json"); loaded.ID != id {
			t.Errorf("%s: loaded %s, saved %s", name, loaded.ID, id)
		}
		other := New(Config{Engine: e})
		lines(t, other, "/images/create?fromImage="+host+"/multi&tag=arm64&platform=linux/arm64", "")
		if got := get[imagetypes.InspectResponse](t, other, "/images/"+host+"/multi:arm64/json"); got.Architecture != "arm64" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
