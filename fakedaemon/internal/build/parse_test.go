package build

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

var parsers = map[string]Parser{"new": {Signal: anySignal}, "old": {Old: true, Signal: anySignal}}

func anySignal(name string) error {
	if name == "BOGUS" {
		return errors.New("invalid signal: BOGUS")
	}
	return nil
}

// TestErrors has what the frontends of BuildKit do not say themselves, and their suggestions, which they choose by
// chance.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ parser, dockerfile, want string }{
		{"new", "", "the Dockerfile (d) cannot be empty"},
		{"new", "# nothing\n", "failed to parse d: file with no instructions"},
		{"new", "FROM a\nENV b\n", "failed to parse d: ENV must have two arguments"},
		{"new", "RUN x\n", "no build stage in current context"},
		{"new", "FROM a\n\nRUN \\\nx\nBOGUS x", "dockerfile parse error on line 5: unknown instruction: BOGUS"},
		{"old", "FROM a\nbogus x", "dockerfile parse error line 2: unknown instruction: BOGUS"},
		{"new", "FROM a\nRUNN x", "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)"},
		{"new", "FROM a\nrunn x", "dockerfile parse error on line 2: unknown instruction: runn (did you mean run?)"},
		{"new", "FROM a\nRunn x", "dockerfile parse error on line 2: unknown instruction: Runn (did you mean run?)"},
		{"old", "FROM a\nRUNN x", "dockerfile parse error line 2: unknown instruction: RUNN"},
		{"new", "FROM a\nCOPY --frmo=x a b", "dockerfile parse error on line 2: unknown flag: --frmo (did you mean from?)"},
		{"new", "FROM a\nCOPY --xyz=x a b", "dockerfile parse error on line 2: unknown flag: --xyz"},
		{"old", "FROM a\nCOPY --xyz=x a b", "dockerfile parse error line 2: Unknown flag: xyz"},
		{"new", "FROM a\nCOPY --from=x --from=y a b", "dockerfile parse error on line 2: duplicate flag specified: --from"},
		{"old", "FROM a\nCOPY --from=x --from=y a b", "dockerfile parse error line 2: Duplicate flag specified: from"},
		{"new", "FROM a\nCOPY --from a b", "dockerfile parse error on line 2: missing a value on flag: --from"},
		{"old", "FROM a\nCOPY --from a b", "dockerfile parse error line 2: Missing a value on flag: from"},
		{"new", "FROM a\nCOPY --link= a b", "dockerfile parse error on line 2: missing a value on flag: --link"},
		{"new", "FROM a\nCOPY --link=x a b", "dockerfile parse error on line 2: expecting boolean value for flag --link, not: x"},
		{"new", "FROM a\nRUN <<EOF\nx", "failed to parse d: unterminated heredoc"},
	} {
		_, err := parsers[tt.parser].Parse("d", []byte(tt.dockerfile))
		var class interface{ InvalidParameter() }
		if err == nil || err.Error() != tt.want || !errors.As(err, &class) {
			t.Errorf("%s: %q: %v, want %s", tt.parser, tt.dockerfile, err, tt.want)
		}
	}
}

// TestHeredocs: where they are read, and what ends them.
func TestHeredocs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		instruction string
		want        []Heredoc
	}{
		{"RUN <<A <<-B\na\n\tA\nA\n\tb\n\tB\n", []Heredoc{{Name: "A", Content: "a\n\tA\n"}, {Name: "B", Content: "\tb\n", chomp: true}}},
		{"RUN 3<<'A B'\n$a\nA B\n", []Heredoc{{Name: "A B", Content: "$a\n"}}},
		{"RUN << \"A\"\na\nA\n", []Heredoc{{Name: "A", Content: "a\n"}}},
		{"COPY <<A /x\nA\n", []Heredoc{{Name: "A"}}},
		{"ADD <<A /x\nA\n", []Heredoc{{Name: "A"}}},
		{"ONBUILD RUN <<A\na\nA\n", []Heredoc{{Name: "A", Content: "a\n"}}},
		{"RUN <<$A <<${A}\n$A\n${A}\n", []Heredoc{{Name: "$A"}, {Name: "${A}"}}},
		{"RUN <<${A:-b}", nil}, // what is in braces drops what is before them
		{"RUN <<''", nil},
		{"RUN x<<A", nil},
		{"RUN <<<A", nil},
		{"RUN <<", nil},
		{"RUN '<<A'", nil},
		{"RUN 'a <<A", nil},
		{"RUN [\"<<A\"]", nil},
		{"CMD <<A", nil},
		{"ONBUILD CMD <<A", nil},
	} {
		f, err := parsers["new"].Parse("d", []byte("FROM a\n"+tt.instruction))
		if err != nil {
			t.Errorf("%q: %v", tt.instruction, err)
		} else if d := cmp.Diff(tt.want, f.Instructions[1].Heredocs, cmp.AllowUnexported(Heredoc{})); d != "" {
			t.Errorf("%q (-want +got)\n%s", tt.instruction, d)
		}
	}
}

