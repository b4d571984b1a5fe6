package command

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"testing"
)

// askSocket returns the JSON of a GET over a unix socket.
func askSocket[T any](t *testing.T, socket, path string) T {
	t.Helper()
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	resp, err := c.Get("http://docker" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var v T
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		t.Fatalf("GET %s: %s: %v", path, resp.Status, err)
	}
	return v
}
