package conform

// noContext says why a client is not tried with a context.
const noContext = "a context is for the docker CLI"

// What Go's HTTP server answers to plain HTTP on a TLS port. It is the only answer of dockerd in HTTP/1.0.
const (
	answeredHTTPToHTTPS = "HTTP/1.0 400 Bad Request"
	saidHTTPToHTTPS     = "Client sent an HTTP request to an HTTPS server"
)
