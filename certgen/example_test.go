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

func ExampleFlaws() {
	for _, f := range certgen.Flaws() {
		fmt.Printf("%-22s server %-5v client %-5v %s\n", f.Flaw, f.Server, f.Client, f.Doc)
	}
	// Output:
	// expired                server true  client true  ended a day ago
	// not-yet-valid          server true  client true  begins in a day
	// other-ca               server true  client true  signed by a CA that the other side does not trust
	// other-ca-same-subject  server true  client true  names the trusted CA and its key as issuer, and is signed with another key
	// wrong-hostname         server true  client false made for the hosts other.example.test and 10.10.10.20
	// wrong-usage            server true  client true  has the extended key usage of the other side alone
	// self-signed            server true  client true  signed by its own key and by no CA
	// cn-only                server true  client false has its host as common name and no subject alternative name
}
