package outcome

// remedies say in plain words what is behind an outcome and what helps.
var remedies = map[Class]struct{ cause, cure string }{
	ConfigMissingFile: {
		"The client stopped before it connected: a file that it needs is not there. `docker --tls` needs ca.pem too, although it does not check the server.",
		"Put ca.pem, cert.pem and key.pem into the folder that DOCKER_CERT_PATH names, or into ~/.docker, or name them with --tlscacert, --tlscert and --tlskey.",
	},
	ConfigBadMaterial: {
		"The client stopped before it connected: a file holds no certificate or no key that it can read.",
		"Look at the file with `openssl x509 -in cert.pem -noout` or `openssl pkey -in key.pem -noout`. Usual reasons are an empty file, certificate and key swapped, DER instead of PEM, a byte order mark, and a key that OpenSSL 3 encrypted.",
	},
	ConfigKeyMismatch: {
		"The client stopped before it connected: the private key is not that of the certificate, or another certificate comes first in the file.",
		"Take key.pem and the first certificate of cert.pem from the same request; put intermediate CAs behind the client's own certificate.",
	},
	ConfigEncryptedKey: {
		"The client stopped before it connected: the private key is encrypted with a pass phrase.",
		"Write the key without one: `openssl pkey -in key.pem -out plain.pem`.",
	},
	ConfigWeakCrypto: {
		"The client's TLS library refuses the client's own certificate: its key is too small, or it is signed over SHA-1 or MD5.",
		"Make a new certificate with an EC key or an RSA key of 2048 bits or more, signed over SHA-256.",
	},
	ConfigUsage: {
		"The client does not understand how it was told where the daemon is: a flag twice, --host with --context, or a host that it cannot parse.",
		"Give one -H or DOCKER_HOST of the form tcp://HOST:PORT, unix:///PATH or ssh://USER@HOST, with its protocol, host and port: the docker CLI adds what is missing, others do not. The docker CLI takes neither http:// nor https://.",
	},
	ConfigAtContextCreate: {
		"The docker context does not exist, because `docker context create` refused its files or was never run.",
		"Create it again and read what that says: `docker context create NAME --docker host=...,ca=...,cert=...,key=...`.",
	},
	TLSOverUnixFails: {
		"TLS settings made the client forget that the host is a unix socket: it looks up the path as a host name.",
		"Unset DOCKER_TLS_VERIFY, DOCKER_TLS and DOCKER_CERT_PATH for unix sockets, or use docker CLI 28 or later.",
	},
	ClientCrash: {
		"The client panicked: docker CLI 20.10 does on an empty --tlscacert, --tlscert or --tlskey.",
		"Leave the flag out or give it a file.",
	},
	RejectsServerUnknownAuthority: {
		"The client refused the daemon's certificate: no CA in its ca.pem has signed it, or the intermediate CA that did is not sent.",
		"Give the client the ca.pem of the CA that signed server-cert.pem, and put intermediate CAs behind the daemon's own certificate in server-cert.pem.",
	},
	RejectsServerHostname: {
		"The client refused the daemon's certificate: it is for another name or address than the one in DOCKER_HOST.",
		"Dial a name that the certificate has, or sign one whose subjectAltName has the name or address that is dialled, such as DNS:docker.example.com,IP:10.10.10.20.",
	},
	RejectsServerLegacyCN: {
		"The client refused the daemon's certificate: the name is only in the common name, which Go has not taken since 1.15. curl and docker-py still do.",
		"Sign a certificate that has the name in its subjectAltName.",
	},
	RejectsServerExpired: {
		"The client refused the daemon's certificate: it, or a CA above it, has expired.",
		"Sign a new server-cert.pem and restart dockerd, which does not read it again on SIGHUP. If it is not expired, set the client's clock.",
	},
	RejectsServerNotYetValid: {
		"The client refused the daemon's certificate: its time, or that of a CA above it, has not begun.",
		"Set the clocks of both machines, or sign a certificate that began earlier.",
	},
	RejectsServerEKU: {
		"The client refused the daemon's certificate: its extendedKeyUsage does not allow it to be a server's. Often cert.pem and server-cert.pem were swapped.",
		"Sign it with extendedKeyUsage = serverAuth.",
	},
	RejectsServerWeakCrypto: {
		"The client refused the daemon's certificate: its key is too small, it is signed over SHA-1 or MD5, or its signature cannot be read with the CA's key.",
		"Sign a new one with an EC key or an RSA key of 2048 bits or more, over SHA-256, with the CA that the client trusts.",
	},
	RejectsServerOther: {
		"The client refused the daemon's certificate: it cannot be read, it breaks a constraint of its CA, or the daemon does not have its key.",
		"Look at it with `openssl x509 -in server-cert.pem -noout -text` and sign a plain one.",
	},
	RejectsNoClientCert: {
		"The daemon demands a client certificate and got none. Go clients send none when its issuer is not among the CAs of the daemon's --tlscacert.",
		"Give the client cert.pem and key.pem, signed by the CA that the daemon's --tlscacert names. With the docker CLI DOCKER_CERT_PATH alone does not do it: set DOCKER_TLS_VERIFY=1 as well.",
	},
	RejectsUnknownClientCA: {
		"The daemon refused the client's certificate: no CA of its --tlscacert has signed it. A daemon without tlscacert in daemon.json takes the CAs of the system.",
		"Sign the client's certificate with the CA that the daemon's --tlscacert names, or add that CA to the file and restart dockerd.",
	},
	RejectsClientCertExpired: {
		"The daemon refused the client's certificate: it, or a CA above it, has expired.",
		"Sign a new client certificate. If it is not expired, set the daemon's clock.",
	},
	RejectsClientCertNotYetValid: {
		"The daemon refused the client's certificate: its time has not begun.",
		"Set the clocks of both machines, or sign a certificate that began earlier.",
	},
	RejectsClientCertEKU: {
		"The daemon refused the client's certificate: its extendedKeyUsage does not allow it to be a client's. Often server-cert.pem is given as the client's.",
		"Sign it with extendedKeyUsage = clientAuth.",
	},
	RejectsClientCertOther: {
		"The daemon refused the client's certificate: it cannot be read, it breaks a constraint of its CA, or it has a critical extension that nobody knows.",
		"Look at it with `openssl x509 -in cert.pem -noout -text` and sign a plain one.",
	},
	HTTPToHTTPS: {
		"The client spoke plain HTTP to a port that expects TLS: it was not told to use TLS, or ignores what it was told.",
		"Use --tlsverify or DOCKER_TLS_VERIFY=1; DOCKER_CERT_PATH alone leaves the docker CLI without TLS, DOCKER_TLS_VERIFY alone the Go clients, and http:// docker-py.",
	},
	HTTPSToHTTP: {
		"The client spoke TLS to a port that speaks plain HTTP. dockerode does so on port 2376, whatever it was told.",
		"Start the daemon with --tlsverify and its certificates, or dial its TLS port. Nobody should see a daemon that speaks plain HTTP over TCP.",
	},
	TLSHandshakeFailure: {
		"Both sides speak TLS and found no version, cipher suite or signature in common.",
		"Use TLS 1.2 or 1.3 and a certificate with an RSA key of 2048 bits or more or an EC key of the curves P-256, P-384 or P-521.",
	},
	ConnectionRefused: {
		"Nothing listens at the address. A port that is left out is 2375 with the docker CLI, with TLS too; Go clients take 443 and dockerode 80.",
		"Start the daemon with -H tcp://ADDRESS:PORT, and give the port in DOCKER_HOST.",
	},
	NoSuchSocket: {
		"The unix socket does not exist.",
		"Start the daemon, or set DOCKER_HOST to where its socket is.",
	},
	ConnectionClosed: {
		"The other side closed the connection without an answer. With TLS 1.3 a refused client certificate can look so: the daemon's log has the reason.",
		"Look into the daemon's log, or try again with TLS 1.2 (curl --tls-max 1.2), where the alert always arrives.",
	},
	SSHCommandFailed: {
		"The ssh program ended with an error, or there is no docker at the other end.",
		"Try `ssh USER@HOST docker system dial-stdio`.",
	},
	APIVersionMismatch: {
		"Client and daemon speak, but the daemon does not know the API version that the client asks for.",
		"Let the client negotiate the version, or set DOCKER_API_VERSION to one that the daemon knows.",
	},
	DaemonRefusesToStart: {
		"The daemon did not come up with this configuration.",
		"Read its last log line: it names the file, flag or address.",
	},
}

// Remedy says in plain words what is behind an outcome and what helps the user of a client; both are "" when nothing is
// wrong.
func (o Class) Remedy() (cause, cure string) { return remedies[o].cause, remedies[o].cure }
