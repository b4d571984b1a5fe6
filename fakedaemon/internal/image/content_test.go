package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

func named(name string) *engine.Engine {
	e, ok := engine.ByName(name)
	if !ok {
		panic("no engine " + name)
	}
	return e
}

// bb is the image of the recordings, but for its layer, of which they have digests only.
func bb(created string) Content {
	t, err := time.Parse(time.RFC3339Nano, created)
	if err != nil {
		panic(err)
	}
	return Content{
		Created: t,
		Comment: "Imported from -",
		Config:  Config{Cmd: []string{"/bin/sh"}, Env: []string{"PATH=/usr/bin:/bin"}},
		Layers: []Layer{{
			DiffID: "sha256:b6a3078e8562f6ca1b8b20009b97bf444970da9a82952a85a91a5bf96397306d",
			Size:   1982386,
			Blob: Blob{
				MediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
				Digest:    "sha256:f2957239ebb06792db3ee75a77a04d07dcef841fbb1ac06fc7efda06173c94ad",
				Data:      make([]byte, 1068811),
			},
		}},
	}
}

// TestContentDigests: what three dockerds said of the same import (12-images of the recordings).
func TestContentDigests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		engine  string
		created string
		want    string
		config  int
	}{
		{"28", "2026-11-22T02:47:10.90425227Z", "sha256:bcb9e4bba0f0ec7f91496621ba87c79395ef3e394b07d6319f8d277c8c10066f", 910},
		{"29", "2026-11-22T02:05:31.568289024Z", "sha256:fee9abf394b56c275384354bf578759618ad4b4f712efad02e080ac243173882", 337},
		{"20.10", "2026-11-22T02:16:39.669977797Z", "sha256:99ba0c05c29f23701ad1f7be3a75ff47381e8183d0d7910d0c7d3e04fa3833c4", 920},
	} {
		i := bb(tt.created)
		if err := i.Complete(named(tt.engine), time.Time{}, nil); err != nil {
			t.Fatal(err)
		}
		if i.Digest != tt.want || len(i.ConfigBlob.Data) != tt.config {
			t.Errorf("%s: %s, want %s; config of %d bytes: %s", tt.engine, i.Digest, tt.want, len(i.ConfigBlob.Data), i.ConfigBlob.Data)
		}
		if tt.engine == "29" && (len(i.Manifest.Data) != 405 || i.ContentSize != 1069553) {
			t.Errorf("%s: a manifest of %d bytes, %d in all", tt.engine, len(i.Manifest.Data), i.ContentSize)
		}
	}
}

