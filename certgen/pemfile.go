package certgen

import (
	"bytes"
	"encoding/pem"
	"io/fs"
)

// Which file of a side a flaw is in.
func caFile(f *files) *content   { return &f.ca }
func certFile(f *files) *content { return &f.cert }
func keyFile(f *files) *content  { return &f.key }

// in changes what is in a file.
func in(which func(*files) *content, change func([]byte) []byte) func(*party, *files) error {
	return func(_ *party, f *files) error {
		c := which(f)
		c.data = change(c.data)
		return nil
	}
}

// as changes what a file is.
func as(which func(*files) *content, to form) func(*party, *files) error {
	return func(_ *party, f *files) error {
		which(f).form = to
		return nil
	}
}

// moded changes the mode of a key's file.
func moded(mode fs.FileMode) func(*party, *files) error {
	return func(_ *party, f *files) error {
		f.key.mode = mode
		return nil
	}
}

// withCA joins a certificate with the CA's.
func withCA(join func(cert, ca []byte) []byte) func(*party, *files) error {
	return func(p *party, f *files) error {
		f.cert.data = join(f.cert.data, p.ca.certPEM())
		return nil
	}
}

// What can happen to PEM.

var (
	someText    = []byte("Certificate:\n    Data:\n        Version: 3 (0x2)\n")
	corruptCert = garbageBlock("CERTIFICATE")(nil)
)

func same(b []byte) []byte           { return b }
func empty([]byte) []byte            { return []byte{} }
func garbage([]byte) []byte          { return []byte("this is no PEM\n") }
func bom(b []byte) []byte            { return append([]byte("\xef\xbb\xbf"), b...) }
func crlf(b []byte) []byte           { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }
func trailingBlanks(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("  \n")) }
func noNewline(b []byte) []byte      { return bytes.TrimRight(b, "\n") }
func truncated(b []byte) []byte      { return b[:len(b)/2] }

func indented(b []byte) []byte {
	return append([]byte("    "), bytes.ReplaceAll(noNewline(b), []byte("\n"), []byte("\n    "))...)
}

func before(text []byte) func([]byte) []byte {
	return func(b []byte) []byte { return append(bytes.Clone(text), b...) }
}

func behind(text []byte) func([]byte) []byte {
	return func(b []byte) []byte { return append(b, text...) }
}

func garbageBlock(label string) func([]byte) []byte {
	return func([]byte) []byte { return blockPEM(label, []byte("this is no DER")) }
}

func relabelled(from, to string) func([]byte) []byte {
	return func(b []byte) []byte {
		return bytes.ReplaceAll(b, []byte(" "+from+"-----"), []byte(" "+to+"-----"))
	}
}

func der(b []byte) []byte {
	block, _ := pem.Decode(b)
	return block.Bytes
}

func withHeaders(b []byte) []byte {
	block, _ := pem.Decode(b)
	block.Headers = map[string]string{"Comment": "a header"}
	return pem.EncodeToMemory(block)
}

// utf16 is how PowerShell redirects text into a file.
func utf16(ascii []byte) []byte {
	u := []byte{0xff, 0xfe}
	for _, c := range ascii {
		u = append(u, c, 0)
	}
	return u
}

func longLine(b []byte) []byte {
	lines := bytes.Split(noNewline(b), []byte("\n"))
	first, last := lines[0], lines[len(lines)-1]
	base64 := bytes.Join(lines[1:len(lines)-1], nil)
	return append(bytes.Join([][]byte{first, base64, last}, []byte("\n")), '\n')
}
