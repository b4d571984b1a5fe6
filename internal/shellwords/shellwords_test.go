package shellwords

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

var lines = []string{
	"", " \t\n", "mytool   -H {host}  ", `a 'b c' "d \"e\" \f" g\ h ''`, `a'b'"c"`, `a""`, `"" ''`, `a\`, `"\\$\` + "`" + `\"\z"`,
	"a\\\nb \\\n c", "\"a\\\nb\"", "'a\\\nb'", `a 'b`, `a "b`, `"a\`, `'\''`, "\\\n", "ä\u00a0b \"ö\"",
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"":                             nil,
		"  mytool   -H {host}  ":       {"mytool", "-H", "{host}"},
		`a 'b c' "d \"e\" \f" g\ h ''`: {"a", "b c", `d "e" \f`, "g h", ""},
		`a'b'"c"`:                      {"abc"},
		`\ `:                           {" "},
		"docker ps; id | $X":           {"docker", "ps;", "id", "|", "$X"},
	} {
		got, err := Split(line)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", line, err, diff)
		}
	}
	for word, want := range map[string]string{"a/b=c": "a/b=c", "": "''", "it's a": `'it'\''s a'`} {
		if got := Quote(word); got != want {
			t.Errorf("Quote(%q) is %s, want %s", word, got, want)
		}
	}
	_, err := Split("a 'b")
	if quote := Unclosed(0); !errors.As(err, &quote) || quote != '\'' || err.Error() != "the quote ' is not closed" {
		t.Errorf("error: got %v", err)
	}
}

// FuzzSplit holds Split against a shell's parser, in lines that mean the same to both.
func FuzzSplit(f *testing.F) {
	for _, line := range lines {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		// What is an operator, a pattern, a keyword or a comment to a shell.
		if strings.ContainsAny(line, ";&|<>()$`*?[]{}~#!=\r\x00") || !utf8.ValidString(line) {
			return
		}
		got, err := Split(line)
		for _, word := range got {
			if again, err := Split(Quote(word)); err != nil || !cmp.Equal(again, []string{word}) {
				t.Errorf("Quote(%q) = %s, which is split into %q (%v)", word, Quote(word), again, err)
			}
		}
		// A newline between words ends a command there, and is a blank here.
		var want []string
		parser := syntax.NewParser(syntax.Variant(syntax.LangPOSIX))
		var wantErr error
		for w, err := range parser.WordsSeq(strings.NewReader(line)) {
			if err != nil {
				wantErr = err
				break
			}
			fields, err := expand.Fields(nil, w)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, fields...)
		}
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%q: error %v, want %v", line, err, wantErr)
		}
		if diff := cmp.Diff(want, got); diff != "" && err == nil {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	})
}
