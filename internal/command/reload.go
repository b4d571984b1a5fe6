package command

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// reload does what dockerd does on SIGHUP: it reads the file again and takes over what can change in a running daemon.
// Certificates cannot (tls/notes.md rule 15). An error ends the daemon; it is logged.
func (s *service) reload() error {
	g := s.options.generation
	if g.plainLog {
		s.log.info(nil, "Got signal to reload configuration, reloading from: %s", s.options.configFile)
	} else {
		s.log.info(fields{"config-file": s.options.configFile}, "Got signal to reload configuration")
	}
	file, err := s.reread()
	switch {
	case err != nil && g.plainLog:
		s.log.error(nil, "%v", err)
		return nil
	case err != nil:
		s.log.error(fields{"error": err.Error()}, "Error reloading configuration")
		return nil
	}
	if err := s.reloadPlugins(file); err != nil {
		return err
	}
	old := s.config
	c := *old
	c.takeOver(file)
	s.config = &c
	if file.isSet("debug") && c.Debug != old.Debug {
		s.setDebug(c.Debug)
	}
	s.daemon.Reload(g.reloaded(&c))
	for _, proxy := range []*string{&c.HTTPProxy, &c.HTTPSProxy, &c.NoProxy} {
		*proxy = maskURL(*proxy)
	}
	printed, err := g.print(c)
	if err != nil {
		s.log.warn(fields{"error": err.Error()}, "Error when marshaling configuration for printing")
		s.log.info(nil, "Reloaded configuration")
		return nil
	}
	if g.plainLog {
		s.log.info(nil, "Reloaded configuration: %s", printed)
		return nil
	}
	s.log.info(fields{"config": string(printed)}, "Reloaded configuration")
	return nil
}

// edit moves a key of a printed configuration behind another one; without another one it removes it.
type edit struct{ key, after, value string } // a value is that of a key that is new

