package rule

import (
	"errors"
	"net/url"
	"path"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// ResolveCurl says what curl with OpenSSL makes of its arguments, without the program's name: the endpoint
// that it dials, or a *[Refusal]. It reads the address, --cacert, --cert (-E), --key, --insecure (-k), --tls-max and
// --unix-socket, passes over other flags and takes what contains "://" for the address.
func ResolveCurl(args []string, m Machine) (Endpoint, error) {
	e := Endpoint{Family: ByName("curl")}
	var ca, cert, key, socket, address, latest string
	insecure := false
	values := map[string]*string{"--cacert": &ca, "--cert": &cert, "-E": &cert, "--key": &key, "--unix-socket": &socket, "--tls-max": &latest}
	for i := 0; i < len(args); i++ {
		to, ok := values[args[i]]
		switch {
		case ok && i+1 == len(args):
			return e, &Refusal{outcome.ConfigUsage, args[i] + " needs a value"}
		case ok:
			i++
			*to = args[i]
		case args[i] == "-k", args[i] == "--insecure":
			insecure = true
		case strings.Contains(args[i], "://"):
			address = args[i]
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return e, &Refusal{outcome.ConfigUsage, "it is given no address"}
	}
	e.Host = "tcp://" + u.Host
	e.TLS12 = latest == "1.2"
	if socket != "" {
		e.Host = "unix://" + socket
	}
	if u.Scheme == "http" {
		e.Mode = Plain
		return e, nil
	}
	if err = m.read(e.Family, "", cert, ""); err != nil {
		return e, err
	}
	for _, files := range [][2]string{{"", key}, {ca, ""}} {
		err = m.read(e.Family, files[0], "", files[1])
		if r := (*Refusal)(nil); errors.As(err, &r) && r.Outcome == outcome.ConfigMissingFile {
			// Of the key and of ca.pem curl does not say that the file is missing.
			err = &Refusal{outcome.ConfigBadMaterial, "curl cannot use what is in " + path.Base(files[0]+files[1])}
		}
		if err != nil {
			return e, err
		}
	}
	e.Mode = withTLS(!insecure, cert != "")
	e.Roots = m.roots(ca)
	return e, nil
}

// CurlArgs are curl's arguments to get the path, such as "/images/json", with a setting.
func (s Setting) CurlArgs(path string) []string {
	scheme := "https://"
	if s.Mode == Plain {
		scheme = "http://"
	}
	args := []string{"-sS"}
	if socket, unix := strings.CutPrefix(s.Host, "unix://"); unix {
		args = append(args, "--unix-socket", socket, scheme+"localhost"+path)
	} else {
		args = append(args, scheme+strings.TrimPrefix(s.Host, "tcp://")+path)
	}
	if s.Mode.presents() {
		args = append(args, "--cert", s.Cert, "--key", s.Key)
	}
	switch {
	case s.Mode.verifies():
		args = append(args, "--cacert", s.CA)
	case s.Mode != Plain:
		args = append(args, "-k")
	}
	return args
}

func (s Setting) curl(m Machine) (Endpoint, error) { return ResolveCurl(s.CurlArgs("/version"), m) }
