package certgen

var keyFileFlaws = []flaw{
	{name: "key-missing", sides: both, doc: "has no key file", files: as(keyFile, missing)},
	{name: "key-directory", sides: both, doc: "has a folder for a key file", files: as(keyFile, directory)},
	{name: "key-dangling-link", sides: both, doc: "has a symbolic link to nothing for a key file", files: as(keyFile, dangling)},
	{name: "key-empty", sides: both, doc: "has an empty key file", files: in(keyFile, empty)},
	{name: "key-garbage", sides: both, doc: "has text that is no PEM for a key file", files: in(keyFile, garbage)},
	{name: "key-garbage-block", sides: both, doc: "has a PEM block that holds no key for a key file", files: in(keyFile, garbageBlock("PRIVATE KEY"))},
	{name: "key-der", sides: both, doc: "has its key in DER", files: in(keyFile, der)},
	{name: "key-bom", sides: both, doc: "has a byte order mark before its key", files: in(keyFile, bom)},
	{name: "key-truncated", sides: both, doc: "has a key file that breaks off", files: in(keyFile, truncated)},
	{name: "key-encrypted-legacy", sides: both, doc: "has its key encrypted with a pass phrase in the old way, with a DEK-Info header", spoil: withKeyIf(noTraditional), files: encryptedLegacy},
	{name: "key-encrypted-pkcs8", sides: both, doc: "has its key encrypted with a pass phrase in PKCS#8, as OpenSSL 3 does", files: encryptedPKCS8},
	{name: "key-mismatch", sides: both, doc: "has the key of another certificate", files: otherKey(func(_, other []byte) []byte { return other })},
	{name: "key-mismatch-type", sides: both, doc: "has a key of another type than its certificate", files: func(p *party, f *files) error {
		t := RSA2048
		if isRSA(p.identity.key) {
			t = P256
		}
		return replaceKey(t, func(_, other []byte) []byte { return other })(p, f)
	}},
	{name: "key-second", sides: both, doc: "has another key before its own in its key file", files: otherKey(func(own, other []byte) []byte { return append(other, own...) })},
	{name: "swapped", sides: both, doc: "has its certificate in the key file, and its key in the certificate file", files: func(_ *party, f *files) error {
		f.cert.data, f.key.data = f.key.data, f.cert.data
		return nil
	}},
	{name: "key-foo-label", sides: both, doc: "has the PEM label FOO PRIVATE KEY", files: in(keyFile, relabelled("PRIVATE KEY", "FOO PRIVATE KEY"))},
	{name: "key-pkcs8-as-rsa", sides: both, doc: "has its key in PKCS#8 under the PEM label RSA PRIVATE KEY", files: in(keyFile, relabelled("PRIVATE KEY", "RSA PRIVATE KEY"))},
	{name: "key-traditional", sides: both, doc: "has its key in PKCS#1 or SEC 1, as OpenSSL 1 writes it", spoil: withKeyIf(noTraditional), files: traditional},
	{name: "key-ec-parameters", sides: both, doc: "has an EC key behind its parameters, as openssl ecparam writes it", spoil: withKeyIf(notECDSA), files: ecParameters},
	{name: "key-pkcs8", sides: both, doc: "has its key in PKCS#8", files: in(keyFile, same)},
	{name: "key-crlf", sides: both, doc: "has its key file with the line ends of Windows", files: in(keyFile, crlf)},
	{name: "key-world-readable", sides: both, doc: "has a key file of the mode 0644", files: moded(0o644)},
	{name: "key-mode-777", sides: both, doc: "has a key file of the mode 0777", files: moded(0o777)},
	{name: "key-link", sides: both, doc: "has a symbolic link to its key file", files: as(keyFile, linked)},
}
