// Package buildtest has Dockerfiles that are read in unexpected ways, and says where two that read them do not agree.
package buildtest

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/build"
)

// Read reads a Dockerfile that is not empty. Of the instructions only the exported fields count.
type Read func(data []byte) ([]build.Instruction, error)

// Difference is how p reads a Dockerfile otherwise than they do; "" means that it does not.
func Difference(p build.Parser, they Read, data []byte) string {
	var have []build.Instruction
	f, haveErr := p.Parse("Dockerfile", data)
	if haveErr == nil {
		have = f.Instructions
	}
	want, wantErr := they(data)
	if fmt.Sprint(haveErr) != fmt.Sprint(wantErr) && !sameSuggestion(haveErr, wantErr) {
		return fmt.Sprintf("error %v, want %v", haveErr, wantErr)
	}
	if len(have) != len(want) {
		return fmt.Sprintf("%d instructions, want %d", len(have), len(want))
	}
	for i := range want {
		if h, w := fields(have[i]), fields(want[i]); !reflect.DeepEqual(h, w) {
			return fmt.Sprintf("instruction %d is %q, want %q", i, h, w)
		}
	}
	return ""
}

// sameSuggestion reports whether errors differ in the suggested word only: of two that are as near, BuildKit takes
// any.
func sameSuggestion(a, b error) bool {
	const suggests = " (did you mean "
	before, _, ok := strings.Cut(fmt.Sprint(a), suggests)
	return ok && strings.HasPrefix(fmt.Sprint(b), before+suggests)
}

func fields(in build.Instruction) []any {
	heredocs := []string{}
	for _, h := range in.Heredocs {
		heredocs = append(heredocs, h.Name, h.Content)
	}
	return []any{
		strings.ToLower(in.Name), append([]string{}, in.Flags...), append([]string{}, in.Args...), fmt.Sprint(in.JSON), in.Text, fmt.Sprint(in.Line), heredocs,
	}
}

// Mounts reports whether a Dockerfile may have a mount or a device. Their values are BuildKit's alone: the classic
// builder refuses the flags whatever is in them.
func Mounts(dockerfile []byte) bool {
	lower := strings.ToLower(string(dockerfile))
	return strings.Contains(lower, "mount") || strings.Contains(lower, "device")
}

// Variables are those that Words may use.
var Variables = map[string]string{"A": "value", "EMPTY": "", "P": "a.tar.gz", "TWO": "two words", "Ä": "ä"}

// Expand is build.Parser.Expand with Variables.
type Expand func(text string, escape rune) (whole string, words []string, err error)

// WordDifference is how p expands a text otherwise than they do; "" means that it does not.
func WordDifference(p build.Parser, they Expand, text string) string {
	for _, escape := range "\\`" {
		have, haveWords, haveErr := p.Expand(text, escape, func(name string) (string, bool) { v, ok := Variables[name]; return v, ok })
		want, wantWords, wantErr := they(text, escape)
		if have != want || fmt.Sprintf("%q", haveWords) != fmt.Sprintf("%q", wantWords) || fmt.Sprint(haveErr) != fmt.Sprint(wantErr) {
			return fmt.Sprintf("%q %q %v, want %q %q %v", have, haveWords, haveErr, want, wantWords, wantErr)
		}
	}
	return ""
}

