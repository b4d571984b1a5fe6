package certgen

// fileVerdicts are those of the flaws of files.
var fileVerdicts = map[Flaw]verdicts{
	CertMissing: {
		name:   &Verdict{Load: noPairFile + "open {dir}/server-cert.pem: no such file or directory"},
		client: notOpened("open {dir}/cert.pem: no such file or directory", 58),
	},
	CertDirectory: {
		name:   notStarted("read {dir}/server-cert.pem: is a directory"),
		client: notOpened("read {dir}/cert.pem: is a directory", 58),
	},
	CertDanglingLink: {
		name:   &Verdict{Load: noPairFile + "open {dir}/server-cert.pem: no such file or directory"},
		client: notOpened("open {dir}/cert.pem: no such file or directory", 58),
	},
	CertEmpty: {
		name:   notStarted("tls: failed to find any PEM data in certificate input"),
		client: notLoaded("tls: failed to find any PEM data in certificate input", 58),
	},
	CertGarbage: {
		name:   notStarted("tls: failed to find any PEM data in certificate input"),
		client: notLoaded("tls: failed to find any PEM data in certificate input", 58),
	},
	CertGarbageBlock: {
		name:   notStarted("x509: malformed certificate"),
		client: notLoaded("x509: malformed certificate", 58),
	},
	CertDER: {
		name:   notStarted("tls: failed to find any PEM data in certificate input"),
		client: notLoaded("tls: failed to find any PEM data in certificate input", 58),
	},
	CertUTF16: {
		name:   notStarted("tls: failed to find any PEM data in certificate input"),
		client: notLoaded("tls: failed to find any PEM data in certificate input", 58),
	},
	CertBOM: {
		name:   notStarted("tls: failed to find any PEM data in certificate input"),
		client: notLoaded("tls: failed to find any PEM data in certificate input", 0),
		why:    "OpenSSL looks for the first line that begins a block; to Go the mark hides the only one",
	},
	CertIndented: {
		name:   notStarted("tls: failed to find any PEM data in certificate input"),
		client: notLoaded("tls: failed to find any PEM data in certificate input", 58),
	},
	CertTruncated: {
		name:   notStarted("tls: failed to find any PEM data in certificate input"),
		client: notLoaded("tls: failed to find any PEM data in certificate input", 58),
	},
	CertGlued: {
		name:   notStarted("tls: failed to find any PEM data in certificate input"),
		client: notLoaded("tls: failed to find any PEM data in certificate input", 58),
	},
	CertTrustedLabel: {
		name:   notStarted(`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [TRUSTED CERTIFICATE]`),
		client: notLoaded(`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [TRUSTED CERTIFICATE]`, 0),
		why:    "Go knows the label CERTIFICATE alone",
	},
	CertX509Label: {
		name:   notStarted(`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [X509 CERTIFICATE]`),
		client: notLoaded(`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [X509 CERTIFICATE]`, 0),
		why:    "Go knows the label CERTIFICATE alone",
	},
	CertCAFirst: {
		name:   notStarted("tls: private key does not match public key"),
		client: notLoaded("tls: private key does not match public key", 58),
		why:    "the first certificate counts",
	},
	CertThenCorrupt: {
		name:   failed("tls: failed to parse certificate from server: x509: malformed certificate", OtherError, 35),
		client: &Verdict{Go: "tls: failed to parse client certificate: x509: malformed certificate", Docker: "remote error: tls: error decoding message", OpenSSL: OtherError, Curl: 58},
		why:    "Go looks at the first certificate of its own file alone and sends the rest; the other side parses it",
	},
	KeyMissing: {
		name:   &Verdict{Load: noPairFile + "open {dir}/server-key.pem: no such file or directory"},
		client: notOpened("open {dir}/key.pem: no such file or directory", 58),
	},
	KeyDirectory: {
		name:   notStarted("read {dir}/server-key.pem: is a directory"),
		client: notOpened("read {dir}/key.pem: is a directory", 58),
	},
	KeyDanglingLink: {
		name:   &Verdict{Load: noPairFile + "open {dir}/server-key.pem: no such file or directory"},
		client: notOpened("open {dir}/key.pem: no such file or directory", 58),
	},
	KeyEmpty: {
		name:   notStarted("tls: failed to find any PEM data in key input"),
		client: &Verdict{Load: noClientPair + "no valid private key found", Docker: "no valid private key found", Curl: 58},
	},
	KeyGarbage: {
		name:   notStarted("tls: failed to find any PEM data in key input"),
		client: &Verdict{Load: noClientPair + "no valid private key found", Docker: "no valid private key found", Curl: 58},
	},
	KeyGarbageBlock: {
		name:   notStarted("tls: failed to parse private key"),
		client: notLoaded("tls: failed to parse private key", 58),
	},
	KeyDER: {
		name:   notStarted("tls: failed to find any PEM data in key input"),
		client: &Verdict{Load: noClientPair + "no valid private key found", Docker: "no valid private key found", Curl: 58},
	},
	KeyBOM: {
		name:   notStarted("tls: failed to find any PEM data in key input"),
		client: &Verdict{Load: noClientPair + "no valid private key found", Docker: "no valid private key found"},
		why:    "OpenSSL looks for the first line that begins a block; to Go the mark hides the only one",
	},
	KeyTruncated: {
		name:   notStarted("tls: failed to find any PEM data in key input"),
		client: &Verdict{Load: noClientPair + "no valid private key found", Docker: "no valid private key found", Curl: 58},
	},
	KeyEncryptedLegacy: {
		name:   notStarted("tls: failed to parse private key"),
		client: &Verdict{Load: noClientPair + "private key is encrypted; encrypted private keys are obsolete, and not supported", Docker: "private key is encrypted - support for encrypted private keys has been removed, see https://docs.docker.com/go/deprecated/", Curl: 58},
		why:    "no program of Docker asks for a pass phrase",
	},
	KeyEncryptedPKCS8: {
		name:   notStarted("tls: failed to parse private key"),
		client: notLoaded("tls: failed to parse private key", 58),
		why:    "no program of Docker asks for a pass phrase. The text does not say so, unlike for the old form: OpenSSL 3 writes this one",
	},
	KeyMismatch: {
		name:   notStarted("tls: private key does not match public key"),
		client: notLoaded("tls: private key does not match public key", 58),
	},
	KeyMismatchType: {
		name:   notStarted("tls: private key type does not match public key type"),
		client: notLoaded("tls: private key type does not match public key type", 58),
	},
	KeySecond: {
		name:   notStarted("tls: private key does not match public key"),
		client: notLoaded("tls: private key does not match public key", 58),
		why:    "the first key counts",
	},
	Swapped: {
		name:   notStarted("tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"),
		client: notLoaded("tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched", 58),
	},
	KeyFooLabel: {
		client: &Verdict{Curl: 58},
		why:    "Go takes every label that ends in PRIVATE KEY, and tries all forms of a key",
	},
	KeyPKCS8AsRSA: {
		client: &Verdict{Curl: 58},
		why:    "Go takes every label that ends in PRIVATE KEY, and tries all forms of a key",
	},
	KeyWorldReadable: {
		why: "nobody looks at modes",
	},
	KeyMode777: {
		why: "nobody looks at modes",
	},
	AllMissing: {
		client: &Verdict{Load: `could not read CA certificate "{dir}/ca.pem": open {dir}/ca.pem: no such file or directory`, Docker: "unable to resolve docker endpoint: open {dir}/ca.pem: no such file or directory", Curl: 58},
		why:    "the docker CLI and docker/docker/client read ca.pem first, curl the certificate",
	},
	CAMissing: {
		client: &Verdict{Load: `could not read CA certificate "{dir}/ca.pem": open {dir}/ca.pem: no such file or directory`, Docker: "unable to resolve docker endpoint: open {dir}/ca.pem: no such file or directory", Curl: 77},
	},
	CADirectory: {
		client: &Verdict{Load: `could not read CA certificate "{dir}/ca.pem": read {dir}/ca.pem: is a directory`, Docker: "unable to resolve docker endpoint: read {dir}/ca.pem: is a directory", Curl: 77},
	},
	CADanglingLink: {
		client: &Verdict{Load: `could not read CA certificate "{dir}/ca.pem": open {dir}/ca.pem: no such file or directory`, Docker: "unable to resolve docker endpoint: open {dir}/ca.pem: no such file or directory", Curl: 77},
	},
	CAEmpty: {
		client: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/ca.pem"`, Docker: contextTLS + "ca.pem seems invalid", Curl: 77},
	},
	CAGarbage: {
		client: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/ca.pem"`, Docker: contextTLS + "ca.pem seems invalid", Curl: 77},
	},
	CAGarbageBlock: {
		client: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/ca.pem"`, Docker: contextTLS + "ca.pem seems invalid", Curl: 77},
	},
	CADER: {
		client: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/ca.pem"`, Docker: contextTLS + "ca.pem seems invalid", Curl: 77},
	},
	CABOM: {
		client: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/ca.pem"`, Docker: contextTLS + "ca.pem seems invalid"},
		why:    "OpenSSL looks for the first line that begins a block; to Go the mark hides the only one",
	},
	CAPEMHeaders: {
		client: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/ca.pem"`, Docker: contextTLS + "ca.pem seems invalid", Curl: 77},
	},
	CATrustedLabel: {
		client: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/ca.pem"`, Docker: contextTLS + "ca.pem seems invalid"},
		why:    "Go knows the label CERTIFICATE alone",
	},
	DaemonCAMissing: {
		name: &Verdict{Load: `could not read CA certificate "{dir}/daemon-ca.pem": open {dir}/daemon-ca.pem: no such file or directory`},
	},
	DaemonCADirectory: {
		name: &Verdict{Load: `could not read CA certificate "{dir}/daemon-ca.pem": read {dir}/daemon-ca.pem: is a directory`},
	},
	DaemonCADanglingLink: {
		name: &Verdict{Load: `could not read CA certificate "{dir}/daemon-ca.pem": open {dir}/daemon-ca.pem: no such file or directory`},
	},
	DaemonCAEmpty: {
		name: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/daemon-ca.pem"`},
	},
	DaemonCAGarbage: {
		name: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/daemon-ca.pem"`},
	},
	DaemonCAGarbageBlock: {
		name: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/daemon-ca.pem"`},
	},
	DaemonCADER: {
		name: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/daemon-ca.pem"`},
	},
	DaemonCABOM: {
		name: &Verdict{Load: `failed to append certificates from PEM file: "{dir}/daemon-ca.pem"`},
		why:  "to Go the mark hides the only block",
	},
}
