package command

import (
	"cmp"
	"encoding/json"
	"fmt"
)

// reload does what dockerd does on SIGHUP: it reads the file again and takes over what can change in a running daemon.
// Certificates cannot (tls/notes.md rule 15).
func (s *service) reload() {
	s.log.info(fields{"config-file": s.options.configFile}, "Got signal to reload configuration")
	file, err := s.reread()
	if err != nil {
		s.log.error(fields{"error": err.Error()}, "Error reloading configuration")
		return
	}
	old := s.config
	c := *old
	c.takeOver(file)
	s.config = &c
	if file.isSet("debug") && c.Debug != old.Debug {
		s.setDebug(c.Debug)
	}
	for _, proxy := range []*string{&c.HTTPProxy, &c.HTTPSProxy, &c.NoProxy} {
		*proxy = maskURL(*proxy)
	}
	printed, err := json.Marshal(&c)
	if err != nil {
		s.log.warn(fields{"error": err.Error()}, "Error when marshaling configuration for printing")
		s.log.info(nil, "Reloaded configuration")
		return
	}
	s.log.info(fields{"config": string(printed)}, "Reloaded configuration")
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
