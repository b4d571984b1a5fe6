package state

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ids makes what a daemon draws at random. With a seed, the n-th value of a kind is always the same.
type ids struct {
	seed  []byte
	count map[string]uint64 // by kind
}

func (g *ids) next(kind string) [sha256.Size]byte {
	var b [sha256.Size]byte
	if len(g.seed) == 0 {
		rand.Read(b[:])
		return b
	}
	g.count[kind]++
	h := sha256.New()
	h.Write(g.seed)
	h.Write([]byte{0})
	h.Write([]byte(kind))
	h.Write(binary.BigEndian.AppendUint64(nil, g.count[kind]))
	return [sha256.Size]byte(h.Sum(nil))
}

// hex returns 64 lower-case hex digits. The first twelve are never all decimal, because they become a
// hostname (pkg/stringid).
func (g *ids) hex(kind string) string {
	for {
		b := g.next(kind)
		id := hex.EncodeToString(b[:])
		if _, err := strconv.ParseInt(shortID(id), 10, 64); err != nil {
			return id
		}
	}
}

func (g *ids) uuid(kind string) string {
	b := g.next(kind)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// fingerprint returns twelve groups of four base 32 digits, as github.com/docker/libtrust names a key.
func (g *ids) fingerprint(kind string) string {
	b := g.next(kind)
	digits := base32.StdEncoding.EncodeToString(b[:30])
	var groups []string
	for group := range slices.Chunk([]byte(digits), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, ":")
}

// mac returns a MAC address that is locally administered and not multicast.
func (g *ids) mac() string {
	b := g.next("mac")
	b[0] = b[0]&^1 | 2
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5])
}

// name returns adjective_surname, as dockerd names a container that was given no name.
func (g *ids) name() string {
	b := g.next("name")
	return adjectives[int(b[0])%len(adjectives)] + "_" + surnames[int(b[1])%len(surnames)]
}

// checkID accepts 64 lower-case hex digits.
func checkID(id string) error {
	if !hexID.MatchString(id) {
		return Invalid{fmt.Sprintf("invalid ID %q: must be 64 lower-case hex digits", id)}
	}
	return nil
}

var hexID = regexp.MustCompile(`^[0-9a-f]{64}$`)

func shortID(id string) string { return id[:12] }

var adjectives = [...]string{
	"amazing", "bold", "brave", "busy", "calm", "clever", "cool", "eager", "festive", "focused", "gallant",
	"gentle", "happy", "hopeful", "jolly", "keen", "kind", "modest", "nice", "quirky", "serene", "sharp",
	"stoic", "sweet", "tender", "trusting", "vibrant", "vigilant", "wizardly", "youthful", "zealous", "zen",
}

var surnames = [...]string{
	"babbage", "bell", "bohr", "cerf", "cori", "curie", "darwin", "dijkstra", "euclid", "euler", "faraday",
	"fermat", "gauss", "goldberg", "hamilton", "hopper", "kepler", "knuth", "lamarr", "lovelace", "mcclintock",
	"meitner", "newton", "noether", "pascal", "ritchie", "shannon", "swartz", "thompson", "torvalds", "turing", "wing",
}
