package command

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// authorize adds the authorization plugins to the options.
func (s *service) authorize(o *fakedaemon.Options) {
	o.AuthorizationPlugins = s.config.AuthorizationPlugins
	o.PluginDir = s.options.pluginDir
	o.RealWaits = s.options.realWaits
}

// beforePlugins returns a function that calls f once, and makes what is logged of the plugins call it first: dockerd
// validates them late.
func beforePlugins(o *fakedaemon.Options, f func()) func() {
	f = sync.OnceFunc(f)
	logWarning, logError := o.LogWarning, o.LogError
	o.LogWarning = func(message string) {
		f()
		logWarning(message)
	}
	o.LogError = func(fields map[string]string, message string) {
		f()
		logError(fields, message)
	}
	return f
}

// pluginError gives a plugin that the daemon cannot start with the text of dockerd, which has logged its start by then. Engine 29 logs it as well (section
// authz of the wire recordings).
func (s *service) pluginError(err error, started func()) error {
	failed := new(fakedaemon.PluginError)
	if !errors.As(err, &failed) {
		return err
	}
	started()
	err = fmt.Errorf("failed to validate authorization plugin: %w", failed.Err)
	if s.options.generation.logsEnd {
		s.log.info(fields{"error": err.Error()}, "Daemon shutdown complete")
	}
	if failed.Name == "" {
		return err
	}
	hint := fmt.Sprintf("Plugin %q was looked for in %s", failed.Name, strings.Join(failed.Dirs, ", "))
	if !s.options.realWaits {
		hint += "; --real-waits waits 15 s for one that is missing or down"
	}
	return &hinted{err, hint}
}

// reloadPlugins makes the plugins of daemon.json those that are asked. dockerd forgets those of its flags, and ends when
// one cannot be used.
func (s *service) reloadPlugins(file *Config) error {
	err := s.daemon.SetAuthorizationPlugins(file.AuthorizationPlugins)
	failed := new(fakedaemon.PluginError)
	if !errors.As(err, &failed) {
		return err
	}
	const text = "Error validating authorization plugin"
	if s.options.generation.plainLog {
		s.log.log(levelFatal, nil, text+": %v", failed.Err)
	} else {
		s.log.log(levelFatal, fields{"error": failed.Err.Error()}, text)
	}
	return &exitError{code: 1}
}
