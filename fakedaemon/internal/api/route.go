package api

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

// rows are the routes by method and first segment, each list in the order of routes: the first that matches wins, as in
// dockerd's router, gorilla/mux. net/http's ServeMux cannot hold them: {name...} is the end of its patterns, where names with
// slashes are in the middle of dockerd's, the most specific of its patterns wins, and its GET serves HEAD.
var rows = sync.OnceValue(func() map[[2]string][]*Operation {
	m := make(map[[2]string][]*Operation)
	for i := range routes {
		key := [2]string{routes[i].Method, firstSegment(routes[i].Path)}
		m[key] = append(m[key], &routes[i])
	}
	return m
})

// anySegment is the first segment of OPTIONS, which has one row.
const anySegment = "{anyroute:.*}"

func firstSegment(path string) string {
	segment, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return segment
}

// match finds the route of an unversioned path, nil where dockerd has none, and the values of its variables.
func match(method, path string) (*Operation, map[string]string) {
	for _, segment := range []string{firstSegment(path), anySegment} {
		for _, op := range rows()[[2]string{method, segment}] {
			if vars, ok := matchPattern(op.Path, path); ok {
				return op, vars
			}
		}
	}
	return nil, nil
}

// route finds what a request asks for, and returns the request with that in its context.
func (s *server) route(r *http.Request) *http.Request {
	version, path := cutVersion(r.URL.Path)
	req := &request{version: version}
	if req.operation, req.vars = s.match(r.Method, path); req.operation == nil {
		req.operation = &Operation{Path: path}
	}
	if version == "" {
		req.version = s.Engine.APIVersion
	} else {
		if req.vars == nil {
			req.vars = make(map[string]string, 1)
		}
		req.vars["version"] = version
	}
	return r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
}

type requestKey struct{}

// requestOf returns what route has found, with the request as it is now.
func requestOf(r *http.Request) *request {
	req := *r.Context().Value(requestKey{}).(*request)
	req.Request = r
	return &req
}

// Asked returns what a request in one of Config's links asks for: an operation without an ID where the API description has
// none, and the version that the path begins with, "" without one.
func Asked(r *http.Request) (op *Operation, version string) {
	req := requestOf(r)
	return req.operation, req.vars["version"]
}

// known refuses what the engine has no route for.
func (s *server) known(next Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !s.has(requestOf(r).operation) {
			return pageNotFound{}
		}
		return next(w, r)
	}
}

// has reports whether the engine has the route of an operation.
func (s *server) has(op *Operation) bool {
	return op.Method != "" && !slices.Contains(s.Engine.LacksRoutes, op.ID)
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

// redirect answers as dockerd's router does when the path is not in its shortest form: 301, whatever the method.
func (s *server) redirect(next Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p := r.URL.Path
		if !strings.HasPrefix(p, "/") {
			p = "/" + p
		}
		clean := path.Clean(p)
		if strings.HasSuffix(p, "/") && clean != "/" {
			clean += "/"
		}
		if clean == r.URL.Path {
			return next(w, r)
		}
		to := *r.URL
		to.Path = clean
		w.Header().Set("Location", to.String())
		w.WriteHeader(http.StatusMovedPermanently)
		return nil
	}
}
