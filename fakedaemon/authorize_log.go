package fakedaemon

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/authz/authorization"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/authz/plugins"
)

// AuthzExchange is one call of an authorization plugin, or of Options.Authorize. A call that fails and is repeated is
// several.
type AuthzExchange struct {
	// ID counts the calls from 1, in the order in which they ended.
	ID int
	// Time is when the call began, and Duration what it took.
	Time     time.Time
	Duration time.Duration
	// Request is the ID of the Request that it is about; 0 for an activation.
	Request int
	// Plugin is the plugin's name; "Options.Authorize" is that function.
	Plugin string
	// Method is "Plugin.Activate", "AuthZPlugin.AuthZReq" or "AuthZPlugin.AuthZRes".
	Method string
	// Header is the header of the call, its Host too; nil for Options.Authorize.
	Header http.Header
	// Body is what was sent: JSON, or nothing for an activation. When a plugin takes a call and breaks off, dockerd repeats
	// it without the body.
	Body []byte
	// Sent is what is in Body.
	Sent AuthzRequest
	// Status is that of the plugin's answer; 0 means that there is none, or that this is Options.Authorize.
	Status int
	// Answer is the plugin's answer, as far as it was read.
	Answer []byte
	// Decision is what the answer means; of an activation, only Err counts.
	Decision AuthzDecision
}

// AuthzExchanges are calls in the order in which they ended.
type AuthzExchanges []AuthzExchange

// AuthzExchanges returns every call of an authorization plugin, at most the last 10,000 and 64 MiB of bodies and answers.
func (d *Daemon) AuthzExchanges() AuthzExchanges { return d.authorizer.exchanges.all() }

// String gives a table with one line per call.
func (xs AuthzExchanges) String() string {
	return table(len(xs), "ID\tREQUEST\tPLUGIN\tCALL\tUSER\tABOUT\tSTATUS\tDECISION", func(i int) string {
		x := &xs[i]
		request, about, status := "-", "-", "-"
		if x.Request != 0 {
			request = fmt.Sprint(x.Request)
		}
		if x.Sent.RequestURI != "" {
			about = x.Sent.RequestMethod + " " + x.Sent.RequestURI
		}
		if x.Sent.ResponseStatusCode != 0 {
			about += fmt.Sprint(" -> ", x.Sent.ResponseStatusCode)
		}
		if x.Status != 0 {
			status = fmt.Sprint(x.Status)
		}
		return fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s", x.ID, request, x.Plugin, x.Method, dash(x.Sent.User), about, status, x.decided())
	})
}

func (x *AuthzExchange) decided() string {
	switch {
	case x.Decision.Err != nil:
		return "failed: " + x.Decision.Err.Error()
	case x.Request == 0:
		return string(bytes.TrimSpace(x.Answer))
	case x.Decision.Allow:
		return "allow"
	}
	return "deny: " + x.Decision.Msg
}

// exchangeLog is the calls of authorization plugins. The zero value is ready for use.
type exchangeLog struct {
	mu    sync.Mutex
	last  int             // ID of the newest row; protected by mu
	rows  []AuthzExchange // protected by mu
	bytes int             // length of all bodies and answers in rows; protected by mu
}

// observe adds a row.
func (a *authorizer) observe(p plugins.Exchange) {
	x := AuthzExchange{
		Time:     p.Time,
		Duration: p.Duration,
		Request:  p.Request,
		Plugin:   p.Plugin,
		Method:   p.Method,
		Header:   p.Header,
		Body:     p.Body,
		Status:   p.Status,
		Answer:   p.Answer,
	}
	x.Decision.Err = p.Err
	if response, ok := p.Result.(*authorization.Response); ok && p.Err == nil {
		x.Decision.Allow, x.Decision.Msg = response.Allow, response.Msg
	}
	if ask, ok := p.Args.(*authorization.Request); ok && len(p.Body) > 0 {
		x.Sent = authzRequest(ask)
		x.Sent.Phase = phases[p.Method]
	}
	l := &a.exchanges
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	x.ID = l.last
	l.rows = append(l.rows, x)
	l.bytes += x.size()
	n := 0
	for len(l.rows)-n > maxRequests || l.bytes > maxBodies && len(l.rows)-n > 1 {
		l.bytes -= l.rows[n].size()
		n++
	}
	l.rows = slices.Delete(l.rows, 0, n)
}

// size is what a row keeps: the bodies are there twice.
func (x *AuthzExchange) size() int {
	return len(x.Body) + len(x.Sent.RequestBody) + len(x.Sent.ResponseBody) + len(x.Answer)
}

func (l *exchangeLog) all() AuthzExchanges {
	l.mu.Lock()
	defer l.mu.Unlock()
	xs := slices.Clone(l.rows)
	for i := range xs {
		x := &xs[i]
		x.Header, x.Body, x.Answer = x.Header.Clone(), bytes.Clone(x.Body), bytes.Clone(x.Answer)
		x.Sent = x.Sent.clone()
	}
	return xs
}
