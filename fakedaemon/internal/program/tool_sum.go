package program

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
)

// sums are the programs that print the digest of files.
var sums = map[string]func() hash.Hash{"md5sum": md5.New, "sha1sum": sha1.New, "sha256sum": sha256.New, "sha512sum": sha512.New}

func sum(t *tool) {
	digest := func(r io.Reader) (string, error) {
		h := sums[t.name]()
		_, err := io.CopyBuffer(h, onlyReader{r}, make([]byte, 64<<10))
		return fmt.Sprintf("%x", h.Sum(nil)), err
	}
	if !t.has("c") {
		t.inputs(t.args, cannotOpen, func(name string, r io.Reader) error {
			text, err := digest(r)
			if err == nil {
				fmt.Fprintf(t.out, "%s  %s\n", text, name)
			}
			return err
		})
		return
	}
	all, bad := 0, 0
	t.inputs(t.args, cannotOpen, func(_ string, r io.Reader) error {
		return t.eachLine(r, '\n', func(line []byte) error {
			want, name, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
			if all++; !ok || len(name) < 2 || name[0] != ' ' && name[0] != '*' {
				bad++
				return nil
			}
			name = name[1:]
			f, err := t.open(name)
			have := ""
			if err == nil {
				have, err = digest(f)
				f.Close()
			}
			switch {
			case err != nil:
				t.errorf(cannotOpen, name, reason(err))
				bad++
			case have != want:
				bad++
				if !t.has("s") {
					fmt.Fprintf(t.out, "%s: FAILED\n", name)
				}
			case !t.has("s"):
				fmt.Fprintf(t.out, "%s: OK\n", name)
			}
			return nil
		})
	})
	if bad > 0 {
		if t.code = 1; !t.has("s") {
			t.errorf("WARNING: %d of %d computed checksums did NOT match", bad, all)
		}
	}
	if all == 0 {
		t.errorf("no checksum lines found")
	}
}

func base64Main(t *tool) {
	width, ok := t.number('w', 76)
	if !ok {
		return
	}
	t.inputs(t.args, plain, func(_ string, r io.Reader) error {
		if t.has("d") {
			if _, err := io.Copy(t.out, base64.NewDecoder(base64.StdEncoding, r)); err != nil {
				t.errorf("truncated input")
			}
			return nil
		}
		w := &wrapper{w: t.out, width: width}
		e := base64.NewEncoder(base64.StdEncoding, w)
		_, err := io.Copy(e, onlyReader{r})
		e.Close()
		if width > 0 && w.at > 0 {
			t.out.WriteByte('\n')
		}
		return err
	})
}

// wrapper breaks lines.
type wrapper struct {
	w         io.Writer
	width, at int
}

func (w *wrapper) Write(b []byte) (int, error) {
	for i := range b {
		if w.width > 0 && w.at == w.width {
			io.WriteString(w.w, "\n")
			w.at = 0
		}
		if _, err := w.w.Write(b[i : i+1]); err != nil {
			return i, err
		}
		w.at++
	}
	return len(b), nil
}

// dump prints rows of 16 bytes by f, with repeated ones as a star unless all is set.
func (t *tool) dump(all bool, limit int, f func(offset int, row []byte), end func(offset int)) {
	offset, same := 0, false
	var last string
	var pending []byte
	row := func(b []byte) {
		if !all && string(b) == last && len(b) == 16 {
			if !same {
				fmt.Fprintln(t.out, "*")
			}
			same = true
		} else {
			f(offset, b)
			last, same = string(b), false
		}
		offset += len(b)
	}
	t.inputs(t.args, plain, func(_ string, r io.Reader) error {
		b := make([]byte, 4096)
		for limit > 0 {
			n, err := r.Read(b[:min(limit, len(b))])
			limit -= n
			for pending = append(pending, b[:n]...); len(pending) >= 16; pending = pending[16:] {
				row(pending[:16])
			}
			if err != nil {
				return ignoreEOF(err)
			}
		}
		return nil
	})
	if len(pending) > 0 {
		row(pending)
	}
	if offset > 0 {
		end(offset)
	}
}

