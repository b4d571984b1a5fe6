package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// errNoCredentials is what dockerd says to a registry that asks for a password when it has none.
var errNoCredentials = errors.New("no basic auth credentials")

// Denied is the error of containerd's client when a registry wants to know who asks.
type Denied struct{ Err error }

func (e *Denied) Error() string {
	return "authorization failed: " + e.Err.Error()
}

// Unwrap returns Err.
func (e *Denied) Unwrap() error { return e.Err }

// challenge is one of a WWW-Authenticate header.
type challenge struct {
	scheme     string // in lower case
	parameters map[string]string
}

// parseChallenges reads one challenge of each header.
func parseChallenges(h http.Header) []challenge {
	var list []challenge
	for _, value := range h.Values("WWW-Authenticate") {
		scheme, rest, _ := strings.Cut(value, " ")
		c := challenge{scheme: strings.ToLower(scheme), parameters: make(map[string]string)}
		for rest != "" {
			var key, val string
			key, rest, _ = strings.Cut(rest, "=")
			if quoted, ok := strings.CutPrefix(rest, `"`); ok {
				val, rest, _ = strings.Cut(quoted, `"`)
				_, rest, _ = strings.Cut(rest, ",")
			} else {
				val, rest, _ = strings.Cut(rest, ",")
			}
			c.parameters[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(val)
		}
		list = append(list, c)
	}
	return list
}

// authorize answers the challenges of the registry.
func (r *Repository) authorize(ctx context.Context, req *http.Request) error {
	if r.auth.RegistryToken != "" && len(r.challenges) > 0 {
		req.Header.Set("Authorization", "Bearer "+r.auth.RegistryToken)
		return nil
	}
	for _, c := range r.challenges {
		var err error
		switch c.scheme {
		case "bearer":
			if r.token == "" {
				r.token, err = r.fetchToken(ctx, c)
			}
			req.Header.Set("Authorization", "Bearer "+r.token)
		case "basic":
			if r.auth.Username == "" || r.auth.Password == "" && r.containerd {
				err = errNoCredentials
			}
			req.SetBasicAuth(r.auth.Username, r.auth.Password)
		default:
			continue
		}
		switch {
		case err == nil:
			return nil
		case r.containerd:
			return &Denied{err}
		}
		method := req.Method[:1] + strings.ToLower(req.Method[1:])
		return &url.Error{Op: method, URL: req.URL.String(), Err: err}
	}
	return nil
}

// fetchToken asks for a token (distribution/distribution, docs/spec/auth/token.md).
func (r *Repository) fetchToken(ctx context.Context, c challenge) (string, error) {
	realm, err := url.Parse(c.parameters["realm"])
	if err != nil {
		return "", fmt.Errorf("invalid token auth challenge realm: %w", err)
	}
	query := realm.Query()
	if service := c.parameters["service"]; service != "" {
		query.Set("service", service)
	}
	if r.name != "" {
		query.Set("scope", "repository:"+r.name+":"+r.actions)
	}
	if r.auth.Username != "" {
		query.Set("account", r.auth.Username)
	}
	realm.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, realm.String(), http.NoBody)
	if err != nil {
		return "", err
	}
	if r.auth.Username != "" {
		req.SetBasicAuth(r.auth.Username, r.auth.Password)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", responseError(resp)
	}
	var answer struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer); err != nil {
		return "", fmt.Errorf("unable to decode token response: %w", err)
	}
	if answer.Token == "" {
		answer.Token = answer.AccessToken
	}
	if answer.Token == "" {
		return "", errors.New("authorization server did not include a token in the response")
	}
	return answer.Token, nil
}

// Login asks a registry whether it knows the client; host is as in a reference, or a URL. Whatever is wrong is an error
// with dockerd's text.
func Login(ctx context.Context, host string, auth Auth) error {
	var err error
	for _, base := range endpoints(host) {
		if err = newRepository(base, "", auth, false).login(ctx); err == nil {
			return nil
		}
	}
	return err
}

func (r *Repository) login(ctx context.Context) error {
	if err := r.ping(ctx); err != nil {
		return err
	}
	resp, err := r.do(ctx, request{method: http.MethodGet})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("login attempt to %s failed with status: %d %s", r.base.String()+"/v2/", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return nil
}

// NoCredentials reports whether a registry asks for a password and the client gave none.
func NoCredentials(err error) bool { return errors.Is(err, errNoCredentials) }
