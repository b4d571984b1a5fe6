package fakedaemon

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/authz/authorization"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/authz/plugins"
)

// AuthzPhase says when an authorization plugin is asked.
type AuthzPhase string

const (
	// AuthzReq is before the operation.
	AuthzReq AuthzPhase = "AuthZReq"
	// AuthzRes is after it: the client has no answer yet, unless that is hijacked, flushed or longer than 64 KiB.
	AuthzRes AuthzPhase = "AuthZRes"
)

// AuthzRequest is what an authorization plugin is told (pkg/authorization of docker/docker; section authz of the wire
// recordings).
type AuthzRequest struct {
	Phase AuthzPhase
	// User is the common name of the client's certificate, and UserAuthNMethod is "TLS"; without a certificate, and on a
	// unix socket, both are "".
	User, UserAuthNMethod string
	// RequestMethod and RequestURI are those of the request line.
	RequestMethod, RequestURI string
	// RequestBody is the body of a request with the media type application/json; nil where it is withheld. Engine20 and
	// Engine28 withhold one of 1 MiB or more, Engine29 refuses one of more than 4 MiB, and all but Engine20 withhold that
	// of POST /auth.
	RequestBody []byte
	// RequestHeaders are the last values of the request's headers, but for Authorization, X-Registry-Auth and
	// X-Registry-Config.
	RequestHeaders map[string]string
	// RequestPeerCertificates is the chain that the client has sent. The certificates themselves are not copies.
	RequestPeerCertificates []*x509.Certificate
	// ResponseStatusCode is the status of the answer. It is 0 before the operation, and where the operation has set none,
	// failed, or sent its answer already.
	ResponseStatusCode int
	// ResponseBody is the body of the answer, if that is of the media type application/json.
	ResponseBody []byte
	// ResponseHeaders are the last values of the headers of the answer.
	ResponseHeaders map[string]string
}

// AuthzDecision is what an authorization plugin answers. The zero value denies.
type AuthzDecision struct {
	// Allow lets the request, or its answer, through.
	Allow bool
	// Msg tells the client why not: `authorization denied by plugin NAME: MSG`, with status 403.
	Msg string
	// Err says that the plugin failed: `plugin NAME failed with error: ERR`, with status 500.
	Err error
}

// PluginError is the error of New and SetAuthorizationPlugins for a plugin that dockerd would refuse to start with.
type PluginError struct {
	Name string
	Dirs []string // the folders in which it was looked for
	Err  error    // with the text that dockerd puts behind "failed to validate authorization plugin: "
}

// Error implements error.
func (e *PluginError) Error() string {
	return fmt.Sprintf("fakedaemon: authorization plugin %q of %s: %v", e.Name, strings.Join(e.Dirs, ", "), e.Err)
}

// Unwrap returns Err.
func (e *PluginError) Unwrap() error { return e.Err }

// authorizeName is the name of Options.Authorize in texts.
const authorizeName = "Options.Authorize"

// authorizer asks the authorization plugins of a daemon.
type authorizer struct {
	daemon     *Daemon                  // immutable
	registry   *plugins.Registry        // immutable
	middleware authorization.Middleware // safe for concurrent use
	exchanges  exchangeLog
}

// newAuthorizer returns one that asks nobody but Options.Authorize yet. Ctx ends its calls.
func newAuthorizer(ctx context.Context, d *Daemon) *authorizer {
	o := &d.options
	a := &authorizer{daemon: d}
	errorf := func(format string, args ...any) { d.logError(nil, fmt.Sprintf(format, args...)) }
	c := plugins.Config{
		Sockets:   plugins.DefaultSockets,
		Specs:     plugins.DefaultSpecs(),
		Legacy:    d.engine.OldPlugins,
		RealWaits: o.RealWaits,
		Context:   ctx,
		Warnf:     d.logWarning,
		Errorf:    errorf,
		Observe:   a.observe,
	}
	if o.PluginDir != "" {
		c.Sockets, c.Specs = o.PluginDir, []string{o.PluginDir}
	}
	a.registry = plugins.NewRegistry(c)
	a.middleware.Config = authorization.Config{
		MaxBody:      d.engine.MaxAuthorizedBody,
		RefuseLarge:  d.engine.RefusesLargeBodies,
		WithholdAuth: d.engine.WithholdsAuth,
		Warnf:        d.logWarning,
		Errorf:       errorf,
	}
	a.set(nil)
	return a
}

