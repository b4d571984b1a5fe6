package rule

import "github.com/fakedockerd/fakedockerd/modes/outcome"

// A Library is how a family reads files and checks certificates. Python's and Node's OpenSSL differ from
// curl's by settings and by what they add.
type Library int

const (
	goLib     Library = iota
	cliLib            // Go with the settings of the released docker CLI (certificates.md, ten facts 5)
	cli20Lib          // the same of CLI 20.10, with Go 1.19
	curlLib           // takes any certificate of its CA file for a root
	pythonLib         // compares names itself and speaks TLS 1.2 (clients.md, part 4)
	nodeLib           // compares names itself and has the security level 1
	libraries
)

func (l Library) isGo() bool { return l == goLib || l == cliLib || l == cli20Lib }

// outcomes has what each library does; "" is that it accepts.
type outcomes [libraries]outcome.Class

// every is the same outcome for all libraries.
func every(o outcome.Class) outcomes { return split(o, o) }

// split is an outcome for Go and one for OpenSSL.
func split(inGo, openSSL outcome.Class) outcomes {
	return outcomes{goLib: inGo, cliLib: inGo, cli20Lib: inGo, curlLib: openSSL, pythonLib: openSSL, nodeLib: openSSL}
}

// but changes the outcome of one library.
func (o outcomes) but(l Library, with outcome.Class) outcomes {
	o[l] = with
	return o
}