// Words are texts with variables and quotes.
var Words = []string{
	"", "plain", "$A", "${A}", "x${A}y", "$A$EMPTY$NONE", "$", "$$", "$1x", "$@x", `\$A`, `'$A'`, `"$A"`, `"\$A \a \" \\"`, `'a\'`, `a\`, `"a`, `'a`, "`$A", "`\"",
	"${", "${}", "${:-x}", "${{A}}", "${A", "${A:", "${A:x}", "${A:-x", "${A:-x}", "${NONE:-x}", "${EMPTY:-x}", "${EMPTY-x}", "${NONE-x}", "${A:+x}", "${NONE:+x}", "${EMPTY:+x}", "${EMPTY+x}",
	"${A?}", "${NONE?}", "${NONE?no such}", "${NONE:?}", "${EMPTY:?}", "${EMPTY:?none}", "${EMPTY?x}", "${NONE:-${A}}", "${NONE:-${NONE:-deep}}", `${NONE:-"a b"}`, `${NONE:-\}}`,
	"${P#a}", "${P#*.}", "${P##*.}", "${P%.*}", "${P%%.*}", "${P:#a}", "${P#\\*}", "${P%\\?}", "${P#\\x}", "${P/a/b}", "${P//a/b}", "${P/./$A}", "${P/a}", "${P/", "${P//a/$0}", "${P/\\//x}", "${P^}", "${P,,}",
	"$TWO", `"$TWO"`, "a $TWO b", "80 81", "8${NONE:-0}", "<", "<<", "<< EOF x", "<<<", "${Ä}", "\xff$A", "\ufeff$A", "a\ufeffb", "\x00", "${A:\xff}", "${!}", "${A!}",
}

