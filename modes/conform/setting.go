package conform

import (
	"slices"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/modes"
)

// A setting is a way of telling a client what to do that clients get wrong by itself.
type setting string

const (
	byAddress  setting = "address"     // DOCKER_HOST is written otherwise than tcp://HOST:PORT
	fromHome   setting = "home"        // DOCKER_TLS_VERIFY without DOCKER_CERT_PATH
	fromConfig setting = "config"      // the same with DOCKER_CONFIG
	dockerTLS  setting = "DOCKER_TLS"  // without DOCKER_TLS_VERIFY
	onlyPath   setting = "certs"       // DOCKER_CERT_PATH alone
	oddValue   setting = "value"       // DOCKER_TLS_VERIFY is 0, false or true
	plainly    setting = "plain"       // no TLS is asked for
	usual      setting = "usual"       // as the documentation has it, or by flags
	oddFile    setting = "client file" // the client's own files are odd
	oddServer  setting = "server"      // the server's certificate is odd
)

// entryByID finds entries of the matrix. Those of a report by hand are none.
var entryByID = sync.OnceValue(func() map[string]modes.Entry {
	all := map[string]modes.Entry{}
	for _, e := range Entries() {
		all[e.ID] = e
	}
	return all
})

// settingOf is what is special about an entry.
func settingOf(id string) setting {
	e, known := entryByID()[id]
	if !known {
		return usual
	}
	switch way := wayOf(e.Daemon); {
	case way.setting != "":
		return way.setting
	case e.Material.Server != "":
		return oddServer
	case e.Material.Client != "":
		return oddFile
	case e.Source != modes.Env && e.Source != modes.Home:
		if e.Client == modes.ClientPlain {
			return plainly
		}
		return usual
	}
	return variablesOf(e)
}

// variablesOf is what is special about the variables of an entry.
func variablesOf(e modes.Entry) setting {
	p := modes.Paths{Host: "127.0.0.1:12376", CertDir: "/certs", ConfigDir: "/config"}
	set := map[string]string{}
	for _, v := range e.Env(p) {
		name, value, _ := strings.Cut(v, "=")
		set[name] = value
	}
	path, verify := set["DOCKER_CERT_PATH"], set["DOCKER_TLS_VERIFY"]
	switch {
	case set["DOCKER_HOST"] != e.ClientHost(p), e.DaemonAddr() != "" && len(set) > 1:
		return byAddress
	case set["DOCKER_CONFIG"] != "":
		return fromConfig
	case verify == "" && set["DOCKER_TLS"] != "":
		return dockerTLS
	case verify == "" && path != "":
		return onlyPath
	case verify == "":
		return plainly
	case path == "":
		return fromHome
	case verify != "1":
		return oddValue
	case slices.ContainsFunc(e.Layout(), func(f modes.File) bool { return f.Dir == modes.HomeDir }):
		return fromHome
	}
	return usual
}
