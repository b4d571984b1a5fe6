package certgen

import (
	"fmt"
	"net/netip"
	"strings"
)

// nameFlaws of DNS names leave the IP addresses out, unless they say otherwise. A server that has none of the names that
// a flaw is about gets docker.example.test or 10.10.10.20.
var nameFlaws = []flaw{
	{name: "ip-san-only", sides: onServer, doc: "names its IP addresses and no DNS name", spoil: func(p *party) error {
		p.names = ipNames(p.addresses())
		return nil
	}},
	{name: "dns-san-only", sides: onServer, doc: "names its DNS names and no IP address", spoil: renamed(func(n string) string { return n })},
	{name: "no-ipv6-san", sides: onServer, doc: "names no IPv6 address", spoil: func(p *party) error {
		var v4 []netip.Addr
		for _, a := range p.addresses() {
			if a.Is4() {
				v4 = append(v4, a)
			}
		}
		p.names = append(dnsNames(p.hostnames()), ipNames(v4)...)
		return nil
	}},
	{name: "wildcard", sides: onServer, doc: "names *.example.test, or the like of its own DNS names, and nothing else", spoil: renamed(func(n string) string {
		_, domain, _ := strings.Cut(n, ".")
		if !strings.Contains(domain, ".") {
			domain = "example.test" // a name of one label, or of two, has no wildcard
		}
		return "*." + domain
	})},
	{name: "wildcard-all", sides: onServer, doc: "names * and nothing else", spoil: renamed(func(string) string { return "*" })},
	{name: "wildcard-partial", sides: onServer, doc: "names its DNS names with a part of the first label as a wildcard, as in doc*.example.test", spoil: renamed(func(n string) string {
		label, domain, ok := strings.Cut(n, ".")
		name := label[:min(3, len(label)-1)] + "*"
		if ok {
			name += "." + domain
		}
		return name
	})},
	{name: "san-empty", sides: onServer, doc: "has an empty subject alternative name, and its host as common name", spoil: setting(oidSubjectAltName, false, sequence())},
	{name: "san-uri-only", sides: onServer, doc: "names a URI and nothing else, and has its host as common name", spoil: func(p *party) error {
		p.names = [][]byte{uriName("https://" + p.hostnames()[0])}
		return nil
	}},
	{name: "san-ip-as-dns", sides: onServer, doc: "names its IP addresses as DNS names", spoil: func(p *party) error {
		p.names = dnsNames(p.hostnames())
		for _, a := range p.addresses() {
			p.names = append(p.names, dnsName(a.String()))
		}
		return nil
	}},
	{name: "san-ip-5-octets", sides: onServer, doc: "names an IP address of five octets, as well", spoil: func(p *party) error {
		p.names = append(p.names[:len(p.names):len(p.names)], ipName([]byte{127, 0, 0, 1, 1}))
		return nil
	}},
	{name: "san-v4-in-v6", sides: onServer, doc: "names its IPv4 addresses in 16 octets, as IPv6 does, and its DNS names", spoil: func(p *party) error {
		p.names = dnsNames(p.hostnames())
		for _, a := range p.addresses() {
			octets := a.As16()
			p.names = append(p.names, ipName(octets[:]))
		}
		return nil
	}},
	{name: "san-raw-utf8", sides: onServer, doc: "names a DNS name in UTF-8, as well", spoil: func(p *party) error {
		p.names = append(p.names[:len(p.names):len(p.names)], dnsName("döcker.example.test"))
		return nil
	}},
	{name: "san-trailing-dot", sides: onServer, doc: "names its DNS names with a dot at the end", spoil: renamed(func(n string) string { return n + "." })},
	{name: "san-trailing-blank", sides: onServer, doc: "names its DNS names with a blank at the end", spoil: renamed(func(n string) string { return n + " " })},
	{name: "san-nul", sides: onServer, doc: "names its DNS names with a NUL and more text behind it", spoil: renamed(func(n string) string { return n + "\x00." + otherHost })},
	{name: "san-semicolon", sides: onServer, doc: "names all its hosts in one DNS name, as OpenSSL does with a subjectAltName that is joined with semicolons", spoil: func(p *party) error {
		list := p.hostnames()
		for i := range list[1:] {
			list[i+1] = "DNS:" + list[i+1]
		}
		for _, a := range p.addresses() {
			list = append(list, "IP:"+a.String())
		}
		p.names = dnsNames([]string{strings.Join(list, ";")})
		return nil
	}},
	{name: "upper-case-san", sides: onServer, doc: "names its DNS names in capitals, and its IP addresses", spoil: func(p *party) error {
		p.names = ipNames(p.addresses())
		for _, n := range p.hostnames() {
			p.names = append(p.names, dnsName(strings.ToUpper(n)))
		}
		return nil
	}},
	{name: "underscore-san", sides: onServer, doc: "names a DNS name with an underscore, as well", spoil: func(p *party) error {
		p.names = append(p.names[:len(p.names):len(p.names)], dnsName("docker_host.example.test"))
		return nil
	}},
	{name: "thousand-names", sides: both, doc: "names 1,000 DNS names more", spoil: moreNames(1000)},
	{name: "ten-thousand-names", sides: both, doc: "names 10,000 DNS names more", spoil: moreNames(10000)},
}

// hostnames returns the DNS names among the hosts.
func (p *party) hostnames() (names []string) {
	for _, h := range p.Hosts {
		if kind, _, _ := hostName(h); kind == nameDNS {
			names = append(names, h)
		}
	}
	if names == nil {
		names = []string{"docker.example.test"}
	}
	return names
}

// addresses returns the IP addresses among the hosts.
func (p *party) addresses() (addresses []netip.Addr) {
	for _, h := range p.Hosts {
		if a, err := netip.ParseAddr(h); err == nil {
			addresses = append(addresses, a.Unmap())
		}
	}
	if addresses == nil {
		addresses = []netip.Addr{netip.MustParseAddr(otherIP)}
	}
	return addresses
}

func dnsName(name string) []byte  { return element(tagContext+nameDNS, []byte(name)) }
func ipName(octets []byte) []byte { return element(tagContext+nameIP, octets) }

func dnsNames(list []string) (names [][]byte) {
	for _, n := range list {
		names = append(names, dnsName(n))
	}
	return names
}

func ipNames(list []netip.Addr) (names [][]byte) {
	for _, a := range list {
		names = append(names, ipName(a.AsSlice()))
	}
	return names
}

// renamed leaves the DNS names alone, each changed.
func renamed(change func(string) string) func(*party) error {
	return func(p *party) error {
		p.names = nil
		for _, n := range p.hostnames() {
			p.names = append(p.names, dnsName(change(n)))
		}
		return nil
	}
}

func moreNames(n int) func(*party) error {
	return func(p *party) error {
		p.names = p.names[:len(p.names):len(p.names)]
		for i := range n {
			p.names = append(p.names, dnsName(fmt.Sprintf("h%04d.example.test", i)))
		}
		return nil
	}
}
