//go:build unix

package modes_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// nginxConfig has a port that demands client certificates, and plain locations that lead to daemons.
const nginxConfig = `
daemon off;
user {user};
pid pid;
error_log error.log info;
events {
}
http {
	access_log off;
	client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
	server {
		listen {addr} ssl;
		ssl_certificate server-cert.pem;
		ssl_certificate_key server-key.pem;
		ssl_client_certificate ca.pem;
		ssl_verify_client on;
		location /trusts-nobody {
			proxy_pass https://{open}/;
			proxy_ssl_verify on;
			proxy_ssl_trusted_certificate other.pem;
		}
		location /without-certificate {
			proxy_pass https://{daemon}/;
		}
	}
}
`

// nginx is what its client gets from nginx, or with "log: " before the scene what it logs.
func nginx(t *testing.T, s *scenery, name string) string {
	t.Helper()
	program := testtool.Need(t, "nginx")
	dir := t.TempDir()
	certs, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := certgen.New(&certgen.Options{ClientFlaw: certgen.SelfSigned})
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	config := strings.NewReplacer("{addr}", l.Addr().String(), "{user}", me.Username, "{daemon}", s.of("no certificate").host, "{open}", s.of("TLS without clients").host).Replace(nginxConfig)
	if err := errors.Join(certs.WriteDir(dir), os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600),
		os.WriteFile(filepath.Join(dir, "other.pem"), stranger.CAPEM(), 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-e", "error.log", "-p", dir, "-c", "config")
	cmd.Dir, cmd.ExtraFiles, cmd.Env = dir, []*os.File{file}, []string{"PATH=" + os.Getenv("PATH"), "NGINX=3;"}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(certs.CAPEM())
	client := &tls.Config{RootCAs: trusted}
	url := "https://" + l.Addr().String() + "/"
	scene, logged := strings.CutPrefix(name, "log: ")
	switch scene {
	case "without a certificate":
	case "of a stranger":
		pair, err := tls.X509KeyPair(stranger.Client().CertPEM, stranger.Client().KeyPEM)
		if err != nil {
			t.Fatal(err)
		}
		client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	case "plain":
		url = "http://" + l.Addr().String() + "/"
	case "distrusts":
		client.RootCAs = x509.NewCertPool()
	default:
		client = certs.ClientTLS()
		url += scene
	}
	transport := &http.Transport{TLSClientConfig: client}
	answer := ""
	response, err := (&http.Client{Transport: transport}).Get(url)
	if err == nil {
		body := new(strings.Builder)
		if err := response.Write(body); err != nil {
			t.Fatal(err)
		}
		answer = body.String()
	}
	transport.CloseIdleConnections()
	// It ends, and so has written its log, when asked.
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait()
	if !logged {
		return answer
	}
	log, err := os.ReadFile(filepath.Join(dir, "error.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(log)
}

// clientTLS is the config of a Go client with the files of a scene.
func clientTLS(ca []byte, c scene) (*tls.Config, error) {
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(ca)
	if c.cert != "-" {
		pair, err := tls.LoadX509KeyPair(c.cert, c.key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
