package engine

import (
	"crypto/tls"
	"slices"
)

// rows are the daemons that were recorded, the oldest first.
var rows = []*Engine{engine20, engine28, engine29}

var (
	gcmSuites = []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	}
	cbcSuites = slices.Concat(gcmSuites, []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
		tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	})
	chachaSuites = slices.Concat(gcmSuites, []uint16{
		tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	})
	classicGroups = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	hybridGroups  = slices.Concat([]tls.CurveID{tls.X25519MLKEM768}, classicGroups) // Go 1.26 would add two more
)

var engine20 = &Engine{
	Name:          "20.10",
	Version:       "20.10.24+dfsg1",
	APIVersion:    "1.41",
	MinAPIVersion: "1.12",
	GitCommit:     "5d6db84",
	BuildTime:     "2026-05-07T21:09:36.000000000+00:00",
	GoVersion:     "go1.19.8",
	Containerd:    Program{"1.6.20~ds1", "1.6.20~ds1-1+deb12u3"},
	Runc:          Program{"1.1.5+ds1", "1.1.5+ds1-1+deb12u1"},
	Init:          Program{Version: "0.19.0"},

	LacksRoutes:   []string{"VolumeUpdate", "ImageAttestations"},
	Answers:       "20.10",
	StartUp:       "20.10",
	StorageDriver: "vfs",
	MaskedPaths: []string{
		"/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
		"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
	},
	CipherSuites:      cbcSuites,
	Groups:            classicGroups,
	MaxAuthorizedBody: 1 << 20,

	Facts: Facts{
		NeedsBody:         true,
		RawParseErrors:    true,
		UnclassedErrors:   true,
		PlainPageNotFound: true,
		TagNeedsName:      true,
		AnyWaitCondition:  true,
		OneShotOnly:       true,
		UntypedLogs:       true,
		FilterParameter:   true,

		OldFieldShapes: true,
		ListsNoMirrors: true,
		Logentries:     true,
		FingerprintID:  true,

		ShowsDefaultNetwork:    true,
		KeepsConsoleSize:       true,
		OldRetryCheck:          true,
		OldRemovalTexts:        true,
		CapitalGroup:           true,
		UnpacksApart:           true,
		OldEtcFiles:            true,
		OldRuncTexts:           true,
		LinkVariables:          true,
		NetworksEncloseProcess: true,
		KeepsSandbox:           true,
		RepeatsEvents:          true,

		DuplicateNetworks: true,
		OldNetworkTexts:   true,
		RotatesPools:      true,
		NullIPAMForVLANs:  true,
		MACFromIP:         true,

		ShowsImageConfig:  true,
		SavesLayerFolders: true,
		ImportsForHost:    true,
		AuthInPushBody:    true,
		OldImageTexts:     true,
		NamesImageLast:    true,
		OldBuilder:        true,

		SilentHTTP:     true,
		OneClientAlert: true,
		OldPlugins:     true,
	},
}

var engine28 = &Engine{
	Name:                "28",
	Version:             "28.5.2",
	APIVersion:          "1.51",
	MinAPIVersion:       "1.24",
	LowestMinAPIVersion: "1.24",
	GitCommit:           "unknown",
	BuildTime:           "library-import",
	GoVersion:           "go1.26.8",
	Containerd:          Program{Version: "2.2.1"},
	Runc:                Program{Version: "1.3.4"},
	Init:                Program{Version: "0.19.0"},

	LacksRoutes:   []string{"ImageAttestations"},
	StartUp:       "28",
	StorageDriver: "vfs",
	MaskedPaths: []string{
		"/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
		"/sys/devices/virtual/powercap",
	},
	CipherSuites:      cbcSuites,
	Groups:            hybridGroups,
	MaxAuthorizedBody: 1 << 20,

	Facts: Facts{
		OneShotOnly:     true,
		StrictJSON:      true,
		FilterParameter: true,

		PingTellsFeatures:  true,
		TrustsIPv6Loopback: true,
		LogsRequestFields:  true,
		NamelessStats:      true,
		DeniesBridgeNf:     true,
		DeprecationNotices: true,

		FillsHostConfig: true,
		LinkVariables:   true,
		MovesMAC:        true,
		ChecksExecUser:  true,
		FullEvents:      true,

		ValidatesNetworks:     true,
		DefaultIPv6Pools:      true,
		UserSubnetsFirst:      true,
		NoInternalGateway:     true,
		DNSNames:              true,
		MarksAnonymousVolumes: true,

		PlatformVersions: true,
		WarnsOfPlatform:  true,

		WithholdsAuth: true,
	},
}

var engine29 = &Engine{
	Name:                "29",
	Version:             "29.7.2",
	APIVersion:          "1.55",
	MinAPIVersion:       "1.40",
	LowestMinAPIVersion: "1.24",
	Platform:            "Docker Engine - Community",
	GitCommit:           "4b5cb71",
	BuildTime:           "2026-07-30T19:47:54.000000000+00:00",
	GoVersion:           "go1.26.8",
	Module:              "github.com/moby/moby/v2",
	ModuleVersion:       "v2.0.0+unknown",
	Containerd:          Program{Version: "2.2.1"},
	Runc:                Program{Version: "1.3.4"},
	Init:                Program{Version: "0.19.0"},

	Answers:       "29",
	StartUp:       "29",
	StorageDriver: "overlayfs",
	MaskedPaths: []string{
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
		"/sys/devices/virtual/powercap", "/sys/firmware",
	},
	CipherSuites:      chachaSuites,
	MaxAuthorizedBody: 4 << 20,

	Facts: Facts{
		StrictJSON:      true,
		TypedAddresses:  true,
		ChecksAuthJSON:  true,
		NamesParameters: true,
		LogsErrorFields: true,

		PingTellsFeatures:  true,
		TrustsIPv6Loopback: true,
		LogsRequestFields:  true,
		ListsNoMirrors:     true,
		NewFieldOrder:      true,
		UsageByKind:        true,
		DeniesBridgeNf:     true,
		WarnsOfCgroupV1:    true,
		DeprecationNotices: true,
		RebuildsOldEvents:  true,

		FillsHostConfig:        true,
		MovesMAC:               true,
		DropsMAC:               true,
		PublishesEmptyBindings: true,
		HidesDefaultNetwork:    true,
		NullDNS:                true,
		ChecksExecUser:         true,
		FullEvents:             true,

		ValidatesNetworks:      true,
		ForgetsFailedEndpoints: true,
		DefaultIPv6Pools:       true,
		UserSubnetsFirst:       true,
		ShowsUsedPools:         true,
		NoInternalGateway:      true,
		DNSNames:               true,
		DanglingSeesContainers: true,
		WarnsOfLinks:           true,
		SwarmNetworkContainers: true,
		MarksAnonymousVolumes:  true,

		StoresManifests:  true,
		PlatformVersions: true,
		PlatformFeatures: true,
		WarnsOfPlatform:  true,

		HTTP2:              true,
		WithholdsAuth:      true,
		RefusesLargeBodies: true,
	},
}
