// Package engine says what the daemons that can be imitated are and in what they differ: each is a row of named facts.
// Who wants to know how a daemon behaves asks for the fact, never for the daemon's name or version.
//
// It is at the module's internal, not below fakedaemon: the command's start-up reads the same rows as the API.
package engine

import (
	"crypto/tls"
	"slices"
	"strings"
)

// Engine is a generation of the daemon: what its build says of itself, and its facts. Rows are shared; nobody may
// write to one.
type Engine struct {
	// Name is what ByName knows it by.
	Name string
	// Version is the daemon's own version.
	Version string
	// APIVersion and MinAPIVersion are the highest and the lowest API version it speaks.
	APIVersion, MinAPIVersion string
	// LowestMinAPIVersion is the lowest that may take the place of MinAPIVersion (daemon/config, ValidateMinAPIVersion); "" is
	// an engine whose minimum is fixed.
	LowestMinAPIVersion string
	// Platform, GitCommit, BuildTime and GoVersion are those of its build, and Module and ModuleVersion too where it tells them.
	Platform, GitCommit, BuildTime, GoVersion, Module, ModuleVersion string
	// Containerd, Runc and Init are what it runs.
	Containerd, Runc, Init Program

	// LacksRoutes are the operationIds of the API description that it has no route of.
	LacksRoutes []string
	// Answers names the table of package api with the fields and errors in which its answers differ from those of
	// engine 28; "" is none.
	Answers string
	// StartUp names what package command knows of its start: flags, configuration, texts.
	StartUp string
	// StorageDriver is that of the recorded daemon. It keeps nothing that an inspection could show.
	StorageDriver string
	// MaskedPaths are those of a container without options (the defaults of the recorded daemons).
	MaskedPaths []string
	// CipherSuites are those up to TLS 1.2, and Groups those of the key exchange, nil being all of crypto/tls (section
	// tls of the wire recordings).
	CipherSuites []uint16
	Groups       []tls.CurveID
	// MaxAuthorizedBody is the size in bytes from which on (RefusesLargeBodies: beyond which) authorization plugins do not
	// get a request's body.
	MaxAuthorizedBody int64

	Facts
}

// Program is what a daemon tells of a program that it runs.
type Program struct{ Version, GitCommit string }

// HardFailure is what deprecation notices say of ports that do not verify their clients.
const HardFailure = "In future versions this will be a hard failure preventing the daemon from starting! Learn more at: https://docs.docker.com/go/api-security/"

// APIWarning is what /info and the log say of a way in that others can reach (daemon/info.go, fillAPIInfo): how is
// "http://HOST without encryption" or the like.
func (e *Engine) APIWarning(how string) string {
	const text = `API is accessible on HOW.
         Access to the remote API is equivalent to root access on the host. Refer
         to the 'Docker daemon attack surface' section in the documentation for
         more information: https://docs.docker.com/go/attack-surface/`
	said := strings.Replace(text, "HOW", how, 1)
	if !e.DeprecationNotices {
		return "WARNING: " + said
	}
	return "[DEPRECATION NOTICE]: " + said + "\n" + HardFailure
}

// Default returns the engine that is imitated when none is named.
func Default() *Engine { return engine28 }

// ByName returns the engine "20.10", "28" or "29"; "" means Default.
func ByName(name string) (*Engine, bool) {
	if name == "" {
		return Default(), true
	}
	for _, e := range rows {
		if name == e.Name {
			return e, true
		}
	}
	return nil, false
}

// All returns the engines, the oldest first.
func All() []*Engine { return slices.Clone(rows) }
