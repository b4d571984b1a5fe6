// Package platforms reads and writes platforms such as "linux/arm64/v8" as the engines do, whose machine is linux/amd64.
// It is the grammar of github.com/containerd/platforms, which would bring a logger to everybody who imports fakedaemon.
package platforms

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Host is the platform of the machine on which the engines were recorded.
func Host() ocispec.Platform { return ocispec.Platform{OS: "linux", Architecture: "amd64"} }

var (
	component     = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	plain         = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	osAndVersion  = regexp.MustCompile(`^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?$`)
	osAndFeatures = regexp.MustCompile(`^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$`)

	systems       = strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos")
	architectures = strings.Fields("386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm")
)

// Parse reads a platform: OS, ARCHITECTURE, OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT. What is left out is the host's.
// Its errors are those of the engine's version of containerd/platforms.
func Parse(text string, e *engine.Engine) (ocispec.Platform, error) {
	var p ocispec.Platform
	if strings.Contains(text, "*") {
		return p, fmt.Errorf("%q: wildcards not yet supported: invalid argument", text)
	}
	parts := strings.Split(text, "/")
	if e.PlatformVersions {
		parts = strings.SplitN(text, "/", 4)
	}
	for i, part := range parts {
		if i == 0 && e.PlatformVersions {
			if err := parseOS(&p, part, text, e); err != nil {
				return ocispec.Platform{}, err
			}
			continue
		}
		allowed := component
		if !e.PlatformVersions {
			allowed = plain
		}
		if !allowed.MatchString(part) {
			return ocispec.Platform{}, fmt.Errorf("%q is an invalid component of %q: platform specifier component must match %q: invalid argument", part, text, allowed)
		}
	}
	if !e.PlatformVersions {
		p.OS = normalOS(parts[0])
	}
	switch len(parts) {
	case 1:
		if slices.Contains(systems, p.OS) {
			p.Architecture = Host().Architecture
			return p, nil
		}
		p.Architecture, p.Variant = normalArchitecture(parts[0], "", e)
		if !slices.Contains(architectures, p.Architecture) {
			return ocispec.Platform{}, fmt.Errorf("%q: unknown operating system or architecture: invalid argument", text)
		}
		p.OS = Host().OS
	case 2:
		p.Architecture, p.Variant = normalArchitecture(parts[1], "", e)
	case 3:
		p.Architecture, p.Variant = normalArchitecture(parts[1], parts[2], e)
		if p.Architecture == "arm64" && p.Variant == "" {
			p.Variant = "v8"
		}
		return p, nil
	default:
		return ocispec.Platform{}, fmt.Errorf("%q: cannot parse platform specifier: invalid argument", text)
	}
	if p.Architecture == "arm" && p.Variant == "v7" {
		p.Variant = "" // it is the usual one, and was not asked for
	}
	return p, nil
}

// parseOS reads the first component, such as "windows(10.0.17763+win32k)".
func parseOS(p *ocispec.Platform, part, text string, e *engine.Engine) error {
	allowed := osAndVersion
	if e.PlatformFeatures {
		allowed = osAndFeatures
	}
	found := allowed.FindStringSubmatch(part)
	if found == nil {
		return fmt.Errorf("%q is an invalid OS component of %q: OSAndVersion specifier component must match %q: invalid argument", part, text, allowed)
	}
	p.OS, p.OSVersion = normalOS(found[1]), found[2]
	if !e.PlatformFeatures {
		return nil
	}
	var err error
	if p.OSVersion, err = url.PathUnescape(found[2]); err != nil {
		return fmt.Errorf("%q has an invalid OS version %q: %w", text, found[2], err)
	}
	if found[3] == "" {
		return nil
	}
	for _, raw := range strings.Split(found[3][1:], "+") {
		feature, err := url.PathUnescape(raw)
		if err != nil {
			return fmt.Errorf("%q has invalid OS features: invalid os feature %q: %w", text, raw, err)
		}
		p.OSFeatures = append(p.OSFeatures, feature)
	}
	return nil
}

func normalOS(os string) string {
	if os = strings.ToLower(os); os == "macos" {
		return "darwin"
	}
	return os
}

// normalArchitecture gives the one name of an architecture and variant that have several.
func normalArchitecture(arch, variant string, e *engine.Engine) (string, string) {
	arch, variant = strings.ToLower(arch), strings.ToLower(variant)
	switch arch {
	case "i386":
		return "386", ""
	case "x86_64", "x86-64", "amd64":
		if variant == "v1" {
			variant = ""
		}
		return "amd64", variant
	case "aarch64", "arm64":
		switch variant {
		case "8", "v8", "v8.0":
			variant = ""
		case "9", "9.0", "v9.0":
			if e.PlatformVersions {
				variant = "v9"
			}
		}
		return "arm64", variant
	case "armhf":
		return "arm", "v7"
	case "armel":
		return "arm", "v6"
	case "arm":
		switch variant {
		case "", "7":
			variant = "v7"
		case "5", "6", "8":
			variant = "v" + variant
		}
	}
	return arch, variant
}

// Match reports whether an image for have serves somebody who wants want.
func Match(have, want ocispec.Platform) bool {
	return have.OS == want.OS && have.Architecture == want.Architecture &&
		(want.Variant == "" || have.Variant == "" || want.Variant == have.Variant)
}

// features escapes what Parse would take for its own.
var features = strings.NewReplacer("%", "%25", "+", "%2B", "(", "%28", ")", "%29", "/", "%2F")

// Format writes a platform so that Parse reads it.
func Format(p ocispec.Platform) string {
	if p.OS == "" {
		return "unknown"
	}
	os := p.OS
	if p.OSVersion != "" || len(p.OSFeatures) > 0 {
		os += "(" + features.Replace(p.OSVersion)
		for _, f := range slices.Compact(slices.Sorted(slices.Values(p.OSFeatures))) {
			os += "+" + features.Replace(f)
		}
		os += ")"
	}
	return strings.TrimRight(os+"/"+p.Architecture+"/"+p.Variant, "/")
}
