package certgen

var caFileFlaws = []flaw{
	{name: "all-missing", sides: onClient, doc: "has no file at all", files: func(_ *party, f *files) error {
		f.ca.form, f.cert.form, f.key.form = missing, missing, missing
		return nil
	}},
	{name: "ca-missing", sides: onClient, doc: "has no ca.pem", files: as(caFile, missing)},
	{name: "ca-directory", sides: onClient, doc: "has a folder for a ca.pem", files: as(caFile, directory)},
	{name: "ca-dangling-link", sides: onClient, doc: "has a symbolic link to nothing for a ca.pem", files: as(caFile, dangling)},
	{name: "ca-empty", sides: onClient, doc: "has an empty ca.pem", files: in(caFile, empty)},
	{name: "ca-garbage", sides: onClient, doc: "has text that is no PEM for a ca.pem", files: in(caFile, garbage)},
	{name: "ca-garbage-block", sides: onClient, doc: "has a PEM block that holds no certificate for a ca.pem", files: in(caFile, garbageBlock("CERTIFICATE"))},
	{name: "ca-der", sides: onClient, doc: "has its CA in DER", files: in(caFile, der)},
	{name: "ca-bom", sides: onClient, doc: "has a byte order mark before its CA", files: in(caFile, bom)},
	{name: "ca-pem-headers", sides: onClient, doc: "has its CA in a PEM block with headers", files: in(caFile, withHeaders)},
	{name: "ca-trusted-label", sides: onClient, doc: "has its CA under the PEM label TRUSTED CERTIFICATE", files: in(caFile, relabelled("CERTIFICATE", "TRUSTED CERTIFICATE"))},
	{name: "ca-crlf", sides: onClient, doc: "has its ca.pem with the line ends of Windows", files: in(caFile, crlf)},
	{name: "daemonca-missing", sides: onServer, doc: "has no file of what it trusts", files: as(caFile, missing)},
	{name: "daemonca-directory", sides: onServer, doc: "has a folder for the file of what it trusts", files: as(caFile, directory)},
	{name: "daemonca-dangling-link", sides: onServer, doc: "has a symbolic link to nothing for the file of what it trusts", files: as(caFile, dangling)},
	{name: "daemonca-empty", sides: onServer, doc: "has an empty file of what it trusts", files: in(caFile, empty)},
	{name: "daemonca-garbage", sides: onServer, doc: "has text that is no PEM for the file of what it trusts", files: in(caFile, garbage)},
	{name: "daemonca-garbage-block", sides: onServer, doc: "has a PEM block that holds no certificate for the file of what it trusts", files: in(caFile, garbageBlock("CERTIFICATE"))},
	{name: "daemonca-der", sides: onServer, doc: "has what it trusts in DER", files: in(caFile, der)},
	{name: "daemonca-bom", sides: onServer, doc: "has a byte order mark before what it trusts", files: in(caFile, bom)},
}
