package image

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