// Dockerfiles are what there is to read.
var Dockerfiles = []string{
	// Lines.
	"FROM a", "FROM a\n", "from a\n", "From a\nrUN x", "\n\nFROM a\n\n", " \t FROM a", "FROM a\r\nRUN x\r\n", "FROM a\r\r\nRUN x \\\r\n y\r\n", "FROM a\\\r\r\nx", "\ufeffFROM a", "\ufeff# escape=`\nFROM a\nRUN a `\nb", "FROM a\n\ufeffRUN x",
	" ", "\n", "# nothing", "\\", "\\\n", "FROM a \\", "FROM a\nRUN x \\\n", "FROM a\nRUN x \\\n\n\ny", "FROM a\nRUN x \\\n# comment\n  # another\n  y \\\n\t\n z", "FROM a\nRUN x \\ \t\n y", "FROM a\nRUN x \\\\\nRUN y",
	"FROM a\nRUN x \\\\\\\ny", "FROM a\nRUN \\\nx", "FROM a\n\\\nRUN x", "FROM a\nRUN x \\\n#\\\ny", "FROM \\\na", "FR\\\nOM a", "FROM a #b", "FROM a\n#b\n\n#c", "FROM a\nRUN x\\\v\ny", "FROM a\nRUN x\u0085y\u00a0", "FROM a\nRUN \u00a0x", "\u00a0FROM a",
	"FROM a\nRUN " + strings.Repeat("x", 65531), "FROM a\nRUN " + strings.Repeat("x", 65532), "FROM a\nRUN " + strings.Repeat("x", 65532) + "\n", "FROM a\nRUN x\\\n" + strings.Repeat("y", 65536) + "\nRUN z", strings.Repeat("x", 70000),
	"FROM a\nRUN " + strings.Repeat(strings.Repeat("x", 40000)+"\\\n", 3),
	// Directives.
	"# escape=`\nFROM a\nRUN x `\n y \\\nRUN z", "#ESCAPE = ` \nFROM a\nRUN x `\n", "# escape=\\\nFROM a\nRUN x \\\n y", "# escape=x\nFROM a", "# escape=\\\\\nFROM a", "# escape=\n# escape=`\nFROM a", "# escape=`\n# escape=`\nFROM a", "# syntax=x\n# escape=`\nFROM a\nRUN x `\n y",
	"# check=x\n# escape=`\nFROM a\nRUN x `\n y", "# other=x\n# escape=`\nFROM a\nRUN x `\n y", "# a comment\n# escape=`\nFROM a\nRUN x `\n y", "\n# escape=`\nFROM a\nRUN x `\n y", "  # escape=`\nFROM a\nRUN x `\n y", "# syntax=a\n# syntax=b\nFROM a", "FROM a\n# escape=`\nRUN x `\n",
	"# escape=`\nFROM a\nENV A=`\"x`\" B=\"`\"y\"\nCOPY --from=`a b c", "FROM a\nCOPY --from=\\a b c", "FROM a\nCOPY --from=\"x y\" b c", "FROM a\nCOPY --from='x", "FROM a\nCOPY --from=x\\", "FROM a\nCOPY --from=\"x\\",
	// Stages and order.
	"RUN x", "ARG A", "ARG A\nARG B=c\nFROM $B", "ENV A=b\nFROM a", "FROM a\nFROM b AS c\nFROM d as E\nRUN x", "FROM a b", "FROM a b c", "FROM a AS 1", "FROM a AS x/y", "FROM a AS b c", "FROM", "FROM --platform=x a", "FROM --platform a", "FROM --x=y a", "FROM a AS \u017f", "FROM --platform=a --platform=b c",
	// Words that there are not.
	"BOGUS x", "FROM a\nBOGUS", "FROM a\nbogus", "FROM a\nRNU x", "FROM a\nrnu x", "FROM a\nRnu x", "FROM a\nCOPPY a b", "FROM a\nENVV", "FROM a\nFRO b", "FROM a\n[\"RUN\"]", "FROM a\nRUN\u00a0x", "FROM a\n\xffRUN x", "FROM a\nLABEL\u2003a=b", "FROM a\nCHEC\u212a x",
	// Arguments.
	"FROM a\nENV", "FROM a\nENV a", "FROM a\nENV a b", "FROM a\nENV a  b  c ", "FROM a\nENV a=b", "FROM a\nENV a=b c", "FROM a\nENV a b=c", "FROM a\nENV a=", "FROM a\nENV =b", "FROM a\nENV a=b =c", "FROM a\nENV a=b\\ c d='e f' g=\"h i\" j=\\\"k", "FROM a\nENV a='b", "FROM a\nENV a='b\\' c=d", "FROM a\nENV a=b\\", "FROM a\nENV a=\"b\\",
	"FROM a\nENV \"a b\"=c", "FROM a\nENV a\\\n b", "FROM a\nENV a=\xff\\\xfe", "FROM a\nENV a\u00a0b", "FROM a\nENV a=b\u00a0c=d", "FROM a\nENV --x a=b", "FROM a\nENV a \"b\" 'c'",
	"FROM a\nLABEL", "FROM a\nLABEL a", "FROM a\nLABEL a b", "FROM a\nLABEL a=b \\\n c=d", "FROM a\nLABEL a=b c", "FROM a\nLABEL =",
	"FROM a\nARG", "FROM a\nARG a", "FROM a\nARG a=b c d='e f'", "FROM a\nARG =b", "FROM a\nARG --x a", "FROM a\nARG \"\"", "FROM a\nARG a '=b'",
	"FROM a\nMAINTAINER", "FROM a\nMAINTAINER a  b <c>", "FROM a\nMAINTAINER --x a", "FROM a\nUSER", "FROM a\nUSER a b", "FROM a\nUSER --x a", "FROM a\nUSER -- --x", "FROM a\nWORKDIR", "FROM a\nWORKDIR /a b", "FROM a\nWORKDIR [\"a\"]", "FROM a\nSTOPSIGNAL", "FROM a\nSTOPSIGNAL --x 9", "FROM a\nSTOPSIGNAL 9 10",
	"FROM a\nEXPOSE", "FROM a\nEXPOSE 80 53/udp 8080", "FROM a\nEXPOSE\t80\v81", "FROM a\nEXPOSE --x 80", "FROM a\nVOLUME", "FROM a\nVOLUME /a /b", "FROM a\nVOLUME [\"/a\", \" /b \"]", "FROM a\nVOLUME [\"\"]", "FROM a\nVOLUME []", "FROM a\nVOLUME [1]", "FROM a\nVOLUME --x /a",
	// JSON.
	"FROM a\nCMD", "FROM a\nCMD x y", "FROM a\nCMD [\"x\", \"y\"]", "FROM a\nCMD ['x']", "FROM a\nCMD [\"x\"", "FROM a\nCMD [\"x\"] y", "FROM a\nCMD [\"x\"] # y", "FROM a\nCMD []", "FROM a\nCMD [null]", "FROM a\nCMD [\"x\", 1]", "FROM a\nCMD [1e999]", "FROM a\nCMD [[\"x\"]]", "FROM a\nCMD {}", "FROM a\nCMD [\"\\u0041\\n\\ud800\"]", "FROM a\nCMD [\"\xff\"]",
	"FROM a\nCMD [\"x\"]\u00a0", "FROM a\nCMD [ \\\n \"x\" \\\n ]", "FROM a\nCMD --x y", "FROM a\nCMD -- --x", "FROM a\nENTRYPOINT", "FROM a\nENTRYPOINT []", "FROM a\nENTRYPOINT x", "FROM a\nRUN", "FROM a\nRUN []", "FROM a\nRUN [\"x\"]", "FROM a\nSHELL", "FROM a\nSHELL []", "FROM a\nSHELL x", "FROM a\nSHELL [\"x\", \"-c\"]", "FROM a\nSHELL --x [\"y\"]",
	"FROM a\nRUN [ -f x ]", "FROM a\nRUN [\"x\"] && y",
	// Flags.
	"FROM a\nRUN --mount=type=cache,target=/x y", "FROM a\nRUN --network=none x", "FROM a\nRUN --network=x y", "FROM a\nRUN --security=insecure x", "FROM a\nRUN --device=x y", "FROM a\nRUN --x y", "FROM a\nRUN --network=none --network=host x", "FROM a\nRUN --mount x", "FROM a\nRUN --netwrk=none x", "FROM a\nRUN --mount=type=tmpfs --mount=type=tmpfs x",
	"FROM a\nCOPY a b", "FROM a\nCOPY a", "FROM a\nCOPY", "FROM a\nCOPY a b c/", "FROM a\nCOPY [\"a b\", \"c\"]", "FROM a\nCOPY [\"a\"]", "FROM a\nCOPY \"a b\" c", "FROM a\nCOPY --from=x a b", "FROM a\nCOPY --from a b", "FROM a\nCOPY --from= a b", "FROM a\nCOPY --from=x --from=y a b", "FROM a\nCOPY --chown=1:2 --chmod=755 a b", "FROM a\nCOPY --link a b", "FROM a\nCOPY --link=false a b",
	"FROM a\nCOPY --link= a b", "FROM a\nCOPY --link=maybe a b", "FROM a\nCOPY --exclude=a --exclude=b c d", "FROM a\nCOPY --parents a b", "FROM a\nCOPY --frm=x a b", "FROM a\nCOPY --From=x a b", "FROM a\nCOPY --= a b", "FROM a\nCOPY -- --from=x b", "FROM a\nCOPY --\u00e9=x a b", "FROM a\nCOPY a --from=x b", "FROM a\nCOPY --from=x", "FROM a\nCOPY --x", "FROM a\nCOPY --\"\" a b", "FROM a\nCOPY --from=\u0120 a b",
	"FROM a\nADD a b", "FROM a\nADD http://x/y /z", "FROM a\nADD --checksum=sha256:0 a b", "FROM a\nADD --unpack a b", "FROM a\nADD --keep-git-dir=true a b", "FROM a\nADD --from=x a b", "FROM a\nADD a",
	// Health checks.
	"FROM a\nHEALTHCHECK", "FROM a\nHEALTHCHECK NONE", "FROM a\nHEALTHCHECK none x", "FROM a\nHEALTHCHECK CMD", "FROM a\nHEALTHCHECK CMD x  y", "FROM a\nHEALTHCHECK cmd [\"x\"]", "FROM a\nHEALTHCHECK CMD []", "FROM a\nHEALTHCHECK CMD [1]", "FROM a\nHEALTHCHECK x y", "FROM a\nHEALTHCHECK --interval=5s --timeout=1m --start-period=2s --retries=3 CMD x", "FROM a\nHEALTHCHECK --start-interval=5s CMD x",
	"FROM a\nHEALTHCHECK --interval=0s CMD x", "FROM a\nHEALTHCHECK --interval=1us CMD x", "FROM a\nHEALTHCHECK --interval=-1s CMD x", "FROM a\nHEALTHCHECK --interval=x CMD x", "FROM a\nHEALTHCHECK --interval= CMD x", "FROM a\nHEALTHCHECK --retries=0 CMD x", "FROM a\nHEALTHCHECK --retries=-1 CMD x", "FROM a\nHEALTHCHECK --retries=x CMD x", "FROM a\nHEALTHCHECK --x NONE", "FROM a\nHEALTHCHECK --x CMD y",
	"FROM a\nHEALTHCHECK --x y z", "FROM a\nHEALTHCHECK CMD\u00a0x", "FROM a\nHEALTHCHECK CMD\xa0x",
	// ONBUILD.
	"FROM a\nONBUILD", "FROM a\nONBUILD RUN x", "FROM a\nonbuild  copy  a b ", "FROM a\nONBUILD ONBUILD RUN x", "FROM a\nONBUILD FROM x", "FROM a\nONBUILD maintainer x", "FROM a\nONBUILD BOGUS x", "FROM a\nONBUILD ENV x", "FROM a\nONBUILD --x RUN y", "FROM a\nONBUILD RUN --x y", "FROM a\nONBUILD CMD [\"x\"]", "FROM a\nONBUILD CMD [1]", "FROM a\nONBUILD RUN \\\n x", "FROM a\nONBUILD ENV a=b c=d", "FROM a\nONBUILD RUN",
	"FROM a\n" + strings.Repeat("ONBUILD ", 500) + "RUN x",
	// Heredocs.
	"FROM a\nRUN <<EOF\necho a\nEOF\nRUN x", "FROM a\nRUN <<EOF\necho a", "FROM a\nRUN <<-EOF\n\techo a\n\tEOF\nRUN x", "FROM a\nRUN <<'EOF'\n$A\nEOF", "FROM a\nRUN << EOF\nx\nEOF", "FROM a\nRUN <<A <<B\na\nA\nb\nB", "FROM a\nRUN 3<<EOF x\ny\nEOF", "FROM a\nRUN x<<EOF\nEOF", "FROM a\nRUN <<<x", "FROM a\nRUN <<", "FROM a\nRUN \"<<EOF\"", "FROM a\nRUN <<\"E F\"\nx\nE F", "FROM a\nRUN <<E\\ F\nx\nE F",
	"FROM a\nRUN <<EOF \\\n && x\ny\nEOF", "FROM a\nRUN <<EOF\r\nx\r\nEOF\r\nRUN y", "FROM a\nCOPY <<EOF /x\ny\nEOF", "FROM a\nCOPY <<A b <<C /d/\n1\nA\n2\nC", "FROM a\nCOPY a <<EOF\nx\nEOF", "FROM a\nADD <<-EOF /x\n\ty\n\t\tEOF", "FROM a\nRUN [\"x\", \"<<EOF\"]", "FROM a\nCMD <<EOF", "FROM a\nONBUILD RUN <<EOF\nx\nEOF\nRUN y", "FROM a\nONBUILD CMD <<EOF\nRUN x", "FROM a\nRUN <<${A:-b\nx", "FROM a\nRUN <<${A}\nx\n${A}",
	"FROM a\nRUN $((1<<2))", "FROM a\nRUN x '<<EOF", "FROM a\nRUN x <<EOF 'y\nz\nEOF", "FROM a\nRUN <<\"\"\nx", "FROM a\nRUN a\\ <<EOF\nx\nEOF", "FROM a\nRUN <<EOF\nRUN x \\\nEOF\nRUN y", "FROM a\nRUN --network=none <<EOF\nx\nEOF", "# escape=`\nFROM a\nRUN <<E`OF\nx\nE`OF", "FROM a\nRUN <<a\\ \"\"\nx\na ", "FROM a\nRUN <<\xff\nx\n\xff",
}
