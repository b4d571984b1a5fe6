package conform

import (
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
)

// A certCache makes the certificates of a run, once for each kind. The zero value is ready for use.
type certCache struct {
	// With a seed and a time the certificates of one side are the same whatever is wrong with the other; immutable.
	seed []byte
	now  time.Time

	mu    sync.Mutex
	certs map[certKind]func() (*certgen.Bundle, error) // each makes its own once; protected by mu
}

// A certKind is what tells the certificates of entries apart.
type certKind struct {
	shape    certgen.Shape
	material modes.Material
	whose    owner
}

// An owner is whose certificates they are.
type owner int

const (
	ofDaemon   owner = iota // and of its client
	ofStranger              // of somebody with whom the daemon has nothing to do
	ofImpostor              // of somebody whom no client trusts
)

func (c *certCache) of(e modes.Entry) (*certgen.Bundle, error) {
	kind := certKind{shape: certgen.ShapeStrict, material: e.Material}
	if e.DocumentedShape() {
		kind.shape = certgen.ShapeDocumented
	}
	return c.get(kind)
}

func (c *certCache) stranger() (*certgen.Bundle, error) { return c.get(certKind{whose: ofStranger}) }
func (c *certCache) impostor() (*certgen.Bundle, error) { return c.get(certKind{whose: ofImpostor}) }

// certCache is that of the run; an attempt alone has one of its own.
func (o *Options) certCache() *certCache {
	if o.certs == nil {
		return &certCache{}
	}
	return o.certs
}

func (c *certCache) get(k certKind) (*certgen.Bundle, error) {
	c.mu.Lock()
	made := c.certs[k]
	if made == nil {
		if c.certs == nil {
			c.certs = map[certKind]func() (*certgen.Bundle, error){}
		}
		made = sync.OnceValues(func() (*certgen.Bundle, error) { return c.make(k) })
		c.certs[k] = made
	}
	c.mu.Unlock()
	// Some keys take long: others do not wait for them.
	return made()
}

func (c *certCache) make(k certKind) (*certgen.Bundle, error) {
	o := &certgen.Options{
		Shape: k.shape, ServerFlaw: k.material.Server, ClientFlaw: k.material.Client,
	}
	if c.seed != nil {
		o.Seed, o.Clock = c.seed, func() time.Time { return c.now }
		if k.whose != ofDaemon {
			o.Seed = append([]byte{byte(k.whose)}, c.seed...)
		}
	}
	return certgen.New(o)
}