// validate activates the plugins, in order.
func (a *authorizer) validate(names []string) error {
	for _, name := range names {
		if _, err := a.registry.Get(name, authorization.Implements); err != nil {
			dirs := []string{a.registry.Sockets}
			for _, dir := range a.registry.Specs {
				if dir != a.registry.Sockets {
					dirs = append(dirs, dir)
				}
			}
			return &PluginError{Name: name, Dirs: dirs, Err: err}
		}
	}
	return nil
}

// set makes these the plugins that are asked, Options.Authorize first.
func (a *authorizer) set(names []string) {
	var list []authorization.Plugin
	if a.daemon.options.Authorize != nil {
		list = append(list, function{a})
	}
	for _, name := range names {
		list = append(list, external{a, name})
	}
	a.middleware.SetPlugins(list)
}

// authorize is the link of authorization plugins.
func (a *authorizer) authorize(next api.Handler) api.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return a.middleware.Serve(w, r, answerOf(r).row.id(), authorization.Handler(next))
	}
}

// SetAuthorizationPlugins replaces the plugins that Options.AuthorizationPlugins named, as a SIGHUP does with dockerd:
// requests that are being served are asked about with the new ones, and a plugin that was activated before is not
// activated again. Its error is a *PluginError, and then the old plugins stay. GET /info goes on naming the old ones.
func (d *Daemon) SetAuthorizationPlugins(names []string) error {
	if err := d.authorizer.validate(names); err != nil {
		return err
	}
	d.authorizer.set(names)
	return nil
}

// external is a plugin in a process of its own.
type external struct {
	authorizer *authorizer
	name       string
}

func (e external) Name() string { return e.name }

func (e external) Authorize(method string, request int, r *authorization.Request) (*authorization.Response, error) {
	p, err := e.authorizer.registry.Get(e.name, authorization.Implements)
	if err != nil {
		return nil, err
	}
	response := new(authorization.Response)
	return response, p.Call(method, request, r, response)
}

// function is Options.Authorize.
type function struct{ authorizer *authorizer }

func (f function) Name() string { return authorizeName }

func (f function) Authorize(method string, request int, r *authorization.Request) (*authorization.Response, error) {
	response := new(authorization.Response)
	x := plugins.Exchange{Time: time.Now(), Plugin: authorizeName, Method: method, Request: request, Args: r, Result: response}
	x.Body, _ = json.Marshal(r) // nothing in it can fail
	ask := authzRequest(r)
	ask.Phase = phases[method]
	decision := f.authorizer.daemon.options.Authorize(ask)
	x.Duration, x.Err = time.Since(x.Time), decision.Err
	response.Allow, response.Msg = decision.Allow, decision.Msg
	if decision.Err == nil {
		x.Answer, _ = json.Marshal(response)
	}
	f.authorizer.observe(x)
	return response, decision.Err
}

var phases = map[string]AuthzPhase{authorization.MethodRequest: AuthzReq, authorization.MethodResponse: AuthzRes}

// authzRequest copies what a plugin is sent.
func authzRequest(r *authorization.Request) AuthzRequest {
	a := AuthzRequest{
		User:               r.User,
		UserAuthNMethod:    r.UserAuthNMethod,
		RequestMethod:      r.RequestMethod,
		RequestURI:         r.RequestURI,
		RequestBody:        r.RequestBody,
		RequestHeaders:     r.RequestHeaders,
		ResponseStatusCode: r.ResponseStatusCode,
		ResponseBody:       r.ResponseBody,
		ResponseHeaders:    r.ResponseHeaders,
	}
	for _, c := range r.RequestPeerCertificates {
		a.RequestPeerCertificates = append(a.RequestPeerCertificates, (*x509.Certificate)(c))
	}
	return a.clone()
}

func (r *AuthzRequest) clone() AuthzRequest {
	c := *r
	c.RequestBody, c.ResponseBody = slices.Clone(r.RequestBody), slices.Clone(r.ResponseBody)
	c.RequestHeaders, c.ResponseHeaders = maps.Clone(r.RequestHeaders), maps.Clone(r.ResponseHeaders)
	c.RequestPeerCertificates = slices.Clone(r.RequestPeerCertificates)
	return c
}