// TestComplete: what an image has that brings nothing, and what is left as it is.
func TestComplete(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0).UTC()
	complete := func(engine string, c Content) Content {
		t.Helper()
		if err := c.Complete(named(engine), now, func() string { return "f" }); err != nil {
			t.Fatal(err)
		}
		return c
	}
	got := complete("28", Content{Comment: "c", Author: "a"})
	want := Content{
		Created: now, Comment: "c", Author: "a", Architecture: "amd64", OS: "linux", DockerVersion: "28.5.2",
		History: []History{{Created: now, Comment: "c", Author: "a"}},
	}
	made := cmpopts.IgnoreFields(Content{}, "Digest", "Layers", "ConfigBlob")
	if d := cmp.Diff(want, got, made); d != "" || len(got.Layers) != 1 {
		t.Errorf("%d layers (-want +got)\n%s", len(got.Layers), d)
	}
	brings := Content{
		Created: now.Add(1), Architecture: "arm", Variant: "v7", OS: "windows", DockerVersion: "1.2.3", Layers: []Layer{{Size: 1}, {Size: 2}, {Size: 3}},
		History: []History{{CreatedBy: "x"}},
	}
	if d := cmp.Diff(brings, complete("28", brings.Clone()), made); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if c := complete("28", Content{History: []History{{EmptyLayer: true}}}); len(c.Layers) != 0 {
		t.Errorf("%d layers of an empty step", len(c.Layers))
	}
	layers := complete("28", brings.Clone()).Layers
	chain := layers[0].DiffID
	for i, l := range layers {
		if i > 0 {
			chain = digestOf([]byte(chain + " " + l.DiffID))
		}
		if l.ChainID != chain {
			t.Errorf("layer %d is chained as %s, want %s", i, l.ChainID, chain)
		}
	}

	// In containerd's image store it is known by its manifest, or by the list that it came with.
	stored := complete("29", Content{})
	if stored.DockerVersion != "" || stored.Digest != digestOf(stored.Manifest.Data) ||
		stored.ContentSize != int64(len(stored.Manifest.Data)+len(stored.ConfigBlob.Data)+len(stored.Layers[0].Blob.Data)) {
		t.Errorf("%+v", stored)
	}
	listed := complete("29", Content{Index: NewBlob(DockerList, []byte("[]"))})
	if listed.Digest != digestOf([]byte("[]")) || listed.ContentSize != stored.ContentSize+2 {
		t.Errorf("%s of %d bytes, beside %d", listed.Digest, listed.ContentSize, stored.ContentSize)
	}
	pulled := complete("29", Content{ConfigBlob: NewBlob(DockerConfig, []byte("{}")), Layers: []Layer{{}}, ContentSize: 5})
	if d := cmp.Diff(Content{ConfigBlob: NewBlob(DockerConfig, []byte("{}")), ContentSize: 5}, pulled, cmpopts.IgnoreFields(Content{}, "Digest", "Layers", "Manifest")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestDockerManifest: what a graph driver pushes, to the letter.
func TestDockerManifest(t *testing.T) {
	t.Parallel()
	c := bb("2026-11-22T02:47:10.90425227Z")
	if err := c.Complete(named("28"), time.Time{}, nil); err != nil {
		t.Fatal(err)
	}
	want := `{
   "schemaVersion": 2,
   "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
   "config": {
      "mediaType": "application/vnd.docker.container.image.v1+json",
      "size": 910,
      "digest": "sha256:bcb9e4bba0f0ec7f91496621ba87c79395ef3e394b07d6319f8d277c8c10066f"
   },
   "layers": [
      {
         "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
         "size": 1068811,
         "digest": "sha256:f2957239ebb06792db3ee75a77a04d07dcef841fbb1ac06fc7efda06173c94ad"
      }
   ]
}`
	m, err := c.PushManifest()
	if err != nil || string(m.Data) != want || m.MediaType != DockerManifest || m.Digest != digestOf(m.Data) {
		t.Errorf("%v, %s %s\n%s", err, m.MediaType, m.Digest, m.Data)
	}
}

// TestMadeLayer: the layer of an image that brings none unpacks to its size, is a layer like others, and is small.
func TestMadeLayer(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, 4 << 20, 9 << 30, 1 << 40} {
		i := Content{Layers: []Layer{{Size: size}}}
		if err := i.Complete(named("28"), time.Time{}, func() string { return "zeros" }); err != nil {
			t.Fatal(err)
		}
		l := i.Layers[0]
		if size > 1<<30 {
			// Nobody wants to unpack that.
			r, err := Unpack(l.Blob.Data)
			if err != nil {
				t.Fatal(err)
			}
			h, err := tar.NewReader(r).Next()
			if err != nil || h.Size != size {
				t.Errorf("%v, %v", h, err)
			}
			continue
		}
		if want := "sha256:3320afb6a0aadd096f6fbd740b35f516941e3dbacfd4ae8a3b824165f2f783c2"; size == 0 && l.Blob.Digest != want {
			t.Errorf("a layer of nothing is %s, want %s", l.Blob.Digest, want)
		}
		got, err := NewLayer(named("28"), l.Blob)
		if err != nil || got.DiffID != l.DiffID || got.Size != size || len(l.Blob.Data) > 4096 {
			t.Errorf("%d: %+v of %d bytes, want %s (%v)", size, got.Size, len(l.Blob.Data), l.DiffID, err)
		}
	}
}

// TestUnpackedSize: containerd's image store counts blocks (21-build-classic of the recordings: WORKDIR makes 8192).
func TestUnpackedSize(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "./", Typeflag: tar.TypeDir}, // the root has its block already
		{Name: "w/", Typeflag: tar.TypeDir},
		{Name: "bin/one", Typeflag: tar.TypeReg, Size: 1},
		{Name: "bin/two", Typeflag: tar.TypeReg, Size: 4097},
		{Name: "bin/three", Typeflag: tar.TypeReg, Size: 4096},
		{Name: "bin/none", Typeflag: tar.TypeReg},
		{Name: "bin/link", Typeflag: tar.TypeSymlink, Linkname: "one"},
	} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		io.CopyN(w, strings.NewReader(strings.Repeat("x", 5000)), h.Size)
	}
	w.Close()
	if l, err := MakeLayer(named("28"), b.Bytes()); err != nil || l.Size != 8194 {
		t.Errorf("graph driver: %d, %v", l.Size, err)
	}
	if l, err := MakeLayer(named("29"), b.Bytes()); err != nil || l.Size != (3+1+2+1)*4096 {
		t.Errorf("image store: %d, %v", l.Size, err)
	}
	for bad, want := range map[string]string{
		"no tar":               "unexpected EOF",
		"\x1f\x8bno gzip":      "unexpected EOF",
		"\x28\xb5\x2f\xfdzstd": "archives compressed with zstd are not imitated by fakedockerd",
	} {
		for what, layer := range map[string]func() (Layer, error){
			"new":  func() (Layer, error) { return NewLayer(named("28"), Blob{Data: []byte(bad)}) },
			"make": func() (Layer, error) { return MakeLayer(named("28"), []byte(bad)) },
		} {
			if _, err := layer(); err == nil || err.Error() != want {
				t.Errorf("%s %q: %v, want %s", what, bad, err, want)
			}
		}
	}
}