// TestExpand: quotes, escapes and variables, and what may be asked of them. Old is what BuildKit 0.8 says if that differs.
func TestExpand(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"A": "a.b.c", "E": "", "1": "one"}
	for _, tt := range []struct{ text, want, old string }{
		{`'' 'a $A' "" "x $A"`, " a $A  x a.b.c", ""},
		{`'a`, "! failed to process \"'a\": unexpected end of statement while looking for matching single-quote", ""},
		{`"a`, `! failed to process "\"a": unexpected end of statement while looking for matching double-quote`, ""},
		{`"a\"\$\\\x"`, `a"$\\x`, ""},
		{`\$A\ \`, "$A ", ""},
		{"$A$B$ $1x$?", "a.b.c$ onex", ""},
		{"${A}${B}", "a.b.c", ""},
		{"$xA$1A$*A", "oneAA", ""},
		{"${A", "! failed to process \"${A\": unsupported modifier (\ufffd) in substitution", `! failed to process "${A": missing ':' in substitution`},
		{"${", `! failed to process "${": syntax error: missing '}'`, ""},
		{"${}", `! failed to process "${}": syntax error: bad substitution`, ""},
		{"${A:-x}${E:-x}${B:-$A}", "a.b.cxa.b.c", ""},
		{"${A-x}${E-x}${B-x}", "a.b.cx", `! failed to process "${A-x}${E-x}${B-x}": missing ':' in substitution`},
		{"${A:+x}${E:+x}${B:+x}", "x", ""},
		{"${A+x}${E+x}${B+x}", "xx", `! failed to process "${A+x}${E+x}${B+x}": missing ':' in substitution`},
		{"${A:?x}${E?x}", "a.b.c", ""},
		{"${E:?}", `! failed to process "${E:?}": E: is not allowed to be empty`, ""},
		{"${B?}", `! failed to process "${B?}": B: is not allowed to be unset`, ""},
		{"${B:?why}", `! failed to process "${B:?why}": B: why`, ""},
		{"${A#*.} ${A##*.} ${A%.*} ${A%%.*} ${A#b}", "b.c c a.b a a.b.c", `! failed to process "${A#*.} ${A##*.} ${A%.*} ${A%%.*} ${A#b}": missing ':' in substitution`},
		{`${A/./-} ${A//./-} ${A/x/-} ${A/?/\/}`, "a-b.c a-b-c a.b.c \\/.b.c", `! failed to process "${A/./-} ${A//./-} ${A/x/-} ${A/?/\\/}": missing ':' in substitution`},
		{"${A/./-", `! failed to process "${A/./-": syntax error: missing '}'`, `! failed to process "${A/./-": missing ':' in substitution`},
		{"${A/.", `! failed to process "${A/.": syntax error: missing '/' in ${}`, `! failed to process "${A/.": missing ':' in substitution`},
		{"${A:=x}", `! failed to process "${A:=x}": unsupported modifier (:=) in substitution`, `! failed to process "${A:=x}": unsupported modifier (=) in substitution`},
		{"${A=x}", `! failed to process "${A=x}": unsupported modifier (=) in substitution`, `! failed to process "${A=x}": missing ':' in substitution`},
	} {
		for parser, want := range map[string]string{"new": tt.want, "old": tt.old} {
			if want == "" {
				want = tt.want
			}
			got, _, err := parsers[parser].Expand(tt.text, '\\', func(name string) (string, bool) { v, ok := variables[name]; return v, ok })
			if err != nil {
				got = "! " + err.Error()
			}
			if got != want {
				t.Errorf("%s: %s: %s, want %s", parser, tt.text, got, want)
			}
		}
	}
}

// TestChange: what commit and import make of their changes, and what they refuse.
func TestChange(t *testing.T) {
	t.Parallel()
	got, err := parsers["new"].Change(image.Config{Env: []string{"A=1", "B=2"}, WorkingDir: "/w", ExposedPorts: []string{"9/tcp"}}, []string{
		"cmd echo hi", `ENTRYPOINT ["/e", "x y"]`, `ENV A=3 C="x y"`, "ENV D $A words", `LABEL a=b c='d "e"'`, "ONBUILD RUN x", "STOPSIGNAL SIGUSR1", "USER u",
		`VOLUME ["/v"]`, "VOLUME /a /b /v", "WORKDIR sub", "EXPOSE 2/udp 1", "HEALTHCHECK --interval=5s CMD true", "", "# nothing",
	})
	want := image.Config{
		User: "u", WorkingDir: "/w/sub", StopSignal: "SIGUSR1", Env: []string{"A=3", "B=2", "C=x y", "D=3 words"},
		Cmd: []string{"/bin/sh", "-c", "echo hi"}, Entrypoint: []string{"/e", "x y"}, OnBuild: []string{"RUN x"},
		Labels: map[string]string{"a": "b", "c": `d "e"`}, ExposedPorts: []string{"9/tcp", "1/tcp", "2/udp"}, Volumes: []string{"/v", "/a", "/b"},
		Healthcheck: &image.Healthcheck{Test: []string{"CMD-SHELL", "true"}, Interval: 5e9},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	for _, tt := range []struct{ parser, change, want string }{
		{"new", "# nothing", "file with no instructions"},
		{"new", "RUN x", "RUN is not a valid change command"},
		{"new", "maintainer x", "maintainer is not a valid change command"},
		{"old", "RUN x", "run is not a valid change command"},
		{"old", "STOPSIGNAL 9", "stopsignal is not a valid change command"},
		{"new", "STOPSIGNAL BOGUS", "invalid signal: BOGUS"},
		{"new", "BOGUS x", "BOGUS is not a valid change command"},
		{"new", "ENV x", "ENV must have two arguments"},
		{"new", "ENV", "ENV requires at least one argument"},
		{"new", "EXPOSE x", "invalid containerPort: x"},
		{"old", "EXPOSE x", "Invalid containerPort: x"},
		{"new", "VOLUME $NONE", "VOLUME specified can not be an empty string"},
		{"new", "WORKDIR $NONE", "cannot normalize nothing"},
		{"new", "USER ${", `failed to process "${": syntax error: missing '}'`},
		{"new", "ONBUILD ONBUILD RUN x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"},
	} {
		_, err := parsers[tt.parser].Change(image.Config{}, []string{tt.change})
		var class interface{ InvalidParameter() }
		if err == nil || err.Error() != tt.want || !errors.As(err, &class) {
			t.Errorf("%s: %q: %v, want %s", tt.parser, tt.change, err, tt.want)
		}
	}
	if got, err := parsers["new"].Change(image.Config{Env: []string{"A=1", "A=2"}}, []string{"USER $A"}); err != nil || got.User != "2" {
		t.Errorf("%q %v, want the last of two variables with a name", got.User, err)
	}
	if same, err := parsers["new"].Change(want, nil); err != nil || !cmp.Equal(same, want) {
		t.Errorf("%+v %v", same, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, dockerfile := range []string{
		"# escape=`\nFROM a AS b\nRUN x `\n\n y", "FROM a\nRUN <<EOF\nx\nEOF\n", "FROM a\nENV a=b\\ c d='e'\nHEALTHCHECK --retries=1 CMD [\"x\"]", "FROM a\nONBUILD COPY --from=\"x\" a b\r\n",
	} {
		f.Add([]byte(dockerfile))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, p := range parsers {
			file, err := p.Parse("d", data)
			if err != nil {
				if !strings.Contains(err.Error(), " ") {
					t.Errorf("%s: the error %q says nothing", name, err)
				}
				continue
			}
			line := 0
			for _, in := range file.Instructions {
				if in.Line <= line || in.Text == "" || in.word == nil {
					t.Errorf("%s: %+v after line %d", name, in, line)
				}
				line = in.Line
			}
			// What can be read can be done, or refused.
			for i := range file.Instructions {
				in := &file.Instructions[i]
				s := &settings{parser: p, escape: file.Escape, lookup: noVariables, say: func(string, ...any) {}}
				if s.expand(in) == nil && in.word.apply != nil {
					_, _ = in.word.apply(s, in)
				}
			}
		}
	})
}

func FuzzExpand(f *testing.F) {
	for _, text := range []string{"${A:-\"b $C\"}", "${A##*.}${A/\\//x}", "'a' \"b\\\"\" `c", "${A:?}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, p := range parsers {
			whole, words, err := p.Expand(text, '\\', func(string) (string, bool) { return "a.b c", true })
			if err != nil && !strings.HasPrefix(err.Error(), "failed to process ") {
				t.Errorf("%s: %v", name, err)
			}
			if whole == "" && len(words) > 0 {
				t.Errorf("%s: %q of nothing", name, words)
			}
		}
	})
}

// TestNested: what is nested as deep as a Dockerfile allows takes no more room than its text, and no stack without end.
func TestNested(t *testing.T) {
	for n, ok := range map[int]bool{10_000: true, 10_001: false, 3_000_000: false} {
		_, _, err := parsers["new"].Expand(strings.Repeat("${A:-", n)+strings.Repeat("}", n), '\\', noVariables)
		if (err == nil) != ok {
			t.Errorf("%d braces: %.100v", n, err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := parsers["new"].read([]byte("FROM a\n" + strings.Repeat("ONBUILD ", 8000)))
	if runtime.ReadMemStats(&after); err != nil || after.TotalAlloc-before.TotalAlloc > 64<<20 {
		t.Errorf("%d bytes for a line of 64 KiB, %v", after.TotalAlloc-before.TotalAlloc, err)
	}
}
