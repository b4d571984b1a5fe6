package image

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSave: two images, one built on the other, to the letter but for the ends of digests. What is no text is told by its digest.
func TestSave(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"20.10": `100644 20a0.json "sha256:20a0"
40755 5707 ""
100644 5707/VERSION "sha256:d0ff"
100644 5707/json "sha256:f3cc"
100644 5707/layer.tar "sha256:c4a3"
40755 5e00 ""
100644 5e00/VERSION "sha256:d0ff"
100644 5e00/json "sha256:d3a7"
100644 5e00/layer.tar "sha256:ab15"
100644 65c5.json "sha256:65c5"
40755 6ca2 ""
100644 6ca2/VERSION "sha256:d0ff"
100644 6ca2/json "sha256:b231"
100644 6ca2/layer.tar "sha256:c4a3"
100644 manifest.json "[{"Config":"20a0.json","RepoTags":null,"Layers":["6ca2/layer.tar"]},
	{"Config":"65c5.json","RepoTags":["app:1","127.0.0.1:5000/app:2"],"Layers":["5707/layer.tar","5e00/layer.tar"],"Parent":"sha256:20a0"}]\n"
100644 repositories "{"127.0.0.1:5000/app":{"2":"5e00"},"app":{"1":"5e00"}}\n"
`,
		"28": `755 blobs ""
755 blobs/sha256 ""
644 blobs/sha256/0116 "sha256:0116"
644 blobs/sha256/1c2a "sha256:1c2a"
644 blobs/sha256/3129 "sha256:3129"
644 blobs/sha256/58b7 "sha256:58b7"
644 blobs/sha256/91f9 "sha256:91f9"
644 blobs/sha256/ab15 "sha256:ab15"
644 blobs/sha256/c4a3 "sha256:c4a3"
644 blobs/sha256/d09a "sha256:d09a"
644 blobs/sha256/f3cc "sha256:f3cc"
644 index.json "{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:0116","size":397},
	{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:1c2a","size":547,
		"annotations":{"io.containerd.image.name":"docker.io/library/app:1","org.opencontainers.image.ref.name":"1"}},
	{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:1c2a","size":547,
		"annotations":{"io.containerd.image.name":"127.0.0.1:5000/app:2","org.opencontainers.image.ref.name":"2"}}]}"
644 manifest.json "[{"Config":"blobs/sha256/91f9","RepoTags":null,"Layers":["blobs/sha256/c4a3"],
		"LayerSources":{"sha256:c4a3":{"mediaType":"application/vnd.oci.image.layer.v1.tar","size":1536,"digest":"sha256:c4a3"}}},
	{"Config":"blobs/sha256/58b7","RepoTags":["app:1","127.0.0.1:5000/app:2"],"Layers":["blobs/sha256/c4a3","blobs/sha256/ab15"],"Parent":"sha256:91f9",
		"LayerSources":{"sha256:ab15":{"mediaType":"application/vnd.oci.image.layer.v1.tar","size":1536,"digest":"sha256:ab15"},"sha256:c4a3":{"mediaType":"application/vnd.oci.image.layer.v1.tar","size":1536,"digest":"sha256:c4a3"}}}]\n"
644 oci-layout "{"imageLayoutVersion": "1.0.0"}"
644 repositories "{"127.0.0.1:5000/app":{"2":"ab15"},"app":{"1":"ab15"}}\n"
`,
		"29": `755 blobs ""
755 blobs/sha256 ""
444 blobs/sha256/1a57 "sha256:1a57"
444 blobs/sha256/73a2 "sha256:73a2"
444 blobs/sha256/9e8e "sha256:9e8e"
444 blobs/sha256/af5c "sha256:af5c"
444 blobs/sha256/bce5 "sha256:bce5"
444 blobs/sha256/bff9 "sha256:bff9"
644 index.json "{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:73a2","size":402},
	{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:9e8e","size":557,
		"annotations":{"containerd.io/distribution.source.127.0.0.1":"app,b","containerd.io/distribution.source.docker.io":"library/app","io.containerd.image.name":"docker.io/library/app:1","org.opencontainers.image.ref.name":"1"}},
	{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:9e8e","size":557,
		"annotations":{"containerd.io/distribution.source.127.0.0.1":"app,b","containerd.io/distribution.source.docker.io":"library/app","io.containerd.image.name":"127.0.0.1:5000/app:2","org.opencontainers.image.ref.name":"2"}}]}"
644 manifest.json "[{"Config":"blobs/sha256/1a57","RepoTags":null,"Layers":["blobs/sha256/af5c"]},
	{"Config":"blobs/sha256/bce5","RepoTags":["app:1","127.0.0.1:5000/app:2"],"Layers":["blobs/sha256/af5c","blobs/sha256/bff9"]}]"
444 oci-layout "{"imageLayoutVersion":"1.0.0"}"
`,
	} {
		e := named(name)
		base := Content{Layers: []Layer{{}}}
		app := Content{Layers: []Layer{{}, {Size: 1}}}
		for n, c := range []*Content{&base, &app} {
			if err := c.Complete(e, time.Unix(1_700_000_000+int64(n), 0).UTC(), func() string { return "f" }); err != nil {
				t.Fatal(err)
			}
		}
		tree, err := Save(e, []Saved{
			{Content: base, ID: base.Digest, Parent: "gone"},
			{
				Content: app, ID: app.Digest, Parent: base.Digest, Refs: []string{"docker.io/library/app:1", "127.0.0.1:5000/app:2"},
				Repositories: []string{"docker.io/library/app", "127.0.0.1:5000/app", "127.0.0.1:5001/b", "127.0.0.1:5002/app"},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if untagged, err := Save(e, []Saved{{Content: base, ID: base.Digest}}); err != nil || len(untagged) == 0 || untagged["repositories"].Data != nil {
			t.Errorf("%s: repositories of no image: %s, %v", name, untagged["repositories"].Data, err)
		}
		tagged, err := Save(e, []Saved{{Content: base, ID: base.Digest, Refs: []string{"docker.io/library/app:1"}}})
		top := map[string]string{"20.10": `{"app":{"1":"6ca2`, "28": `{"app":{"1":"c4a3`, "29": ""}[name]
		if got := string(tagged["repositories"].Data); err != nil || !strings.HasPrefix(got, top) || (got == "") != (top == "") {
			t.Errorf("%s: repositories of one image: %s, %v", name, got, err)
		}
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			f := tree[name]
			text := string(f.Data)
			if !f.Dir && (strings.Contains(name, "/") || len(name) > 64) {
				text = digestOf(f.Data)
			}
			fmt.Fprintf(&b, "%o %s %q\n", f.Mode, name, text)
		}
		got := strings.NewReplacer(`\"`, `"`, "},{", "},\n\t{", `,\"annotations`, ",\n\t\t\"annotations", `,\"LayerS`, ",\n\t\t\"LayerS").Replace(b.String())
		got = regexp.MustCompile(`([0-9a-f]{4})[0-9a-f]{60}`).ReplaceAllString(got, "$1")
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}
