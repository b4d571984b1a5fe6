package certgen

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
)

// SSHOptions says what NewSSH makes. A nil *SSHOptions is the zero value.
type SSHOptions struct {
	// Seed, when not empty, derives both keys from it.
	Seed []byte
}

// SSH is the key of an ssh server and that of the user whom it lets in. It is immutable: its methods are safe for
// concurrent use.
type SSH struct {
	host, user SSHKey
}

// NewSSH makes both keys.
func NewSSH(o *SSHOptions) (*SSH, error) {
	if o == nil {
		o = &SSHOptions{}
	}
	s := &SSH{}
	for label, key := range map[string]*SSHKey{"host": &s.host, "user": &s.user} {
		var err error
		if *key, err = newSSHKey(source(o.Seed), label); err != nil {
			return nil, fmt.Errorf("certgen: ssh key of the %s: %w", label, err)
		}
	}
	return s, nil
}

// Host returns the server's key.
func (s *SSH) Host() SSHKey { return s.host }

// User returns the user's key.
func (s *SSH) User() SSHKey { return s.user }

// An SSHKey is an Ed25519 key in the forms of OpenSSH (its PROTOCOL.key). It is immutable.
type SSHKey struct {
	private ed25519.PrivateKey
	check   uint32 // repeated in the file, by which a reader knows that it decrypted it well
	comment string
}

func newSSHKey(s source, label string) (SSHKey, error) {
	seed, err := s.bytes("ssh "+label+" ed25519", ed25519.SeedSize+4)
	if err != nil {
		return SSHKey{}, err
	}
	return SSHKey{
		private: ed25519.NewKeyFromSeed(seed[:ed25519.SeedSize]),
		check:   binary.BigEndian.Uint32(seed[ed25519.SeedSize:]),
		comment: "fakedockerd test only " + label,
	}, nil
}

const sshEd25519 = "ssh-ed25519"

// Private returns the private key.
func (k SSHKey) Private() ed25519.PrivateKey { return slices.Clone(k.private) }

// Public returns the public key.
func (k SSHKey) Public() ed25519.PublicKey {
	return slices.Clone(k.private.Public().(ed25519.PublicKey))
}

// Line returns the public key as a line of authorized_keys and of id_ed25519.pub, without its end.
func (k SSHKey) Line() string { return k.text() + " " + k.comment }

// Fingerprint returns what `ssh-keygen -l` shows, "SHA256:" and 43 characters.
func (k SSHKey) Fingerprint() string {
	sum := sha256.Sum256(k.blob())
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// PEM returns the private key as OpenSSH writes id_ed25519, without a pass phrase.
func (k SSHKey) PEM() []byte {
	const block = 8 // of the cipher "none"
	private := binary.BigEndian.AppendUint32(nil, k.check)
	private = binary.BigEndian.AppendUint32(private, k.check)
	private = appendSSHString(private, sshEd25519, string(k.Public()), string(k.private), k.comment)
	for pad := byte(1); len(private)%block != 0; pad++ {
		private = append(private, pad)
	}
	file := appendSSHString([]byte("openssh-key-v1\x00"), "none", "none", "") // cipher, key derivation and its options
	file = binary.BigEndian.AppendUint32(file, 1)
	file = appendSSHString(file, string(k.blob()), string(private))
	return pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: file})
}

// blob is the public key on the wire (RFC 8709).
func (k SSHKey) blob() []byte { return appendSSHString(nil, sshEd25519, string(k.Public())) }

func (k SSHKey) text() string {
	return sshEd25519 + " " + base64.StdEncoding.EncodeToString(k.blob())
}

func appendSSHString(b []byte, values ...string) []byte {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	return b
}

// KnownHosts returns a known_hosts file in which the server's key is that of every address, HOST:PORT.
func (s *SSH) KnownHosts(addrs ...string) ([]byte, error) {
	var file []byte
	for _, addr := range addrs {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, fmt.Errorf("certgen: known_hosts: %w", err)
		}
		if port != "22" {
			host = "[" + host + "]:" + port
		}
		file = append(file, host+" "+s.host.text()+"\n"...)
	}
	return file, nil
}

// An SSHAccount is an account on an ssh server.
type SSHAccount struct {
	User string
	Addr string // HOST:PORT
	// Hosts are the other names and addresses by which the server is dialled, without a port.
	Hosts []string
}

func (a SSHAccount) split() (hosts []string, port string, err error) {
	host, port, err := net.SplitHostPort(a.Addr)
	if err != nil {
		return nil, "", fmt.Errorf("certgen: address of an ssh server: %w", err)
	}
	hosts = []string{host}
	for _, h := range a.Hosts {
		if !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return hosts, port, nil
}

// WriteHome writes what the user has in a home folder to get in, home/.ssh with config, id_ed25519, id_ed25519.pub and
// known_hosts. Clients that are told of the folder by HOME, such as docker-py, find them. OpenSSH takes its home from the
// password file: it has to be told, `ssh -F home/.ssh/config`. The first account's port and user are those of its hosts when
// they are not given; it asks for nothing, and refuses a server with another key. Files that are there are replaced.
func (s *SSH) WriteHome(home string, accounts ...SSHAccount) error {
	if len(accounts) == 0 {
		return errors.New("certgen: there is no account on an ssh server")
	}
	dir, err := filepath.Abs(filepath.Join(home, ".ssh"))
	if err != nil {
		return err
	}
	var known []string
	for _, a := range accounts {
		hosts, port, err := a.split()
		if err != nil {
			return err
		}
		for _, h := range hosts {
			known = append(known, net.JoinHostPort(h, port))
		}
	}
	knownHosts, err := s.KnownHosts(known...)
	if err != nil {
		return err
	}
	for name, c := range map[string]content{
		"config":         {data: sshConfig(dir, accounts[0]), mode: 0o600},
		"id_ed25519":     {data: s.user.PEM(), mode: 0o600},
		"id_ed25519.pub": {data: []byte(s.user.Line() + "\n"), mode: 0o644},
		"known_hosts":    {data: knownHosts, mode: 0o600},
	} {
		target := filepath.Join(dir, name)
		staged, err := stage(target, c)
		if err == nil {
			err = replace(staged, target, c.form)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func sshConfig(dir string, a SSHAccount) []byte {
	hosts, port, _ := a.split()
	file := func(name string) string { return `"` + filepath.ToSlash(filepath.Join(dir, name)) + `"` }
	var b strings.Builder
	fmt.Fprintln(&b, "# ~ and the default files of OpenSSH are those of the password file, whatever HOME says.")
	fmt.Fprintln(&b, "Host", strings.Join(hosts, " "))
	for _, option := range [][2]string{
		{"Port", port},
		{"User", a.User},
		{"IdentityFile", file("id_ed25519")},
		{"IdentitiesOnly", "yes"},
		{"PreferredAuthentications", "publickey"},
		{"BatchMode", "yes"},
		{"UserKnownHostsFile", file("known_hosts")},
		{"GlobalKnownHostsFile", "none"},
		{"StrictHostKeyChecking", "yes"},
		{"UpdateHostKeys", "no"},
	} {
		fmt.Fprintf(&b, "\t%s %s\n", option[0], option[1])
	}
	return []byte(b.String())
}
