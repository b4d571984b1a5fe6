package conform

// What Go's HTTP server answers to plain HTTP on a TLS port. It is the only answer of dockerd in HTTP/1.0.
const (
	answeredHTTPToHTTPS = "HTTP/1.0 400 Bad Request"
	saidHTTPToHTTPS     = "Client sent an HTTP request to an HTTPS server"
)
