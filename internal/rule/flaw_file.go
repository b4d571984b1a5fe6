package rule

import (
	"maps"
	"slices"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A fileFlaw is what programs make of a file with a flaw.
type fileFlaw struct {
	name certgen.Flaw
	// is what the file holds for those that can use it.
	is    Holds
	stops outcomes
	// folder says that there is a folder in the place of the file, gone that there is nothing, or a link to nothing.
	folder, gone bool
}

const badMaterial, keyMismatch, encrypted = outcome.ConfigBadMaterial, outcome.ConfigKeyMismatch, outcome.ConfigEncryptedKey

// fileFlaws are the files of certificates.md, 2e, and of the recordings' sections server-cert-conditions and
// client-cert-conditions.
var fileFlaws = slices.Concat(pairFlaws, clientCAFlaws, daemonCAFlaws)

// pairFlaws are those of a certificate and its key, on either side.
var pairFlaws = []fileFlaw{
	{name: certgen.CertDirectory, is: CertFile, stops: every(badMaterial), folder: true},
	{name: certgen.CertMissing, is: CertFile, gone: true},
	{name: certgen.CertDanglingLink, is: CertFile, gone: true},
	{name: certgen.CertEmpty, is: CertFile, stops: every(badMaterial)},
	{name: certgen.CertGarbage, is: CertFile, stops: every(badMaterial)},
	{name: certgen.CertGarbageBlock, is: CertFile, stops: every(badMaterial)},
	{name: certgen.CertDER, is: CertFile, stops: every(badMaterial)},
	{name: certgen.CertUTF16, is: CertFile, stops: every(badMaterial)},
	{name: certgen.CertIndented, is: CertFile, stops: every(badMaterial)},
	{name: certgen.CertTruncated, is: CertFile, stops: every(badMaterial)},
	{name: certgen.CertGlued, is: CertFile, stops: every(badMaterial)},
	{name: certgen.CertBOM, is: CertFile, stops: goOnly(badMaterial)},
	{name: certgen.CertTrustedLabel, is: CertFile, stops: goOnly(badMaterial)},
	{name: certgen.CertX509Label, is: CertFile, stops: goOnly(badMaterial)},
	{name: certgen.CertCAFirst, is: CertFile, stops: every(keyMismatch).but(curlLib, badMaterial)},
	{name: certgen.CertCRLF, is: CertFile},
	{name: certgen.CertWithText, is: CertFile},
	{name: certgen.CertGarbageAfter, is: CertFile},
	{name: certgen.CertNoNewline, is: CertFile},
	{name: certgen.CertTrailingBlanks, is: CertFile},
	{name: certgen.CertLongLine, is: CertFile},
	{name: certgen.CertLink, is: CertFile},
	{name: certgen.KeyDirectory, is: KeyFile, stops: every(badMaterial), folder: true},
	{name: certgen.KeyMissing, is: KeyFile, gone: true},
	{name: certgen.KeyDanglingLink, is: KeyFile, gone: true},
	{name: certgen.KeyEmpty, is: KeyFile, stops: every(badMaterial)},
	{name: certgen.KeyGarbage, is: KeyFile, stops: every(badMaterial)},
	{name: certgen.KeyGarbageBlock, is: KeyFile, stops: every(badMaterial)},
	{name: certgen.KeyDER, is: KeyFile, stops: every(badMaterial)},
	{name: certgen.KeyTruncated, is: KeyFile, stops: every(badMaterial)},
	{name: certgen.KeyBOM, is: KeyFile, stops: goOnly(badMaterial)},
	{name: certgen.KeyEncryptedLegacy, is: KeyFile, stops: every(encrypted)},
	{name: certgen.KeyEncryptedPKCS8, is: KeyFile, stops: split(badMaterial, encrypted)},
	{name: certgen.KeyMismatch, is: KeyFile, stops: every(keyMismatch).but(curlLib, badMaterial)},
	// curl tells a key of another kind, not another key of the same; Node presents no certificate then.
	{name: certgen.KeyMismatchType, is: KeyFile, stops: every(keyMismatch).but(nodeLib, "")},
	{name: certgen.KeySecond, is: KeyFile, stops: every(keyMismatch).but(curlLib, badMaterial)},
	{name: certgen.KeyFooLabel, is: KeyFile, stops: split("", badMaterial)},
	{name: certgen.KeyPKCS8AsRSA, is: KeyFile, stops: split("", badMaterial)},
	{name: certgen.KeyTraditional, is: KeyFile},
	{name: certgen.KeyECParameters, is: KeyFile},
	{name: certgen.KeyPKCS8, is: KeyFile},
	{name: certgen.KeyCRLF, is: KeyFile},
	{name: certgen.KeyWorldReadable, is: KeyFile},
	{name: certgen.KeyMode777, is: KeyFile},
	{name: certgen.KeyLink, is: KeyFile},
}

// clientCAFlaws are those of a client's ca.pem. Node trusts nobody when it finds no certificate in ca.pem.
var clientCAFlaws = []fileFlaw{
	{name: certgen.CADirectory, is: CA, stops: every(badMaterial), folder: true},
	{name: certgen.CAMissing, is: CA, gone: true},
	{name: certgen.CADanglingLink, is: CA, gone: true},
	{name: certgen.CAEmpty, is: CA, stops: every(badMaterial).but(nodeLib, "")},
	{name: certgen.CAGarbage, is: CA, stops: every(badMaterial).but(nodeLib, "")},
	{name: certgen.CAGarbageBlock, is: CA, stops: every(badMaterial).but(nodeLib, "")},
	{name: certgen.CADER, is: CA, stops: every(badMaterial).but(nodeLib, "")},
	{name: certgen.CABOM, is: CA, stops: goOnly(badMaterial)},
	{name: certgen.CAOther, is: OtherCA},
	{name: certgen.CAPEMHeaders, is: CA, stops: every(badMaterial).but(nodeLib, "")},
	{name: certgen.CATrustedLabel, is: CA, stops: goOnly(badMaterial)},
	{name: certgen.CABundleCorruptPlusGood, is: CA, stops: split("", badMaterial).but(nodeLib, "")},
	{name: certgen.CABundleGoodPlusTruncated, is: CA, stops: split("", badMaterial).but(nodeLib, "")},
	{name: certgen.CABundleTwo, is: CA},
	{name: certgen.CABundleSameName, is: CA},
	{name: certgen.CABundleGarbagePlusGood, is: CA},
	{name: certgen.CAWithKey, is: CA},
	{name: certgen.CACRLF, is: CA},
	{name: certgen.CAIsServerLeaf, is: ServerCert},
}

// daemonCAFlaws are those of the file by which a daemon verifies clients, which it reads as a Go client reads its
// ca.pem.
var daemonCAFlaws = []fileFlaw{
	{name: certgen.DaemonCADirectory, is: CA, stops: every(badMaterial), folder: true},
	{name: certgen.DaemonCAMissing, is: CA, gone: true},
	{name: certgen.DaemonCADanglingLink, is: CA, gone: true},
	{name: certgen.DaemonCAEmpty, is: CA, stops: every(badMaterial)},
	{name: certgen.DaemonCAGarbage, is: CA, stops: every(badMaterial)},
	{name: certgen.DaemonCAGarbageBlock, is: CA, stops: every(badMaterial)},
	{name: certgen.DaemonCADER, is: CA, stops: every(badMaterial)},
	{name: certgen.DaemonCABOM, is: CA, stops: goOnly(badMaterial)},
	{name: certgen.DaemonCAOther, is: OtherCA},
	{name: certgen.DaemonCATwo, is: CA},
	{name: certgen.DaemonCASameName, is: CA},
	{name: certgen.DaemonCACorruptPlusGood, is: CA},
	{name: certgen.DaemonCAServerCert, is: ServerCert},
	{name: certgen.DaemonCALeafClientCert, is: ClientCert},
}

// allFiles are the flaws of several files, with what they then hold.
var allFiles = map[certgen.Flaw]map[string]Holds{
	certgen.AllMissing:         {},
	certgen.Swapped:            {"ca.pem": CA, "cert.pem": KeyFile, "key.pem": CertFile},
	certgen.CombinedCertAndKey: {"ca.pem": CA, "cert.pem": CertAndKey, "key.pem": CertAndKey},
}

// accepted is what a file gets that nobody complains of.
var accepted outcomes

// fileFlawOf finds what is in a file, if that is a flaw.
func fileFlawOf(h Holds) *fileFlaw {
	for i := range fileFlaws {
		if Holds(fileFlaws[i].name) == h {
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

// file is the name of a client's file that has the flaw.
func (f fileFlaw) file() string {
	switch f.is {
	case CertFile:
		return "cert.pem"
	case KeyFile:
		return "key.pem"
	}
	return "ca.pem"
}

// ClientFiles says what ca.pem, cert.pem and key.pem of a client hold whose material has a flaw; a file that is
// missing, or a link to nothing, is left out. The flaws of certificates change no file in this sense.
func ClientFiles(flaw certgen.Flaw) map[string]Holds {
	if all, ok := allFiles[flaw]; ok {
		return maps.Clone(all)
	}
	files := map[string]Holds{"ca.pem": CA, "cert.pem": CertFile, "key.pem": KeyFile}
	switch f := fileFlawOf(Holds(flaw)); {
	case f == nil:
	case f.gone:
		delete(files, f.file())
	default:
		files[f.file()] = Holds(flaw)
	}
	return files
}

// ServerFiles says the same of the ca.pem by which a daemon verifies clients, and of its server-cert.pem and
// server-key.pem.
func ServerFiles(flaw certgen.Flaw) map[string]Holds {
	files := ClientFiles(flaw)
	for from, to := range map[string]string{"cert.pem": "server-cert.pem", "key.pem": "server-key.pem"} {
		if h, ok := files[from]; ok {
			files[to] = h
			delete(files, from)
		}
	}
	return files
}

// inFolder reports whether a flaw is not in what a file holds but in what is there in its place.
func inFolder(flaw certgen.Flaw) bool {
	f := fileFlawOf(Holds(flaw))
	return flaw == certgen.AllMissing || f != nil && (f.gone || f.folder)
}
