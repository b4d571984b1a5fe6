package fakedaemon

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
)

// Settings are flags of dockerd that GET /info and other answers show. They change nothing that is not seen there.
type Settings struct {
	// RegistryMirrors and InsecureRegistries are those of --registry-mirror and --insecure-registry: URLs, and hosts or
	// networks such as "10.0.0.0/8".
	RegistryMirrors, InsecureRegistries []string
	// DataRoot is --data-root, which /info and the paths of containers' own folders show; "" means /var/lib/docker.
	DataRoot string
	// LogDriver is --log-driver, that of containers which name none; "" means "json-file".
	LogDriver string
	// LiveRestore and Experimental are the flags of that name.
	LiveRestore, Experimental bool
	// HTTPProxy, HTTPSProxy and NoProxy are those of --http-proxy, --https-proxy and --no-proxy, without passwords.
	HTTPProxy, HTTPSProxy, NoProxy string
	// GenericResources are those of --node-generic-resource, such as "GPU=UUID1" or "apples=3".
	GenericResources []string
}

// Reload is what dockerd takes over of daemon.json on SIGHUP, whole: what is to stay as it is, is said again.
type Reload struct {
	// Labels and Debug take the place of Options.Labels and Options.Debug.
	Labels []string
	Debug  bool
	// RegistryMirrors, InsecureRegistries and LiveRestore take the place of those of Options.Settings.
	RegistryMirrors, InsecureRegistries []string
	LiveRestore                         bool
	// Attributes are those of the event beside these and the name of the host: what else dockerd takes over.
	Attributes map[string]string
}

// Reload changes settings of a running daemon, which tells of it with an event "daemon reload", as dockerd does on SIGHUP
// (daemon/reload.go). Certificates stay as they are. For authorization plugins there is SetAuthorizationPlugins.
func (d *Daemon) Reload(r Reload) {
	d.settings.change(&r)
	all := maps.Clone(r.Attributes)
	if all == nil {
		all = make(map[string]string)
	}
	all["debug"] = strconv.FormatBool(r.Debug)
	all["labels"] = attribute(r.Labels)
	all["registry-mirrors"] = attribute(r.RegistryMirrors)
	all["insecure-registries"] = attribute(r.InsecureRegistries)
	all["live-restore"] = strconv.FormatBool(r.LiveRestore)
	d.state.EmitReload(api.HostName(d.options.Name), all)
}

// attribute is a list in an event.
func attribute(list []string) string {
	if list == nil {
		return "[]"
	}
	b, _ := json.Marshal(list)
	return string(b)
}

// settings are those that count now.
type settings struct {
	mu  sync.Mutex
	now api.Settings // replaced, never written to; protected by mu
}

func (s *settings) begin(o *Options) {
	more := o.Settings
	s.now = api.Settings{
		Labels:             slices.Clone(o.Labels),
		Debug:              o.Debug,
		RegistryMirrors:    slices.Clone(more.RegistryMirrors),
		InsecureRegistries: slices.Clone(more.InsecureRegistries),
		DataRoot:           more.DataRoot,
		LogDriver:          more.LogDriver,
		LiveRestore:        more.LiveRestore,
		Experimental:       more.Experimental,
		HTTPProxy:          more.HTTPProxy,
		HTTPSProxy:         more.HTTPSProxy,
		NoProxy:            more.NoProxy,
		GenericResources:   slices.Clone(more.GenericResources),
	}
}

func (s *settings) change(r *Reload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Labels, s.now.Debug, s.now.LiveRestore = slices.Clone(r.Labels), r.Debug, r.LiveRestore
	s.now.RegistryMirrors, s.now.InsecureRegistries = slices.Clone(r.RegistryMirrors), slices.Clone(r.InsecureRegistries)
}

func (s *settings) current() api.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}