func hexdump(t *tool) {
	limit, ok := t.number('n', 1<<40)
	if !ok {
		return
	}
	if t.name == "hd" {
		t.opt['C'] = []string{""}
	}
	if format := t.value('e', ""); format != "" {
		// Of formats there is what everybody uses: each byte as two digits.
		t.dump(true, limit, func(_ int, row []byte) { fmt.Fprintf(t.out, "%x", row) }, func(int) {})
		return
	}
	t.dump(t.has("v"), limit, func(offset int, row []byte) {
		if !t.has("C") {
			fmt.Fprintf(t.out, "%07x%-40s\n", offset, words16(row, " %04x"))
			return
		}
		hex := ""
		printable := make([]byte, len(row))
		for i, c := range row {
			if hex += fmt.Sprintf(" %02x", c); i == 7 {
				hex += " "
			}
			if printable[i] = c; c < 32 || c > 126 {
				printable[i] = '.'
			}
		}
		fmt.Fprintf(t.out, "%08x %-50s |%s|\n", offset, hex, printable)
	}, func(offset int) {
		fmt.Fprintf(t.out, "%0*x\n", 7+boolInt(t.has("C")), offset)
	})
}

// words16 are numbers of 16 bits, the lower byte first.
func words16(row []byte, format string) (text string) {
	for i := 0; i < len(row); i += 2 {
		pair := [2]byte{row[i]}
		copy(pair[:], row[i:])
		text += fmt.Sprintf(format, binary.LittleEndian.Uint16(pair[:]))
	}
	return text
}

var odCharacters = map[byte]string{0: `\0`, 7: `\a`, 8: `\b`, 9: `\t`, 10: `\n`, 11: `\v`, 12: `\f`, 13: `\r`}

func od(t *tool) {
	kind := t.value('t', "")
	for letter, k := range map[string]string{"c": "c", "x": "x2", "b": "o1", "d": "u2", "o": "o2"} {
		if t.has(letter) {
			kind = k
		}
	}
	if kind == "" {
		kind = "o2"
	}
	size := 4
	if kind == "c" || kind == "a" {
		size = 1
	} else if len(kind) > 1 {
		var err error
		if size, err = strconv.Atoi(kind[1:]); err != nil || size != 1 && size != 2 && size != 4 && size != 8 {
			t.errorf("invalid type string '%s'", kind)
			return
		}
	}
	limit, ok := t.number('N', 1<<40)
	if !ok {
		return
	}
	format := map[string]string{
		"x1": " %02x", "x2": " %04x", "x4": " %08x", "x8": " %016x", "o1": " %03o", "o2": " %06o", "o4": " %011o", "u1": " %3d", "u2": " %5d", "u4": " %10d", "d1": " %4d", "d2": " %6d", "d4": " %11d",
	}[kind[:1]+strconv.Itoa(size)]
	radix := map[string]string{"o": "%07o", "x": "%06x", "d": "%07d", "n": ""}[t.value('A', "o")]
	t.dump(t.has("v"), limit, func(offset int, row []byte) {
		if radix != "" {
			fmt.Fprintf(t.out, radix, offset)
		}
		for i := 0; i < len(row); i += size {
			b := make([]byte, 8)
			copy(b, row[i:min(len(row), i+size)])
			switch text, ok := odCharacters[b[0]]; {
			case kind == "c" && ok:
				fmt.Fprintf(t.out, " %3s", text)
			case kind == "c" && b[0] >= 32 && b[0] < 127:
				fmt.Fprintf(t.out, "   %c", b[0])
			case kind == "c":
				fmt.Fprintf(t.out, " %03o", b[0])
			case kind[0] == 'd':
				n := int64(binary.LittleEndian.Uint64(b)) << (64 - 8*size) >> (64 - 8*size)
				fmt.Fprintf(t.out, format, n)
			default:
				fmt.Fprintf(t.out, format, binary.LittleEndian.Uint64(b))
			}
		}
		fmt.Fprintln(t.out)
	}, func(offset int) {
		if radix != "" {
			fmt.Fprintf(t.out, radix+"\n", offset)
		}
	})
}
