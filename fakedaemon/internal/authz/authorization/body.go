package authorization

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// authEndpoint is the path of POST /auth.
var authEndpoint = regexp.MustCompile(`^[^/]*/(v\d[\d.]*/)?auth`)

// sendsBody reports whether plugins get a body that has this header.
func (m *Middleware) sendsBody(uri string, h http.Header) bool {
	u, err := url.Parse(uri)
	if err != nil || m.WithholdAuth && authEndpoint.MatchString(u.Path) {
		return false
	}
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}

// readBody returns the body that plugins get, nil for none, and a request whose body is still whole.
func (m *Middleware) readBody(r *http.Request) (*http.Request, []byte, error) {
	if !m.sendsBody(r.RequestURI, r.Header) {
		return r, nil, nil
	}
	limit := m.MaxBody + 1
	if !m.RefuseLarge {
		limit = m.MaxBody
		chunked := slices.ContainsFunc(slices.Concat(r.TransferEncoding, r.Header["Transfer-Encoding"]), func(s string) bool { return strings.EqualFold(s, "chunked") })
		if r.ContentLength <= 0 && !chunked || r.ContentLength >= limit {
			return r, nil, nil
		}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit))
	whole := *r
	whole.Body = &readCloser{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	if err != nil {
		return &whole, nil, err
	}
	if int64(len(body)) < limit {
		return &whole, body, nil
	}
	if m.RefuseLarge {
		return &whole, nil, fmt.Errorf("request body too large for authorization plugin: size exceeds %d bytes", m.MaxBody)
	}
	m.Warnf("Request body is larger than: '%d' skipping body", m.MaxBody)
	return &whole, nil, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}
