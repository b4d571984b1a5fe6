package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
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

// TestLoadRefusals: what is no image, in the words of each engine.
func TestLoadRefusals(t *testing.T) {
	t.Parallel()
	layer, small := EmptyFile(0, "f"), "sha256:"+strings.Repeat("a", 64)
	manifest := func(entry string) files.File { return files.File{Data: []byte("[{" + entry + "}]")} }
	config := func(fields string) files.File {
		return files.File{Data: []byte(`{` + fields + `"architecture":"amd64","rootfs":{"diff_ids":["` + digestOf(layer) + `"]}}`)}
	}
	const whole = `"Config":"c.json","Layers":["l"]`
	for _, tt := range []struct {
		engine, platform string
		archive          files.Tree
		want             string
	}{
		{"28", "", nil, "! open /var/lib/docker/tmp/docker-import-000000000/repositories: no such file or directory"},
		{"29", "", nil, "! unrecognized image format"},
		{"28", "", files.Tree{"repositories": {}}, ""},
		{"28", "", files.Tree{"manifest.json": {Data: []byte("x")}}, "! invalid character 'x' looking for beginning of value"},
		{"28", "", files.Tree{"manifest.json": manifest(whole), "c.json": {Data: []byte("{}")}}, "! invalid image JSON, no RootFS key"},
		{"28", "", files.Tree{"manifest.json": manifest(whole), "c.json": config(`"os":"windows",`)}, "! cannot load windows image on linux"},
		{"28", "", files.Tree{"manifest.json": manifest(whole), "c.json": config("")}, "! open /var/lib/docker/tmp/docker-import-000000000/l: no such file or directory"},
		{"28", "", files.Tree{"manifest.json": manifest(whole), "c.json": config(""), "l": {Data: EmptyFile(1, "f")}},
			`! invalid diffID for layer 0: expected "` + digestOf(layer) + `", got "` + digestOf(EmptyFile(1, "f")) + `"`},
		{"28", "", files.Tree{"manifest.json": manifest(whole + `,"RepoTags":["a"]`), "c.json": config(""), "l": {Data: layer}}, `! invalid tag "a"`},
		{"28", "", files.Tree{"manifest.json": manifest(whole + `,"RepoTags":["A:1"]`), "c.json": config(""), "l": {Data: layer}},
			"! invalid reference format: repository name (library/A) must be lowercase"},
		{"28", "", files.Tree{"manifest.json": manifest(`"Config":"c.json"`), "c.json": config("")}, "! invalid manifest, layers length mismatch: expected 0, got 1"},
		{"28", "amd64", files.Tree{"manifest.json": manifest(whole + `,"Parent":"p"`), "c.json": config(`"os":"linux",`), "l": {Data: layer}},
			"linux p application/vnd.oci.image.layer.v1.tar"},
		{"28", "arm64", files.Tree{"manifest.json": manifest(whole), "c.json": config(`"os":"linux",`), "l": {Data: layer}}, ""},
		{"29", "arm64", files.Tree{"manifest.json": manifest(whole), "c.json": config(`"os":"linux",`), "l": {Data: layer}},
			"! image was loaded, but doesn't provide the requested platform (linux/arm64)"},
		{"29", "", files.Tree{"manifest.json": manifest(whole), "c.json": config(`"os":"linux",`), "l": {Data: storedGzip(layer)}},
			"linux  application/vnd.docker.image.rootfs.diff.tar.gzip"},
		{"29", "", files.Tree{"index.json": {Data: []byte("x")}}, "! invalid character 'x' looking for beginning of value"},
		{"29", "", files.Tree{"index.json": {Data: []byte(`{"manifests":[{"digest":"` + small + `"}]}`)}}, "! content digest " + small + ": not found"},
	} {
		var b bytes.Buffer
		if err := tt.archive.WriteTar(&b); err != nil {
			t.Fatal(err)
		}
		var p *ocispec.Platform
		if tt.platform != "" {
			p = &ocispec.Platform{OS: "linux", Architecture: tt.platform}
		}
		var got []string
		for i, err := range Load(named(tt.engine), &b, p) {
			if err != nil {
				got = append(got, "! "+err.Error())
			} else {
				got = append(got, i.OS+" "+i.Parent+" "+i.Layers[0].Blob.MediaType)
			}
		}
		if d := cmp.Diff(tt.want, strings.Join(got, "\n")); d != "" {
			t.Errorf("%s, %s: %v (-want +got)\n%s", tt.engine, tt.platform, tt.archive, d)
		}
	}
	for name, want := range map[string]string{"28": "unexpected EOF", "20.10": "Error processing tar file(exit status 1): unexpected EOF"} {
		for _, err := range Load(named(name), strings.NewReader("junk"), nil) {
			if err == nil || err.Error() != want {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
	}
}

// TestReadTar: a client has sent all when it is answered, be it right or wrong.
func TestReadTar(t *testing.T) {
	t.Parallel()
	tar, err := files.Tree{"file": {Data: []byte("content")}}.Tar()
	if err != nil {
		t.Fatal(err)
	}
	gone := errors.New("gone")
	for what, tt := range map[string]struct {
		start []byte
		end   error
		want  string
	}{
		"plain":  {tar, io.EOF, "content <nil>"},
		"packed": {storedGzip(tar), io.EOF, "content <nil>"},
		"none":   {nil, io.EOF, " archive/tar: invalid tar header"},
		"gzip":   {[]byte("\x1f\x8bno gzip"), io.EOF, " gzip: invalid header"},
		"zstd":   {[]byte("\x28\xb5\x2f\xfd"), io.EOF, " archives compressed with zstd are not imitated by fakedockerd"},
		"gone":   {tar, gone, "content gone"},
		"bad":    {[]byte("bad"), gone, " gone"},
	} {
		rest := bytes.NewReader(bytes.Repeat([]byte("x"), 1<<20))
		tree, err := ReadTar(io.MultiReader(bytes.NewReader(tt.start), rest, iotest.ErrReader(tt.end)))
		if got := fmt.Sprint(string(tree["file"].Data), " ", err); got != tt.want || rest.Len() != 0 {
			t.Errorf("%s: %q, want %q; %d bytes are not read", what, got, tt.want, rest.Len())
		}
	}
}
