package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestMistakes makes every kind of mistake in a file.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module m\n",
		"m.go": `package m

var table = map[string]bool{"k": true}

func f(a int, b bool, c chan int) string {
	for a < 3 && b {
		if b == true {
			continue
		}
		a++
		c <- a
		b = false
		println("x" + "y")
	}
	type tagged struct {
		a int ` + "`x:\"y\"`" + `
	}
	return ""
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(filepath.Join(dir))
	os.MkdirAll("a/b", 0o700)
	t.Chdir("a/b") // as deep below the module as this one is
	all, err := mistakes(".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all {
		got = append(got, m.String())
	}
	want := []string{
		`m.go:3: . table: "k" => "kx"`,
		"m.go:3: . table: true => false",
		"m.go:6: . f: && => ||",
		"m.go:6: . f: < => <=",
		"m.go:6: . f: 3 => (3 + 1)",
		"m.go:7: . f: b == true => !(b == true)",
		"m.go:7: . f: == => !=",
		"m.go:7: . f: true => false",
		"m.go:8: . f: continue => break",
		"m.go:10: . f: a++ => ",
		"m.go:11: . f: c <- a => ",
		"m.go:12: . f: b = false => ",
		"m.go:12: . f: false => true",
		`m.go:13: . f: println("x" + "y") => `,
		`m.go:13: . f: "x" => "xx"`,
		`m.go:13: . f: "y" => "yx"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}
