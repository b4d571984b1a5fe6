package image

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// TestLoadedManifest: the very manifest that containerd makes for an archive that has none (images/archive/importer.go).
func TestLoadedManifest(t *testing.T) {
	t.Parallel()
	layer := EmptyFile(0, "f")
	config := `{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["` + digestOf(layer) + `"]}}`
	archive := files.Tree{
		"manifest.json": {Data: []byte(`[{"Config":"c.json","RepoTags":["app:1"],"Layers":["a/layer.tar"]}]`)},
		"c.json":        {Data: []byte(config)},
		"a/layer.tar":   {Link: "../b/layer.tar"},
		"b/layer.tar":   {Data: layer},
	}
	var b bytes.Buffer
	if err := archive.WriteTar(&b); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("CONFIG", digestOf([]byte(config)), "LAYER", digestOf(layer)).Replace(`{"schemaVersion":2,` +
		`"mediaType":"application/vnd.docker.distribution.manifest.v2+json",` +
		`"config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"CONFIG","size":151},` +
		`"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar","digest":"LAYER","size":1536}]}`)
	var got []string
	for i, err := range Load(named("29"), &b, nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(i.Manifest.Data), i.Refs[0])
	}
	if d := cmp.Diff([]string{want, "docker.io/library/app:1"}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestLoadedByDigest: what is not what its name says is not there, as an index that names itself.
func TestLoadedByDigest(t *testing.T) {
	t.Parallel()
	self := "sha256:" + strings.Repeat("a", 64)
	index := []byte(`{"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"` + self + `","platform":{"os":"linux","architecture":"amd64"}}]}`)
	var b bytes.Buffer
	if err := (files.Tree{"index.json": {Data: index}, blobName(self): {Data: index}}).WriteTar(&b); err != nil {
		t.Fatal(err)
	}
	for i, err := range Load(named("29"), &b, nil) {
		if want := "content digest " + self + ": not found"; err == nil || err.Error() != want {
			t.Errorf("%v, %v, want %s", i.Refs, err, want)
		}
	}
}

// TestLoadIndex: behind a list, of OCI or of Docker, is the image for the platform.
func TestLoadIndex(t *testing.T) {
	t.Parallel()
	e := named("29")
	for _, kind := range []string{"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"} {
		a := archive{make(files.Tree), 0o644, 0o644}
		var list ocispec.Index
		ids := make(map[string]string)
		for _, architecture := range []string{"amd64", "arm64"} {
			c := Content{Architecture: architecture}
			if err := c.Complete(e, time.Unix(0, 0).UTC(), func() string { return "f" }); err != nil {
				t.Fatal(err)
			}
			for _, b := range []Blob{c.Manifest, c.ConfigBlob, c.Layers[0].Blob} {
				a.blob(b)
			}
			d, p := c.Manifest.Descriptor(), c.Platform()
			d.Platform = &p
			list.Manifests = append(list.Manifests, d)
			ids[architecture] = c.Manifest.Digest
		}
		data, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		index := NewBlob(kind, data)
		a.blob(index)
		top := newIndex()
		addRefs(top, index.Descriptor(), []string{"docker.io/library/app:1", "docker.io/library/app:2"})
		if err := a.json(ocispec.ImageIndexFile, top, ""); err != nil {
			t.Fatal(err)
		}
		for architecture, want := range map[string]string{
			"amd64": "amd64 " + ids["amd64"] + " [docker.io/library/app:1 docker.io/library/app:2] <nil>\n",
			"arm64": "arm64 " + ids["arm64"] + " [docker.io/library/app:1 docker.io/library/app:2] <nil>\n",
			"s390x": "  [] requested platform (linux/s390x) not found\n",
		} {
			var packed, got bytes.Buffer
			if err := a.WriteTar(&packed); err != nil {
				t.Fatal(err)
			}
			for i, err := range Load(e, &packed, &ocispec.Platform{OS: "linux", Architecture: architecture}) {
				fmt.Fprintln(&got, i.Architecture, i.Manifest.Digest, i.Refs, err)
				if err == nil && (i.Index.Digest != index.Digest || i.Annotations["docker.io/library/app:2"]["org.opencontainers.image.ref.name"] != "2") {
					t.Errorf("%s: index %s, annotations %v", kind, i.Index.Digest, i.Annotations)
				}
			}
			if d := cmp.Diff(want, got.String()); d != "" {
				t.Errorf("%s (-want +got)\n%s", kind, d)
			}
		}
	}
}

// TestUnrecognized: an archive that holds no image.
func TestUnrecognized(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"28": "open /var/lib/docker/tmp/docker-import-000000000/repositories: no such file or directory",
		"29": "unrecognized image format",
	} {
		var got []string
		for _, err := range Load(named(name), strings.NewReader(""), nil) {
			got = append(got, fmt.Sprint(err))
		}
		if d := cmp.Diff([]string{want}, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}
