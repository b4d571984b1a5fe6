package api

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

var (
	platformPart = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	knownOS      = strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos")
	knownArch    = strings.Fields("386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm")
)

// hostArchitecture is that of the recorded machine.
const hostArchitecture = "amd64"

// parsePlatformText reads a platform such as "linux/arm64/v8", as github.com/containerd/platforms does on the recorded
// machine, which is linux/amd64.
func parsePlatformText(text string) (*ocispec.Platform, error) {
	parts := strings.Split(text, "/")
	for _, part := range parts {
		if !platformPart.MatchString(part) {
			return nil, invalid{fmt.Errorf("%q is an invalid component of %q: platform specifier component must match %q: invalid argument", part, text, platformPart)}
		}
	}
	os := strings.ToLower(parts[0])
	if os == "macos" {
		os = "darwin"
	}
	switch len(parts) {
	case 1:
		if slices.Contains(knownOS, os) {
			return &ocispec.Platform{OS: os, Architecture: hostArchitecture}, nil
		}
		if arch, variant := normalArch(parts[0], ""); slices.Contains(knownArch, arch) {
			return &ocispec.Platform{OS: "linux", Architecture: arch, Variant: variant}, nil
		}
		return nil, invalid{fmt.Errorf("%q: unknown operating system or architecture: invalid argument", text)}
	case 2:
		arch, variant := normalArch(parts[1], "")
		return &ocispec.Platform{OS: os, Architecture: arch, Variant: variant}, nil
	case 3:
		arch, variant := normalArch(parts[1], parts[2])
		return &ocispec.Platform{OS: os, Architecture: arch, Variant: variant}, nil
	}
	return nil, invalid{fmt.Errorf("%q: cannot parse platform specifier: invalid argument", text)}
}

// normalArch gives the one name of an architecture that has several. A variant that is the usual one is left out.
func normalArch(arch, variant string) (string, string) {
	arch, variant = strings.ToLower(arch), strings.ToLower(variant)
	switch arch {
	case "i386":
		return "386", ""
	case "x86_64", "x86-64":
		arch = "amd64"
	case "aarch64":
		arch = "arm64"
	case "armhf":
		return "arm", ""
	case "armel":
		return "arm", "v6"
	}
	if arch != "amd64" && arch != "arm64" && arch != "arm" {
		return arch, variant
	}
	if variant != "" && !strings.HasPrefix(variant, "v") {
		variant = "v" + variant
	}
	if usual := map[string]string{"amd64": "v1", "arm64": "v8", "arm": "v7"}[arch]; variant == usual {
		variant = ""
	}
	return arch, variant
}
