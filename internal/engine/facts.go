package engine

// Facts are the behaviours in which engines differ. The facts are those of the recordings, and where these are silent, of
// docker/docker v20.10.24 and v28.5.2 and of moby/moby v2.
type Facts struct {
	// Requests.

	// StrictJSON names invalid JSON as such, refuses what follows the value of a body, and tells a malformed Content-Type
	// from one that is not JSON (api/server/httputils: ReadJSON, CheckForJSON).
	StrictJSON bool
	// NeedsBody refuses an empty body where others take an empty object.
	NeedsBody bool
	// TypedAddresses takes addresses that are none for bad JSON: moby's API module decodes them with net/netip.
	TypedAddresses bool
	// ChecksAuthJSON takes bad JSON for POST /auth as a bad request and refuses what follows it.
	ChecksAuthJSON bool
	// NamesParameters says which parameter of logs and events it cannot use, and for which value, with status 400.
	NamesParameters bool
	// RawParseErrors gives what a parser says of filters or the size of a terminal as it is.
	RawParseErrors bool
	// UnclassedErrors gives some mistakes of clients no class: they are answered with status 500.
	UnclassedErrors bool
	// PlainPageNotFound answers an unknown path of an API before 1.24 as plain text, as all other errors.
	PlainPageNotFound bool
	// LogsErrorFields logs a failed request in fields, and with its route (api/server/server.go).
	LogsErrorFields bool
	// LogsRequestFields logs each request, and its error, in fields when it debugs (api/server/middleware/debug.go).
	LogsRequestFields bool
	// TagNeedsName refuses to tag without a repository, which others answer with an empty 200 (12-images of the recordings).
	TagNeedsName bool
	// AnyWaitCondition takes an unknown condition of a wait for "not-running".
	AnyWaitCondition bool
	// OneShotOnly refuses stream and one-shot of /stats together.
	OneShotOnly bool
	// FilterParameter reads the parameter "filter" of the list of images below API 1.41.
	FilterParameter bool

	// Answers, beside those of the table that Engine.Answers names.

	// PingTellsFeatures says in the headers of /_ping what builds and whether there is a swarm.
	PingTellsFeatures bool
	// ListsNoMirrors shows a list of mirrors that is empty as such.
	ListsNoMirrors bool
	// TrustsIPv6Loopback counts ::1 among the registries that need no TLS (registry/config.go).
	TrustsIPv6Loopback bool
	// NewFieldOrder has the fields of /version, networks and errors in streams in the order of moby's API module.
	NewFieldOrder bool
	// OldFieldShapes shows the error of a wait always, no addresses as a list, and of a new service the ID alone.
	OldFieldShapes bool
	// UsageByKind answers /system/df with an object for each kind of thing.
	UsageByKind bool
	// UntypedLogs sends logs without a Content-Type.
	UntypedLogs bool
	// NamelessStats leaves the name out of a single measurement.
	NamelessStats bool
	// DeniesBridgeNf says below API 1.50 that bridges do not call iptables.
	DeniesBridgeNf bool
	// WarnsOfCgroupV1 says in /info that control groups of version 1 end (moby/moby issue 51111).
	WarnsOfCgroupV1 bool
	// DeprecationNotices tell of unprotected ports that they will be refused.
	DeprecationNotices bool
	// Logentries has the log driver of that name.
	Logentries bool
	// RebuildsOldEvents takes events apart for clients below API 1.52 and puts them together again.
	RebuildsOldEvents bool
	// FingerprintID makes the daemon's own ID the fingerprint of a key instead of a UUID.
	FingerprintID bool

	// Containers.

	// FillsHostConfig gives a container the restart policy "no" and the runtime that its request does not name.
	FillsHostConfig bool
	// ShowsDefaultNetwork shows the network mode "default" as it was given.
	ShowsDefaultNetwork bool
	// KeepsConsoleSize takes the size of a console below API 1.42, too.
	KeepsConsoleSize bool
	// MovesMAC moves the MAC address of a container to an endpoint.
	MovesMAC bool
	// DropsMAC ignores the MAC address of a container from API 1.52 on.
	DropsMAC bool
	// PublishesEmptyBindings publishes a port with an empty list of bindings, with a warning (26-extra of the recordings).
	PublishesEmptyBindings bool
	// WarnsOfLinks tells that links on the default bridge will be removed.
	WarnsOfLinks bool
	// HidesDefaultNetwork leaves the fields of the default network out of an inspection.
	HidesDefaultNetwork bool
	// NullDNS shows a container without servers of DNS with null.
	NullDNS bool
	// OldRetryCheck checks a restart policy's count on update by itself, and knows three policies without one.
	OldRetryCheck bool
	// OldRemovalTexts refuses to remove a container that runs with the words of before Docker 23.
	OldRemovalTexts bool
	// CapitalGroup says with a capital letter that a group of docker run --group-add is not there.
	CapitalGroup bool
	// UnpacksApart unpacks what is put into a container in a process of its own, whose errors have no class, and tells where on the host
	// a file of a container is (pkg/chrootarchive).
	UnpacksApart bool
	// OldEtcFiles has /etc/hosts and /etc/resolv.conf of a container as libnetwork wrote them before it said where they are from.
	OldEtcFiles bool
	// OldRuncTexts words failed starts as an older runc and containerd, and takes those of execs for missing permissions.
	OldRuncTexts bool
	// LinkVariables tells a container in its environment of those that it has linked (daemon/links).
	LinkVariables bool
	// ChecksExecUser looks for the user of an exec when it is created.
	ChecksExecUser bool
	// NetworksEncloseProcess sets networks up before a container's process starts, and leaves them, and the mounts, once it
	// has told of the end (daemon/monitor.go).
	NetworksEncloseProcess bool
	// KeepsSandbox goes on showing the sandbox of a container that has ended.
	KeepsSandbox bool
	// FullEvents tells how long a process ran, which image a commit made, and of each pruned volume.
	FullEvents bool
	// RepeatsEvents tells of the creation of a volume that exists, and twice of a client's disconnection (15-networks of
	// the recordings).
	RepeatsEvents bool

	// Networks and volumes.

	// DuplicateNetworks lets networks share a name, unless the client asks to check for that.
	DuplicateNetworks bool
	// ValidatesNetworks finds all mistakes in the addresses of networks and endpoints, and drivers that need a swarm, before it
	// makes anything (Docker 25).
	ValidatesNetworks bool
	// OldNetworkTexts words what is wrong with networks as libnetwork did in 20.10.
	OldNetworkTexts bool
	// ForgetsFailedEndpoints drops an endpoint whose ports cannot be published, and does not tell that it was left.
	ForgetsFailedEndpoints bool
	// DefaultIPv6Pools gives a network with IPv6 a unique local pool by itself.
	DefaultIPv6Pools bool
	// RotatesPools looks for a default pool behind the last one instead of for the lowest free one.
	RotatesPools bool
	// UserSubnetsFirst shows the subnets that a client gave before the default ones.
	UserSubnetsFirst bool
	// ShowsUsedPools shows the subnets and gateways that a network uses instead of what a client gave: also those that the
	// daemon chose, and none of IPv6 where that is not enabled (daemon/network.go, buildIPAMResources).
	ShowsUsedPools bool
	// NullIPAMForVLANs lets ipvlan and macvlan go with the driver of addresses that gives none.
	NullIPAMForVLANs bool
	// NoInternalGateway gives endpoints of internal networks no gateway.
	NoInternalGateway bool
	// MACFromIP makes a MAC address of the IPv4 address (libnetwork, netutils).
	MACFromIP bool
	// DNSNames keeps the names of a container in a network apart from its aliases.
	DNSNames bool
	// DanglingSeesContainers knows networks that a container uses when it lists the dangling ones.
	DanglingSeesContainers bool
	// SwarmNetworkContainers shows a network of a swarm without containers with an empty object (24-swarm of the recordings).
	SwarmNetworkContainers bool
	// MarksAnonymousVolumes labels volumes that a client did not name, and prunes only those.
	MarksAnonymousVolumes bool

	// Images and builds.

	// StoresManifests keeps images in containerd's store: an ID is the digest of a manifest, not that of a config, as
	// with a graph driver.
	StoresManifests bool
	// ShowsImageConfig tells what an image's config says word by word, and of which container it was made.
	ShowsImageConfig bool
	// SavesLayerFolders saves images as a folder for each layer, without the files of OCI.
	SavesLayerFolders bool
	// PlatformVersions reads versions in platforms: of the system in parentheses, and dots everywhere.
	PlatformVersions bool
	// PlatformFeatures reads features of the system behind its version, as in "windows(10.0.17763+win32k)/amd64".
	PlatformFeatures bool
	// ImportsForHost imports a tar for the host's architecture, whichever the request names.
	ImportsForHost bool
	// WarnsOfPlatform says that a pulled image is for another platform than was asked for.
	WarnsOfPlatform bool
	// AuthInPushBody reads the credentials of a push from the body if there is no header.
	AuthInPushBody bool
	// NamesImageLast looks at the name of a commit's image when the container has been paused for it (daemon/commit.go of 20.10).
	NamesImageLast bool
	// OldImageTexts puts words of its own before what is wrong with a missing image or an archive.
	OldImageTexts bool
	// OldBuilder reads Dockerfiles as BuildKit 0.8 does, and builds in the words of before Docker 23.
	OldBuilder bool

	// Connections and plugins.

	// HTTP2 takes HTTP/2 without TLS from clients that begin with it (section http2 of the wire recordings).
	HTTP2 bool
	// SilentHTTP logs nothing of plain HTTP on a TLS port, as net/http did until Go 1.20.
	SilentHTTP bool
	// OneClientAlert answers whatever is wrong with a client certificate with bad_certificate, as Go did until 1.20
	// (section client_cert_alerts of the wire recordings).
	OneClientAlert bool
	// OldPlugins calls plugins with the path of their socket as the host and has shorter errors, as before Docker 23.
	OldPlugins bool
	// WithholdsAuth keeps the body of POST /auth from authorization plugins.
	WithholdsAuth bool
	// RefusesLargeBodies refuses a body that is too large for authorization plugins instead of withholding it.
	RefusesLargeBodies bool
}
