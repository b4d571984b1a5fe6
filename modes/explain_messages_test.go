package modes_test

import (
	"testing"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A message is what a program says, and what is behind it: the outcome that is likeliest, and whose line it is.
type message struct {
	program string
	scene   string // in which the program says it, "" where it is not run
	text    string // a line or a part of one, normalized
	side    modes.Side
	outcome outcome.Class
}

const (
	client = modes.ClientSide
	daemon = modes.DaemonSide
	proxy  = modes.ProxySide

	noCert, unknownClient, expiredClient, clientUsage = outcome.RejectsNoClientCert, outcome.RejectsUnknownClientCA, outcome.RejectsClientCertExpired, outcome.RejectsClientCertEKU
	unknownServer, expiredServer, earlyServer         = outcome.RejectsServerUnknownAuthority, outcome.RejectsServerExpired, outcome.RejectsServerNotYetValid
	wrongHost, wrongUsage, legacyName, weak           = outcome.RejectsServerHostname, outcome.RejectsServerEKU, outcome.RejectsServerLegacyCN, outcome.RejectsServerWeakCrypto
	plainToTLS, tlsToPlain, closed, refused           = outcome.HTTPToHTTPS, outcome.HTTPSToHTTP, outcome.ConnectionClosed, outcome.ConnectionRefused
	noStart                                           = outcome.DaemonRefusesToStart
)

// messages are written by hand: the outcomes are those of the scenes.
var messages = []message{
	{"java", "no certificate", "javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_required", client, noCert},
	{"java", "no certificate, 20.10", "javax.net.ssl.SSLHandshakeException: Received fatal alert: bad_certificate", client, noCert},
	{"java", "unknown client CA", "javax.net.ssl.SSLHandshakeException: Received fatal alert: unknown_ca", client, unknownClient},
	{"java", "expired client", "javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_expired", client, expiredClient},
	{"java", "key of another", "javax.net.ssl.SSLHandshakeException: Received fatal alert: decrypt_error", client, outcome.RejectsClientCertOther},
	{"java", "encrypted key", "java.security.spec.InvalidKeySpecException", client, outcome.ConfigBadMaterial},
	{"java", "no certificate in file", "java.security.cert.CertificateException: No certificate data found", client, outcome.ConfigBadMaterial},
	{"java", "unknown server CA", "javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target", client, unknownServer},
	{"java", "expired server", "Caused by: java.security.cert.CertificateExpiredException: NotAfter: NOW", client, expiredServer},
	{"java", "early server", "Caused by: java.security.cert.CertificateNotYetValidException: NotBefore: NOW", client, earlyServer},
	{"java", "server for clients", "javax.net.ssl.SSLHandshakeException: Extended key usage does not permit use for TLS server authentication", client, wrongUsage},
	{"java", "wrong address", "javax.net.ssl.SSLHandshakeException: No subject alternative names matching IP address 127.0.0.1 found", client, wrongHost},
	{"java", "wrong name", "javax.net.ssl.SSLHandshakeException: No subject alternative DNS name matching localhost found.", client, wrongHost},
	{"java", "common name only", "javax.net.ssl.SSLHandshakeException: No subject alternative names present", client, legacyName},
	{"java", "critical extension", "unrecognized critical extension(s)", client, outcome.RejectsServerOther},
	{"java", "flipped signature", "PKIX path validation failed: java.security.cert.CertPathValidatorException: signature check failed", client, unknownServer},
	{"java", "TLS to plain", "javax.net.ssl.SSLException: Unsupported or unrecognized SSL message", client, tlsToPlain},
	{"java", "refused", "java.net.ConnectException: Connection refused", client, refused},
	{"java", "reset", "java.net.SocketException: Connection reset", client, closed},
	{"java", "closed", "Remote host terminated the handshake", client, closed},

	{"python", "no certificate", "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required (_ssl.c:1)", client, noCert},
	{"python", "no certificate, 20.10", "[SSL: SSLV3_ALERT_BAD_CERTIFICATE] sslv3 alert bad certificate (_ssl.c:1)", client, noCert},
	{"python", "unknown client CA", "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:1)", client, unknownClient},
	{"python", "expired client", "[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] sslv3 alert certificate expired (_ssl.c:1)", client, expiredClient},
	{"python", "key of another", "[X509: KEY_VALUES_MISMATCH] key values mismatch (_ssl.c:1)", client, outcome.ConfigKeyMismatch},
	{"python", "key of another type", "[SSL: NO_CERTIFICATE_ASSIGNED] no certificate assigned (_ssl.c:1)", client, outcome.ConfigKeyMismatch},
	{"python", "no certificate in file", "[SSL] PEM lib (_ssl.c:1)", client, outcome.ConfigBadMaterial},
	{"python", "unknown server CA", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1)", client, unknownServer},
	{"python", "self-signed server", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1)", client, unknownServer},
	{"python", "expired server", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1)", client, expiredServer},
	{"python", "wrong address", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: IP address mismatch, certificate is not valid for '127.0.0.1'. (_ssl.c:1)", client, wrongHost},
	{"python", "wrong name", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'localhost'. (_ssl.c:1)", client, wrongHost},
	{"python", "TLS to plain", "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1)", client, tlsToPlain},
	{"python", "refused", "ConnectionRefusedError: [Errno 111] Connection refused", client, refused},

	{"ruby", "no certificate", "SSL_read: tlsv13 alert certificate required (OpenSSL::SSL::SSLError)", client, noCert},
	{"ruby", "no certificate, 20.10", "SSL_read: sslv3 alert bad certificate (OpenSSL::SSL::SSLError)", client, noCert},
	{"ruby", "key of another", "SSL_CTX_use_PrivateKey: key values mismatch", client, outcome.ConfigKeyMismatch},
	{"ruby", "no certificate in file", "PEM_read_bio_X509: no start line", client, outcome.ConfigBadMaterial},
	{"ruby", "unknown server CA", "SSL_connect returned=1 errno=0 peeraddr=127.0.0.1:2376 state=error: certificate verify failed (unable to get local issuer certificate)", client, unknownServer},
	{"ruby", "early server", "state=error: certificate verify failed (certificate is not yet valid)", client, earlyServer},
	{"ruby", "wrong address", `hostname "127.0.0.1" does not match the server certificate`, client, wrongHost},
	{"ruby", "wrong name", "state=error: certificate verify failed (hostname mismatch)", client, wrongHost},
	{"ruby", "server for clients", "state=error: certificate verify failed (unsuitable certificate purpose)", client, wrongUsage},
	{"ruby", "TLS to plain", "state=error: wrong version number", client, tlsToPlain},
	{"ruby", "refused", `Connection refused - connect(2) for "127.0.0.1" port`, client, refused},

	{"node", "no certificate", "0:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:", client, noCert},
	{"node", "no certificate, 20.10", "0:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:", client, noCert},
	{"node", "unknown client CA", "tlsv1 alert unknown ca", client, unknownClient},
	{"node", "key of another", "error:05800074:x509 certificate routines::key values mismatch", client, outcome.ConfigKeyMismatch},
	{"node", "encrypted key", "error:1C800064:Provider routines::bad decrypt", client, outcome.ConfigEncryptedKey},
	{"node", "files missing", "ENOENT: no such file or directory, open '/dir/ca.pem'", client, outcome.ConfigMissingFile},
	{"node", "unknown server CA", "unable to verify the first certificate", client, unknownServer},
	{"node", "self-signed server", "self-signed certificate", client, unknownServer},
	{"node", "expired server", "certificate has expired", client, expiredServer},
	{"node", "wrong address", "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list:", client, wrongHost},
	{"node", "wrong name", "Hostname/IP does not match certificate's altnames: Host: localhost. is not in the cert's altnames:", client, wrongHost},
	{"node", "TLS to plain", "wrong version number", client, tlsToPlain},
	{"node", "refused", "connect ECONNREFUSED 127.0.0.1:2376", client, refused},
	{"node", "closed", "Client network socket disconnected before secure TLS connection was established", client, closed},

	{"docker-py", "no certificate", "SSLError(SSLError(1, '[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure (_ssl.c:1)'))", client, noCert},
	{"docker-py", "no certificate, 20.10", "SSLError(SSLError(1, '[SSL: SSLV3_ALERT_BAD_CERTIFICATE] sslv3 alert bad certificate (_ssl.c:1)'))", client, noCert},
	{"docker-py", "wrong address", "doesn't match", client, wrongHost},
	{"docker-py", "plain to TLS", "Client sent an HTTP request to an HTTPS server.", client, plainToTLS},
	{"docker-py", "files missing", "docker.errors.TLSParameterError: Path to a certificate and key files must be provided through the client_cert param. TLS configurations should map the Docker CLI client configurations.", client, outcome.ConfigMissingFile},
	{"docker-py", "no socket", "('Connection aborted.', FileNotFoundError(2, 'No such file or directory'))", client, outcome.NoSuchSocket},
	{"docker-py", "", "('Connection aborted.', PermissionError(13, 'Permission denied'))", client, outcome.PermissionDenied},

	{"openssl", "no certificate", "SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:", client, noCert},
	{"openssl", "no certificate, 20.10", "SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:", client, noCert},
	{"openssl", "unknown server CA", "verify error:num=20:unable to get local issuer certificate", client, unknownServer},
	{"openssl", "self-signed server", "verify error:num=18:self-signed certificate", client, unknownServer},
	{"openssl", "expired server", "verify error:num=10:certificate has expired", client, expiredServer},
	{"openssl", "early server", "verify error:num=9:certificate is not yet valid", client, earlyServer},
	{"openssl", "server for clients", "verify error:num=26:unsuitable certificate purpose", client, wrongUsage},
	{"openssl", "wrong address", "verify error:num=64:IP address mismatch", client, wrongHost},
	{"openssl", "wrong name", "verify error:num=62:hostname mismatch", client, wrongHost},
	{"openssl", "SHA-1", "verify error:num=68:CA signature digest algorithm too weak", client, weak},
	{"openssl", "TLS to plain", "wrong version number", client, tlsToPlain},
	{"openssl", "closed", "unexpected eof while reading", client, closed},

	{"curl", "no certificate", "curl: (35) OpenSSL/3: error:0A000410:SSL routines::sslv3 alert handshake failure", client, noCert},
	{"curl", "no certificate, 20.10", "curl: (35) OpenSSL/3: error:0A000412:SSL routines::sslv3 alert bad certificate", client, noCert},
	{"curl", "unknown client CA", "curl: (35) OpenSSL/3: error:0A000418:SSL routines::tlsv1 alert unknown ca", client, unknownClient},
	{"curl", "key of another type", "curl: (58) Private key does not match the certificate public key", client, outcome.ConfigKeyMismatch},
	{"curl", "files missing", "curl: (58) could not load PEM client certificate from /dir/cert.pem, OpenSSL error error:80000002:system library::No such file or directory", client, outcome.ConfigMissingFile},
	{"curl", "self-signed server", "curl: (60) SSL certificate problem: self-signed certificate", client, unknownServer},
	{"curl", "wrong address", "curl: (60) SSL: no alternative certificate subject name matches target host name '127.0.0.1'", client, wrongHost},
	{"curl", "signed by a namesake", "curl: (35) OpenSSL/3: error:06880006:asn1 encoding routines::EVP lib", client, unknownServer},
	{"curl", "plain to TLS", "Client sent an HTTP request to an HTTPS server.", client, plainToTLS},
	{"curl", "alert", "curl: (1) Received HTTP/0.9 when not allowed", client, plainToTLS},
	{"curl", "refused", "curl: (7) Failed to connect to 127.0.0.1 port 2376 after 0 ms: Couldn't connect to server", client, refused},

	{"docker", "no certificate", "remote error: tls: certificate required", client, noCert},
	{"docker", "no certificate, 20.10", "127.0.0.1:2376/v1.50/containers/json\": remote error: tls: bad certificate", client, noCert},
	{"docker", "unknown client CA", "remote error: tls: unknown certificate authority", client, unknownClient},
	{"docker", "expired client", "remote error: tls: expired certificate", client, expiredClient},
	{"docker", "files missing", "unable to resolve docker endpoint: open /dir/ca.pem: no such file or directory", client, outcome.ConfigMissingFile},
	{"docker", "key of another", "tls: private key does not match public key", client, outcome.ConfigKeyMismatch},
	{"docker", "unknown server CA", "x509: certificate signed by unknown authority", client, unknownServer},
	{"docker", "wrong address", "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs", client, wrongHost},
	{"docker", "common name only", "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs", client, wrongHost},
	{"docker", "plain to TLS", "Error response from daemon: Client sent an HTTP request to an HTTPS server.", client, plainToTLS},
	{"docker", "alert", `malformed HTTP response "\x15\x03\x01\x00\x02\x02"`, client, plainToTLS},
	{"docker", "TLS to plain", "http: server gave HTTP response to HTTPS client", client, tlsToPlain},
	{"docker", "refused", "Cannot connect to the Docker daemon at tcp://127.0.0.1:2376. Is the docker daemon running?", client, refused},
	{"docker", "no socket", "Cannot connect to the Docker daemon at unix:///dir/docker.sock. Is the docker daemon running?", client, outcome.NoSuchSocket},
	{"docker", "locked", "permission denied while trying to connect to the Docker daemon socket at unix:///dir/docker.sock", client, outcome.PermissionDenied},
	{"docker", "with plugin", "Error response from daemon: authorization denied by plugin Options.Authorize: no", client, outcome.DeniedByPlugin},
	{"docker", "docker -d", "unknown shorthand flag: 'd' in -d", client, outcome.ConfigUsage},

	{"go", "unknown server CA", "tls: failed to verify certificate: x509: certificate signed by unknown authority", client, unknownServer},
	{"go", "expired server", "x509: certificate has expired or is not yet valid: current time NOW is after NOW", client, expiredServer},
	{"go", "early server", "x509: certificate has expired or is not yet valid: current time NOW is before NOW", client, earlyServer},
	{"go", "key of another type", "tls: private key type does not match public key type", client, outcome.ConfigKeyMismatch},
	{"go", "silent", "net/http: TLS handshake timeout", client, outcome.HandshakeTimeout},

	{"ssh", "key of nobody", "Permission denied (publickey).", client, outcome.SSHCommandFailed},
	{"ssh", "unknown machine", "Host key verification failed.", client, outcome.SSHCommandFailed},
	{"ssh", "nobody there", "ssh: connect to host 127.0.0.1 port", client, outcome.SSHCommandFailed},

	{"nginx", "without a certificate", "<center>No required SSL certificate was sent</center>", client, noCert},
	{"nginx", "of a stranger", "<center>The SSL certificate error</center>", client, unknownClient},
	{"nginx", "plain", "<center>The plain HTTP request was sent to HTTPS port</center>", client, plainToTLS},
	{"nginx", "log: without a certificate", "2026/01/01 00:00:00 [info] 1#1: *1 client sent no required SSL certificate while reading client request headers", proxy, noCert},
	{"nginx", "log: of a stranger", "2026/01/01 00:00:00 [info] 1#1: *1 client SSL certificate verify error: (18:self-signed certificate) while reading client request headers", proxy, unknownClient},
	{"nginx", "log: plain", "2026/01/01 00:00:00 [info] 1#1: *1 client sent plain HTTP request to HTTPS port while reading client request headers", proxy, plainToTLS},
	{"nginx", "log: distrusts", "2026/01/01 00:00:00 [info] 1#1: *1 SSL_do_handshake() failed (SSL: error:0A000412:SSL routines::sslv3 alert bad certificate:SSL alert number 42) while SSL handshaking, client:", proxy, unknownServer},
	{"nginx", "log: trusts-nobody", "2026/01/01 00:00:00 [error] 1#1: *1 upstream SSL certificate verify error: (21:unable to verify the first certificate) while SSL handshaking to upstream", proxy, unknownServer},
	{"nginx", "log: without-certificate", "2026/01/01 00:00:00 [error] 1#1: *1 SSL_do_handshake() failed (SSL: error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40) while SSL handshaking to upstream", proxy, noCert},

	{"fakedaemon", "unknown server CA", "http: TLS handshake error from 127.0.0.1:2376: remote error: tls: bad certificate", daemon, unknownServer},
	{"fakedaemon", "no certificate", "http: TLS handshake error from 127.0.0.1:2376: tls: client didn't provide a certificate", daemon, noCert},
	{"fakedaemon", "unknown client CA", "http: TLS handshake error from 127.0.0.1:2376: tls: failed to verify certificate: x509: certificate signed by unknown authority", daemon, unknownClient},
	{"fakedaemon", "unknown client CA, 20.10", "http: TLS handshake error from 127.0.0.1:2376: tls: failed to verify client certificate: x509: certificate signed by unknown authority", daemon, unknownClient},
	{"fakedaemon", "expired client", "http: TLS handshake error from 127.0.0.1:2376: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time NOW is after NOW", daemon, expiredClient},
	{"fakedaemon", "client for servers", "http: TLS handshake error from 127.0.0.1:2376: tls: failed to verify certificate: x509: certificate specifies an incompatible key usage", daemon, clientUsage},
	{"fakedaemon", "plain to TLS", "http: TLS handshake error from 127.0.0.1:2376: client sent an HTTP request to an HTTPS server", daemon, plainToTLS},

	{"dockerd", "{} dockerd -H tcp://127.0.0.1:0 --tls --tlscert={dir}/server-cert.pem --tlskey={dir}/server-key.pem", `failed to create API server: could not read CA certificate "/dir/ca.pem"`, daemon, noStart},
	{"dockerd", "{} dockerd -H tcp://127.0.0.1:0 --tlsverify --tlscacert={dir}/ca.pem --tlscert={dir}/server-cert.pem --tlskey={dir}/key.pem", "failed to create API server: Error reading X509 key pair", daemon, noStart},
	{"dockerd", `{"hosts":["unix:///x.sock"]} dockerd -H unix:///y.sock`, "unable to configure the Docker daemon with file /dir/daemon.json: the following directives are specified both as a flag and in the configuration file: hosts", daemon, noStart},
	{"dockerd", `{"tls":"yes"} dockerd -H unix:///y.sock`, "unable to configure the Docker daemon with file /dir/daemon.json: json: cannot unmarshal string into Go struct field", daemon, noStart},
	{"dockerd", `{"tlsca":"yes"} dockerd -H unix:///y.sock`, "unable to configure the Docker daemon with file /dir/daemon.json: the following directives don't match any configuration option: tlsca", daemon, noStart},
	{"dockerd", "{} dockerd -H https://127.0.0.1:1", "See 'dockerd --help'., Code: 125", daemon, noStart},
	{"dockerd", "{} dockerd -H fd://", "no sockets found via socket activation", daemon, noStart},
	{"dockerd", "{} dockerd -d", "Status: unknown shorthand flag: 'd' in -d\nSee 'dockerd --help'., Code: 125", daemon, noStart},

	// What is not run here: other versions, and programs that are too large to install for it.
	{"docker 28", "", "docker: unknown command: docker daemon", client, outcome.ConfigUsage},
	{"docker 28", "", "the server probably has client authentication (--tlsverify) enabled; check your TLS client certification settings: Get \"https://127.0.0.1:2376/v1.50/containers/json\": remote error: tls: bad certificate", client, noCert},
	{"docker 28", "", `error during connect: Get "https://127.0.0.1:2376/v1.50/version": tls: failed to verify certificate: x509: certificate is valid for 10.0.0.2, not 127.0.0.1`, client, wrongHost},
	{"docker 1.x", "", `Get http://10.0.0.1:2376/v1.16/version: malformed HTTP response "\x15\x03\x01\x00\x02\x02". Are you trying to connect to a TLS-enabled daemon without TLS?`, client, plainToTLS},
	{"docker 1.x", "", "The server probably has client authentication (--tlsverify) enabled. Please check your TLS client certification settings: Get https://10.0.0.1:2376/v1.20/version: remote error: bad certificate", client, noCert},
	{"docker 1.x", "", "Get http:///var/run/docker.sock/v1.19/info: dial unix /var/run/docker.sock: no such file or directory. Are you trying to connect to a TLS-enabled daemon without TLS?", client, outcome.NoSuchSocket},
	{"docker 1.x", "", "Get http:///var/run/docker.sock/v1.16/containers/json: dial unix /var/run/docker.sock: permission denied. Are you trying to connect to a TLS-enabled daemon without TLS?", client, outcome.PermissionDenied},
	{"docker-machine", "", `could not read CA certificate "/home/me/.docker/machine/machines/default/ca.pem": open /home/me/.docker/machine/machines/default/ca.pem: no such file or directory`, client, outcome.ConfigMissingFile},
	{"dockerd 1.x", "", "Shutting down due to ServeAPI error: Could not read CA certificate: open /root/.docker/ca.pem: no such file or directory", daemon, noStart},
	{"dockerd 28", "", "failed to start daemon: invalid TLS configuration: error reading X509 key pair - make sure the key is not encrypted (cert: \"server-cert.pem\", key: \"server-key.pem\"): tls: failed to parse private key", daemon, noStart},
	{"dockerd 28", "", "failed to load listeners: listen tcp 127.0.0.1:2376: bind: address already in use", daemon, noStart},
	{"dockerd 28", "", `time="2026-11-29T12:00:00Z" level=info msg="http: TLS handshake error from 10.0.0.1:4711: tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"ca\")"`, daemon, unknownClient},
	{"dockerd 28", "", "http: TLS handshake error from 10.0.0.1:4711: EOF", daemon, closed},
	{"dockerd 1.x", "", "http: TLS handshake error from 10.0.0.1:4711: remote error: bad certificate", daemon, unknownServer},
	{"compose", "", "unknown flag: --tlsverify", client, outcome.ConfigUsage},
	{"docker 28", "", `error during connect: Get "http://build:2376/v1.50/version": dial tcp: lookup build on 10.0.0.1:53: no such host`, client, outcome.NoSuchHost},
	{"docker-20.10", "", "error during connect: Get https://%2Fvar%2Frun%2Fdocker.sock/v1.41/version: dial tcp: lookup /var/run/docker.sock: no such host", client, outcome.TLSOverUnixFails},
	{"docker 28", "", `error during connect: Get "https://127.0.0.1:2376/v1.50/containers/json": write tcp 127.0.0.1:40000->127.0.0.1:2376: write: connection reset by peer`, client, noCert},
	{"lazydocker", "", "dial tcp: lookup root@build.example.com: no such host", client, outcome.NoSuchHost},
	{"docker 28", "", "unable to upgrade to tcp, received 200", client, outcome.UpgradeRefused},
	{"docker 28", "", `error during connect: Get "http://docker.example.com/v1.50/version": command [ssh -l me -- build docker system dial-stdio] has exited with exit status 255, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=Host key verification failed.`, client, outcome.SSHCommandFailed},
	{"docker 28", "", "Error response from daemon: plugin opa failed with error: AuthZPlugin.AuthZReq: dial unix /run/docker/plugins/opa.sock: connect: no such file or directory", client, outcome.DeniedByPlugin},
	{"python 3.13", "", "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: CA cert does not include key usage extension (_ssl.c:1032)", client, unknownServer},
	{"python 3.13", "", "[SSL: SSLV3_ALERT_BAD_CERTIFICATE] ssl/tls alert bad certificate (_ssl.c:2638)", client, noCert},
	{"dotnet", "", "The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch", client, wrongHost},
	{"dotnet", "", "The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot", client, unknownServer},
	{"dotnet", "", "The SSL connection could not be established, see inner exception. ---> System.IO.IOException: Cannot determine the frame size or a corrupted frame was received.", client, tlsToPlain},
	{"dotnet", "", "Docker.DotNet.DockerApiException: Docker API responded with status code=BadRequest, response=Client sent an HTTP request to an HTTPS server.", client, plainToTLS},
	{"docker-java", "", "com.github.dockerjava.api.exception.DockerClientException: Enabled TLS verification (DOCKER_TLS_VERIFY=1) but certifate path (DOCKER_CERT_PATH) is not defined.", client, outcome.ConfigMissingFile},
	{"bollard", "", "invalid peer certificate: UnknownIssuer", client, unknownServer},
	{"bollard", "", "received fatal alert: CertificateRequired", client, noCert},
}

// TestExplainMessages: each message is explained as it must be, be it run here or not.
func TestExplainMessages(t *testing.T) {
	t.Parallel()
	programs := map[string]bool{}
	for _, m := range messages {
		programs[m.program] = true
		all := modes.Explain(m.text)
		if side, outcome := first(all); side != m.side || outcome != m.outcome {
			t.Errorf("%s: %s: got %s %s, want %s %s", m.program, m.text, side, outcome, m.side, m.outcome)
		}
		for _, a := range all {
			for _, x := range a.Causes {
				if x.Cause == "" || x.Cure == "" || len(x.SaidBy) == 0 {
					t.Errorf("%s: %s: not complete: %+v", m.program, m.text, x)
				}
			}
		}
	}
	if len(messages) < 60 || len(programs) < 10 {
		t.Errorf("%d messages of %d programs", len(messages), len(programs))
	}
}

// first is the first cause of the first answer.
func first(all []modes.Answer) (modes.Side, outcome.Class) {
	if len(all) == 0 || len(all[0].Causes) == 0 {
		return "", ""
	}
	return all[0].Side, all[0].Causes[0].Outcome
}
