package certgen

// Flaws of the file of what a side trusts.
const (
	AllMissing           Flaw = "all-missing"
	ClientCAMissing      Flaw = "ca-missing"
	ClientCADirectory    Flaw = "ca-directory"
	ClientCADangling     Flaw = "ca-dangling-link"
	ClientCAEmpty        Flaw = "ca-empty"
	ClientCAGarbage      Flaw = "ca-garbage"
	ClientCAGarbageBlock Flaw = "ca-garbage-block"
	ClientCADER          Flaw = "ca-der"
	ClientCABOM          Flaw = "ca-bom"
	ClientCAHeaders      Flaw = "ca-pem-headers"
	ClientCATrustedLabel Flaw = "ca-trusted-label"
	ClientCACRLF         Flaw = "ca-crlf"
	DaemonCAMissing      Flaw = "daemonca-missing"
	DaemonCADirectory    Flaw = "daemonca-directory"
	DaemonCADangling     Flaw = "daemonca-dangling-link"
	DaemonCAEmpty        Flaw = "daemonca-empty"
	DaemonCAGarbage      Flaw = "daemonca-garbage"
	DaemonCAGarbageBlock Flaw = "daemonca-garbage-block"
	DaemonCADER          Flaw = "daemonca-der"
	DaemonCABOM          Flaw = "daemonca-bom"
)

var caFileFlaws = []flaw{
	{name: AllMissing, sides: onClient, doc: "has no file at all", files: func(_ *party, f *files) error {
		f.ca.form, f.cert.form, f.key.form = missing, missing, missing
		return nil
	}},
	{name: ClientCAMissing, sides: onClient, doc: "has no ca.pem", files: as(caFile, missing)},
	{name: ClientCADirectory, sides: onClient, doc: "has a folder for a ca.pem", files: as(caFile, directory)},
	{name: ClientCADangling, sides: onClient, doc: "has a symbolic link to nothing for a ca.pem", files: as(caFile, dangling)},
	{name: ClientCAEmpty, sides: onClient, doc: "has an empty ca.pem", files: in(caFile, empty)},
	{name: ClientCAGarbage, sides: onClient, doc: "has text that is no PEM for a ca.pem", files: in(caFile, garbage)},
	{name: ClientCAGarbageBlock, sides: onClient, doc: "has a PEM block that holds no certificate for a ca.pem", files: in(caFile, garbageBlock("CERTIFICATE"))},
	{name: ClientCADER, sides: onClient, doc: "has its CA in DER", files: in(caFile, der)},
	{name: ClientCABOM, sides: onClient, doc: "has a byte order mark before its CA", files: in(caFile, bom)},
	{name: ClientCAHeaders, sides: onClient, doc: "has its CA in a PEM block with headers", files: in(caFile, withHeaders)},
	{name: ClientCATrustedLabel, sides: onClient, doc: "has its CA under the PEM label TRUSTED CERTIFICATE", files: in(caFile, relabelled("CERTIFICATE", "TRUSTED CERTIFICATE"))},
	{name: ClientCACRLF, sides: onClient, doc: "has its ca.pem with the line ends of Windows", files: in(caFile, crlf)},
	{name: DaemonCAMissing, sides: onServer, doc: "has no file of what it trusts", files: as(caFile, missing)},
	{name: DaemonCADirectory, sides: onServer, doc: "has a folder for the file of what it trusts", files: as(caFile, directory)},
	{name: DaemonCADangling, sides: onServer, doc: "has a symbolic link to nothing for the file of what it trusts", files: as(caFile, dangling)},
	{name: DaemonCAEmpty, sides: onServer, doc: "has an empty file of what it trusts", files: in(caFile, empty)},
	{name: DaemonCAGarbage, sides: onServer, doc: "has text that is no PEM for the file of what it trusts", files: in(caFile, garbage)},
	{name: DaemonCAGarbageBlock, sides: onServer, doc: "has a PEM block that holds no certificate for the file of what it trusts", files: in(caFile, garbageBlock("CERTIFICATE"))},
	{name: DaemonCADER, sides: onServer, doc: "has what it trusts in DER", files: in(caFile, der)},
	{name: DaemonCABOM, sides: onServer, doc: "has a byte order mark before what it trusts", files: in(caFile, bom)},
}
