package words

import (
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestNoPatternIsShadowed: the first pattern that fits decides, so that one of which an earlier one is a part never
// does; nor is one of use that has the next one of the same outcome as a part.
func TestNoPatternIsShadowed(t *testing.T) {
	t.Parallel()
	for speaker, all := range parseWords() {
		for i, w := range all {
			// What "*" stands for is not known: a part of another pattern must not reach across it.
			text := strings.ReplaceAll(w.pattern, "*", "\x00")
			for j, other := range all {
				between := all[min(i, j):max(i, j)]
				same := !slices.ContainsFunc(between, func(b words) bool { return b.outcome != other.outcome })
				if i != j && (j < i || same && w.outcome == other.outcome) && Fits(other.pattern, text) {
					t.Errorf("%s: %q (%s) never decides: %q (%s) is a part of it", speaker, w.pattern, w.outcome, other.pattern, other.outcome)
				}
			}
		}
	}
}

// TestWords: every line of words.tsv is of a speaker and an outcome that exist.
func TestWords(t *testing.T) {
	t.Parallel()
	speakers := []Speaker{Go, OpenSSL, System, Daemon, Alert, API}
	for speaker, all := range parseWords() {
		for _, w := range all {
			if !slices.Contains(speakers, speaker) || !slices.Contains(outcome.All(), w.outcome) || strings.TrimSpace(w.pattern) == "" || slices.Contains(strings.Split(w.pattern, "*"), "") {
				t.Errorf("%s: %+v", speaker, w)
			}
		}
	}
}

// TestRecognize: what words tell that no recording has.
func TestRecognize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		speaker Speaker
		text    string
		want    outcome.Class
	}{
		{OpenSSL, "curl: (58) Private key does not match the certificate public key", outcome.ConfigKeyMismatch},
		{OpenSSL, "curl: (58) unable to set private key file: 'key.pem' type PEM", outcome.ConfigBadMaterial}, // as recorded
		{OpenSSL, "ssl.SSLError: [X509: KEY_TYPE_MISMATCH] key type mismatch (_ssl.c:3926)", outcome.ConfigKeyMismatch},
		{OpenSSL, "SSL_CTX_check_private_key: no certificate assigned", outcome.ConfigKeyMismatch},
		{OpenSSL, "certificate verify failed: IP address mismatch, certificate is not valid for '127.0.0.1'. (_ssl.c:992)", outcome.RejectsServerHostname},
		{OpenSSL, "certificate verify failed: Hostname mismatch, certificate is not valid for 'localhost'. (_ssl.c:992)", outcome.RejectsServerHostname},
		{OpenSSL, "certificate verify failed (hostname mismatch)", outcome.RejectsServerHostname},
		{Go, `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [CERTIFICATE]`, outcome.ConfigBadMaterial},
		{Go, "tls: found a certificate rather than a key in the PEM for the private key", outcome.ConfigBadMaterial},
		{System, "error:0A000126:SSL routines:ssl3_read_n:unexpected eof while reading", outcome.ConnectionClosed},
	} {
		if got := test.speaker.Recognize(test.text); got != test.want {
			t.Errorf("%s: %s: got %s, want %s", test.speaker, test.text, got, test.want)
		}
	}
}

// TestRows: tables may come with the line ends of Windows.
func TestRows(t *testing.T) {
	t.Parallel()
	got := Rows("# about\n\na\tb \tx\r\n#c\t")
	if want := [][]string{{"a", "b ", "x"}, {"#c", ""}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestFits: the parts of a pattern do not overlap and come in their order.
func TestFits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"ab, bc": true, "abc": false, "bc, ab": false, "ab": false, "": false} {
		if got := Fits("ab*bc", text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}
