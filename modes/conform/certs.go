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
	certs map[certKind]*certgen.Bundle // protected by mu
}

// A certKind is what tells the certificates of entries apart.
type certKind struct {
	shape    certgen.Shape
	material modes.Material
	stranger bool // of somebody with whom the daemon has nothing to do
}

func (c *certCache) of(e modes.Entry) (*certgen.Bundle, error) {
	kind := certKind{shape: certgen.ShapeStrict, material: e.Material}
	if e.DocumentedShape() {
		kind.shape = certgen.ShapeDocumented
	}
	return c.get(kind)
}

func (c *certCache) stranger() (*certgen.Bundle, error) { return c.get(certKind{stranger: true}) }

func (c *certCache) get(k certKind) (*certgen.Bundle, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.certs[k]; b != nil {
		return b, nil
	}
	o := &certgen.Options{
		Shape: k.shape, ServerFlaw: certgen.Flaw(k.material.Server), ClientFlaw: certgen.Flaw(k.material.Client),
	}
	if c.seed != nil {
		o.Seed, o.Clock = c.seed, func() time.Time { return c.now }
		if k.stranger {
			o.Seed = append([]byte("stranger"), c.seed...)
		}
	}
	b, err := certgen.New(o)
	if err != nil {
		return nil, err
	}
	if c.certs == nil {
		c.certs = map[certKind]*certgen.Bundle{}
	}
	c.certs[k] = b
	return b, nil
}