// print returns the JSON of a configuration as the engine prints it.
func (g *generation) print(c Config) ([]byte, error) {
	c.Runtimes = g.allRuntimes(c.Runtimes)
	b, err := json.Marshal(&c)
	if err != nil {
		return nil, err
	}
	type member struct {
		key   string
		value json.RawMessage
	}
	var members []member
	d := json.NewDecoder(bytes.NewReader(b))
	for d.Token(); d.More(); { // the first is the brace
		key, _ := d.Token()
		m := member{key: key.(string)}
		d.Decode(&m.value)
		members = append(members, m)
	}
	find := func(key string) int { return slices.IndexFunc(members, func(m member) bool { return m.key == key }) }
	for _, e := range g.printed {
		m := member{e.key, json.RawMessage(e.value)}
		if i := find(e.key); i >= 0 {
			m = members[i]
			members = slices.Delete(members, i, i+1)
		}
		if e.after != "" && len(m.value) > 0 {
			members = slices.Insert(members, find(e.after)+1, m)
		}
	}
	var out bytes.Buffer
	for i, m := range members {
		fmt.Fprintf(&out, "%c%q:%s", "{,"[min(i, 1)], m.key, m.value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// allRuntimes are those of a configuration and those that the engine always has.
func (g *generation) allRuntimes(own map[string]Runtime) map[string]Runtime {
	if g.runtimes == nil {
		return own
	}
	all := maps.Clone(g.runtimes)
	maps.Copy(all, own)
	return all
}

// settings are what the configuration says that GET /info and other answers show.
func (c *Config) settings() fakedaemon.Settings {
	return fakedaemon.Settings{
		RegistryMirrors:    c.Mirrors,
		InsecureRegistries: c.InsecureRegistries,
		DataRoot:           c.Root,
		LogDriver:          c.LogConfig.Type,
		LiveRestore:        c.LiveRestoreEnabled,
		Experimental:       c.Experimental,
		HTTPProxy:          maskURL(c.HTTPProxy),
		HTTPSProxy:         maskURL(c.HTTPSProxy),
		NoProxy:            c.NoProxy,
		GenericResources:   c.NodeGenericResources,
	}
}

// reloaded is what a configuration changes in a running daemon, and what dockerd tells of it in its event (daemon/reload.go,
// and its event with 20.10.24).
func (g *generation) reloaded(c *Config) fakedaemon.Reload {
	var runtimes []string
	all := g.allRuntimes(c.Runtimes)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		runtimes = append(runtimes, name+":"+all[name].Path)
	}
	attributes := map[string]string{
		"default-cgroupns-mode":    c.CgroupNamespaceMode,
		"default-ipc-mode":         c.IpcMode,
		"default-runtime":          c.DefaultRuntime,
		"default-shm-size":         strconv.FormatInt(int64(c.ShmSize), 10),
		"features":                 fmt.Sprint(c.Features),
		"max-concurrent-downloads": strconv.Itoa(c.MaxConcurrentDownloads),
		"max-concurrent-uploads":   strconv.Itoa(c.MaxConcurrentUploads),
		"max-download-attempts":    strconv.Itoa(c.MaxDownloadAttempts),
		"runtimes":                 strings.Join(runtimes, " "),
		"shutdown-timeout":         strconv.Itoa(c.ShutdownTimeout),
	}
	if c.DefaultStopTimeout != 0 {
		attributes["default-stop-timeout"] = strconv.Itoa(c.DefaultStopTimeout)
	}
	maps.Copy(attributes, g.reloadTells)
	return fakedaemon.Reload{
		Labels:             c.Labels,
		Debug:              c.Debug,
		RegistryMirrors:    c.Mirrors,
		InsecureRegistries: c.InsecureRegistries,
		LiveRestore:        c.LiveRestoreEnabled,
		Attributes:         attributes,
	}
}

func (s *service) reread() (*Config, error) {
	o := s.options
	file := newConfig()
	if o.flags.Changed("config-file") && o.configFile != "" {
		var err error
		if file, err = o.generation.readFile(o.configFile, o.flags); err != nil {
			return nil, fmt.Errorf("unable to configure the Docker daemon with file %s: %w", o.configFile, err)
		}
	}
	var err error
	if file.Labels, err = conflictFreeLabels(file.Labels); err != nil {
		return nil, err
	}
	if err := o.generation.validate(file); err != nil {
		return nil, fmt.Errorf("file configuration validation failed: %w", err)
	}
	return file, nil
}

// takeOver copies what dockerd's reload copies (daemon/reload.go).
func (c *Config) takeOver(file *Config) {
	fresh := newConfig()
	c.MaxConcurrentDownloads, c.MaxConcurrentUploads, c.MaxDownloadAttempts = fresh.MaxConcurrentDownloads, fresh.MaxConcurrentUploads, fresh.MaxDownloadAttempts
	c.Features = file.Features
	for _, field := range []struct {
		to, from *string
	}{
		{&c.DefaultRuntime, &file.DefaultRuntime},
		{&c.CgroupNamespaceMode, &file.CgroupNamespaceMode},
		{&c.IpcMode, &file.IpcMode},
	} {
		if *field.from != "" {
			*field.to = *field.from
		}
	}
	for key, take := range map[string]func(){
		"debug":                    func() { c.Debug = file.Debug },
		"default-shm-size":         func() { c.ShmSize = file.ShmSize },
		"insecure-registries":      func() { c.InsecureRegistries = file.InsecureRegistries },
		"labels":                   func() { c.Labels = file.Labels },
		"live-restore":             func() { c.LiveRestoreEnabled = file.LiveRestoreEnabled },
		"max-concurrent-downloads": func() { c.MaxConcurrentDownloads = cmp.Or(file.MaxConcurrentDownloads, c.MaxConcurrentDownloads) },
		"max-concurrent-uploads":   func() { c.MaxConcurrentUploads = cmp.Or(file.MaxConcurrentUploads, c.MaxConcurrentUploads) },
		"max-download-attempts":    func() { c.MaxDownloadAttempts = cmp.Or(file.MaxDownloadAttempts, c.MaxDownloadAttempts) },
		"registry-mirrors":         func() { c.Mirrors = file.Mirrors },
		"runtimes":                 func() { c.Runtimes = file.Runtimes },
		"shutdown-timeout":         func() { c.ShutdownTimeout = file.ShutdownTimeout },
	} {
		if file.isSet(key) {
			take()
		}
	}
}
