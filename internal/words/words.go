// Package words tells from what programs say what happened.
package words

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A Speaker is a program or library whose words tell an outcome.
type Speaker string

// Speakers.
const (
	Go      Speaker = "go"      // Go programs: the docker CLI, the Go clients and crypto/tls itself
	OpenSSL Speaker = "openssl" // curl, Python, Node and Ruby with OpenSSL
	System  Speaker = "system"  // what the operating system says through any client; it decides last: a refusal with TLS 1.3 can reach a client as a reset
	Daemon  Speaker = "daemon"  // the daemon's errors of a handshake, as crypto/tls gives them and dockerd logs them
	Alert   Speaker = "alert"   // the alerts with which a client refuses the daemon's certificate, as crypto/tls names them; Go sends "bad certificate" whatever is wrong
	API     Speaker = "api"     // answers of the API that say what went wrong; any other one is an answer like a good one
)

// Recognize returns the outcome that a speaker's words tell, "" when they tell none.
func (s Speaker) Recognize(text string) outcome.Class {
	for _, w := range parseWords()[s] {
		if Fits(w.pattern, text) {
			return w.outcome
		}
	}
	return ""
}

// words give the outcome of a text that contains all parts of a pattern; "*" separates the parts.
type words struct {
	outcome outcome.Class
	pattern string
}

// wordLines has one pattern per line: speaker, outcome and pattern. They give the outcome of each text in the
// recordings (tls/matrix.json). Of a speaker's lines the first that fits decides.
//
//go:embed words.tsv
var wordLines string

var parseWords = sync.OnceValue(func() map[Speaker][]words {
	all := map[Speaker][]words{}
	for _, fields := range Rows(wordLines) {
		s := Speaker(fields[0])
		all[s] = append(all[s], words{outcome.Class(fields[1]), fields[2]})
	}
	return all
})

// Rows are the lines of a table, as fields that tabs separate. Empty lines and those that begin with "# " are left out.
func Rows(table string) [][]string {
	var all [][]string
	for line := range strings.Lines(table) {
		line = strings.TrimRight(line, "\r\n")
		if line != "" && !strings.HasPrefix(line, "# ") {
			all = append(all, strings.Split(line, "\t"))
		}
	}
	return all
}

// Fits reports whether the parts of pattern occur in text in their order.
func Fits(pattern, text string) bool {
	for part := range strings.SplitSeq(pattern, "*") {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return true
}
