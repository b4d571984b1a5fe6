package fakedaemon

import (
	"crypto/tls"
	"fmt"
	"slices"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
)

// Engine is a generation of the daemon being imitated.
type Engine string

// Engine28 imitates dockerd 28.5.2, API 1.24 to 1.51.
const Engine28 Engine = "28"

// engines are those that New accepts.
var engines = []Engine{Engine28}

// imitated returns what package api knows about the engine.
func (e Engine) imitated() (api.Engine, error) {
	if e == "" {
		e = Engine28
	}
	if a, ok := api.EngineByName(string(e)); ok && slices.Contains(engines, e) {
		return a, nil
	}
	return api.Engine{}, fmt.Errorf("fakedaemon: there is no engine %q: use one of %q", e, engines)
}

// ServerTLS returns a fresh config with the protocol versions, cipher suites, groups and application protocol of
// the engine's TCP listeners, and no certificate. dockerd 28.5.2 takes them from go-connections v0.5.0
// (tlsconfig.ServerDefault), sockets.NewTCPSocket and Go 1.25.
func (e Engine) ServerTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
			tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
			tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
		},
		// Go 1.26 would add two more.
		CurvePreferences: []tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		NextProtos:       []string{"http/1.1"},
	}
}
