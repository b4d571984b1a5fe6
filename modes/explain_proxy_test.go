//go:build unix

package modes_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// nginxLocations are plain locations that lead to daemons.
const nginxLocations = `
		location /trusts-nobody {
			proxy_pass https://{open}/;
			proxy_ssl_verify on;
			proxy_ssl_trusted_certificate other.pem;
		}
		location /without-certificate {
			proxy_pass https://{daemon}/;
		}`

// nginx is what its client gets from nginx, or with "log: " before the scene what it logs.
func nginx(t *testing.T, s *scenery, name string) string {
	t.Helper()
	certs, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := certgen.New(&certgen.Options{ClientFlaw: certgen.SelfSigned})
	if err != nil {
		t.Fatal(err)
	}
	locations := strings.NewReplacer("{daemon}", s.of("no certificate").host, "{open}", s.of("TLS without clients").host).Replace(nginxLocations)
	addr, stop := testtool.Nginx(locations, map[string][]byte{
		"ca.pem": certs.CAPEM(), "server.pem": append(certs.Server().CertPEM, certs.Server().KeyPEM...), "other.pem": stranger.CAPEM(),
	}).Start(t)

	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(certs.CAPEM())
	client := &tls.Config{RootCAs: trusted}
	url := "https://" + addr + "/"
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
		url = "http://" + addr + "/"
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
	if log := stop(); logged {
		return log
	}
	return answer
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
