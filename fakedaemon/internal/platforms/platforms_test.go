package platforms

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// formatted is what Parse makes of a text: the platform, or the error.
func formatted(text string, e *engine.Engine) string {
	p, err := Parse(text, e)
	if err != nil {
		return err.Error()
	}
	return Format(p)
}

// rows calls f with each platform of testdata/platforms.tsv and what the engines say of it.
func rows(t testing.TB, f func(text string, want []string)) {
	t.Helper()
	data, err := os.ReadFile("testdata/platforms.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for i, c := range columns {
			if c == "'" {
				columns[i] = columns[i-1]
			}
		}
		f(columns[0], columns[1:])
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	rows(t, func(text string, want []string) {
		var got []string
		for _, e := range engine.All() {
			got = append(got, formatted(text, e))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	})
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]ocispec.Platform{
		"unknown":     {Architecture: "amd64"},
		"linux":       {OS: "linux"},
		"linux/arm64": {OS: "linux", Architecture: "arm64"},
		"windows(10.0%28a%29+a%2Fb+c)/amd64/v2": {
			OS: "windows", OSVersion: "10.0(a)", OSFeatures: []string{"c", "a/b", "c"}, Architecture: "amd64", Variant: "v2",
		},
	} {
		if got := Format(p); got != want {
			t.Errorf("Format(%+v) = %s, want %s", p, got, want)
		}
	}
}

// FuzzParse holds that what Parse takes, it takes again as Format writes it.
func FuzzParse(f *testing.F) {
	rows(f, func(text string, _ []string) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range engine.All() {
			p, err := Parse(text, e)
			if err != nil || e.PlatformFeatures { // which lets in what Format does not escape: containerd's neither
				continue
			}
			if again := formatted(Format(p), e); again != Format(p) {
				t.Errorf("%s: Parse(%q) = %s, and that is read as %s", e.Name, text, Format(p), again)
			}
		}
	})
}