// TestMakeLayer: a layer that is compressed when it is pushed is the very one that is compressed at once, and one that comes
// compressed stays as it is.
func TestMakeLayer(t *testing.T) {
	t.Parallel()
	data := make([]byte, 300<<10)
	rand.NewChaCha8([32]byte{}).Read(data[100<<10 : 200<<10])
	tar, err := files.Tree{"dir/file": {Data: data, Mode: 0o644}}.Tar()
	if err != nil {
		t.Fatal(err)
	}
	const diffID = "sha256:7b94d8fc902bb3fa7be34754a21e860636eac867e67623f33e829aab1fcb1f3b"
	var whole bytes.Buffer
	w := gzip.NewWriter(&whole)
	w.Write(tar)
	w.Close()
	type layer struct {
		diffID, mediaType, digest string
		size                      int64
		blob                      int
		plain                     bool
	}
	of := func(l Layer) layer {
		return layer{l.DiffID, l.Blob.MediaType, l.Blob.Digest, l.Size, len(l.Blob.Data), l.Plain}
	}
	for name, size := range map[string]int64{"28": 300 << 10, "29": 300<<10 + 2*4096} {
		l, err := MakeLayer(named(name), tar)
		if err != nil {
			t.Fatal(err)
		}
		packed := layer{diffID, "application/vnd.oci.image.layer.v1.tar+gzip", digestOf(whole.Bytes()), size, whole.Len(), false}
		made := packed
		if name == "28" {
			made = layer{diffID, "application/vnd.oci.image.layer.v1.tar", diffID, size, 300<<10 + 2048, true}
		}
		again, err := MakeLayer(named(name), l.Packed().Blob.Data)
		if err != nil {
			t.Fatal(err)
		}
		want := []layer{made, packed, packed, packed}
		got := []layer{of(l), of(l.Packed()), of(again), of(again.Packed())}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(layer{})); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
		for _, l := range []Layer{l, again} {
			if b, err := l.unpacked(); err != nil || b.Digest != diffID || !bytes.Equal(b.Data, tar) {
				t.Errorf("%s: unpacked %s of %d bytes, %v", name, b.Digest, len(b.Data), err)
			}
		}
	}
	// As a registry gave it, it goes back.
	l, err := NewLayer(named("28"), NewBlob(DockerLayer, tar))
	if got := l.Packed(); err != nil || got.Blob.Digest != diffID || got.DiffID != diffID {
		t.Errorf("%+v, %v", of(got), err)
	}
}

// TestFiles: an upper layer hides what is in a lower one, and one that is no tar is an error.
func TestFiles(t *testing.T) {
	t.Parallel()
	var c Content
	for _, layer := range []files.Tree{{"a": {Data: []byte("1")}, "b": {}}, {"a": {Data: []byte("2")}, ".wh.b": {}}} {
		tar, err := layer.Tar()
		if err != nil {
			t.Fatal(err)
		}
		l, err := MakeLayer(named("28"), tar)
		if err != nil {
			t.Fatal(err)
		}
		c.Layers = append(c.Layers, l)
	}
	all, err := c.Files()
	if data, ok := all.Read("a"); err != nil || len(all) != 1 || !ok || string(data) != "2" {
		t.Errorf("%v, %v", all, err)
	}
	c.Layers[1].Blob.Data = []byte("\x28\xb5\x2f\xfd")
	if _, err := c.Files(); err == nil || err.Error() != "archives compressed with zstd are not imitated by fakedockerd" {
		t.Error(err)
	}
}

func TestFamiliarName(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"docker.io/library/bb:1":   "bb:1",
		"docker.io/foo/bar:1":      "foo/bar:1",
		"docker.io/library/a/b:1":  "library/a/b:1",
		"127.0.0.1:5000/bb:1":      "127.0.0.1:5000/bb:1",
		"example.com/library/bb:1": "example.com/library/bb:1",
	} {
		if got := FamiliarName(ref); got != want {
			t.Errorf("%s: %s, want %s", ref, got, want)
		}
	}
}
