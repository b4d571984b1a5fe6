package certgen_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// A server and a client that trust nobody but each other.
func ExampleNew() {
	certs, err := certgen.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello,", r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	server.TLS = certs.ServerTLS()
	server.StartTLS()
	defer server.Close()

	client := &http.Client{Transport: &http.Transport{TLSClientConfig: certs.ClientTLS()}}
	defer client.CloseIdleConnections()
	res, err := client.Get(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	fmt.Print(string(body))
	// Output: hello, client
}

// A client must refuse this server.
func ExampleNew_flaw() {
	certs, err := certgen.New(&certgen.Options{Hosts: []string{"docker.example.test"}, ServerFlaw: certgen.WrongUsage})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = certs.ServerTLS()
	server.StartTLS()
	defer server.Close()

	client := certs.ClientTLS()
	client.ServerName = "docker.example.test"
	_, err = tls.Dial("tcp", server.Listener.Addr().String(), client)
	fmt.Println(err)
	// Output: tls: failed to verify certificate: x509: certificate specifies an incompatible key usage
}

// A client of Go keeps a certificate to itself that the server did not ask for. This one sends it.
func ExamplePair_TLSCertificate() {
	certs, err := certgen.New(&certgen.Options{ClientFlaw: certgen.OtherCA})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", certs.ServerTLS())
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	go func() {
		client := certs.ClientTLS()
		client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			c, err := certs.Client().TLSCertificate()
			return &c, err
		}
		if conn, err := tls.Dial("tcp", listener.Addr().String(), client); err == nil {
			conn.Close()
		}
	}()
	conn, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Println(conn.(*tls.Conn).Handshake())
	// Output: tls: failed to verify certificate: x509: certificate signed by unknown authority
}

func ExampleBundle_Write() {
	home, err := os.MkdirTemp("", "certgen")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(home)
	certs, err := certgen.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := certs.Write(filepath.Join(home, ".docker"), certgen.LayoutClient()); err != nil {
		log.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(home, ".docker", "*"))
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// ca.pem
	// cert.pem
	// key.pem
}

// What a careful client must refuse of a server's names.
func ExampleFlaws() {
	for _, f := range certgen.Flaws() {
		if f.Server && f.Kind == certgen.KindCertificate && strings.HasPrefix(string(f.Flaw), "wildcard") {
			fmt.Println(f.Flaw, "-", f.Doc)
		}
	}
	// Output:
	// wildcard - names *.example.test, or the like of its own DNS names, and nothing else
	// wildcard-all - names * and nothing else
	// wildcard-partial - names its DNS names with a part of the first label as a wildcard, as in doc*.example.test
}
