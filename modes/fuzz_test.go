package modes_test

import (
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/modes"
)

// FuzzExplain: whatever a client says is explained or not, and an answer has what it promises.
func FuzzExplain(f *testing.F) {
	for _, message := range []string{
		"", "\n", "x509: certificate signed by unknown authority",
		"error during connect: Get \"https://127.0.0.1:1/v1.51/version\": remote error: tls: certificate required",
		"2026/11/29 22:00:00 http: TLS handshake error from 127.0.0.1:1: remote error: tls: bad certificate\n",
		"curl: (58) could not load PEM client certificate", "Traceback (most recent call last):\n  File \"x\"\nssl.SSLError: [SSL] unknown",
	} {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		for _, a := range modes.Explain(message) {
			if a.Line == "" || !strings.Contains(message, strings.TrimSpace(a.Line)) {
				t.Errorf("the line %q is not of the message", a.Line)
			}
		}
	})
}
