package api

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Match returns the operation that serves method and path, and the version that path begins with: "" when
// it has none. The path is that of a URL, unescaped. It is false where dockerd answers "page not found",
// and for its routes that the API description does not have.
func Match(method, path string) (op Operation, version string, ok bool) {
	version, path = cutVersion(path)
	r, _, ok := match(method, path)
	if !ok || r.ID == "" {
		return Operation{}, version, false
	}
	return *r, version, true
}

// match finds the route of an unversioned path and the values of its variables.
func match(method, path string) (*Operation, map[string]string, bool) {
	for i := range routes {
		if routes[i].Method != method {
			continue
		}
		if vars, ok := matchPattern(routes[i].Path, path); ok {
			return &routes[i], vars, true
		}
	}
	return nil, nil, false
}

// cutVersion cuts the prefix that dockerd matches with /v{version:[0-9.]+} (api/server/server.go).
func cutVersion(path string) (version, rest string) {
	after, ok := strings.CutPrefix(path, "/v")
	if !ok {
		return "", path
	}
	rest = strings.TrimLeft(after, "0123456789.")
	if len(rest) == len(after) || !strings.HasPrefix(rest, "/") {
		return "", path
	}
	return after[:len(after)-len(rest)], rest
}

// matchPattern matches a path against an Operation.Path. A variable that may hold slashes is the last one.
func matchPattern(pattern, path string) (vars map[string]string, ok bool) {
	for {
		literal, rest, more := strings.Cut(pattern, "{")
		if !more {
			return vars, path == pattern
		}
		if path, ok = strings.CutPrefix(path, literal); !ok {
			return nil, false
		}
		var name string
		name, pattern, _ = strings.Cut(rest, "}")
		name, expr, greedy := strings.Cut(name, ":")
		var value string
		if greedy {
			if value, ok = strings.CutSuffix(path, pattern); !ok || strings.Contains(value, "\n") {
				return nil, false
			}
			path = pattern
		} else {
			value, _, _ = strings.Cut(path, "/")
			path = path[len(value):]
		}
		if value == "" && expr != ".*" {
			return nil, false
		}
		if vars == nil {
			vars = make(map[string]string, 1)
		}
		vars[name] = value
	}
}

// redirect answers as dockerd's router does when the path is not in its shortest form: 301, before any
// middleware and whatever the method.
func redirect(w http.ResponseWriter, u *url.URL) bool {
	p := u.Path
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	if clean == u.Path {
		return false
	}
	to := *u
	to.Path = clean
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusMovedPermanently)
	return true
}
