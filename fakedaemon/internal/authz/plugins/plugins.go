// Package plugins finds Docker's legacy plugins and calls them, as dockerd does (pkg/plugins of docker/docker). Its types
// have the names that they have there, because encoding/json puts them into the text of a wrong type's error.
package plugins

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/docker/go-connections/tlsconfig"
)

// Config says where plugins are and how they are called.
type Config struct {
	// Sockets is the folder of .sock files, Specs those of .spec and .json files.
	Sockets string
	Specs   []string
	// Legacy says that the daemon is older than Docker 23: it puts the path of a socket in the place of a host, and
	// does not say which plugin lacks what.
	Legacy bool
	// RealWaits makes a plugin that is missing or down be waited for as long as dockerd waits; otherwise it is asked as
	// often, without a pause.
	RealWaits bool
	// Context ends every call and every wait.
	Context context.Context
	// Warnf and Errorf receive what dockerd logs with these levels.
	Warnf, Errorf func(format string, args ...any)
	// Observe is told each call when it has ended.
	Observe func(Exchange)
}

// Exchange is one call of a plugin. What is in it belongs to the receiver.
type Exchange struct {
	Time     time.Time
	Duration time.Duration
	Plugin   string      // its name
	Method   string      // for instance "Plugin.Activate"
	Request  int         // as passed to Call
	Header   http.Header // what was sent, Host too
	Args     any         // as passed to Call
	Body     []byte      // what was sent of it
	Status   int         // of the answer; 0 means none
	Answer   []byte      // as much of it as was read
	Result   any         // it, in what was passed to Call
	Err      error       // why the answer is of no use
}

// Registry is the plugins that were found. It is safe for concurrent use.
type Registry struct {
	Config // immutable

	mu      sync.Mutex
	plugins map[string]*Plugin // by name; protected by mu
}

// NewRegistry returns a registry that knows no plugin yet.
func NewRegistry(c Config) *Registry {
	return &Registry{Config: c, plugins: make(map[string]*Plugin)}
}

// Plugin is where a plugin is: a .json file's content.
type Plugin struct {
	// Addr is a URL.
	Addr string
	// TLSConfig is the daemon's side of TLS; nil means what Go does without one.
	TLSConfig *tlsconfig.Options

	name     string    // immutable
	registry *Registry // immutable

	activating sync.Mutex // held while it is activated
	client     *client    // set by activation
	manifest   *Manifest  // nil until activated; protected by activating
}

// Manifest is the answer to an activation.
type Manifest struct {
	// Implements are the subsystems that the plugin implements.
	Implements []string
}

// NotFound is the error of Get for a plugin that is in none of the folders.
type NotFound struct{ Name string }

func (e NotFound) Error() string { return fmt.Sprintf("plugin %q not found", e.Name) }

// errNotFound is what looking into the folders gives.
var errNotFound = errors.New("plugin not found")

// Get returns the plugin, activated: each is activated once for as long as the registry lives. Its errors have the texts
// of dockerd (plugin/store.go).
func (r *Registry) Get(name, implements string) (*Plugin, error) {
	p, err := r.get(name, implements)
	switch {
	case errors.Is(err, errNotFound):
		return nil, NotFound{name}
	case err != nil:
		return nil, fmt.Errorf("legacy plugin: %w", err)
	}
	return p, nil
}

func (r *Registry) get(name, implements string) (*Plugin, error) {
	if name == "" {
		return nil, errors.New("Unable to find plugin without name")
	}
	r.mu.Lock()
	p, ok := r.plugins[name]
	r.mu.Unlock()
	if !ok {
		var err error
		if p, err = r.locate(name); err != nil {
			return nil, err
		}
		r.mu.Lock()
		if other, ok := r.plugins[name]; ok {
			p = other
		} else {
			r.plugins[name] = p
		}
		r.mu.Unlock()
	}
	manifest, err := p.activate()
	if err != nil {
		r.mu.Lock()
		if r.plugins[name] == p {
			delete(r.plugins, name)
		}
		r.mu.Unlock()
		return nil, err
	}
	if !slices.Contains(manifest.Implements, implements) {
		const text = "Plugin does not implement the requested driver"
		if r.Legacy {
			return nil, errors.New(text)
		}
		return nil, fmt.Errorf(text+": plugin=%q, requested implementation=%q", name, implements)
	}
	return p, nil
}

// locate looks for the plugin's file until it is there or time is up.
func (r *Registry) locate(name string) (*Plugin, error) {
	wait := r.newRetry()
	for {
		p, err := r.find(name)
		if err == nil {
			p.name, p.registry = name, r
			return p, nil
		}
		pause, ok := wait.next()
		if !ok {
			return nil, err
		}
		r.Warnf("Unable to locate plugin: %s, retrying in %v", name, pause)
		wait.sleep(pause)
	}
}

func (p *Plugin) activate() (*Manifest, error) {
	p.activating.Lock()
	defer p.activating.Unlock()
	if p.manifest != nil {
		return p.manifest, nil
	}
	c, err := newClient(p)
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := c.call("Plugin.Activate", 0, nil, m); err != nil {
		c.close()
		return nil, err
	}
	p.client, p.manifest = c, m
	return m, nil
}

// Call sends args, as JSON, to a method of a plugin that Get has returned, and reads its answer into ret. Request is for
// Exchange. A call that fails is repeated as dockerd repeats it; a plugin that does not answer is waited for.
func (p *Plugin) Call(method string, request int, args, ret any) error {
	return p.client.call(method, request, args, ret)
}

// Close closes the idle connections to the plugins.
func (r *Registry) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.plugins {
		p.activating.Lock()
		if p.client != nil {
			p.client.close()
		}
		p.activating.Unlock()
	}
}
