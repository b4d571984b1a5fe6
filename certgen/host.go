package certgen

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Numbers of the choices of a GeneralName (RFC 5280 section 4.2.1.6).
const (
	nameEmail     = 1
	nameDNS       = 2
	nameDirectory = 4
	nameURI       = 6
	nameIP        = 7
)

// hostNames returns the GeneralNames for a list of hosts, in its order and each once.
func hostNames(hosts []string) ([][]byte, error) {
	names := make([][]byte, 0, len(hosts))
	for i, h := range hosts {
		if slices.Contains(hosts[:i], h) {
			continue
		}
		kind, content, reason := hostName(h)
		if reason != "" {
			return nil, &OptionError{"Hosts", h, reason}
		}
		names = append(names, element(tagContext+byte(kind), content))
	}
	return names, nil
}

// hostName sorts one host by its form, or gives the reason why it is none.
func hostName(h string) (kind int, content []byte, reason string) {
	if h == "" {
		return 0, nil, "is empty: leave it out"
	}
	if strings.ContainsFunc(h, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return 0, nil, "has blanks or characters that are not ASCII: write an international name in its xn-- form"
	}
	if ip, err := netip.ParseAddr(h); err == nil {
		if ip.Zone() != "" {
			return 0, nil, "has a zone: a certificate holds the address alone"
		}
		return nameIP, ip.Unmap().AsSlice(), ""
	}
	if scheme, _, ok := strings.Cut(h, "://"); ok {
		switch scheme {
		case "tcp", "unix", "npipe", "fd", "ssh":
			return 0, nil, "is the address of a daemon: give the host name or IP address alone"
		}
		if u, err := url.Parse(h); err != nil || notHost(u.Hostname()) {
			return 0, nil, "is no URI with a host"
		}
		return nameURI, []byte(h), ""
	}
	if local, domain, ok := strings.Cut(h, "@"); ok {
		if local == "" || notDNS(domain) != "" {
			return 0, nil, "is no mailbox of the form user@host"
		}
		return nameEmail, []byte(h), ""
	}
	if reason := notDNS(strings.TrimPrefix(h, "*.")); reason != "" {
		return 0, nil, reason
	}
	return nameDNS, []byte(h), ""
}

func notHost(h string) bool {
	_, err := netip.ParseAddr(h)
	return err != nil && notDNS(h) != ""
}

// notDNS gives the reason why h is no DNS name, or "". An underscore is allowed, as clients do.
func notDNS(h string) string {
	if len(h) > 253 {
		return "is longer than the 253 bytes of a DNS name"
	}
	labels := strings.Split(h, ".")
	for _, l := range labels {
		switch {
		case strings.ContainsAny(l, ":[]"):
			return "is no DNS name and no IP address: give it without port and brackets"
		case l == "":
			return "has an empty label: write a DNS name without a dot at either end"
		case len(l) > 63:
			return "has a label of more than 63 bytes"
		case l[0] == '-' || l[len(l)-1] == '-':
			return "has a label that begins or ends with a hyphen"
		case strings.Trim(l, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "":
			return "is no DNS name and no IP address: a wildcard is a whole first label, as in *.example.test"
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "is no IP address, and a DNS name does not end in a number"
	}
	return ""
}
