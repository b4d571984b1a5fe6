package modes

import (
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A fileFlaw is what programs make of a file with a flaw.
type fileFlaw struct {
	name string
	// is what the file holds for those that can use it.
	is    Holds
	stops outcomes
}

const badMaterial, keyMismatch, encrypted = outcome.ConfigBadMaterial, outcome.ConfigKeyMismatch, outcome.ConfigEncryptedKey

// fileFlaws are the files of certificates.md, 2e, and of the recordings' sections server-cert-conditions and client-cert-conditions.
// A file that is missing, or a link to nothing, is not among them.
var fileFlaws = slices.Concat(pairFlaws, caFlaws, clientCAFlaws, daemonCAFlaws)

// pairFlaws are those of a certificate and its key, on either side.
var pairFlaws = []fileFlaw{
	{"cert-directory", CertFile, every(badMaterial)}, {"cert-empty", CertFile, every(badMaterial)}, {"cert-garbage", CertFile, every(badMaterial)},
	{"cert-garbage-block", CertFile, every(badMaterial)}, {"cert-der", CertFile, every(badMaterial)}, {"cert-utf16", CertFile, every(badMaterial)},
	{"cert-indented", CertFile, every(badMaterial)}, {"cert-truncated", CertFile, every(badMaterial)}, {"cert-glued", CertFile, every(badMaterial)},
	{"cert-bom", CertFile, goOnly(badMaterial)}, {"cert-trusted-label", CertFile, goOnly(badMaterial)}, {"cert-x509-label", CertFile, goOnly(badMaterial)},
	{"cert-ca-first", CertFile, every(keyMismatch).but(curlLib, badMaterial)},
	{"cert-crlf", CertFile, accepted}, {"cert-with-text", CertFile, accepted}, {"cert-garbage-after", CertFile, accepted},
	{"cert-no-newline", CertFile, accepted}, {"cert-trailing-blanks", CertFile, accepted}, {"cert-long-line", CertFile, accepted}, {"cert-link", CertFile, accepted},

	{"key-directory", KeyFile, every(badMaterial)}, {"key-empty", KeyFile, every(badMaterial)}, {"key-garbage", KeyFile, every(badMaterial)},
	{"key-garbage-block", KeyFile, every(badMaterial)}, {"key-der", KeyFile, every(badMaterial)}, {"key-truncated", KeyFile, every(badMaterial)},
	{"key-bom", KeyFile, goOnly(badMaterial)},
	{"key-encrypted-legacy", KeyFile, every(encrypted)}, {"key-encrypted-pkcs8", KeyFile, split(badMaterial, encrypted)},
	{"key-mismatch", KeyFile, every(keyMismatch).but(curlLib, badMaterial)},
	// curl tells a key of another kind, not another key of the same; Node presents no certificate then.
	{"key-mismatch-type", KeyFile, every(keyMismatch).but(nodeLib, "")},
	{"key-second", KeyFile, every(keyMismatch).but(curlLib, badMaterial)},
	{"key-foo-label", KeyFile, split("", badMaterial)}, {"key-pkcs8-as-rsa", KeyFile, split("", badMaterial)},
	{"key-traditional", KeyFile, accepted}, {"key-ec-parameters", KeyFile, accepted}, {"key-pkcs8", KeyFile, accepted}, {"key-crlf", KeyFile, accepted},
	{"key-world-readable", KeyFile, accepted}, {"key-mode-777", KeyFile, accepted}, {"key-link", KeyFile, accepted},
}

// caFlaws are those of a client's ca.pem and, with the name "daemonca-empty" for "ca-empty", of the file by which a daemon
// verifies clients. Node trusts nobody when it finds no certificate in ca.pem.
var caFlaws = []fileFlaw{
	{"ca-directory", CA, every(badMaterial)}, {"ca-empty", CA, every(badMaterial).but(nodeLib, "")}, {"ca-garbage", CA, every(badMaterial).but(nodeLib, "")},
	{"ca-garbage-block", CA, every(badMaterial).but(nodeLib, "")}, {"ca-der", CA, every(badMaterial).but(nodeLib, "")},
	{"ca-bom", CA, goOnly(badMaterial)},
	{"ca-other", OtherCA, accepted},
}

// clientCAFlaws are those of a client's ca.pem alone.
var clientCAFlaws = []fileFlaw{
	{"ca-pem-headers", CA, every(badMaterial).but(nodeLib, "")}, {"ca-trusted-label", CA, goOnly(badMaterial)},
	{"ca-bundle-corrupt-plus-good", CA, split("", badMaterial).but(nodeLib, "")}, {"ca-bundle-good-plus-truncated", CA, split("", badMaterial).but(nodeLib, "")},
	{"ca-bundle-two", CA, accepted}, {"ca-bundle-same-name", CA, accepted}, {"ca-bundle-garbage-plus-good", CA, accepted},
	{"ca-with-key", CA, accepted}, {"ca-crlf", CA, accepted}, {"ca-is-server-leaf", ServerCert, accepted},
}

// daemonCAFlaws are those of the daemon's file alone, which a daemon reads as a Go client reads its ca.pem.
var daemonCAFlaws = []fileFlaw{
	{"ca-two", CA, accepted}, {"ca-same-name", CA, accepted}, {"ca-corrupt-plus-good", CA, accepted},
	{"ca-server-cert", ServerCert, accepted}, {"ca-leaf-client-cert", ClientCert, accepted},
}

// accepted is what a file gets that nobody complains of.
var accepted outcomes

// fileFlawOf finds what is in a file, if that is a flaw.
func fileFlawOf(h Holds) *fileFlaw {
	for i := range fileFlaws {
		if fileFlaws[i].name == string(h) {
			return &fileFlaws[i]
		}
	}
	return nil
}

// content is what a file holds for those that can use it.
func (h Holds) content() Holds {
	if f := fileFlawOf(h); f != nil {
		return f.is
	}
	return h
}

// ClientFiles says what ca.pem, cert.pem and key.pem of a client hold whose material has a flaw; a file that is missing,
// or a link to nothing, is left out. The flaws of certificates change no file in this sense.
func ClientFiles(flaw string) map[string]Holds {
	files := map[string]Holds{"ca.pem": CA, "cert.pem": CertFile, "key.pem": KeyFile}
	spoil(files, flaw)
	return files
}

// ServerFiles says the same of the ca.pem by which a daemon verifies clients, and of its server-cert.pem and
// server-key.pem.
func ServerFiles(flaw string) map[string]Holds {
	files := map[string]Holds{"ca.pem": CA, "cert.pem": CertFile, "key.pem": KeyFile}
	if what, ok := strings.CutPrefix(flaw, "daemonca-"); ok {
		flaw = "ca-" + what
	}
	spoil(files, flaw)
	for from, to := range map[string]string{"cert.pem": "server-cert.pem", "key.pem": "server-key.pem"} {
		if h, ok := files[from]; ok {
			files[to] = h
			delete(files, from)
		}
	}
	return files
}

func spoil(files map[string]Holds, flaw string) {
	file, what, _ := strings.Cut(flaw, "-")
	switch {
	case flaw == "all-missing":
		clear(files)
	case flaw == "swapped":
		files["cert.pem"], files["key.pem"] = KeyFile, CertFile
	case what == "missing", what == "dangling-link":
		delete(files, file+".pem")
	case flaw == "combined-cert-and-key":
		files["cert.pem"], files["key.pem"] = CertAndKey, CertAndKey
	case fileFlawOf(Holds(flaw)) != nil:
		files[file+".pem"] = Holds(flaw)
	}
}

// inFolder reports whether a flaw is not in what a file holds but in what is there in its place.
func inFolder(flaw string) bool {
	for _, what := range []string{"-missing", "-directory", "-dangling-link"} {
		if strings.HasSuffix(flaw, what) {
			return true
		}
	}
	return false
}
