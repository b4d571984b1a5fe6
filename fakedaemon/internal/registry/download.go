package registry

import (
	"context"
	"fmt"
	"net/http"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/bulk"
)

// Download gets what an HTTP server on loopback has (builder/remotecontext/remote.go).
func Download(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := newClient().Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := bulk.ReadAll(resp.Body, resp.ContentLength)
	switch {
	case err != nil && resp.StatusCode >= http.StatusBadRequest:
		return nil, fmt.Errorf("failed to GET %s with status %s: error reading body: %w", address, resp.Status, err)
	case resp.StatusCode >= http.StatusBadRequest:
		return nil, fmt.Errorf("failed to GET %s with status %s: %s", address, resp.Status, body)
	}
	return body, err
}
