package certgen

// Flaws of the file of a key.
const (
	KeyMissing         Flaw = "key-missing"
	KeyDirectory       Flaw = "key-directory"
	KeyDangling        Flaw = "key-dangling-link"
	KeyEmpty           Flaw = "key-empty"
	KeyGarbage         Flaw = "key-garbage"
	KeyGarbageBlock    Flaw = "key-garbage-block"
	KeyDER             Flaw = "key-der"
	KeyBOM             Flaw = "key-bom"
	KeyTruncated       Flaw = "key-truncated"
	KeyEncryptedLegacy Flaw = "key-encrypted-legacy"
	KeyEncryptedPKCS8  Flaw = "key-encrypted-pkcs8"
	KeyMismatch        Flaw = "key-mismatch"
	KeyMismatchType    Flaw = "key-mismatch-type"
	KeySecond          Flaw = "key-second"
	Swapped            Flaw = "swapped"
	KeyFooLabel        Flaw = "key-foo-label"
	KeyPKCS8AsRSA      Flaw = "key-pkcs8-as-rsa"
	KeyTraditional     Flaw = "key-traditional"
	KeyECParameters    Flaw = "key-ec-parameters"
	KeyPKCS8           Flaw = "key-pkcs8"
	KeyCRLF            Flaw = "key-crlf"
	KeyWorldReadable   Flaw = "key-world-readable"
	KeyMode777         Flaw = "key-mode-777"
	KeyLink            Flaw = "key-link"
)

var keyFileFlaws = []flaw{
	{name: KeyMissing, sides: both, doc: "has no key file", files: as(keyFile, missing)},
	{name: KeyDirectory, sides: both, doc: "has a folder for a key file", files: as(keyFile, directory)},
	{name: KeyDangling, sides: both, doc: "has a symbolic link to nothing for a key file", files: as(keyFile, dangling)},
	{name: KeyEmpty, sides: both, doc: "has an empty key file", files: in(keyFile, empty)},
	{name: KeyGarbage, sides: both, doc: "has text that is no PEM for a key file", files: in(keyFile, garbage)},
	{name: KeyGarbageBlock, sides: both, doc: "has a PEM block that holds no key for a key file", files: in(keyFile, garbageBlock("PRIVATE KEY"))},
	{name: KeyDER, sides: both, doc: "has its key in DER", files: in(keyFile, der)},
	{name: KeyBOM, sides: both, doc: "has a byte order mark before its key", files: in(keyFile, bom)},
	{name: KeyTruncated, sides: both, doc: "has a key file that breaks off", files: in(keyFile, truncated)},
	{name: KeyEncryptedLegacy, sides: both, doc: "has its key encrypted with a pass phrase in the old way, with a DEK-Info header", spoil: withKeyIf(noTraditional), files: encryptedLegacy},
	{name: KeyEncryptedPKCS8, sides: both, doc: "has its key encrypted with a pass phrase in PKCS#8, as OpenSSL 3 does", files: encryptedPKCS8},
	{name: KeyMismatch, sides: both, doc: "has the key of another certificate", files: otherKey(func(_, other []byte) []byte { return other })},
	{name: KeyMismatchType, sides: both, doc: "has a key of another type than its certificate", files: func(p *party, f *files) error {
		t := RSA2048
		if isRSA(p.identity.key) {
			t = P256
		}
		return replaceKey(t, func(_, other []byte) []byte { return other })(p, f)
	}},
	{name: KeySecond, sides: both, doc: "has another key before its own in its key file", files: otherKey(func(own, other []byte) []byte { return append(other, own...) })},
	{name: Swapped, sides: both, doc: "has its certificate in the key file, and its key in the certificate file", files: func(_ *party, f *files) error {
		f.cert.data, f.key.data = f.key.data, f.cert.data
		return nil
	}},
	{name: KeyFooLabel, sides: both, doc: "has the PEM label FOO PRIVATE KEY", files: in(keyFile, relabelled("PRIVATE KEY", "FOO PRIVATE KEY"))},
	{name: KeyPKCS8AsRSA, sides: both, doc: "has its key in PKCS#8 under the PEM label RSA PRIVATE KEY", files: in(keyFile, relabelled("PRIVATE KEY", "RSA PRIVATE KEY"))},
	{name: KeyTraditional, sides: both, doc: "has its key in PKCS#1 or SEC 1, as OpenSSL 1 writes it", spoil: withKeyIf(noTraditional), files: traditional},
	{name: KeyECParameters, sides: both, doc: "has an EC key behind its parameters, as openssl ecparam writes it", spoil: withKeyIf(notECDSA), files: ecParameters},
	{name: KeyPKCS8, sides: both, doc: "has its key in PKCS#8", files: in(keyFile, same)},
	{name: KeyCRLF, sides: both, doc: "has its key file with the line ends of Windows", files: in(keyFile, crlf)},
	{name: KeyWorldReadable, sides: both, doc: "has a key file of the mode 0644", files: moded(0o644)},
	{name: KeyMode777, sides: both, doc: "has a key file of the mode 0777", files: moded(0o777)},
	{name: KeyLink, sides: both, doc: "has a symbolic link to its key file", files: as(keyFile, linked)},
}
